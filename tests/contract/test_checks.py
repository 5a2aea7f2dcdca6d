"""Every check of a model fails where it must, and says where and by how much."""

import dataclasses

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.contract import (
    BATTERY,
    Case,
    activity,
    behaviour,
    check_model,
    documentation,
    equations,
    ngspice_run,
    twin,
)
from circuitnn.equations.graph import exp, symbol, tanh, where
from circuitnn.equations.kernel import handle
from circuitnn.models import Model, Parameter, ParameterSet, State, catalogue
from circuitnn.models.self_heating import with_node


def told(outcome):
    return [str(finding) for finding in outcome.findings]


class Sound(Model):
    """A conductance that a state moves: nothing is wrong with it.

    No device is claimed; it is here to be broken, one way at a time, by the classes derived from it.
    """

    name = "sound"
    terminals = ("plus", "minus")
    parameters = (Parameter("g", 1e-3, "S", "conductance", low=0.0), Parameter("k", 1e6, "1/(V s)", "speed"))
    states = (State("x", "", "conducting part", 0.5, low=0.0, high=1.0),)
    claims = frozenset({"passive", "no current at zero bias"})

    @classmethod
    def equations(cls, m):
        m.flow("plus", "minus", cls.current(m, m.voltage("plus", "minus")))
        m.state("x", cls.rate(m, m.voltage("plus", "minus")))

    @classmethod
    def current(cls, m, v):
        return m["g"] * (1.0 + m.unknown("x") * m.unknown("x")) * v

    @classmethod
    def rate(cls, m, v):
        return m["k"] * v


@pytest.mark.parametrize(
    "check", [c for c in BATTERY if c is not documentation.described], ids=lambda c: c.__name__
)
def test_sound(check):
    outcome = check(Case(Sound))
    assert outcome.passed, told(outcome)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_far_out_on_a_sigmoid_rounding_is_no_deviation(power):
    """1 - tanh² is only rounding there, of which the back ends' functions have one each."""

    class Sigmoid(Sound):
        @classmethod
        def rate(cls, m, v):
            return m["k"] * tanh((v / 0.5) ** power)

    outcome = equations.back_ends(Case(Sigmoid))
    assert outcome.passed, told(outcome)


class LeakyCurrent(Sound):
    @classmethod
    def equations(cls, m):
        super().equations(m)
        m.f["plus"] = m.f["plus"] + 1e-9


class LeakyCharge(Sound):
    @classmethod
    def equations(cls, m):
        super().equations(m)
        m.q["minus"] = m.q["minus"] + 1e-15 * m.voltage("plus", "minus")


@pytest.mark.parametrize(("model", "what"), [(LeakyCurrent, "currents"), (LeakyCharge, "charges")])
def test_kirchhoff_can_fail(model, what):
    outcome = equations.kirchhoff(Case(model))
    assert told(outcome)[0].startswith(f"sum of the {what}; off by")
    assert len(outcome.findings) == 1


@pytest.mark.parametrize("part", ["f", "q"])
def test_derivatives_can_fail(part):
    case = Case(catalogue()["diode"])
    entries = getattr(case.kernel, "G" if part == "f" else "C")
    (row, col, e), *rest = entries
    for wrong in ([(row, col, e * (1.0 + 1e-4)), *rest], rest):
        case.kernel = dataclasses.replace(
            catalogue()["diode"].kernel(), **{"G" if part == "f" else "C": tuple(wrong)}
        )
        assert told(equations.derivatives(case))[0].startswith(f"∂{part}[")


def test_wrong_on_one_side_of_an_edge():
    """A slope that is wrong in a small part of the points is seen."""
    case = Case(Sound)
    k = case.kernel
    edge = where(symbol("plus") > 0.89, 1.001, 1.0)
    case.kernel = dataclasses.replace(k, G=tuple((row, col, e * edge) for row, col, e in k.G))
    finding = equations.derivatives(case).findings[0]
    assert 0 < finding.bad < 12
    assert finding.where["unknowns"]["plus"] > 0.89


class Fake:
    """A back end of another mind."""

    backend = "bytecode"

    def __init__(self, kernel, change):
        self.real, self.change = handle(kernel), change

    def evaluate(self, x, columns, globals_):
        return self.change(np.array(self.real.evaluate(x, columns, globals_)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda y: y * (1.0 + 1e-11), "bytecode against numpy"),
        (
            lambda y: y * (1.0 + 2e-16 * (y.shape[1] == 1)),
            "a device alone gives other bits than in a group (bytecode)",
        ),
        (lambda y: np.where(np.arange(y.shape[1]) == 7, np.nan, y), "bytecode against numpy"),
    ],
)
def test_back_ends_can_fail(change, said, monkeypatch):
    monkeypatch.setattr(equations, "assemble", lambda kernel: Fake(kernel, change))
    outcome = equations.back_ends(Case(Sound))
    assert any(said in text for text in told(outcome))


