"""What follows in BSIM3v3.3 from card, size and temperature of a channel, before any voltage is known."""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import ZERO, Expr, and_, exp, ln, max_, min_, or_, power, sqrt, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.bsim3_card import BINNED
from circuitnn.models.semiconductors.bsim_bins import inside, outset
from circuitnn.models.semiconductors.optional import is_given

# As the model has them: they are part of what cards were extracted with.
CHARGE = 1.60219e-19  # C
K_OVER_Q = 8.617087e-5  # V/K
OXIDE = 3.453133e-11  # F/m
SILICON = 1.03594e-10  # F/m
STEEPEST = 34.0  # exponentials beyond are cut off
LARGEST, SMALLEST = 5.834617425e14, 1.713908431e-15  # exp(±34)


def falloff(x: Expr) -> Expr:
    """exp(x) + 2·exp(2·x) of a quasi two-dimensional channel, no less than at -34."""
    # never positive; but what solves for it, as ngspice does in a twin, may try such values
    e = where(x > -STEEPEST, exp(min_(max_(x, -STEEPEST), 0.0)), SMALLEST)
    return e * (1.0 + 2.0 * e)


def gap(t: Expr) -> Expr:
    """Band gap of silicon. [eV]"""
    return 1.16 - 7.02e-4 * t * t / (t + 1108.0)


def intrinsic(t: Expr) -> Expr:
    """Density of intrinsic carriers of silicon. [1/cm³]"""
    ratio = t / 300.15
    return 1.45e10 * ratio * sqrt(ratio) * exp(21.5565981 - gap(t) / (2.0 * K_OVER_Q * t))


