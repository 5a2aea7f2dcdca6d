"""Currents into and out of the body of BSIMPD2.2, times the polarity: junctions, bipolar transistor, hot carriers."""

from __future__ import annotations

from circuitnn.equations.graph import ZERO, Expr, abs_, and_, exp, max_, min_, sqrt, where
from circuitnn.models.semiconductors.b3soi_channel import SoiChannel
from circuitnn.models.semiconductors.b3soi_size import SoiSize

STEEPEST = 100.0  # exponentials go on as straight lines
NEAR = 1e-3  # V


def limited(x: Expr) -> Expr:
    """exp(x), a straight line beyond 100, and no less than at -100."""
    inside = exp(max_(min_(x, STEEPEST), -STEEPEST))
    return where(x > STEEPEST, inside * (1.0 + x - STEEPEST), inside)


class Body:
    """Currents of the body of one transistor. [A]

    Parameters
    ----------
    size : SoiSize
    vbs, vbd : Expr
        Of the body over source and drain. [V]
    """

    def __init__(self, size: SoiSize, vbs: Expr, vbd: Expr) -> None:
        self.size = size
        m = size.m
        self.over = {"s": vbs, "d": vbd}
        self.grown = {
            e: m.local(f"injected {e}", limited(v / size.slope) - 1.0) for e, v in self.over.items()
        }
        self.high = {e: size.injection * g for e, g in self.grown.items()}
        self.fading = {e: 1.0 / sqrt(max_(1.0 + h, 1e-12)) for e, h in self.high.items()}
        self.collector = where(m["bjtoff"] < 0.5, self._collector(), 0.0)

    def _collector(self) -> Expr:
        """From drain to source by way of the body."""
        size = self.size
        by_length = size["vabjt"] + size["aely"] * size.length
        voltage = where(
            abs_(by_length) > 1e-9, by_length, 1e30
        )  # 0: the current does not depend on the collector
        early = 1.0 + (self.over["s"] + self.over["d"]) / voltage
        knee = self.high["s"] + self.high["d"]
        second = 0.5 * (early + sqrt(max_(early * early + 4.0 * knee, 0.0)))
        return size.transport * size.emitter * (self.grown["s"] - self.grown["d"]) / max_(second, 1e-3)

    def junction(self, end: str) -> Expr:
        """From the body to drain or source."""
        size, v = self.size, self.over[end]
        area = size.edge[end] * size.m["tsi"]
        diffused = size.diffusion * self.grown[end]
        forward = limited(v / size.forward)
        reverse = limited(_saturating(v, size["vrec0"]) / size.reverse)
        recombined = size.recombination * (forward - reverse)
        tunnelled = size.tunnelling * (1.0 - limited(_saturating(v, size["vtun0"]) / (0.026 * size["ntun"])))
        base = size.base * size.emitter * self.grown[end] * self.fading[end]
        return area * (diffused + recombined + tunnelled) + base

    def ionised(self, channel: SoiChannel, collector: Expr) -> Expr:
        """From the acting drain into the body, by channel and bipolar transistor."""
        s, m = self.size, self.size.m
        reach = s["esatii"] * s.length
        by_gate = s["sii0"] * reach / (1.0 + reach) * channel.over
        by_gate = by_gate * (1.0 / (1.0 + s["sii1"] * channel.drive) + s["sii2"])
        by_gate = by_gate / (1.0 + s["siid"] * channel.vds)
        saturated = s["vdsatii0"] * (1.0 + m["tii"] * s.heat) - s["lii"] / s.length + by_gate
        beyond = channel.vds - saturated
        scale = max_(s["beta2"] + s["beta1"] * beyond + s["beta0"] * beyond * beyond, 1e-5)
        x = beyond / scale
        ratio = min_(s["alpha0"] * exp(max_(min_(x, STEEPEST), -STEEPEST)), 10.0)
        on = s["alpha0"] > 0.0
        return where(on, ratio * (channel.current + s["fbjtii"] * collector), ZERO)

    def band(self, end: str, over: Expr, gate: Expr) -> Expr:
        """From drain or source into the body, by tunnelling from band to band below the gate.

        Parameters
        ----------
        end : {"d", "s"}
        over : Expr
            Of this end over the other one. [V]
        gate : Expr
            Of the gate over the other end. [V]
        """
        s = self.size
        field = (over - gate - s["ngidl"]) / (3.0 * s.m["tox"])
        on = and_(and_(s["agidl"] > 0.0, s["bgidl"] > 0.0), field > 0.0)
        positive = max_(field, s["bgidl"] / STEEPEST)
        positive = max_(positive, 1.0)
        return where(on, s.edge[end] * s["agidl"] * max_(field, 0.0) * exp(-s["bgidl"] / positive), ZERO)


def _saturating(v: Expr, limit: Expr) -> Expr:
    """Minus a junction's voltage, which saturates where the junction is reverse. [V]"""
    return -v * limit / max_(limit - v, NEAR)
