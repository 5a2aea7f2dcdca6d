"""``.sens`` lists the numbers that ngspice lists, in its order; values are compared where ngspice is right."""

import re
import time

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")

DECK = "list\nvin in 0 dc {vin} ac 1 20\nrin in a 1k\n{cards}\n.options reltol=1e-7\n.sens v(a){over}\n.end\n"
MOSFET = "m{0} a in e{0} 0 m{0} w=20u l=2u\nre{0} e{0} 0 10\n"
CONTROLLED = """e1 e 0 a 0 2
re e a 10k
g1 0 a e 0 10u
f1 0 a vin 0.1
h1 h 0 vin 100
rh h a 20k"""
PASSIVE = """r1 a 0 rm 2k
r2 b 0 3k m=2
l1 a b 1m
r3 a 0 rn l=50u w=2u
r4 a 0 ro
c1 a 0 1n
.model ro r(r=7k)
.model rn r(rsh=100 narrow=0.1u short=0.2u)
.model rm r(rsh=10)
c2 b 0 cm m=3
.model cm c(cap=2n)
r5 a 0 4k scale=2"""
SUBCIRCUITS = """x1 a c part
x2 c 0 part
d1 a 0 dg
.subckt part p q
r1 p m 1k
d1 m q dl
x1 m q inner
r2 p q 20k
.model dl d(n=2)
.ends
.subckt inner p q
d2 p q dg
r9 p q 100k
.ends
.model dg d(is=1e-13)"""
# Input voltage, and cards of several kinds each.
DC = {
    "passive": (2, PASSIVE),
    "controlled": (2, CONTROLLED),
    "coupled": (
        2,
        "l1 a b 1m\nl2 c 0 2m\nk1 l1 l2 0.5\nr1 b 0 1k\nr2 c 0 1k\nt1 b 0 d 0 z0=50 td=1n\nr3 d 0 50",
    ),
    "sources": (
        2,
        "i1 0 a 1m\ni2 a 0 dc 2m m=3\nv2 b 0 1\n"
        "r1 b a 5k\nb1 0 a i=1u*v(a)*v(in) m=2\nb2 c 0 v=2*v(a)\nr2 c a 9k",
    ),
    "switches": (
        2,
        "s1 a 0 in 0 sm\n.model sm sw(vt=0.1 ron=5k)\nw1 a 0 vin wm\n.model wm csw(it=-1 ron=6k)\nr1 a 0 9k",
    ),
    "diodes": (
        1.5,
        "d1 a 0 d1 area=2\nd2 a b d2\nr1 b 0 100\n"
        "d3 0 a d2 off\n.model d1 d(n=1.5)\n.model d2 d(is=1e-13 cjo=1p)",
    ),
    "subcircuits": (3, SUBCIRCUITS),
    "bipolar": (
        0.8,
        "q1 a in e qn\nre e 0 100\nq2 0 a in qp\n.model qp pnp\n.model qn npn(bf=50 cje=1p)\nr1 a 0 1k",
    ),
    "jfets": (
        -0.5,
        "j1 a in e jn\nre e 0 10\nj2 a in e jm\n"
        ".model jm njf(level=2)\n.model jn njf(vto=-2 rd=5)\ni1 0 a 2m",
    ),
    "mesfets": (
        -0.5,
        "z1 a in 0 zn\n.model zn nmf(vto=-2)\nz2 a in 0 zm\n.model zm nmf(level=3)\ni1 0 a 2m\nr1 a 0 1k",
    ),
    "heterostructures": (
        0.5,
        "z1 a in 0 zn\n.model zn nhfet(level=5)\nz2 a in 0 zm\n.model zm nhfet(level=6)\nr1 a 0 9k",
    ),
    "mosfets": (
        2,
        MOSFET.format(1) + MOSFET.format(3) + ".model m1 nmos\n.model m3 nmos(level=3 tox=20n)\n"
        "v2 g 0 1\nr2 g a 1k",
    ),
    "level2": (
        2,
        MOSFET.format(2) + MOSFET.format(6) + ".model m2 nmos(level=2)\n.model m6 nmos(level=6)\nr1 a 0 9k",
    ),
    "bsim1": (
        2,
        MOSFET.format(4) + ".model m4 nmos(level=4 vfb=-.5 phi=.7 k1=.5 muz=500 mus=500 tox=.03 vdd=5)\n"
        "d1 0 a dm\n.model dm d",
    ),
    "bsim3": (1, MOSFET.format(8) + ".model m8 nmos(level=8 version=3.3.0)\nc1 a 0 1n\nr1 a 0 5k"),
    "bsim4": (1, MOSFET.format(14) + ".model m14 nmos(level=14 version=4.8.2)\nl1 a b 1m\nr1 b 0 5k"),
    "power": (1, "m1 a in 0 mv\n.model mv vdmos(vto=0.5)\ns1 a 0 in 0 sm\n.model sm sw(vt=5)\nr1 a 0 5k"),
}
AC = {
    "passive": PASSIVE.replace("m=3", ""),
    "controlled": CONTROLLED.replace("f1", "c1 a 0 1n\nf1"),
    "coupled": "l1 a b 1m\nl2 c 0 2m\nr1 b 0 1k\nr2 c 0 1k\nr3 a 0 2k ac=500\nr4 b 0 1k m=2",
    "sources": "i1 0 a 1m ac 2 30 m=2\ni2 a 0 1m\nv2 b 0 1\nr1 b a 5k\nc1 a 0 1u",
}
DEVICES = set("qjzmdsw")
FORGOTTEN = {"heterostructures": {"vin"}}  # ngspice leaves a perturbed transistor behind: 1.4 %
# Numbers that ngspice perturbs without effect, or not at all, though they have one: copies of controlled sources and
# sizes of resistors; a resistance of a model beside that of the model's sheet.
WRONG = re.compile(r"[fg]\d_m|r\d_[lw]|r4:rsh|r\d:short|b\d_m|t\d_z0|r5")


