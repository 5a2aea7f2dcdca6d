"""Models whose physics is wrong in one way each, and what check-model says of it: that, and nothing else."""

import numpy as np
import pytest
from broken_models import Good, Warm, broken, found, told, warm, with_parameters

from circuitnn.contract import activity, dimensions, over_temperature, structure
from circuitnn.contract.case import Case
from circuitnn.contract.unit_powers import NAMED, parsed, scaled, text_of, times
from circuitnn.equations.graph import exp, max_, min_, tanh
from circuitnn.models import Parameter, State

CAPACITANCE = Parameter("c", 1e-12, "F", "capacitance", low=1e-18)


def stated(charge=None, flows=()):
    """Equations of the good model, with a charge q(v) and other flows between nodes."""

    def equations(cls, m):
        Good.equations.__func__(cls, m)
        if charge is not None:
            m.flow("plus", "minus", charge=charge(m, m.voltage("plus", "minus")))
        for flow in flows:
            flow(m)

    return equations


# Power and energy.


def test_activity_in_a_corner_of_voltage_and_state():
    """Less than 1e-3 of the box is active; where it is passive the conductance is as good as constant."""

    def corner(cls, m, v):
        x = m.unknown("x")
        return m["g"] * v * (1.0 - 1.2 * max_(0.0, 10.0 * x - 9.0) * max_(0.0, min_(1.0, (v - 4.0) / 1.5)))

    made = found(broken(current=corner))
    assert set(made) == {"passive", "ends of ranges"}, made
    assert all("power delivered [W]" in text for text in made["passive"])


def test_a_gate_that_gives_power():
    """In the sum it is hidden by what the channel takes, but where the channel has no voltage."""

    def gated(cls, m):
        v, gate = m.voltage("plus", "minus"), m.voltage("gate", "minus")
        m.flow("plus", "minus", cls.current(m, v))
        m.flow("gate", "minus", -1e-6 * m["g"] * gate)
        m.state("x", cls.rate(m, v))

    made = found(broken(terminals=("plus", "gate", "minus"), equations=gated))
    assert set(made) == {"passive", "ends of ranges"}, made
    assert all("power delivered" in text for text in made["passive"])


def test_negative_capacitance():
    negative = stated(lambda m, v: -m["c"] * v)
    model = broken(parameters=with_parameters(CAPACITANCE), equations=negative)
    made = found(model)
    assert set(made) == {"passive", "ends of ranges"}, made
    assert all("energy delivered by the charges" in text for text in made["passive"])
    unclaimed = broken(parameters=model.parameters, equations=negative, claims=frozenset())
    assert found(unclaimed) == {}


def test_a_capacitance_that_is_negative_for_large_voltages_only():
    def bent(sign):
        return stated(lambda m, v: m["c"] * (v + sign * v * v * v / m["vc"] / m["vc"]))

    volts = with_parameters(CAPACITANCE, Parameter("vc", 2.0, "V", "scale", low=0.1))
    outcome = activity.passive(Case(broken(parameters=volts, equations=bent(-1.0))))
    assert any("energy delivered" in text for text in told(outcome))
    assert found(broken(parameters=volts, equations=bent(1.0))) == {}


@pytest.mark.parametrize(("forth", "back", "good"), [(1.0, 0.0, False), (1.0, 1.0, True), (0.5, 0.6, False)])
def test_charges_that_are_not_reciprocal(forth, back, good):
    """The charge of one terminal depends on the voltage of the other, and the other way round by another amount."""

    def charged(cls, m):
        v, gate = m.voltage("plus", "minus"), m.voltage("gate", "minus")
        m.flow("plus", "minus", cls.current(m, v), m["c"] * (2.0 * v - forth * gate))
        m.flow("gate", "minus", charge=m["c"] * (2.0 * gate - back * v))
        m.state("x", cls.rate(m, v))

    model = broken(
        terminals=("plus", "gate", "minus"), parameters=with_parameters(CAPACITANCE), equations=charged
    )
    outcome = activity.passive(Case(model))
    assert outcome.passed == good
    assert good or all("not reciprocal" in text for text in told(outcome))


