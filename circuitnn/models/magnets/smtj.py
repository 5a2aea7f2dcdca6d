"""Superparamagnetic tunnel junction: a telegraph between two resistances.

    dwell time, parallel        tau = tau0·exp(D·(1 + v/vc))
    dwell time, antiparallel    tau = tau0·exp(D·(1 - v/vc))
    i = v/rp  or  v·(1 + v²/vh²)/(rp·(1 + v²/vh² + tmr0))
    D = delta·Tnom/T

Positive voltage favours the parallel state. The exponents stop at 0, beyond the critical voltage.

Flips are events at exact times, not decisions in each time step: the hazard h, with dh/dt = 1/tau(v), grows until it
reaches a number drawn from the exponential distribution; then the junction flips, h returns to 0 and the next number is
drawn. The times of flips therefore follow from the seed and the waveform, not from the time steps, and under a constant
voltage dwell times are exponential with mean tau.

Switching itself takes no time here (a nanosecond in reality); tau0 = 1 ns is a convention, and measured ones are
smaller by orders of magnitude, in which case delta is the larger. The default numbers are round: no device is claimed.

Noise: 2q·i·coth(qv/2kT) of tunnelling, T that of the instance; 4kT/R at rest. The telegraph is drawn in transients;
noise analyses have the junction as the operating point leaves it.

References
----------
L. Néel, Ann. Géophys. 5, 99 (1949); W. F. Brown, Phys. Rev. 130, 1677 (1963), doi:10.1103/PhysRev.130.1677.
W. Rippard, R. Heindl, M. Pufall, S. Russek, A. Kos, Phys. Rev. B 84, 064439 (2011),
doi:10.1103/PhysRevB.84.064439: dwell times under spin torque.
"""

from __future__ import annotations

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import exp, max_, min_, symbol, where
from circuitnn.models.declarations import NOMINAL
from circuitnn.models.fluctuations import shot
from circuitnn.models.model import Equations, Model, Parameter, State


class SMTJ(Model):
    """Two-terminal magnetic tunnel junction that heat flips."""

    name = "smtj"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    parameters = (
        Parameter("delta", 10.0, "", "energy barrier over k·Tnom", low=0.0, high=200.0),
        Parameter("tau0", 1e-9, "s", "attempt time", low=1e-18),
        Parameter("vc", 0.5, "V", "critical voltage", low=1e-6),
        Parameter("rp", 3e3, "Ohm", "resistance when parallel", low=1e-3),
        Parameter("tmr0", 1.0, "", "(rap - rp)/rp at 0 V", low=0.0),
        Parameter("vh", 0.5, "V", "voltage that halves the magnetoresistance", low=1e-6),
        Parameter("ap0", 0.0, "", "1: antiparallel at first", low=0.0, high=1.0),
        NOMINAL,
    )
    states = (State("h", "", "hazard since the last flip", 0.0),)
    memories = {"ap": "ap0"}
    randoms = {"e": "exponential"}

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, ap = m.voltage("plus", "minus"), symbol("ap") > 0.5
        ratio = m["tmr0"] / (1.0 + (v / m["vh"]) ** 2)
        current = v / (m["rp"] * where(ap, 1.0 + ratio, 1.0))
        m.flow("plus", "minus", current)
        shot(m, "shot", "plus", "minus", current)
        barrier = m["delta"] * (m["tnom"] + KELVIN) / (m["temp"] + KELVIN)
        exponent = barrier * max_(1.0 + where(ap, -v, v) / m["vc"], 0.0)
        m.state("h", exp(-min_(exponent, 600.0)) / m["tau0"])
        m.event("flip", m.unknown("h") - symbol("e"), {"h": 0.0, "ap": where(ap, 0.0, 1.0)}, redraw=("e",))
