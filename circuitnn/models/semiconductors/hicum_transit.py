"""HICUM's minority charges: critical current, barrier, injection and spreading of the collector's current."""

from __future__ import annotations

from circuitnn.equations.graph import Expr, as_expr, exp, expm1, ln, log1p, max_, min_, or_, sqrt, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.hicum_charge import positive_part, raised
from circuitnn.models.semiconductors.hicum_warm import Warm
from circuitnn.models.semiconductors.junction import inverse

LOW = 1e-6  # current over the critical one below which there is no injection
HIGH = 1e6  # … above which only iterates are
NARROW = 0.01  # latb below which the spreading is expanded
SMALL = 0.05  # below which differences of nearly equal numbers are power series
# Power series of the quotients below.
TERMS = 9
AREA = tuple((-1) ** k / (k + 2) for k in range(TERMS))
EVEN = tuple((-1) ** k / ((k + 1) * (k + 2)) for k in range(TERMS))
VOLUME = (1 / 2, *((-1) ** k / ((k - 1) * k * (k + 1)) for k in range(2, TERMS)))
MOMENT = (1 / 3, *((-1) ** k / ((k - 1) * k * (k + 2)) for k in range(2, TERMS)))


def critical_current(m: Equations, warm: Warm, vce: Expr) -> Expr:
    """Current at which the collector's field collapses. [A]"""
    across = warm.vt * (1.0 + raised((vce - warm["vces"]) / warm.vt - 1.0))
    relative = across / warm["vlim"]
    drift = exp(log1p(exp(m["delck"] * ln(relative))) / m["delck"])
    through = (across - warm["vlim"]) / m["vpt"]
    punched = 1.0 + 0.5 * (through + sqrt(through * through + m["aick"]))
    return across / (warm["rci0"] * drift) * punched


