"""Junctions of BSIM4's source and drain: area, current, breakdown, traps, charge."""

from __future__ import annotations

from circuitnn.equations.graph import (
    ZERO,
    Expr,
    and_,
    exp,
    floor,
    ln,
    max_,
    min_,
    or_,
    sqrt,
    where,
)
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.bsim3_charge import depletion
from circuitnn.models.semiconductors.bsim3_size import SMALLEST, STEEPEST, gap
from circuitnn.models.semiconductors.bsim4_process import of
from circuitnn.models.semiconductors.bsim4_size import Size4, clamped_exp, straightened_exp
from circuitnn.models.semiconductors.optional import is_given

KNOWN = 1e3  # what an instance gives as area or perimeter is below
WALLS = ("", "sw", "swg")
SPICE = 1e-14  # A, saturation current of a junction without area and perimeter in versions below 4.6


class Junction:
    """One end's junction.

    Parameters
    ----------
    size : Size4
    end : {"s", "d"}
    v : Expr
        Bulk over the end, times the polarity. [V]
    """

    def __init__(self, size: Size4, end: str, v: Expr) -> None:
        self.size, self.end, self.v = size, end, v
        self.slope = self["njs"] * size.vt
        self.gate_edge = size.width_junction * size.m["nf"]
        self.area, self.perimeter = self._extent()
        self.saturation = self._saturation()
        self.safe = max_(self.saturation, 1e-30)
        self.current = where(self.saturation > 0.0, self._current(), 0.0) + self._trapped()
        self.charge = self._charge()

    def __getitem__(self, name: str) -> Expr:
        """A parameter by its name for the source."""
        return self.size.m[of(name, self.end)]

    def _extent(self) -> tuple[Expr, Expr]:
        """Area [m²], and perimeter without the gate's edge [m], which versions below 4.6 let be negative."""
        m = self.size.m
        area, perimeter = m[f"a{self.end}"], m[f"p{self.end}"]
        own_area, own_perimeter = extents(self.size, self.end)
        rest = perimeter - self.gate_edge
        rest = where(self.size.since46, max_(rest, 0.0), rest)
        without = where(m["permod"] > 0.5, rest, perimeter)
        return where(area < KNOWN, area, own_area), where(perimeter < KNOWN, without, own_perimeter)

    def _amounts(self) -> tuple[Expr, Expr, Expr]:
        return self.area, self.perimeter, self.gate_edge

    def _saturation(self) -> Expr:
        s = self.size
        growth = gap(s.nominal) / s.vt_nominal - gap(s.temperature) / s.vt + self["xtis"] * ln(s.ratio)
        density = exp(growth / self["njs"])
        bottom, wall, gate = (self[name] for name in ("jss", "jsws", "jswgs"))
        whole = density * (self.area * bottom + self.perimeter * wall + self.gate_edge * gate)
        return where(and_(self.area <= 0.0, self.perimeter <= 0.0), where(s.since46, 0.0, SPICE), whole)

    def _current(self) -> Expr:
        mode = self.size.m["diomod"]
        v, slope, safe = self.v, self.slope, self.safe
        bvs, factor = self["bvs"], self["xjbvs"]
        at_rest = factor * exp(-min_(bvs / slope, STEEPEST))
        plain = exp(v / slope) + at_rest - 1.0 - factor * exp(-(bvs + v) / slope)
        edge = slope * ln(1.0 + self["ijthsfwd"] / safe)
        at_edge = exp(edge / slope)
        below = where(v / slope < -STEEPEST, SMALLEST, exp(max_(min_(v, edge) / slope, -STEEPEST))) - 1.0
        forward = below + at_edge / slope * max_(v - edge, 0.0)
        return safe * where(mode < 0.5, plain, where(mode < 1.5, forward, self._breaking(at_rest)))

    def _breaking(self, at_rest: Expr) -> Expr:
        """Current over that of saturation with straight lines both forward and in breakdown (diomod 2)."""
        v, slope, safe, bvs, factor = self.v, self.slope, self.safe, self["bvs"], self["xjbvs"]
        b = 1.0 + self["ijthsfwd"] / safe - at_rest
        most = slope * ln(0.5 * (b + sqrt(b * b + 4.0 * at_rest)))
        top = exp(most / slope)
        above = top - at_rest / top + at_rest - 1.0 + (top + at_rest / top) / slope * (v - most)
        times = self["ijthsrev"] / safe
        times = where(times < 1.0, 10.0, times)
        some = factor > 0.0
        least = -bvs - slope * ln(max_((times - 1.0) / where(some, max_(factor, 1e-30), 1.0), 1e-30))
        grown = factor * exp(-(bvs + least) / slope)
        broken = (clamped_exp(min_(v, least) / slope) - 1.0) * (1.0 + grown - grown / slope * (v - least))
        inner = max_(min_(v, most), least)
        left = where((bvs + inner) / slope > STEEPEST, SMALLEST, exp(-min_((bvs + inner) / slope, STEEPEST)))
        risen = where(inner / slope < -STEEPEST, SMALLEST, exp(max_(inner / slope, -STEEPEST)))
        between = risen + at_rest - 1.0 - factor * left
        return where(v < least, broken, where(v <= most, between, above))

    def _trapped(self) -> Expr:
        s, m, v = self.size, self.size.m, self.v
        width = sqrt(m["jtweff"] / s.width_junction) + 1.0
        amounts = (self.area, self.perimeter, self.gate_edge * width)
        total: Expr = ZERO
        for wall, amount in zip(WALLS, amounts, strict=True):
            suffix = "" if self.end == "s" else "d"
            emission = m[f"njts{wall}{suffix}"] * (1.0 + m[f"tnjts{wall}{suffix}"] * s.heat)
            hot = straightened_exp(self[f"xts{wall}s"] * gap(s.nominal) / s.vt * s.heat)
            reach = self[f"vts{wall}s"]
            left = reach - v
            steep = where(left < 1e-3 * reach, 1e3, reach / max_(left, 1e-3 * reach))
            bent = straightened_exp(-v / (s.vt_nominal * emission) * steep)
            total = total + hot * amount * self[f"jts{wall}s"] * (1.0 - bent)
        return total

    def _charge(self) -> Expr:
        m, warmth, v = self.size.m, self.size.warmth, self.v
        charge: Expr = ZERO
        for wall, amount in zip(WALLS, self._amounts(), strict=True):
            grown = max_(1.0 + m[f"tcj{wall}"] * warmth, 0.0)
            potential = max_(self[f"pb{wall}s"] - m[f"tpb{wall}"] * warmth, 0.01)
            felt = where(or_(amount >= 0.0, v >= 0.0), amount, 0.0)  # a negative one forward only
            capacitance, grading = felt * self[f"cj{wall}s"] * grown, self[f"mj{wall}s"]
            charge = charge + capacitance * depletion(v, potential, grading)
        return charge


