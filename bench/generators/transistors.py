"""Transistor circuits of the benchmark: cells as subcircuits, and circuits of many of them, as lines of a deck."""

from __future__ import annotations

CMOS = """\
.model mn nmos(vto=0.7 kp=60u gamma=0.4 phi=0.65 lambda=0.02 tox=20n cj=3e-4 cjsw=3e-10 cgso=3e-10 cgdo=3e-10)
.model mp pmos(vto=-0.8 kp=25u gamma=0.5 phi=0.65 lambda=0.03 tox=20n cj=4e-4 cjsw=3e-10 cgso=3e-10 cgdo=3e-10)
.subckt inv in out vdd
mp out in vdd vdd mp l=2u w=12u ad=48p as=48p pd=32u ps=32u
mn out in 0 0 mn l=2u w=5u ad=20p as=20p pd=18u ps=18u
.ends
.subckt nand a b out vdd
mp1 out a vdd vdd mp l=2u w=12u ad=48p as=48p pd=32u ps=32u
mp2 out b vdd vdd mp l=2u w=12u ad=48p as=48p pd=32u ps=32u
mn1 out a m 0 mn l=2u w=10u ad=40p as=40p pd=28u ps=28u
mn2 m b 0 0 mn l=2u w=10u ad=40p as=40p pd=28u ps=28u
.ends
.subckt and a b out vdd
x1 a b n vdd nand
x2 n out vdd inv
.ends
.subckt adder a b c s co vdd
x1 a b n1 vdd nand
x2 a n1 n2 vdd nand
x3 b n1 n3 vdd nand
x4 n2 n3 h vdd nand
x5 h c n4 vdd nand
x6 h n4 n5 vdd nand
x7 c n4 n6 vdd nand
x8 n5 n6 s vdd nand
x9 n1 n4 co vdd nand
.ends
.subckt cell bl bn w vdd
mp1 q qn vdd vdd mp l=2u w=4u ad=16p as=16p pd=16u ps=16u
mn1 q qn 0 0 mn l=2u w=8u ad=32p as=32p pd=24u ps=24u
mp2 qn q vdd vdd mp l=2u w=4u ad=16p as=16p pd=16u ps=16u
mn2 qn q 0 0 mn l=2u w=8u ad=32p as=32p pd=24u ps=24u
ma1 bl w q 0 mn l=2u w=5u ad=20p as=20p pd=18u ps=18u
ma2 bn w qn 0 mn l=2u w=5u ad=20p as=20p pd=18u ps=18u
.ends
.subckt opamp p n out vdd vss
m1 a n t t mp l=5u w=60u ad=240p as=240p pd=128u ps=128u
m2 b p t t mp l=5u w=60u ad=240p as=240p pd=128u ps=128u
m3 a a vss vss mn l=5u w=20u ad=80p as=80p pd=48u ps=48u
m4 b a vss vss mn l=5u w=20u ad=80p as=80p pd=48u ps=48u
m5 t r vdd vdd mp l=5u w=40u ad=160p as=160p pd=88u ps=88u
m6 out b vss vss mn l=5u w=80u ad=320p as=320p pd=168u ps=168u
m7 out r vdd vdd mp l=5u w=80u ad=320p as=320p pd=168u ps=168u
m8 r r vdd vdd mp l=5u w=40u ad=160p as=160p pd=88u ps=88u
rr r vss 200k
cc b out 3p
cl out 0 5p
.ends"""

