"""What the channel of BSIM4 conducts, seen from the end that acts as source, times the polarity; of one finger."""

from __future__ import annotations

from circuitnn.constants import ELEMENTARY_CHARGE
from circuitnn.equations.graph import ZERO, Expr, and_, eq, exp, ln, log1p, max_, min_, ne, sqrt, where
from circuitnn.models.semiconductors.bsim3_channel import positive
from circuitnn.models.semiconductors.bsim3_size import LARGEST, SILICON, SMALLEST, STEEPEST
from circuitnn.models.semiconductors.bsim4_size import Size4, clamped_exp, falloff
from circuitnn.models.semiconductors.optional import is_given

LAYER = 1.9e-9  # m, of an inversion layer without field
IMMOBILE = 1e-20  # m²/(V s), below which nothing that flows would be seen


def depleted_gate(size: Size4, vg: Expr) -> Expr:
    """Gate voltage less what the depletion of the gate takes. [V]"""
    over = vg - (size.vfb + size.phi)
    depletes = and_(size.poly, over > 0.0)
    unit = 1e6 * ELEMENTARY_CHARGE * SILICON * size.ngate / (size.cox * size.cox)
    unit = where(size.poly, unit, 1.0)
    spread = 2.0 * max_(over, 0.0) / (1.0 + sqrt(1.0 + 2.0 * max_(over, 0.0) / unit))
    left = 1.12 - 0.5 * spread * spread / unit - 0.05
    return vg - where(depletes, 1.12 - 0.5 * (left + sqrt(left * left + 0.224)), 0.0)


def folded(x: Expr) -> Expr:
    """1/(1 + x), and below -0.9 a curve that stays positive."""
    low = min_(x, -0.9)
    return where(x >= -0.9, 1.0 / (1.0 + max_(x, -0.9)), (17.0 + 20.0 * low) / (0.8 + low))


def lifted(x: Expr) -> Expr:
    """1 + x, and below -0.9 a curve that stays positive."""
    low = min_(x, -0.9)
    return where(x > -0.9, 1.0 + x, (0.8 + low) / (17.0 + 20.0 * low))