def listed(ours, theirs, wrong=frozenset()):
    """The same names, and the same values of elements; returns how many of these are not 0."""
    assert list(ours.names[: len(theirs.names)]) == list(theirs.names)
    compared = 0
    for name in theirs.names:
        letter = name.split(".")[0] if "." in name else name[0]
        if letter in DEVICES or name in wrong or WRONG.fullmatch(name):
            continue
        scale = np.abs(theirs[name]).max()
        np.testing.assert_allclose(
            ours[name], theirs[name], rtol=2e-3, atol=1e-3 * scale + 1e-9, err_msg=name
        )
        compared += bool(scale > 1e-9)
    return compared


@needs_ngspice
@pytest.mark.parametrize("kind", DC)
def test_operating_point(kind, tmp_path):
    vin, cards = DC[kind]
    ours, theirs = both(DECK.format(vin=vin, cards=cards, over=""), tmp_path)
    assert listed(ours, theirs, FORGOTTEN.get(kind, set())) >= 4


@needs_ngspice
@pytest.mark.parametrize("kind", AC)
def test_phasors(kind, tmp_path):
    """At one frequency, as ngspice has zeros at all but the first; of linear circuits, as it forgets the bias."""
    ours, theirs = both(DECK.format(vin=2, cards=AC[kind], over=" ac lin 1 2k 2k"), tmp_path)
    assert listed(ours, theirs) >= 15


VALUES = {
    "tc": 2e-3,
    "tc1": 2e-3,
    "tc2": 3e-6,
    "tce": 0.4,
    "scale": 2.0,
    "m": 3.0,
    "temp": 45.0,
    "l": 50e-6,
    "w": 2e-6,
    "rsh": 100.0,
    "narrow": 1e-7,
    "short": 2e-7,
}


@pytest.mark.parametrize("over", ["", " ac lin 1 20 20"])
@pytest.mark.parametrize(
    ("card", "numbers"),
    [
        ("r1 a 0 2k tc1={tc} tc2={tc2} scale={scale} m={m} temp={temp}", "_tc _tc2 _scale _m _temp"),
        ("r1 a 0 2k ac=900 tc1={tc} scale={scale} m={m} temp={temp}", "_tc _scale _m _temp"),
        ("r1 a 0 2k tce={tce} temp={temp}", "_tce _temp"),
        ("r1 a 0 rm l={l} w={w} m=2", "_l _w"),
        ("r1 a 0 rm l=50u w=2u", ":rsh :narrow :short"),
        ("c1 a 0 1u tc1={tc1} tc2={tc2} scale={scale} m={m} temp={temp}", "_tc1 _tc2 _scale _m _temp"),
        ("b1 0 a i=1m*v(a)^2 m={m}", "_m"),
        ("i1 0 a 1m ac 2 10 m={m}", "_m"),
        ("g1 0 a in 0 1m m={m}", "_m"),
        ("f1 0 a vin 10m m={m}", "_m"),
    ],
)
def test_quotients_of_differences(card, numbers, over):
    """Where ngspice is wrong or silent: the slope between two runs with changed cards."""
    model = ".model rm r(rsh={rsh} narrow={narrow} short={short})"
    cards = f"{model}\n{card}\nd1 a 0 dm\n.model dm d\nc9 a 0 1u\n.options temp=40"

    def circuit(**changed):
        text = cards.format(**{**VALUES, **changed})
        return Circuit.from_text(DECK.format(vin=2, cards=text, over=over)).with_options(reltol=1e-9)

    def solved(**changed):
        made = circuit(**changed)
        return complex(made.ac(20, 20, 1, "lin")["v(a)"][0]) if over else complex(made.op()["v(a)"])

    found = circuit().run()[0]
    for suffix in numbers.split():
        name = suffix[1:]
        step = 1e-4 * VALUES[name]
        up, down = (solved(**{name: VALUES[name] + change}) for change in (step, -step))
        slope = complex(np.ravel(found[card[:2] + suffix])[0])
        assert slope == pytest.approx((up - down) / (2.0 * step), rel=1e-5, abs=1e-9 * abs(up)), suffix


@pytest.mark.long
def test_the_time_grows_as_the_deck_does():
    """Four times as many devices, and less than seven times the time: 16 if each asked all others."""

    def seconds(n):
        ladder = "".join(f"r{k} n{k - 1} n{k} 1k\nd{k} n{k} 0 dm\n" for k in range(1, n + 1))
        circuit = Circuit.from_text(f"ladder\nv1 n0 0 1\n{ladder}.model dm d\n.sens v(n{n})\n.end\n")
        began = time.process_time()
        circuit.run()
        return time.process_time() - began

    seconds(10)
    small, large = (min(seconds(n) for _ in range(3)) for n in (250, 1000))
    assert large < 7.0 * small