class Injection:
    """Minority charges beyond those of low currents, and by how much they grow with the current.

    Parameters
    ----------
    m : Equations
    warm : Warm
    current, critical : Expr
        Forward transfer current and critical current, local quantities. [A]

    Attributes
    ----------
    emitter, base, collector, weighted : Expr
        Charges of the emitter, of the base beyond that of low currents, and of the collector: as it is stored, and as
        it counts in the transfer current. [C]
    time : Expr
        Derivative of the stored charges by the current. [s]
    """

    def __init__(self, m: Equations, warm: Warm, current: Expr, critical: Expr) -> None:
        self.m, self.warm = m, warm
        relative = m.local("relative", min_(max_(current / critical, LOW), HIGH))
        short = m.local("emitter time", warm["tef0"] * exp(m["gtfe"] * ln(relative)))
        most = 0.5 + 0.5 * sqrt(1.0 + m["ahc"])
        above = m.local("above", 1.0 - 1.0 / relative)
        root = m.local("root", sqrt(above * above + m["ahc"]))
        width = m.local("width", positive_part(above, root, m["ahc"]) / most)
        per_width = m.local("width slope", width / (root * relative * relative * critical))
        barrier, per_barrier = self._barrier(current, critical)
        risen = m.local("risen", exp(barrier / warm.vt))
        behind = m.local("behind", exp(-m["vcbar"] / warm.vt))
        injected = m.local("injected", behind * risen * width * width)
        spreads = or_(m["latb"] > 0.0, m["latl"] > 0.0)
        spread, counted = self._spreading(width)
        stored = m.local("stored", where(spreads, behind * spread, injected))
        counted = m.local("counted", where(spreads, behind * counted, injected))
        in_base, of_collector = m.local("in base", risen - 1.0 + injected), m["fthc"]
        self.emitter = short * current / (1.0 + m["gtfe"])
        self.base = (1.0 - of_collector) * warm["thcs"] * current * in_base
        self.collector = of_collector * warm["thcs"] * current * stored
        self.weighted = of_collector * warm["thcs"] * current * counted
        grown = m.local("grown injected", injected * per_barrier + 2.0 * behind * risen * width * per_width)
        widened = m.local("spread slope", m.partial(spread, "width"))
        grown_stored = where(spreads, behind * widened * per_width, grown)
        growth = (1.0 - of_collector) * (risen * per_barrier + grown) + of_collector * grown_stored
        static = (1.0 - of_collector) * in_base + of_collector * stored
        self.time = short + warm["thcs"] * (static + current * growth)

    def _barrier(self, current: Expr, critical: Expr) -> tuple[Expr, Expr]:
        """How far the collector's barrier has risen [V], and how fast in thermal voltages [1/A]."""
        m = self.m
        some = m["icbar"] >= 0.05 * m["vlim"] / m["rci0"]
        scale = inverse(m["icbar"])
        over = m.local("over barrier", max_((current - critical) * scale, -1e10))
        root = m.local("root barrier", sqrt(over * over + m["acbar"]))
        high = m.local("high", max_(positive_part(over, root, m["acbar"]), 1e-12))
        barrier = m.local("barrier", where(some, m["vcbar"] * exp(-1.0 / high), 0.0))
        return barrier, m.local("barrier slope", barrier * scale / (high * root * self.warm.vt))

    def _spreading(self, w: Expr) -> tuple[Expr, Expr]:
        """Charge of the collector's spreading current over that at full injection: stored, and as it counts."""
        across = self.m["latb"] > self.m["latl"]
        crossed, crossed_counted = self._crossed(w)
        even, even_counted = self._even(w)
        spread = self.m.local("spread", where(across, crossed, even))
        return spread, where(self.warm.old, where(across, crossed_counted, even_counted), spread)

    def _even(self, w: Expr) -> tuple[Expr, Expr]:
        """The same where it spreads along the emitter no less than across it."""
        latb = self.m["latb"]
        depth = self.m.local(
            "even depth", where(latb > NARROW, w / (1.0 + (1.0 - w) * latb), w - (1.0 - w) * latb)
        )
        z = latb * depth
        square = depth * depth / (1.0 + z)
        logarithm = (1.0 + z) * log1p(z) - z
        return square * (1.0 + z / 3.0), 2.0 * square * _quotient(z, logarithm, 2, EVEN)

    def _crossed(self, w: Expr) -> tuple[Expr, Expr]:
        """The same where it spreads across the emitter more than along it."""
        latl = self.m["latl"]
        more = max_(self.m["latb"] - latl, 1e-9)
        latb = latl + more
        narrowed = -expm1(-w * ln((1.0 + latb) / (1.0 + latl)))
        deep = where(latb > NARROW, narrowed / (more - narrowed * latb), w / (1.0 + (1.0 - w) * latb))
        depth = self.m.local("crossed depth", deep)
        ratio = where(latb > NARROW, ln((1.0 + latb * depth) / (1.0 + latl * depth)), more * depth)
        volume = depth * (1.0 + depth * (0.5 * (latb + latl) + latb * latl * depth / 3.0))
        inner = _moment(latb, latl, depth) - _moment(latl, latb, depth)
        return 2.0 / more * (ratio * volume - inner), 2.0 / more * (_area(latb, depth) - _area(latl, depth))


def _quotient(z: Expr, numerator: Expr, power: int, coefficients: tuple[float, ...]) -> Expr:
    """Numerator over a power of z; near 0, where it is a difference of nearly equal numbers, its power series."""
    series = as_expr(coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        series = coefficient + z * series
    return where(z > SMALL, numerator / max_(z, SMALL) ** power, series)


def _area(slope: Expr, depth: Expr) -> Expr:
    """Integral of slope·u/(1 + slope·u) from 0 to the depth."""
    z = slope * depth
    return depth * z * _quotient(z, z - log1p(z), 2, AREA)


def _moment(slope: Expr, other: Expr, depth: Expr) -> Expr:
    """Integral of (1 + other·u)·(1 + slope·u)·ln(1 + slope·u) from 0 to the depth."""
    z = slope * depth
    x = 1.0 + z
    square = 0.5 * x * x * log1p(z) - z * (0.5 + 0.25 * z)
    cube = x * x * x * log1p(z) / 3.0 - z * (1.0 + z * (1.0 + z / 3.0)) / 3.0
    plain = _quotient(z, square, 2, VOLUME)
    return depth * z * (plain + other * depth * _quotient(z, cube - square, 3, MOMENT))
