"""Windows that vanish at both ends of a state's range hold to any distance from them, as the published equations do."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import AnalysisError, Circuit
from circuitnn.crossbar import Crossbar, Device
from circuitnn.crossbar.evolution import Evolution
from circuitnn.errors import DeckWarning

# 4 us up, to 1 - x = 1e-26 and less, and as long down as it takes to come back
UP, DOWN, EDGE, STOP = 0.5, -0.21, 1e-9, 45e-6
SOURCE = f"v1 a 0 pwl(0 {UP} 4u {UP} {4e-6 + EDGE!r} {DOWN} 1 {DOWN})"
VOLTAGE = ([0.0, 4e-6, 4e-6 + EDGE, 1.0], [UP, UP, DOWN, DOWN])


def at(time):
    return np.interp(time, *VOLTAGE)


def vteam_speed(v):
    """Without the window, with MemTorch's numbers. [1/s]"""
    if v > 0.02:
        return 5e-4 / 3e-9 * (v / 0.02 - 1.0)
    return -10.0 / 3e-9 * (v / -0.2 - 1.0) ** 3 if v < -0.2 else 0.0


def team_speed(v, x):
    i = v / (1e3 + 9e3 * x)
    if i > 1e-5:
        return 5e-4 / 3e-9 * (i / 1e-5 - 1.0)
    return -10.0 / 3e-9 * (i / -1e-5 - 1.0) if i < -1e-5 else 0.0


def exact(speed, share, start, times):
    """The logit of x, by SciPy: dy/dt = speed · f/(x·(1 - x)), `share` being the last factor at z = 4·x·(1 - x)."""

    def rate(t, y):
        z = 1.0 / np.cosh(0.5 * min(abs(y[0]), 600.0)) ** 2
        return [speed(at(t), 0.5 * (1.0 + np.tanh(0.5 * y[0]))) * share(z)]

    y, parts = np.log(start / (1.0 - start)), [0.0, 4e-6, 4e-6 + EDGE, times[-1]]
    found = np.empty(len(times))
    for left, right in pairwise(parts):
        run = solve_ivp(rate, (left, right), [y], "Radau", dense_output=True, rtol=1e-9, atol=1e-9)
        here = (times >= left) & (times <= right)
        found[here], y = run.sol(times[here])[0], run.y[0][-1]
    return found


@pytest.mark.parametrize(
    ("card", "share"),
    [
        ("window=1 p=1", lambda z: 4.0),  # 4·x·(1 - x)
        ("window=1 p=3", lambda z: 4.0 * (3.0 - 3.0 * z + z * z)),
        ("window=3 p=1 j=2", lambda z: 2.0),  # 2·x·(1 - x)
        ("window=3 p=2 j=1", lambda z: 2.0 - 0.25 * z),
    ],
)
def test_vteam_comes_back_from_where_it_has_been(card, share):
    deck = f"t\n{SOURCE}\nn1 a 0 m\n.model m vteam {card} x0=0.3\n.tran 0.5u {STOP} uic\n"
    run = Circuit.from_text(deck).run()[0]
    y = exact(lambda v, x: vteam_speed(v), share, 0.3, run.time[1:])
    assert y.max() > 25.0  # x itself cannot be told from 1 there to 1e-10
    np.testing.assert_allclose(run["@n1[y]"][1:], y, rtol=1e-4, atol=2e-3)
    np.testing.assert_allclose(run["@n1[x]"][1:], 0.5 * (1.0 + np.tanh(0.5 * y)), atol=1e-4)
    np.testing.assert_allclose(
        -run["i(v1)"][1:], at(run.time[1:]) / (50.0 + 475.0 * (1.0 + np.tanh(0.5 * y))), rtol=2e-3
    )


def test_team_comes_back():
    card = (
        "ron=1k roff=10k ioff=10u ion=-10u koff=5e-4 kon=-10 alphaoff=1 alphaon=1 xoff=3n window=1 p=2 x0=0.3"
    )
    deck = f"t\n{SOURCE}\nn1 a 0 m\n.model m team {card}\n.tran 0.1u 5u uic\n"
    run = Circuit.from_text(deck).run()[0]
    y = exact(team_speed, lambda z: 4.0 * (2.0 - z), 0.3, run.time[1:])
    assert y.max() > 15.0
    np.testing.assert_allclose(run["@n1[x]"][1:], 0.5 * (1.0 + np.tanh(0.5 * y)), atol=1e-3)


def test_a_state_at_an_end_stays_there():
    deck = f"t\n{SOURCE}\nn1 a 0 m\nn2 a 0 m x0=0.5\nn3 a 0 m window=0\n.model m vteam window=1\n.tran 1u {STOP} uic\n"
    with pytest.warns(
        DeckWarning, match="'n1' starts at x0 = 0, where window 1 vanishes: its state stays there"
    ):
        run = Circuit.from_text(deck).run()[0]
    assert np.all(run["@n1[x]"] == 0.0)
    assert np.max(run["@n2[x]"]) > 0.999 and np.max(run["@n3[x]"]) > 0.999  # each with its own window
    assert "@n3[y]" not in run.names


def test_another_window_is_not_altered_in():
    circuit = Circuit.from_text("t\nv1 a 0 1\nn1 a 0 m x0=0.5\n.model m vteam\n.op\n")
    assert circuit.altered({("n1", "window"): 2.0}).op()["v(a)"] == 1.0
    with pytest.raises(AnalysisError, match="with window = 1 its state is another one than with 0"):
        circuit.altered({("n1", "window"): 1.0}).op()


def test_arrays_say_what_their_state_is():
    with pytest.warns(DeckWarning, match=r"no closer than about 1e-4 .* Device\('vteam_logit'\) follows it"):
        Crossbar(2, 2, Device("vteam", window=1, x0=0.5))
    evolution = Evolution(Crossbar(1, 1, Device("vteam_logit", window=1, x0=0.3)))
    evolution.stay_alone(UP, 4e-6)
    assert evolution.state("y")[0, 0] == pytest.approx(
        np.log(3.0 / 7.0) + 4.0 * vteam_speed(UP) * 4e-6, rel=1e-4
    )
    with pytest.raises(AnalysisError, match="state x follows from y: set that"):
        evolution.set_state("x", 0.5)
