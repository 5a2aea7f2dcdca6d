"""Oscillators of hysteretic switches start without ``uic``: periods are sums of exponentials, in closed form."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import ConvergenceError

NOTE = "the run starts with them as they are at t = 0"


def run(text):
    (r,) = Circuit.from_text(f"t\n{text}\n.options reltol=1e-5\n.end\n").run()
    return r


def period(r, name, level):
    """Mean of the last periods, edges placed on the exponential's chord."""
    v, t = r[name], r["time"]
    k = np.flatnonzero((v[1:] >= level) & (v[:-1] < level))
    edges = t[k] + (level - v[k]) / (v[k + 1] - v[k]) * (t[k + 1] - t[k])
    assert len(edges) >= 5
    return float(np.mean(np.diff(edges[1:])))


def exact(low, high, off, on):
    """From `low` to `high` while off, back while on; each state is (where to, time constant)."""
    up = off[1] * math.log((off[0] - low) / (off[0] - high))
    down = on[1] * math.log((high - on[0]) / (low - on[0]))
    return up + down


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("state", ["", " on"])
def test_relaxation_oscillator(seed, state):
    """R and C, a switch beside C that sees its voltage; whichever state it has at t = 0."""
    rng = np.random.default_rng(seed)
    supply, vt = rng.uniform(4.0, 8.0), rng.uniform(1.8, 2.2)
    vh, R, C, ron, roff = rng.uniform(0.2, 1.5), rng.uniform(5e4, 2e5), rng.uniform(0.5e-9, 2e-9), 100.0, 1e8
    states = [(supply * r / (R + r), C * R * r / (R + r)) for r in (roff, ron)]
    expected = exact(vt - vh, vt + vh, *states)
    r = run(
        f"v1 in 0 {supply!r}\nr1 in a {R!r}\nc1 a 0 {C!r}\ns1 a 0 a 0 sm{state}\n"
        f".model sm sw(vt={vt!r} vh={vh!r} ron={ron} roff={roff})\n.tran {expected / 100} {12 * expected}"
    )
    assert any(NOTE in n for n in r.statistics.notes)
    assert period(r, "v(a)", vt) == pytest.approx(expected, rel=2e-4)
    start = states[0 if not state else 1][0]
    assert r["v(a)"][0] == pytest.approx(start, rel=1e-6)


def test_current_switch_and_inductor():
    """A switch that raises its resistance at 4 mA and lowers it at 2 mA."""
    r = run(
        "v1 in 0 10\nr1 in a 1k\nl1 a b 10m\nvs b c 0\nw1 c 0 vs wm\n"
        ".model wm csw(it=3m ih=1m ron=10k roff=10)\n.tran 0.1u 300u"
    )
    expected = exact(2e-3, 4e-3, (10.0 / 1010.0, 10e-3 / 1010.0), (10.0 / 11e3, 10e-3 / 11e3))
    assert period(r, "i(vs)", 3e-3) == pytest.approx(expected, rel=5e-4)
    assert any(NOTE in n for n in r.statistics.notes)


def test_relay_around_a_delay():
    """The switch shorts what charges the capacitor that it sees."""
    r = run(
        "v1 in 0 1\nr1 in out 1k\nrf out fb 10k\nc1 fb 0 1n\ns1 out 0 fb 0 sm\n"
        ".model sm sw(vt=0.5 vh=0.2 ron=1 roff=1meg)\n.tran 0.1u 300u"
    )

    def state(resistance):
        source = 1e3 * resistance / (1e3 + resistance)
        return resistance / (1e3 + resistance), (10e3 + source) * 1e-9

    expected = exact(0.3, 0.7, state(1e6), state(1.0))
    assert period(r, "v(fb)", 0.5) == pytest.approx(expected, rel=2e-4)


def test_vanadium_dioxide_switch():
    """A compact model with two resistances; it conducts in both."""
    r = run("v1 in 0 3\nr1 in a 8k\nc1 a 0 1n\nn1 a 0 m\n.model m vo2_switch\n.tran 0.05u 120u")
    rins, rmet = 100.2e3, 0.99e3
    states = [(3.0 * x / (8e3 + x), 1e-9 * 8e3 * x / (8e3 + x)) for x in (rins, rmet)]
    assert period(r, "v(a)", 1.5) == pytest.approx(exact(1.0, 1.99, *states), rel=2e-4)


def test_two_that_are_coupled_and_a_ring():
    """Both of a coupled pair keep within their thresholds; a ring of three relays shifts by a third."""
    r = run(
        "v1 in 0 5\nr1 in a 100k\nc1 a 0 1n\ns1 a 0 a 0 sm\nr2 in b 110k\nc2 b 0 1n\ns2 b 0 b 0 sm\ncc a b 100p\n"
        ".model sm sw(vt=2 vh=1 ron=100 roff=100meg)\n.tran 1u 2m"
    )
    late = r["time"] > 2e-4
    for name in ("v(a)", "v(b)"):
        assert r[name][late].max() == pytest.approx(3.0, abs=0.05)
        assert np.sum((r[name][1:] >= 2.0) & (r[name][:-1] < 2.0)) > 15
    cell = "r{k} d n{k} 1k\ns{k} n{k} 0 {before} 0 sm\nx{k} n{k} c{k} lag\n"
    deck = "".join(cell.format(k=k, before=f"c{(k + 2) % 3}") for k in range(3))
    r = run(
        f"vdd d 0 1\n{deck}.subckt lag i o\nr1 i o 1k\nc1 o 0 1n\n.ends\n"
        ".model sm sw(vt=0.5 vh=0.1 ron=1 roff=1meg)\n.tran 10n 60u"
    )
    assert period(r, "v(c0)", 0.5) == pytest.approx(period(r, "v(c1)", 0.5), rel=1e-3)


def test_without_hysteresis_it_slides():
    """At its threshold such a switch holds the voltage there: the run is not refused."""
    r = run(
        "v1 in 0 5\nr1 in a 100k\nc1 a 0 1n\ns1 a 0 a 0 sm\n.model sm sw(vt=2 vh=0 ron=100 roff=100meg)\n.tran 1u 0.1m"
    )
    assert r["v(a)"][r["time"] > 2e-5] == pytest.approx(2.0, abs=0.02)


def test_an_operating_point_is_refused_with_the_reason():
    deck = "t\nv1 in 0 5\nr1 in a 100k\nc1 a 0 1n\ns1 a 0 a 0 sm\n.model sm sw(vt=2 vh=1 ron=100 roff=100meg)\n.end"
    with pytest.raises(ConvergenceError, match="a transient starts from the states"):
        Circuit.from_text(deck).op()


def test_initial_conditions_count():
    """With .ic the run starts at that voltage, the switch as at t = 0."""
    r = run(
        "v1 in 0 5\nr1 in a 100k\nc1 a 0 1n\ns1 a 0 a 0 sm\n.model sm sw(vt=2 vh=1 ron=100 roff=100meg)\n"
        ".ic v(a)=1.5\n.tran 1u 1m"
    )
    assert r["v(a)"][0] == pytest.approx(1.5, rel=1e-6)
    assert r["v(a)"].max() == pytest.approx(3.0, abs=0.01)
