"""Phases of an analysis add up to its time."""

import pytest

from circuitnn import Circuit
from circuitnn.operating_point.run_time import by_phase

OSCILLATOR = "t\nv1 in 0 3\nr1 in a 8k\nc1 a 0 1n\nn1 a 0 m\n.model m vo2_switch\n.save v(a)\n{}\n.end\n"


def adds_up(seconds):
    phases = [spent for name, spent in seconds.items() if name != "total"]
    assert min(phases) >= 0.0
    assert list(seconds)[-1] == "total"
    return sum(phases) == pytest.approx(seconds["total"], rel=1e-12)


def test_estimates_share_what_there_was():
    """Sampled phases may claim more than the run took: they never get it."""
    assert by_phase(1.0, {"load": 30.0, "solve": 10.0}, 5.0) == {
        "setup": 1.0,
        "load": 3.0,
        "solve": 1.0,
        "other": 0.0,
        "total": 5.0,
    }
    assert by_phase(1.0, {"load": 2.0, "solve": 1.0}, 5.0)["other"] == 1.0
    assert adds_up(by_phase(1.0, {"load": 0.0}, 1.0))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("card", [".tran 0.05u 20u", ".dc v1 0 1 0.1"])
def test_phases_of_a_run_add_up(card, threads):
    """Among them a transient long enough that the factors are replayed, and what becomes of the output."""
    (r,) = Circuit.from_text(OSCILLATOR.format(card)).with_options(threads=threads).run()
    assert adds_up(r.statistics.seconds)
    assert {"setup", "load", "factor", "solve", "converge", "step", "other", "output"} < set(
        r.statistics.seconds
    )


@pytest.mark.long
def test_all_phases_of_a_large_circuit_are_measured():
    cells = "\n".join(f"r{i} in n{i} 8k\nc{i} n{i} 0 1n\nn{i} n{i} 0 m" for i in range(600))
    r = Circuit.from_text(f"t\nv1 in 0 3\n{cells}\n.model m vo2_switch\n").tran("20u", "0.05u")
    phases = ("load", "factor", "solve", "converge", "step")
    assert min(r.statistics.seconds[phase] for phase in phases) > 0.0
    assert adds_up(r.statistics.seconds)
