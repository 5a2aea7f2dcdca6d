"""What VBIC's parameters are at the temperature of a transistor, that of what it heats itself to."""

from __future__ import annotations

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import Expr, exp, ln, max_
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.junction import built_in_at, positive_potential

K_OVER_Q = 1.380662e-23 / 1.602189e-19  # V/K, as the model has it: part of what cards were extracted with

# Saturation currents: exponent of the temperature, activation energy, emission coefficient.
SATURATION = {
    "is": ("xis", "ea", "nf"),
    "isrr": ("xisr", "dear", "nr"),
    "isp": ("xis", "eap", "nfp"),
    "ibei": ("xii", "eaie", "nei"),
    "iben": ("xin", "eane", "nen"),
    "ibci": ("xii", "eaic", "nci"),
    "ibcn": ("xin", "eanc", "ncn"),
    "ibeip": ("xii", "eaic", "nci"),
    "ibenp": ("xin", "eanc", "ncn"),
    "ibcip": ("xii", "eais", "ncip"),
    "ibcnp": ("xin", "eans", "ncnp"),
}
# What goes as a power of the temperature.
POWERS = {name: f"x{name}" for name in ("rcx", "rci", "rbx", "rbi", "re", "rs", "rbp", "vo", "ikf")}
# Junctions: activation energy, and which grading coefficient belongs to the potential.
POTENTIALS = {"pe": ("eaie", "me"), "pc": ("eaic", "mc"), "ps": ("eais", "ms")}
CAPACITANCES = {"cje": "pe", "cjc": "pc", "cjep": "pc", "cjcp": "ps"}


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
        self.t = max_(m["temp"] + m["dtemp"] + KELVIN + rise, 1.0)
        self.vt = m.local("vt", K_OVER_Q * self.t)
        self.nominal_vt = K_OVER_Q * nominal
        self.dt = self.t - nominal
        self.ratio = self.t / nominal
        self.log = ln(self.ratio)
        self._known: dict[str, Expr] = {}

    def __getitem__(self, name: str) -> Expr:
        if name not in self._known:
            base = self.m[name]
            value = self._value(name, base)
            self._known[name] = base if value is base else self.m.local(f"{name} warm", value)
        return self._known[name]

    def _value(self, name: str, base: Expr) -> Expr:
        if name in SATURATION:
            exponent, energy, emission = SATURATION[name]
            return base * self._grown(exponent, energy, self.m[emission])
        if name in POWERS:
            return base * exp(self.log * self.m[POWERS[name]])
        if name in POTENTIALS:
            return self._potential(base, self.m[POTENTIALS[name][0]])
        if name in CAPACITANCES:
            potential = CAPACITANCES[name]
            fall = ln(self.m[potential] / self[potential])
            return base * exp(self.m[POTENTIALS[potential][1]] * fall)
        return self._linear(name, base)

    def _linear(self, name: str, base: Expr) -> Expr:
        m, dt = self.m, self.dt
        if name in ("nf", "nr"):
            return base * max_(1.0 + dt * m["tnf"], 1e-2)
        if name == "avc2":
            return base * max_(1.0 + dt * m["tavc"], 1e-2)
        if name == "vbbe":
            return base * max_(1.0 + dt * (m["tvbbe1"] + dt * m["tvbbe2"]), 1e-2)
        if name == "nbbe":
            return base * max_(1.0 + dt * m["tnbbe"], 1e-2)
        if name == "gamm":
            return base * self._grown("xis", "ea", 1.0)
        return base

    def _grown(self, exponent: str, energy: str, emission: Expr | float) -> Expr:
        rise = self.m[exponent] * self.log - self.m[energy] * (1.0 - self.ratio) / self.vt
        return exp(rise / emission)

    def _potential(self, base: Expr, energy: Expr) -> Expr:
        """A built-in potential, which stays positive however hot it is. [V]"""
        at_nominal = built_in_at(base, self.nominal_vt)
        moved = at_nominal * self.ratio - 3.0 * self.vt * self.log - energy * (self.ratio - 1.0)
        return positive_potential(moved, self.vt)
