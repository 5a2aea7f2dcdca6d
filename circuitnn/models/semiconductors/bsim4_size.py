"""What follows in BSIM4 from card, size and temperature of a channel, before any voltage is known."""

from __future__ import annotations

import math

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import (
    ZERO,
    Expr,
    and_,
    atan,
    exp,
    ln,
    max_,
    min_,
    not_,
    or_,
    power,
    sqrt,
    where,
)
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.bsim3_channel import positive
from circuitnn.models.semiconductors.bsim3_size import (
    CHARGE,
    K_OVER_Q,
    LARGEST,
    SILICON,
    SMALLEST,
    STEEPEST,
    gap,
)
from circuitnn.models.semiconductors.bsim4_card import SIZED
from circuitnn.models.semiconductors.bsim_bins import inside, outset
from circuitnn.models.semiconductors.bsim_versions import since
from circuitnn.models.semiconductors.optional import is_given

VACUUM = 8.85418e-12  # F/m, as the model has it
PI = 3.141592654  # as the model has it
DISTANT = 5.834617425e14 - 2.0
CLOSE = 1e-9
LEAST = 1e-30  # of powers that divide


def falloff(x: Expr) -> Expr:
    """exp(x)/((exp(x) - 1)² + 2·exp(x)·1.7e-15), the share of an end's potential that is felt at a distance."""
    e = exp(min_(x, STEEPEST))
    near = e - 1.0
    return where(x < STEEPEST, e / (near * near + 2.0 * SMALLEST * e), 1.0 / DISTANT)


def clamped_exp(x: Expr) -> Expr:
    """exp(x), constant beyond ±34."""
    inner = exp(max_(min_(x, STEEPEST), -STEEPEST))
    return where(x > STEEPEST, LARGEST, where(x < -STEEPEST, SMALLEST, inner))


def straightened_exp(x: Expr) -> Expr:
    """exp(x), a straight line above 34, constant below -34."""
    return where(x > STEEPEST, LARGEST * (1.0 + x - STEEPEST), clamped_exp(x))


