"""Models that are wrong in one way each, and what check-model says of them: that, and nothing else."""

import pytest
from broken_models import Good, Warm, broken, found, nothing_but, warm, with_parameters

from circuitnn.circuit.circuit import Circuit
from circuitnn.contract import (
    coverage,
    edges,
    equations,
    heat,
    values,
)
from circuitnn.contract.case import Case
from circuitnn.contract.drive import response
from circuitnn.equations.graph import ln, max_, sqrt, symbol, tanh, where
from circuitnn.errors import DeckWarning
from circuitnn.models import Drive, Parameter, State


def test_the_good_model_has_no_findings():
    assert found(Good) == {}


def test_state_that_nothing_moves():
    stuck = lambda cls, m, v: 0.0 * v + 1e-9 * m["k"] * v * 1e-9  # noqa: E731
    nothing_but(
        broken(
            rate=stuck, parameters=(Good.parameters[0], Parameter("k", 1.0, "1/(V s)", "speed", low=1e-3))
        ),
        "coverage",
        "state x moves by 0.00% of its range in the drive that was chosen; state a `drive`",
    )


def test_own_drive_that_moves_nothing():
    still = Drive("SIN(0 1m 1g)", "n1 in 0 m", "10p 2n 0 10p uic")
    nothing_but(broken(drive=still), "coverage", "of its range in its own drive")


def test_rates_without_measure():
    nothing_but(
        broken(rate=lambda cls, m, v: 1e12 * m["k"] * v),
        "coverage",
        "the states are faster than 1e-12 s lets be seen",
    )


def test_drive_is_found_at_the_pace_of_the_state():
    for speed in (1e-3, 1.0, 1e9):
        slow = broken(rate=lambda cls, m, v, speed=speed: speed * v, parameters=Good.parameters[:1])
        made = response(slow)
        assert made.moved["x"] > 0.2, speed
        assert 0.05 < made.result.time[-1] * speed < 200.0


def test_divisor_whose_range_holds_0():
    divided = with_parameters(Parameter("n", 1.0, "", "divisor", low=0.0))
    made = found(broken(parameters=divided, current=lambda cls, m, v: m["g"] * v / m["n"]))
    assert (
        list(made) == ["values"]
        and "divided by 0: the divisor counts as 1e-32, with n = 0" in made["values"][0]
    )
    signed = with_parameters(Parameter("n", 1.0, "", "divisor"))
    assert "values" in found(
        broken(parameters=signed, current=lambda cls, m, v: m["g"] * v / (m["n"] * m["n"]))
    )
    barred = with_parameters(Parameter("n", 1.0, "", "divisor", nonzero=True))
    assert found(broken(parameters=barred, current=lambda cls, m, v: m["g"] * v / (m["n"] * m["n"]))) == {}


def test_root_and_logarithm_of_what_may_be_negative():
    root = lambda cls, m, v: m["g"] * v * sqrt(m["a"] - 0.5)  # noqa: E731
    low = with_parameters(Parameter("a", 1.0, "", "root", low=0.0, high=4.0))
    assert "sqrt(-0.5) counts as 0, with a = 0" in found(broken(parameters=low, current=root))["values"][0]
    of_state = lambda cls, m, v: m["g"] * v * (2.0 + tanh(ln(m.unknown("x"))))  # noqa: E731
    assert "ln(0) counts as -1e99, with x = 0" in found(broken(current=of_state))["values"][0]
    power = lambda cls, m, v: m["g"] * v * (1.0 + v**1.5 / (1.0 + v * v))  # noqa: E731
    made = found(broken(current=power, claims=frozenset()))
    assert "counts as a power of the absolute value" in made["values"][0]


def test_relations_between_parameters_are_told():
    """No range can say that one parameter must be larger than another; that a divisor hangs on it is told."""
    two = with_parameters(
        Parameter("a", 2.0, "", "one", low=0.0, high=9.7), Parameter("b", 0.9, "", "other", low=0.5)
    )
    outcome = values.values(
        Case(broken(parameters=two, current=lambda cls, m, v: m["g"] * v / (m["a"] - m["b"])))
    )
    assert outcome.passed
    assert outcome.notes == ["the divisor a - b may be 0 or negative within the ranges of its parameters"]
    root = values.values(
        Case(broken(parameters=two, current=lambda cls, m, v: m["g"] * v * sqrt(m["a"] - m["b"])))
    )
    told_ = "the argument of sqrt a - b may be 0 or negative within the ranges of its parameters"
    assert told_ in root.notes
    sum_ = values.values(
        Case(broken(parameters=two, current=lambda cls, m, v: m["g"] * v / (m["a"] + m["b"])))
    )
    assert sum_.passed and not sum_.notes


