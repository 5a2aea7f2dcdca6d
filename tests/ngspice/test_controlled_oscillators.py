"""XSPICE's controlled oscillators against ngspice's own, and against their waves in closed form."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import NetlistError
from validation.cases import both
from validation.ngspice import available

CARD = "cntl_array=[-1 0 1 5] freq_array=[500 1000 4000 5000] out_low=-1 out_high=3"
DECK = f"""oscillators
vc c 0 {{source}}
a1 c s sine
a2 c t triangle
.model sine sine({CARD})
.model triangle triangle({CARD} duty_cycle=0.3)
"""


def sine(phase):
    return 1 + 2 * np.sin(2 * np.pi * phase)


def triangle(phase):
    x = phase % 1
    return -1 + 4 * np.minimum(x / 0.3, (1 - x) / 0.7)


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
@pytest.mark.parametrize("control", [-1.4, 0, 0.5, 7])
def test_same_waves(control, tmp_path):
    """Between points, at one, and outside."""
    deck = DECK.format(source=control) + ".tran 2u 2m 0 1u\n.end\n"
    ours, theirs = both(deck, tmp_path)
    at = np.linspace(0.01e-3, 1.95e-3, 200)
    for name in ("v(s)", "v(t)"):
        mine = np.interp(at, ours["time"], ours[name])
        apart = np.abs(mine - np.interp(at, theirs["time"], theirs[name]))
        assert np.quantile(apart, 0.9) < 2e-3, name
        assert np.max(apart) < 0.05, name  # at corners between points


def test_no_frequency_is_below_zero():
    found = Circuit.from_text(DECK.format(source=-3)).tran("1m")
    assert np.allclose(found["v(s)"], 1.0)
    assert np.allclose(found["v(t)"], -1.0)


@pytest.mark.parametrize("step", ["10u", "1m"])
def test_phases_follow_a_rising_frequency(step):
    """Steps of a card are no steps of the run where they are too long for a wave."""
    found = Circuit.from_text(DECK.format(source="pwl(0 0 20m 1)")).tran("20m", step)
    t = found["time"]
    phase = 1e3 * t + 0.5 * 3e3 / 20e-3 * t**2
    np.testing.assert_allclose(found["v(s)"], sine(phase), atol=2e-3)
    np.testing.assert_allclose(found["v(t)"], triangle(phase), atol=2e-3)
    assert len(t) > 500
    assert np.ptp(found["v(s)"]) > 3.99


def test_points_rise():
    with pytest.raises(NetlistError, match="as many rising cntl_array= as freq_array="):
        Circuit.from_text("o\na1 c s m\nrc c 0 1\n.model m sine(cntl_array=[0 0] freq_array=[1 2])\n").op()


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
@pytest.mark.parametrize("edges", ["rise_time=20u fall_time=40u", ""])
@pytest.mark.parametrize("duty", ["duty_cycle=0.3", "duty_cycle=0.8", ""])
def test_square_waves(duty, edges, tmp_path):
    """Edges are corners of the time step: they are straight, and where they should be."""
    deck = f"""square
vc c 0 0.1
a1 c s m
rs s 0 1k
.model m square({CARD} {duty} {edges})
.tran 5u 3m
.end
"""
    ours, theirs = both(deck, tmp_path)
    at = np.linspace(0, 3e-3, 1001) + 1e-8
    mine, other = (np.interp(at, each["time"], each["v(s)"]) for each in (ours, theirs))
    np.testing.assert_allclose(mine, other, atol=5e-4)  # 5 ns on its slower edge
    assert np.ptp(other) == pytest.approx(4.0)


def test_edges_follow_a_rising_frequency():
    deck = "o\nvc c 0 pwl(0 0 20m 1)\na1 c s m\nrs s 0 1k\n.model m square(cntl_array=[0 1] freq_array=[1k 4k])\n"
    found = Circuit.from_text(deck).tran("20m", "1m")
    rate = 3e3 / 20e-3
    turns = (
        np.sqrt(1e6 + 2 * rate * np.arange(0.5, 50, 0.5)) - 1e3
    ) / rate  # of the phase 1000·t + rate·t²/2
    t, v = found["time"], found["v(s)"]
    crossed = np.flatnonzero(np.diff(np.signbit(v)))
    np.testing.assert_allclose(t[crossed], turns[: len(crossed)], atol=2e-7)
    assert len(crossed) == 99
