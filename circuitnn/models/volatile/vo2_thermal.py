"""Vanadium dioxide heated by its current, with the hysteresis of its resistance in temperature and minor loops.

    i = v/R,   R = r0·exp(ea/T)·g + rm,   cth·dT/dt = v·i - sth·(T - tb)
    g = ½ + ½·tanh(beta·A),   A = delta·w/2 + tc - T - tpr·P((T - tr)/tpr)
    P(x) = ½·(1 - sin(gamma·x))·(1 + tanh(π² - 2·π·x))

delta is 1 while the temperature rises, -1 while it falls. Where it turns, tr becomes the temperature there and tpr
what keeps A (and so R) continuous: tpr = delta·w/2 + tc - A - tr with the new delta and the old A. The turn is an
event, noticed when T moves back at dead·sth/cth [K/s]: the source notices a change of 0.01 K. It starts on the major
heating branch. In R, T is taken between 305 K and 370 K: above, as within a spike, the resistance is rm. Explicit
steps of 2.5 ns, as the source takes them, are 0.8 % off in frequency at 15 V; here 488.4 kHz.

The base is at tb + temp - tnom: tb is what it is at tnom, so that temp, dtemp and .temp move it. Noise: 4kT·i/v at the
temperature T.

With a third node, of heat, the temperature is no state: T - Tb is the voltage of that node, 1 V for 1 K and 1 A for
1 W, with cth and sth inside the device. Resistors [K/W] and capacitors [J/K] couple devices by heat.

References
----------
Y.-H. Zhang, C. Sipling, E. Qiu, I. K. Schuller, M. Di Ventra, "Collective dynamics and long-range order in thermal
neuristor networks", Nat. Commun. 15, 6986 (2024), doi:10.1038/s41467-024-51254-4, and the code published with it.
Hysteresis: L. A. L. de Almeida, G. S. Deep, A. M. N. Lima, H. Neff, "Modeling of the hysteretic metal-insulator
transition in a vanadium dioxide infrared detector", Opt. Eng. 41, 2582 (2002), doi:10.1117/1.1501095.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.equations.graph import Expr, exp, limit, sin, symbol, tanh, where
from circuitnn.models.declarations import NOMINAL, surroundings
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet
from circuitnn.models.self_heating import RATE, store_heat, temperature, thermometer, warming

NEURISTOR = {
    "r0": 5.35882879e-3,
    "ea": 5220.47,
    "rm": 1286.31,
    "w": 7.19357,
    "tc": 332.8058,
    "beta": 0.252796,
    "gamma": 0.9562697,
    "cth": 49.62777e-12,
    "sth": 0.20558726e-3,
    "tb": 325.0,
}
LOW, HIGH = 305.0, 370.0  # K
LONG_AGO = -1e4  # K, a turning point that no longer matters
BASE = surroundings("tb")


class VO2Thermal(Model):
    """Two-terminal device with a thermal insulator-metal transition."""

    name = "vo2_thermal"
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    sets = {
        "neuristor": ParameterSet(
            "Zhang et al., Nat. Commun. 15, 6986 (2024), doi:10.1038/s41467-024-51254-4, published code",
            NEURISTOR,
        )
    }
    terminals: ClassVar[tuple[str, ...]] = ("plus", "minus")
    parameters = (
        Parameter("r0", NEURISTOR["r0"], "Ohm", "insulator's resistance at infinite temperature", low=0.0),
        Parameter("ea", NEURISTOR["ea"], "K", "activation energy of the insulator over k", low=0.0),
        Parameter("rm", NEURISTOR["rm"], "Ohm", "resistance of the metal", low=1e-3),
        Parameter("w", NEURISTOR["w"], "K", "width of the hysteresis", low=0.0),
        Parameter("tc", NEURISTOR["tc"], "K", "middle of the hysteresis", low=1.0),
        Parameter("beta", NEURISTOR["beta"], "1/K", "steepness of the transition", low=0.0),
        Parameter("gamma", NEURISTOR["gamma"], "", "shape of the minor loops"),
        Parameter("cth", NEURISTOR["cth"], "J/K", "heat capacity", low=1e-25),
        Parameter("sth", NEURISTOR["sth"], "W/K", "thermal conductance to the base", low=0.0),
        Parameter("tb", NEURISTOR["tb"], "K", "temperature of the base at tnom", low=1.0),
        Parameter("dead", 0.01, "K", "threshold for detecting a turn of the temperature", low=1e-9),
        NOMINAL,
    )
    states = (thermometer(BASE),)
    heated = (RATE,)
    drive = Drive("DC 12", "n1 a 0 m\nr1 in a 12k\nc1 a 0 145.346p ic=0", "2n 6u 0 2n uic", 2e-2, 2e-8)
    memories = {"delta": 1.0, "tr": LONG_AGO, "tpr": 1.0}

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        t = temperature(m, BASE)
        return m["cth"] * t, m["sth"] * (t - BASE)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, t = m.voltage("plus", "minus"), temperature(m, BASE)
        delta, tr, tpr = symbol("delta"), symbol("tr"), symbol("tpr")
        inside = limit(t, LOW, HIGH)
        x = (inside - tr) / where(abs(tpr) > 1e-9, tpr, 1e-9)
        p = 0.5 * (1.0 - sin(m["gamma"] * x)) * (1.0 + tanh(math.pi * math.pi - 2.0 * math.pi * x))
        distance = 0.5 * delta * m["w"] + m["tc"] - inside - tpr * p
        part = 1.0 / (1.0 + exp(limit(-2.0 * m["beta"] * distance, -200.0, 200.0)))
        current = v / (m["r0"] * exp(m["ea"] / inside) * part + m["rm"])
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current, t)
        power = v * current - m["sth"] * (t - BASE)
        store_heat(m, power, m["cth"], BASE)
        m.event(
            "turns",
            -delta * warming(m, power, m["cth"]) - m["dead"] * m["sth"] / m["cth"],
            {
                "delta": -delta,
                "tr": inside,
                "tpr": -0.5 * delta * m["w"] + m["tc"] - distance - inside,
            },
        )
