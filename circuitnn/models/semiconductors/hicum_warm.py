"""What HICUM's parameters are at the temperature of a transistor, that of what it heats itself to."""

from __future__ import annotations

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.graph import (
    Expr,
    and_,
    as_expr,
    eq,
    exp,
    expm1,
    ln,
    max_,
    min_,
    or_,
    pwr,
    sqrt,
    where,
)
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.junction import K_OVER_Q, built_in_at, positive_potential
from circuitnn.models.softplus import softplus

COLDEST, HOTTEST = 173.15, 600.0  # K, between which the equations are evaluated
# Powers of the temperature: value → exponent. Those of thcs and tsf are one less than those of mobilities.
POWERS = {"rci0": "zetaci", "rbi0": "zetarbi", "rbx": "zetarbx", "rcx": "zetarcx", "re": "zetare"}
LESS = {"thcs": "zetaci", "tsf": "zetacx"}
POWERS_OF_WEIGHTS = {"ahjei": "zetahjei"}
# Junctions: potential → capacitance (of cscp0 and cjcx0, whose share is split) and band gaps it lies between.
JUNCTIONS = {
    "vdei": ("cjei0", "zei", "vgb", "vge"),
    "vdep": ("cjep0", "zep", "vgb", "vge"),
    "vdci": ("cjci0", "zci", "vgb", "vgc"),
    "vdcx": ("cjcx0", "zcx", "vgb", "vgc"),
    "vds": ("cjs0", "zs", "vgs", "vgc"),
    "vdsp": ("cscp0", "zsp", "vgs", "vgc"),
}
CAPACITANCES = {capacitance: potential for potential, (capacitance, *_) in JUNCTIONS.items()}
SATURATING = {"ajei": "vdei", "ajep": "vdep"}
# Saturation currents: ideality factor in version 2.1, whether its gain has a coefficient, exponent and band gap since.
SATURATION = {
    "ibeis": ("mbei", True, "zetabet", "vge"),
    "ireis": ("mrei", True, "", ""),
    "ibeps": ("mbep", True, "zetabet", "vge"),
    "ireps": ("mrep", True, "", ""),
    "ibcis": ("mbci", False, "zetaci", "vgc"),
    "ibcxs": ("mbcx", False, "zetacx", "vgc"),
    "itss": ("msf", False, "", "vgc"),
    "iscs": ("msc", False, "", "vgs"),
}
AVALANCHE = {"favl": "alfav", "qavl": "alqav", "kavl": "alkav"}


