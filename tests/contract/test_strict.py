"""Models that are wrong in one way each, and what check-model says of them: that, and nothing else."""

import json
import re

import numpy as np
import pytest

from circuitnn import contract
from circuitnn.cli import execute
from circuitnn.contract import (
    check_model,
    coverage,
    edges,
    equations,
    heat,
    report,
    smooth,
    structure,
    values,
)
from circuitnn.contract.case import Case
from circuitnn.contract.drive import response
from circuitnn.equations.graph import abs_, floor, ln, max_, sin, sqrt, symbol, tanh, where
from circuitnn.errors import DeckWarning
from circuitnn.models import Drive, Model, Parameter, State, catalogue
from circuitnn.session import Circuit


def told(outcome):
    return [str(finding) for finding in outcome.findings]


class Good(Model):
    """A conductance that a state moves: nothing is wrong with it.

    No device is meant; it is here to be broken, one way at a time, by the classes derived from it.
    """

    name = "good_for_test"
    terminals = ("plus", "minus")
    parameters = (
        Parameter("g", 1e-3, "S", "conductance", low=0.0),
        Parameter("k", 1e6, "1/(V s)", "speed", low=1.0),
    )
    states = (State("x", "", "conducting part", 0.5, low=0.0, high=1.0),)
    claims = frozenset({"passive", "no current at zero bias"})

    @classmethod
    def equations(cls, m):
        m.flow("plus", "minus", cls.current(m, m.voltage("plus", "minus")))
        m.state("x", cls.rate(m, m.voltage("plus", "minus")))

    @classmethod
    def current(cls, m, v):
        x = m.unknown("x")
        return m["g"] * (1.0 + x * x) * v

    @classmethod
    def rate(cls, m, v):
        return m["k"] * v


def broken(**attributes):
    """The good model with some of its parts exchanged."""
    parts = {
        k: classmethod(v) if callable(v) and not isinstance(v, type) else v for k, v in attributes.items()
    }
    return type("Broken", (Good,), {"__doc__": Good.__doc__, **parts})


def found(model):
    """All findings of all checks but the description of this file, and what is told."""
    outcomes = [check(Case(model)) for check in contract.BATTERY if check.__name__ != "described"]
    assert all(o.worst >= 0.0 or np.isnan(o.worst) for o in outcomes)
    return {o.check: told(o) for o in outcomes if o.findings}


def test_the_good_model_has_no_findings():
    assert found(Good) == {}


def with_parameters(*more):
    return (*Good.parameters, *more)


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
        "the parameter G and the parameter g differ in case only, which decks do not tell apart",
    ),
    (
        broken(terminals=("X", "minus"), equations=lambda cls, m: None),
        "the state x and the node X differ in case only, which decks do not tell apart",
    ),
    (broken(memories={"k": 0.0}), "the memory k is called as the parameter"),
    (broken(parameters=with_parameters(Parameter("Time", 1.0, "", "a"))), "the parameter Time is called as"),
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


# Each of the following breaks one rule, which one check finds.


def nothing_but(model, check, said):
    made = found(model)
    assert set(made) == {check}, made
    assert any(said in text for text in made[check]), made


def test_jump_of_a_current():
    jump = lambda cls, m, v: m["g"] * v * where(v > 0.31, 1.001, 1.0)  # noqa: E731
    nothing_but(broken(current=jump), "jumps and kinks", "jump of the current of plus at 0.31 = plus - minus")


def test_jump_at_a_value_that_is_hit_exactly():
    jump = lambda cls, m, v: m["k"] * v * where(m.unknown("x") > 0.5, 2.0, 1.0)  # noqa: E731
    nothing_but(broken(rate=jump), "jumps and kinks", "jump of the rate of x at 0.5 = x")


def test_narrow_notch():
    notch = lambda cls, m, v: m["g"] * v * where(abs_(v - 0.3) < 1e-4, 1.2, 1.0)  # noqa: E731
    nothing_but(
        broken(current=notch), "jumps and kinks", "jump of the current of plus at abs(plus - minus - 0.3)"
    )


def test_small_jump_at_a_surface_of_several_unknowns():
    jump = lambda cls, m, v: m["g"] * v * where(v * m.unknown("x") > 0.31, 1.00001, 1.0)  # noqa: E731
    nothing_but(broken(current=jump), "jumps and kinks", "jump of the current of plus")


