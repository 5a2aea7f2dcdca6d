"""Rawfiles have ngspice's vectors: the same names, kinds and order."""

import re
import subprocess

import pytest

from circuitnn.cli import execute
from circuitnn.results import rawfile
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

NESTED = """v1 in 0 dc 1 ac 1
.subckt inner a b
r1 a m 1k
c1 b n 1n
r9 n m 1k
.ends
.subckt outer p q
x1 p n inner
v1 n k 0
x2 k q inner
l1 p q 1m
.ends
xo in out outer
r2 out 0 1k
e1 g 0 out 0 2
r4 g 0 1k
xa h g inner
v3 h 0 0"""
CONTROLLED = """v1 in 0 dc 1 ac 1
.subckt s a b
e1 a 0 vol='v(b)*2'
e2 q 0 value={v(b)*3+i(v3)}
r1 q 0 1k
v3 q w 0
r3 w 0 1k
e8 u 0 b 0 2
r8 u 0 1k
.ends
e9 late 0 poly(1) in 0 0 1 1
r9 late 0 1
h1 z 0 poly(1) v1 1 2
r5 z 0 1
e7 y 0 poly(2) in 0 q2 0 0 1 1
r7 y 0 1
r6 q2 0 1
ra c 0 1k
x1 c in s
b1 h 0 v=v(c)*2
r4 h 0 1"""
CONTROLLING = """v1 a 0 dc 1 ac 1
v2 c 0 2
v3 d 0 3
r1 a c 1
h1 x 0 v1 2
r9 x 0 1
w1 0 e v2 wm
r3 e 0 1
.model wm csw
l1 d q 1
rq q 0 1"""
DEVICES = """v1 in 0 dc 1 ac 1
r1 in b 1k
q1 c b 0 qm
rc c vcc 1k
vcc vcc 0 5
m1 c b 0 0 mm l=1u w=1u
d1 b 0 dm
j1 c b 0 jm
c1 c 0 1n
.model jm njf rd=1 rs=1 kf=1e-15
.model dm d rs=10 kf=1e-15
.model qm npn rb=10 rc=5 re=1 kf=1e-15
.model mm nmos level=1 rd=10 rs=10 kf=1e-24"""
INNER = """v1 d 0 1 ac 1
v2 g 0 1
m1 d g 0 0 n4 l=1u w=1u
.model n4 nmos level=54 rgatemod=1 rbodymod=1
m2 d g 0 0 n5 l=1u w=1u
.model n5 nmos level=54 rgatemod=1
m3 d g 0 nv
.model nv vdmos rg=1 rs=1 rd=1 rb=1
m4 d g 0 nw
.model nw vdmos
m5 d g 0 0 n8
.model n8 nmos level=8 rsh=10
q1 d g 0 nq
.model nq npn rb=10 rc=1 re=1"""
LINES = """v1 a 0 dc 1 ac 1
r1 a b 30
t1 b x c y z0=50 td=1n
r2 c 0 70
r3 x 0 5
r4 y 0 7
t2 c 0 d 0 z0=75 td=2n
r5 d 0 75"""
LOSSY = """v1 a 0 dc 1 ac 1
q1 a b 0 0 qv
.model qv npn level=4 rcx=10 rci=10 rbx=10 rbi=10 re=1 rs=10 rbp=10
rb a b 10k
o1 a 0 oo 0 om
.model om ltra r=1 l=1u c=1n len=1
ro oo 0 50
t1 oo 0 pp 0 z0=50 td=1n
rp pp 0 50
x1 a b2 sub
.subckt sub a b
q2 a b 0 0 qv
rb a b 10k
o1 a 0 oo 0 om
ro oo 0 50
.ends"""
COPIES = """.param two=2
v1 b 0 1
g1 d 0 cur='v(b)*v(b)' m={two}
g2 d 0 value={v(b)*v(b)} m=3
rd d 0 1
e3 e 0 vol='v(b)*v(d)'
re e 0 1
x1 q b s
.subckt s x b
g1 x 0 cur='v(b)-1' m=3
r1 x 0 1
.ends"""
CASES = {
    "lossy lines and VBIC transistors": f"{LOSSY}\n.op\n.ac dec 1 10meg 100meg\n.dc v1 0 1 1",
    "lossless lines": f"{LINES}\n.op\n.ac dec 1 10meg 100meg\n.dc v1 0 1 1",
    "inner nodes of devices": f"{INNER}\n.op\n.ac dec 1 1k 10k\n.dc v1 0 1 1",
    "nested subcircuits": f"{NESTED}\n.op\n.ac dec 1 1k 10k\n.dc v1 0 1 1",
    "controlled sources": f"{CONTROLLED}\n.op\n.ac dec 1 1k 10k\n.dc v1 0 1 1",
    "distributed lines": "v1 a 0 1\nu1 a b 0 m l=1 n=4\nr1 b 0 1k\n.model m urc(rperl=1meg cperl=1n)\n.op\n.tran 1n 5n",
    "sources that control": f"{CONTROLLING}\n.op\n.ac dec 1 1k 10k\n.dc v1 0 1 1",
    "noise": f"{DEVICES}\n.noise v(c) v1 dec 1 1k 10k 1",
    "poles and transfer": f"{DEVICES}\n.pz in 0 c 0 vol pz\n.tf v(c) v1",
    "transfer of a current": f"{DEVICES}\n.tf i(vcc) v1",
    "currents of all devices": f"{DEVICES}\n.options savecurrents\n.op",
}