def fingers(m: Equations, end: str) -> tuple[Expr, Expr]:
    """Number of an end's diffusions at the ends of the row of fingers, and of sides of those between.

    Parameters
    ----------
    m : Equations
    end : {"s", "d"}
    """
    nf = floor(m["nf"] + 1e-9)
    odd = nf - 2.0 * floor(0.5 * nf + 1e-9) > 0.5
    outside = where(m["min"] > 0.5, 1.0, 0.0) if end == "d" else where(m["min"] > 0.5, 0.0, 1.0)
    at_end = where(odd, 1.0, 2.0 * outside)
    between = where(odd, nf - 1.0, where(outside > 0.5, max_(nf - 2.0, 0.0), nf))
    return at_end, between


def kinds(m: Equations, end: str) -> tuple[Expr, Expr]:
    """Whether the diffusions at the ends are isolated, and merged with a neighbour's; else they are shared."""
    geo = m["geomod"]

    def among(*values: int) -> Expr:
        matching = ZERO > 0.5
        for value in values:
            matching = or_(matching, and_(geo > value - 0.5, geo < value + 0.5))
        return matching

    return (among(0, 1, 4), among(6, 7, 8)) if end == "s" else (among(0, 2, 6), among(4, 5, 8))


def distances(m: Equations) -> tuple[Expr, Expr, Expr]:
    """Distances: contacts' middle to gate, to isolation, diffusions' middle to gate. [m]"""
    dmci = where(is_given(m["dmci"]), m["dmci"], m["dmcg"])
    return m["dmcg"] - m["dmcgt"], dmci, m["dmdg"] - m["dmcgt"]


def extents(size: Size4, end: str) -> tuple[Expr, Expr]:
    """Area [m²] and perimeter [m] of an end whose instance gives none.

    Parameters
    ----------
    size : Size4
    end : {"s", "d"}
    """
    m, width = size.m, size.width_junction
    contact, isolation, middle = distances(m)
    isolated, merged = kinds(m, end)
    at_end, between = fingers(m, end)
    nf = m["nf"]
    last = where(isolated, contact + isolation, where(merged, middle, contact))
    edge = where(isolated, 2.0 * (contact + isolation) + width, where(merged, 2.0 * middle, 2.0 * contact))
    area, perimeter = at_end * last + between * contact, at_end * edge + between * 2.0 * contact
    outer = contact + isolation  # an even number of fingers with one isolated end
    mine, opposite = (9, 10) if end == "s" else (10, 9)
    alone, none = size.is_mode("geomod", mine), size.is_mode("geomod", opposite)
    area = where(alone, outer + (nf - 1.0) * contact, where(none, nf * contact, area))
    rest = (nf - 1.0) * 2.0 * contact
    perimeter = where(alone, 2.0 * outer + width + rest, where(none, nf * 2.0 * contact, perimeter))
    return area * width, perimeter
