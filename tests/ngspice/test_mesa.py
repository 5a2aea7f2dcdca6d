"""MESFETs of levels 2, 3 and 4, random cards, against ngspice's own: currents, small signals, transients."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

OPTIONS = ".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15"
OHMIC = ("rd", "rs", "rg", "ri", "rf", "rsi", "rdi")
RANGES = {
    2: {
        "theta": (0, 0.03),
        "d": (0.9e-7, 1.3e-7),
        "nd": (2e23, 3e23),
        "tc": (0, 0.2),
        "zeta": (0.8, 1.2),
        "alpha": (0, 0.3),
    },
    3: {
        "beta": (3e-3, 1e-2),
        "du": (3e-8, 4e-8),
        "ndu": (1e22, 3e22),
        "th": (1e-8, 2e-8),
        "ndelta": (1e24, 6e24),
        "tc": (0, 0.2),
    },
    4: {"d": (0.9e-7, 1.3e-7), "nmax": (5e15, 3e16), "gamma": (1.5, 4), "cas": (0.8, 1.2), "cbs": (0.8, 1.2)},
}
SHARED = {
    "vto": (-1.6, -0.6),
    "lambda": (0, 0.1),
    "vs": (1e5, 2e5),
    "phib": (0.5, 0.7),
    "ggr": (0, 60),
    "del": (0.02, 0.06),
    "n": (1, 1.3),
    "eta": (1.3, 2),
    "m": (1.5, 4),
    "mc": (2, 4),
    "sigma0": (0, 0.1),
    "vsigmat": (0.7, 1.2),
    "vsigma": (0.1, 0.3),
    "mu": (0.2, 0.4),
    "delta": (2, 6),
}
WARM = (
    "tvto=1m tlambda=400 teta0=600 teta1=40 tmu=60 xtm0=0.8 mu1=0.9 xtm1=1.2 mu2=2 xtm2=2 "
    "phib1=0.2m xchi=0.02 rtc1=2m rtc2=2u"
)


def card(level, seed, ohmic=True, **fixed):
    rng = np.random.default_rng([level, seed])
    given = {name: rng.uniform(*ends) for name, ends in {**SHARED, **RANGES[level]}.items()}
    given |= {name: rng.uniform(1, 30) for name in OHMIC if ohmic and rng.random() < 0.6}
    return " ".join(f"{name}={value:.7g}" for name, value in {**given, **fixed}.items())


@pytest.mark.parametrize("seed", [0, 1, 4])
@pytest.mark.parametrize("level", [2, 3, 4])
def test_same_currents(level, seed, tmp_path):
    """From below the threshold to a conducting gate, drain and source changing places, at other temperatures."""
    deck = f"""mesfet
vd d 0 0
vg g 0 0
vs s 0 0.1
z1 d g s mm l=0.8u w=30u m=2
.model mm nmf(level={level} {card(level, seed)} {WARM if seed else ""})
{OPTIONS} temp={(27, -20, 0, 0, 85)[seed]}
.dc vd -0.3 3 0.3 vg -1.8 0.45 0.25
.end
"""
    ours, theirs = both(deck, tmp_path)
    assert np.max(np.abs(theirs["i(vd)"])) > 1e-4
    for source in ("i(vd)", "i(vg)", "i(vs)"):
        assert np.allclose(np.ravel(ours[source]), theirs[source], rtol=1e-6, atol=1e-13), source


@pytest.mark.parametrize("bias", [(0.3, -0.6), (2.0, 0.2), (2.0, -1.9)])
@pytest.mark.parametrize("level", [2, 3])
def test_same_small_signals(level, bias, tmp_path):
    """Without leakage, of which, and of level 4, ngspice's conductances are not the slopes of its currents."""
    deck = f"""amplifier
vd d 0 {bias[0]}
vg g 0 {bias[1]} ac 1
z1 d g 0 mm
.model mm nmf(level={level} {card(level, 5, ggr=0, phib=1.2)})
{OPTIONS} temp=60
.ac dec 2 1g 100g
.end
"""
    ours, theirs = both(deck, tmp_path)
    for source in ("i(vd)", "i(vg)"):
        mine, other = np.ravel(ours.array(source)), theirs.array(source)
        assert np.allclose(mine, other, rtol=2e-4, atol=1e-12), source


def test_same_capacitances_of_level_4(tmp_path):
    deck = f"""capacitances
vd d 0 0.5
vg g 0 0 ac 1
z1 d g 0 mm
.model mm nmf(level=4 {card(4, 6, ohmic=False)})
{OPTIONS}
.ac lin 1 1g 1g
.end
"""
    for gate in (-1.9, -0.9, -0.3, 0.3):
        ours, theirs = both(deck.replace("vg g 0 0", f"vg g 0 {gate}"), tmp_path)
        for source in ("i(vd)", "i(vg)"):
            mine, other = np.ravel(ours.array(source)).imag, theirs.array(source).imag
            assert np.allclose(mine, other, rtol=1e-5), source


@pytest.mark.parametrize("level", [2, 3, 4])
def test_small_signals_are_slopes_of_currents(level):
    deck = f"""slopes
vd d 0 2
vg g 0 -0.2 ac 1
z1 d g 0 mm
.model mm nmf(level={level} {card(level, 7)})
{OPTIONS}
.dc vg -0.2001 -0.1999 0.0001
.ac lin 1 1 1
.end
"""
    dc, ac = Circuit.from_text(deck).run()
    slope = (dc["i(vd)"][2] - dc["i(vd)"][0]) / 2e-4
    assert np.isclose(ac["i(vd)"][0].real, slope, rtol=1e-5)


@pytest.mark.parametrize("level", [2, 3, 4])
def test_same_transients(level, tmp_path):
    deck = f"""switch
vdd dd 0 3
rd dd d 200
vg gg 0 pulse(-1.6 0.3 50p 300p 300p 200p 2n)
rg gg g 50
z1 d g 0 mm w=40u
.model mm nmf(level={level} {card(level, 8, vto=-1)})
.options reltol=1e-6 abstol=1e-14 vntol=1e-9
.tran 0.5p 1n 0 0.5p
.end
"""
    ours, theirs = both(deck, tmp_path)
    time = np.linspace(1e-12, 1e-9, 1000)
    for signal in ("v(d)", "v(g)"):
        mine, other = (np.interp(time, r.time, r[signal]) for r in (ours, theirs))
        assert np.max(np.abs(mine - other)) < 2e-3 * np.ptp(other), signal
