"""Decks of the dialect's corners: our operating point must be ngspice's."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from circuitnn.results import rawfile

pytest.importorskip("circuitnn._cext.newton")
from circuitnn.circuit.circuit import Circuit

NGSPICE = shutil.which("ngspice")
pytestmark = pytest.mark.skipif(NGSPICE is None, reason="ngspice is not installed")

DECKS = {
    "numbers": """
V1 a 0 1.5e-3meg
V2 b 0 1mil
V3 c 0 4.7kohm
V4 d 0 1d3
V5 e 0 -.5uV
V6 f 0 10MEG
V7 g 0 1a
V8 h 0 5V
R1 a 0 1e3k""",
    "comments": """
* a comment
R1 n 0 1k ; semicolon
R2 n 0 1k $ dollar

// slashes
R3 n
* a comment between a card and its continuation
+ 0 // more
+ 2k
I1 0 N 1m""",
    "parameters": """
.func f(x,y) {x*y+k0}
.func g(x)='x+1'
.param w = 'f(2,3) + g(1)' z={a0*2}
.param k0=3
.param a0=4
.param mm = 5 nn=6
V1 x 0 {w}
V2 y 0 {z}
V3 q 0 'mm+nn'
B1 b1 0 v = k0*2 + {mm}*v(x) + 'nn'
B2 b2 0 v={v(x) > 3 ? 1 : 2}
B3 b3 0 v=pi+e
R1 c 0 {a0*1k} m=2
I1 0 c 1m""",
    "operators": """
.param a={-2^2} b={2^3^2} c={2**-1} d={5%3} e1={pow(-2,3)} f={pwr(-2,3)} g={7\\2} h={(-2)^3}
.param i1={1>2||2>1&&0} j={1>0?2>1?5:6:7} k={nint(2.5)+sgn(-3)+sqr(3)+arctan(1)+min(1,2)+max(3,4)}
V1 a 0 {a}
V2 b 0 {b}
V3 c 0 {c}
V4 d 0 {d}
V5 e 0 {e1}
V6 f 0 {f}
V7 g 0 {g}
V8 h 0 {h}
V9 i 0 {i1}
V10 j 0 {j}
V11 k 0 {k}
B1 m 0 v=pow(-2,3)+10*pwr(-2,3)+100*2^3^2-v(b)^2""",
    "scopes": """
.param a=1
.subckt inner p q
R1 p q {a*zz}
.ends
.subckt outer p q a=5
.param zz=3
X1 p q inner
.ends
X1 n 0 outer a=7
X2 m 0 outer
I1 0 n 1
I2 0 m 1""",
    "nested": """
.subckt outer p q params: a=5 b={a*2}
.subckt inner p q r=1
R1 p q {r+a}
.ends inner
X1 p m inner r={b}
X2 m q inner
.ends
X1 n 0 outer
X2 n2 0 outer params: a=7
X3 n3 0 outer a=7 b=1
X4 n4 0 outer a = 7 b = 1 m=2
I1 0 n 1
I2 0 n2 1
I3 0 n3 1
I4 0 n4 1""",
    "overriding": """
.subckt s p q
.param a=2
R1 p q {a}
.ends
X1 n 0 s a=5
X2 m 0 s
I1 0 n 1
I2 0 m 1""",
    "own_name_outside": """
.param p=2
.subckt s a p={p*3}
R1 a 0 {p*3}
.ends
.subckt t a
.param p={p*5}
R1 a 0 {p}
.ends
X1 b s
X2 c s p=1
X3 d t
I1 0 b 1
I2 0 c 1
I3 0 d 1""",
    "local_model": """
.subckt s p q i0=1e-14
.model dd d(is={i0} n=1.1)
D1 p q dd
.ends
.model dd d(is=1e-12)
X1 a 0 s
X2 b 0 s i0=1e-13
D1 c 0 dd 2
D2 d 0 dd area=3 m=2
I1 0 a 1m
I2 0 b 1m
I3 0 c 1m
I4 0 d 1m""",
    "resistors": """
.param rv=2k
R2 b 0 r=rv
R3 c 0 r={rv}
R4 d 0 '2*rv' tc=0.01
R5 e 0 {rv} tc1=0.01 tc2=0.02 temp=37
R6 f 0 1k m=2
R7 g 0 1k tc=0.01 dtemp=10
R9 i 0 rmod 3k
R10 j 0 rmod l=10u w=1u
R12 l 0 1k scale=2
R13 o 0 r = 3k
R14 q 0 R='1k+100*v(b)'
.model rmod r(rsh=100 tc1=0.1)
I2 0 b 1m
I3 0 c 1m
I4 0 d 1m
I5 0 e 1m
I6 0 f 1m
I7 0 g 1m
I9 0 i 1m
I10 0 j 1m
I12 0 l 1m
I13 0 o 1m
I14 0 q 1m""",
    "controlled": """