def test_jump_of_a_rate():
    jump = lambda cls, m, v: m["k"] * where(v > 0.2, v, 0.5 * v)  # noqa: E731
    nothing_but(broken(rate=jump), "jumps and kinks", "jump of the rate of x at 0.2 = plus - minus")


def test_jump_of_a_charge():
    def stored(cls, m):
        Good.equations.__func__(cls, m)
        v = m.voltage("plus", "minus")
        m.flow("plus", "minus", charge=1e-12 * where(v > 0.1, v + 1e-3, v))

    nothing_but(broken(equations=stored), "jumps and kinks", "jump of the charge of plus at")


def test_stairs():
    stairs = lambda cls, m, v: m["g"] * 0.1 * floor(10.0 * abs_(v)) * v  # noqa: E731
    nothing_but(broken(current=stairs), "jumps and kinks", "jump of the current of plus at whole")


def test_declared_jumps_are_told():
    jump = lambda cls, m, v: m["k"] * where(v > 0.2, v, 0.5 * v)  # noqa: E731
    outcome = smooth.jumps(Case(broken(rate=jump, jumps="so the law was published")))
    assert outcome.passed
    assert "jump of the rate of x at 0.2 = plus - minus: so the law was published" in outcome.notes


def test_kinks_are_told_and_fail_where_smoothness_is_claimed():
    kink = lambda cls, m, v: m["g"] * (v + max_(v - 0.3, 0.0))  # noqa: E731
    outcome = smooth.jumps(Case(broken(current=kink)))
    assert outcome.passed
    assert "kink of the current of plus at plus - minus - 0.3 = 0" in outcome.notes or any(
        note.startswith("kink of the current of plus") for note in outcome.notes
    )
    claimed = broken(
        current=kink,
        claims=frozenset({"smooth"}),
        states=(),
        equations=lambda cls, m: m.flow("plus", "minus", cls.current(m, m.voltage("plus", "minus"))),
        parameters=Good.parameters[:1],
    )
    outcome = smooth.jumps(Case(claimed))
    assert told(outcome)[0].startswith("kink of the current of plus")
    soft = lambda cls, m, v: m["g"] * (v + 0.1 * tanh(v / 0.1))  # noqa: E731
    assert smooth.jumps(Case(broken(current=soft, claims=frozenset()))).passed


def test_continuous_pieces_are_no_jump():
    """Steep, piecewise and with a removable gap: all continuous."""
    for current in (
        lambda cls, m, v: m["g"] * where(v > 0.2, 0.2 + 7.0 * (v - 0.2), v),
        lambda cls, m, v: m["g"] * tanh(1e6 * (v - 0.2)) + m["g"] * v,
        lambda cls, m, v: m["g"] * where(v > 0.0, 1e9 * v, v),
    ):
        assert smooth.jumps(Case(broken(current=current, claims=frozenset()))).passed


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
    nothing_but(broken(parameters=gain, current=negative), "ends of ranges", "power that comes out")
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


class Warm(Good):
    """A resistor with a temperature. No device is meant."""

    name = "warm_for_test"
    parameters = (
        Parameter("g", 1e-3, "S", "conductance", low=0.0),
        Parameter("rth", 1e5, "K/W", "thermal resistance", low=1.0),
        Parameter("cth", 1e-12, "J/K", "heat capacity", low=1e-15),
    )
    states = (State("t", "K", "temperature", symbol("temp") + 273.15, tolerance=1e-4, hold=False),)
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    given, lost_more, warms = 0.0, 0.0, 0.0

    @classmethod
    def equations(cls, m):
        v = m.voltage("plus", "minus")
        current = m["g"] * v
        m.flow("plus", "minus", current)
        m.state("t", (v * current + cls.given - cls.loss(m)) / m["cth"])

    @classmethod
    def loss(cls, m):
        return (m.unknown("t") - m["temp"] - 273.15) / m["rth"]

    @classmethod
    def energy(cls, m):
        return m["cth"] * m.unknown("t"), cls.loss(m) - cls.given


def warm(**attributes):
    return type("Altered", (Warm,), {"__doc__": Warm.__doc__, **attributes})


