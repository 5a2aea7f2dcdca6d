"""Mott memristor after Pickett and Williams: a metallic core that Joule heat widens.

With u the radius of the core as a fraction of the channel's:

    R = rho_ins·L/(π·r²) / (1 + (rho_ins/rho_met - 1)·u²)
    Gamma = 2·π·L·kappa/ln(1/u)                                      thermal conductance of the shell
    H = π·L·r²·(cp·dT·(1 - u²)/(2·ln(1/u)) + dh·u²)                  enthalpy
    dH/dt = v·i - Gamma·dT,   i = v/R

which is the du/dt = (R·i² - Gamma·dT)/(dH/du) of the source, integrated: energy is conserved. The unknown is
y = ln u: u rests at 1e-8 and less, which no absolute tolerance on u itself would resolve. The equations hold for
y from -40 to -0.001; outside, y counts as the bound and is drawn back to it, so that an operating point without
current exists (at y = -40). Static curve: i² = Gamma·dT/R, an S between a threshold and a hold voltage.

The temperature of the surroundings is in dT, which stands for tnom and falls by temp - tnom (to 1 mK at the least).
Noise: 4kT of core and shell each, the core at the transition temperature, the shell at that of the surroundings, as it
is while the core rests. Note that the published code of the model uses
(2·u·ln u)² for 2·u·ln²u and so has another period (230 ns for 198 ns in the oscillator of the source);
the printed equation is what stands here.

A third node, of heat, is what surrounds the channel: its voltage is how much warmer it is there, 1 V for 1 K, and dT is
less by that. Gamma·dT flows out into it, 1 A for 1 W, and the channel as a whole warms along with it: all heat is

    H + π·L·r²·cp·v(heat),   H with the smaller dT

The circuit leads the heat away: a resistor [K/W] to ground is a path to what has the temperature of the instance.

References
----------
M. D. Pickett, R. S. Williams, "Sub-100 fJ and sub-nanosecond thermally driven threshold switching in niobium
oxide crosspoint nanodevices", Nanotechnology 23, 215202 (2012), doi:10.1088/0957-4484/23/21/215202.
D. Biolek, M. Di Ventra, Y. V. Pershin, Radioengineering 22, 945 (2013), arXiv:1307.2717, equations 23 to 27.
"""

from __future__ import annotations

import math

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.graph import ONE, ZERO, Expr, exp, expm1, limit, max_
from circuitnn.models.declarations import NOMINAL
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State
from circuitnn.models.self_heating import give_heat, rise, thermal

R4 = {
    "r": 30e-9,
    "length": 20e-9,
    "rho_ins": 7e-3,
    "rho_met": 1e-4,
    "dt": 784.0,
    "dh": 1.6e8,
    "kappa": 1.5,
    "cp": 2.6e6,
}
VO2 = {
    "r": 36e-9,
    "length": 50e-9,
    "rho_ins": 1e-2,
    "rho_met": 3e-6,
    "dt": 43.0,
    "dh": 2.35e8,
    "kappa": 3.5,
    "cp": 3.3e6,
}
LOW, HIGH = -40.0, -1e-3
STIFF = 100.0  # how fast y is drawn back to its bounds, in terms of the shell's own relaxation


def _ambient(m: Equations) -> Expr:
    """Transition temperature above that of the instance. [K]"""
    return max_(m["dt"] - (m["temp"] - m["tnom"]), 1e-3)


def _above(m: Equations) -> Expr:
    """Transition temperature above what surrounds the channel. [K]"""
    return max_(m["dt"] - (m["temp"] - m["tnom"]) - rise(m), 1e-3)


class Pickett(Model):
    """Two-terminal Mott memristor."""

    name = "pickett"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    sets = {
        "r4": ParameterSet(
            "Biolek, Di Ventra and Pershin (2013), arXiv:1307.2717, R.4",
            R4,
        ),
        "vo2": ParameterSet(
            "vanadium dioxide, as for the neurons of Yi et al., Nat. Commun. 9, 4661 (2018), "
            "doi:10.1038/s41467-018-07052-w; the numbers could not be checked against its supplement",
            VO2,
        ),
    }
    parameters = (
        Parameter("r", R4["r"], "m", "radius of the channel", low=1e-10),
        Parameter("length", R4["length"], "m", "length of the channel", low=1e-10),
        Parameter("rho_ins", R4["rho_ins"], "Ohm m", "resistivity of the insulator", low=1e-12),
        Parameter("rho_met", R4["rho_met"], "Ohm m", "resistivity of the metal", low=1e-12),
        Parameter("dt", R4["dt"], "K", "transition temperature above surroundings at tnom", low=1e-3),
        Parameter("dh", R4["dh"], "J/m³", "enthalpy of the transition", low=0.0),
        Parameter("kappa", R4["kappa"], "W/(m K)", "thermal conductivity", low=0.0),
        Parameter("cp", R4["cp"], "J/(m³ K)", "heat capacity", low=1e-6),
        Parameter("y0", -14.0, "", "initial ln u", low=LOW, high=HIGH),
        NOMINAL,
    )
    # the oscillator of the source: driven by a voltage alone, it runs away
    drive = Drive(
        "DC 1.8",
        "n1 3 4 m\nr1 in 2 4.2k\nc1 2 0 23p ic=0\nr2 2 3 2.7k\nr3 4 0 50",
        "1n 300n 0 0.2n uic",
        1e-2,
        heat="rheat heat 0 2e4\ncheat heat 0 1e-12",
    )
    states = (State("y", "", "ln of the core's radius over the channel's", "y0", hold=False),)
    heated = ()

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        y, length = m.unknown("y"), math.pi * m["length"]
        inside = m["cp"] * (rise(m) + _above(m) * expm1(2.0 * y) / (2.0 * y)) + m["dh"] * exp(2.0 * y)
        lost = ZERO if thermal(m) else -2.0 * length * m["kappa"] * _above(m) / y
        return length * m["r"] * m["r"] * inside, lost

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, state = m.voltage("plus", "minus"), m.unknown("y")
        y = limit(state, LOW, HIGH)
        square = exp(2.0 * y)
        area, dt = math.pi * m["r"] * m["r"], _above(m)
        insulator = area / (m["rho_ins"] * m["length"])
        conductance = insulator * (1.0 + (m["rho_ins"] / m["rho_met"] - 1.0) * square)
        current = conductance * v
        m.flow("plus", "minus", current)
        core = insulator * m["rho_ins"] / m["rho_met"] * square
        hot = 4.0 * BOLTZMANN * (conductance * (m["temp"] + KELVIN + rise(m)) + core * dt)
        m.fluctuation("thermal", "plus", "minus", hot)
        # The state equation in units of the heat that the channel takes up from 0 to dT, where nothing surrounds it.
        heat = m["cp"] * _ambient(m)
        part = dt / _ambient(m) if thermal(m) else ONE
        unit = area * m["length"] * heat
        speed = 2.0 * m["kappa"] / (m["r"] * m["r"] * m["cp"])
        gained = speed * part * (1.0 / y + STIFF * (y - state))
        enthalpy = 0.5 * part * expm1(2.0 * y) / y + m["dh"] / heat * square
        m.state("y", v * current / unit + gained, enthalpy)
        give_heat(m, -unit * gained, area * m["length"] * m["cp"])
