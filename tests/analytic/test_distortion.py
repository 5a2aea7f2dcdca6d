"""Distortion against closed forms, and against harmonic balance of the whole circuit."""

import warnings

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.errors import AnalysisError, DeckWarning, NetlistError

W = 2.0 * np.pi
CUBE = "b1 y 0 v=v(x)+0.5*v(x)^2+0.25*v(x)**3*sgn(v(x))\nr1 y z 1k\nc1 z 0 1n"
TIGHT = ".options reltol=1e-10 abstol=1e-18 vntol=1e-15"


def disto(cards, *arguments, **more):
    return Circuit.from_text(f"t\n{cards}\n.end\n").disto(*arguments, **more)


def test_harmonics_of_a_polynomial_into_a_capacitor():
    """y = a·x + b·x² + c·x³ of a cosine, each harmonic through the pole behind it."""
    second, third = disto(
        f"v1 x 0 dc 0.2 distof1 0.3 25\n{CUBE}",
        1e4,
        1e6,
        3,
    )
    f = second["frequency"].real
    tone = 0.3 * np.exp(1j * np.radians(25))
    curve, cube = 0.5 + 3 * 0.25 * 0.2, 0.25
    assert second["v(y)"] == pytest.approx(np.full(len(f), curve * tone**2 / 2), rel=1e-12)
    assert third["v(y)"] == pytest.approx(np.full(len(f), cube * tone**3 / 4), rel=1e-12)
    assert second["v(z)"] == pytest.approx(curve * tone**2 / 2 / (1 + 2j * W * f * 1e-6), rel=1e-11)
    assert third["v(z)"] == pytest.approx(cube * tone**3 / 4 / (1 + 3j * W * f * 1e-6), rel=1e-11)
    assert not second["v(x)"].any()


def test_products_of_two_tones():
    """Of a square and a cube: A·B at the sum and the difference, 3/4·A²·B* at 2f1 - f2; f2 stays where it is."""
    total, difference, cubic = disto(
        f"v1 x 0 dc 0.2 distof1 0.3 25 distof2 0.2 -70\n{CUBE}",
        1e4,
        1e6,
        3,
        ratio=0.9,
    )
    f, f2 = total["frequency"].real, 9e3
    a, b = 0.3 * np.exp(1j * np.radians(25)), 0.2 * np.exp(-1j * np.radians(70))
    curve, cube = 0.5 + 3 * 0.25 * 0.2, 0.25
    for found, value, at in (
        (total, curve * a * b, f + f2),
        (difference, curve * a * b.conj(), f - f2),
        (cubic, 0.75 * cube * a * a * b.conj(), 2 * f - f2),
    ):
        assert found["v(z)"] == pytest.approx(value / (1 + 1j * W * at * 1e-6), rel=1e-11)


def test_a_nonlinear_charge_and_products_of_products():
    """A cube out of two squares one behind the other: 2f through a pole and back again."""
    second, third = disto(
        "v1 x 0 distof1 0.1\nb1 y 0 v=v(x)+v(x)^2\nr1 y z 1k\nc1 z 0 1n\nb2 w 0 v=v(z)^2", "100k"
    )
    w = W * 1e5
    first, twice, thrice = (1 / (1 + 1j * k * w * 1e-6) for k in (1, 2, 3))
    assert second["v(w)"][0] == pytest.approx((0.1 * first) ** 2 / 2, rel=1e-12)
    assert third["v(w)"][0] == pytest.approx(0.1 * first * (0.005 * twice), rel=1e-12)
    _, third = disto("v1 x 0 distof1 0.1\nr1 x z 1k\nc1 z 0 q='1n*v(z)+0.3n*v(z)^2'", "100k")
    bent = -2j * w * 1e-6 * 0.3 * (0.1 * first) ** 2 / 2 * twice
    both = -3j * w * 1e-6 * 0.3 * (0.1 * first) * bent * thrice
    assert third["v(z)"][0] == pytest.approx(both, rel=1e-10)