BIPOLAR = """\
.model qf npn(is=0.1f bf=80 br=1 rb=50 rc=10 cje=0.9p cjc=0.5p tf=0.1n tr=10n vaf=50)
.model qn npn(is=5f bf=200 br=2 vaf=130 rb=200 rc=100 cje=1p cjc=0.3p tf=1.2n kf=1e-15)
.model qp pnp(is=2f bf=50 br=4 vaf=50 rb=300 rc=100 cje=0.3p cjc=1p tf=25n kf=1e-15)
.model dd d(is=10f cjo=1p tt=1n rs=20)
.subckt ecl a nor vee ref
q1 cn a e qf
q2 0 ref e qf
re e vee 779
rc 0 cn 220
q3 0 cn nor qf
rn nor vee 2k
.ends
.subckt ttl a y vcc
r1 vcc b1 4k
q1 c1 b1 a qf
q2 c2 c1 e2 qf
r2 vcc c2 1.6k
r3 e2 0 1k
q3 y e2 0 qf
r4 vcc c4 130
q4 c4 c2 m qf
d1 m y dd
cl y 0 15p
.ends
.subckt gilbert x xr y yr c1 c2 vcc
q1 c1 x e1 qf
q2 c2 xr e1 qf
q3 c1 xr e2 qf
q4 c2 x e2 qf
q5 e1 y t qf
q6 e2 yr t qf
rt t 0 1.8k
r1 vcc c1 2k
r2 vcc c2 2k
c1 c1 0 2p
c2 c2 0 2p
.ends
.subckt ua741 p n out vcc vee
q12 r1 r1 vcc qp
rref r1 r2 39k
q11 r2 r2 vee qn
q1 t1 p e1 qn
q2 t1 n e2 qn
q3 m1 bb e1 qp
q4 o1 bb e2 qp
q8 t1 t1 vcc qp
q9 bb t1 vcc qp
rq10 q10e vee 5k
q10 bb r2 q10e qn
q5 m1 m1b em1 qn
q6 o1 m1b em2 qn
q7 vcc m1 m1b qn
r5 em1 vee 1k
r6 em2 vee 1k
r7 m1b vee 50k
q16 vcc o1 g1 qn
r16 g1 vee 50k
q17 g2 g1 g3 qn
r17 g3 vee 100
cc o1 g2 30p
q13 d1 r1 vcc qp
q18 d1 d1b g2 qn
r18 d1 d1b 4.5k
r19 d1b g2 7.5k
q14 vcc d1 eo1 qn
q20 vee g2 eo2 qp
r20 eo1 out 27
r21 out eo2 27
.ends"""


def inverter_ring(stages: int) -> list[str]:
    """Ring oscillator of CMOS inverters, an odd number of them."""
    ring = [f"x{k} s{k} s{(k + 1) % stages} vdd inv" for k in range(stages)]
    states = " ".join(f"v(s{k})={5 * (k % 2)}" for k in range(stages))
    return [CMOS, "vdd vdd 0 5", *ring, f".ic v(vdd)=5 {states}", ".save v(s0) v(s1)"]


def inverter_chain(stages: int) -> list[str]:
    """Chain of CMOS inverters with wires between them."""
    lines = [CMOS, "vdd vdd 0 5", "vin s0 0 pulse(0 5 1n 1n 1n 20n 40n)"]
    for k in range(stages):
        lines += [f"x{k} s{k} o{k} vdd inv", f"r{k} o{k} s{k + 1} 200", f"c{k} s{k + 1} 0 20f"]
    return [*lines, f".save v(s1) v(s{stages})"]


def multiplier(bits: int, static: bool = False) -> list[str]:
    """Multiplier of two binary numbers, an array of gates: 42 transistors per bit product."""
    lines = [CMOS, "vdd vdd 0 5"]
    for i in range(bits):
        wave = "5" if static else f"pulse({5 * (i % 2)} {5 - 5 * (i % 2)} {1 + i}n 1n 1n 40n 100n)"
        lines += [f"va{i} a{i} 0 {wave}", f"vb{i} b{i} 0 5"]
    for i in range(bits):
        lines += [f"xp{i}_{j} a{i} b{j} p{i}_{j} vdd and" for j in range(bits)]
    above = [f"p{i}_0" for i in range(bits)]  # sums of the row above, of rising weight
    outputs = [above[0]]
    carry = "0"
    for j in range(1, bits):
        shifted, row, inner = [*above[1:], carry], [], "0"
        for i in range(bits):
            lines.append(f"xa{i}_{j} {shifted[i]} p{i}_{j} {inner} s{i}_{j} k{i}_{j} vdd adder")
            inner = f"k{i}_{j}"
            row.append(f"s{i}_{j}")
        above, carry = row, inner
        outputs.append(row[0])
    kept = " ".join(f"v({node})" for node in [*outputs, *above[1:], carry])
    return [*lines, f".save {kept}"]


def memory(rows: int, columns: int) -> list[str]:
    """Array of static memory cells; one word is written after the other."""
    lines = [CMOS, "vdd vdd 0 5"]
    for i in range(rows):
        lines.append(f"vw{i} w{i} 0 pulse(0 5 {2 + 10 * i}n 0.5n 0.5n 6n {10 * rows}n)")
    for j in range(columns):
        first = f"pulse({5 * (j % 2)} {5 - 5 * (j % 2)} 10n 1n 1n 9n 20n)"
        second = f"pulse({5 - 5 * (j % 2)} {5 * (j % 2)} 10n 1n 1n 9n 20n)"
        lines += [f"vb{j} db{j} 0 {first}", f"vn{j} dn{j} 0 {second}"]
        lines += [f"rb{j} db{j} b{j} 500", f"rn{j} dn{j} n{j} 500", f"cb{j} b{j} 0 50f", f"cn{j} n{j} 0 50f"]
        lines += [f"x{i}_{j} b{j} n{j} w{i} vdd cell" for i in range(rows)]
    lines.append(
        f".nodeset {' '.join(f'v(x{i}_{j}.q)=0 v(x{i}_{j}.qn)=5' for i in range(rows) for j in range(columns))}"
    )
    return [*lines, ".save v(x0_0.q) v(x0_1.q) v(b0)"]


