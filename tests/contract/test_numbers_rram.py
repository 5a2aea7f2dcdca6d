"""The resistive synapses against numbers somebody else can check, and against their own traps."""

import numpy as np
import pytest
from scipy.integrate import quad

from circuitnn import Circuit


def tran(text, tstop, points=1000, **options):
    options = {"reltol": 1e-5, **options}
    return Circuit.from_text(f"numbers\n{text}\n.end\n").tran(tstop, tstep=tstop / points, **options)


def times(r, signal, level, rise=True):
    """Where a signal crosses a level; straight lines between points."""
    t, s = r.time, (r[signal] - level) * (1.0 if rise else -1.0)
    k = np.flatnonzero((s[:-1] < 0.0) & (s[1:] >= 0.0))
    return t[k] - s[k] * (t[k + 1] - t[k]) / (s[k + 1] - s[k])


def at(r, signal, t):
    return np.interp(t, r.time, r[signal])


# TEAM


def test_team_with_its_own_window():
    """1 V, 1 kHz, 50 Ohm in series: what Xyce gives within its steps, an independent integration within ours."""
    deck = "v1 1 0 sin(0 1 1k)\nn1 1 2 m\nr1 2 0 50\n.model m team"
    r = tran(deck, 2e-3, 4000)
    x = 3.0 * r["@n1[x]"]
    assert x.max() == pytest.approx(1.344688, rel=1e-3)
    assert at(r, "@n1[x]", 1.25e-3) * 3.0 == pytest.approx(1.24937, rel=1e-3)
    assert x.max() == pytest.approx(1.344655, rel=2e-5)
    assert at(r, "@n1[x]", 1.25e-3) * 3.0 == pytest.approx(1.2486036, rel=1e-4)
    # a soft window does not keep the state inside: 48.80 Ohm below ron = 50 Ohm
    assert x.min() == pytest.approx(-0.0037755, rel=1e-2)
    assert r["i(v1)"].max() == pytest.approx(10.12047e-3, rel=1e-5)


def test_team_with_a_hard_stop_stays_inside():
    deck = "v1 1 0 sin(0 1 1k)\nn1 1 2 m\nr1 2 0 50\n.model m team window=0"
    r = tran(deck, 2e-3, 4000)
    x = r["@n1[x]"]
    assert x.min() > -2e-4
    assert r["i(v1)"].max() == pytest.approx(10e-3, rel=1e-4)
    assert 3.0 * x.max() == pytest.approx(1.344655, rel=1e-3)


@pytest.mark.parametrize("exponential", [0, 1])
def test_team_moves_as_the_integral_says(exponential):
    """A current of (1 + a)·ioff for t moves w by koff·a^alpha·t; resistances by their law."""
    deck = (
        "i1 0 1 pwl(0 0 1n 230u)\nn1 1 0 m\n"
        f".model m team window=0 koff=1 x0=0.2 xoff=3 alphaoff=4 exponential={exponential}"
    )
    r = tran(deck, 1.5, 200)
    x = 0.2 + r.time / 3.0
    assert r["@n1[x]"] == pytest.approx(x, abs=1e-6)
    expected = 50.0 * 20.0**x if exponential else 50.0 + 950.0 * x
    late = r.time > 1e-6
    assert (r["v(1)"] / 230e-6)[late] == pytest.approx(expected[late], rel=1e-5)


@pytest.mark.parametrize("window", [1, 2, 3])
def test_team_windows(window):
    """Driven up at a constant rate: dx/f(x) = dt."""
    f = {
        1: lambda x: 1.0 - (2.0 * x - 1.0) ** 4,
        2: lambda x: 1.0 - x**4,
        3: lambda x: 1.0 - ((x - 0.5) ** 2 + 0.75) ** 2,
    }[window]
    needed = quad(lambda x: 1.0 / f(x), 0.1, 0.6)[0]
    card = f"window={window} p=2 koff=1 xoff=1 x0=0.1"
    r = tran(f"i1 0 1 pwl(0 0 1n 230u)\nn1 1 0 m\n.model m team {card}", needed)
    assert r["@n1[x]"][-1] == pytest.approx(0.6, rel=1e-4)


@pytest.mark.parametrize("window", [0, 1, 2, 3])
def test_team_comes_back_from_an_end(window):
    """40 s up at 1/s reach the end, closer than rounding sees; 40 s down reach the other."""
    card = f"window={window} p=2 koff=1 kon=-1 xoff=1 x0=0.1"
    deck = f"i1 0 1 pwl(0 0 1n 230u 40 230u 40.001 -17.8u)\nn1 1 0 m\n.model m team {card}"
    r = tran(deck, 80.0, reltol=1e-4)
    assert at(r, "@n1[x]", 40.0) == pytest.approx(1.0, abs=2e-4)
    assert r["@n1[x]"].max() < 1.0 + 2e-4
    assert r["@n1[x]"][-1] == pytest.approx(0.0, abs=2e-4)


@pytest.mark.parametrize("window", [0, 1, 2, 3, 4])
def test_team_rests_below_its_thresholds(window):
    deck = f"v1 1 0 sin(0 5m 1k)\nn1 1 0 m\n.model m team ion=-115u window={window} x0=0.3"
    x = tran(deck, 2e-3)["@n1[x]"]
    assert np.all(x == x[0])


@pytest.mark.parametrize("v", [20.0, -1.0])
def test_team_far_outside(v):
    """20 V, 40 mA: a rate of 1e16/s ends at the bound; so does an avalanche towards ron, behind 1 kOhm."""
    deck = f"v1 1 0 pwl(0 0 1n {v})\nr1 1 2 {1 if v > 0 else 1000}\nn1 2 0 m\n.model m team window=0 x0=0.5"
    r = tran(deck, 1e-6, 100, reltol=1e-3)
    assert r["@n1[x]"][-1] == pytest.approx(1.0 if v > 0 else 0.0, abs=3e-3)
