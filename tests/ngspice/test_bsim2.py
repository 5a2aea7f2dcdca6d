"""BSIM2 transistors of random cards beside ngspice's own: currents over bias and size, capacitances, temperature."""

import re

import early_bsim_deck
import numpy as np
import pytest

from circuitnn import Circuit
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

OPTIONS = ".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15"
RANGES = {
    "phi": (0.65, 0.85),
    "k1": (0.5, 1),
    "lk1": (-0.1, 0.1),
    "wk1": (-0.1, 0.1),
    "k2": (0, 0.1),
    "eta0": (0, 0.02),
    "etab": (-0.002, 0.002),
    "mu0": (400, 500),
    "mu0b": (-5, 5),
    "mus0": (500, 650),
    "lmus0": (0, 30),
    "musb": (-5, 5),
    "mu20": (0.5, 2),
    "mu2b": (-0.1, 0.1),
    "mu2g": (-0.05, 0.05),
    "mu30": (0, 10),
    "mu3b": (-1, 1),
    "mu3g": (-1, 1),
    "mu40": (0, 1),
    "mu4b": (-0.1, 0.1),
    "mu4g": (-0.1, 0.1),
    "ua0": (0.05, 0.2),
    "wua0": (0, 0.02),
    "uab": (-0.01, 0.01),
    "ub0": (-0.005, 0.01),
    "ubb": (-0.001, 0.001),
    "u10": (0.05, 0.2),
    "u1b": (-0.01, 0.01),
    "u1d": (0, 0.2),
    "n0": (1.1, 1.5),
    "nb": (0, 0.5),
    "nd": (-0.01, 0.01),
    "vof0": (0, 2),
    "vofb": (-0.1, 0.1),
    "vofd": (-0.05, 0.05),
    "ai0": (0, 2),
    "aib": (-0.1, 0.1),
    "bi0": (5, 20),
    "bib": (-0.1, 0.1),
    "vglow": (-0.2, -0.1),
    "vghigh": (0.1, 0.3),
    "tox": (0.01, 0.03),
    "temp": (0, 80),
    "dl": (0, 0.4),
    "dw": (0, 0.4),
}
SIZES = ("w=10u l=2u", "w=3u l=1.2u ad=20p as=15p pd=15u ps=12u nrd=2", "w=50u l=10u m=2")


def deck(kind, seed, bias, analysis, rest="vbb=-5"):
    card = f"level=5 vfb=-0.9 rsh={seed * 20} {rest}"
    return early_bsim_deck.deck(kind, seed, bias, RANGES, card, SIZES[seed % 3], f"{OPTIONS}\n{analysis}")


@pytest.mark.thinned(3)
@pytest.mark.parametrize("kind", ["nmos", "pmos"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("vb", [0.3, 0, -2])
def test_currents(kind, seed, vb, tmp_path):
    """Both ways, from far below the threshold on, at a temperature that the channel does not see."""
    sign = 1 if kind == "nmos" else -1
    sweep = f".dc vd {-2 * sign} {6 * sign} {0.25 * sign} vg {-0.5 * sign} {5 * sign} {0.25 * sign}\n.temp 75"
    ours, theirs = both(deck(kind, seed, (0, 0, vb), sweep), tmp_path)
    for name in ("i(vd)", "i(vb)"):
        a, b = (np.ravel(r.array(name)) for r in (ours, theirs))
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-13)


def test_default_card(tmp_path):
    """Without vbb, a bulk of any voltage counts as one 10 V above the source."""
    sweep = ".dc vd 0 5 0.5 vg 0 5 0.5"
    text = f"t\nvd d 0 0\nvg g 0 0\nvb b 0 -1\nm1 d g 0 b mm\n.model mm nmos(level=5)\n{OPTIONS}\n{sweep}\n.end\n"
    ours, theirs = both(text, tmp_path)
    np.testing.assert_allclose(np.ravel(ours["i(vd)"]), theirs["i(vd)"], rtol=1e-6, atol=1e-13)


@pytest.mark.parametrize("ai0", ["0", "0.5"])
def test_hot_electrons_that_the_bulk_makes(ai0, tmp_path):
    """None with ai0 = 0, whatever the bulk."""
    text = deck("nmos", 0, (0, 2, -2), ".dc vd 0 6 0.25")
    for name, value in (("ai0", ai0), ("aib", "-0.5"), ("bi0", "5")):
        text = re.sub(rf"\b{name}=\S+", f"{name}={value}", text)
    ours, theirs = both(text, tmp_path)
    np.testing.assert_allclose(ours["i(vd)"], theirs["i(vd)"], rtol=1e-6, atol=1e-13)


@pytest.mark.parametrize("kind", ["nmos", "pmos"])
@pytest.mark.parametrize(
    "bias",
    [(3, -3, -1), (3, -0.5, -1), (0.2, 3, -0.1), (3, 1.5, -1), (4, 4, -2), (0.05, 0.6, -0.1), (1, 2.5, -0.2)],
)
def test_small_signals(kind, bias, tmp_path):
    for seed in range(3):
        ours, theirs = both(deck(kind, seed, bias, ".ac lin 1 1meg 1meg"), tmp_path)
        for name in ("i(vd)", "i(vb)", "i(vg)"):
            a, b = (r.array(name)[0] for r in (ours, theirs))
            assert a.imag == pytest.approx(b.imag, rel=1e-5, abs=1e-14)
            assert a.real == pytest.approx(b.real, rel=1e-4, abs=1e-12)


def test_bulk_biased_forward(tmp_path):
    """Ours is the slope of ngspice's current; ngspice's own is not."""
    swept, small = (
        deck("nmos", 0, (3, 2.5, 0.2), analysis).replace(" ac 1", "").replace("vb b 0 0.2", "vb b 0 0.2 ac 1")
        for analysis in (".dc vb 0.199 0.2011 0.001", ".ac lin 1 1 1")
    )
    theirs = both(swept, tmp_path)[1]
    slope = (theirs["i(vd)"][2] - theirs["i(vd)"][0]) / 2e-3
    ours = Circuit.from_text(small).run()[0]
    assert ours["i(vd)"][0].real == pytest.approx(slope, rel=1e-4)


def test_drain_and_source_exchanged():
    """The same transistor the other way round; ngspice's small signals are not, where vds < 0."""
    cards = deck("nmos", 0, (1, 3, 0), ".ac lin 1 1meg 1meg").replace("b mm", "b mm ad=10p as=10p")
    other = cards.replace("m1 d g 0 b", "m1 0 g d b")
    one, two = (Circuit.from_text(text.replace("cgso=0.3n", "cgso=0.2n")).run()[0] for text in (cards, other))
    for name in ("i(vd)", "i(vg)", "i(vb)"):
        assert one.array(name)[0] == pytest.approx(two.array(name)[0], rel=1e-9)


def test_transients(tmp_path):
    text = deck("nmos", 1, (5, 0, 0), ".tran 20p 10n 0 20p").replace(
        "vd d 0 5", "vdd dd 0 5\nrd dd d 10k\ncd d 0 20f"
    )
    text = text.replace("vg g 0 0 ac 1", "vg g 0 pulse(0 5 1n 1n 1n 3n)").replace(
        "reltol=1e-9", "reltol=1e-6"
    )
    ours, theirs = both(text.replace("abstol=1e-18 vntol=1e-12", "abstol=1e-14 vntol=1e-9"), tmp_path)
    time = np.linspace(0, 1e-8, 1000)
    mine, other = (np.interp(time, r.time, r["v(d)"]) for r in (ours, theirs))
    assert np.max(np.abs(mine - other)) < 2e-3 * np.ptp(other)
