"""Heterostructure transistors of levels 5 and 6, random cards, beside ngspice: currents, small signals, transients."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

OPTIONS = ".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15"
SHARED = {
    "lambda": (0, 0.2),
    "eta": (1.1, 1.8),
    "m": (2, 4),
    "mc": (2, 4),
    "gamma": (2, 4),
    "sigma0": (0, 0.1),
    "vsigmat": (0.2, 0.5),
    "vsigma": (0.1, 0.3),
    "mu": (0.1, 0.5),
    "di": (3e-8, 5e-8),
    "deltad": (3e-9, 6e-9),
    "delta": (2, 4),
    "vs": (1e5, 2e5),
    "nmax": (1e16, 3e16),
    "epsi": (1e-10, 1.2e-10),
    "eta1": (1.5, 3),
    "d1": (2e-8, 4e-8),
    "rd": (0, 20),
    "rs": (0, 20),
    "rdi": (0, 20),
    "rsi": (0, 20),
    "kvto": (-1e-3, 1e-3),
    "kmu": (0, 1e-3),
    "klambda": (0, 1e-3),
    "ggr": (0, 40),
    "del": (0.02, 0.05),
}
DIODES = {"rg": (0, 100), "js1": (0.5, 2), "m1": (1.1, 1.4), "js2": (1e5, 2e6), "m2": (4, 8)}
OWN = {
    5: {"rg": (0, 20), "ri": (0, 20), "rf": (0, 20), "cds": (0, 1e-14)}
    | {name + end: ends for name, ends in DIODES.items() for end in "ds"},
    6: {"js": (1e-6, 1e-3), "n": (1, 5), "cf": (0, 1e-14), "p": (0.7, 1.5), "knmax": (0, 2e13)},
}
EMISSION = "gatemod=1 a1=0.3 a2=0.4 cm2=0.1 ck2=0.05 talpha=800 mv1=2 cm3=0.3 phib=0.55"
LAYERS = ("", "d2=1.5e-7 eta2=1.8", "d2=1.5e-7 eta2=1.8 vt1=1.2 vt2=0.2")


def card(kind, level, seed, **fixed):
    rng = np.random.default_rng([level, seed])
    given = {name: rng.uniform(*ends) for name, ends in {**SHARED, **OWN[level]}.items()}
    given["vto"] = (1 if kind == "nhfet" else -1) * rng.uniform(0.0, 0.5)
    words = " ".join(f"{name}={value:.7g}" for name, value in {**given, **fixed}.items())
    return f".model mm {kind}(level={level} {words} {LAYERS[seed % 3]}"


@pytest.mark.parametrize(("level", "gate"), [(5, ""), (5, EMISSION), (6, "")])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["nhfet", "phfet"])
def test_same_currents(level, kind, seed, gate, tmp_path):
    """From below the threshold to a conducting gate, at other temperatures."""
    sign = 1 if kind == "nhfet" else -1
    low = 0 if gate else -0.5  # ngspice's emission jumps at -5·VT
    deck = f"""hfet
vd d 0 0
vg g 0 0
vs s 0 0
z1 d g s mm l=0.8u w=30u m=2
{card(kind, level, seed)} {gate})
{OPTIONS} temp={(27, 60, 0)[seed]} tnom=40
.dc vd {sign * 0.25} {sign * 3} {sign * 0.25} vg {sign * low} {sign * 1.25} {sign * 0.25}
.end
"""
    ours, theirs = both(deck, tmp_path)
    assert np.max(np.abs(theirs["i(vd)"])) > 1e-4
    for source in ("i(vd)", "i(vg)", "i(vs)"):
        assert np.allclose(np.ravel(ours[source]), theirs[source], rtol=4e-6, atol=1e-13), source


@pytest.mark.parametrize("bias", [(0.3, 0.9), (2.0, 0.5), (1.0, 0.1)])
@pytest.mark.parametrize("kind", ["nhfet", "phfet"])
@pytest.mark.parametrize("level", [5, 6])
def test_same_small_signals(level, kind, bias, tmp_path):
    """With a gate that hardly conducts: ngspice's conductances of the gate are not the slopes of its currents."""
    sign = 1 if kind == "nhfet" else -1
    quiet = {"ggr": 0, **({"js1d": 1e-9, "js1s": 1e-9} if level == 5 else {"js": 0})}
    deck = f"""amplifier
vd d 0 {sign * bias[0]}
vg g 0 {sign * bias[1]} ac 1
z1 d g 0 mm
{card(kind, level, 5, **quiet)})
{OPTIONS} temp=60
.ac dec 2 1g 100g
.end
"""
    ours, theirs = both(deck, tmp_path)
    for source in ("i(vd)", "i(vg)"):
        mine, other = np.ravel(ours.array(source)), theirs.array(source)
        assert np.allclose(mine, other, rtol=1e-5, atol=1e-11), source


@pytest.mark.parametrize("gate", ["gatemod=0", EMISSION])
def test_small_signals_are_slopes_of_currents(gate):
    deck = f"""slopes
vd d 0 2
vg g 0 0.6 ac 1
z1 d g 0 mm
{card("nhfet", 5, 7)} {gate})
{OPTIONS}
.dc vg 0.5999 0.6001 0.0001
.ac lin 1 1 1
.end
"""
    dc, ac = Circuit.from_text(deck).run()
    for source in ("i(vd)", "i(vg)"):
        slope = (dc[source][2] - dc[source][0]) / 2e-4
        assert np.isclose(ac[source][0].real, slope, rtol=1e-5), source


@pytest.mark.parametrize(("level", "gate"), [(5, ""), (5, EMISSION), (6, "")])
def test_drain_and_source_exchanged(level, gate):
    """The same transistor the other way round; ngspice's is not."""
    even = {"rd": 5, "rs": 5, "rdi": 4, "rsi": 4}
    if level == 5:
        even |= {"ri": 3, "rf": 3}
        even |= {name + end: 0.5 * sum(ends) for name, ends in DIODES.items() for end in "ds"}
    deck = f"""exchanged
vd d 0 0.8
vg g 0 0.7 ac 1
z1 d g 0 mm
{card("nhfet", level, 1, **even)} {gate})
{OPTIONS}
.op
.ac lin 1 1g 1g
.end
"""
    one, two = (Circuit.from_text(text).run() for text in (deck, deck.replace("z1 d g 0", "z1 0 g d")))
    for a, b in zip(one, two, strict=True):
        for source in ("i(vd)", "i(vg)"):
            np.testing.assert_allclose(a.array(source), b.array(source), rtol=1e-9)


@pytest.mark.parametrize("level", [5, 6])
def test_same_transients(level, tmp_path):
    deck = f"""switch
vdd dd 0 1.5
rd dd d 300
vg gg 0 pulse(-0.3 0.7 50p 300p 300p 200p 2n)
rg gg g 50
z1 d g 0 mm w=40u
{card("nhfet", level, 8, vto=0.2)})
.options reltol=1e-6 abstol=1e-14 vntol=1e-9
.tran 0.5p 1n 0 0.5p
.end
"""
    ours, theirs = both(deck, tmp_path)
    time = np.linspace(1e-12, 1e-9, 1000)
    for signal in ("v(d)", "v(g)"):
        mine, other = (np.interp(time, r.time, r[signal]) for r in (ours, theirs))
        assert np.max(np.abs(mine - other)) < 2e-3 * np.ptp(other), signal
