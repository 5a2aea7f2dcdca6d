"""Stored charges that end within a step, and huge ones that rest: no voltage or current that nothing can give."""

import charge_checks
import numpy as np
import pytest

from circuitnn import Circuit

SUPPLY = 5.0


def run(deck, card, method):
    return Circuit.from_text(f"t\n{deck}\n.options method={method}\n{card}\n.end\n").run()[0]


@pytest.mark.parametrize("method", ["trap", "gear"])
@pytest.mark.parametrize("junctions", ["", " cjc=1f cje=1f"])
@pytest.mark.parametrize(
    ("tr", "rc", "tstep"), [("1n", "100k", "1n"), ("1n", "1k", "100n"), ("10n", "100k", "100n")]
)
def test_saturated_switch(method, junctions, tr, rc, tstep):
    """The collector stays between the supplies, 1 fF beside the charge of tr; 8.7 V and -1.1 V else."""
    deck = f"""vcc c 0 {SUPPLY}
rc c o {rc}
cl o 0 1f
q1 o b 0 m
vin i 0 pulse(0 5 10n 1n 1n 200n 400n)
rb i b 10k
.model m npn(is=1e-15 bf=100 br=2 tr={tr}{junctions})"""
    r = run(deck, f".tran {tstep} 2u", method)
    assert r["v(o)"].max() < 1.06 * SUPPLY
    assert r["v(b)"].min() > -0.1


