"""Models without fault for the tests of check-model, and what breaks them one way at a time."""

import numpy as np

from circuitnn import contract
from circuitnn.contract.case import Case
from circuitnn.equations.graph import symbol
from circuitnn.models import Model, Parameter, State


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


def with_parameters(*more):
    return (*Good.parameters, *more)


def nothing_but(model, check, said):
    made = found(model)
    assert set(made) == {check}, made
    assert any(said in text for text in made[check]), made


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