def variables(raw):
    found = []
    for head in re.findall(rb"Plotname: (.*?)Binary:", raw.read_bytes(), re.S):
        lines = head.decode().splitlines()
        found.append((lines[0], [tuple(line.split()[1:3]) for line in lines if line.startswith("\t")]))
    return found


@pytest.mark.parametrize("name", CASES)
def test_of_rawfiles(name, tmp_path, capsys):
    deck = tmp_path / "deck.cir"
    deck.write_text(f"{name}\n{CASES[name]}\n.end\n")
    command = ["ngspice", "-b", "-r", tmp_path / "n.raw", deck]
    subprocess.run(command, capture_output=True, check=True, cwd=tmp_path)
    assert execute(["-b", "-r", str(tmp_path / "o.raw"), str(deck)]) == 0
    capsys.readouterr()
    expected = variables(tmp_path / "n.raw")
    assert expected and variables(tmp_path / "o.raw") == expected


@pytest.mark.parametrize(
    ("cards", "names", "tolerance"),
    [
        (
            f"{LINES}\n.ac dec 1 10meg 100meg",
            ("v(t1#i1)", "v(t1#i2)", "v(t1#int1)", "v(t1#int2)", "v(t2#int2)"),
            1e-9,
        ),
        (
            f"{LOSSY}\n.options reltol=1e-7\n.dc v1 0.5 1 0.25",
            ("v(o1#i1)", "v(o.x1.o1#i2)", "v(q1#collCI)", "v(q.x1.q2#substrate)"),
            1e-5,
        ),
        (
            f"{COPIES}\n.dc v1 1 2 0.5",
            ("v(g1_int1)", "v(g2_int1)", "v(e3_int1)", "v(x1.g1_int1)", "v(d)", "v(q)"),
            1e-9,
        ),
    ],
)
def test_numbers_of_lines_and_inner_nodes(cards, names, tolerance, tmp_path, capsys):
    """Currents of lines, what lies behind the resistances of lossless ones, inner nodes of VBIC, one copy's values."""
    deck = tmp_path / "deck.cir"
    deck.write_text(f"lines\n{cards}\n.end\n")
    subprocess.run(["ngspice", "-b", "-r", tmp_path / "n.raw", deck], capture_output=True, check=True)
    execute(["-b", "-r", str(tmp_path / "o.raw"), str(deck)])
    capsys.readouterr()
    theirs, ours = (rawfile.read(tmp_path / name)[0] for name in ("n.raw", "o.raw"))
    for name in names:
        assert ours.array(name) == pytest.approx(theirs.array(name), rel=tolerance), name


def test_are_read_back(tmp_path, capsys):
    """In the package the names are plain: pole(1), not v(pole(1))."""
    deck = tmp_path / "deck.cir"
    deck.write_text(f"names\n{CASES['poles and transfer']}\n.end\n")
    execute(["-b", "-r", str(tmp_path / "o.raw"), str(deck)])
    capsys.readouterr()
    plots = {plot.analysis: plot for plot in rawfile.read(tmp_path / "o.raw")}
    assert plots["pz"].names[0] == "pole(1)" and plots["pz"].types[0] == "notype"
    assert plots["tf"].names == ("transfer_function", "v1#input_impedance", "output_impedance_at_v(c)")


LADDERS = ("c1 a 0 1u", "c1 a 0 1n", "c1 a 0 1u\nc5 in a 10n")


@pytest.mark.parametrize("part", LADDERS)
def test_poles_are_listed_in_ngspices_order(part, tmp_path, capsys):
    """By their real parts, the upper one of a pair first."""
    deck = tmp_path / "p.cir"
    deck.write_text(
        f"poles\nv1 in 0 ac 1\nr1 in a 1k\n{part}\nr2 a b 10k\nc2 b 0 10n\nl2 b c 1m\nr3 c 0 100\nc3 c 0 1n\n"
        ".pz in 0 c 0 vol pol\n.end\n"
    )
    subprocess.run(["ngspice", "-b", "-r", tmp_path / "n.raw", deck], capture_output=True, check=True)
    execute(["-b", "-r", str(tmp_path / "o.raw"), str(deck)])
    capsys.readouterr()
    theirs, ours = (rawfile.read(tmp_path / name)[0] for name in ("n.raw", "o.raw"))
    assert ours.names == theirs.names and len(ours.names) > 3
    assert ours.data[0] == pytest.approx(theirs.data[0], rel=1e-5)
