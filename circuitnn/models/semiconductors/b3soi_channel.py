"""What the channel of BSIMPD2.2 conducts, seen from the end that acts as source, times the polarity."""

from __future__ import annotations

from circuitnn.equations.graph import ONE, Expr, exp, log1p, max_, min_, sqrt, where
from circuitnn.models.semiconductors.b3soi_size import SoiSize
from circuitnn.models.semiconductors.bsim3_channel import Channel
from circuitnn.models.semiconductors.bsim3_size import STEEPEST

DEEPEST, DEEPEST_BEND = -5.0, 1e-3  # V, least voltage of the body, and how smoothly it is reached
HIGHEST, BEND = 1.5, 2e-3  # V, the largest, likewise
STRONGEST = 0.95  # of the surface potential: the body's voltage in the depleted layer is no higher

FULL, BEYOND = 0.96, 1.043406  # where the bulk charge goes on as a hyperbola that ends at 6, and how steep


class SoiChannel(Channel):
    """Threshold, mobility, saturation and current of the channel.

    It is that of BSIM3, but the body may be forward.

    Parameters
    ----------
    size : SoiSize
    vgs, vds, vbs : Expr
        Of gate, drain and body over the end that acts as source; vds is not negative. [V]
    """

    size: SoiSize

    def _bulk(self, vbs: Expr) -> None:
        s = self.size
        over = vbs - DEEPEST - DEEPEST_BEND
        above = DEEPEST + 0.5 * (over + sqrt(over * over - 4.0 * DEEPEST_BEND * DEEPEST))
        self.high = s.m.local("high vbs", _below(above, HIGHEST))
        edge = STRONGEST * s.phi
        self.vbs = s.m.local("held vbs", _below(self.high, edge))
        # the bounds below have no effect, but on iterates of what solves for these as ngspice does in a twin
        self.surface = max_(s.phi - self.vbs, 0.01 * s.phi)
        self.root = sqrt(self.surface)
        # beyond the edge it goes on as a straight line
        self.extended = self.root - 0.5 / sqrt(s.phi - edge) * (self.high - self.vbs)
        self.depth = s.depletion * self.root / s.root_phi

    def _body_effect(self) -> Expr:
        return self.size.k1ox * (self.extended - self.size.root_phi)

    @property
    def charging(self) -> Expr:
        """Gate voltage above threshold in charges. [V]"""
        slope = self.swing * self.size.vt
        over = self.over - self.size["delvt"]
        x = over / slope
        return where(x > STEEPEST, over, slope * log1p(exp(max_(min_(x, STEEPEST), -STEEPEST))))

    def _bulk_charge(self) -> None:
        s = self.size
        potential = max_(s.phi + s["ketas"], 0.1)
        keta = s["keta"] * self.high
        low = min_(keta, -0.9)
        factor = where(keta >= -0.9, 1.0 / (1.0 + max_(keta, -0.9)), (17.0 + 20.0 * low) / (0.8 + low))
        share = self.high * factor / potential
        rising = 1.0 / sqrt(1.0 - min_(share, FULL))
        rising = where(share < FULL, rising, 6.0 - (BEYOND * FULL - 1.0) / (BEYOND * max_(share, FULL) - 1.0))
        half = 0.5 * s.k1ox / sqrt(potential) * rising
        ratio = s.length / (s.length + 2.0 * sqrt(s["xj"] * self.depth))
        whole = 1.0 + half * (s["a0"] * ratio + s["b0"] / (s.width + s["b1"]))
        by_gate = half * s["ags"] * s["a0"] * ratio * ratio * ratio
        self.abulk_at_zero, self.abulk = (
            where(x < 0.01, (0.02 - min_(x, 0.01)) / (3.0 - 200.0 * min_(x, 0.01)), x)
            for x in (whole, whole - by_gate * self.drive)
        )
        self.abulk_at_rest = ONE  # noise by traps does not see the bulk charge

    def _current(self) -> None:
        self.current = self._early_current() / self.size.m["nseg"]


def _below(v: Expr, most: Expr | float) -> Expr:
    """A voltage, held smoothly below another one. [V]"""
    rest = most - v - BEND
    return most - 0.5 * (rest + sqrt(rest * rest + 4.0 * BEND * most))