class Overflowing(Sound):
    @classmethod
    def current(cls, m, v):
        return exp(10.0 * v) * exp(9.0 * v) * exp(8.0 * v) * exp(7.0 * v)


def test_finite_can_fail():
    assert "not finite at unknowns within ±" in told(equations.finite(Case(Overflowing)))[0]


class LocksUp(Sound):
    """The window of Joglekar on the state itself: rates at the ends are 0 both ways."""

    @classmethod
    def rate(cls, m, v):
        x = m.unknown("x")
        return m["k"] * v * 4.0 * x * (1.0 - x)


class RunsOn(Sound):
    @classmethod
    def equations(cls, m):
        super().equations(m)
        m.f["x"] = -cls.rate(m, m.voltage("plus", "minus"))


class RunsOnBeyond(Sound):
    @classmethod
    def equations(cls, m):
        super().equations(m)
        m.f["x"] = where(symbol("x") > 1.001, -m["k"], m.f["x"])


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (LocksUp, "x does not return from 0"),
        (RunsOn, "x at 0 leaves its range"),
        (RunsOnBeyond, "x above 1 still moves outwards"),
    ],
)
def test_bounds_can_fail(model, said):
    assert any(said in text for text in told(behaviour.bounds(Case(model))))


class Chatters(Sound):
    memories = {"on": 0.0}

    @classmethod
    def equations(cls, m):
        super().equations(m)
        m.event("flip", m.voltage("plus", "minus") - 0.5, {"on": 1.0 - symbol("on")})


def test_events_can_fail():
    assert "(sets on) still holds after it" in told(behaviour.events(Case(Chatters)))[0]


class Generates(Sound):
    """Gives power in a corner only: at high x and small negative voltages."""

    @classmethod
    def current(cls, m, v):
        corner = where(m.unknown("x") > 0.95, where(v > -0.1, where(v < 0.0, 1.0, 0.0), 0.0), 0.0)
        return super().current(m, v) * (1.0 - 2.0 * corner)


def test_passive_can_fail():
    finding = activity.passive(Case(Generates)).findings[0]
    assert finding.what.startswith("power delivered")
    at = finding.where["unknowns"]
    assert at["x"] > 0.95 and -0.1 < at["plus"] - at["minus"] < 0.0


class Biased(Sound):
    @classmethod
    def current(cls, m, v):
        return super().current(m, v) + 1e-12


def test_zero_bias_can_fail():
    assert "current at zero bias" in told(behaviour.zero_bias(Case(Biased)))[0]


class Implicit(Sound):
    """The current is an unknown of its own: i = g·(v - 100·i), wrong by `offset` at no voltage."""

    offset = 0.0
    states = (*Sound.states, State("i", "A", "current", 0.0, tolerance=1e-9, hold=False))

    @classmethod
    def current(cls, m, v):
        i = m.unknown("i")
        m.state("i", m["g"] * (v - 100.0 * i) - i + cls.offset, storage=0.0 * i)
        return i


class BiasedImplicit(Implicit):
    offset = 1e-4


@pytest.mark.parametrize("check", [activity.passive, behaviour.zero_bias])
def test_states_without_storage_are_solved_for(check):
    assert check(Case(Implicit)).passed
    assert not check(Case(BiasedImplicit)).passed


class Heats(Sound):
    """Joule heat into one capacity, lost through one resistance."""

    parameters = (*Sound.parameters, Parameter("c", 1e-12, "J/K", "heat capacity"))
    states = (State("dt", "K", "temperature above the surroundings", 10.0, hold=False),)
    claims = frozenset({"energy balance"})
    share = 1.0

    @classmethod
    def equations(cls, m):
        v = m.voltage("plus", "minus")
        current = m["g"] * v
        m.flow("plus", "minus", current)
        m.state("dt", (v * current - 1e-6 * m.unknown("dt")) / m["c"])

    @classmethod
    def energy(cls, m):
        return m["c"] * m.unknown("dt"), cls.share * 1e-6 * m.unknown("dt")


class Loses(Heats):
    share = 1.0 + 1e-6


def test_energy_can_fail():
    assert behaviour.energy(Case(Heats)).passed
    assert "power not accounted for" in told(behaviour.energy(Case(Loses)))[0]


def test_what_is_not_claimed_is_not_checked():
    class Modest(Generates):
        claims = frozenset()

    for check in (activity.passive, behaviour.zero_bias, behaviour.energy):
        outcome = check(Case(Modest))
        assert (outcome.passed, outcome.skipped) == (True, "not claimed")


def altered(**attributes):
    return type("Altered", (Sound,), {"__doc__": Sound.__doc__, **attributes})


