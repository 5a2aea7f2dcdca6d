"""Lists of devices and models beside ngspice's: those of ``.op`` in batch mode, ``show`` and ``showmod``."""

import re
import subprocess
import sys

import pytest

from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

DECK = """lists
v1 a 0 dc 3 ac 2
v2 g 0 dc 1.5
i1 0 e 1m
r1 a b 1k
r2 a e 2k ac=3k
c1 b 0 1u
d1 b 0 dm
d2 b c dz
d3 c 0 dm 2
q1 a b e qm
re e 0 1k
m1 a g 0 0 nm w=10u l=1u
m3 a g s 0 n3 w=10u l=1u
rs s 0 100
j1 a g 0 jm
e1 f 0 b 0 2
rf f 0 1
g1 0 h b 0 1m
rh h 0 1k
b1 k 0 v=v(b)*2
rk k 0 1k
x1 a b part
.subckt part p q
d1 p m dm
r1 m q 1k
.model dm d(is=2e-15 n=1.2)
.ends
.model dm d(is=1e-14 rs=1)
.model dz d(bv=5)
.model qm npn(bf=150 vaf=80 re=1)
.model nm nmos(vto=1 kp=20u lambda=0.02)
.model n3 nmos(level=3 vto=0.7 theta=0.1)
.model jm njf(vto=-2 beta=1m)
.options reltol=1e-9 abstol=1e-18 vntol=1e-12
"""
# Of passive elements ngspice has models without any on a card; of junctions capacitances without voltage; of charges
# rates and slopes.
NOT_OURS = {
    "model",
    "cbd0",
    "cbdsw0",
    "cbs0",
    "cbssw0",
    "cqgs",
    "cqgd",
    "cqb",
    "cqg",
    "cqd",
    "igidl",
    "igisl",
}
NOT_OURS |= {f"c{a}{b}" for a in "gdsb" for b in "gdsb"} - {"cgs", "cgd", "cgb", "cbd", "cbs", "cds"}
NOT_OURS |= {"qinv", "qdef", "gcrg", "gtau", "vgsteff", "vdseff", "weff", "leff", "sca", "scb", "scc", "sc"}