@pytest.mark.parametrize("method", ["trap", "gear", "be", "trbdf2", "blend"])
@pytest.mark.parametrize(
    ("deck", "current"),
    [("c1 a 0 10", 0.0), ("c1 a b 10\nc2 b 0 10\nr2 b 0 1k", 0.0), ("c1 a 0 10\nr1 a 0 1k", -7e-4)],
)
@pytest.mark.parametrize("card", [".tran 1p 1n", ".tran 1p 1n 0 1p"])
def test_huge_charges_at_rest(method, deck, current, card):
    """10 F at steps of 1 ps: a last bit of the charge would be a current of mA."""
    r = run(f"v1 a 0 0.7\n{deck}\nv2 x 0 pulse(0 1 100p 1p 1p 200p 500p)\nrx x 0 1", card, method)
    assert r["i(v1)"] == pytest.approx(np.full(len(r.time), current), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("method", ["trap", "blend"])
def test_lossless_resonator_keeps_its_energy(method):
    """A thousand periods of 99 steps each."""
    period = 2e-6 * np.pi
    deck = "c1 a 0 1n ic=1\nl1 a 0 1m"
    r = Circuit.from_text(f"t\n{deck}\n.end\n").tran(1000 * period, period / 99, uic=True, method=method)
    late = r.time > 990 * period
    energy = (1e-9 * r["v(a)"] ** 2 + 1e-3 * r["i(l1)"] ** 2)[late] / 1e-9
    assert energy == pytest.approx(np.ones(late.sum()), abs=1e-3)


# Two transistors whose base nodes a MOS transistor leaves floating. A convergence test that asks whether rounding
# explains a residual left a number at ground, by which later corrections moved the charges of all devices at ground.
FLOATING = """vdd dd 0 12
vin in 0 pulse(-2 12 37.44n 4.364n 4.364n 20.06n 1.1u)
c2 n0 0 73.23f
r3 n0 in 4236
c4 n0 dd 3.942f
c5 n1 0 0.4226f
r6 n1 in 4303
q7 n0 n1 0 x7
c9 n2 0 0.1755f
r10 n2 in 14010
q11 n1 n2 0 x11
c13 n3 0 7.445f
r14 n3 in 64770
m15 n1 n3 in 0 x15 l=1u w=1u
c17 n3 n1 0.07562f
c18 n3 in 0.07562f
.model x7 npn(is=5.32e-15 bf=91.22 br=1.799 tf=180p tr=26.11n)
.model x11 npn(is=1.274e-17 bf=59.23 br=0.8843 tf=243.7p tr=708.6p)
.model x15 nmos(level=1 kp=1.31m vto=0.9014 is=1e-16)"""


@pytest.mark.parametrize("method", ["trap", "gear"])
@pytest.mark.parametrize("reltol", ["1e-3", "1e-5"])
def test_charges_follow_their_own_voltages(method, reltol):
    """Highest voltages by SciPy's Radau method, as in seed 20 of ``bench.circuits charge.trap``; 5.4 V at n2 else."""
    r = run(FLOATING, f".tran 1.1n 110n\n.options reltol={reltol}", method)
    highest = [r[f"v(n{k})"].max() for k in range(3)]
    assert highest == pytest.approx([0.0988, 0.7810, 0.9208], abs=6e-3)
    assert len(r) < 400


# Both ends of a diode with a charge of nanocoulombs fall together. The femtocoulombs of the capacitances there are less
# than the tolerance of the diode's charge: -1.3 V at n1 else.
TIED = """vin i 0 pulse(12 0 2.165n 14.83p 14.83p 389.1n 10u)
c2 n0 0 8.45f
r3 n0 0 110.1k
c4 n1 0 2.501f
r5 n1 i 6343
d6 n1 n0 m
.model m d(is=1.386p tt=422.1n)"""


@pytest.mark.parametrize("method", ["trap", "gear"])
def test_ends_of_a_charged_junction_move_together(method):
    """n1, behind 6.3 kΩ and 11 fF, follows its source; the diode's charge holds n0 0.47 V below."""
    r = run(TIED, ".tran 1n 300n", method)
    late = r.time > 2.18e-9 + 10 * 6343 * 11e-15
    settled = np.zeros(late.sum())
    assert r["v(n1)"][late] == pytest.approx(settled, abs=0.2)
    assert (r["v(n1)"] - r["v(n0)"])[late] == pytest.approx(settled + 0.468, abs=0.02)


# A transistor pulls n4, and n3 the floating n2, to which a diode leads from n4. Newton's method ended by a correction
# of 40 mV of the diode's voltage, small beside 12 V, along which its charge does not change linearly: 13.5 V else.
LIFTED = """vdd dd 0 12
vin in 0 pulse(-2 12 1.698n 1.925n 1.925n 154n 5.13u)
c2 n0 0 9.116f
r3 n0 n3 971.4k
c4 n1 0 2.125p
r5 n1 n0 8886
c6 n2 0 1.934f
c7 n3 0 5.062p
r8 n3 in 145.1
c9 n3 n2 0.4896f
c10 n4 0 0.1138f
r11 n4 dd 7007
d12 n4 n2 x12
c14 n5 0 0.2398f
r15 n5 in 11500
m16 n4 n5 dd 0 x16 l=1u w=1u
c18 n5 n4 45.19f
c19 n5 dd 45.19f
.model x12 d(is=5.318e-14 tt=269.9n)
.model x16 nmos(level=1 kp=0.2857m vto=0.7975 is=1e-16)"""


@pytest.mark.parametrize("method", ["trap", "gear"])
def test_a_floating_node_keeps_its_charge(method):
    """What flows through the diode flows back: two capacitances divide the 14 V of n3."""
    r = run(LIFTED, ".tran 0.5128n 150n", method)
    lifted = 12 + 14 * 0.4896 / (1.934 + 0.4896)
    assert r["v(n2)"].max() == pytest.approx(lifted, abs=0.05)


@pytest.mark.parametrize(
    ("method", "seed"),
    [
        ("trap", 9410115),  # a neighbour that floats lower
        ("trap", 9410193),  # … whose capacitance is 0.1 fF
        ("trap", 9410317),  # a diode's charge that moves with both ends, and one of a base
        ("trap", 9410416),  # a base's charge that takes a MOS transistor's gates along
        ("trap", 9410609),  # a charge that hardly changes at all
        ("trap", 9450034),  # a node driven against a junction
        ("trap", 37451387),  # a node that a junction held, and that floats when it blocks: 45.6 V else
        ("trap", 9470021),  # a transistor that saturates within a step: below ground else
        ("trap", 37450920),  # a diode's charge along the last correction of Newton's method
        ("gear", 9440292),
        ("gear", 37451387),
    ],
)
def test_seeds_of_campaigns(method, seed):
    """Random switches in which voltages strayed by 5 to 50 % of the supply, against SciPy's Radau method."""
    assert not getattr(charge_checks, method)(seed)