# Nodes.


def test_a_flow_from_a_node_to_itself():
    loop = broken(
        equations=stated(flows=[lambda m: m.flow("plus", "plus", 1e-3 * m.voltage("plus", "minus"))])
    )
    assert told(structure.sound(loop)) == [
        "a current from plus to plus flows nowhere: a flow needs two nodes"
    ]


def test_dead_ends():
    def between(one, other):
        return lambda m: m.flow(one, other, m["g"] * m.voltage(one, other))

    hung = between("plus", "inside")
    outcome = structure.sound(broken(internal=("inside",), equations=stated(flows=[hung])))
    assert told(outcome) == [
        "the inner node inside is a dead end: connected with plus alone, it carries no current"
    ]
    through = between("inside", "minus")
    assert structure.sound(broken(internal=("inside",), equations=stated(flows=[hung, through]))).passed


# Units.


def test_units_are_read():
    for text, wanted in (
        ("V", NAMED["V"]),
        ("A/V^2", times(NAMED["A"], scaled(NAMED["V"], -2))),
        ("cm²/(V·s)", times(times(scaled(NAMED["m"], 2), scaled(NAMED["V"], -1)), scaled(NAMED["s"], -1))),
        ("√V", tuple(p / 2 for p in NAMED["V"])),
        ("1/(Ohm s)", times(NAMED["S"], scaled(NAMED["s"], -1))),
        ("", NAMED[""]),
        ("%/K", scaled(NAMED["K"], -1)),
        ("eV", None),
        ("sheep", None),
    ):
        assert parsed(text) == wanted, text
    assert times(NAMED["V"], NAMED["A"]) == NAMED["W"] and times(NAMED["F"], NAMED["V"]) == NAMED["C"]
    assert times(NAMED["Ohm"], NAMED["F"]) == NAMED["s"] and times(NAMED["Wb"], NAMED["Hz"]) == NAMED["V"]
    assert times(NAMED["H"], NAMED["A"]) == NAMED["Wb"] and times(NAMED["N"], NAMED["m"]) == NAMED["J"]
    assert text_of(times(NAMED["S"], NAMED["V"])) == "A" and text_of(times(NAMED["s"], NAMED["V"])) == "V·s"
    assert text_of(scaled(NAMED["s"], -1)) == "1/s" and text_of(parsed("m³/(K² s)")) == "m^3/s/K^2"


TAU = Parameter("tau", 1e-3, "s", "time constant", low=1e-9)
SCALE = Parameter("vs", 0.3, "V", "scale", low=0.01)
UNITS = [
    ({"current": lambda cls, m, v: m["g"] * v + m["tau"] * v}, "A and V·s are added"),
    ({"current": lambda cls, m, v: m["g"] * v * m["tau"]}, "current of plus is in C, not in A"),
    ({"current": lambda cls, m, v: m["g"] * v * (1.0 + tanh(v))}, "tanh of V"),
    ({"current": lambda cls, m, v: m["g"] * v * exp(-m["tau"] * m["vs"] / v / v)}, "exp of s/V"),
    ({"current": lambda cls, m, v: m["g"] * max_(v, m["tau"])}, "V and s are compared"),
    ({"rate": lambda cls, m, v: m["k"] * v + m.unknown("x")}, "1/s and a number are added"),
    ({"rate": lambda cls, m, v: m["k"]}, "rate of x is in"),
    ({"current": lambda cls, m, v: m["g"] * v * (m["vs"] / m["vs"]) ** v}, "an exponent in V"),
]


@pytest.mark.parametrize(("parts", "said"), UNITS)
def test_dimensions(parts, said):
    model = broken(parameters=with_parameters(TAU, SCALE), **parts)
    outcome = dimensions.dimensions(Case(model, 10))
    assert any(said in text for text in told(outcome)), told(outcome)