def test_heat():
    assert found(Warm) == {}
    nothing_but(
        warm(claims=frozenset({"passive", "no current at zero bias"})),
        "heat",
        "state t is a temperature: state",
    )
    # taken from nowhere, and the energy balance says that it is so
    nothing_but(
        warm(given=1e-4), "heat", "t without a voltage rests away from any temperature of surroundings"
    )
    elsewhere = classmethod(lambda cls, m: (m.unknown("t") - 310.0) / m["rth"])
    nothing_but(warm(loss=elsewhere), "heat", "rests away from any temperature of surroundings")
    runaway = classmethod(lambda cls, m: -(m.unknown("t") - m["temp"] - 273.15) / m["rth"])
    made = found(warm(loss=runaway))
    assert any("does not fall back from 20 K above its rest" in text for text in made["heat"])


def test_energy_that_is_not_accounted_for():
    class Forgets(Warm):
        @classmethod
        def energy(cls, m):
            return m["cth"] * m.unknown("t"), 0.5 * cls.loss(m)

    nothing_but(Forgets, "energy balance", "power not accounted for")


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


def test_temperature_in_celsius():
    celsius = (State("t", "°C", "temperature", symbol("temp"), tolerance=1e-4, hold=False),)
    loss = classmethod(lambda cls, m: (m.unknown("t") - m["temp"]) / m["rth"])
    assert found(warm(states=celsius, loss=loss)) == {}
    nothing_but(warm(states=celsius, loss=loss, given=1e-4), "heat", "rests away from any temperature")


# The report.


def test_report_says_all(tmp_path):
    made = check_model(Good, ngspice=False)
    page = made.as_markdown()
    assert page.startswith("# FAILED: good_for_test, 1 of ")  # the page of this file says little
    assert re.search(r"circuitnn \d+\.\d+.*, Python 3\.\d+.*, NumPy \d.*, ngspice .*; seed 0\.", page)
    assert re.search(r"\| x \| [\d.]+ \|", page)
    data = json.loads(made.as_json())
    assert next(iter(data)) == "verdict" and data["verdict"] == made.summary()
    assert set(data["versions"]) == {"circuitnn", "Python", "NumPy", "ngspice"}
    assert data["seed"] == 0 and 0.2 < data["moved"]["x"] <= 1.1
    assert data["drive"]["source"].startswith("SIN(")


def test_command_writes_the_verdict_first_and_pictures(tmp_path, capsys):
    page = tmp_path / "out.md"
    assert execute(["check-model", "vteam", "--without-ngspice", "-o", str(page)]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("PASSED: vteam, ")
    text = page.read_text(encoding="utf-8")
    assert text.splitlines()[0].startswith("# PASSED: vteam, ")
    for what in ("drive", "response"):
        assert f"![{what}](out-vteam-{what}.png)" in text
        picture = tmp_path / f"out-vteam-{what}.png"
        assert picture.read_bytes()[:4] == b"\x89PNG" and picture.stat().st_size > 5000


BAD = '''
"""Test bench of the command, with nothing right in it: no device is meant. It has one parameter whose default is
another's, and that other's default is the first again, so that neither has a number at all.
"""
from circuitnn.models import Model, Parameter


class Circle(Model):
    name = "circle_for_test"
    terminals = ("plus", "minus")
    parameters = (Parameter("a", "b", "S", "one"), Parameter("b", "a", "S", "other"))

    @classmethod
    def equations(cls, m):
        m.flow("plus", "minus", m["a"] * m["b"] * m.voltage("plus", "minus"))
'''


def test_command_tells_of_a_circle_without_a_traceback(tmp_path, capsys):
    file = tmp_path / "circle.py"
    file.write_text(BAD, encoding="utf-8")
    assert execute(["check-model", str(file)]) == 1
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "FAILED: circle_for_test, 1 of 1 checks"
    assert "the defaults of parameters lead in a circle: a → b → a" in said


def test_versions_are_told_where_ngspice_is_missing(monkeypatch):
    monkeypatch.setattr(report.ngspice.shutil, "which", lambda name: None)
    assert report.versions()["ngspice"] == "not found"


def test_kirchhoff_at_small_and_large_voltages_and_edges_run():
    assert equations.kirchhoff(Case(Good)).passed and edges.edges(Case(Good)).passed
    assert coverage.coverage(Case(Good)).passed and heat.heat(Case(Good)).skipped


def test_initial_voltage_of_a_diode_warns():
    deck = "t\nv1 b 0 1\nr1 b a 1k\nd1 a 0 dm ic=0.3\nc1 a 0 1p\n.model dm d\n.tran 1n 10n uic\n.end\n"
    with pytest.warns(
        DeckWarning, match="'ic' of 'd1' is ignored: transients with uic start from node voltages"
    ):
        Circuit.from_text(deck).run()
