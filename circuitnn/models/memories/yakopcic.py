"""Yakopcic's generalised memristor.

    i = a1·x·sinh(b·v) for v ≥ 0,  a2·x·sinh(b·v) for v < 0
    dx/dt = eta · g(v) · f(v, x)
    g = ap·(exp(v) - exp(vp))        v > vp
        -an·(exp(-v) - exp(vn))      v < -vn
        0                            between
    f, where eta·v ≥ 0:   exp(-alphap·(x - xp)) · (1 - x)/(1 - xp)      x ≥ xp,       else 1
       where eta·v < 0:   exp(alphan·(x + xn - 1)) · x/(1 - xn)         x ≤ 1 - xn,   else 1

with voltages in volts as numbers. Rates that point outward also fade to zero over the last 1e-4 of the range
0 ≤ x ≤ 1, and the current takes x from that range. sinh continues as a straight line beyond |b·v| = 40.

Fitted behaviour, not physics: valid inside the range the parameters were fitted in.

Noise: 2q·i·coth(qv/2kT), electrons crossing a barrier one by one, T that of the instance; 4kT times the conductance
at rest.

References
----------
C. Yakopcic, T. M. Taha, G. Subramanyam, R. E. Pino, "Generalized Memristive Device SPICE Model and its
Application in Circuit Design", IEEE TCAD 32, 1201 (2013), doi:10.1109/TCAD.2013.2252057.
"""

from __future__ import annotations

from circuitnn.equations.graph import exp, limexp, limited_sinh, u2, where
from circuitnn.models.fluctuations import shot
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

OBLEA = {
    "a1": 0.17,
    "a2": 0.17,
    "b": 0.05,
    "vp": 0.16,
    "vn": 0.15,
    "ap": 4000.0,
    "an": 4000.0,
    "xp": 0.3,
    "xn": 0.5,
    "alphap": 1.0,
    "alphan": 5.0,
    "eta": 1.0,
    "x0": 0.11,
}


KNOWM = OBLEA | {"vp": 0.65, "vn": 0.56}
AGUIRRE = OBLEA | {
    "a1": 7e-5,
    "a2": 7e-5,
    "b": 1.9,
    "vp": 0.4,
    "vn": 0.3,
    "ap": 1.0,
    "an": 1.0,
    "xp": 0.9,
    "xn": 0.7,
    "alphap": 3.0,
    "alphan": 8.0,
}
ASYMMETRIC = OBLEA | {
    "a1": 23.4e-6,
    "a2": 0.4e-6,
    "b": 1.1,
    "vp": 1.9,
    "vn": 0.5,
    "ap": 0.08,
    "an": 0.5,
    "xp": 0.2,
    "xn": 0.01,
    "alphap": 1.2,
    "alphan": 3.0,
}
_PUBLIC = "of the model of doi:10.1109/TCAD.2013.2252057; no device is claimed"


class Yakopcic(Model):
    """Two-terminal memristor with thresholds and a sinh current."""

    name = "yakopcic"
    hidden_units = "the published speed is exp(v) with v in volts"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "oblea": ParameterSet(
            "Fit to the Ag-chalcogenide devices of A. S. Oblea et al., IJCNN 2010, for the model of "
            "doi:10.1109/TCAD.2013.2252057, as in the regression tests of Xyce",
            OBLEA,
        ),
        "knowm": ParameterSet(f"Public SPICE collection of Knowm {_PUBLIC}", KNOWM),
        "aguirre": ParameterSet(f"Public HSPICE text of Aguirre {_PUBLIC}", AGUIRRE),
        "asymmetric": ParameterSet(f"Public SPICE text {_PUBLIC}", ASYMMETRIC),
    }
    parameters = (
        Parameter("a1", OBLEA["a1"], "A", "current scale, v ≥ 0"),
        Parameter("a2", OBLEA["a2"], "A", "current scale, v < 0"),
        Parameter("b", OBLEA["b"], "1/V", "curvature of the current", low=0.0),
        Parameter("vp", OBLEA["vp"], "V", "positive threshold", low=0.0),
        Parameter("vn", OBLEA["vn"], "V", "size of the negative threshold", low=0.0),
        Parameter("ap", OBLEA["ap"], "1/s", "speed beyond the positive threshold", low=0.0),
        Parameter("an", OBLEA["an"], "1/s", "speed beyond the negative threshold", low=0.0),
        Parameter("xp", OBLEA["xp"], "", "where upward motion starts to slow down", low=0.0, high=0.999),
        Parameter("xn", OBLEA["xn"], "", "1 - xn is where downward motion does", low=0.0, high=0.999),
        Parameter("alphap", OBLEA["alphap"], "", "slowing down of upward motion", low=0.0),
        Parameter("alphan", OBLEA["alphan"], "", "slowing down of downward motion", low=0.0),
        Parameter(
            "eta", OBLEA["eta"], "", "1 or -1: direction of motion at positive voltage", low=-1.0, high=1.0
        ),
        Parameter("x0", OBLEA["x0"], "", "initial state", low=0.0, high=1.0),
    )
    states = (State("x", "", "state of the device", "x0", low=0.0, high=1.0),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, x = m.voltage("plus", "minus"), u2(m.unknown("x"))
        scale = where(v >= 0.0, m["a1"], m["a2"])
        current = scale * x * limited_sinh(m["b"] * v)
        m.flow("plus", "minus", current)
        shot(m, "shot", "plus", "minus", current)
        # Each exponential serves both signs.
        positive, beyond = v > 0.0, where(v > 0.0, v - m["vp"], -v - m["vn"]) > 0.0
        growth = limexp(where(positive, v, -v)) - exp(where(positive, m["vp"], m["vn"]))
        rate = where(beyond, m["eta"] * where(positive, m["ap"], -m["an"]) * growth, 0.0)
        up = m["eta"] * v >= 0.0
        edge = where(up, m["xp"], 1.0 - m["xn"])
        slows = where(up, x >= edge, x <= edge)
        fade = exp(where(up, -m["alphap"], m["alphan"]) * (x - edge))
        room = where(up, (1.0 - x) / (1.0 - m["xp"]), x / (1.0 - m["xn"]))
        m.state("x", rate * where(slows, fade * room, 1.0))
