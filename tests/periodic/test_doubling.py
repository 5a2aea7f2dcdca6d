"""Families of cycles of twice the period, against SciPy's integration of Rössler's equations."""

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit

DECKS = Path(__file__).resolve().parents[2] / "netlists"


def attractor(c, dense=False):
    """A run to the attractor at c, with its passages through y = 0."""

    def right(_, y):
        return [-y[1] - y[2], y[0] + 0.2 * y[1], 0.2 + y[2] * (y[0] - c)]

    def passes(_, y):
        return y[1]

    passes.direction = -1.0
    return solve_ivp(
        right, (0, 1500), [1, 1, 0], "DOP853", rtol=1e-10, atol=1e-12, events=passes, dense_output=dense
    )


def settled(c):
    """Period and largest x of the attractor at c: every second passage through y = 0 is the same."""
    run = attractor(c, dense=True)
    moments = run.t_events[0][-3:]
    t = np.linspace(moments[0], moments[2], 40001)
    return moments[2] - moments[0], run.sol(t)[0].max(), moments[1] - moments[0]


@pytest.mark.long
def test_roessler_beyond_its_period_doubling():
    deck = (DECKS / "oscillator/roessler.cir").read_text().replace("-5.7", "-V(c)")
    circuit = Circuit.from_text(deck.replace(".ic", "Vc c 0 2.75\n.ic"))
    found = circuit.cycles("vc", 2.75, 3.2, 200.0, uic=True, tolerance=1e-6, branches=1)
    branch, value = found.array("branch"), found.array(found.axis)
    assert set(branch) == {0.0, 1.0} and any("branch 1" in note for note in found.statistics.notes)
    at = found.measures["period_doubling1"]
    main, twice = branch == 0.0, branch == 1.0
    assert value[twice][0] == pytest.approx(at, abs=2e-2) and value[twice][-1] == 3.2
    assert found.array("stable")[twice].all() and not found.array("stable")[main & (value > at + 1e-3)].any()
    # near the point the period is doubled
    once = np.interp(at, value[main], found.array("frequency")[main])
    assert found.array("frequency")[twice][0] == pytest.approx(once / 2.0, rel=2e-3)
    period, top, half = settled(3.2)
    assert abs(2.0 * half / period - 1.0) > 1e-2  # the attractor is a doubled one
    assert 1.0 / found.array("frequency")[twice][-1] == pytest.approx(period, rel=1e-5)
    assert found.array("max(v(x))")[twice][-1] == pytest.approx(top, rel=2e-3)


@pytest.mark.long
def test_the_second_doubling_of_the_cascade():
    """Beyond it every fourth passage is the same, before it every second one; ratios approach Feigenbaum's 4.669."""
    deck = (DECKS / "oscillator/roessler.cir").read_text().replace("-5.7", "-V(c)")
    circuit = Circuit.from_text(deck.replace(".ic", "Vc c 0 2.75\n.ic"))
    found = circuit.cycles("vc", 2.75, 4.3, 200.0, uic=True, tolerance=1e-6, branches=3)
    first, second, third, fourth = (found.measures[f"period_doubling{k}"] for k in range(1, 5))
    for c, repeats in ((second - 0.04, True), (second + 0.04, False)):
        x = attractor(c).y_events[0][-8:, 0]
        assert (abs(x[-1] - x[-3]) < 1e-3) == repeats and abs(x[-1] - x[-5]) < 1e-3
    assert 3.0 < (second - first) / (third - second) < (third - second) / (fourth - third) < 4.8
    rows = {s.row: s for s in found.special}
    assert all(abs(found.data[row, 0] - s.value) < 0.15 for row, s in rows.items())


def test_the_word_of_the_card():
    deck = "van der Pol\n.param mu=1\nC1 x 0 1\nL1 x 0 1\nB1 x 0 I={mu}*(V(x)*V(x)*V(x)/3-V(x))\n.ic v(x)=2\n"
    circuit = Circuit.from_text(deck + ".cycles mu 1 1.05 60 uic branches\n.end\n")
    (found,) = circuit.run()
    assert set(found.array("branch")) == {0.0}
    assert "* .cycles param:mu 1.0 1.05 60.0 uic branches" in circuit.export()