def cmos_filter(sections: int) -> list[str]:
    """Low-pass filters of CMOS op-amps (Sallen-Key) in a row."""
    lines = [
        CMOS,
        "vdd vdd 0 2.5",
        "vss vss 0 -2.5",
        "vin s0 0 dc 0 ac 1 pulse(-0.2 0.2 1u 0.1u 0.1u 20u 40u)",
    ]
    for k in range(sections):
        lines += [
            f"r{k} s{k} a{k} 100k",
            f"rr{k} a{k} b{k} 100k",
            f"c{k} a{k} s{k + 1} 2p",
            f"cc{k} b{k} 0 1p",
        ]
        lines.append(f"x{k} b{k} s{k + 1} s{k + 1} vdd vss opamp")
    return [*lines, f".save v(s1) v(s{sections})"]


def ecl_ring(stages: int) -> list[str]:
    """Ring oscillator of ECL gates, an odd number of them."""
    lines = [BIPOLAR, "vee vee 0 -5.2", "vref ref 0 -1.29", "ik 0 s0 pulse(0 1m 1n 0.1n 0.1n 1n 1)"]
    lines += [f"x{k} s{k} s{(k + 1) % stages} vee ref ecl" for k in range(stages)]
    return [*lines, ".save v(s0) v(s1)"]


def ttl_chain(gates: int) -> list[str]:
    """Chain of TTL inverters."""
    lines = [BIPOLAR, "vcc vcc 0 5", "vin s0 0 pulse(0 3.5 10n 5n 5n 100n 220n)"]
    lines += [f"x{k} s{k} s{k + 1} vcc ttl" for k in range(gates)]
    return [*lines, f"rl s{gates} 0 4k", f".save v(s1) v(s{gates})"]


def mixers(number: int) -> list[str]:
    """Gilbert mixers, each with its own carrier."""
    lines = [BIPOLAR, "vcc vcc 0 10", "vx x 0 sin(5 20m 1meg)", "vxr xr 0 5", "vyr yr 0 2.5"]
    for k in range(number):
        lines += [f"vy{k} y{k} 0 sin(2.5 50m {10 + k}meg)", f"x{k} x xr y{k} yr c{k} d{k} vcc gilbert"]
    return [*lines, ".save v(c0) v(d0)"]


def opamp_chain(number: int) -> list[str]:
    """Inverting amplifiers of 741 op-amps in a row."""
    lines = [BIPOLAR, "vcc vcc 0 15", "vee vee 0 -15", "vin s0 0 dc 0 ac 1 sin(0 1 10k)"]
    for k in range(number):
        lines += [f"ri{k} s{k} n{k} 10k", f"rf{k} n{k} s{k + 1} 10k", f"x{k} 0 n{k} s{k + 1} vcc vee ua741"]
    return [*lines, f"rl s{number} 0 2k", f".save v(s1) v(s{number})"]


def common_emitter() -> list[str]:
    """One transistor in common-emitter connection, with its bias: the textbook amplifier."""
    return """\
vcc vcc 0 12
vin in 0 dc 0 ac 1 sin(0 5m 10k)
c1 in b 1u
r1 vcc b 47k
r2 b 0 10k
rc vcc c 4.7k
re e 0 1.5k
ce e 0 47u
q1 c b e q2n2222
c2 c out 1u
rl out 0 100k
.model q2n2222 npn(is=14.34f vaf=74.03 bf=255.9 ne=1.307 ise=14.34f ikf=0.2847 xtb=1.5 br=6.092 nc=2 isc=0 rc=1
+ cjc=7.306p mjc=0.3416 cje=22.01p mje=0.377 tr=46.91n tf=411.1p itf=0.6 vtf=1.7 xtf=3 rb=10)""".splitlines()


def amplifiers(number: int) -> list[str]:
    """Common-emitter amplifiers in a row, coupled by capacitors, each with a divider that cancels its gain."""
    lines = [BIPOLAR, "vcc vcc 0 12", "vin s0 0 dc 0 ac 1"]
    for k in range(number):
        lines += [
            f"c{k} s{k} b{k} 1u",
            f"r{k} vcc b{k} 47k",
            f"rb{k} b{k} 0 10k",
            f"rc{k} vcc c{k} 2.2k",
            f"re{k} e{k} 0 1k",
            f"q{k} c{k} b{k} e{k} qn",
            f"cc{k} c{k} d{k} 1u",
            f"rd{k} d{k} s{k + 1} 1.2k",
            f"rg{k} s{k + 1} 0 1k",
        ]
    return [*lines, f".save v(s1) v(s{number})"]