def test_guarded_operations_are_no_finding():
    for current in (
        lambda cls, m, v: m["g"] * v * sqrt(max_(v, 0.0)),
        lambda cls, m, v: m["g"] * where(v > 0.0, v * sqrt(v), v),
        lambda cls, m, v: m["g"] * v / (1.0 + v * v),
    ):
        assert values.values(Case(broken(current=current, claims=frozenset()))).passed


def test_ends_of_ranges():
    """A quarter around the default is fine; the end of the range is not."""
    gain = with_parameters(Parameter("a", 1.0, "", "part", low=0.0, high=3.5))
    negative = lambda cls, m, v: m["g"] * v * (2.5 - m["a"])  # noqa: E731
    nothing_but(broken(parameters=gain, current=negative), "ends of ranges", "power delivered")
    offset = lambda cls, m, v: m["g"] * v + where(m["a"] > 2.9, 1e-6, 0.0)  # noqa: E731
    made = found(broken(parameters=gain, current=offset, claims=frozenset({"no current at zero bias"})))
    assert list(made) == ["ends of ranges"] and "current at zero bias" in made["ends of ranges"][0]


def test_current_that_leaves_by_no_terminal():
    """Kirchhoff's law between the terminals holds; but the current knows a ground that is no terminal."""

    def grounded(cls, m):
        m.flow("plus", "minus", m["g"] * m.unknown("plus"))
        m.state("x", cls.rate(m, m.voltage("plus", "minus")))

    made = found(broken(equations=grounded, claims=frozenset()))
    assert set(made) == {"Kirchhoff's current law", "ends of ranges"}  # where it is looked at again
    assert (
        "current of plus changes with the voltage of all nodes against ground"
        in made["Kirchhoff's current law"][0]
    )

    def leak(cls, m):
        Good.equations.__func__(cls, m)
        m.f["plus"] = m.f["plus"] + max_(m.voltage("plus", "minus") - 50.0, 0.0)

    made = found(broken(equations=leak, claims=frozenset()))
    assert "sum of the currents" in made["Kirchhoff's current law"][0]


def test_heat():
    assert found(Warm) == {}
    nothing_but(
        warm(claims=frozenset({"passive", "no current at zero bias"})),
        "heat",
        "state t is a temperature: state",
    )
    # taken from nowhere, and the energy balance says that it is so
    nothing_but(
        warm(given=1e-4), "heat", "t without a voltage is not in equilibrium at any ambient temperature"
    )
    elsewhere = classmethod(lambda cls, m: (m.unknown("t") - 310.0) / m["rth"])
    nothing_but(warm(loss=elsewhere), "heat", "is not in equilibrium at any ambient temperature")
    runaway = classmethod(lambda cls, m: -(m.unknown("t") - m["temp"] - 273.15) / m["rth"])
    made = found(warm(loss=runaway))
    assert any("does not return from 20 K above its rest" in text for text in made["heat"])


def test_energy_that_is_not_accounted_for():
    class Forgets(Warm):
        @classmethod
        def energy(cls, m):
            return m["cth"] * m.unknown("t"), 0.5 * cls.loss(m)

    nothing_but(Forgets, "energy balance", "power not accounted for")


def test_temperature_in_celsius():
    celsius = (State("t", "°C", "temperature", symbol("temp"), tolerance=1e-4, hold=False),)
    loss = classmethod(lambda cls, m: (m.unknown("t") - m["temp"]) / m["rth"])
    assert found(warm(states=celsius, loss=loss)) == {}
    nothing_but(
        warm(states=celsius, loss=loss, given=1e-4),
        "heat",
        "is not in equilibrium at any ambient temperature",
    )


def test_kirchhoff_at_small_and_large_voltages_and_edges_run():
    assert equations.kirchhoff(Case(Good)).passed and edges.edges(Case(Good)).passed
    assert coverage.coverage(Case(Good)).passed and heat.heat(Case(Good)).skipped


def test_initial_voltage_of_a_diode_warns():
    deck = "t\nv1 b 0 1\nr1 b a 1k\nd1 a 0 dm ic=0.3\nc1 a 0 1p\n.model dm d\n.tran 1n 10n uic\n.end\n"
    with pytest.warns(DeckWarning, match="'ic' of 'd1' is ignored: a diode's junction starts at its nodes'"):
        Circuit.from_text(deck).run()
