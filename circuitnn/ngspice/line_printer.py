"""Curves as a line printer draws them, for ``.plot`` cards in batch mode: one line per point, in ngspice's form."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.machine import budget
from circuitnn.ngspice.listing import DATE, PAGE_BREAK, WIDTH, Column
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.results.result import Result

MARGIN = 22  # characters before the axis: two numbers
SYMBOLS = "+*=$%!0123456789"
MORE, SEVERAL = "#", "X"  # further curves; a place that several curves pass
PAGE = 60  # lines of a page above its last rule
LATER = 3  # so much less on later pages


@dataclass(frozen=True)
class Axis:
    """The axis of the values.

    Parameters
    ----------
    marks : tuple of float
        Values at the marks, the ends included.
    spacing : int
        Characters from one mark to the next.
    """

    marks: tuple[float, ...]
    spacing: int

    @classmethod
    def of(cls, low: float, high: float) -> Axis:
        """Choose whole multiples of a power of ten around the values from `low` to `high`."""
        if low == high:
            low, high = (low - 0.1 * abs(low), high + 0.1 * abs(high)) if low else (-1.0, 1.0)
        unit = 10.0 ** floor(log10(high - low))
        first, last = floor(low / unit), ceil(high / unit)
        intervals, step = _division(last - first)
        marks = tuple([unit * (first + step * k) for k in range(intervals + 1)])
        return cls(marks, (WIDTH - MARGIN - 7) // intervals)

    @classmethod
    def around(cls, values: np.ndarray) -> Axis:
        """Choose the axis of some values."""
        return cls.of(float(np.min(values)), float(np.max(values)))

    @property
    def length(self) -> int:
        """Characters from the first mark to the last."""
        return self.spacing * (len(self.marks) - 1)

    def places(self, values: np.ndarray) -> np.ndarray:
        """Character of each value, counted from the first mark."""
        low, high = self.marks[0], self.marks[-1]
        part = np.clip((values - low) / (high - low), 0.0, 1.0)
        return np.floor(part * self.length).astype(int)

    def ruled(self, mark: str, blank: str) -> str:
        """Return a line with marks, which fills the width."""
        line = (mark + blank * (self.spacing - 1)) * (len(self.marks) - 1) + mark
        return line.ljust(WIDTH - MARGIN - 6) if blank == " " else line

    def labels(self) -> str:
        """Values above the marks, from one character before them; of those too long for it, the later ones win."""
        line = [" "] * (WIDTH - MARGIN + 2)
        for k, value in enumerate(self.marks):
            text = f"{value + 0.0:.2e}"
            column = k * self.spacing + (value >= 0.0)
            line[column : column + len(text)] = text
        return "".join(line)


def _division(units: int) -> tuple[int, float]:
    """Number of intervals and units in each, for an axis of so many units."""
    if units == 1:
        return 5, 0.2
    step = {8: 2, 9: 3, 10: 2}.get(units, 1 if units < 8 else 3)
    return ceil(units / step), step


def plot(title: str, plotname: str, x: Column, curves: Sequence[Column], axis: Axis) -> Iterator[str]:
    """Lines of a plot; those of phasors are of their real parts.

    Parameters
    ----------
    title, plotname : str
    x : (str, ndarray)
        Numbers of the first column.
    curves : sequence of (str, ndarray)
        As long as `x`; the numbers of the first stand beside the axis.
    axis : Axis
    """
    values = np.array([np.real(of) for _, of in curves])
    head = [*_legend(title, plotname, curves)]
    names = f" {x[0]:<11}{curves[0][0]:<8.8}{axis.labels()}"
    rule = "-" * MARGIN + axis.ruled("|", "-")
    yield from head
    rows, done = PAGE - len(head) - 2, 0
    while done < len(x[1]):
        if done:
            yield PAGE_BREAK
        yield from (names, rule)
        yield from _rows(axis, x[1][done : done + rows], values[:, done : done + rows])
        yield from (rule, names)
        done, rows = done + rows, PAGE - LATER - 2
    yield ""


def on_steps(result: Result, x: Column, curves: Sequence[Column]) -> tuple[Column, list[Column]]:
    """Times and curves of a transient on the steps of its card, as its plots have them."""
    times = _on_card(result)
    return (x[0], times), [(name, _between(times, x[1], values)) for name, values in curves]


def _between(times: np.ndarray, known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values between points; before the first on the line through the first two, after the last as there."""
    interpolated = np.interp(times, known, values)
    early = times < known[0]
    if early.any() and len(known) > 1:
        slope = (values[1] - values[0]) / (known[1] - known[0])
        interpolated[early] = values[0] + slope * (times[early] - known[0])
    return interpolated


def _on_card(result: Result) -> np.ndarray:
    """Times of a transient's card, a step apart; the last is the one nearest to the end. [s]"""
    arguments = result.arguments or {}
    start, step = arguments["tstart"], arguments["tstep"]
    count = floor((arguments["tstop"] - start) / step + 1.5)
    budget.ask_points(count, ".plot")
    return start + step * np.arange(count)


def _legend(title: str, plotname: str, curves: Sequence[Column]) -> Iterator[str]:
    width = WIDTH - 6
    yield "-" * width
    for text in (title, f"{plotname} {time.strftime(DATE)}"):
        yield " " * ((width - len(text)) // 2) + text
    yield ""
    names = [f"{SYMBOLS[k : k + 1] or MORE} = {name:<17}" for k, (name, _) in enumerate(curves)]
    abreast = max(len(curves[0][1]) - 6, 0) // 20 + 1  # in ngspice, the more the more points there are
    for k in range(0, len(names), abreast):
        yield f"{'' if k else 'Legend:':<9}{''.join(names[k : k + abreast])}"
    yield "-" * width


def _rows(axis: Axis, x: np.ndarray, values: np.ndarray) -> Iterator[str]:
    blank, places = axis.ruled(".", " "), axis.places(values).T
    for x_value, first, marked in zip(x.tolist(), values[0].tolist(), places.tolist(), strict=True):
        line = [*blank]
        drawn: set[int] = set()
        for k, place in enumerate(marked):
            line[place] = SEVERAL if place in drawn else SYMBOLS[k : k + 1] or MORE
            drawn.add(place)
        yield f"{x_value: .3e} {first: .3e} {''.join(line)}"
