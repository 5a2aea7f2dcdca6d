"""JART VCM v1b: valence change memory whose disc near the active electrode fills with oxygen vacancies.

`plus` is the active electrode: it sets at negative, resets at positive voltage. With N the concentration of the
disc in 1e26/m³, vs the voltage of the Schottky contact, A = π·rdet², energies in eV:

    v = vs + i·(Rdisc + Rplug + rtiox + rline·(1 + rline·alphaline·rthline·i²))
    Rdisc = ldisc/(z·q·mu·N·A),   Rplug = (lcell - ldisc)/(z·q·mu·nplug·A)
    T = t0 + i·(vs + i·(Rdisc + Rplug))·rth0·(v > 0 ? rthreset : 1)
    phi = phibn0 - (q³·z·N·psi/(8·π²·(epsphib·eps0)³))^¼ ≥ 0,   psi = phibn0 - phin - vs             image force
    vs > 0:  i = A·richardson·T²·exp(-phi/kT)·(exp(vs/kT) - 1)                                thermionic emission
    vs < 0:  i = -A·richardson·T/k·√(π·W00·(|vs| + phi/cosh²(W00/kT)))·exp(-phi/W0)·(exp(|vs|/e1) - 1)
             W00 = ħ/2·√(z·N/(m·eps·eps0)),  W0 = W00·coth(W00/kT),  e1 = W00/(W00/kT - tanh(W00/kT))
    dN/dt = -½·(nplug + N)·ahop·nu0/ldisc·(exp(-W(-)/kT) - exp(-W(+)/kT))·F
    W(±) = dwa·(√(1 - g²) ± g·π/2 + g·arcsin g),  g = z·ahop·E/(π·dwa)
    E = i·Rdisc/ldisc (v < 0),  (vs + i·(Rdisc + Rplug))/lcell (v > 0)
    F = 1 - (N/nmax)^10 (v < 0),  1 - (nmin/N)^10 (v > 0)

The unknowns are ln N, the inner node behind the contact, i and T, the last two without storage: the loop is
implicit and solved with the circuit. As published, i(vs) is not monotonic for vs > 0, because the image force
vanishes with a vertical slope at psi = 0, and for v above 90 mV there are three solutions; the one that belongs to
vs = 0 stays below half of phibn0 - phin. Beyond that phi is held, which leaves this one only. T counts as t0 to
3000 K, |g| as at most 0.999; N beyond its bounds is drawn back to them. Constants have the digits of the source.

The surroundings are at t0 + temp - tnom: t0 is what they are at tnom, so that temp, dtemp and .temp move them.
Noise: 2q·i·coth(q·vs/2kT) of the contact, 4kT·R of the resistances behind it, disc and plug at the temperature T, the
oxide at that of the surroundings, the lines at that which their resistance tells.

References
----------
C. Bengel, A. Siemon, F. Cüppers, S. Hoffmann-Eifert, A. Hardtdegen, M. von Witzleben, L. Hellmich, R. Waser,
S. Menzel, "Variability-Aware Modeling of Filamentary Oxide-Based Bipolar Resistive Switching Cells Using SPICE
Level Compact Models", IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import BOLTZMANN
from circuitnn.equations.graph import (
    ZERO,
    Expr,
    asin,
    cosh,
    exp,
    expm1,
    limexp,
    limit,
    ln,
    max_,
    min_,
    sqrt,
    tanh,
    where,
)
from circuitnn.equations.graph import symbol as parameter
from circuitnn.models.declarations import NOMINAL, surroundings
from circuitnn.models.fluctuations import shot
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

Q, K, H = 1.602e-19, 1.3807e-23 / 1.602e-19, 6.626e-34  # C, eV/K, J s
EPS0, MASS, Z = 8.854e-12, 9.10938e-31, 2.0  # F/m, kg, charges of a vacancy
UNIT = 1e26  # concentrations are in 1e26/m³
MA = 1e-3  # the current's unknown is in mA
# As numbers, since an expression does not divide by less than 1e-32.
TUNNEL = H / (4.0 * math.pi) * math.sqrt(Z * UNIT / (MASS * EPS0))  # W00 at N = 1 in vacuum [eV]
IMAGE = Q**3 * Z * UNIT / (8.0 * math.pi**2 * EPS0**3)  # fourth power of the lowering, likewise [V³]

V1B = {
    "nmax": 20.0,
    "nmin": 0.008,
    "nplug": 20.0,
    "rdet": 45e-9,
    "lcell": 3e-9,
    "ldisc": 0.4e-9,
    "mu": 4e-6,
    "rtiox": 650.0,
    "rline": 719.2437,
    "rthline": 90471.47,
    "alphaline": 3.92e-3,
    "richardson": 6.01e5,
    "phibn0": 0.18,
    "phin": 0.1,
    "eps": 17.0,
    "epsphib": 5.5,
    "dwa": 1.35,
    "nu0": 2e13,
    "ahop": 0.25e-9,
    "t0": 293.0,
    "rth0": 15.72e6,
    "rthreset": 0.27,
}


class JARTVCM(Model):
    """Two-terminal valence change memory."""

    name = "jart_vcm"
    terminals = ("plus", "minus")
    internal = ("disc",)
    drive = Drive(
        source="PWL(0 0 0.1 -0.1 0.2 0 1.4 1.2)",
        elements="n1 in 0 m n0=10",
        times="2m 1.4 0 2m uic",
        budget=2e-3,
        edge=2e-3,
    )
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    sets = {"v1b": ParameterSet("Deterministic cell of version 1b, doi:10.1109/TCSI.2020.3018502", V1B)}
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("nmax", V1B["nmax"], "", "largest concentration in the disc, in 1e26/m³", low=1e-3),
        Parameter("nmin", V1B["nmin"], "", "least concentration in the disc, in 1e26/m³", low=1e-4),
        Parameter("n0", 0.01, "", "initial concentration in the disc, in 1e26/m³", low=1e-4),
        Parameter("nplug", V1B["nplug"], "", "concentration in the plug, in 1e26/m³", low=1e-3),
        Parameter("rdet", V1B["rdet"], "m", "radius of the filament", low=1e-10),
        Parameter("lcell", V1B["lcell"], "m", "length of disc and plug", low=1e-10),
        Parameter("ldisc", V1B["ldisc"], "m", "length of the disc", low=1e-11),
        Parameter("mu", V1B["mu"], "m²/(V s)", "mobility of the electrons", low=1e-12),
        Parameter("rtiox", V1B["rtiox"], "Ohm", "resistance of the titanium oxide", low=0.0),
        Parameter("rline", V1B["rline"], "Ohm", "resistance of the lines when cold", low=1e-3),
        Parameter("rthline", V1B["rthline"], "K/W", "thermal resistance of the lines", low=0.0),
        Parameter("alphaline", V1B["alphaline"], "1/K", "temperature coefficient of the lines", low=0.0),
        Parameter("richardson", V1B["richardson"], "A/(m² K²)", "effective Richardson constant", low=0.0),
        Parameter("phibn0", V1B["phibn0"], "eV", "barrier of the contact", low=0.0),
        Parameter("phin", V1B["phin"], "eV", "distance of the Fermi level, below phibn0", low=0.0),
        Parameter("eps", V1B["eps"], "", "relative permittivity", low=1.0),
        Parameter("epsphib", V1B["epsphib"], "", "relative permittivity for the image force", low=1.0),
        Parameter("dwa", V1B["dwa"], "eV", "activation energy of a hop", low=0.01),
        Parameter("nu0", V1B["nu0"], "Hz", "attempt frequency", low=0.0),
        Parameter("ahop", V1B["ahop"], "m", "distance of a hop", low=1e-12),
        Parameter("t0", V1B["t0"], "K", "temperature of the surroundings at tnom", low=100.0),
        Parameter("rth0", V1B["rth0"], "K/W", "thermal resistance of the filament", low=0.0),
        Parameter("rthreset", V1B["rthreset"], "", "factor of rth0 at positive voltage", low=0.0),
        NOMINAL,
    )
    states = (
        State("y", "", "ln of the concentration in the disc, in 1e26/m³", ln(parameter("n0"))),
        State("i", "mA", "current", 0.0, tolerance=1e-9, hold=False),
        State("t", "K", "temperature", surroundings("t0"), tolerance=1e-3, hold=False),
    )

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        # what disc and plug take up leaves them at once; the rest heats oxide and line, which are not followed
        radius = cls.cell(m, exp(limit(m.unknown("y"), -12.0, 6.0)))[0]
        i, v = MA * m.unknown("i"), m.voltage("plus", "minus")
        return ZERO, (m.unknown("t") - surroundings("t0")) / cls._rth(m, v, radius) + i * i * (
            m["rtiox"] + cls._line(m, i)
        )

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, vs, behind = m.voltage("plus", "minus"), m.voltage("plus", "disc"), m.voltage("disc", "minus")
        y, i = limit(m.unknown("y"), -12.0, 6.0), MA * m.unknown("i")
        ambient = surroundings("t0")
        t, n = limit(m.unknown("t"), ambient, 3000.0), exp(y)
        radius, length, nmax, nmin = cls.cell(m, n)
        area = math.pi * radius * radius
        per_length = 1.0 / (UNIT * Z * Q * m["mu"] * area)
        disc, plug = length * per_length / n, (m["lcell"] - length) * per_length / m["nplug"]
        line = cls._line(m, i)
        contact = area * cls._contact(m, vs, n, t)
        m.flow("plus", "disc", contact)
        shot(m, "contact", "plus", "disc", contact, t)
        m.flow("disc", "minus", i)
        m.state("i", (behind - i * (disc + plug + m["rtiox"] + line)) / (MA * m["rline"]), ZERO)
        heating = m["rline"] * m["rthline"] * i * i
        hot = t * (disc + plug) + ambient * m["rtiox"] + (ambient + heating) * line  # K·Ohm
        m.agitation("series", 4.0 * BOLTZMANN * hot, {"i": 1.0 / (MA * m["rline"])})
        inside = vs + i * (disc + plug)
        m.state("t", ambient + i * inside * cls._rth(m, v, radius) - m.unknown("t"), ZERO)
        field = where(v > 0.0, inside / m["lcell"], i * disc / length)
        hops = m["ahop"] * m["nu0"] / length * cls._hops(m, field, t)
        bound = where(v > 0.0, ln(nmin) - m.unknown("y"), m.unknown("y") - ln(nmax))
        m.state("y", 0.5 * (m["nplug"] / n + 1.0) * hops * expm1(min_(10.0 * bound, 40.0)))

    @classmethod
    def cell(cls, m: Equations, n: Expr) -> tuple[Expr, Expr, Expr, Expr]:
        """Radius of the filament [m], length of the disc [m], largest and least concentration [1e26/m³]."""
        return m["rdet"], m["ldisc"], m["nmax"], m["nmin"]

    @staticmethod
    def _rth(m: Equations, v: Expr, radius: Expr) -> Expr:
        """Thermal resistance from the filament to the surroundings. [K/W]"""
        shrunk = m["rdet"] / radius
        return m["rth0"] * shrunk * shrunk * where(v > 0.0, m["rthreset"], 1.0)

    @staticmethod
    def _line(m: Equations, i: Expr) -> Expr:
        """Resistance of the line, which its own current heats. [Ohm]"""
        return m["rline"] * (1.0 + m["rline"] * m["alphaline"] * m["rthline"] * i * i)

    @staticmethod
    def _contact(m: Equations, vs: Expr, n: Expr, t: Expr) -> Expr:
        """Current density of the Schottky contact. [A/m²]"""
        kt = K * t
        depth = m["phibn0"] - m["phin"]
        psi = max_(depth - vs, 0.5 * depth)
        r = m["epsphib"]
        phi = max_(m["phibn0"] - sqrt(sqrt(IMAGE * n * psi / (r * r * r))), 0.0)
        emission = t * t * exp(-phi / kt) * (limexp(max_(vs, 0.0) / kt) - 1.0)
        w00 = TUNNEL * sqrt(n / m["eps"])
        ratio = min_(w00 / kt, 60.0)
        back, c = max_(-vs, -1e-12), cosh(ratio)  # not max(-vs, 0), which has no slope at rest
        # 1e-9 V keep the slope of the root finite where neither voltage nor barrier is left
        root = sqrt(math.pi * w00 * (back + phi / (c * c) + 1e-9))
        grown = limexp(back * (ratio - tanh(ratio)) / w00) - 1.0
        field_emission = t / K * root * exp(-phi * tanh(ratio) / w00) * grown
        return m["richardson"] * where(vs > 0.0, emission, -field_emission)

    @staticmethod
    def _hops(m: Equations, field: Expr, t: Expr) -> Expr:
        """Hops forward less hops backward, per attempt."""
        g = limit(Z * field * m["ahop"] / (math.pi * m["dwa"]), -0.999, 0.999)
        even, odd = sqrt(1.0 - g * g) + g * asin(g), 0.5 * math.pi * g
        scale = m["dwa"] / (K * t)
        return exp((odd - even) * scale) - exp(-(odd + even) * scale)
