"""Depletion charges of HICUM's junctions, and how they weigh in the transfer current."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from circuitnn.equations.graph import Expr, as_expr, exp, expm1, ln, max_, min_, sqrt, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.hicum_warm import Warm
from circuitnn.models.softplus import softplus

ROUND = 1.921812  # of the hyperbolas below: their value at 0 is ln 2, that of a softplus
MOST = 2.4  # largest capacitance of the collector's junctions over that at 0 V
NEVER = 100.0  # V, punch-through voltage from which on it never happens


class Depletion(NamedTuple):
    """Charge and capacitance of a junction at a voltage.

    Parameters
    ----------
    charge : Expr
    capacitance : Expr
        Where the junction is punched through, as the published equations approximate it.
    """

    charge: Expr
    capacitance: Expr

    def times(self, size: Expr) -> Depletion:
        """Those of a junction of a size."""
        return Depletion(size * self.charge, size * self.capacitance)


def positive_part(x: Expr, root: Expr, width: Expr | float) -> Expr:
    """(x + root)/2, the root that of x² + width, exact where x is negative as well."""
    return where(x < 0.0, 0.5 * width / (root - min_(x, 0.0)), 0.5 * (root + x))


def raised(x: Expr) -> Expr:
    """x, but positive where it is negative: a hyperbola."""
    return positive_part(x, sqrt(x * x + ROUND), ROUND)


def held(v: Expr, most: Expr, width: Expr) -> Expr:
    """A voltage, which stays below its largest value. [V]"""
    return most - width * raised((most - v) / width)


class Junction:
    """Depletion region of a graded junction.

    Parameters
    ----------
    warm : Warm
    name : str
        Of its local quantities.
    potential, grading : Expr
        Built-in potential [V], grading coefficient.
    most : Expr or float
        Largest capacitance, over that at 0 V.
    """

    def __init__(self, warm: Warm, name: str, potential: Expr, grading: Expr, most: Expr | float) -> None:
        self.m, self.name, self.vt = warm.m, name, warm.vt
        self.potential, self.grading, self.most = potential, grading, most
        edge = potential * (1.0 - exp(-ln(as_expr(most)) / grading))
        self.edge = self.m.local(f"edge {name}", edge)

    def _left(self, v: Expr) -> Expr:
        """ln(1 - v/potential) of a voltage below the potential."""
        return ln(max_(1.0 - v / self.potential, 1e-14))

    def smooth(self, v: Expr, named: Callable[[str, Expr], Expr]) -> Depletion:
        """Charge [V] and capacitance of a junction without punch-through, over its capacitance at 0 V."""
        over = named("over", (self.edge - v) / self.vt)
        above = named("above", raised(over))
        inside = named("inside", self.edge - self.vt * above)
        part = named("part", above / sqrt(over * over + ROUND))
        left, rest = named("left", self._left(inside)), 1.0 - self.grading
        charge = self.potential * (1.0 - exp(rest * left)) / rest + self.most * (v - inside)
        return Depletion(charge, exp(-self.grading * left) * part + self.most * (1.0 - part))

    def punched(self, v: Expr, through: Expr, named: Callable[[str, Expr], Expr]) -> Depletion:
        """The same of a junction whose depletion region ends at a voltage."""
        over = named("over", (self.edge - v) / self.vt)
        below = named("below", self.edge - self.vt * softplus(over))
        reach = through - self.potential
        width = 0.1 * reach + 4.0 * self.vt
        far = named("far", (reach + below) / width)
        end = named("end", -reach - width * exp(-(reach + self.edge) / width))
        inside = end + width * softplus(far)
        weak = 0.25 * self.grading
        least = named("least", exp((weak - self.grading) * ln(through / self.potential)))
        inner, outer = named("inner", self._left(inside)), named("outer", self._left(below))
        rest, flat = 1.0 - self.grading, 1.0 - weak
        charge = (1.0 - exp(rest * inner)) / rest + least * (exp(flat * inner) - exp(flat * outer)) / flat
        forward, near = (1.0 / (1.0 + exp(-min_(max_(x, -80.0), 80.0))) for x in (over, far))
        forward, near = named("forward", forward), named("near", near)
        slope = exp(-self.grading * inner) * forward * near + least * exp(-weak * outer) * (1.0 - near)
        return Depletion(
            self.potential * charge + self.most * (v - below), slope + self.most * (1.0 - forward)
        )

    def at(self, v: Expr, name: str, through: Expr | None = None) -> Depletion:
        """Charge [V] and capacitance, over the capacitance at 0 V, with punch-through below `NEVER`.

        Parameters
        ----------
        v : Expr
            Voltage, positive forward. [V]
        name : str
            Of the local quantities they are computed by.
        through : Expr, optional
            Voltage of the punch-through. [V]
        """

        def named(part: str, value: Expr) -> Expr:
            return self.m.local(f"{part} {name}", value)

        never = self.smooth(v, named)
        if through is None:
            return never
        ends = self.punched(v, through, lambda part, value: named(f"ending {part}", value))
        return Depletion(*(where(through < NEVER, a, b) for a, b in zip(ends, never, strict=True)))


def weight(m: Equations, warm: Warm, vbe: Expr) -> Expr:
    """Weight of the emitter junction's charge in the transfer current, which falls with the voltage."""
    width = m["rhjei"] * warm.vt
    below = m.local("below weight", held(vbe, warm["vdei"], width))
    above = m.local("above weight", warm.vt * (1.0 + raised(below / warm.vt - 1.0)))
    left = max_(1.0 - above / warm["vdei"], 1e-9)
    x = m.local("exponent weight", max_(warm["ahjei"] * (1.0 - exp(m["zei"] * ln(left))), 1e-9))
    return where(m["ahjei"] > 0.0, warm["hjei"] * expm1(x) / x, warm["hjei"])