V1 x 0 5
V2 y 0 -5
B1 a 0 v=pwl(v(x),0,0,1,1,2,4)
B2 b 0 v=pwl(v(y),0,0,1,1,2,4)
E1 c 0 TABLE {v(x)} = (0,0) (1,1) (2,4)
E2 d 0 TABLE {v(y)} = (0,1) (1,1) (2,4)
E3 e 0 value={v(x)*2}
E4 f 0 vol='v(x)*2'
G1 0 g cur='v(x)*2'
G2 0 h value={v(x)*2} m=2
G3 0 i x 0 2 m=3
G4 0 j TABLE {v(x)}= 0,0 1,1 10 10
E5 k 0 POLY(1) x 0 1 2 3
E6 l 0 POLY(2) x 0 y 0 1 2 3 4 5 6
E8 s 0 (x,0) 7
E9 t 0 POLY(1) x 0 7
F1 0 m POLY(1) V1 1 2 3
F2 0 n V3 3 m=2
H1 o 0 POLY(2) V1 V3 0 1 1
H2 p 0 V3 3
V3 q 0 1
B3 0 r i=v(x) m=3
B4 0 u i=v(x)*i(V3)
Rq q 0 1
Rx x 0 1
Rg g 0 1
Rh h 0 1
Ri i 0 1
Rj j 0 1
Rm m 0 1
Rn n 0 1
Rr r 0 1
Ru u 0 2""",
    "globals": """
.global vdd
.subckt s p
R1 p vdd 1k
R2 p m 1k
R3 m gnd 1k
.ends
X1 n s
V1 vdd 0 1""",
    "hierarchical": """
.subckt s p q
R1 p m 1k
V1 m q 1
.ends
X1 a 0 s
I1 0 a 1m
B1 b 0 v=v(x1.m)*2
F1 0 c v.x1.v1 2
Rb b 0 1
Rc c 0 1""",
    "functions": """
.param k=2
.func f(x) {k*x*v(x1.m)}
.subckt s a b k=3
.func g(y) {y*k}
B1 a b i={g(v(a,b))}
R1 a m 1
R2 m b 1
.ends
X1 a 0 s
X2 b 0 s k=5
V1 a 0 1
V2 b 0 1
R1 a 0 {k}
F1 0 d V2 1
Rd d 0 1
B3 c 0 v=f(3)""",
    "source_factors": """
V1 x 0 1
B1 w 0 v=v(x) tc1=0.01 temp=37
B2 0 u i=1m m=2
B3 0 t i=1m*v(x) tc1=0.01 dtemp=10 m=2
Ru u 0 1k
Rt t 0 1k""",
    "switches": """
.model sw1 sw(vt=1 vh=0.1 ron=2 roff=1meg)
.model cs1 csw(it=1m ih=0.1m ron=2 roff=1meg)
V1 c 0 1.5
V2 d 0 0.5
V3 e 0 1
R1 c 0 1k
Re e 0 500
S1 a 0 c 0 sw1
S2 b 0 d 0 sw1 OFF
S3 g 0 d 0 sw1
W1 h 0 V1 cs1
W2 i 0 V3 cs1
I1 0 a 1m
I2 0 b 1u
I3 0 g 1u
I4 0 h 1u
I5 0 i 1m""",
    "temperature": """
.temp 50
.options tnom=25
R1 a 0 1k tc1=1m
B1 b 0 v=temper
I1 0 a 1m""",
}


def _ngspice(text: str, folder) -> dict[str, float]:
    deck = folder / "deck.cir"
    deck.write_text(text)
    subprocess.run(
        [NGSPICE, "-b", "-r", str(folder / "out.raw"), str(deck)],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=folder,
    )
    result = rawfile.read(str(folder / "out.raw"))[0]
    return {name.lower(): float(result.data[0, k]) for k, name in enumerate(result.names)}


@pytest.mark.parametrize("name", DECKS)
def test_operating_point_is_ngspices(name, tmp_path):
    text = f"{name}\n{DECKS[name].strip()}\n.op\n.end\n"
    theirs = _ngspice(text, tmp_path)
    result = Circuit.from_text(text).op()
    ours = {n: float(result.data[0, k]) for k, n in enumerate(result.names)}
    shared = [n for n in ours if n in theirs and n.startswith("v(")]
    assert shared
    assert {n for n in theirs if n.startswith("v(") and "_int" not in n} <= set(ours)
    for n in shared:
        assert np.isclose(ours[n], theirs[n], rtol=2e-6, atol=1e-9), n
