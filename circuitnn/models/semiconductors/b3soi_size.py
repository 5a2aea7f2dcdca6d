"""What follows in BSIMPD2.2 from card, size and temperature of a transistor, before any voltage is known."""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import ONE, Expr, exp, ln, max_, power, sqrt, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.b3soi_card import BINNED
from circuitnn.models.semiconductors.bsim3_size import (
    CHARGE,
    K_OVER_Q,
    OXIDE,
    SILICON,
    Size,
    intrinsic,
)
from circuitnn.models.semiconductors.bsim_bins import inside, outset
from circuitnn.models.semiconductors.optional import is_given

GAP = 1.115  # eV, of silicon at 300 K, for the growth of saturation currents
VT_300 = 0.026  # V, thermal voltage of recombination and tunnelling


class SoiSize(Size):
    """Numbers of a transistor of one size at one temperature, SI units.

    Parameters
    ----------
    m : Equations
    rise : Expr
        By how much the transistor is warmer than what surrounds it. [K]
    """

    binned: ClassVar[frozenset[str]] = BINNED

    def __init__(self, m: Equations, rise: Expr) -> None:
        super().__init__(m, rise)
        self._segments()
        self._junctions()

    def _channel_size(self) -> None:
        m, mask = self.m, (self.m["l"], self.m["w"])
        contacts = m["nbc"]
        edges = 1.0 - 0.5 * contacts  # of isolation, half as many as sides
        out = {(end, kind): outset(m, end, kind, m[start], mask) for end, kind, start in _OUTSETS}
        lost = contacts * m["dwbc"]
        self.length, self.length_cv = (inside(m["l"], out["l", kind]) for kind in ("", "c"))
        self.width, self.width_cv = (inside(m["w"] - lost, edges * out["w", kind]) for kind in ("", "c"))
        self.length_body = max_(self.length_cv - m["dlcb"], 1e-9)
        self.length_back = max_(self.length_body + 2.0 * m["dlbg"], 1e-9)
        unit = where((m["binunit"] - 1.0) * (m["binunit"] - 1.0) < 0.25, 1e-6, 1.0)
        self.bin = unit / self.length, unit / self.width, unit * unit / (self.length * self.width)

    def _doping(self, kelvin: Expr | None = None) -> None:
        super()._doping(self.m["temp"] + KELVIN)
        free = intrinsic(self.temperature)  # this alone follows the transistor's own heat
        self.vbi = self.vt * ln(1e20 * self.nch / (free * free))
        self.oxide = self.m["tox"] - where(self.thick, self.m["dtoxcv"], 0.0)  # in charges
        density = CHARGE * self.nch * 1e6
        self.debye = sqrt(SILICON * K_OVER_Q * self.nominal / density) / 3.0

    def _segments(self) -> None:
        m = self.m
        self.segment, self.segment_cv = self.width / m["nseg"], self.width_cv / m["nseg"]
        self.edge = {e: self.segment + m[f"p{e}bcp"] for e in "ds"}
        self.edge_cv = {e: self.segment_cv + m[f"p{e}bcp"] for e in "ds"}

    def _body_of_oxide(self) -> None:
        by_width = self["k1w1"] / max_(self.width + self["k1w2"], 1e-8)
        self.k1ox, self.k2ox = self.k1 * (1.0 + by_width), self.k2

    def _threshold(self) -> None:
        m, sign, phi = self.m, self.sign, self.phi
        known, step = is_given(m["vth0"]), self.k1 * self.root_phi
        vth0 = sign * self.at_size("vth0", where(known, m["vth0"], 0.7 * sign))
        self.vfb = where(known, vth0 - phi - step, -1.0)
        self.vth0 = where(known, vth0, self.vfb + phi + step)
        self.flat = self._at_zero_bias() - phi - self.k1ox * self.root_phi + self["delvt"]

    def _of_instance(self) -> Expr:
        return ONE

    def _junctions(self) -> None:
        m = self.m
        self.slope = self["ndiode"] * self.vt
        growth = GAP / self.vt * self.heat  # Eg/k·(1/Tnom - 1/T)
        self.grown = exp(m["xbjt"] * growth / self["ndiode"])
        self.bipolar = self["isbjt"] * self.grown
        self.injection = self["ahli"] * self.grown
        self.diffusion = self["isdif"] * exp(m["xdif"] * growth / self["ndiode"])
        self.recombination = self["isrec"] * exp(m["xrec"] * growth / self["nrecf0"])
        self.tunnelling = self["istun"] * exp(m["xtun"] * self.heat)
        self.forward = VT_300 * self["nrecf0"] * (1.0 + m["ntrecf"] * self.heat)
        self.reverse = VT_300 * self["nrecr0"] * (1.0 + m["ntrecr"] * self.heat)
        relative = max_(self["lbjt0"] * (1.0 / self.length + 1.0 / m["ln"]), 1e-12)
        self.transport = exp(-0.5 * (self.length / m["ln"]) * (self.length / m["ln"]))
        self.base = where(self.transport < 0.99, 1.0 - self.transport, 0.0)
        self.emitter = self.segment * m["tsi"] * self.bipolar * power(relative, self["nbjt"])
        self.stored = 1.0 + m["ldif0"] * power(relative, m["ndif"])

    def in_charges(self, away: Expr) -> Expr:
        """Capacitance of the oxide in charges that lie `away` from it. [F/m²]"""
        oxide = OXIDE / self.oxide
        return oxide * SILICON / (SILICON + oxide * away)

    def overlap(self, name: str) -> Expr:
        """Overlap capacitance of a card: cgso, cgdo. [F/m]"""
        m = self.m
        otherwise = where(m["dlc"] > 0.0, m["dlc"] * self.cox - m[f"{name[:3]}l"], 0.6 * m["xj"] * self.cox)
        return where(is_given(m[name]), m[name], max_(otherwise, 0.0))

    @property
    def fringe(self) -> Expr:
        """Fringing capacitance of gate and source or drain. [F/m]"""
        cf = self.m["cf"]
        return where(is_given(cf), cf, 2.0 * OXIDE / math.pi * ln(1.0 + 0.4e-6 / self.m["tox"]))


_OUTSETS = (("l", "", "lint"), ("l", "c", "dlc"), ("w", "", "wint"), ("w", "c", "dwc"))
