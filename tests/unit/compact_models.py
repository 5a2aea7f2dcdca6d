"""Compact models for tests, made known at run time as a user would do it."""

from circuitnn.equations.graph import cosh, exp, sinh, where
from circuitnn.models import Model, Parameter, State, register


class Drift(Model):
    """Linear ion drift with the window 4x(1-x), exactly solvable."""

    name = "testdrift"
    terminals = ("plus", "minus")
    parameters = (
        Parameter("ron", 100.0, "Ohm", "resistance at x = 1", low=0.0),
        Parameter("roff", 16e3, "Ohm", "resistance at x = 0", low=0.0, aliases=("rhigh",)),
        Parameter("kappa", 1e4, "1/C", "mobility times ron over length squared"),
        Parameter("x0", 0.5, "", "initial state", low=0.0, high=1.0),
        Parameter("x1", "x0", "", "what x0 is unless given"),
    )
    states = (State("x", "", "doped fraction", "x0"),)

    @classmethod
    def equations(cls, m):
        x = m.unknown("x")
        current = m.voltage("plus", "minus") / (m["ron"] * x + m["roff"] * (1.0 - x))
        m.flow("plus", "minus", current)
        m.state("x", m["kappa"] * current * 4.0 * x * (1.0 - x))


class Threshold(Model):
    """Bounded state that moves above a threshold; three terminals, a charge and an inner node."""

    name = "testthreshold"
    keywords = ("testthreshold", "testth")
    terminals = ("top", "bottom", "gate")
    internal = ("inner",)
    collapse = {"inner": ("top", "rs")}
    flags = {"reset": ("x0", 0.0)}
    parameters = (
        Parameter("g", 1e-3, "S", "conductance", low=0.0),
        Parameter("v0", 0.3, "V", "scale of the exponential", low=1e-3),
        Parameter("rs", 10.0, "Ohm", "series resistance", low=0.0),
        Parameter("cj", 1e-12, "F", "capacitance", low=0.0),
        Parameter("vt", 0.5, "V", "threshold", low=0.0),
        Parameter("rate", 1e6, "1/s", "speed"),
        Parameter("x0", 0.25, "", "initial state", low=0.0, high=1.0),
    )
    states = (
        State("x", "", "filament", "x0", low=0.0, high=1.0, stop=1e-2),
        State("heat", "K", "temperature rise", 0.0, hold=False),
    )

    @classmethod
    def equations(cls, m):
        x, heat = m.unknown("x"), m.unknown("heat")
        v = m.voltage("inner", "bottom")
        current = m["g"] * x * m["v0"] * sinh(v / m["v0"]) * exp(heat / 300.0)
        series = where(m["rs"] > 0.0, 1.0 / (m["rs"] + 1e-9), 0.0)
        m.flow("top", "inner", series * m.voltage("top", "inner"))
        m.flow("inner", "bottom", current + m.gmin * v, m["cj"] * v * (1.0 + 0.1 * x))
        m.flow("gate", "bottom", 1e-9 * m.voltage("gate", "bottom"), 1e-15 * m.voltage("gate", "bottom"))
        over = where(v > m["vt"], v - m["vt"], where(v < -m["vt"], v + m["vt"], 0.0))
        m.state("x", m["rate"] * over * cosh(m.voltage("gate", "bottom")))
        m.state("heat", 1e7 * (1e4 * v * current - heat))


register(Drift)
register(Threshold)
