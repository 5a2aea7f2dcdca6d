"""Transients with uic: the charges that transistors and diodes start with, from ``ic=`` and ``.ic``."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import NetlistError
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")

DECK = """initial voltages
{device}
{card}
rd d 0 10k
rg g 0 10k
rs s 0 10k
rb b 0 10k
{ic}
.tran 1p 30p 0 1p uic
.end
"""
NODES = ".ic v(d)={0}2 v(g)={0}0.5 v(s)={0}0.2 v(b)={0}-0.5"
OVERLAP = "cgso=1n cgdo=1n cgbo=1n"
MOSFET = "vto=1 kp=1e-6 cbd=1p cbs=1p tox=50n"
DIFFUSIONS = "ad=10p as=10p pd=10u ps=10u w=10u l=1u"
POWER = "cgs=10p cgdmin=1p cgdmax=5p cjo=3p kp=1e-9"
BIPOLAR = "is=1e-16 cje=10p cjc=5p"

# An instance, its model, and whether its nodes have initial voltages too.
CASES = [
    ("q1 d g s m ic=0.5,2", f"npn({BIPOLAR})", False),
    ("q1 d g s m ic=0.5 2 area=2", f"npn({BIPOLAR})", True),
    ("q1 d g s m 2 ic=0.5", f"npn({BIPOLAR} rb=10 rc=10 re=1)", True),
    ("q1 d g s m off icvce=2", f"npn({BIPOLAR})", True),
    ("q1 d g s b m icvbe=-0.5 icvce=-2", f"pnp({BIPOLAR} cjs=5p mjs=0.5)", True),
    ("q1 d g s b m", f"npn({BIPOLAR} cjs=5p mjs=0.5 rc=100)", True),
    ("q1 d g s b m", f"npn(level=2 subs=-1 {BIPOLAR} cjs=5p mjs=0.5)", True),
    (f"m1 d g s b m ic=3,2,-1 {DIFFUSIONS}", f"nmos(level=1 {MOSFET} {OVERLAP})", False),
    (f"m1 d g s b m ic=3 2 {DIFFUSIONS}", f"nmos(level=2 {MOSFET} {OVERLAP} rd=10 rs=10)", True),
    (f"m1 d g s b m icvbs=-1 {DIFFUSIONS}", f"nmos(level=3 {MOSFET} {OVERLAP})", True),
    (f"m1 d g s b m icvds=-3 icvgs=-2 {DIFFUSIONS}", f"pmos(level=1 {MOSFET} {OVERLAP})", True),
    (f"m1 d g s b m ic=3,2,-1 off {DIFFUSIONS}", f"nmos(level=1 {MOSFET} {OVERLAP})", True),
    ("m1 d g s b m icvds=3 w=10u l=1u", f"nmos(level=6 vto=1 kc=1e-6 cbd=1p cbs=1p {OVERLAP})", True),
    (f"m1 d g s b m icvds=3 {DIFFUSIONS}", f"nmos(level=9 vto=1 cbd=1p cbs=1p {OVERLAP})", True),
    ("m1 d g s b m vds=3 vbs=-1 w=10u l=1u", f"nmos(level=4 vfb=-0.5 tox=0.03 vdd=5 {OVERLAP})", True),
    (f"m1 d g s b m ic=3,2,-1 {DIFFUSIONS}", f"nmos(level=8 version=3.3.0 {OVERLAP})", True),
    (f"m1 d g s b m ic=3,2,-1 off {DIFFUSIONS}", f"nmos(level=8 version=3.3.0 {OVERLAP})", True),
    (f"m1 d g s b m ic=3 {DIFFUSIONS}", f"nmos(level=14 {OVERLAP})", True),
    (f"m1 d g s b m {DIFFUSIONS}", f"nmos(level=14 rgatemod=1 rbodymod=1 {OVERLAP})", True),
    ("m1 d g s m icvds=2 icvgs=1", f"vdmos({POWER})", False),
    ("m1 d g s m icvgs=-2", f"vdmos(pchan {POWER})", True),
    ("j1 d g s m ic=2,-1", "njf(cgs=10p cgd=5p)", False),
    ("j1 d g s m ic=2", "njf(cgs=10p cgd=5p rd=100 rs=100)", True),
    ("j1 d g s m ic=-2,1 off", "pjf(level=2 cgs=10p cgd=5p)", True),
    ("z1 d g s m icvds=2 icvgs=-1", "nmf(cgs=10p cgd=5p rd=10 rs=10)", True),
    ("z1 d g s m icvgs=-1", "nhfet(level=5)", True),
    ("d1 s d m", "d(cjo=10p rs=100)", True),
    ("d1 s d m off", "d(cjo=10p tt=1n)", True),
]


def compared(deck, folder, share):
    """The two runs differ by at most this share of the largest voltage."""
    ours, theirs = both(deck, folder)
    names = [name for name in theirs.names if name.startswith("v(") and "#" not in name]
    largest = max(np.abs(theirs[name]).max() for name in names)
    for name in names:
        found = np.interp(theirs["time"], ours["time"], ours[name])
        np.testing.assert_allclose(found, theirs[name], rtol=0.0, atol=share * largest + 1e-9, err_msg=name)


@needs_ngspice
@pytest.mark.parametrize(("device", "model", "nodes"), CASES)
def test_transients(device, model, nodes, tmp_path):
    """ngspice's first step takes the capacitances of a MOSFET at the start for the whole step: 1.5 %."""
    sign = "-" if model.startswith("p") or "pchan" in model else ""
    ic = NODES.format(sign).replace("--", "") if nodes else ""
    compared(DECK.format(device=device, card=f".model m {model}", ic=ic), tmp_path, 1.5e-2)


