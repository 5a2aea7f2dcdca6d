"""What the channel of BSIM3v3.3 conducts, seen from the end that acts as source, times the polarity."""

from __future__ import annotations

from circuitnn.equations.graph import ZERO, Expr, and_, eq, exp, ln, log1p, max_, min_, sqrt, where
from circuitnn.models.semiconductors.bsim3_size import (
    CHARGE,
    LARGEST,
    SILICON,
    SMALLEST,
    STEEPEST,
    Size,
    falloff,
)

LATEST = 100.0  # where the exponential far below threshold stops


def positive(x: Expr) -> Expr:
    """1 + x, and below -0.5 a curve of the same slope that stays positive."""
    low = min_(x, -0.5)
    return where(x >= -0.5, 1.0 + x, (1.0 + 3.0 * low) / (3.0 + 8.0 * low))


class Channel:
    """Threshold, mobility, saturation and current of the channel.

    Parameters
    ----------
    size : Size
    vgs, vds, vbs : Expr
        Of gate, drain and bulk over the end that acts as source; vds is not negative. [V]
    """

    def __init__(self, size: Size, vgs: Expr, vds: Expr, vbs: Expr) -> None:
        self.size, self.vds, self.outer_vbs = size, vds, vbs
        self._bulk(vbs)
        self._threshold()
        self._swing()
        self._gate(vgs)
        self._resistance()
        self._mobility()
        self._saturation()
        self._early()
        self._current()

    def _bulk(self, vbs: Expr) -> None:
        s = self.size
        over = vbs - s.vbc - 0.001
        held = s.vbc + 0.5 * (over + sqrt(over * over - 0.004 * s.vbc))
        self.vbs = vbs = s.m.local("held vbs", max_(held, vbs))
        forward = vbs > 0.0
        up, down = where(forward, vbs, 0.0), where(forward, 0.0, vbs)
        self.surface = where(forward, s.phi * s.phi / (s.phi + up), s.phi - down)
        root = s.phi * s.root_phi / (s.phi + 0.5 * up)
        self.root = where(forward, root, sqrt(s.phi - down))
        self.depth = s.depletion * self.root / s.root_phi

    def _threshold(self) -> None:
        s = self.size
        along = s.decay * sqrt(self.depth)
        drop = s.vbi - s.phi
        self.short = falloff(-0.5 * s["dvt1"] * s.length / (along * positive(s["dvt2"] * self.vbs)))
        across = along * positive(s["dvt2w"] * self.vbs)
        corner = s["dvt0w"] * falloff(-0.5 * s["dvt1w"] * s.width * s.length / across) * drop
        eta = s["eta0"] + s["etab"] * self.vbs
        low = min_(eta, 1e-4)
        eta = where(eta < 1e-4, (2e-4 - low) / (3.0 - 2e4 * low), eta)
        body = self._body_effect() - s.k2ox * self.vbs
        width = (s["k3"] + s["k3b"] * self.vbs) * s.narrow
        heat = s.shift + s["kt2"] * s.heat * self.vbs
        threshold = s.vth0 + body - s["dvt0"] * self.short * drop - corner + width + heat
        self.threshold = threshold - eta * s.by_drain * self.vds

    def _body_effect(self) -> Expr:
        """Threshold by the charge of the depleted layer. [V]"""
        return self.size.k1ox * self.root - self.size.k1 * self.size.root_phi

    def _swing(self) -> None:
        s = self.size
        coupled = s["cdsc"] + s["cdscb"] * self.vbs + s["cdscd"] * self.vds
        through = s["nfactor"] * SILICON / self.depth + coupled * self.short + s["cit"]
        self.swing = positive(through / s.cox)

    def _gate(self, vgs: Expr) -> None:
        s = self.size
        over = vgs - (s.vfb + s.phi)
        depletes = and_(s.poly, over > 0.0)
        unit = 1e6 * CHARGE * SILICON * s.ngate / (s.cox * s.cox)
        unit = where(s.poly, unit, 1.0)
        spread = unit * (sqrt(1.0 + 2.0 * max_(over, 0.0) / unit) - 1.0)
        left = 1.12 - 0.5 * spread * spread / unit - 0.05
        lost = 1.12 - 0.5 * (left + sqrt(left * left + 0.224))
        self.gate = vgs - where(depletes, lost, 0.0)
        self.over = self.gate - self.threshold
        slope = 2.0 * self.swing * s.vt
        x = self.over / slope
        strong = x > STEEPEST
        inverted = slope * where(strong, x, log1p(exp(min_(x, STEEPEST))))
        weak = exp(min_(2.0 * s["voff"] / slope - x, LATEST))
        self.drive = s.m.local(
            "drive", inverted / (1.0 + slope * (s.cox / (s.vt * s.depletion_capacitance)) * weak)
        )

    @property
    def charging(self) -> Expr:
        """Gate voltage above threshold in charges. [V]"""
        s = self.size
        slope = self.swing * s["noff"] * s.vt
        over = self.over - s["voffcv"]
        x = over / slope
        soft = slope * log1p(exp(max_(min_(x, STEEPEST), -STEEPEST)))
        return where(x > STEEPEST, over, soft)

    def centre(self, drive: Expr) -> Expr:
        """Distance of the inversion layer's charge from the oxide. [m]"""
        s = self.size
        over = 4.0 * (self.threshold - s.flat - s.phi)
        field = where(over >= 0.0, drive + over, drive + 1e-20) / (2e8 * s.oxide)
        return 1.9e-9 / (1.0 + exp(0.7 * ln(max_(field, 1e-30))))

    def _resistance(self) -> None:
        s = self.size
        more = self.root - s.root_phi
        width = s.width - 2.0 * (s["dwg"] * self.drive + s["dwb"] * more)
        low = min_(width, 2e-8)
        self.width = where(width < 2e-8, 2e-8 * (4e-8 - low) / (6e-8 - 2.0 * low), width)
        factor = s["prwg"] * self.drive + s["prwb"] * more
        low = min_(factor, -0.9)
        self.rds = s.rds * where(factor >= -0.9, 1.0 + factor, (0.8 + low) / (17.0 + 20.0 * low))

    def _mobility(self) -> None:
        s, mode = self.size, self.size.m["mobmod"]
        depleted = and_(mode > 1.5, mode < 2.5)  # mobmod 2
        third = mode > 2.5
        effective = self.drive + where(depleted, 0.0, 2.0) * self.threshold
        field = effective / s.m["tox"]
        added, factor = where(third, 0.0, s.uc) * self.vbs, 1.0 + where(third, s.uc, 0.0) * self.vbs
        loss = field * ((s.ua + s.ub * field) * factor + added)
        low = min_(loss, -0.8)
        denominator = where(loss >= -0.8, 1.0 + loss, (0.6 + low) / (7.0 + 10.0 * low))
        self.mobility = s.mobility / denominator

    def _saturation(self) -> None:
        s = self.size
        self._bulk_charge()
        abulk, length = self.abulk, s.length
        self.field = 2.0 * s.vsat / self.mobility * length  # times the length [V]
        self.above = self.drive + 2.0 * s.vt
        a1, a2 = s["a1"], s["a2"]
        rest = where(a1 > 0.0, 1.0 - a2, a2)
        bend = where(a1 > 0.0, rest - a1 * self.drive, rest + a1 * self.drive) - 0.0001
        part = 0.5 * (bend + sqrt(bend * bend + 0.0004 * rest))
        self.ratio = where(eq(a1, 0.0), a2, where(a1 > 0.0, 1.0 - part, part))
        velocity = self.width * s.vsat * s.cox
        self.loading = velocity * self.rds
        loaded = abulk * self.loading
        a = 2.0 * abulk * (loaded - 1.0 + 1.0 / self.ratio)
        b = self.above * (2.0 / self.ratio - 1.0) + abulk * self.field + 3.0 * self.above * loaded
        c = self.above * (self.field + 2.0 * self.above * self.loading)
        # (b - √(b² - 2ac))/a, without the quotient of small numbers
        self.vdsat = 2.0 * c / (b + sqrt(max_(b * b - 2.0 * a * c, 0.0)))
        vdsat, delta = self.vdsat, s["delta"]
        difference = vdsat - self.vds - delta
        root = sqrt(difference * difference + 4.0 * delta * vdsat)
        # vdsat - ½(difference + root), exactly 0 where vds is
        self.held = 2.0 * vdsat * self.vds / (vdsat + self.vds + delta + root)
        self.beyond = max_(self.vds - self.held, 0.0)

    def _bulk_charge(self) -> None:
        s = self.size
        half = 0.5 * s.k1ox / self.root
        ratio = s.length / (s.length + 2.0 * sqrt(s["xj"] * self.depth))
        whole = 1.0 + half * (s["a0"] * ratio + s["b0"] / (s.width + s["b1"]))
        by_gate = half * s["ags"] * s["a0"] * ratio * ratio * ratio
        keta = s["keta"] * self.vbs
        low = min_(keta, -0.9)
        factor = where(keta >= -0.9, 1.0 / (1.0 + max_(keta, -0.9)), (17.0 + 20.0 * low) / (0.8 + low))
        at_zero, self.abulk_at_rest = (
            where(x < 0.1, (0.2 - min_(x, 0.1)) / (3.0 - 20.0 * min_(x, 0.1)), x)
            for x in (whole, whole - by_gate * self.drive)
        )
        self.abulk_at_zero, self.abulk = at_zero * factor, self.abulk_at_rest * factor

    def _early(self) -> None:
        s, abulk, vdsat = self.size, self.abulk, self.vdsat
        rest = 1.0 - 0.5 * abulk * vdsat / self.above
        saturated = self.field + vdsat + 2.0 * self.loading * self.drive * rest
        saturated = saturated / (2.0 / self.ratio - 1.0 + self.loading * abulk)
        pclm, on = s["pclm"], s["pclm"] > 0.0
        scale = s.length / (where(on, pclm, 1.0) * s.pinch)
        modulated = where(on, scale * (1.0 + self.drive / (self.field * abulk)) * self.beyond, LARGEST)
        charge = abulk * vdsat
        lowered = (self.above - self.above * charge / (self.above + charge)) / where(
            s.rout > 0.0, s.rout, 1.0
        )
        bulk = s["pdiblcb"] * self.vbs
        low = min_(bulk, -0.9)
        turned = where(bulk >= -0.9, 1.0 / (1.0 + max_(bulk, -0.9)), (17.0 + 20.0 * low) / (0.8 + low))
        lowered = where(s.rout > 0.0, lowered * turned, LARGEST)
        gate = s["pvag"] * self.drive / self.field
        low = min_(gate, -0.9)
        by_gate = where(gate > -0.9, 1.0 + gate, (0.8 + low) / (17.0 + 20.0 * low))
        self.early = saturated + by_gate * (modulated * lowered / (modulated + lowered))

    def _early_current(self) -> Expr:
        """Current, with all effects of the drain but hot carriers. [A]"""
        s = self.size
        beta = self.mobility * s.cox * self.width / s.length
        self.mean = self.drive * (1.0 - 0.5 * self.abulk * self.held / self.above)
        conductance = beta * self.mean / (1.0 + self.held / self.field)
        linear = conductance * self.held / (1.0 + conductance * self.rds)
        return linear * (1.0 + self.beyond / self.early)

    def _current(self) -> None:
        s, length, inner = self.size, self.size.length, self._early_current()
        reach = s["pscbe1"] * s.pinch
        hot = exp(-reach / max_(max_(self.beyond, reach / STEEPEST), 1e-30))
        induced = where(s["pscbe2"] > 0.0, s["pscbe2"] / length * hot, SMALLEST / length)
        self.current = inner * (1.0 + self.beyond * induced)
        share = s["alpha0"] + s["alpha1"] * length
        beta0 = s["beta0"]
        ionised = exp(-beta0 / max_(max_(self.beyond, beta0 / STEEPEST), 1e-30))
        on = and_(share > 0.0, beta0 > 0.0)
        self.ionisation = where(on, share / length * self.beyond * ionised * inner, ZERO)
