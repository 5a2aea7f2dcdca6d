"""BSIM1 transistors of random cards against ngspice's own: currents over bias and size, capacitances, temperature."""

import early_bsim_deck
import numpy as np
import pytest

from circuitnn import Circuit
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

OPTIONS = ".options reltol=1e-9 abstol=1e-18 vntol=1e-12"
RANGES = {
    "phi": (0.6, 0.8),
    "k1": (0.4, 1.1),
    "lk1": (-0.1, 0.1),
    "k2": (0, 0.05),
    "eta": (0, 0.01),
    "leta": (0, 0.02),
    "x2e": (-2e-3, 0),
    "x3e": (-1e-4, 3e-4),
    "muz": (400, 600),
    "x2mz": (0, 15),
    "mus": (600, 700),
    "lmus": (0, 30),
    "x2ms": (0, 10),
    "x3ms": (0, 10),
    "u0": (0.02, 0.1),
    "lu0": (0, 0.02),
    "x2u0": (-1e-3, 1e-3),
    "u1": (0.02, 0.3),
    "x2u1": (-2e-3, 0),
    "x3u1": (-1e-3, 1e-3),
    "n0": (1, 1.5),
    "nb": (0, 0.1),
    "nd": (-0.05, 0),
    "dl": (0, 0.4),
    "dw": (0, 0.4),
    "tox": (0.02, 0.05),
}
SIZES = ("w=10u l=2u", "w=3u l=1.2u ad=20p as=15p pd=15u ps=12u", "w=50u l=10u m=2")


def deck(kind, seed, bias, analysis, rest=""):
    card = f"level=4 vfb={-0.9 if kind == 'nmos' else -0.3} {rest}"
    return early_bsim_deck.deck(kind, seed, bias, RANGES, card, SIZES[seed % 3], f"{OPTIONS}\n{analysis}")


@pytest.mark.parametrize("kind", ["nmos", "pmos"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("vb", [0.4, 0, -2])
def test_currents(kind, seed, vb, tmp_path):
    sign = 1 if kind == "nmos" else -1
    sweep = (
        f".dc vd {-2.05 * sign} {6.05 * sign} {0.3 * sign} vg {-0.5 * sign} {5 * sign} {0.5 * sign}\n.temp 75"
    )
    ours, theirs = both(deck(kind, seed, (0, 0, vb), sweep), tmp_path)
    for name in ("i(vd)", "i(vb)"):
        a, b = (r.array(name) for r in (ours, theirs))
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-9 if name == "i(vd)" else 1e-15)


@pytest.mark.parametrize("kind", ["nmos", "pmos"])
@pytest.mark.parametrize("xpart", ["", "xpart=0"])
@pytest.mark.parametrize("bias", [(3, -3, -1), (3, 0, -1), (0.2, 3, 0), (3, 1.5, -1), (4, 4, -2)])
def test_capacitances(kind, xpart, bias, tmp_path):
    for seed in range(3):
        text = deck(kind, seed, bias, ".ac lin 1 1meg 1meg", xpart)
        ours, theirs = both(text, tmp_path)
        for name in ("i(vd)", "i(vb)", "i(vg)"):
            a, b = (r.array(name)[0] for r in (ours, theirs))
            assert a.imag == pytest.approx(b.imag, rel=1e-5, abs=1e-14)
            assert a.real == pytest.approx(b.real, rel=1e-4, abs=1e-12)


def test_drain_and_source_exchanged():
    """The same transistor the other way round; ngspice's small signals are not, where vds < 0."""
    cards = deck("nmos", 0, (1, 3, 0), ".ac lin 1 1meg 1meg").replace("b mm", "b mm ad=10p as=10p")
    other = cards.replace("m1 d g 0 b", "m1 0 g d b")
    one, two = (Circuit.from_text(text.replace("cgso=0.3n", "cgso=0.2n")).run()[0] for text in (cards, other))
    for name in ("i(vd)", "i(vg)", "i(vb)"):
        assert one.array(name)[0] == pytest.approx(two.array(name)[0], rel=1e-9)
