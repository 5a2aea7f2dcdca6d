"""A parameter that only changes numbers is set in place: the same circuits and results as by elaborating anew."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.circuit import rebuilding
from circuitnn.circuit.rebuilding import Rebuilder, alike
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.netlist import elaborate
from circuitnn.netlist.variation import Variation
from circuitnn.operating_point.simulation import Simulation

# One parameter in nearly every place that can have one.
EVERYWHERE = """everywhere
.param p=1 q={p*p+1} r={min(q,3)} same=2
.func f(x) {x*q+same}
.model d1 d(is={1e-14*p} rs=10)
.model d2 d(is=1e-14 rs=5)
.model q1 npn(is=1e-16 bf={100*p})
.subckt inner a b w=1 u={2*w}
r1 a c {1k*w}
r2 c b {1k*u} tc1=1m
c1 c 0 {1n*u}
d1 c b d1 area={w}
.model d1 d(is={1e-15*w})
b1 c 0 i={1m*w*v(c,b)*v(c)}
.ends
.subckt outer a b w=3
x1 a m inner w={w*q}
x2 m b inner
rf m 0 {f(w)*1k}
.ends
v1 in 0 {p} ac {q}
i1 0 in {1m*p}
x1 in out outer
x2 out 0 outer w={r}
l1 out y {1m*p}
e1 y 0 in out {0.1*q}
g1 out 0 in 0 {1u*p}
b2 out 0 i={v(out)*1u*q+1u}
b3 z 0 v={p*v(out)}
rz z 0 1k
d2 out 0 d2
qq out in 0 q1
rn out 0 {1k*(1+0.1*gauss(1,p,1))}
.end
"""
TWO_STAGES = """two stages
.param bias=5 scale=1
vdd vdd 0 {bias}
.subckt stage in out vdd rl=2k
q1 out b 0 qn
rb in b {rl*5}
rc vdd out {rl}
d1 out 0 dx
c1 out 0 {1n*rl/1k}
.ends
vin in 0 0.9
x1 in m vdd stage rl={1k*scale}
x2 m out vdd stage
rf out in {100k/scale}
.model qn npn(is=1e-16 bf=100)
.model dx d(is=1e-15)
.end
"""


@pytest.mark.parametrize("name", ["p", "same"])
def test_circuits_are_those_of_elaboration(name):
    source = Circuit.from_text(EVERYWHERE).source
    kept = Variation(source.deck, {name: 1.0}, source.options, [name])
    assert kept.possible
    for value in (0.5, 1.7, 2.0, 1.0):
        assert alike(kept.at({name: value}), elaborate(source.deck, {name: value}, source.options))


@pytest.mark.parametrize(
    "text",
    [
        "r1 a 0 1k\n.temp {20*p}",
        "r1 a 0 1k\n.ic v(a)={p}",
        ".if (p > 1)\nr1 a 0 1k\n.else\nr1 a 0 2k\n.endif",
    ],
)
def test_what_changes_more_than_columns_is_elaborated(text):
    source = Circuit.from_text(f"t\n.param p=1\ni1 0 a {{p}}\n{text}\n.end\n").source
    assert not Variation(source.deck, {"p": 1.0}, source.options, ["p"]).possible


def test_rows_that_vanish_are_elaborated():
    source = Circuit.from_text("t\n.param p=1\ni1 0 a 1\nr1 a 0 1k m={p}\nr2 a 0 1k\n.end\n").source
    kept = Variation(source.deck, {"p": 1.0}, source.options, ["p"])
    assert kept.at({"p": 3.0}).elements[0].values["r"][0] == pytest.approx(1e3 / 3.0)
    with pytest.warns(DeckWarning, match="left out"):
        assert kept.at({"p": 0.0}) is None


def test_a_node_that_appears_cannot_be_followed():
    diode = "t\n.param p=1\nv1 a 0 1\nr1 a b 1k\nd1 b 0 d\n.model d d(is=1e-14 rs={max(0,p-1.5)})\n.end"
    with pytest.raises(AnalysisError, match="changes the number of nodes"):
        Circuit.from_text(diode).arc("p", 1, 2, 10)


@pytest.mark.parametrize(
    ("deck", "name", "ends"),
    [
        (TWO_STAGES, "scale", (1.0, 3.0)),
        (TWO_STAGES, "bias", (4.0, 6.0)),
        (EVERYWHERE, "p", (1.0, 1.01)),
        (
            "t\n.param p=1\nv1 a 0 1\nr1 a b 1k\nd1 b 0 d\n.model d d(is=1e-14 rs={10*p})\n.end",
            "p",
            (1, 2),
        ),
        ("t\n.param p=1\ni1 0 a 1m\nb1 a 0 i={1m*p*v(a)+p*1u}\nc1 a 0 q={p*v(a)*v(a)}\n.end", "p", (1, 2)),
    ],
)
def test_arcs_are_the_same_either_way(deck, name, ends, monkeypatch):
    circuit = Circuit.from_text(deck)
    quick = circuit.arc(name, *ends, 20)
    monkeypatch.setattr(Simulation, "renewed", lambda self, circuit: False)
    monkeypatch.setattr(Rebuilder, "__call__", Rebuilder._elaborated)
    slow = circuit.arc(name, *ends, 20)
    assert quick.names == slow.names and len(quick) == len(slow)
    assert quick.data == pytest.approx(slow.data, rel=1e-12, abs=1e-15)


def test_a_hundred_points_take_a_few_elaborations(monkeypatch):
    counts = {"elaborated": 0, "built": 0}
    whole, init = Rebuilder._elaborated, Simulation.__init__

    def elaborated(self, values):
        counts["elaborated"] += 1
        return whole(self, values)

    def built(self, *arguments, **more):
        counts["built"] += 1
        init(self, *arguments, **more)

    monkeypatch.setattr(Rebuilder, "_elaborated", elaborated)
    monkeypatch.setattr(Simulation, "__init__", built)
    assert len(Circuit.from_text(TWO_STAGES).arc("scale", 1.0, 3.0, 100)) > 100
    assert counts["elaborated"] <= rebuilding.FEW + 2 and counts["built"] <= 2


@pytest.mark.long
def test_loci_and_cycles_along_parameters(monkeypatch):
    """Two parameters at once, and orbits whose circuit changes in place."""
    hopf = "t\n.param g=0 r=0.1\nb1 a 0 i={v(a)*v(a)*v(a)-g*v(a)}\nl1 a b 2\nr1 b 0 {r}\nc1 a 0 {0.5*(1+g*g)}\n.end"
    circuit = Circuit.from_text(hopf)
    quick = circuit.locus("hopf", "g", -1, 3, "r", 0.1, 0.3, points=4)
    orbits = circuit.cycles("g", -1, 0.5, hopf=1)
    monkeypatch.setattr(Simulation, "renewed", lambda self, circuit: False)
    monkeypatch.setattr(Rebuilder, "__call__", Rebuilder._elaborated)
    assert circuit.locus("hopf", "g", -1, 3, "r", 0.1, 0.3, points=4).data == pytest.approx(
        quick.data, abs=1e-9
    )
    assert circuit.cycles("g", -1, 0.5, hopf=1).data == pytest.approx(orbits.data, rel=1e-6, abs=1e-8)


def test_sweeps_of_parameters():
    """`.dc` along a parameter rebuilds, too."""
    r = Circuit.from_text(TWO_STAGES).dc("scale", 1.0, 3.0, 0.25)
    for k, value in enumerate(np.arange(1.0, 3.01, 0.25)):
        alone = Circuit.from_text(TWO_STAGES).with_parameters(scale=float(value)).op()
        assert r["v(out)"][k] == pytest.approx(alone["v(out)"], rel=1e-4)
