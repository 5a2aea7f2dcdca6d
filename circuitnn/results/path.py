"""A result as straight lines from point to point: crossings, slopes, and values over a window.

A crossing is where a signal passes from below a level to the level or above it (rise), or back (fall), as in
ngspice. Windows are cut exactly at ``from`` and ``to``; ngspice rounds them to the next point in ``avg``, ``min``,
``max``, ``pp``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from circuitnn.flat.measure_request import Crossing, Measure
from circuitnn.results.evaluation import MeasureFailure, evaluate
from circuitnn.results.result import Result

Outcome = tuple[Any, ...]  # a value, then its details: pairs of a label and a number


class Edges:
    """Crossings of a signal and a level: their intervals, fractions of these, and values of the axis."""

    def __init__(self, intervals: np.ndarray, fractions: np.ndarray, moments: np.ndarray) -> None:
        self.intervals, self.fractions, self.moments = intervals, fractions, moments
        self.sorted = bool(np.all(moments[1:] >= moments[:-1]))

    def between(self, low: float, high: float) -> range | np.ndarray:
        """Indices of the crossings in a window, ends included."""
        if self.sorted:  # as in a transient: no pass through all edges per card
            first, end = np.searchsorted(self.moments, low), np.searchsorted(self.moments, high, "right")
            return range(int(first), int(end))
        return np.flatnonzero((self.moments >= low) & (self.moments <= high))


class Path:
    """A result as straight lines from point to point; a place on the path is (interval, fraction)."""

    def __init__(self, result: Result) -> None:
        assert result.axis is not None
        self.result = result
        self.x = np.real(result.array(result.axis))
        # The last point of an inner sweep is not connected to the first of the next one.
        self.connected = np.ones(max(len(self.x) - 1, 0), dtype=bool)
        if len(result.sweeps) > 1:
            inner = len(result.sweeps[0].values)
            self.connected[inner - 1 :: inner] = False
        self._edges: dict[tuple[str, float | str, str], Edges] = {}

    def values(self, signal: str) -> np.ndarray:
        """A signal, or an expression in signals, at every point."""
        return np.real(evaluate(self.result, signal))

    def at(self, where: tuple[int, float]) -> float:
        """The axis at a place."""
        return self.interpolate(self.x, where)

    def interpolate(self, y: np.ndarray, where: tuple[int, float]) -> float:
        """A signal at a place."""
        k, fraction = where
        if fraction == 0.0:
            return float(y[k])
        return float(y[k] + fraction * (y[k + 1] - y[k]))

    def position(self, value: float) -> tuple[int, float]:
        """First place where the axis has the value `value`."""
        low, high = np.minimum(self.x[:-1], self.x[1:]), np.maximum(self.x[:-1], self.x[1:])
        # A sweep in steps of 0.1 does not hit 0.3 exactly.
        slack = 1e-12 * (np.abs(self.x).max() + abs(value))
        (places,) = np.nonzero((low - slack <= value) & (value <= high + slack) & self.connected)
        if not len(places):
            if len(self.x) == 1 and abs(self.x[0] - value) <= slack:
                return 0, 0.0
            raise MeasureFailure(f"at={value:g} is outside of the run")
        k = int(places[0])
        width = self.x[k + 1] - self.x[k]
        return k, float(np.clip((value - self.x[k]) / width, 0.0, 1.0)) if width else 0.0

    def moment(self, event: Crossing | float | None) -> float:
        """Value of the axis at an event; a number stands for itself, None for 0."""
        if isinstance(event, Crossing):
            return self.at(self.crossing(event, stop=event.stop))
        return float(event or 0.0)

    def crossing(
        self, event: Crossing | None, start: float = float("nan"), stop: float = float("nan")
    ) -> tuple[int, float]:
        """Place of the requested event within a window; NaN leaves an end of the window open."""
        assert event is not None
        edges = self.edges(event)
        low, high = _limits(start, stop)
        counted = edges.between(np.fmax(low, event.delay), high)
        number = len(counted) - 1 if event.count == -1 else event.count - 1
        if not 0 <= number < len(counted):
            wanted = "any" if event.count == -1 else f"number {event.count}"
            raise MeasureFailure(
                f"{event.signal} crosses {event.level} ({event.edge}) {len(counted)} times, {wanted} was asked for"
            )
        chosen = counted[number]
        return int(edges.intervals[chosen]), float(edges.fractions[chosen])

    def edges(self, event: Crossing) -> Edges:
        """Every crossing of the event's kind along the path; the search is shared by all cards that need it."""
        key = (event.signal, event.level, event.edge)
        if key not in self._edges:
            y, level = self.values(event.signal), event.level
            if isinstance(level, str):
                y, level = y - self.values(level), 0.0
            above = y >= level
            flips = above[1:] != above[:-1]
            if event.edge in ("rise", "fall"):
                flips &= above[1:] if event.edge == "rise" else above[:-1]
            (k,) = np.nonzero(flips & self.connected)
            fractions = (level - y[k]) / (y[k + 1] - y[k])
            net = self.result.net(event.signal)
            if net is not None:
                # A net changes at its own times, not along the line between the points.
                last = net.times[np.searchsorted(net.times, self.x[k + 1], side="right") - 1]
                fractions = np.clip((last - self.x[k]) / (self.x[k + 1] - self.x[k]), 0.0, 1.0)
            moments = self.x[k] + fractions * (self.x[k + 1] - self.x[k])
            self._edges[key] = Edges(k, fractions, moments)
        return self._edges[key]

    def slope(self, y: np.ndarray, where: tuple[int, float]) -> float:
        """Second-order derivative estimate: slopes of parabolas at both ends of the interval, linear in between."""
        k, fraction = where
        if len(self.x) < 2 or self.x[k + 1 if k + 1 < len(self.x) else k - 1] == self.x[k]:
            raise MeasureFailure("no slope at this point")
        k = min(k, len(self.x) - 2)
        chord = (y[k + 1] - y[k]) / (self.x[k + 1] - self.x[k])
        ends = [self._parabola(y, k - 1, k, chord), self._parabola(y, k + 1, k, chord)]
        return float(ends[0] + fraction * (ends[1] - ends[0]))

    def _parabola(self, y: np.ndarray, other: int, k: int, chord: float) -> float:
        """Slope at the point between intervals `k` and `other`; the chord of `k` if there is no such interval."""
        if not 0 <= other < len(self.connected) or not self.connected[other]:
            return chord
        width, other_width = self.x[k + 1] - self.x[k], self.x[other + 1] - self.x[other]
        if other_width == 0.0 or width + other_width == 0.0:
            return chord
        other_chord = (y[other + 1] - y[other]) / other_width
        return (other_chord * width + chord * other_width) / (width + other_width)

    def window(self, card: Measure) -> Outcome:
        """avg, rms, min, max, pp, integ, min_at, max_at."""
        xa, ya, xb, yb = self.within(card)
        x, y = np.concatenate([xa, xb]), np.concatenate([ya, yb])
        ends = (("from", float(x.min())), ("to", float(x.max())))
        least, most = int(np.argmin(y)), int(np.argmax(y))
        if card.kind == "min":
            return y[least], ("at", x[least])
        if card.kind == "max":
            return y[most], ("at", x[most])
        if card.kind == "min_at":
            return x[least], ("with", y[least])
        if card.kind == "max_at":
            return x[most], ("with", y[most])
        if card.kind == "pp":
            return y[most] - y[least], *ends
        width = xb - xa
        if card.kind == "integ":
            return 0.5 * np.sum((ya + yb) * width), *ends
        total = np.sum(width)
        if total == 0.0:
            value = y[0] if card.kind == "avg" else abs(y[0])
        elif card.kind == "avg":
            value = 0.5 * np.sum((ya + yb) * width) / total
        else:
            value = np.sqrt(0.5 * np.sum((ya**2 + yb**2) * width) / total)
        return value, *ends

    def within(self, card: Measure, *ends: float) -> tuple[np.ndarray, ...]:
        """Line segments of a card's signal in its window, or between two ends: left x, left y, right x, right y."""
        low, high = ends or _limits(card.start, card.stop)
        return self._pieces(self.values(card.signal), np.fmax(low, card.delay), high)

    def _pieces(self, y: np.ndarray, low: float, high: float) -> tuple[np.ndarray, ...]:
        """Line segments inside the window, cut at its ends: left x, left y, right x, right y."""
        rising = self.x[1:] >= self.x[:-1]
        xa, xb = np.where(rising, self.x[:-1], self.x[1:]), np.where(rising, self.x[1:], self.x[:-1])
        ya, yb = np.where(rising, y[:-1], y[1:]), np.where(rising, y[1:], y[:-1])
        (inside,) = np.nonzero((xb > low) & (xa < high) & (xb > xa) & self.connected)
        xa, xb, ya, yb = xa[inside], xb[inside], ya[inside], yb[inside]
        slope = (yb - ya) / (xb - xa)
        left, right = np.maximum(xa, low), np.minimum(xb, high)
        y_left = np.where(left == xa, ya, ya + slope * (left - xa))
        y_right = np.where(right == xb, yb, ya + slope * (right - xa))
        if not len(inside):
            (single,) = np.nonzero((self.x >= low) & (self.x <= high))
            if not len(single):
                raise MeasureFailure("there is no point between from and to")
            left = right = self.x[single[:1]]
            y_left = y_right = y[single[:1]]
        return left, y_left, right, y_right


def _limits(start: float, stop: float) -> tuple[float, float]:
    """Ends of a window in ascending order; a NaN becomes infinite."""
    low = -np.inf if np.isnan(start) else start
    high = np.inf if np.isnan(stop) else stop
    return (high, low) if high < low else (low, high)
