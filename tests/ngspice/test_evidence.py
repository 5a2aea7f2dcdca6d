"""Rules by which ngspice itself shows that a number of ours is as good as its own; they excuse no wrong one."""

import numpy as np
import pytest

from bench import evidence
from bench.defining_laws import rewritten as by_laws
from bench.evidence import Difference, explain
from bench.simulator_runs import commands, differing, simulate
from circuitnn.contract import ngspice_run

pytestmark = pytest.mark.skipif(not ngspice_run.available(), reason="ngspice is not installed")

SWITCH = """smooth switch, whose slope in ngspice's .ac has the wrong sign
v1 c 0 dc 0.4 ac 1
s1 a 0 c 0 sm
v2 b 0 dc 1
r2 b a 1k
.model sm vswitch(ron=10 roff=10k von=1 voff=0)
.op
.ac lin 1 1k 1k
.end
"""
TABLE = """table whose corner ngspice rounds; switch, in a subcircuit, of a file
.include "{}"
v1 a 0 dc 1 ac 1
x1 a b part
r1 b 0 1k
.op
.ac lin 1 1k 1k
.end
"""
PART = """* a part
.subckt part in out params: top=2000
.model sw vswitch(ron=1 roff={1k*10}
+ von=0.5 voff=-0.5)
e1 m 0 table {v(in)*top/2000} = (0 0) (2000 {top})
s1 m out in 0 sw
q1 n n2 0 qn 0.1
rq in n 1k
rn in n2 10k
.model qn npn(is=1e-14 bf=50 br=2)
.ends
.model sw vswitch(ron=5k roff=1 von=0 voff=1)
"""
LATCH = """latch
vdd d 0 3
r1 d a 10k
r2 d b 10k
m1 a b 0 0 mm l=1u w=10u
m2 b a 0 0 mm l=1u w=10u
.model mm nmos(vto=0.7 kp=100u)
{}
.op
.end
"""
LOOSE = """divider of diodes
v1 a 0 dc 5
r1 a b 1meg
d1 b 0 dm
.model dm d(is=1e-14)
.options {}
.op
.end
"""
FLOATING = """node between blocking diodes
v1 a 0 dc 2
d1 b a dm
d2 b 0 dm
r1 b c 1k
.model dm d(is=1e-20)
.op
.end
"""


TRANSCEIVER = """transceiver: bidirectional bridges, which ngspice leaves out of operating points
v1 s1 0 dc 5
r1 s1 a 1k
v2 s2 0 dc 1 ac 1
r2 s2 b 1k
v3 on 0 dc 5
x1 a b on both
.subckt both a b on
u1 pindly(2,2,0) dpwr dgnd a b on on b a io
+ tristate: enable hi = on
+ b = { delay(1n,2n,3n) }
+ tristate: enable lo = on
+ a = { delay(1n,2n,3n) }
.model io uio(drvh=100)
.ends
.op
.ac lin 1 1k 1k
.end
"""

NANO_OHM = """a nano-ohm, whose current ngspice loses in rounding
v1 s1 0 dc 1
r1 s1 a 1k
x1 a b part
r2 s2 b 1k
v2 s2 0 dc 2.5 ac 1
.subckt part 1 2 params: small=1n
rt 1 3 30k
rs 3 2 {small}
.ends
.options reltol=1e-6 vntol=1e-9 abstol=1e-14
.op
.end
"""

BOTH = """saturated transistor of two areas, which ngspice squares; its base resistance falls, which .ac leaves out
v1 s 0 dc 5
r1 s c 1k
v2 t 0 dc 3 ac 1
r2 t b 1k
q1 c b 0 qn 2
.model qn npn(is=1e-14 bf=50 br=2 rb=1k rbm=10 irb=100u)
.options reltol=1e-6 vntol=1e-9 abstol=1e-14
.op
.ac lin 1 1k 1k
.end
"""


def plots(text, tmp_path, simulator, behaviour=""):
    deck = tmp_path / "deck.cir"
    deck.write_text(text)
    return simulate(commands(behaviour)[simulator], deck, 60.0).plots


def shifted(found, by):
    return {plot: {name: v + by for name, v in vectors.items()} for plot, vectors in found.items()}


def test_phasors_that_are_no_slopes(tmp_path, monkeypatch):
    theirs, ours = (plots(SWITCH, tmp_path, simulator, "psa") for simulator in (0, 1))
    made = Difference(tmp_path / "deck.cir", "psa", 60.0, theirs, ours)
    assert set(differing(theirs, ours)) == {("ac", "v(a)"), ("ac", "i(v2)")}
    assert explain(made) == (["slopes"], set())
    right = evidence._ours
    monkeypatch.setattr(evidence, "_ours", lambda *given: {"ac": shifted(right(*given), 1e-3)["ac"]})
    assert evidence.slopes(made, set(differing(theirs, ours))) == set()


def test_transients_that_leave_an_operating_point(tmp_path):
    theirs, ours = (plots(TRANSCEIVER, tmp_path, simulator, "psa") for simulator in (0, 1))
    made = Difference(tmp_path / "deck.cir", "psa", 60.0, theirs, ours)
    apart = set(differing(theirs, ours))
    assert apart == {(plot, name) for plot in ("op", "ac") for name in ("v(b)", "i(v2)")}
    assert explain(made) == (["rested", "slopes"], set())
    wrong = Difference(tmp_path / "deck.cir", "psa", 60.0, theirs, shifted(ours, 1e-3))
    assert evidence.rested(wrong, apart) == set()
    ringing = {"time": np.linspace(0.0, 1.0, 11), "v(b)": np.resize([1.0, 2.0], 11)}
    assert not evidence._rests("v(b)", ringing, np.array(1.0))


