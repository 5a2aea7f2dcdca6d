"""Values of devices, ``@m1[gm]``, against ngspice's: operating points, sweeps, transients."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from validation.ngspice import available, run_batch

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

OPTIONS = ".options reltol=1e-5 abstol=1e-15 vntol=1e-9 chgtol=1e-17"
MIRROR = "\n".join(f"e{n} {n}2 0 {n} 0 -1" for n in "dgsb")
DIODE = """v1 a 0 dc 0.5 sin(0.4 0.5 1meg)
d1 a b dm area=2 m=3
r1 b 0 100
.model dm d(rs=1 cjo=10p tt=5n is=1e-14 n=1.1)"""
BIPOLAR = """vd d 0 2
vg g 0 dc 0.7 sin(0.7 0.1 1meg)
vs s 0 0.01
vb b 0 -0.5
q1 d g s b qm area=2 m=3
q2 d2 g2 s2 b2 qp area=2 m=3
.model qm npn(bf=100 rb=10 rc=5 re=1 cje=1p cjc=2p cjs=1p tf=1n tr=2n vaf=50 ikf=0.1 xcjc=0.7 mjs=0.3 is=1e-15)
.model qp pnp(bf=100 rb=10 rc=5 re=1 cje=1p cjc=2p cjs=1p tf=1n tr=2n vaf=50 ikf=0.1 xcjc=0.7 mjs=0.3 is=1e-15 subs=1)
"""
FETS = """vd d 0 2
vg g 0 dc -0.4 sin(-0.4 0.5 1meg)
vs s 0 0.1
vb b 0 0
j1 d g s jn area=2 m=3
z1 d g s zn area=2
j2 d2 g2 s2 jp area=2 m=3
z2 d2 g2 s2 zp area=2
.model jn njf(vto=-2 beta=1e-4 lambda=0.02 rd=10 rs=20 cgs=1p cgd=2p)
.model jp pjf(vto=-2 beta=1e-4 lambda=0.02 rd=10 rs=20 cgs=1p cgd=2p)
.model zn nmf(vto=-2 beta=1e-4 lambda=0.02 rd=10 rs=20 cgs=1p cgd=2p)
.model zp pmf(vto=-2 beta=1e-4 lambda=0.02 rd=10 rs=20 cgs=1p cgd=2p)
"""
MOSFET = """vd d 0 2
vg g 0 dc 1.5 sin(1.5 0.5 1meg)
vs s 0 0.1
vb b 0 -0.3
m1 d g s b nm w=10u l=2u m=3 ad=20p as=20p pd=20u ps=20u nrd=2
m2 d2 g2 s2 b2 pm w=10u l=2u m=3 ad=20p as=20p pd=20u ps=20u nrd=2
.model nm nmos({card} vto=0.7 {rest})
.model pm pmos({card} vto=-0.7 {rest})
"""
REST = "rd=20 rs=3 cj=1e-4 cjsw=1e-10 cgso=1e-10 cgdo=1e-10 cgbo=1e-10 is=1e-18"
LEVELS = {
    1: "level=1 kp=1e-4 gamma=0.4 lambda=0.02",
    2: "level=2 tox=25n nsub=1e16 ucrit=5e4 uexp=0.1",
    3: "level=3 tox=25n nsub=1e16 vmax=1.5e5 theta=0.06 eta=0.05 kappa=0",
    6: "level=6 kv=1.1 nv=0.6 kc=40u nc=1.2 gamma=0.4 lambda0=0.02 sigma=0.03",
}
LINEAR = """v1 a 0 dc 1 ac 1 sin(0.5 1 1meg)
r1 a b 1k
c1 b 0 100p
l1 b c 100u
l2 x 0 200u
k1 l1 l2 0.5
rx x 0 1k
r2 c 0 500
i1 0 c dc 1m sin(1m 0.5m 1meg)
e1 f 0 b 0 2
r3 f 0 1k
g1 0 h b 0 1m
r4 h 0 1k
h1 m 0 v1 10
r5 m 0 1k
f1 0 o v1 2
r6 o 0 1k
b1 0 q i=v(b)*v(b)
r7 q 0 1k"""


def both(deck, saved, analysis, tmp_path):
    """Greatest difference of each value, over its greatest size."""
    names = [
        f"@{device}[{key}]" for devices, keys in saved for device in devices.split() for key in keys.split()
    ]
    text = "\n".join(["values", deck, ".save all " + " ".join(names), OPTIONS, analysis, ".end\n"])
    path = tmp_path / "deck.cir"
    path.write_text(text)
    ours, theirs = Circuit.from_text(text).run()[0], run_batch(path).plots[0]
    found = {}
    for name in names:
        a, b = ours.array(name), theirs.array(name)
        if ours.axis == "time":  # later than the first steps, whose rates are rough in both
            grid = np.linspace(0.05 * ours.time[-1], ours.time[-1], 500)
            a, b = np.interp(grid, ours.time, a), np.interp(grid, theirs.time, b)
        found[name] = np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-30)
    return found


STATIC = {
    "diode": (DIODE, [("d1", "vd id c gd cd charge p"), ("r1", "i p resistance")], ".dc v1 -1 1.2 0.1"),
    "temperature": (DIODE, [("d1", "vd id gd cd charge")], ".dc temp 0 100 25 v1 0 1 0.5"),
    "bipolar": (
        BIPOLAR + MIRROR,
        [("q1 q2", "ic ib ie is vbe vbc gm gpi gmu gx go cpi cmu cbx csub qbe qbc qsub qbx")],
        ".dc vg 0.3 0.85 0.05",
    ),
    "fets": (
        FETS + MIRROR,
        [
            ("j1 j2", "id ig is igd vgs vgd gm gds ggs ggd qgs qgd"),
            ("z1 z2", "cd cg is vgs vgd gm gds ggs ggd"),
            ("j1 z1", "p"),
        ],
        ".dc vd -1 3 0.25",
    ),
    "linear": (
        LINEAR,
        [
            ("r1", "i p resistance"),
            ("c1", "i p capacitance"),
            ("l1", "i v p current inductance volt"),
            ("v1", "i p dc"),
            ("i1", "v p current dc"),
            ("e1 g1 h1 f1", "i v p"),
            ("b1", "i v"),
        ],
        ".dc v1 -1 3 0.25",
    ),
}
CURRENTS = "id ig is ib ibd ibs vgs vds vbs vbd von vdsat gm gds gmbs"


@pytest.mark.parametrize("name", STATIC)
def test_along_a_sweep(name, tmp_path):
    for value, difference in both(*STATIC[name], tmp_path).items():
        assert difference < 1e-4, value


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("analysis", [".dc vd 0 3 0.25", ".op", ".tran 5n 2u"])
def test_mosfets(level, analysis, tmp_path):
    moving = analysis[:5] == ".tran"
    keys = CURRENTS + (" rd rs gmb" if level != 6 else "") + (" cbd cbs" if analysis[:3] != ".dc" else "")
    saved = [("m1 m2", keys + " qbd qbs" * moving), ("m1", "p")]
    deck = MOSFET.format(card=LEVELS[level], rest=REST) + MIRROR
    for value, difference in both(deck, saved, analysis, tmp_path).items():
        key = value[4:-1]
        if key in ("ibd", "ibs") or (level == 6 and key == "ib") or (moving and key in ("ig", "ib", "is")):
            continue  # gmin is multiplied by m in level 6 alone, there; of the gate's charge, which is another
        # derivatives of level 3 are approximate there, and of level 6 leap where it begins to conduct
        rough = level == 3 and key in ("gm", "gds", "gmb", "gmbs")
        assert difference < (0.2 if moving and level == 6 else 2e-2 if moving or rough else 1e-4), value


def test_capacitances_of_the_gate(tmp_path):
    deck = MOSFET.format(card="level=1 kp=1e-4 tox=1e-8", rest=REST) + MIRROR
    for value, difference in both(deck, [("m1 m2", "cgs cgd cgb")], ".op", tmp_path).items():
        assert difference < 1e-4, value


TRANSIENT = {
    "diode": (DIODE, [("d1", "vd id c cd charge qd capcur p"), ("r1", "i p")]),
    "bipolar": (
        BIPOLAR + MIRROR,
        [("q1 q2", "ic ib ie is vbe vbc gm go gx cpi cmu cbx csub qbe qbc qsub qbx")],
    ),
    "fets": (
        FETS + MIRROR,
        [("j1 j2", "id ig is igd vgs vgd gm gds qgs qgd"), ("z1 z2", "cd cg is vgs vgd gm gds")],
    ),
    "linear": (
        LINEAR,
        [
            ("r1", "i p"),
            ("c1", "i p"),
            ("l1", "i v p flux"),
            ("v1", "i p"),
            ("i1", "v current"),
            ("e1 g1 h1 f1", "i v"),
            ("b1", "i v"),
        ],
    ),
}


@pytest.mark.parametrize("name", TRANSIENT)
def test_along_a_transient(name, tmp_path):
    for value, difference in both(*TRANSIENT[name], ".tran 5n 2u", tmp_path).items():
        assert difference < 2e-2, value


SAVED = """currents of all devices
vc c 0 5
vb b 0 dc 0.7 ac 1
r1 b bb 1k
q1 c bb 0 qn
m1 c b 0 0 mn
d1 b 0 dd
c1 b 0 1p
l1 c cc 1u
rl cc 0 1k
i1 0 b 1m
j1 c b 0 jn
.model qn npn(bf=100 vaf=50)
.model mn nmos(vto=0.5 kp=1e-4)
.model dd d
.model jn njf
.options savecurrents reltol=1e-7 vntol=1e-9 abstol=1e-14
{}
.end
"""


@pytest.mark.parametrize("card", [".op", ".dc vb 0 1 0.1", ".tran 1n 20n"])
def test_savecurrents_saves_what_ngspice_saves(tmp_path, card):
    deck = tmp_path / "saved.cir"
    deck.write_text(SAVED.format(card))
    theirs = run_batch(deck).plots[0]
    ours = Circuit.from_text(SAVED.format(card)).run()[0]
    names = {name[2:-1] if name.startswith("i(@") else name for name in theirs.names}
    assert {n for n in names if n[0] == "@"} == {n for n in ours.names if n[0] == "@"}
    assert {n for n in ours.names if n[0] != "@" and n != ours.axis} <= names
    if card != ".tran 1n 20n":  # a bulk's and a gate's charge moves otherwise here, and nothing moves anyway
        for name, found in zip(theirs.names, theirs.data.T, strict=True):
            plain = name[2:-1] if name.startswith("i(@") else name
            if plain[0] == "@":
                np.testing.assert_allclose(ours.array(plain), np.real(found), rtol=1e-4, atol=1e-11)


def test_phasors_of_devices_are_left_out_of_savecurrents():
    found = Circuit.from_text(SAVED.format(".ac dec 2 1 100")).run()[0]
    assert "@r1[i]" in found.names
    assert "@q1[ic]" not in found.names


@pytest.mark.parametrize(
    "model", ["level=8 version=3.3.0 rsh=50", "level=14 version=4.8 rsh=50 rbodymod=1 rgatemod=1 rshg=5"]
)
def test_currents_of_the_terminals_of_a_bsim_are_those_of_the_sources(model):
    """Behind resistances as well: at the inner nodes all currents add up to nothing."""
    cards = "m1 d g s b mm l=1u w=10u nrd=1 nrs=1 ad=20p as=20p pd=24u ps=24u\n" + "".join(
        f"v{node} {node} 0 {volts}\n" for node, volts in (("d", 2), ("g", 1.5), ("s", 0.1), ("b", -1))
    )
    op = Circuit.from_text(
        f"t\n{cards}.model mm nmos {model} vth0=0.5\n.save all @m1[is] @m1[ib] @m1[ig]\n.op\n"
    ).run()[0]
    assert op["@m1[is]"] == pytest.approx(-op["i(vs)"], rel=1e-6)
    for node in "bg":
        assert op[f"@m1[i{node}]"] == pytest.approx(-op[f"i(v{node})"], rel=1e-6, abs=1e-17)
