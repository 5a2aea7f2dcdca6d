"""Models that are not put together soundly: names, defaults, equations, and what check-model says of them."""

import pytest
from broken_models import Good, broken, told, with_parameters

from circuitnn.contract import check_model, structure
from circuitnn.contract.case import Case
from circuitnn.equations.graph import sin
from circuitnn.models import Parameter, catalogue

# Names, defaults, equations: what makes nonsense of everything else.


def _twice(cls, m):
    Good.equations.__func__(cls, m)
    m.state("x", -m.unknown("x") * 1e3)


def _never(cls, m):
    m.flow("plus", "minus", cls.current(m, m.voltage("plus", "minus")))


def _inner(*lines):
    def state(cls, m):
        Good.equations.__func__(cls, m)
        for line in lines:
            line(m)

    return state


STRUCTURE = [
    (
        broken(parameters=with_parameters(Parameter("a", "b", "", "one"), Parameter("b", "a", "", "other"))),
        "the defaults of parameters lead in a circle: a → b → a",
    ),
    (
        broken(parameters=with_parameters(Parameter("a", "a", "", "itself"))),
        "the defaults of parameters lead in a circle: a → a",
    ),
    (
        broken(parameters=with_parameters(Parameter("x", 1.0, "", "as the state"))),
        "the parameter x is called as the state",
    ),
    (
        broken(parameters=with_parameters(Parameter("minus", 1.0, "", "as the node"))),
        "the parameter minus is called as the node",
    ),
    (
        broken(parameters=with_parameters(Parameter("G", 1.0, "", "as g"))),
        "the parameter G and the parameter g differ in case only, which decks do not distinguish",
    ),
    (
        broken(terminals=("X", "minus"), equations=lambda cls, m: None),
        "the state x and the node X differ in case only, which decks do not distinguish",
    ),
    (broken(memories={"k": 0.0}), "the memory k is called as the parameter"),
    (
        broken(parameters=with_parameters(Parameter("Time", 1.0, "", "a"))),
        "the parameter Time has a name that is reserved",
    ),
    (broken(equations=_twice), "state x has 2 equations, which are added"),
    (broken(equations=_never), "state x has no equation"),
    (broken(internal=("inside",)), "no current flows into the inner node inside"),
    (
        broken(
            internal=("inside",),
            equations=_inner(lambda m: m.flow("plus", "inside", 1e-9 * m.voltage("plus", "minus"))),
        ),
        "nothing depends on the voltage of the inner node inside",
    ),
    (
        broken(
            internal=("a", "b"),
            equations=_inner(
                lambda m: m.flow("plus", "a", 1e-9 * m.voltage("plus", "b")),
                lambda m: m.flow("b", "minus", 1e-9 * m.voltage("a", "b")),
            ),
        ),
        "the currents into the inner node a do not depend on its voltage",
    ),
    (
        broken(current=lambda cls, m, v: m["g"] * v * (1.0 + 0.1 * sin(1e3 * m.time))),
        "the equation of plus contains the time",
    ),
    (broken(rate=lambda cls, m, v: m["k"] * (v + 1e-3 * m.time)), "the equation of x contains the time"),
    (
        broken(parameters=with_parameters(Parameter("idle", 1.0, "V", "nothing"))),
        "parameter idle is used nowhere",
    ),
    (
        broken(
            parameters=with_parameters(
                Parameter("a", "late", "", "early"), Parameter("late", 1.0, "", "late")
            )
        ),
        "parameter a: its default late must stand before it",
    ),
]


@pytest.mark.parametrize(("model", "said"), STRUCTURE)
def test_structure(model, said):
    outcome = structure.sound(model)
    assert any(text.startswith(said) for text in told(outcome)), told(outcome)
    made = check_model(model, ngspice=False)
    assert not made.passed and len(made.outcomes) == 1 and made.left_out
    assert made.summary().startswith("FAILED: good_for_test")


def test_structure_finds_one_thing_each():
    """But for the two ends of a wrong equation, and a bad default that is also out of order."""
    counts = [len(structure.sound(model).findings) for model, _ in STRUCTURE]
    assert max(counts) <= 2 and sum(count == 1 for count in counts) >= len(counts) - 5


def test_time_in_conditions_of_events_is_none_in_equations():
    assert structure.sound(catalogue()["nbo2_kumar"]).passed
    assert catalogue()["stno"].clock and structure.sound(catalogue()["stno"]).passed


def test_what_is_without_effect_is_told():
    """A state that only shows something, and a parameter that cancels, are no failures."""
    cancels = with_parameters(Parameter("u", 1.0, "", "cancels"))
    model = broken(parameters=cancels, current=lambda cls, m, v: m["g"] * v * (1.0 + m["u"] - m["u"]))
    outcome = structure.structure(Case(model))
    assert outcome.passed
    assert outcome.notes == [
        "nothing depends on the state x",
        "parameter u changes nothing at any of the points looked at",
    ]
    assert not structure.structure(Case(Good)).notes
