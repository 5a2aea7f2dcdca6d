"""Random circuits of diodes, transistors and behavioural sources; `bench/circuits.py` runs as many as one likes."""

import device_oracle
import ngspice_checks
import nonlinear_checks
import pytest

COUNTS = {
    "operating_point": 300,
    "sweep": 120,
    "phasors": 120,
    "stability": 80,
    "accepted_points": 40,
    "accepted_points_by_the_graph": 32,
    "transient": 32,
}
BESIDE_NGSPICE = {"operating_point": 60, "phasors": 60, "waveforms": 60}
PARTS = 4


def run(check, seeds):
    wrong = {}
    for seed in seeds:
        found = check(seed)
        if found:
            wrong[seed] = found
    assert not wrong, "\n".join(f"seed {seed}: {text[:500]}" for seed, text in wrong.items())


@pytest.mark.thinned(8)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("check", COUNTS)
def test_currents_written_anew_balance(check, part):
    run(getattr(nonlinear_checks, check), range(part, COUNTS[check], PARTS))


@pytest.mark.thinned(3)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("check", BESIDE_NGSPICE)
def test_as_ngspice(check, part):
    run(getattr(ngspice_checks, check), range(part, BESIDE_NGSPICE[check], PARTS))


@pytest.mark.parametrize(("name", "factor"), [("depletion", 1.01), ("junction", 1.01), ("level1", 1.002)])
def test_accepted_points_would_show_a_wrong_charge_or_current(monkeypatch, name, factor):
    """A per cent of a charge, or two thousandths of a current, are seen in some circuits."""
    right = getattr(device_oracle, name)
    changed = lambda *given: factor * right(*given)  # noqa: E731
    monkeypatch.setattr(device_oracle, name, changed)
    if name == "level1":  # bound where it is drawn
        monkeypatch.setattr("device_draws.oracle.level1", changed)
    assert any(nonlinear_checks.accepted_points(seed) for seed in range(12))