def text_of(deck, tmp_path, command):
    path = tmp_path / "deck.cir"
    path.write_text(deck)
    run = subprocess.run(
        [*command, "-b", str(path)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    return run.stdout


def lists(deck, tmp_path, command):
    """Tables of an output: what each device or model has of each row."""
    found, title, names = {}, "", []
    for line in text_of(deck, tmp_path, command).splitlines():
        words = line.split()
        if re.match(r" \w+( models \(|: )", line):
            title = line.strip()
        elif (
            title
            and words
            and re.match(r" {5} *(device|model) ", line)
            and (words[0] == "device" or "models" in title)
        ):
            names = words[1:]
        elif title and len(words) == len(names) + 1:
            found |= {(title, name, words[0]): value for name, value in zip(names, words[1:], strict=True)}
    return found


def same(deck, tmp_path, least):
    ours = lists(deck, tmp_path, [sys.executable, "-m", "circuitnn"])
    theirs = lists(deck, tmp_path, ["ngspice", "-n"])
    theirs = {key: value for key, value in theirs.items() if key[2] not in NOT_OURS}
    assert len(theirs) >= least
    assert [key for key in ours if key[2] not in NOT_OURS and key in theirs] == [
        k for k in theirs if k in ours
    ]  # the order
    for (title, name, row), value in theirs.items():
        if row in ("pos_node", "neg_node") or (
            row == "m" and title[:4] in ("VCCS", "CCCS")
        ):  # of which it says 0
            continue
        if title[:5] in ("BSIM3", "BSIM4") and row in ("cgs", "cgd", "cgb", "cbd", "cbs", "cds"):
            continue
        mine = ours[title, name, row]
        if value[0] in "-.0123456789" and value != "-":
            assert float(mine) == pytest.approx(float(value), rel=2e-5, abs=3e-12), (name, row)
        else:
            assert mine == value, (name, row)


def test_an_operating_point_lists_all(tmp_path):
    same(f"{DECK}.op\n.end\n", tmp_path, 400)


FOLLOWED = """parameters that follow from oxide and doping
vd d 0 3
vg g 0 2
m1 d g 0 0 n1 l=2u w=10u
m2 d g 0 0 p2 l=2u w=10u
m6 d g 0 0 p6 l=2u w=10u
.model n1 nmos(level=1 tox=20n u0=600 nsub=1e16 nss=1e10 tpg=1)
.model p2 pmos(level=2 tox=20n u0=200 nsub=1e16)
.model p6 pmos(level=6 tox=20n nsub=1e16 gamma=0.5 tpg=1)
.options reltol=1e-9 abstol=1e-18 vntol=1e-12
.op
.end
"""


def test_parameters_that_follow_from_others(tmp_path):
    same(FOLLOWED, tmp_path, 150)


PASSIVE = """models of passive elements
.param sheet=100
v1 a 0 1
r1 a b 1k
r2 b 0 rm l=10u w=2u
r3 b 0 rm2
r7 b 0 rm2
c1 b 0 1p
c2 b 0 cm l=10u w=3u
x1 b sub
.subckt sub b
r4 b 0 rm3
r5 b 0 rm
r6 b 0 5
.model rm3 r r=3k
.ends
.model rm r rsh={sheet} tc1=1m narrow=.1u kf=1e-20
.model rm2 r r=2k tc2=1u
.model cm c cj=1e-3 cjsw=1e-9
.op
.end
"""


def test_models_of_passive_elements(tmp_path):
    """Those without a card are of the models R and C; lists of more than three begin anew."""
    same(PASSIVE, tmp_path, 120)
    ours, theirs = (
        re.findall(r"^ Resistor.*$", text_of(PASSIVE, tmp_path, command), re.MULTILINE)
        for command in ([sys.executable, "-m", "circuitnn"], ["ngspice", "-n"])
    )
    assert ours == theirs


OTHERS = """more lists
vd d 0 1.8
vg g 0 1.2
vs s 0 0
m1 d g s 0 n8 w=10u l=1u
m2 d g s 0 n14 w=10u l=1u
m3 d g s 0 n6 w=10u l=1u
m4 d g s 0 n2 w=10u l=1u
m5 d g s vp
q1 d g s 0 vb
j1 d s s j2
z1 d s s mz
rz d 0 1k
.model n8 nmos(level=8 version=3.3.0)
.model n14 nmos(level=14)
.model n6 nmos(level=6 vto=0.5)
.model n2 nmos(level=2 vto=0.5 kp=50u)
.model vp vdmos(vto=0.9)
.model vb npn(level=4 is=1e-18)
.model j2 njf(level=2 vto=-1)
.model mz nmf(vto=-1.5)
.options reltol=1e-9 abstol=1e-18 vntol=1e-12
"""


@pytest.mark.long
@pytest.mark.parametrize("letter", "mqjz")
def test_devices_of_other_models(letter, tmp_path):
    same(f"{OTHERS}.control\nop\nshow {letter}\n.endc\n.end\n", tmp_path, 10)


@pytest.mark.parametrize(
    ("command", "least"),
    [
        ("show", 80),
        ("show d r : i", 5),
        ("show q1 v1", 20),
        ("showmod", 200),
        ("showmod d #qm", 180),
        ("show #dm", 10),
    ],
)
def test_commands(command, least, tmp_path):
    same(f"{DECK}.control\nop\n{command}\n.endc\n.end\n", tmp_path, least)


def test_parameters_that_others_decide(tmp_path):
    """What ``tox`` makes of ``kp``: 600 cm²/(V s) times the oxide's capacitance."""
    deck = "m\nv1 a 0 1\nm1 a a 0 0 nm\n.model nm nmos(tox=20n vto=0.5)\n.control\nop\nshowmod\n.endc\n"
    found = lists(deck, tmp_path, [sys.executable, "-m", "circuitnn"])
    rows = {row: value for (_, _, row), value in found.items()}
    assert rows["vto"] == "0.5"
    assert rows["tox"] == "2e-08"
    assert rows["kp"] == f"{0.06 * 3.9 * 8.854214871e-12 / 20e-9:g}"
    assert rows["gamma"] == "0"


def test_waveforms(tmp_path):
    """The numbers of a source stand in the rows of all kinds of waveforms, as in ngspice, line by line."""
    path = tmp_path / "deck.cir"
    path.write_text(
        "w\nv1 a 0 pulse(0 1 1n)\nv2 b 0 1\nv3 c 0 sin(0 1 1k)\nr1 a b 1k\nr2 b c 1k\n.op\n.end\n"
    )
    lists = []
    for command in (["ngspice"], [sys.executable, "-m", "circuitnn"]):
        run = subprocess.run([*command, "-b", str(path)], capture_output=True, text=True, check=True)
        lists.append(run.stdout.partition("acmag")[2].partition("portnum")[0].splitlines())
    assert lists[0] == lists[1]
    assert len(lists[0]) == 26