BSIM4 = """\
.model mn nmos(level=54 version=4.8.2 toxe=1.8n toxp=1.5n toxm=1.8n vth0=0.45 k1=0.4 k2=0.01 dvt0=1 dvt1=2 xj=20n
+ ndep=3e18 ngate=2e20 nsd=2e20 voff=-0.1 nfactor=1.8 eta0=0.006 dsub=0.1 u0=0.045 ua=0.6n ub=1.2e-18 vsat=1.5e5
+ rdsw=160 pclm=0.05 pdiblc1=0.001 pdiblc2=0.001 lint=4n agidl=2e-10 bgidl=2e9 cgidl=0.5 egidl=0.8 cgso=1e-10
+ cgdo=1e-10)
.model mp pmos(level=54 version=4.8.2 toxe=1.9n toxp=1.5n toxm=1.9n vth0=-0.42 k1=0.4 k2=-0.01 dvt0=1 dvt1=2 xj=20n
+ ndep=2.5e18 ngate=2e20 nsd=2e20 voff=-0.12 nfactor=2 eta0=0.006 dsub=0.1 u0=0.018 ua=2n ub=0.5e-18 vsat=1e5
+ rdsw=160 pclm=0.1 pdiblc1=0.001 pdiblc2=0.001 lint=4n agidl=2e-10 bgidl=2e9 cgidl=0.5 egidl=0.8 cgso=1e-10
+ cgdo=1e-10)
.subckt inv in out vdd
mp out in vdd vdd mp l=45n w=0.9u ad=0.09p as=0.09p pd=1.1u ps=1.1u
mn out in 0 0 mn l=45n w=0.45u ad=0.05p as=0.05p pd=0.7u ps=0.7u
.ends"""


def bsim4_chain(stages: int) -> list[str]:
    """Chain of inverters of BSIM4 transistors, 45 nm long, with a femtofarad at each node."""
    lines = [BSIM4, "vdd vdd 0 1", "vin s0 0 pulse(0 1 50p 10p 10p 0.5n 1n)"]
    for k in range(stages):
        lines += [f"x{k} s{k} s{k + 1} vdd inv", f"c{k} s{k + 1} 0 1f"]
    return [*lines, f".save v(s1) v(s{stages // 2}) v(s{stages})"]


def inverters_side_by_side(number: int) -> list[str]:
    """CMOS inverters with a common input, each with its load."""
    lines = [CMOS, "vdd vdd 0 5", "vin in 0 pulse(0 5 1n 1n 1n 20n 40n)"]
    for k in range(number):
        lines += [f"x{k} in o{k} vdd inv", f"c{k} o{k} 0 {20 + k % 7}f"]
    return [*lines, f".save v(in) v(o0) v(o{number - 1})"]


def cmos_followers(number: int) -> list[str]:
    """CMOS op-amps as followers of one input, each with its load: for a sweep of the input."""
    lines = [CMOS, "vdd vdd 0 2.5", "vss vss 0 -2.5", "vin in 0 0"]
    for k in range(number):
        lines += [f"x{k} in o{k} o{k} vdd vss opamp", f"rl{k} o{k} 0 {50 + k % 9}k"]
    return [*lines, f".save v(o0) v(o{number - 1}) i(vdd)"]


def bridge_rectifier() -> list[str]:
    """Four diodes, a reservoir capacitor and a load."""
    return """\
v1 p n sin(0 20 50)
rg n 0 1meg
d1 p out dr
d2 n out dr
d3 low p dr
d4 low n dr
rw low 0 0.1
c1 out low 100u
rl out low 1k
.model dr d(is=76.9p rs=0.042 bv=400 ibv=5u cjo=39.8p m=0.333 n=1.45 tt=4.32u)
.save v(out) v(p)""".splitlines()


def behavioural_chain(stages: int) -> list[str]:
    """Chain of inverters, behavioural currents into R and C, with wires between: two unknowns a stage."""
    lines = ["v1 s0 0 pulse(0 1 1n 0.1n 0.1n 20n 40n)"]
    for k in range(stages):
        lines += [
            f"b{k} 0 a{k + 1} i=1m*0.5*(1-tanh(8*(v(s{k})-0.5)))",
            f"r{k} a{k + 1} 0 1k",
            f"c{k} a{k + 1} 0 20f",
            f"rw{k} a{k + 1} s{k + 1} 100",
            f"cw{k} s{k + 1} 0 10f",
        ]
    return [*lines, f".save v(s1) v(s{min(100, stages)}) v(s{stages})"]
