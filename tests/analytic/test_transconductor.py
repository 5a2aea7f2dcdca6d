"""LTspice's transconductance amplifier and smooth switch against their laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.constants import k as BOLTZMANN
from scipy.optimize import brentq

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError

FAR = "vhigh=1e308 vlow=-1e308"
INPUTS = np.linspace(-0.4, 0.4, 9)


def currents(card: str, more: str = "") -> np.ndarray:
    """Current out of the output into 1 µΩ over the input at terminal 2."""
    deck = f"* ota\nV1 p 0 0\nVm m 0 2\n{card}\nV2 out 0 0\n{more}\n.dc v1 -0.4 0.4 0.1\n.end\n"
    (found,) = Circuit.from_text(deck).run()
    return found["i(v2)"]


@pytest.mark.parametrize(
    ("parameters", "law"),
    [
        ("g=1m linear", lambda u: 1e-3 * u),
        ("g=1m linear=1 ref=0.1 ioffset=3u", lambda u: 1e-3 * (u + 0.1) + 3e-6),
        ("g=1m iout=50u", lambda u: 50e-6 * np.tanh(1e-3 * u / 50e-6)),
        ("g=1m", lambda u: 10e-6 * np.tanh(1e-3 * u / 10e-6)),
        (
            "g=1m asym isource=30u isink=-90u",
            lambda u: np.where(u > 0, 30e-6 * np.tanh(u / 30e-3), -90e-6 * np.tanh(-u / 90e-3)),
        ),
        ("g=1m isource=30u isink=-90u", lambda u: -30e-6 + 60e-6 * np.tanh(1e-3 * u / 60e-6)),
    ],
)
def test_currents_of_an_ota(parameters, law):
    assert currents(f"A1 0 p 0 0 0 0 out 0 OTA {parameters} {FAR}") == pytest.approx(law(INPUTS), abs=1e-12)


def test_inputs_of_an_ota():
    """Terminal 1 inverts, 3 and 4 multiply; what is at the common node is not connected."""
    linear = f"OTA g=1m linear {FAR}"
    assert currents(f"A1 p 0 0 0 0 0 out 0 {linear}") == pytest.approx(-1e-3 * INPUTS)
    assert currents(f"A1 0 p m 0 0 0 out 0 {linear}") == pytest.approx(2e-3 * INPUTS)
    assert currents(f"A1 0 p 0 m 0 0 out 0 {linear}") == pytest.approx(-2e-3 * INPUTS)


def test_voltages_that_an_ota_reaches():
    """1 mA into 1 MΩ ends where the clamp of 1 Ω at 3 V takes it; vlow is 0 V unless given, which is told."""
    deck = "* ota\nV1 p 0 {v}\nA1 0 p 0 0 0 0 out 0 OTA g=1 linear vhigh=3\nR1 out 0 1meg\n.op\n.end\n"
    with pytest.warns(DeckWarning, match="vlow of an OTA is 0 V unless given"):
        (high,), (low,) = (Circuit.from_text(deck.format(v=v)).run() for v in ("1m", "-1m"))
    assert (high["v(out)"], low["v(out)"]) == pytest.approx((3.0 + 1e-3, -1e-3), rel=1e-5)


def test_bandwidth_of_an_operational_amplifier():
    """Open loop: aol/(1 + jf·aol/gbw), from g = aol/rout and cout = aol/(2π·gbw·rout)."""
    deck = (
        "* amplifier\n.param aol=1meg gbw=10meg rout=100meg\nV1 in 0 ac 1\n"
        f"A1 0 in 0 0 0 0 out 0 OTA g={{aol/rout}} linear cout={{aol/gbw/2/pi/rout}} rout={{rout}} {FAR}\n"
        ".ac dec 2 1 10meg\n.end\n"
    )
    (found,) = Circuit.from_text(deck).run()
    f = found["frequency"].real
    assert found["v(out)"] == pytest.approx(1e6 / (1 + 1j * f * 1e6 / 10e6), rel=1e-6)


def test_noise_of_an_ota():
    """en times the gain; in through 10 kΩ at one input, 20 kΩ at the other; incm through each; with 1/f corners."""
    deck = (
        "* noise\nV1 s 0 0 ac 1\nRa s a 10k noiseless\nRb b 0 20k noiseless\n"
        f"A1 b a 0 0 0 0 out 0 OTA g=1m linear en=10n enk=100 in=1p ink=1k incm=2p {FAR}\nRl out 0 1k noiseless\n"
        ".noise v(out) v1 dec 2 10 100k\n.end\n"
    )
    found = Circuit.from_text(deck).run()[0]
    f = found["frequency"]
    differential = (1e-12 * 30e3) ** 2 * (1 + 1e3 / f)
    common = (2e-12 * 10e3) ** 2 * np.ones_like(f)
    expected = (10e-9) ** 2 * (1 + 100 / f) + differential + common
    assert found["onoise_spectrum"] ** 2 == pytest.approx(expected, rel=1e-6)


def test_a_density_that_depends_on_frequency_is_told_of():
    with pytest.warns(DeckWarning, match="'en' of 'a1' has no effect"):
        Circuit.from_text(
            f"* ota\nA1 0 p 0 0 0 0 o 0 OTA en=1n/freq {FAR}\nR1 o 0 1\nR2 p 0 1\n.op\n.end\n"
        ).run()


def test_words_that_an_ota_does_not_have():
    with pytest.raises(NetlistError, match="'a1' has an unexpected word: 'liner'"):
        Circuit.from_text(f"* ota\nA1 0 p 0 0 0 0 o 0 OTA liner {FAR}\nR1 o 0 1\nR2 p 0 1\n.op\n.end\n").run()


def switched(model: str, v: float, control: float) -> float:
    deck = f"* switch\nV1 a 0 {v!r}\nV2 c 0 {control!r}\nS1 a 0 c 0 m\n.model m SW({model})\n.op\n.end\n"
    return -Circuit.from_text(deck).op()["i(v1)"]


@pytest.mark.parametrize("control", [-0.3, 0.4, 0.5, 0.55, 2.0])
def test_a_switch_of_level_2(control):
    slope = math.log(1e6 / 0.5) / math.pi
    g = math.exp(slope * math.atan((control - 0.5) / 0.1) - 0.5 * math.log(0.5e6))
    parameters = "level=2 ron=0.5 roff=1meg vt=0.5 vh=-0.1"
    assert switched(parameters, 0.2, control) == pytest.approx(0.2 * g, rel=1e-5)
    limited = 0.1 * math.tanh(g * 0.2 / 0.1)
    assert switched(f"{parameters} ilimit=0.1", 0.2, control) == pytest.approx(limited, rel=1e-5)


@pytest.mark.parametrize(
    ("v", "expected"), [(0.5, 0.2), (0.3, 0.0), (-0.5, -0.2), (-0.1, 0.0), (0.32, 0.02**2 / 0.2)]
)
def test_a_voltage_in_series_counts_in_both_directions_at_level_2(v, expected):
    """|v| - vser over 1 Ω; with epsilon = 0.1 V a parabola between."""
    width = " epsilon=0.1" if v == 0.32 else ""
    found = switched(f"level=2 ron=1 roff=1e12 vt=0 vh=-1m vser=0.3{width}", v, 1e6)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-6)
    one = switched(f"level=2 ron=1 roff=1e12 vt=0 vh=-1m vser=0.3 oneway{width}", v, 1e6)
    assert one == pytest.approx(max(expected, 0.0), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(("control", "part"), [(0.4, 0.0), (0.5, 0.5), (0.6, 1.0), (0.55, 0.84375)])
def test_a_negative_hysteresis_of_ltspice_is_smooth(control, part):
    """ln g from -ln roff to -ln ron by 1/2 + 3/2·x - 2·x³, x = -1/2 … 1/2 over the transition."""
    g = math.exp(-(1 - part) * math.log(1e6) - part * math.log(0.5))
    found = switched("ron=0.5 roff=1meg vt=0.5 vh=-0.1 ilimit=1 noiseless", 0.1, control)
    assert found == pytest.approx(0.1 * g, rel=1e-6)
    assert switched("ron=0.5 roff=1meg vt=0.5 vh=-0.1 ilimit=10m", 0.1, control) == pytest.approx(
        min(0.1 * g, 10e-3), rel=1e-6
    )


def test_noise_of_the_switch():
    parts = "I1 0 a 0 ac 1\nV2 c 0 1e6\nS1 a 0 c 0 m\n.model m SW(level=2 ron=1k{word})\n"
    deck = f"* noise\n{parts}.noise v(a) i1 lin 1 1 1\n.end\n"
    loud, still = (
        Circuit.from_text(deck.format(word=w)).run()[0]["onoise_spectrum"] ** 2 for w in ("", " noiseless")
    )
    assert loud == pytest.approx(4 * BOLTZMANN * 300.15 * 1e3, rel=1e-5)
    assert still == 0.0


def test_an_operational_amplifier_with_limits():
    """A follower that is asked for more than its rail: out where both switches' currents and the load agree."""
    deck = (
        "* follower\n.param rail=0.5 ilim=10m\nVp vp 0 5\nVm vm 0 -5\nV1 in 0 9\n"
        f"A1 out in 0 0 0 0 x 0 OTA g=10m iout=1u rout=100meg {FAR}\n"
        "S1 out vp x out q\nS2 vm out out x q\nRl out 0 10k\n"
        ".model q SW(ron=10 roff=10meg vt=0 vh=-0.1 vser={rail} ilimit={ilim} level=2)\n.op\n.end\n"
    )
    found = Circuit.from_text(deck).op()
    v = found["v(out)"]
    g = math.exp(math.log(1e6) / math.pi * math.atan((found["v(x)"] - v) / 0.1) - 0.5 * math.log(1e8))
    solved = brentq(lambda out: 10e-3 * math.tanh(g * (5 - out - 0.5) / 10e-3) - out / 10e3, 0, 4.5)
    assert v == pytest.approx(solved, abs=1e-3)
    assert v == pytest.approx(4.5, abs=0.02)