def test_tables_and_switches_written_as_their_laws(tmp_path):
    (tmp_path / "part.lib").write_text(PART)
    text = TABLE.format(tmp_path / "part.lib")
    theirs, ours = (plots(text, tmp_path, simulator, "psa") for simulator in (0, 1))
    made = Difference(tmp_path / "deck.cir", "psa", 60.0, theirs, ours)
    apart = set(differing(theirs, ours))
    assert {("op", "v(b)"), ("ac", "v(b)"), ("op", "i(e.x1.e1)"), ("op", "v(x1.n)")} <= apart
    assert evidence.rewritten(made, apart) == apart
    assert ours["op"]["v(x1.m)"] == pytest.approx(1.0)
    wrong = Difference(tmp_path / "deck.cir", "psa", 60.0, theirs, shifted(ours, 1e-3))
    assert evidence.rewritten(wrong, apart) == set()


def test_currents_that_a_nano_ohm_loses(tmp_path):
    theirs, ours = (plots(NANO_OHM, tmp_path, simulator, "psa") for simulator in (0, 1))
    lost, kept = (found["op"]["i(v1)"] + found["op"]["i(v2)"] for found in (theirs, ours))
    assert abs(lost) > 1e-4 * abs(theirs["op"]["i(v1)"]) > abs(kept)
    made = Difference(tmp_path / "deck.cir", "psa", 60.0, theirs, ours)
    apart = set(differing(theirs, ours))
    assert apart
    assert evidence.thickened(made, apart) == apart
    wrong = Difference(tmp_path / "deck.cir", "psa", 60.0, theirs, shifted(ours, 1e-3))
    assert evidence.thickened(wrong, apart) == set()


@pytest.mark.long
def test_two_causes_in_one_deck(tmp_path):
    """By its laws ngspice finds our operating point, whose slopes its phasors are not."""
    theirs, ours = (plots(BOTH, tmp_path, simulator) for simulator in (0, 1))
    made = Difference(tmp_path / "deck.cir", "", 60.0, theirs, ours)
    apart = set(differing(theirs, ours))
    assert {("op", "v(c)"), ("ac", "v(c)")} <= apart
    rules, left = explain(made)
    assert "slopes by laws" in rules
    assert not left
    wrong = {"op": ours["op"], "ac": shifted(ours, 1e-3)["ac"]}
    assert explain(Difference(tmp_path / "deck.cir", "", 60.0, theirs, wrong))[1]


def test_switches_whose_controls_are_in_brackets():
    text = "t\ns1 a b (c,d) sm\n.model sm vswitch(ron=1 roff=1k von=1 voff=0)"
    assert by_laws(text) == by_laws(text.replace("(c,d)", "c d"))
    assert "v(c,d)" in by_laws(text)


def test_tables_whose_brackets_are_incomplete():
    text = by_laws("t\ne1 a 0 table {v(b)*k} = (0 0 (1,{k+1})")
    assert text == "t\nbe1 a 0 v=pwl(v(b)*{k},-1e9,0,0,0,1,{k+1},1e9,{k+1})"


@pytest.mark.long
def test_loose_tolerances(tmp_path):
    ours = plots(LOOSE.format("reltol=1e-9"), tmp_path, 1)
    theirs = plots(LOOSE.format("reltol=0.05 vntol=0.05 abstol=1e-4"), tmp_path, 0)
    apart = set(differing(theirs, ours))
    made = Difference(tmp_path / "deck.cir", "", 60.0, theirs, ours)
    assert apart
    assert evidence.tightened(made, apart) == apart
    made = Difference(tmp_path / "deck.cir", "", 60.0, theirs, shifted(ours, 1e-3))
    assert explain(made)[1]


def test_one_limit_to_which_ours_is_nearer(tmp_path):
    exact = plots(LOOSE.format("reltol=1e-9"), tmp_path, 1)
    theirs = plots(LOOSE.format("reltol=0.05 vntol=0.05 abstol=1e-4"), tmp_path, 0)
    apart = set(differing(theirs, exact))
    assert apart
    for share, explained in ((0.4, apart), (-1.1, set())):
        ours = {"op": {n: v + share * (theirs["op"][n] - v) for n, v in exact["op"].items()}}
        made = Difference(tmp_path / "deck.cir", "", 60.0, theirs, ours)
        assert evidence.converged(made, apart) == explained


def test_another_operating_point(tmp_path):
    ours = plots(LATCH.format(".nodeset v(a)=3 v(b)=0"), tmp_path, 1)
    theirs = plots(LATCH.format(""), tmp_path, 0)
    made = Difference(tmp_path / "deck.cir", "", 60.0, theirs, ours)
    apart = set(differing(theirs, ours))
    assert {("op", "v(a)"), ("op", "v(b)")} <= apart
    assert evidence.started(made, apart) == apart
    wrong = Difference(tmp_path / "deck.cir", "", 60.0, theirs, shifted(ours, 1e-3))
    assert evidence.started(wrong, apart) == set()


def test_nodes_that_gmin_alone_holds(tmp_path):
    theirs = plots(FLOATING, tmp_path, 0)
    for by, explained in ((1e-3, {("op", "v(b)")}), (0.3, set())):
        moved = theirs["op"] | {"v(b)": theirs["op"]["v(b)"] - by, "i(v1)": theirs["op"]["i(v1)"] + 1e-6}
        made = Difference(tmp_path / "deck.cir", "", 60.0, theirs, {"op": moved})
        assert evidence.gmin(made, {("op", "v(b)"), ("op", "i(v1)")}) == explained
