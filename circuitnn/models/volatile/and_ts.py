"""Volatile threshold switch of silver nanodots (AND-TS): separate set and hold voltages of both signs.

    dx/dt = S(bs)·as(x)/taus - (1 - S(br))·ar(x)/taur,   S(b) = 1/(1 + exp(-b))
    bs = (v - vthp)·(v - vthn)/vs²,                       br = (v - vhp)·(v - vhn)/vr²
    as = (1 - exp(-a·x - ds))·(1 - x) + (1 - exp(-a·(1 - x)))·x
    ar = (1 - exp(-a·x))·(1 - x) + (1 - exp(-a·(1 - x) - dr))·x
    i = v·x/ronp, or v·x/ronn where v < 0, + ilk·tanh(v/1 mV)

The filament grows while v is above vthp or below vthn and dissolves while v lies between the hold voltages. Elsewhere
it keeps its size, so operating points hold the state. The source's leakage ilk·sgn(v) is smoothed within a millivolt,
so that nothing flows at 0 V.

The exponents of as and ar were read from a text extraction of the source. From 0 to 0.8 the state takes 246 ns (less
than 210 ns in the source), back to 0.05 it takes 234 ns (less than 240 ns). Cycle-to-cycle variation of the voltages
(standard deviations 38 mV and 10 mV) is not modelled. A deck has the neuron of the source, with its tunnel diode.

Noise: 4kT·i/v, T that of the instance.

References
----------
V. Ostrovskii et al., "Bio-inspired neuron based on threshold selector and tunnel diode capable of excitability
modulation", Neurocomputing 624, 129454 (2025), doi:10.1016/j.neucom.2025.129454, equations 3 and 4.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, exp, limit, tanh, u2, where
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

OSTROVSKII = {
    "taus": 1.2e-7,
    "taur": 1.3e-7,
    "a": 2.0,
    "ds": 0.05,
    "dr": 0.5,
    "vs": 9.9e-3,
    "vr": 17.5e-3,
    "ronp": 806.0,
    "ronn": 1434.0,
    "ilk": 1e-12,
    "vthp": 0.267,
    "vhp": 0.08,
    "vthn": -0.119,
    "vhn": -0.006,
}


def _part(b: Expr) -> Expr:
    """Logistic function, without overflow."""
    return 1.0 / (1.0 + exp(-limit(b, -200.0, 200.0)))


class ANDTS(Model):
    """Two-terminal volatile switch."""

    name = "and_ts"
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "ostrovskii": ParameterSet(
            "Ostrovskii et al., Neurocomputing 624, 129454 (2025), doi:10.1016/j.neucom.2025.129454, "
            "reference cycle",
            OSTROVSKII,
        )
    }
    terminals = ("plus", "minus")
    parameters = (
        Parameter("taus", OSTROVSKII["taus"], "s", "time constant of setting", low=1e-15),
        Parameter("taur", OSTROVSKII["taur"], "s", "time constant of resetting", low=1e-15),
        Parameter("a", OSTROVSKII["a"], "", "kinetic constant", low=0.0, high=30.0),
        Parameter("ds", OSTROVSKII["ds"], "", "displacement of setting: how it starts at x = 0", low=0.0),
        Parameter("dr", OSTROVSKII["dr"], "", "displacement of resetting: how it starts at x = 1", low=0.0),
        Parameter("vs", OSTROVSKII["vs"], "V", "width of the thresholds", low=1e-6),
        Parameter("vr", OSTROVSKII["vr"], "V", "width of the hold voltages", low=1e-6),
        Parameter("ronp", OSTROVSKII["ronp"], "Ohm", "resistance at x = 1, v > 0", low=1e-3),
        Parameter("ronn", OSTROVSKII["ronn"], "Ohm", "resistance at x = 1, v < 0", low=1e-3),
        Parameter("ilk", OSTROVSKII["ilk"], "A", "leakage", low=0.0),
        Parameter("vthp", OSTROVSKII["vthp"], "V", "threshold, positive"),
        Parameter("vhp", OSTROVSKII["vhp"], "V", "hold voltage, positive"),
        Parameter("vthn", OSTROVSKII["vthn"], "V", "threshold, negative"),
        Parameter("vhn", OSTROVSKII["vhn"], "V", "hold voltage, negative"),
        Parameter("x0", 0.0, "", "initial state", low=0.0, high=1.0),
    )
    drive = Drive("PWL(0 0 2u 0.4 4u 0 6u -0.4 8u 0)", "n1 in 0 m", "1n 8u 0 1n uic", 5e-3, 3e-9)
    states = (State("x", "", "completeness of the filament", "x0"),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, state = m.voltage("plus", "minus"), m.unknown("x")
        x = u2(state)
        sets = _part((v - m["vthp"]) * (v - m["vthn"]) / (m["vs"] * m["vs"]))
        resets = _part(-(v - m["vhp"]) * (v - m["vhn"]) / (m["vr"] * m["vr"]))
        near, far = m["a"] * x, m["a"] * (1.0 - x)
        grows = (1.0 - exp(-near - m["ds"])) * (1.0 - x) + (1.0 - exp(-far)) * x
        shrinks = (1.0 - exp(-near)) * (1.0 - x) + (1.0 - exp(-far - m["dr"])) * x
        # what Newton's method puts outside of 0 … 1 is drawn back
        m.state("x", sets * grows / m["taus"] - resets * shrinks / m["taur"] + (x - state) / m["taus"])
        conductance = x / where(v < 0.0, m["ronn"], m["ronp"])
        current = conductance * v + m["ilk"] * tanh(v / 1e-3)
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
