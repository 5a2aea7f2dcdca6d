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
