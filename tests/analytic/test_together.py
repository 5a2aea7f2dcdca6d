"""Operating points of many samples solved as one system, against the samples one by one."""

import numpy as np
import pytest
from scipy import stats

from circuitnn import Circuit
from circuitnn.studies import Grid, MonteCarlo
from circuitnn.studies.plans import plan
from circuitnn.studies.runs import Variation
from circuitnn.studies.spaces import seeds_of
from circuitnn.studies.together import Together

AMPLIFIER = """common emitter
.param rb1=agauss(47k,2k,3) rc=agauss(2.2k,100,3) bf=agauss(150,30,3)
vcc vcc 0 12
r1 vcc b {rb1}
r2 b 0 10k
rc vcc c {rc}
re e 0 470
q1 c b e qn
.model qn npn(is=1e-15 bf={bf} vaf=80 rb=100)
.op
.meas op vc find v(c) at=0
"""
NESTED = """subcircuits that draw their own numbers, controlled sources, a behavioural source
.param top=agauss(1,0.1,1)
.subckt half a b r=1k
.param own=aunif(1,0.2)
v1 a x 0
r1 x b {r*own}
.ends
.subckt pair a b
x1 a m half r=2k
x2 m b half
d1 m 0 dm
.ends
v1 in 0 {5*top}
x1 in mid pair
x2 in mid pair
x3 mid 0 half r={1k*limit(1,0.1)}
f1 0 out v1 0.5
r9 out 0 1k
b1 z 0 v={v(mid)*top+0.1*i(v1)}
.model dm d(is=1e-14)
.nodeset v(mid)=0.6
.op
"""
MOSFETS = """inverter at its threshold
.param w=agauss(2u,0.2u,3) vt=agauss(0.7,0.05,3)
vdd d 0 3
vin g 0 1.2
m1 o g 0 0 nch w={w} l=1u
r1 d o 10k
.model nch nmos(level=1 vto={vt} kp=100u lambda=0.02)
.op
"""


def job(deck, **arguments):
    made = plan(Circuit.from_text(deck), None, arguments.get("measures"), arguments.get("signals"), 2)
    return Together(made)


@pytest.mark.parametrize("deck", [AMPLIFIER, NESTED, MOSFETS])
def test_together_is_one_by_one(deck):
    together = job(deck)
    variations = [Variation(seed) for seed in seeds_of(3, 40)]
    found = together.together(variations)
    assert found is not None, together.unable
    spread = []
    for variation, outcome in zip(variations, found, strict=True):
        alone = together.plan.run(variation)
        (here,), (there,) = outcome.tables, alone.tables
        assert here.names == there.names and here.units == there.units
        np.testing.assert_allclose(here.data, there.data, rtol=2e-6, atol=1e-9)
        assert outcome.measures.keys() == alone.measures.keys()
        spread.append(there.data)
    assert np.std(spread, axis=0).max() > 1e-3


def test_many_samples_take_the_quick_way(monkeypatch):
    circuit = Circuit.from_text(AMPLIFIER)
    asked = []
    monkeypatch.setattr(
        Together, "together", lambda self, v, f=Together.together: asked.append(len(v)) or f(self, v)
    )
    monkeypatch.setattr("circuitnn.studies.runs.Plan.run", lambda *_: pytest.fail("one by one"))
    study = circuit.monte_carlo(
        1500, seed=2, measures={"twice": lambda op: 2.0 * op["v(c)"]}, signals=["v(b)"]
    )
    assert asked == [1024, 476] and len(study) == 1500 and not study.failures
    np.testing.assert_allclose(study.measures["twice"], 2.0 * study.measures["vc"])
    assert study.signals["op"]["v(b)"].shape == (1500,)
    monkeypatch.undo()
    again = circuit.with_options(seed=study.seeds[1400]).op()
    assert again["v(c)"] == pytest.approx(study.measures["vc"][1400], rel=1e-7)


def test_processes_give_the_same_bits():
    circuit = Circuit.from_text(AMPLIFIER)
    one, two = (circuit.monte_carlo(1100, signals=(), processes=n).measures for n in (1, 2))
    assert one.equals(two)


@pytest.mark.long
def test_parameters_of_a_space():
    circuit = Circuit.from_text(AMPLIFIER)
    space = MonteCarlo(300, rc=stats.norm(2.2e3, 33), bf=stats.norm(150, 10), seeds=True)
    found = circuit.study(space)
    for k in (0, 123, 299):
        alone = (
            circuit.with_options(seed=space[k]["seed"])
            .with_parameters(rc=space[k]["rc"], bf=space[k]["bf"])
            .op()
        )
        assert float(found["vc"][k]) == pytest.approx(alone["v(c)"], rel=1e-7)
    temperatures = circuit.study(Grid(temp=np.linspace(0, 100, 300)))  # no parameter: one by one
    assert temperatures["vc"].values[0] == pytest.approx(
        circuit.with_options(temp=0.0).op()["v(c)"], rel=1e-9
    )


def test_a_bad_sample_is_found_one_by_one():
    deck = "t\n.param u=agauss(1,0.4,1)\nv1 a 0 1\nr1 a b 1k\nd1 b 0 dm\n.model dm d(is={1e-14*u})\n"
    deck += ".op\n.meas op v find v(b) at=0\n"
    study = Circuit.from_text(deck).monte_carlo(300, signals=())
    assert 0 < len(study.failures) < 10 and all("'is'" in m for m in study.failures.values())
    assert study.measures["v"].count() == 300 - len(study.failures)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (".tran 1u 2u\n", "operating point"),
        (".save v(c)\n", ".save"),
        (".global vcc\n", "global"),
        (".step param bf 100 200 50\n", ".step"),
        ("n1 c 0 mm\n.model mm vteam(ron.dev=0.1)\n", "spread"),
    ],
)
def test_what_cannot_be_together_is_said(more, why):
    assert why in job(AMPLIFIER + more).unable


@pytest.mark.long
def test_measures_that_differ_between_samples():
    deck = AMPLIFIER + ".meas op scaled param='vc*{rc}'\n"
    found = Circuit.from_text(deck).monte_carlo(260, signals=(), seed=4)
    alone = Circuit.from_text(deck).with_options(seed=found.seeds[7]).run()[0].measures
    assert found.measures["scaled"][7] == pytest.approx(alone["scaled"], rel=1e-9)


def test_spreads_on_model_cards_are_drawn():
    """``ron.dev`` is none of PSPICE's spreads, which have no effect."""
    deck = "t\nv1 a 0 1\nn1 a 0 mm\n.model mm vteam(ron=1k ron.dev=0.1)\n.op\n.meas op i find i(v1) at=0\n"
    assert Circuit.from_text(deck).monte_carlo(8, signals=()).measures["i"].nunique() == 8