@pytest.mark.parametrize(
    "current",
    [
        lambda cls, m, v: m["g"] * v / (1.0 + v * v),  # 1 V² hides in it
        lambda cls, m, v: m["g"] * v * tanh(v / 0.026),
        lambda cls, m, v: m["g"] * v * tanh(v / m["vs"]) ** 2 * (1.0 - 0.5 * exp(-((v / m["vs"]) ** 2))),
        lambda cls, m, v: m["g"] * max_(v, 0.0) + m["g"] * min_(v, 0.0),
        lambda cls, m, v: m["g"] * m["vs"] * (exp(min_(v / m["vs"], 40.0)) - 1.0),
        lambda cls, m, v: (m["vs"] * v) ** 0.5 * m["g"],
    ],
)
def test_no_false_alarms(current):
    model = broken(parameters=with_parameters(TAU, SCALE), current=current)
    assert told(dimensions.dimensions(Case(model, 10))) == []


def test_why_numbers_have_units_is_told_instead_of_a_failure():
    model = broken(
        current=lambda cls, m, v: m["g"] * v * (1.0 + tanh(v)), hidden_units="the published law is in volts"
    )
    outcome = dimensions.dimensions(Case(model, 10))
    assert outcome.passed and "tanh of V" in outcome.notes[0] and "the published law" in outcome.notes[0]


# Temperatures.

WARM = (*Warm.parameters, Parameter("ta", 300.0, "K", "activation", low=0.0))


def kelvin(law):
    return classmethod(lambda cls, m: law(m) / m["rth"])


def test_celsius_for_kelvin():
    for law, said in (
        (lambda m: m.unknown("t") - m["temp"], "°C where K is needed"),
        (lambda m: m.unknown("t") * exp(-m["ta"] / m["temp"]), "°C where K is needed"),
        (lambda m: m.unknown("t") * (m["temp"] / m["ta"]), "°C where K is needed"),
    ):
        outcome = dimensions.dimensions(Case(warm(parameters=WARM, loss=kelvin(law)), 10))
        assert any(said in text for text in told(outcome)), told(outcome)
    for law in (
        lambda m: m.unknown("t") - m["temp"] - 273.15,
        lambda m: m.unknown("t") - (m["temp"] + 273.15),
        lambda m: m.unknown("t") - (m["ta"] + m["temp"] - m["tnom"]),
        lambda m: m.unknown("t") * exp(-m["ta"] / (m["temp"] + 273.15)),
    ):
        assert told(dimensions.dimensions(Case(warm(parameters=WARM, loss=kelvin(law)), 10))) == []


def test_a_pole_at_0_degrees():
    """Units are hidden in a number, but the law explodes where °C are 0."""
    model = broken(current=lambda cls, m, v: m["g"] * v * (1.0 + exp(-8e3 / m["temp"])))
    assert any(
        "jumps over temperature" in text for text in told(over_temperature.over_temperature(Case(model)))
    )
    right = broken(current=lambda cls, m, v: m["g"] * v * (1.0 + exp(-8e3 / (m["temp"] + 273.15))))
    assert over_temperature.over_temperature(Case(right)).passed
    through = broken(current=lambda cls, m, v: m["g"] * v * (m["temp"] - 27.4) / 100.0, claims=frozenset())
    assert over_temperature.over_temperature(Case(through)).passed, "a quantity may change its sign"


def test_the_search_finds_the_least_power():
    """A corner that no random point lies in: a share of 1e-6 of the box of voltage and two states."""

    def corner(cls, m, v):
        x, y = m.unknown("x"), m.unknown("y")
        return m["g"] * v * (1.0 - 1.05 * x * x * y * y * tanh(v / m["vs"]) ** 2)

    def equations(cls, m):
        v = m.voltage("plus", "minus")
        m.flow("plus", "minus", corner(cls, m, v))
        m.state("x", cls.rate(m, v))
        m.state("y", cls.rate(m, v))

    states = (*Good.states, State("y", "", "another part", 0.5, low=0.0, high=1.0))
    model = broken(parameters=with_parameters(SCALE), states=states, equations=equations)
    case = Case(model)
    uniform = case.points(1.0)
    assert np.mean(np.prod(uniform[2:4] ** 2, axis=0) > 1.0 / 1.05) < 1e-2
    assert "power delivered" in told(activity.passive(case))[0]
