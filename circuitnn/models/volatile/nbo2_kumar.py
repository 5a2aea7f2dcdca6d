"""Niobium oxide as in the chaotic oscillators of Kumar, Strachan and Williams: thermal, noisy, with a transition.

    i = π·r²·sigma0·exp(-ea/kT)·E·(½ + (1 + (p - 1)·exp(p))/p²),   E = v/d,   p = omega·√|E|/kT
    cth·dT/dt = v·i - (T - Ta)/rth(T) + z·T·√(2·k·(1/rth(T))/interval)
    1/rth(T) = 1/rth1 below tc, 1/rth2 above, over some `width` kelvin (a logistic function)

Conduction as in `poole_frenkel`, with its limits; the thermal resistance changes at the metal-insulator transition,
at tc; z is normal noise of variance 1, held for `interval` each, of the power spectral density 4·k·T²/rth of heat
that a conductance exchanges, so that at rest T fluctuates by T·√(k/cth). interval = 0: none, and then voltage and
temperature are two states, which under a constant source end in a point or a cycle (Poincaré and Bendixson): chaos
needs a third (see `nbo2_mott`), a drive, or the noise.

The structure is that of the source, whose numbers could not be read; the defaults are the test bench of
`poole_frenkel`, with 1.4e6 and 2e6 K/W on either side of 1070 K. No device is claimed, and no chaos.

Noise analyses have 4kT·i/v at the temperature T, as of `poole_frenkel`, and 4·k·T²/rth of heat unless interval = 0.
A third node is that of heat, as of `poole_frenkel`; the fluctuation of the heat flows into it.

References
----------
S. Kumar, J. P. Strachan, R. S. Williams, "Chaotic dynamics in nanoscale NbO2 Mott memristors for analogue
computing", Nature 548, 318 (2017), doi:10.1038/nature23307.
"""

from __future__ import annotations

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.graph import Expr, exp, limit, sqrt, where
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.self_heating import agitated, store_heat, temperature, thermometer
from circuitnn.models.volatile.poole_frenkel import AMBIENT, PooleFrenkel, conducted


class NbO2Kumar(Model):
    """Two-terminal element with thermal negative differential resistance and thermal noise."""

    name = "nbo2_kumar"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    parameters = (
        *(p for p in PooleFrenkel.parameters if p.name != "rth"),
        Parameter("rth1", 1.4e6, "K/W", "thermal resistance below tc", low=1e-3),
        Parameter("rth2", 2e6, "K/W", "thermal resistance above tc", low=1e-3),
        Parameter("tc", 1070.0, "K", "temperature of the transition", low=1.0),
        Parameter("width", 5.0, "K", "width of the change of the thermal resistance", low=1e-3),
        Parameter("interval", 0.0, "s", "time for which the noise holds a value; 0: no noise", low=0.0),
    )
    drive = Drive("DC 2", "n1 a 0 m\nr1 in a 6k\nc1 a 0 1p ic=0", "10p 60n 0 10p uic", 1e-2, 0.2e-9)
    states = (thermometer(AMBIENT),)
    heated = ()

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        return m["cth"] * temperature(m, AMBIENT), _lost(m)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, t = m.voltage("plus", "minus"), temperature(m, AMBIENT)
        current = conducted(m, v, t)
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current, t)
        store_heat(m, v * current - _lost(m), m["cth"], AMBIENT)
        heat = where(m["interval"] > 0.0, 4.0 * BOLTZMANN * t * t * _conductance(m), 0.0)
        agitated(m, "heat", heat, m["cth"])


def _conductance(m: Equations) -> Expr:
    """Thermal conductance to the surroundings. [W/K]"""
    metal = 1.0 / (1.0 + exp(limit((m["tc"] - temperature(m, AMBIENT)) / m["width"], -200.0, 200.0)))
    return 1.0 / m["rth1"] + (1.0 / m["rth2"] - 1.0 / m["rth1"]) * metal


def _lost(m: Equations) -> Expr:
    """Power to the surroundings, less that of its fluctuation. [W]"""
    t, conductance = temperature(m, AMBIENT), _conductance(m)
    held = where(m["interval"] > 0.0, m["interval"], 1.0)
    noise = m.noise("z", m["interval"]) * t * sqrt(2.0 * BOLTZMANN * conductance / held)
    loss: Expr = conductance * (t - m["temp"] - KELVIN)
    return loss - noise