class Size:
    """Numbers of a channel of one size at one temperature; lengths in m, the rest SI too.

    Parameters
    ----------
    m : Equations
    rise : Expr
        By how much the transistor is warmer than what surrounds it. [K]
    steady : Expr, optional
        Whether the flat-band voltage of charges is that at zero bias; it is if not given.
    rounded : Expr, optional
        Whether the onset of the channel's charge is rounded off in capmod 3; it is if not given.
    """

    binned: ClassVar[frozenset[str]] = BINNED

    def __init__(
        self,
        m: Equations,
        rise: Expr = ZERO,
        steady: Expr | None = None,
        rounded: Expr | None = None,
    ) -> None:
        self.m, self.steady, self.rounded = m, steady, rounded
        self.sign = m["polarity"]
        self.temperature, self.nominal = max_(m["temp"] + KELVIN + rise, 1.0), m["tnom"] + KELVIN
        self.heat = self.temperature / self.nominal - 1.0
        self.vt = K_OVER_Q * self.temperature
        self.oxide = m["tox"]
        self.cox = self.cox_physical = OXIDE / self.oxide
        self.abrupt, self.smooth = m["capmod"] > 0.5, m["capmod"] > 1.5  # laws of charges
        self.thick = m["capmod"] > 2.5  # charges do not lie at the oxide
        self._channel_size()
        self._doping()
        self._body()
        self._threshold()
        self._mobility()

    def __getitem__(self, name: str) -> Expr:
        """A parameter, for this size where it depends on it."""
        base = self.m[name]
        return self.at_size(name, base) if name in self.binned else base

    def at_size(self, name: str, base: Expr) -> Expr:
        """A parameter whose value without l…, w… and p… is `base`."""
        by_length, by_width, by_both = self.bin
        m = self.m
        return base + m["l" + name] * by_length + m["w" + name] * by_width + m["p" + name] * by_both

    def _channel_size(self) -> None:
        m = self.m
        mask, of_mask = (m["l"], m["w"]), (m["l"] + m["xl"], m["w"] + m["xw"])
        sizes = [
            inside(size, outset(m, end, kind, start, mask))
            for end, size in zip("lw", of_mask, strict=True)
            for kind, start in (("", m[f"{end}int"]), ("c", self.of_capacitance(end)))
        ]
        self.length, self.length_cv, self.width, self.width_cv = sizes
        unit = where((m["binunit"] - 1.0) * (m["binunit"] - 1.0) < 0.25, 1e-6, 1.0)
        self.bin = unit / self.length, unit / self.width, unit * unit / (self.length * self.width)

    def _doping(self, kelvin: Expr | None = None) -> None:
        kelvin = self.nominal if kelvin is None else kelvin
        vt = K_OVER_Q * kelvin
        self.intrinsic = intrinsic(kelvin)
        nch, gamma = self.m["nch"], self["gamma1"] * self.cox
        per_cm3 = where(nch > 1e20, 1e-6 * nch, nch)
        from_gamma1 = where(is_given(self.m["gamma1"]), max_(3.021e22 * gamma * gamma, 1e13), 1.7e17)
        self.nch = self.at_size("nch", where(is_given(nch), per_cm3, from_gamma1))
        ngate = self.m["ngate"]
        self.ngate = self.at_size("ngate", where(ngate > 1e23, 1e-6 * ngate, ngate))
        self.phi = 2.0 * vt * ln(self.nch / self.intrinsic)
        self.root_phi = sqrt(self.phi)
        self.vbi = vt * ln(1e20 * self.nch / (self.intrinsic * self.intrinsic))
        density = CHARGE * self.nch * 1e6
        self.depletion = sqrt(2.0 * SILICON / density) * self.root_phi
        self.depletion_capacitance = sqrt(density * SILICON / (2.0 * self.phi))
        self.debye = sqrt(SILICON * vt / density) / 3.0
        self.decay = sqrt(SILICON / OXIDE * self.m["tox"])  # of fields along the channel, by √depth
        self.pinch = sqrt(3.0 * self["xj"] * self.m["tox"])

    def _body(self) -> None:
        m, phi = self.m, self.phi
        k1, k2 = m["k1"], m["k2"]
        chosen = or_(is_given(k1), is_given(k2))
        first = where(is_given(k1), self["k1"], 0.53)
        second = where(is_given(k2), self["k2"], -0.0186)
        vbm = self["vbm"]
        deepest = min_(where(vbm > 0.0, -vbm, vbm), -1e-6)
        vbx = where(is_given(m["vbx"]), self["vbx"], phi - 7.7348e-4 * self.nch * self["xt"] * self["xt"])
        vbx = where(vbx > 0.0, -vbx, vbx)
        surface, bulk = (
            where(is_given(m[name]), self[name], 5.753e-12 * sqrt(max_(doping, 0.0)) / self.cox)
            for name, doping in (("gamma1", self.nch), ("gamma2", self["nsub"]))
        )
        span = sqrt(phi * (phi - deepest)) - phi
        k2_doped = (surface - bulk) * (sqrt(phi - vbx) - self.root_phi) / (2.0 * span + deepest)
        self.k2 = where(chosen, second, k2_doped)
        self.k1 = where(chosen, first, bulk - 2.0 * k2_doped * sqrt(phi - deepest))
        turn = 0.5 * self.k1 / self.k2
        furthest = where(self.k2 < 0.0, max_(min_(0.9 * (phi - turn * turn), -3.0), -30.0), -30.0)
        self.vbc = min_(furthest, where(chosen, vbm, deepest))
        self._body_of_oxide()

    def _body_of_oxide(self) -> None:
        oxides = self.m["tox"] / self.m["toxm"]
        self.k1ox, self.k2ox = self.k1 * oxides, self.k2 * oxides

    def _threshold(self) -> None:
        m, sign, phi = self.m, self.sign, self.phi
        step = self.k1 * self.root_phi
        vth0 = self.at_size("vth0", where(is_given(m["vth0"]), m["vth0"], 0.7 * sign))
        from_threshold = where(is_given(m["vth0"]), sign * vth0 - phi - step, -1.0)
        vfb = where(is_given(m["vfb"]), self["vfb"], from_threshold)
        self.vth0 = where(is_given(m["vth0"]), sign * vth0, vfb + phi + step) + sign * m["delvto"]
        self.vfb = vfb + sign * m["delvto"]
        self.flat = self._at_zero_bias() - phi - step

    def _at_zero_bias(self) -> Expr:
        """Threshold without bias of body and drain. [V]"""
        phi = self.phi
        self.narrow = self.m["tox"] * phi / (self.width + self["w0"])
        lateral = self.k1ox * (sqrt(1.0 + self["nlx"] / self.length) - 1.0) * self.root_phi
        self.shift = lateral + (self["kt1"] + self["kt1l"] / self.length) * self.heat
        along = self.decay * sqrt(self.depletion)
        drop = self.vbi - phi
        short = self["dvt0"] * falloff(-0.5 * self["dvt1"] * self.length / along) * drop
        corner = self["dvt0w"] * falloff(-0.5 * self["dvt1w"] * self.width * self.length / along) * drop
        threshold: Expr = self.vth0 - corner - short + self["k3"] * self.narrow + self.shift
        self.by_drain, rout = (
            e * (1.0 + 2.0 * e)
            for e in (exp(-0.5 * self[name] * self.length / along) for name in ("dsub", "drout"))
        )
        self.rout = self["pdiblc1"] * rout + self["pdiblc2"]
        return threshold

    def _mobility(self) -> None:
        m, hot = self.m, 1.0 + self.heat
        third = m["mobmod"] > 2.5
        uc = self.at_size("uc", where(is_given(m["uc"]), m["uc"], where(third, -0.0465, -4.65e-11)))
        uc1 = where(is_given(m["uc1"]), m["uc1"], where(third, -0.056, -5.6e-11))
        uc1 = self.at_size("uc1", uc1) if "uc1" in self.binned else uc1
        self.ua = self["ua"] + self["ua1"] * self.heat
        self.ub = self["ub"] + self["ub1"] * self.heat
        self.uc = uc + uc1 * self.heat
        u0 = self.at_size("u0", where(is_given(m["u0"]), m["u0"], where(self.sign > 0.0, 0.067, 0.025)))
        u0 = where(u0 > 1.0, 1e-4 * u0, u0)
        self.mobility = u0 * power(hot, self["ute"]) * self._of_instance()
        self.vsat = self["vsat"] - self["at"] * self.heat
        self.rds = (self["rdsw"] + self["prt"] * self.heat) / power(1e6 * self.width, self["wr"])

    def _of_instance(self) -> Expr:
        """Factor of the mobility that an instance may give."""
        factor: Expr = self.m["mulu0"]
        return factor

    def overlap(self, name: str) -> Expr:
        """Overlap capacitance of a card: cgso, cgdo [F/m of width], cgbo [F/m of length]."""
        m = self.m
        if name == "cgbo":
            return where(is_given(m[name]), m[name], 2.0 * self.of_capacitance("w") * self.cox)
        known = and_(is_given(m["dlc"]), m["dlc"] > 0.0)
        otherwise = where(known, m["dlc"] * self.cox - m[f"{name[:3]}l"], 0.6 * m["xj"] * self.cox)
        return where(is_given(m[name]), m[name], otherwise)

    def of_capacitance(self, end: str) -> Expr:
        """Lateral diffusion of the length (``l``) or width (``w``) that capacitances see. [m]"""
        diffusion = self.m[f"d{end}c"]
        return where(is_given(diffusion), diffusion, self.m[f"{end}int"])

    @property
    def fringe(self) -> Expr:
        """Fringing capacitance of gate and source or drain. [F/m]"""
        cf = self.m["cf"]
        from_oxide = 2.0 * OXIDE / math.pi * ln(1.0 + 0.4e-6 / self.m["tox"])
        return self.at_size("cf", where(is_given(cf), cf, from_oxide))

    @property
    def poly(self) -> Expr:
        """Whether the gate depletes."""
        return and_(self.ngate > 1e18, self.ngate < 1e25)