class Channel4:
    """Threshold, mobility, saturation and current of the channel.

    Parameters
    ----------
    size : Size4
    vgs, vds, vbs : Expr
        Of gate (where it is not depleted), drain and bulk over the end that acts as source; vds is not negative. [V]
    """

    def __init__(self, size: Size4, vgs: Expr, vds: Expr, vbs: Expr) -> None:
        self.size, self.gate, self.vds, self.outer_vbs = size, vgs, vds, vbs
        self._bulk(vbs)
        self._threshold()
        self._gate()
        self._resistance()
        self._bulk_charge()
        self._mobility()
        self._saturation()
        self._early()
        self._current()

    def _bulk(self, vbs: Expr) -> None:
        s = self.size
        over = vbs - s.vbc - 0.001
        root = sqrt(over * over - 0.004 * s.vbc)
        held = where(
            over >= 0.0, s.vbc + 0.5 * (over + root), s.vbc * (1.0 - 0.002 / (root - min_(over, 0.0)))
        )
        top = 0.95 * s.phi
        under = top - held - 0.001
        held = top - 0.5 * (under + sqrt(under * under + 0.004 * top))
        self.vbs = s.m.local("held vbs", held)
        self.surface = s.phi - self.vbs
        self.root = sqrt(self.surface)
        self.depth = s.depletion * self.root / s.root_phi
        self.depletion_at_bias = SILICON / self.depth  # F/m²

    def _threshold(self) -> None:
        s = self.size
        along = s.decay * sqrt(self.depth)
        drop = s.vbi - s.phi
        self.short = falloff(s["dvt1"] * s.length / (along * positive(s["dvt2"] * self.vbs)))
        across = along * positive(s["dvt2w"] * self.vbs)
        corner = s["dvt0w"] * falloff(s["dvt1w"] * s.width * s.length / across) * drop
        eta = s.eta0 + s["etab"] * self.vbs
        low = min_(eta, 1e-4)
        eta = where(eta < 1e-4, (2e-4 - low) / (3.0 - 2e4 * low), eta)
        body = (s.k1ox * self.root - s.k1 * s.root_phi) * s.lateral_bulk - s.k2ox * self.vbs
        width = (s["k3"] + s["k3b"] * self.vbs) * s.narrow
        heat = s.lateral + s.kt + s.kt2 * self.vbs
        threshold = s.vth0 + body - s["dvt0"] * self.short * drop - corner + width + heat
        threshold = threshold - eta * s.by_drain * self.vds
        self._swing()
        self.threshold = s.m.local("threshold", threshold - self._pocket())

    def _swing(self) -> None:
        s = self.size
        coupled = s["cdsc"] + s["cdscb"] * self.vbs + s["cdscd"] * self.vds
        through = s.nfactor * self.depletion_at_bias + coupled * self.short + s["cit"]
        self.swing = s.m.local("swing", positive(through / s.cox))

    def _pocket(self) -> Expr:
        """Fall of the threshold by the drain in channels with pockets. [V]"""
        s = self.size
        on = s["dvtp0"] > 0.0
        grown = s.length + where(on, s["dvtp0"], 0.0) * (1.0 + exp(max_(-s["dvtp1"] * self.vds, -STEEPEST)))
        unit = where(s.heat_law < 1.5, s.vt, s.vt_nominal)
        short = where(on, self.swing * unit * ln(s.length / grown), 0.0)
        present = and_(ne(s["dvtp4"], 0.0), ne(s.long_pocket, 0.0))
        e = clamped_exp(2.0 * s["dvtp4"] * self.vds)
        return short + where(present, s.long_pocket * (e - 1.0) / (e + 1.0), 0.0)

    def inverting(self, over: Expr, steep: Expr, offset: Expr) -> Expr:
        """Gate voltage above threshold, which fades into an exponential below it. [V]"""
        s = self.size
        slope = self.swing * s.vt
        x = steep * over / slope
        inverted = slope * where(x > STEEPEST, x, log1p(exp(max_(min_(x, STEEPEST), -STEEPEST))))
        weak = clamped_exp((offset - (1.0 - steep) * over) / slope)
        return inverted / (steep + self.swing * s.cox / s.depletion_capacitance * weak)

    def _gate(self) -> None:
        s = self.size
        self.over = self.gate - self.threshold
        self.drive = s.m.local("drive", self.inverting(self.over, s.steep, s.voff))

    @property
    def charging(self) -> Expr:
        """Gate voltage above threshold in charges. [V]"""
        s = self.size
        slope = self.swing * s["noff"] * s.vt
        over = self.over - s.voffcv
        x = over / slope
        soft = slope * where(x > STEEPEST, x, log1p(exp(max_(min_(x, STEEPEST), -STEEPEST))))
        return where(s.m["cvchargemod"] > 0.5, self.inverting(self.over, s.steep_cv, s.voffcv_own), soft)

    def centre(self, drive: Expr) -> Expr:
        """Distance of the inversion layer's charge from the oxide. [m]"""
        s = self.size
        depth = max_((drive + s.above_field) / (2e8 * s.toxp), 1e-30)
        return s["ados"] * LAYER / (1.0 + exp(0.7 * s["bdos"] * ln(depth)))

    def _resistance(self) -> None:
        s = self.size
        more = self.root - s.root_phi
        width = s.width - 2.0 * (s["dwg"] * self.drive + s["dwb"] * more)
        low = min_(width, 2e-8)
        self.width = where(width < 2e-8, 2e-8 * (4e-8 - low) / (6e-8 - 2.0 * low), width)
        open_ = 1.0 / (1.0 + s["prwg"] * self.drive) + s["prwb"] * more
        self.rds = s.rds_least + 0.5 * s.rds * (open_ + sqrt(open_ * open_ + 0.01))

    def _bulk_charge(self) -> None:
        s = self.size
        bend = 0.5 * s.k1ox * s.lateral_bulk / self.root + s.k2ox - s["k3b"] * s.narrow
        ratio = s.length / (s.length + 2.0 * sqrt(s["xj"] * self.depth))
        whole = 1.0 + bend * (s["a0"] * ratio + s["b0"] / (s.width + s["b1"]))
        by_gate = bend * s["ags"] * s["a0"] * ratio * ratio * ratio
        at_zero, self.abulk_at_rest = (
            where(x < 0.1, (0.2 - min_(x, 0.1)) / (3.0 - 20.0 * min_(x, 0.1)), x)
            for x in (whole, whole - by_gate * self.drive)
        )
        factor = folded(s["keta"] * self.vbs)
        self.abulk_at_zero, self.abulk = at_zero * factor, self.abulk_at_rest * factor

    def _mobility(self) -> None:
        s = self.size
        vth = where(s.by_flat, s.mobility_field, self.threshold)
        field = (self.drive + where(s.by_flat, 1.0, 2.0) * vth) / s.toxe
        short = s.toxe / (self.drive + 2.0 * sqrt(vth * vth + where(s.since46, 1e-4, 1e-12)))
        scattered = s.ud * short * short * vth * vth
        plain = field * (s.ua + s.uc * self.vbs + s.ub * field) + scattered
        by_body = field * (s.ua + s.ub * field) * (1.0 + s.uc * self.vbs) + scattered
        above = (self.drive + s.mobility_field) / s.toxe
        universal = exp(s.eu * ln(above)) * (s.ua + s.uc * self.vbs) + scattered
        charged = exp(s.eu * ln(above * (1e-8 / 6.0))) * (s.ua + s.uc * self.vbs)
        charged = charged + s.ud / exp(s.ucs * ln(0.5 + 0.5 * self.drive / s.drive_at_threshold))
        mode = s.mobility_law
        loss = where(mode < 0.5, plain, where(mode < 1.5, by_body, where(mode < 2.5, universal, charged)))
        low = min_(loss, -0.8)
        denominator = where(loss >= -0.8, 1.0 + loss, (0.6 + low) / (7.0 + 10.0 * low))
        self.mobility = max_(s.mobility / denominator, IMMOBILE)

    def _saturation(self) -> None:
        s = self.size
        abulk, length = self.abulk, s.length
        self.esat = 2.0 * s.vsat / self.mobility  # V/m
        field = self.esat * length
        self.above = self.drive + 2.0 * s.vt
        a1, a2 = s["a1"], s["a2"]
        rest = where(a1 > 0.0, 1.0 - a2, a2)
        bend = where(a1 > 0.0, rest - a1 * self.drive, rest + a1 * self.drive) - 0.0001
        part = 0.5 * (bend + sqrt(max_(bend * bend + 0.0004 * rest, 0.0)))
        self.ratio = where(eq(a1, 0.0), a2, where(a1 > 0.0, 1.0 - part, part))
        velocity = self.width * s.vsat * s.cox
        self.loading = velocity * self.rds
        loaded = abulk * self.loading
        a = 2.0 * abulk * (loaded - 1.0 + 1.0 / self.ratio)
        b = self.above * (2.0 / self.ratio - 1.0) + abulk * field + 3.0 * self.above * loaded
        c = self.above * (field + 2.0 * self.above * self.loading)
        # (b - √(b² - 2ac))/a, without the quotient of small numbers
        self.vdsat = 2.0 * c / (b + sqrt(max_(b * b - 2.0 * a * c, 0.0)))
        vdsat, delta = self.vdsat, s["delta"]
        difference = vdsat - self.vds - delta
        root = sqrt(difference * difference + 4.0 * delta * vdsat)
        # vdsat - ½(difference + root), exactly 0 where vds is
        self.held = 2.0 * vdsat * self.vds / (vdsat + self.vds + delta + root)
        self.beyond = max_(self.vds - self.held, 0.0)
        fast = and_(is_given(s.m["lambda"]), s["lambda"] > 0.0)
        steepness = 1.0 + self.beyond / (self.esat * s.pinch)
        overshoot = (1.0 - 2.0 / (steepness * steepness + 1.0)) * s["lambda"] / (length * self.mobility)
        self.field = field * where(fast, 1.0 + overshoot, 1.0)  # times the length [V]
        self.pinch_field = where(s.since46, self.field, field)

    def _early(self) -> None:
        s, abulk, vdsat = self.size, self.abulk, self.vdsat
        rest = 1.0 - 0.5 * abulk * vdsat / self.above
        saturated = self.field + vdsat + 2.0 * self.loading * self.drive * rest
        self.saturated = saturated / (2.0 / self.ratio - 1.0 + self.loading * abulk)
        self._conductance()
        fprout = s["fprout"]
        self.pocket = where(fprout > 0.0, 1.0 / (1.0 + max_(fprout, 0.0) * sqrt(s.length) / self.above), 1.0)
        by_gate = lifted(s["pvag"] * self.drive / self.field)
        pclm = s["pclm"]
        stretched = (1.0 + self.rds * self.conductance) * (s.length + vdsat * s.length / self.pinch_field)
        on = pclm > SMALLEST
        self.modulation = where(
            on, self.pocket * by_gate * stretched / (where(on, pclm, 1.0) * s.pinch), LARGEST
        )
        charge = abulk * vdsat
        present = s.rout > SMALLEST
        lowered = (self.above - self.above * charge / (self.above + charge)) / where(present, s.rout, 1.0)
        self.lowered = where(present, lowered * folded(s["pdiblcb"] * self.vbs) * by_gate, LARGEST)
        e = clamped_exp(min_(s["pditsd"] * self.vds, STEEPEST))
        pdits = s["pdits"]
        shifting = pdits > SMALLEST
        of_pockets = self.pocket * (1.0 + (1.0 + s["pditsl"] * s.length) * e) / where(shifting, pdits, 1.0)
        self.shifted = where(shifting, of_pockets, LARGEST)

    def _conductance(self) -> None:
        """Conductance of the channel, of one finger, with its series resistance. [S]"""
        s = self.size
        self.cox = SILICON * s.cox_physical / (SILICON + s.cox_physical * self.centre(self.drive))
        self.unit = self.cox * self.width / s.length
        lost = 1.0 - 0.5 * self.abulk * self.held / self.above
        mobility = self.mobility * lost / (1.0 + self.held / self.field)
        plain = mobility * self.unit * self.drive
        loaded = 1.0 + plain * self.rds
        self.conductance = plain / loaded
        self.loaded_mobility = mobility / loaded  # m²/(V s), the conductance over the charge that is there

    def _current(self) -> None:
        s, length, beyond = self.size, self.size.length, self.beyond
        across = (1.0 + beyond / self.lowered) * (1.0 + beyond / self.shifted) * self.held
        across = across * (1.0 + log1p(self.modulation * beyond / self.saturated) / self.modulation)
        share = s["alpha0"] + s["alpha1"] * length
        beta0 = s["beta0"]
        ionised = exp(-beta0 / max_(max_(beyond, beta0 / STEEPEST), 1e-30))
        on = and_(share > 0.0, beta0 > 0.0)
        self.ionisation = where(on, share / length * beyond * ionised * self.conductance * across, ZERO)
        reach = s["pscbe1"] * s.pinch
        hot = exp(-reach / max_(max_(beyond, reach / STEEPEST), 1e-30))
        induced = where(s["pscbe2"] > 0.0, s["pscbe2"] / length * hot, SMALLEST)
        across = across * (1.0 + beyond * induced)
        self.current = self.conductance * across * self._limited(self.loaded_mobility * across / length)

    def _limited(self, velocity: Expr) -> Expr:
        """What the thermal velocity at the source leaves of the current."""
        s = self.size
        vtl = s["vtl"]
        limited = and_(is_given(s.m["vtl"]), vtl > 0.0)
        back = s.length / (s["xn"] * s.length + max_(s["lc"], 0.0))
        factor = (1.0 - back) / (1.0 + back)
        ratio = max_(velocity / (where(limited, vtl, 1.0) * where(limited, factor, 1.0)), 1e-30)
        return where(limited, exp(-log1p(exp(6.0 * ln(ratio))) / 6.0), 1.0)