class Warm:
    """Parameters by name at the temperature of the transistor; those that do not depend on it, too.

    Parameters
    ----------
    m : Equations
    rise : Expr
        By how much the transistor is warmer than what surrounds it. [K]
    """

    def __init__(self, m: Equations, rise: Expr) -> None:
        self.m = m
        nominal = m["tnom"] + KELVIN
        outside = m["temp"] + m["dt"] + KELVIN + rise
        self.t = m.local("temperature", min_(max_(outside, COLDEST), HOTTEST))
        self.vt = m.local("vt", K_OVER_Q * self.t)
        self.nominal_vt = K_OVER_Q * nominal
        self.dt = self.t - nominal
        self.ratio = self.t / nominal
        self.log = m.local("log ratio", ln(self.ratio))
        self.shift = m.local("shift", (self.ratio - 1.0) / self.vt)  # of energies over kT [1/V]
        self.gap = 3.0 - m["f1vg"] / K_OVER_Q  # exponent of the intrinsic density's square
        self.old = or_(eq(m["flcomp"], 0.0), eq(m["flcomp"], 2.1))
        self.new = m["flcomp"] >= 2.3
        self._known: dict[str, Expr] = {}

    def __getitem__(self, name: str) -> Expr:
        if name not in self._known:
            base = self.m[name]
            value = self._value(name, base)
            self._known[name] = base if value is base else self.m.local(f"{name} warm", value)
        return self._known[name]

    def nominal(self, potential: str) -> Expr:
        """A built-in potential of the card; that of cscp0 may be 0, for a capacitance that is constant. [V]"""
        base = self.m[potential]
        return where(base > 0.0, max_(base, 0.05), 1.0) if potential == "vdsp" else base

    def _value(self, name: str, base: Expr) -> Expr:
        m = self.m
        if name in SATURATION:
            return base * self._saturation(name)
        if name in POWERS:
            return base * exp(self.log * m[POWERS[name]])
        if name in POWERS_OF_WEIGHTS:
            return base * exp(self.log * m[POWERS_OF_WEIGHTS[name]])
        if name in LESS:
            return base * exp(self.log * (m[LESS[name]] - 1.0))
        if name in JUNCTIONS:
            return self._potential(name, base)
        if name in CAPACITANCES:
            potential = CAPACITANCES[name]
            return base * exp(m[JUNCTIONS[potential][1]] * ln(self.nominal(potential) / self[potential]))
        if name in SATURATING:
            return base * self[SATURATING[name]] / self.nominal(SATURATING[name])
        if name in AVALANCHE:
            return base * exp(m[AVALANCHE[name]] * self.dt)
        special = getattr(self, f"_{name}", None)
        return base if special is None else special(base)

    def _grown(self, exponent: Expr, energy: Expr) -> Expr:
        return exp(exponent * self.log + energy * self.shift)

    def _saturation(self, name: str) -> Expr:
        """By how much a saturation current has grown."""
        m = self.m
        ideality, of_gain, exponent, energy = SATURATION[name]
        share = (m["mcf"] if of_gain else 1.0) / m[ideality]
        if exponent == "zetabet":
            power = m["zetabet"]
        elif exponent:
            power = self.gap + 1.0 - m[exponent]
        elif energy:
            power = self.gap - 1.5
        else:
            power = self.gap * self._recombining(ideality)
        gap = m[energy] if energy else 0.5 * (m["vgb"] + m["vge"]) * self._recombining(ideality)
        fall = where(self.old, m["alb"], 0.0) * self.dt if of_gain else as_expr(0.0)
        logarithm = where(self.old, 3.0 * share, power) * self.log
        return exp(logarithm + where(self.old, m["vgb"] * share, gap) * self.shift - fall)

    def _recombining(self, ideality: str) -> Expr:
        return where(self.new, 1.0 / self.m[ideality], 0.5)

    def _potential(self, name: str, base: Expr) -> Expr:
        """A built-in potential, which stays positive however hot it is. [V]"""
        capacitance, _, first, second = JUNCTIONS[name]
        base = self.nominal(name)
        energy = 0.5 * (self.m[first] + self.m[second])
        moved = built_in_at(base, self.nominal_vt) * self.ratio - self.vt * (
            self.gap * self.log + energy * self.shift
        )
        warm = positive_potential(moved, self.vt)
        if name == "vdcx":  # whose capacitances are computed from a unit
            return warm
        return where(self.m[capacitance] > 0.0, warm, base)

    def _c10(self, base: Expr) -> Expr:
        return base * self._grown(self.m["zetact"], self.m["vgb"])

    def _qp0(self, base: Expr) -> Expr:
        m = self.m
        widened = self["vdei"] / m["vdei"]
        old = 1.0 + 0.5 * m["zei"] * (1.0 - widened)
        return base * where(self.old, old, 2.0 - exp(m["zei"] * ln(widened)))

    def _vlim(self, base: Expr) -> Expr:
        m = self.m
        linear = base * (1.0 - m["alvs"] * self.dt) * exp(m["zetaci"] * self.log)
        held = self.vt * (1.0 + softplus(linear / self.vt - 1.0))
        nominal = m["tnom"] + KELVIN
        return where(self.old, held, base * exp((m["zetaci"] - m["alvs"] * nominal) * self.log))

    def _tef0(self, base: Expr) -> Expr:
        m = self.m
        gain = 1.0 + m["alb"] * self.dt
        old = 2.0 * self.ratio / (gain + sqrt(gain * gain + 0.01))
        between = self._grown(m["zetabet"] - m["zetact"] - 0.5, m["vge"] - m["vgb"])
        return base * where(self.old, old, where(self.new, 1.0, between))

    def _vces(self, base: Expr) -> Expr:
        return base * (1.0 + self.m["alces"] * self.dt)

    def _t0(self, base: Expr) -> Expr:
        return base * (1.0 + self.dt * (self.m["alt0"] + self.m["kt0"] * self.dt))

    def _hjei(self, base: Expr) -> Expr:
        m = self.m
        grown = exp(m["dvgbe"] / self.vt * expm1(m["zetavgbe"] * self.log))
        return base * where(m["ahjei"] > 0.0, grown, 1.0)

    def _hf0(self, base: Expr) -> Expr:
        return base * exp(self.m["dvgbe"] * self.shift)

    def _hfe(self, base: Expr) -> Expr:
        return base * exp(where(self.new, self.m["vgb"] - self.m["vge"], 0.0) * self.shift)

    def _hfc(self, base: Expr) -> Expr:
        return base * exp(where(self.new, self.m["vgb"] - self.m["vgc"], 0.0) * self.shift)

    def _rth(self, base: Expr) -> Expr:
        return base * exp(self.m["zetarth"] * self.log) * (1.0 + self.m["alrth"] * self.dt)

    def _ibets(self, base: Expr) -> Expr:
        return base * self._tunnelling()[0]

    def _abet(self, base: Expr) -> Expr:
        return base * self._tunnelling()[1]

    def _tunnelling(self) -> tuple[Expr, Expr]:
        """By how much the tunnelling current's size and exponent have grown."""
        m = self.m
        narrowed = self._mean_gap(m["tnom"] + KELVIN) / self._mean_gap(self.t)
        factors = []
        for capacitance, potential in (("cjep0", "vdep"), ("cjei0", "vdei")):
            some = m[capacitance] > 0.0
            share = where(some, self[capacitance] / max_(m[capacitance], 1e-30), 1.0)
            wider = self[potential] / m[potential]
            size = where(some, share * sqrt(narrowed) * wider * wider, 1.0)
            factors.append((size, where(some, 1.0 / (share * wider * pwr(narrowed, 1.5)), 1.0)))
        outside = m["tunode"] > 0.5
        return where(outside, factors[0][0], factors[1][0]), where(outside, factors[0][1], factors[1][1])

    def _mean_gap(self, t: Expr) -> Expr:
        """Mean band gap of base and emitter. [V]"""
        m = self.m
        return 0.5 * (m["vgb"] + m["vge"]) + t * (m["f1vg"] * ln(t) + m["f2vg"])


def thermal_noise(warm: Warm) -> Expr:
    """4kT. [J]"""
    return 4.0 * BOLTZMANN * warm.t


def heated(m: Equations) -> Expr:
    """Whether a transistor heats itself."""
    return and_(m["flsh"] > 0.5, m["rth"] >= 1e-3)


SHOT = 2.0 * ELEMENTARY_CHARGE  # C
