"""Depletion charges of VBIC's junctions, over their capacitance at 0 V."""

from __future__ import annotations

from circuitnn.equations.graph import ZERO, Expr, abs_, and_, exp, ln, max_, sqrt, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.vbic_warm import Warm


def depletion(m: Equations, warm: Warm, v: Expr, names: tuple[str, str, str], through: bool = False) -> Expr:
    """Return the charge of a graded junction over its capacitance at 0 V. [V]

    Parameters
    ----------
    m : Equations
    warm : Warm
    v : Expr
        Its voltage, positive forward. [V]
    names : tuple of str
        Of the parameters: built-in potential, grading coefficient, width of the saturation.
    through : bool
        Whether the depletion may reach through the collector (vrt, art).
    """
    potential, grading, width = warm[names[0]], m[names[1]], m[names[2]]
    junction = _Junction(m, potential, grading, width)
    smooth, abrupt = junction.smooth(v), junction.abrupt(v)
    if through:
        vrt = m["vrt"]
        smooth = where(and_(vrt > 0.0, m["art"] > 0.0), junction.smooth_through(v), smooth)
        abrupt = where(and_(vrt > 0.0, v < -vrt), junction.depleted(v), abrupt)
    return where(width > 0.0, smooth, abrupt)


class _Junction:
    def __init__(self, m: Equations, potential: Expr, grading: Expr, width: Expr) -> None:
        self.m, self.potential, self.grading, self.width = m, potential, grading, width
        rest = 1.0 - grading
        self.rest = where(abs_(rest) < 1e-6, 1e-6, rest)  # of a coefficient of 1 the charge is a logarithm
        self.edge = m["fc"] * potential
        self.most = exp(-grading * ln(1.0 - m["fc"]))

    def below(self, v: Expr) -> Expr:
        """Charge at voltages below the potential."""
        return self.potential * (1.0 - exp(self.rest * ln(1.0 - v / self.potential))) / self.rest

    def abrupt(self, v: Expr) -> Expr:
        """Capacitance goes on as a straight line above the edge."""
        over = max_(v - self.edge, 0.0)
        room = 1.0 - self.m["fc"]
        line = over * (room + 0.5 * self.grading * over / self.potential) * self.most / room
        return self.below(where(v < self.edge, v, self.edge)) + line

    def depleted(self, v: Expr) -> Expr:
        """Capacitance is constant below -vrt."""
        vrt = self.m["vrt"]
        least = exp(-self.grading * ln(1.0 + vrt / self.potential))
        return self.below(-vrt) + least * (v + vrt)

    def smooth(self, v: Expr) -> Expr:
        """Capacitance saturates smoothly at the edge."""
        here, at_rest = (self._held(u) for u in (v, ZERO))
        return self.below(here) - self.below(at_rest) + self.most * (v - here + at_rest)

    def _held(self, v: Expr) -> Expr:
        over = v - self.edge
        return 0.5 * (over - sqrt(over * over + 4.0 * self.width * self.width)) + self.edge

    def smooth_through(self, v: Expr) -> Expr:
        """Capacitance saturates smoothly at the edge and at -vrt."""
        vrt = self.m["vrt"]
        span = max_(vrt + self.edge, 1e-6)
        here, part = self._between(v, span)
        at_rest, _ = self._between(ZERO, span)
        least = exp(-self.grading * ln(1.0 + vrt / self.potential))
        slope = least + part * (self.most - least)
        return self.below(here) - self.below(at_rest) + slope * (v - here + at_rest)

    def _between(self, v: Expr, span: Expr) -> tuple[Expr, Expr]:
        """Voltage held between -vrt and the edge, and where between them it is, from 0 to 1."""
        x = (2.0 * v + self.m["vrt"] - self.edge) / span
        upper = sqrt((x - 1.0) * (x - 1.0) + 4.0 * self.width * self.width)
        lower = sqrt((x + 1.0) * (x + 1.0) + 4.0 * self.m["art"] * self.m["art"])
        held = 2.0 * x / (upper + lower)
        return 0.5 * (held * span - self.m["vrt"] + self.edge), 0.5 * (held + 1.0)