@needs_ngspice
def test_without_uic_they_have_no_effect(tmp_path):
    deck = DECK.format(device="q1 d g s m ic=0.5,2", card=f".model m npn({BIPOLAR})", ic="v1 g 0 0.6")
    compared(deck.replace(" uic", ""), tmp_path, 1e-4)


@needs_ngspice
def test_a_capacitor_shares_its_charge_with_a_junction(tmp_path):
    """Initial voltages of capacitors charge no device: 10 pF at 1 V and an empty junction of 10 pF."""
    deck = DECK.format(device="d1 0 d m\nc1 d 0 10p ic=1", card=".model m d(cjo=10p)", ic="")
    compared(deck, tmp_path, 1e-3)
    assert float(Circuit.from_text(deck).run()[0]["v(d)"][0]) == pytest.approx(0.528, abs=1e-3)


@needs_ngspice
def test_in_subcircuits_beside_devices_without(tmp_path):
    device = "x1 d g s with v=2\nx2 d g 0 without\n.subckt with c b e v=1\nq1 c b e m ic=0.5,{v}\n.ends"
    device += "\n.subckt without c b e\nq1 c b e m\n.ends"
    compared(DECK.format(device=device, card=f".model m npn({BIPOLAR})", ic=""), tmp_path, 2e-3)


def test_the_same_from_a_written_deck():
    for device, model, _ in (case for case in CASES if case[0][0] in "qj"):
        deck = DECK.format(device=device, card=f".model m {model}", ic="")
        circuit = Circuit.from_text(deck)
        again = Circuit.from_text(circuit.export())
        assert np.array_equal(circuit.run()[0]["v(d)"], again.run()[0]["v(d)"])


@pytest.mark.parametrize(
    ("device", "model", "message"),
    [
        ("q1 d g s m ic=1,2,3", "npn", "'ic' of 'q1' has 3 voltages, but only 2 have a meaning: vbe, vce"),
        ("j1 d g s m ic=1,2,3", "njf", "but only 2 have a meaning: vds, vgs"),
        ("m1 d g s b m ic=1,2,3,4", "nmos", "but only 3 have a meaning: vds, vgs, vbs"),
        ("q1 d g s m icvds=1", "npn", "'q1' has no parameter 'icvds'"),
    ],
)
def test_refused(device, model, message):
    with pytest.raises(NetlistError, match=message):
        Circuit.from_text(DECK.format(device=device, card=f".model m {model}", ic="")).flat()


@needs_ngspice
@pytest.mark.parametrize("name", ["m", "area", "temp", "ic", "w", "l"])
@pytest.mark.parametrize(
    "letter", ["q1 d g s {} 2", "d1 d s {} area=2", "m1 d g s b {} w=2u", "j1 d g s {} 2"]
)
def test_models_may_have_the_names_of_parameters(letter, name, tmp_path):
    kind = {"q": "npn(cje=10p cjc=5p)", "d": "d(cjo=10p)", "m": "nmos(cbd=1p cbs=1p)", "j": "njf(cgs=10p)"}
    card = f".model {name} {kind[letter[0]]}"
    compared(DECK.format(device=letter.format(name), card=card, ic=".ic v(s)=0.5 v(d)=0.2"), tmp_path, 1.5e-2)