def test_a_diode_in_series():
    """At low frequency the answer is that of i = is·exp(v/vt) behind r, whose derivatives are known."""
    cards = "v1 x 0 dc 0.7 distof1 1m\nr1 x y 1k\nd1 y 0 dm\n.model dm d(is=1e-14)\n.options gmin=1e-18 reltol=1e-10"
    second, third = disto(cards, 1.0)
    op = Circuit.from_text(f"t\n{cards}\n.end\n").op()
    vt = BOLTZMANN * 300.15 / ELEMENTARY_CHARGE
    g = (-op["i(v1)"] + 1e-14) / vt
    k = 1.0 / (1.0 + 1e3 * g)
    bent = -1e3 * g / vt * k**3  # d²y/dx² of x = y + r·i(y)
    cubed = -1e3 * g / vt**2 * k**4 + 3 * (1e3 * g / vt) ** 2 * k**5
    assert second["v(y)"][0].real == pytest.approx(bent * 1e-6 / 4, rel=1e-6)
    assert third["v(y)"][0].real == pytest.approx(cubed * 1e-9 / 24, rel=1e-6)


AMPLIFIERS = {
    "pnp": """v2 cc 0 -5
rc cc c 2k
rb in b 500
q1 c b 0 qm
.model qm pnp(is=1e-15 bf=100 br=2 vaf=50 cje=1p cjc=.5p tf=.1n tr=5n)""",
    "mosfet3": """v2 cc 0 5
rc cc c 10k
rb in g 500
m1 c g 0 0 mm w=20u l=2u
.model mm nmos(level=3 vto=.7 kp=50u gamma=.5 theta=.05 vmax=1e5 eta=.05 kappa=.2 nsub=1e16 cgso=1n cgdo=1n cbd=10f)""",
}


@pytest.mark.parametrize("name", AMPLIFIERS)
def test_as_the_harmonics_of_a_small_signal(name):
    """Where ngspice is off: from harmonic balance of two amplitudes, whose next orders cancel."""
    dc = {"pnp": -0.7, "mosfet3": 1.5}[name]
    size = {"pnp": 1e-3, "mosfet3": 2e-2}[name]
    cards, f = AMPLIFIERS[name], 1e7
    second, third = disto(f"v1 in 0 dc {dc} distof1 1\n{cards}", f)
    harmonics = []
    for scale in (1.0, 2.0):
        source = f"v1 in 0 dc {dc} sin({dc} {scale * size} {f} 0 0 90)"
        text = f"t\n{source}\n{cards}\n{TIGHT}\n.end\n"
        found = Circuit.from_text(text).pss(f, method="hb", points=64, harms=8, tolerance=1e-9)
        found = found[0] if isinstance(found, tuple) else found
        v = np.asarray(found["v(c)"])[:-1]
        spectrum = np.fft.rfft(v) / len(v) * 2
        harmonics.append((spectrum[2] / (scale * size) ** 2, spectrum[3] / (scale * size) ** 3))
    for ours, one, two in zip((second, third), harmonics[0], harmonics[1], strict=True):
        exact = one + (one - two) / 3.0  # the next order goes as the square of the amplitude
        assert ours["v(c)"][0] == pytest.approx(exact, rel=2e-3)


def test_from_a_deck_and_what_is_wrong():
    deck = "t\nv1 x 0 dc 1 distof1 1\nr1 x 0 1k\nd1 x 0 dm\n.model dm d\n.disto dec 1 1k 1k\n.end\n"
    second, third = Circuit.from_text(deck).run()
    assert (second.analysis, third.plotname) == ("disto_2f1", "DISTORTION - 3rd harmonic")
    again = Circuit.from_text(Circuit.from_text(deck).export()).run()
    assert again[0]["v(x)"] == pytest.approx(second["v(x)"])
    with pytest.raises(AnalysisError, match="no source has a distof2 value"):
        disto("v1 x 0 distof1 1\nr1 x 0 1k", 1e3, ratio=0.9)
    with pytest.raises(AnalysisError, match="must lie between 0 and 1 times"):
        disto("v1 x 0 distof1 1 distof2 1\nr1 x 0 1k", 1e3, ratio=1.5)
    with pytest.warns(DeckWarning, match="no source has a distof1 value"):
        second, _ = disto("v1 x 0 1\nr1 x 0 1k", 1e3)
    assert not second["v(x)"].any()
    with pytest.raises(NetlistError, match=r"'\.disto' takes dec"):
        _ = Circuit.from_text("t\nv1 x 0 1\nr1 x 0 1\n.disto dec 1 1k\n").flat


def test_multiplied_current_sources():
    cards = "i1 0 x distof1 1m m={m}\nr1 x 0 1k\nb1 y 0 v=v(x)^2\nr2 y 0 1"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [disto(cards.format(m=m), 1e3)[0]["v(y)"][0] for m in (1, 3)]
    assert found[1] == pytest.approx(9.0 * found[0], rel=1e-12)
