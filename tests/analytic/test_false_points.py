"""Operating points from random starts: what is returned solves equations that are written here anew.

The circuits and their equations are those of `bench.operating_points`, which shares nothing with the package.
"""

import numpy as np
import pytest

from bench.operating_points import CIRCUITS, LATCH, run
from circuitnn import Circuit


@pytest.mark.long
@pytest.mark.parametrize(("name", "solutions"), [("latch", 3), ("schmitt", 3), ("chua", 9)])
def test_no_start_leads_to_a_false_solution(name, solutions):
    found, failures = run(CIRCUITS[name], 300, seed=3)
    assert failures == []
    assert len(found) == solutions


def test_the_check_knows_a_false_solution():
    r = Circuit.from_text(LATCH.deck({})).op(reltol=1e-9)
    found = {n: float(r[f"v({n})"]) for n in LATCH.inner}
    assert LATCH.distance(found) < 1e-3
    assert LATCH.distance({**found, "c1": found["c1"] + 0.05}) > 10.0
    assert LATCH.distance(dict.fromkeys(found, -6.2e16)) > 1.0


@pytest.mark.parametrize(
    "nodesets",
    [
        {"c1": 2.7118, "c2": 1.8414, "b1": 4.3307, "b2": 4.5741},
        {"c1": 4.1, "c2": 3.3, "b1": 3.9, "b2": 4.2},
    ],
)
def test_starts_that_gave_petavolts(nodesets):
    r = Circuit.from_text(LATCH.deck(nodesets)).op()
    assert np.all(r.data[0, :-1] >= 0.0) and np.all(r.data[0, :-1] <= 5.0)


def test_nodesets_that_cannot_be_held_are_a_guess_and_it_is_said():
    """Ten volts across a junction have no current that is a number."""
    r = Circuit.from_text(LATCH.deck({"b1": 9.4903, "b2": 9.8858, "c1": -4.3621, "c2": 7.3976})).op()
    assert LATCH.distance({n: float(r[f"v({n})"]) for n in LATCH.inner}) < 1.0
    assert any("their voltages are only an initial guess" in note for note in r.statistics.notes)


def test_large_voltages_of_linear_parts_are_no_reason_to_refuse():
    r = Circuit.from_text(
        "t\ni1 0 a 1\nr1 a 0 1e12\nv1 b 0 5\nr2 b c 1k\nd1 c 0 dm\n.model dm d\n.end\n"
    ).op()
    assert r["v(a)"] == pytest.approx(1e12) and 0.5 < r["v(c)"] < 0.9


# n2 floats: m1 and m4 are off. Its junctions, of 1e-12 S each to the supply and to ground, hold it half-way.
FLOATING = """\
a node that floats when the last transistor turns off
vdd vdd 0 3
vi i 0 2.3398
m0 n1 vdd i 0 mn w=6u l=1.5u
m1 n2 n5 0 0 mn w=6u l=3u
m2 n0 n3 0 0 mn w=6u l=3u
m3 n5 vdd 0 0 mn w=12u l=1.5u
m4 n2 i n1 vdd mp w=6u l=1.5u nrd=2 nrs=2
m5 n5 vdd n3 0 mn w=12u l=2u
m7 n3 n5 vdd 0 mn w=12u l=2u
m6 n4 n3 vdd vdd mp w=6u l=3u nrd=2 nrs=2
r0 n0 vdd 3010
.model mn nmos(level=2 vto=0.755 kp=61u gamma=1.283 lambda=0.00431 tox=20n pb=0.72 uo=633 nsub=2.2e15 tpg=0
+ ucrit=1.9e4 ld=0.065u neff=13 delta=5.6)
.model mp pmos(level=2 vto=-0.515 kp=36.9u gamma=0.143 phi=0.717 tox=40n rsh=52 uo=806 nsub=3.4e14)
"""


@pytest.mark.parametrize("analysis", ["op", "tran"])
def test_a_node_that_is_let_go_by_the_last_step_is_solved_for(analysis):
    """Factors from before the transistor turned off say that a picoampere moves it by nothing: it moves 1.4 V."""
    circuit = Circuit.from_text(FLOATING)
    result = circuit.op() if analysis == "op" else circuit.tran(1e-9)
    found = float(np.ravel(result["v(n2)"])[0])
    assert found == pytest.approx(1.5, abs=2e-3)
