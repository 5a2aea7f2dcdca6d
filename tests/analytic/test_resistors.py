"""Resistors: ``ac=`` and ``noisy=`` have their effect, in small signals and noise alone."""

import numpy as np
import pytest
from scipy.optimize import brentq

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN
from circuitnn.netlist.writer import write

TEXT = """resistors
v1 a 0 dc 1 ac 1
r1 a b 5k tc1=1m
r2 b 0 5k ac=15k tc1=1m m=2
r3 a c 1k
r4 c 0 1k noisy=0
.options temp=77
{}
.end
"""


def test_another_resistance_at_small_signals():
    """Both grow with the temperature; two in parallel halve both."""
    circuit = Circuit.from_text(TEXT.format(""))
    assert circuit.op()["v(b)"] == pytest.approx(1.0 / 3.0, rel=1e-9)
    assert np.real(circuit.ac(1e3, 1e3, 1).array("v(b)")).item() == pytest.approx(0.6, rel=1e-9)
    (transfer,) = Circuit.from_text(TEXT.format(".tf v(b) v1")).run()
    assert transfer["transfer_function"] == pytest.approx(1.0 / 3.0, rel=1e-9)


def test_noise_of_the_resistance_at_the_operating_point_and_none():
    spectrum = Circuit.from_text(TEXT.format(".noise v(b) v1 lin 2 1k 2k 1")).run()[0]
    shared = (5.25e3 * 7.875e3) / (5.25e3 + 7.875e3)
    thermal = np.sqrt(4.0 * BOLTZMANN * 350.15 / 2.625e3) * shared
    assert spectrum["onoise_r2"] == pytest.approx(thermal, rel=1e-9)
    spectrum = Circuit.from_text(TEXT.format(".noise v(c) v1 lin 2 1k 2k 1")).run()[0]
    assert np.all(spectrum["onoise_r4"] == 0.0)
    assert spectrum["onoise_spectrum"] == pytest.approx(
        np.sqrt(4.0 * BOLTZMANN * 350.15 / 1e3) * 500.0, rel=1e-9
    )


def test_written():
    text = write(Circuit.from_text(TEXT.format(".op")).flat)
    again = Circuit.from_text(text)
    assert np.real(again.ac(1e3, 1e3, 1).array("v(b)")).item() == pytest.approx(0.6, rel=1e-9)
    assert "noisy=0" in text


THIN = """a resistance so small that its voltage is lost in the rounding of those at its ends
.param tiny=1n
v1 in 0 5
r1 in a 1k
b1 a b i=1m*v(a,b)^2
rs b c {tiny}
r2 c 0 1k
.end
"""


def _by_hand(resistance: float) -> tuple[float, float]:
    """Current of `THIN`, and its derivative with respect to the small resistance. [A, A/Ohm]"""
    whole, k = 2e3 + resistance, 1e-3
    u = (np.sqrt(1.0 + 4.0 * k * whole * 5.0) - 1.0) / (2.0 * k * whole)  # u + k·u²·whole = 5 V
    current = k * u * u
    return current, -2.0 * k * u * current / (1.0 + 2.0 * k * u * whole)


def test_nanoohms_beside_a_behavioural_source():
    """The current keeps its digits, and so do slopes and a sweep of the resistance up to kiloohms."""
    circuit = Circuit.from_text(THIN)
    expected, slope = _by_hand(1e-9)
    exact = {"reltol": 1e-9, "abstol": 1e-15, "vntol": 1e-12}
    point = circuit.op(**exact)
    assert "i(rs#r)" not in point.names
    assert point["v(c)"] == pytest.approx(1e3 * expected, rel=1e-9)
    assert -point["i(v1)"] == pytest.approx(expected, rel=1e-9)
    assert circuit.sens("c", **exact)["rs"] == pytest.approx(
        1e3 * slope, rel=2e-4
    )  # volts across 2 pV are rounded
    swept = circuit.dc("rs", 1e-9, 1e3, 500.0, **exact)
    assert swept["v(c)"] == pytest.approx([1e3 * _by_hand(r)[0] for r in swept.array("res-sweep")], rel=1e-9)
    tiny, usual = (
        Circuit.from_text(THIN.replace("tiny=1n", f"tiny={r}")).noise("c", "v1", 1e3, 1e3, 1)[0][
            "onoise_spectrum"
        ]
        for r in ("1n", "1m")
    )
    assert tiny == pytest.approx(usual, rel=1e-5)


THERMISTOR = """a thermistor heated by its own current, as vendors describe it
v1 in 0 5
r1 in a 1k
g1 a b value={v(a,b)/(100*exp(3500/(v(t)+300)-3500/300))}
rp a b 1t
rs b c 1n
r2 c 0 1k
g2 0 t value={v(a,b)*v(a,b)/(100*exp(3500/(v(t)+300)-3500/300))}
g3 t 0 value={v(t)*(5m+4u*v(t))}
rt t 0 1t
.options reltol=1e-6 vntol=1e-9 abstol=1e-14
.end
"""


def test_a_nanoohm_in_series_with_a_thermistor():
    """With relative tolerances far below the rounding of its voltage, all currents still balance."""

    def missing_heat(rise: float) -> float:
        resistance = 100.0 * np.exp(3500.0 / (rise + 300.0) - 3500.0 / 300.0)
        return (5.0 / (2e3 + resistance)) ** 2 * resistance - rise * (5e-3 + 4e-6 * rise)

    rise = brentq(missing_heat, 0.0, 100.0, xtol=1e-13, rtol=1e-13)
    current = 5.0 / (2e3 + 100.0 * np.exp(3500.0 / (rise + 300.0) - 3500.0 / 300.0))
    point = Circuit.from_text(THERMISTOR).op()
    assert point["v(t)"] == pytest.approx(rise, rel=1e-6)
    assert (-point["i(v1)"], point["v(c)"]) == pytest.approx((current, 1e3 * current), rel=1e-6)
