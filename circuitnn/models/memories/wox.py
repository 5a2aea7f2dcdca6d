"""Tungsten-oxide memristor of the Michigan group: a synapse with short-term memory.

    i = (1 - w)·alpha·(1 - exp(-beta·v)) + w·gamma·sinh(delta·v)
    dw/dt = rate·(eta1·sinh(eta2·v) - w/tau)

With tau = 0 nothing decays. The state stops at 0 and 1, over the last 1e-4. sinh and exp continue as straight
lines far outside.

Noise: 2q·i·coth(qv/2kT) of Schottky contact and tunnelling alike, T that of the instance; 4kT times the conductance
at rest.

References
----------
T. Chang et al., "Synaptic behaviors and modeling of a metal oxide memristive device", Appl. Phys. A 102, 857
(2011), doi:10.1007/s00339-011-6296-1. Numbers of the public SPICE transcription ``memristor_umich``.
"""

from __future__ import annotations

from circuitnn.equations.graph import limexp, limited_sinh, max_, u2, where
from circuitnn.models.fluctuations import shot
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

MICHIGAN = {
    "alpha": 0.5e-6,
    "beta": 0.5,
    "gamma": 4e-6,
    "delta": 2.0,
    "rate": 4.5,
    "eta1": 0.004,
    "eta2": 4.0,
    "tau": 10.0,
}


class WOx(Model):
    """Two-terminal memristor that forgets."""

    name = "wox"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "michigan": ParameterSet(
            "Numbers of the public SPICE transcription; model of doi:10.1007/s00339-011-6296-1",
            MICHIGAN,
        )
    }
    parameters = (
        Parameter("alpha", MICHIGAN["alpha"], "A", "current scale of the junction", low=0.0),
        Parameter("beta", MICHIGAN["beta"], "1/V", "steepness of the junction", low=0.0),
        Parameter("gamma", MICHIGAN["gamma"], "A", "current scale of the filament", low=0.0),
        Parameter("delta", MICHIGAN["delta"], "1/V", "steepness of the filament", low=0.0),
        Parameter("rate", MICHIGAN["rate"], "", "factor of all rates", low=0.0),
        Parameter("eta1", MICHIGAN["eta1"], "1/s", "speed scale of the state", low=0.0),
        Parameter("eta2", MICHIGAN["eta2"], "1/V", "steepness of the speed", low=0.0),
        Parameter(
            "tau", MICHIGAN["tau"], "s", "time constant of forgetting times `rate`; 0 for none", low=0.0
        ),
        Parameter("w0", 0.0, "", "initial state", low=0.0, high=1.0),
    )
    states = (State("w", "", "part of the area that filaments cover", "w0", low=0.0, high=1.0),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, w = m.voltage("plus", "minus"), m.unknown("w")
        inside = u2(w)
        junction = m["alpha"] * (1.0 - limexp(-m["beta"] * v))
        current = (1.0 - inside) * junction + inside * m["gamma"] * limited_sinh(m["delta"] * v)
        m.flow("plus", "minus", current)
        shot(m, "shot", "plus", "minus", current)
        decay = where(m["tau"] > 0.0, 1.0 / max_(m["tau"], 1e-30), 0.0)
        rate = m["rate"] * (m["eta1"] * limited_sinh(m["eta2"] * v) - decay * w)
        m.state("w", rate)
