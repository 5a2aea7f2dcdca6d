"""Josephson junction: resistively and capacitively shunted, with a gap.

    d(phi)/dt = (2·π/Phi0)·v
    i = icrit·sin(phi) + iqp(v) + cap·dv/dt,   Phi0 = h/(2·q)

The quasiparticle current iqp is odd and, with rtype = 1, made of three straight lines: v/r0 below
vgap - delv/2, v/rn above vgap + delv/2, and the line between these two points. Corners are rounded over
delv/16 (the slope turns as a logistic function does). With rtype = 0 there is none, and the shunt is a
resistor of the circuit. JoSIM's line between the branches rises by icrit/icfact instead and then jumps onto
v/rn; the two agree outside the gap's width.

The phase is an unknown, in radians. Beyond two turns, ±4·π, it is set back by two turns. That changes no current, and
keeps relative tolerances from growing with the length of the run. The frequency of a running junction is accurate to
3e-4 with default options, and to 1e-5 at reltol = 1e-5. Set vntol to 1 nV and chgtol to 1e-22 C or so: voltages are
millivolts, charges femtocoulombs and less.

An operating point has v = 0 and the phase that carries the current, asin(i/icrit); above icrit there is none, and where
junctions and inductors form a loop it is not unique (the sources do not determine the flux). Start such circuits with
``uic`` and let the bias rise within some picoseconds.

Small-amplitude (plasma) frequency √(icrit/(2·π·Phi0·cap)); damping beta_c = 2·π·icrit·r²·cap/Phi0. No
temperature dependence: parameters are those at the temperature of operation.

Noise: quasiparticles tunnel one by one, 2q·i·coth(qv/2kT) of iqp, which at 0 V is 4kT/r0; pairs make none. T is
that of the instance, 27 °C unless the deck says ``.temp -268.95`` for liquid helium.

References
----------
W. C. Stewart, Appl. Phys. Lett. 12, 277 (1968), doi:10.1063/1.1651991.
D. E. McCumber, J. Appl. Phys. 39, 3113 (1968), doi:10.1063/1.1656743.
J. A. Delport, K. Jackman, P. le Roux, C. J. Fourie, "JoSIM - Superconductor SPICE Simulator", IEEE Trans. Appl.
Supercond. 29, 1300905 (2019), doi:10.1109/TASC.2019.2897312: names of the parameters.
"""

from __future__ import annotations

import math

from circuitnn.constants import ELEMENTARY_CHARGE
from circuitnn.equations.graph import Expr, abs_, cos, exp, log1p, max_, sgn, sin, where
from circuitnn.models.fluctuations import shot
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

PLANCK = 6.626070040e-34  # J s, of the same CODATA 2014 as the elementary charge
FLUX_QUANTUM = PLANCK / (2.0 * ELEMENTARY_CHARGE)  # Wb
TURN = 2.0 * math.pi  # of the phase, after which everything is as it was
TURNS = 2.0 * TURN  # phase at which it is set back, and by how much
ROUNDING = 16.0

MITLL = {"icrit": 1e-4, "cap": 0.07e-12, "vgap": 2.8e-3, "delv": 0.1e-3, "rn": 16.0, "r0": 160.0}
JOSIM = {"icrit": 1e-3, "cap": 2.5e-12, "vgap": 2.8e-3, "delv": 0.1e-3, "rn": 5.0, "r0": 30.0}


def quasiparticles(m: Equations, v: Expr) -> Expr:
    """Current of the quasiparticles: three straight lines with rounded corners. [A]"""
    low, high = m["vgap"] - 0.5 * m["delv"], m["vgap"] + 0.5 * m["delv"]
    inside, outside = 1.0 / m["r0"], 1.0 / m["rn"]
    rise = (high * outside - low * inside) / m["delv"]
    width = m["delv"] / ROUNDING
    current = inside * v
    for corner, bend in ((low, rise - inside), (high, outside - rise)):
        current = current + bend * (_ramp(v - corner, width) - _ramp(-v - corner, width))
    return where(m["rtype"] > 0.5, current, 0.0)


def _ramp(x: Expr, width: Expr) -> Expr:
    """max(x, 0) with its corner rounded."""
    return max_(x, 0.0) + width * log1p(exp(-abs_(x) / width))


def phase(m: Equations, v: Expr, name: str = "phi") -> Expr:
    """State the equation of the phase, set back every few turns; the phase itself. [rad]"""
    phi = m.unknown(name)
    m.state(name, 2.0 * math.pi / FLUX_QUANTUM * v)
    m.event(f"{name}_turns", abs_(phi) - TURNS, {name: phi - TURNS * sgn(phi)})
    return phi


class Josephson(Model):
    """Two-terminal Josephson junction."""

    name = "josephson"
    terminals = ("plus", "minus")
    claims = frozenset({"energy balance"})
    drive = Drive(
        "PWL(0 0 5p 7m 20p 7m 21p 17m 23p 17m 24p 7m)",
        "rb in a 100\nrs a 0 3\nn1 a 0 m\n.options vntol=1n chgtol=1e-22",
        "0.02p 60p 0 0.02p uic",
    )
    sets = {
        "mitll": ParameterSet(
            "Junction of 100 µA, 10 kA/cm², of the public test decks of JoSIM, doi:10.1109/TASC.2019.2897312",
            MITLL,
        ),
        "josim": ParameterSet("Defaults of JoSIM, doi:10.1109/TASC.2019.2897312", JOSIM),
    }
    parameters = (
        Parameter("icrit", MITLL["icrit"], "A", "critical current", low=0.0),
        Parameter("cap", MITLL["cap"], "F", "capacitance", low=0.0),
        Parameter("rtype", 1.0, "", "1: quasiparticle branch; 0: none", low=0.0, high=1.0),
        Parameter("vgap", MITLL["vgap"], "V", "gap voltage, beyond delv", low=1e-9, aliases=("vg",)),
        Parameter("delv", MITLL["delv"], "V", "width of the gap", low=1e-9),
        Parameter("rn", MITLL["rn"], "Ohm", "resistance above the gap", low=1e-6),
        Parameter("r0", MITLL["r0"], "Ohm", "resistance below the gap", low=1e-6),
        Parameter("phi0", 0.0, "rad", "initial phase", low=-math.pi, high=math.pi),
    )
    states = (State("phi", "rad", "phase difference, between -4·π and 4·π", "phi0", hold=False, turn=TURN),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v = m.voltage("plus", "minus")
        phi = phase(m, v)
        dissipated = quasiparticles(m, v)
        m.flow("plus", "minus", m["icrit"] * sin(phi) + dissipated, m["cap"] * v)
        shot(m, "quasiparticles", "plus", "minus", dissipated)

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        v = m.voltage("plus", "minus")
        stored = m["icrit"] * FLUX_QUANTUM / (2.0 * math.pi) * (1.0 - cos(m.unknown("phi")))
        return stored, v * quasiparticles(m, v)