def parameter(name="g", default=1e-3, unit="S", meaning="conductance", **more):
    return {"parameters": (Parameter(name, default, unit, meaning, **more), Sound.parameters[1])}


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (altered(**parameter(meaning=" ")), "parameter g has no meaning"),
        (altered(**parameter(unit="Siemenses")), "'Siemenses' is not a unit"),
        (altered(**parameter(low=1.0)), "its default 0.001 is outside 1 … inf"),
        (altered(**parameter(low=2.0, high=1.0)), "range 2 … 1 is empty"),
        (altered(parameters=(*Sound.parameters, Sound.parameters[0])), "two parameters are called g"),
        (
            altered(parameters=(*Sound.parameters, Parameter("x0", "y0", "", "start"))),
            "y0 is not a parameter",
        ),
        (altered(states=(State("x", "", "", 0.5, low=0.0, high=1.0),)), "state x has no meaning"),
        (
            altered(states=(State("x", "", "part", 1.5, low=0.0, high=1.0),)),
            "may start outside its range 0 … 1",
        ),
        (altered(states=(State("x", "foo", "part", 0.5),)), "'foo' is not a unit"),
        (altered(states=(State("x", "", "part", 0.5, tolerance=0.0),)), "tolerance must be above 0"),
        (altered(claims=frozenset({"free lunch"})), "the claim 'free lunch' is none of"),
        (altered(sets={"a": ParameterSet("hearsay", {})}), "'hearsay' is not a source"),
        (
            altered(sets={"a": ParameterSet("doi:10.1/x", {"z": 1.0})}),
            "set a gives z, which is not a parameter",
        ),
        (altered(sets={"a": ParameterSet("doi:10.1/x", {"g": -1.0})}), "g = -1 is outside its range"),
        (altered(collapse={"inner": ("plus", "g")}), "inner collapses but is not an inner node"),
        (altered(), "a card of type sound means another model"),
    ],
)
def test_description_can_fail(model, said):
    try:
        case = Case(model)
    except KeyError:  # a default that is no parameter: nothing can be drawn
        texts = list(documentation._parameters(model))
    else:
        texts = told(documentation.described(case))
    assert any(said in text for text in texts), texts


def test_page_can_be_wanting(monkeypatch):
    for text, said in (("Short.", "is nearly empty"), ("A long story. " * 20, "names no source")):
        monkeypatch.setattr(documentation, "page_of", lambda model, text=text: text)
        assert any(said in found for found in told(documentation.described(Case(Sound))))


@pytest.mark.parametrize(
    ("unit", "good"),
    [
        *((unit, True) for unit in ("", "Ohm/(V s)", "m²/(V s)", "1/V", "nm", "J/(m³ K)", "°C", "mm s")),
        *((unit, False) for unit in ("A/V^1.5", "volt", "Ohms")),
    ],
)
def test_units(unit, good):
    assert documentation.is_unit(unit) == good


@pytest.mark.skipif(not ngspice_run.available(), reason="ngspice is not installed")
class TestTwinCanFail:
    def test_equations(self, monkeypatch):
        real = twin.twin
        monkeypatch.setattr(twin, "twin", lambda model: real(model, parameters={"roff": 1e3 * (1.0 + 1e-5)}))
        outcome = twin.same_equations(Case(catalogue()["vteam"]))
        assert told(outcome)[0].startswith("current of plus [A]; off by")
        monkeypatch.setattr(twin, "twin", lambda model: real(model, parameters={"kon": -10.0 * (1.0 + 1e-5)}))
        assert told(twin.same_equations(Case(catalogue()["vteam"])))[0].startswith("rate of x")

    def test_transient(self, monkeypatch):
        real = twin.write
        assert "sin(0.0 " in real(Circuit.from_text("t\nv1 a 0 sin(0 1 1)\nr1 a 0 1\n.op\n").flat)
        assert twin.same_transient(Case(catalogue()["pershin"])).passed
        monkeypatch.setattr(twin, "write", lambda flat: real(flat).replace("sin(0.0 ", "sin(0.1 "))
        outcome = twin.same_transient(Case(catalogue()["pershin"]))
        assert told(outcome)[0].startswith("i(v1) against its twin; off by")

    def test_failing_ngspice(self, monkeypatch):
        monkeypatch.setattr(twin, "twin", lambda model: "r1 a b {nothing}")
        assert told(twin.same_equations(Case(catalogue()["fold"])))[0].startswith("ngspice failed: ")


def test_without_ngspice(monkeypatch):
    monkeypatch.setattr(ngspice_run.shutil, "which", lambda name: None)
    report = check_model(catalogue()["fold"])
    assert report.passed
    assert [o.skipped for o in report.outcomes[-2:]] == ["ngspice not found"] * 2


@pytest.mark.parametrize("name", ["pickett", "poole_frenkel"])
@pytest.mark.parametrize("part", ["f", "q"])
def test_energy_of_thermal_nodes_can_fail(name, part):
    """Heat that a node does not get, or that warms nothing."""
    plain = catalogue()[name]

    class Altered(plain):
        name = f"{plain.name}_{part}"

        @classmethod
        def equations(cls, m):
            super().equations(m)
            if "heat" in m.inputs:
                row = getattr(m, part)
                row["heat"] = 1.001 * row["heat"]

    assert behaviour.energy(Case(with_node(plain))).passed
    assert told(behaviour.energy(Case(with_node(Altered))))[0].startswith("power not accounted for")