class Size4:
    """Numbers of a channel of one size at one temperature, of one finger; lengths in m, the rest SI too.

    Parameters
    ----------
    m : Equations
    """

    def __init__(self, m: Equations) -> None:
        self.m = m
        self.sign = m["polarity"]
        self.temperature, self.nominal = m["temp"] + KELVIN, m["tnom"] + KELVIN
        self.ratio = self.temperature / self.nominal
        self.heat, self.warmth = self.ratio - 1.0, m["temp"] - m["tnom"]
        self.vt, self.vt_nominal = K_OVER_Q * self.temperature, K_OVER_Q * self.nominal
        self.since46, self.since47, self.since48 = (since(m["version"], first) for first in (4.6, 4.7, 4.8))
        self._laws()
        self.computed: dict[str, Expr] = {}
        self._oxide()
        self._channel_size()
        self._doping()
        self._body()
        self._stress()
        self._threshold()
        self._mobility()
        self._resistances()
        self._swing()

    def _laws(self) -> None:
        """Selectors; ngspice takes law 0 for one that a version does not have."""
        mobility, heating = self.m["mobmod"], self.m["tempmod"]
        known = where(self.since48, 6.5, where(self.since46, 3.5, 2.5))
        mobility = where(mobility < known, mobility, 0.0)
        self.by_flat = mobility > 3.5  # laws 4 to 6: those of 0 to 2, with a field that no voltage shifts
        self.mobility_law = where(self.by_flat, mobility - 4.0, mobility)
        self.heat_law = where(and_(heating > 2.5, not_(self.since46)), 0.0, heating)

    def __getitem__(self, name: str) -> Expr:
        """A parameter, for this size where it depends on it."""
        if name not in self.computed:
            base = self.m[name]
            self.computed[name] = self.at_size(name, base) if name in SIZED else base
        return self.computed[name]

    def at_size(self, name: str, base: Expr) -> Expr:
        """A parameter whose value without l…, w… and p… is `base`."""
        by_length, by_width, by_both = self.bin
        m = self.m
        return base + m["l" + name] * by_length + m["w" + name] * by_width + m["p" + name] * by_both

    def or_else(self, name: str, default: Expr | float) -> Expr:
        """A parameter for this size, `default` in place of what the card does not give."""
        value = self.m[name]
        return self.at_size(name, where(is_given(value), value, default))

    def by_type(self, name: str, n: float, p: float) -> Expr:
        """A parameter for this size whose default is `n` for NMOS, `p` for PMOS."""
        return self.or_else(name, where(self.sign > 0.0, n, p))

    def is_mode(self, name: str, mode: float) -> Expr:
        """Whether a selector has this value."""
        return _is(self.m[name], mode)

    def has_law(self, law: float) -> Expr:
        """Whether the mobility's law is this one, or that with a field that no voltage shifts."""
        return _is(self.mobility_law, law)

    def _oxide(self) -> None:
        m = self.m
        electrical, physical = m["toxe"], m["toxp"]
        known = is_given(electrical)
        self.toxe = where(known, electrical, where(is_given(physical), physical + m["dtox"], 3e-9))
        otherwise = where(known, electrical - m["dtox"], 3e-9)
        self.toxp = max_(where(is_given(physical), physical, otherwise), 1e-10)
        self.toxm = where(is_given(m["toxm"]), m["toxm"], self.toxe)
        self.epsilon = m["epsrox"] * VACUUM
        self.cox, self.cox_physical = self.epsilon / self.toxe, self.epsilon / self.toxp
        self.oxide = self.toxp
        self.smooth = m["capmod"] > 0.5  # law of charges; those of versions of BSIM3:
        self.abrupt = self.steady = self.rounded = None
        self.thick = m["capmod"] > 1.5  # charges do not lie at the oxide

    def _channel_size(self) -> None:
        m = self.m
        self.mask = m["l"] + m["xl"], m["w"] / m["nf"] + m["xw"]
        outsets = {
            end + kind: outset(m, end, kind, start, self.mask)
            for end in "lw"
            for kind, start in (("", m[f"{end}int"]), ("c", self.of_capacitance(end)))
        }
        length, width = self.mask
        self.length, self.length_cv = (inside(length, outsets[name]) for name in ("l", "lc"))
        self.width, self.width_cv = (inside(width, outsets[name]) for name in ("w", "wc"))
        dwj = where(is_given(m["dwj"]), m["dwj"], self.of_capacitance("w"))
        self.width_junction = inside(width, outset(m, "w", "c", dwj, self.mask))
        unit = where(self.is_mode("binunit", 1.0), 1e-6, 1.0)
        self.bin = unit / self.length, unit / self.width, unit * unit / (self.length * self.width)

    def of_capacitance(self, end: str) -> Expr:
        """Lateral diffusion of the length (``l``) or width (``w``) that capacitances see. [m]"""
        diffusion = self.m[f"d{end}c"]
        return where(is_given(diffusion), diffusion, self.m[f"{end}int"])

    def _doping(self) -> None:
        m, tnom, vt = self.m, self.nominal, self.vt_nominal
        ratio = tnom / 300.15
        self.intrinsic = 1.45e10 * ratio * sqrt(ratio) * exp(21.5565981 - gap(tnom) / (2.0 * vt))
        ndep, gamma = m["ndep"], self["gamma1"] * self.cox
        plain = self.at_size("ndep", where(is_given(ndep), where(ndep > 1e20, 1e-6 * ndep, ndep), 1.7e17))
        from_body = and_(is_given(m["gamma1"]), where(is_given(ndep), 0.0, 1.0) > 0.5)
        self.ndep = self.nch = max_(where(from_body, 3.01248e22 * gamma * gamma, plain), 1e10)
        nsd = m["nsd"]
        self.nsd = self.at_size("nsd", where(nsd > 1e23, 1e-6 * nsd, nsd))
        ngate = m["ngate"]
        self.ngate = self.at_size("ngate", where(ngate > 1e23, 1e-6 * ngate, ngate))
        self.phi = max_(vt * ln(self.ndep / self.intrinsic) + self["phin"] + 0.4, 0.1)
        self.root_phi = sqrt(self.phi)
        self.vbi = vt * ln(self.nsd * self.ndep / (self.intrinsic * self.intrinsic))
        doped = self.ngate > 0.0
        self.vfbsd = where(doped, vt * ln(where(doped, self.ngate, self.nsd) / self.nsd), 0.0)
        density = CHARGE * self.ndep * 1e6
        self.depletion = sqrt(2.0 * SILICON / density) * self.root_phi
        self.depletion_capacitance = sqrt(density * SILICON / (2.0 * self.phi))
        self.debye = sqrt(SILICON * vt / density) / 3.0
        self.decay = sqrt(SILICON / self.epsilon * self.toxe)  # of fields along the channel, by √depth
        oxide = where(self.since46, 3.9 / m["epsrox"], 1.0)
        self.pinch = sqrt(3.0 * oxide * self["xj"] * self.toxe)

    @property
    def poly(self) -> Expr:
        """Whether the gate depletes."""
        return and_(self.ngate > 1e18, self.ngate < 1e25)

    def _body(self) -> None:
        m, phi = self.m, self.phi
        k1, k2 = m["k1"], m["k2"]
        chosen = or_(is_given(k1), is_given(k2))
        vbm = self["vbm"]
        deepest = where(vbm > 0.0, -vbm, vbm)
        vbx = self.or_else("vbx", ZERO)
        vbx = where(is_given(m["vbx"]), vbx, phi - 7.7348e-4 * self.ndep * self["xt"] * self["xt"])
        vbx = where(vbx > 0.0, -vbx, vbx)
        surface, bulk = (
            where(is_given(m[name]), self[name], 5.753e-12 * sqrt(doping) / self.cox)
            for name, doping in (("gamma1", self.ndep), ("gamma2", self["nsub"]))
        )
        span = sqrt(phi * (phi - deepest)) - phi
        k2_doped = (surface - bulk) * (sqrt(phi - vbx) - self.root_phi) / (2.0 * span + deepest)
        self.k2_card = where(chosen, self.or_else("k2", -0.0186), k2_doped)
        self.k1 = where(chosen, self.or_else("k1", 0.53), bulk - 2.0 * k2_doped * sqrt(phi - deepest))
        self.deepest = where(chosen, vbm, deepest)
        self.k1ox = self.k1 * self.toxe / self.toxm

    def _stress(self) -> None:
        """Distances to the ends of the active area, and to the edge of a well."""
        m = self.m
        length, width = self.mask[0], max_(self.mask[1] + m["wlod"], CLOSE)

        def of_size(name: str, by_length: str, by_width: str) -> Expr:
            a, b = power(length, m[by_length]), power(width, m[by_width])
            return 1.0 + m[f"l{name}"] / a + m[f"w{name}"] / b + m[f"p{name}"] / (a * b)

        ku0 = of_size("ku0", "llodku0", "wlodku0")
        kvth0 = of_size("kvth0", "llodvth", "wlodvth")
        kvth0 = sqrt(kvth0 * kvth0 + CLOSE)
        ku0 = ku0 * (1.0 + m["tku0"] * self.heat) + CLOSE
        reference = 1.0 / (m["saref"] + 0.5 * length) + 1.0 / (m["sbref"] + 0.5 * length)
        nf = m["nf"]
        known = and_(m["sa"] > 0.0, and_(m["sb"] > 0.0, or_(nf < 1.5, m["sd"] > 0.0)))
        near = self._mean_inverse(length)
        offset = where(known, near - reference, 0.0)
        rho, rho_reference = m["ku0"] / ku0 * (reference + offset), m["ku0"] / ku0 * reference
        self.stressed_mobility = where(known, (1.0 + rho) / (1.0 + rho_reference), 1.0)
        kvsat = max_(min_(m["kvsat"], 1.0), -1.0)
        self.stressed_velocity = where(known, (1.0 + kvsat * rho) / (1.0 + kvsat * rho_reference), 1.0)
        self.shift_vth0 = m["kvth0"] / kvth0 * offset
        self.shift_k2 = m["stk2"] / power(kvth0, m["lodk2"]) * offset
        self.shift_eta0 = m["steta0"] / power(kvth0, m["lodeta0"]) * offset
        self._well()

    def _mean_inverse(self, length: Expr) -> Expr:
        """Mean over the fingers of 1/(distance to one end) + 1/(that to the other), from each gate's middle. [1/m]"""
        m, nf = self.m, self.m["nf"]
        ends, step = [max_(m[end], CLOSE) + 0.5 * length for end in ("sa", "sb")], m["sd"] + length
        total = ZERO
        for k in range(FINGERS):
            near = [1.0 / (end + float(k) * step) for end in ends]
            total = total + where(nf > k + 0.5, near[0] + near[1], 0.0)
        more = max_(nf - FINGERS, 0.0)
        for end in ends:
            total = total + _further(end + float(FINGERS) * step, step, more)
        return total / nf

    def _well(self) -> None:
        m = self.m
        ref, width = m["scref"], self.mask[1]
        sc = max_(m["sc"], 1e-30)
        far = sc + width
        by_distance = (
            ref * ref / (sc * far),
            _well_share(sc, far, ref, width, 0.1, 10.0),
            _well_share(sc, far, ref, width, 0.05, 20.0),
        )
        on_card = [m[name] < 0.5e30 for name in ("sca", "scb", "scc")]
        none = where(or_(on_card[0], or_(on_card[1], on_card[2])), 0.0, where(m["sc"] > 0.0, 1.0, 0.0)) > 0.5
        sca, scb, scc = (
            where(none, modelled, where(is_on_card, m[name], 0.0))
            for is_on_card, name, modelled in zip(on_card, ("sca", "scb", "scc"), by_distance, strict=True)
        )
        near = where(m["wpemod"] > 0.5, sca + m["web"] * scb + m["wec"] * scc, 0.0)
        self.shift_vth0 = self.shift_vth0 + self["kvth0we"] * near
        self.shift_k2 = self.shift_k2 + self["k2we"] * near
        self.stressed_mobility = self.stressed_mobility * max_(1.0 + self["ku0we"] * near, 0.0)

    def _threshold(self) -> None:
        m, sign, phi = self.m, self.sign, self.phi
        step = self.k1 * self.root_phi
        has_vth0 = is_given(m["vth0"])
        vth0 = self.or_else("vth0", ZERO)
        vfb = where(is_given(m["vfb"]), self["vfb"], where(has_vth0, sign * vth0 - phi - step, -1.0))
        vth0 = where(has_vth0, sign * vth0, vfb + phi + step)
        self.vth0 = vth0 + sign * self.shift_vth0 + sign * m["delvto"]
        self.vfb = vfb + sign * m["delvto"]
        self.k2 = self.k2_card + self.shift_k2
        self.k2ox = self.k2 * self.toxe / self.toxm
        turn = 0.5 * self.k1 / where(self.k2 < 0.0, self.k2, -1.0)
        furthest = where(self.k2 < 0.0, max_(min_(0.9 * (phi - turn * turn), -3.0), -30.0), -30.0)
        self.vbc = min_(furthest, self.deepest)
        over = self.vth0 - self.vfb - phi
        self.above_field = max_(4.0 * over, 0.0)
        self.mobility_field = max_(where(sign > 0.0, 2.0, 2.5) * over, 0.0)
        self.narrow = self.toxe * phi / (self.width + self["w0"])
        straight = self["kt1"] + self["kt1l"] / self.length
        self.kt, self.kt2 = straight * self.heat, self["kt2"] * self.heat
        of_flat = where(self.heat_law < 1.5, self.kt, -self["kt1"] * self.heat)
        self.lateral = self.k1ox * (sqrt(1.0 + self["lpe0"] / self.length) - 1.0) * self.root_phi
        self.lateral_bulk = sqrt(1.0 + self["lpeb"] / self.length)
        along = self.decay * sqrt(self.depletion)
        drop = self.vbi - phi
        short = self["dvt0"] * falloff(self["dvt1"] * self.length / along) * drop
        corner = self["dvt0w"] * falloff(self["dvt1w"] * self.width * self.length / along) * drop
        factor = self["k3"] * self.narrow + self.lateral + of_flat - corner - short
        self.flat = self.vth0 + factor - phi - step
        self.by_drain = falloff(self["dsub"] * self.length / along)
        self.rout = self["pdiblc1"] * falloff(self["drout"] * self.length / along) + self["pdiblc2"]
        self.eta0 = self["eta0"] + self["teta0"] * self.heat + self.shift_eta0
        self.long_pocket = self["dvtp5"] + self["dvtp2"] / max_(power(self.length, self["dvtp3"]), LEAST)

    def _hot(self, name: str, value: Expr) -> Expr:
        """A coefficient of the mobility at the instance's temperature, as tempmod has it."""
        slope = self[f"{name}1"]
        if name == "uc":
            slope = self.or_else("uc1", where(self.has_law(1.0), -0.056, -5.6e-11))
        mode = self.heat_law
        relative = where(mode > 2.5, power(self.ratio, slope), 1.0 + slope * self.warmth)
        return where(mode < 0.5, value + slope * self.heat, value * relative)

    def _mobility(self) -> None:
        m = self.m
        ua = self.or_else("ua", where(self.has_law(2.0), 1e-15, 1e-9))
        uc = self.or_else("uc", where(self.has_law(1.0), -0.0465, -4.65e-11))
        self.ua, self.uc = self._hot("ua", ua), self._hot("uc", uc)
        ud = self.or_else("ud", where(self.since46, 0.0, 1e14))
        unknown = and_(self.mobility_law > 1.5, not_(self.since46))
        self.ub, self.ud = self._hot("ub", self["ub"]), where(unknown, 0.0, self._hot("ud", ud))
        u0 = self.by_type("u0", 0.067, 0.025)
        u0 = where(u0 > 1.0, 1e-4 * u0, u0)
        short = 1.0 - self["up"] * exp(-self.length / self["lp"])
        self.mobility = u0 * short * power(self.ratio, self["ute"]) * self.stressed_mobility * m["mulu0"]
        self.eu = max_(self.by_type("eu", 1.67, 1.0), 0.0)
        ucs = self.by_type("ucs", 1.67, 1.0) * power(self.ratio, self["ucste"])
        self.ucs = max_(ucs, 0.0)
        cold, hot = self["vsat"] - self["at"] * self.heat, self["vsat"] * (1.0 - self["at"] * self.warmth)
        self.vsat = max_(where(self.heat_law < 0.5, cold, hot) * self.stressed_velocity, 1e-3)

    def _resistances(self) -> None:
        mode = self.heat_law
        width = max_(power(1e6 * self.width_junction, self["wr"]), LEAST)
        plain, added, factor = mode < 0.5, self["prt"] * self.heat, 1.0 + self["prt"] * self.warmth

        def hot(value: Expr) -> Expr:
            return max_(where(plain, value + added, value * factor), 0.0) / width

        self.rds, self.rds_least = hot(self["rdsw"]), hot(self["rdswmin"])

    def _swing(self) -> None:
        def steep(name: str) -> Expr:
            return 0.5 + atan(self[name]) / PI

        self.steep, self.steep_cv = steep("minv"), steep("minvcv")
        voff = self["voff"] * (1.0 + self["tvoff"] * self.warmth)
        self.voff = voff + self["voffl"] / self.length
        self.voffcv = self["voffcv"] * (1.0 + self["tvoffcv"] * self.warmth)
        self.voffcv_own = self.voffcv + self["voffcvl"] / self.length
        self.nfactor = self["nfactor"] + self["tnfactor"] * self.heat

        self._at_threshold()

    def _at_threshold(self) -> None:
        """Gate voltage above threshold at the threshold, without bias of drain and bulk. [V]"""
        near = falloff(self["dvt1"] * self.length / (self.decay * sqrt(self.depletion)))
        through = self.nfactor * SILICON / self.depletion + self["cdsc"] * near + self["cit"]
        swing = positive(through / self.cox)
        weak = swing * self.cox / self.depletion_capacitance * clamped_exp(self.voff / (swing * self.vt))
        self.drive_at_threshold = math.log(2.0) * swing * self.vt / (self.steep + weak)

    def overlap(self, name: str) -> Expr:
        """Overlap capacitance of a card: cgso, cgdo [F/m of width], cgbo [F/m of length]."""
        m = self.m
        if name == "cgbo":
            return where(is_given(m[name]), m[name], 2.0 * self.of_capacitance("w") * self.cox)
        known = and_(is_given(m["dlc"]), m["dlc"] > 0.0)
        otherwise = where(known, m["dlc"] * self.cox - m[f"{name[:3]}l"], 0.6 * m["xj"] * self.cox)
        return where(is_given(m[name]), m[name], otherwise)

    @property
    def fringe(self) -> Expr:
        """Fringing capacitance of gate and source or drain. [F/m]"""
        return self.or_else("cf", 2.0 * self.epsilon / math.pi * ln(1.0 + 0.4e-6 / self.toxe))


FINGERS = 20  # of which stress is summed one by one


def _is(selector: Expr, value: float) -> Expr:
    return and_(selector > value - 0.5, selector < value + 0.5)


def _further(first: Expr, step: Expr, n: Expr) -> Expr:
    """1/first + 1/(first + step) + … of n terms, by Euler's and Maclaurin's formula; `first` is some steps."""
    last = first + n * step
    a, b = 1.0 / first, 1.0 / last
    slope, third = a * a - b * b, a * a * a * a - b * b * b * b
    # each correction is smaller by (step/first)²: what is left out is some 1e-11 of the sum
    return ln(last / first) / step + 0.5 * (a - b) + step / 12.0 * slope - step * step * step / 120.0 * third


def _well_share(sc: Expr, far: Expr, ref: Expr, width: Expr, share: float, steep: float) -> Expr:
    """Scattered doping between two distances of a well's edge, over the width."""
    least = 0.1 * share * ref if steep < 15.0 else 0.05 * share * ref
    near, end = (share * x + least for x in (sc, far))
    return (near * exp(-steep * sc / ref) - end * exp(-steep * far / ref)) / width
