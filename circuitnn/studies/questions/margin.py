"""Sneak paths and read margin: the largest array that can be read."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.results.figures import setting
from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.engine import study
from circuitnn.studies.panels import family, panels, sizes
from circuitnn.studies.question import Answer, Question, settings
from circuitnn.studies.reading import Reading, largest, search
from circuitnn.studies.spaces import Grid

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

VARIED = ("scheme", "nonlinearity", "ratio", "pull_up", "line_resistance")
NAMES = {
    "nonlinearity": "K½",
    "ratio": "HRS/LRS",
    "pull_up": "Rpu/LRS",
    "line_resistance": "r [Ω]",
    "scheme": "scheme",
}


@read_arguments
def margin(
    size: Sequence[int] = (2, 4, 8, 16),
    *,
    scheme: Sequence[str] = ("one",),
    nonlinearity: Sequence[float] = (2.0,),
    ratio: Sequence[float] = (100.0,),
    pull_up: Sequence[float] = (1.0,),
    line_resistance: Sequence[float] = (0.0,),
    kind: str = "sinh",
    lrs: float = 1e4,
    voltage: float = 1.0,
    target: float = 0.1,
    pattern: str = "on",
    limit: int = 4096,
    record: str | os.PathLike[str] | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    progress: bool | Callable[[float, str], None] = False,
) -> Answer:
    """Compute the read margin of the farthest cell against size, and the largest array that can be read.

    Parameters
    ----------
    size : sequence of int
        Lines per side, N.
    scheme : sequence of str
        ``one``, ``all``: pull-up of the selected, of all bit lines (margin: difference of the voltages over the
        supply); ``half``, ``third``, ``floating``, ``grounded``: bias of the other lines (margin: difference of the
        currents over the larger one).
    nonlinearity : sequence of float
        K½ = I(v)/I(v/2) at the voltage of a cell of low resistance; 2: resistors.
    ratio : sequence of float
        High over low resistance.
    pull_up : sequence of float
        Pull-up resistor over low resistance.
    line_resistance : sequence of float
        Of a segment, a driver, a sense end. [Ohm]
    kind : {"sinh", "1S1R", "1D1R", "1T1R"}
        Kind of cell; see `circuitnn.studies.two_state_cells`.
    lrs : float
        Low resistance. [Ohm]
    voltage : float
        Supply of the pull-up, or read voltage. [V]
    target : float
        Margin that the largest array must have.
    pattern : {"on", "search"}
        Other cells: all in their low-resistance state, or the worst pattern that is found (enumerated up to 3 x 3).
    limit : int
        Largest size to look for.
    record, processes, scheduler, progress
        As of `circuitnn.studies.study`.

    Returns
    -------
    Answer
        Data: ``margin``, ``on``, ``off`` (levels), ``power`` [W], ``on_cells`` (share of cells in the pattern), and
        ``largest`` with the margins of this size and of the next one.
    """
    chosen = settings(locals())
    others = {
        "scheme": scheme,
        "nonlinearity": nonlinearity,
        "ratio": ratio,
        "pull_up": pull_up,
        "line_resistance": line_resistance,
    }
    fixed = {"kind": kind, "lrs": lrs, "voltage": voltage}
    if pattern not in ("on", "search"):
        from circuitnn.errors import AnalysisError

        raise AnalysisError(f"pattern = {pattern!r}: must be 'on' or 'search'")
    run: dict[str, Any] = {"processes": processes, "scheduler": scheduler, "progress": progress}
    data = study(
        Point(fixed, pattern),
        Grid(**others, size=size),
        record=record,
        title="read margin",
        **run,
    )
    sized = study(Largest(fixed, target, limit), Grid(**others), title="largest array", **run)
    for name in ("largest", "margin_there", "margin_of_next"):
        data[name] = sized[name]
    data["largest_failure"] = sized["failure"]
    data.attrs |= chosen
    return Answer("margin", "Read margin", _summary(data, target, limit), data, *_table(data), draw=_draw)


class Point:
    """Margin at one point; parameters are those of `Reading`."""

    def __init__(self, fixed: dict[str, Any], pattern: str) -> None:
        self.fixed, self.pattern = fixed, pattern

    def __call__(self, **point: Any) -> dict[str, float]:
        """Read the array of a point."""
        reading = Reading(**self.fixed, **point)
        tried, proven = 1, False
        if self.pattern == "on":
            read = reading.all_on()
        else:
            worst = search(reading)
            read, tried, proven = worst.read, worst.tried, worst.proven
        on, off = read.levels
        return {
            "margin": read.margin,
            "on": on,
            "off": off,
            "power": read.power,
            "sneak": read.low.sneak_current * read.scale,
            "on_cells": (read.on.sum() - read.on[read.reading.selected]) / (read.on.size - 1),
            "patterns": tried,
            "proven": proven,
        }


class Largest:
    """Largest array at one point."""

    def __init__(self, fixed: dict[str, Any], target: float, limit: int) -> None:
        self.fixed, self.target, self.limit = fixed, target, limit

    def __call__(self, **point: Any) -> dict[str, float]:
        """Bracket and bisect."""
        size, here, following = largest(Reading(2, **self.fixed, **point), self.target, self.limit)
        # no array is read below two lines or beyond the limit
        return {
            "largest": size,
            "margin_there": here if size > 1 else 0.0,
            "margin_of_next": following if size < self.limit else 0.0,
        }


def _cases(data: xarray.Dataset) -> list[tuple[str, dict[str, Any]]]:
    """Combinations of parameters other than the size: label and index of each."""
    varied = [name for name in VARIED if data.sizes[name] > 1]
    cases = []
    for index in np.ndindex(*(data.sizes[name] for name in VARIED)):
        place = dict(zip(VARIED, index, strict=True))
        values = {name: data[name].values[place[name]] for name in varied}
        label = ", ".join(f"{NAMES[n]} {v if isinstance(v, str) else f'{v:g}'}" for n, v in values.items())
        cases.append((label or "margin", place))
    return cases


def _summary(data: xarray.Dataset, target: float, limit: int) -> list[str]:
    sentences = []
    for label, place in _cases(data):
        here = data.isel(place)
        count = float(here["largest"])
        if not np.isfinite(count):
            sentences.append(f"{label}: no largest array ({here['largest_failure'].item()}).")
            continue
        more = " or more" if count >= limit else ""
        text = f"an array of at most {count:.0f} x {count:.0f}{more} has a margin of {100 * target:g} %"
        text += f" ({float(here['margin_there']):.4f}" + (
            f"; {float(here['margin_of_next']):.4f} with one line more)" if count < limit else ")"
        )
        sentences.append(f"{label}: {text}." if label != "margin" else f"{text[0].upper()}{text[1:]}.")
    return sentences


def _table(data: xarray.Dataset) -> tuple[list[str], list[list[str]]]:
    cases = _cases(data)
    rows = []
    for k, n in enumerate(data["size"].values):
        cells = [data.isel(place, drop=True).isel(size=k) for _, place in cases]
        rows.append([f"{n}", *(f"{float(c['margin']):.4f}" for c in cells)])
    rows.append(["largest N", *(f"{float(data.isel(place)['largest']):.0f}" for _, place in cases)])
    return ["N", *(label for label, _ in cases)], rows


def _draw(data: xarray.Dataset, place: Place) -> Figure:
    figure, axes = panels(place, 1, 1, "Read margin against array size")
    panel = axes[0, 0]
    curves = {label: data.isel(place)["margin"].values for label, place in _cases(data)}
    family(panel, data["size"].values, curves)
    panel.axhline(data.attrs["target"], color=setting("text.color"), linestyle="--", linewidth=1.0)
    panel.text(
        data["size"].values[0],
        data.attrs["target"],
        f"  target {100 * data.attrs['target']:g} %",
        va="bottom",
        fontsize=8,
    )
    sizes(panel, data["size"].values)
    panel.set_yscale("log")
    panel.set_ylabel("read margin")
    return figure


QUESTION = Question("margin", "Sneak paths and read margin against size; the largest array", margin)
