"""Niobium oxide of third order: hopping, heat, and a transition with hysteresis; chaotic beside a capacitor.

    i = conduction of `poole_frenkel` at the temperature T + x·gmet·v
    cth·dT/dt = v·i - (T - Ta)·((1 - x)/rth1 + x/rth2)
    lag·dx/dt = 1/(1 + exp((tc - T - h·(2·x - 1))/width)) - x

x is the metallic part. Metal favours metal: each grain sees T + h·(2·x - 1), as in the mean field of a lattice of
grains. For h > 2·width the transition has hysteresis, between tc ± (h·s - width·ln((1 + s)/(1 - s))),
s = √(1 - 2·width/h); latent heat is left out. With a capacitor and a resistor, v and T have an unstable focus on
either branch of the hysteresis; the trajectory spirals out of one focus until the transition brings it close to the
other. That folds the flow: 4.7 kOhm and 1.5 pF are chaotic between 1.59 V and 1.68 V (a positive Lyapunov exponent).

The structure, T, x and a capacitor as three states, is that of the sources; the law of x is our own, and so are the
numbers: `poole_frenkel`'s test bench, with 1.4e6 and 2e6 K/W. No device is claimed; niobium dioxide's transition is at
1070 K, that of the defaults where the negative differential resistance is strongest.

Noise analyses have 4kT·i/v at the temperature T. A third node is that of heat, as of `poole_frenkel`; x stays a state.

References
----------
S. Kumar, R. S. Williams, Z. Wang, "Third-order nanocircuit elements for neuromorphic engineering", Nature 585, 518
(2020), doi:10.1038/s41586-020-2735-5.
S. Kumar, J. P. Strachan, R. S. Williams, "Chaotic dynamics in nanoscale NbO2 Mott memristors for analogue
computing", Nature 548, 318 (2017), doi:10.1038/nature23307.
T. Saito, S. Nakagawa, "Chaos from a hysteresis and switched circuit", Phil. Trans. R. Soc. A 353, 47
(1995): the mechanism.
"""

from __future__ import annotations

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import Expr, exp, limit
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Drive, Equations, Model, Parameter, State
from circuitnn.models.self_heating import store_heat, temperature, thermometer
from circuitnn.models.volatile.poole_frenkel import AMBIENT, PooleFrenkel, conducted

NEVER = 1e-14  # the law of x itself keeps it between 0 and 1: no fading at bounds, which it comes close to


class NbO2Mott(Model):
    """Two-terminal element with thermal negative differential resistance and a transition with hysteresis."""

    name = "nbo2_mott"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    parameters = (
        *(p for p in PooleFrenkel.parameters if p.name != "rth"),
        Parameter("rth1", 1.4e6, "K/W", "thermal resistance of the insulator", low=1e-3),
        Parameter("rth2", 2e6, "K/W", "thermal resistance of the metal", low=1e-3),
        Parameter("gmet", 0.0, "S", "conductance of the metal, beside the hopping", low=0.0),
        Parameter("tc", 526.0, "K", "middle of the transition", low=1.0),
        Parameter("h", 70.0, "K", "shift of the transition by metallic neighbours", low=0.0),
        Parameter("width", 12.0, "K", "width of the transition of one grain", low=1e-3),
        Parameter("lag", 2e-9, "s", "time constant of the transition", low=1e-15),
        Parameter("x0", 0.0, "", "initial metallic part", low=0.0, high=1.0),
    )
    drive = Drive("DC 1.62", "n1 a 0 m\nr1 in a 4.7k\nc1 a 0 1.5p ic=0", "20p 60n 0 20p uic", 1e-2, 0.5e-9)
    states = (
        thermometer(AMBIENT),
        State("x", "", "metallic part", "x0", low=0.0, high=1.0, stop=NEVER, hold=False),
    )
    heated = ()

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        return m["cth"] * temperature(m, AMBIENT), _lost(m)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, t, metal = m.voltage("plus", "minus"), temperature(m, AMBIENT), m.unknown("x")
        current = conducted(m, v, t) + metal * m["gmet"] * v
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current, t)
        store_heat(m, v * current - _lost(m), m["cth"], AMBIENT)
        below = (m["tc"] - t - m["h"] * (2.0 * metal - 1.0)) / m["width"]
        m.state("x", (1.0 / (1.0 + exp(limit(below, -200.0, 200.0))) - metal) / m["lag"])


def _lost(m: Equations) -> Expr:
    """Power to the surroundings. [W]"""
    metal = m.unknown("x")
    conductance = (1.0 - metal) / m["rth1"] + metal / m["rth2"]
    lost: Expr = conductance * (temperature(m, AMBIENT) - m["temp"] - KELVIN)
    return lost
