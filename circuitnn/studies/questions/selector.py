"""Requirements of a selector: which nonlinearity and on/off ratio an array of a given size needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.engine import study
from circuitnn.studies.panels import field, frame, panels
from circuitnn.studies.question import Answer, Question, settings
from circuitnn.studies.reading import Reading, largest
from circuitnn.studies.spaces import Grid

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

MOST = 2e4  # largest K½ searched: beyond, the model's sinh continues as a straight line


@read_arguments
def selector(
    size: int = 64,
    *,
    nonlinearity: Sequence[float] = (2.0, 10.0, 30.0, 100.0, 300.0, 1e3, 1e4),
    ratio: Sequence[float] = (3.0, 10.0, 30.0, 100.0, 1000.0),
    scheme: str = "one",
    kind: str = "sinh",
    target: float = 0.1,
    pull_up: float = 1.0,
    line_resistance: float = 0.0,
    lrs: float = 1e4,
    voltage: float = 1.0,
    limit: int = 1024,
    record: str | os.PathLike[str] | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    progress: bool | Callable[[float, str], None] = False,
) -> Answer:
    """Map which cells and selectors allow an array of a given size and read margin.

    Parameters
    ----------
    size : int
        Wanted number of lines per side.
    nonlinearity : sequence of float
        K½ = I(v)/I(v/2) at the voltage of a cell of low resistance; 2: resistors.
    ratio : sequence of float
        High over low resistance.
    scheme : str
        As in the study ``margin``.
    kind : {"sinh", "1S1R", "1D1R", "1T1R"}
        Kind of cell. Diodes and transistors have no K½.
    target : float
        Required margin.
    pull_up : float
        Pull-up resistor over low resistance.
    line_resistance : float
        Of a segment, a driver, a sense end. [Ohm]
    lrs : float
        Low resistance. [Ohm]
    voltage : float
        Supply of the pull-up, or read voltage. [V]
    limit : int
        Largest size to look for.
    record, processes, scheduler, progress
        As of `circuitnn.studies.study`.

    Returns
    -------
    Answer
        Data: ``margin``, ``largest`` and ``allowed`` at each point; ``leakage``: currents of the half-selected cells
        over that of the selected one, ``sneak``: current past the selected cell into its bit line over its own;
        ``least_nonlinearity`` for each ratio: least K½ that meets the target (NaN: none up to 2e4).
    """
    chosen = settings(locals())
    fixed: dict[str, Any] = {
        "kind": kind,
        "lrs": lrs,
        "voltage": voltage,
        "scheme": scheme,
        "pull_up": pull_up,
        "line_resistance": line_resistance,
    }
    run: dict[str, Any] = {"processes": processes, "scheduler": scheduler, "progress": progress}
    point = Point(fixed, size, target, limit)
    data = study(point, Grid(ratio=ratio, nonlinearity=nonlinearity), record=record, title="selector", **run)
    data["allowed"] = data["margin"] >= target
    selective = kind in ("sinh", "1S1R")
    least = study(Least(fixed, size, target, selective), Grid(ratio=ratio), title="least K½", **run)
    data["least_nonlinearity"] = least["least"].where(least["least"] > 0.0)
    data.attrs |= chosen
    return Answer("selector", "Selector requirements", _summary(data), data, *_table(data), draw=_draw)


class Point:
    """Margin and largest size at one point."""

    def __init__(self, fixed: dict[str, Any], size: int, target: float, limit: int) -> None:
        self.fixed, self.size, self.target, self.limit = fixed, size, target, limit

    def __call__(self, **point: Any) -> dict[str, float]:
        """Read the array of a point."""
        reading = Reading(self.size, **self.fixed, **point)
        read = reading.all_on()
        selected = abs(read.low.selected_current)
        count, _, _ = largest(reading, self.target, max(self.limit, self.size))
        return {
            "margin": read.margin,
            "largest": count,
            "leakage": read.low.half_select_leakage / selected,
            "sneak": abs(read.low.sneak_current) / selected,
            "power": read.power,
        }


class Least:
    """Least K½ that meets the target; bracketed by doubling, then bisected to 0.1 %."""

    def __init__(self, fixed: dict[str, Any], size: int, target: float, selective: bool) -> None:
        self.fixed, self.size, self.target, self.selective = fixed, size, target, selective

    def __call__(self, ratio: float) -> dict[str, float]:
        """Return the least K½; 0 if there is none."""
        if not self.selective:
            return {"least": 0.0}

        def enough(k: float) -> bool:
            reading = Reading(self.size, ratio=ratio, nonlinearity=k, **self.fixed)
            return reading.all_on().margin >= self.target

        if enough(2.0):
            return {"least": 2.0}
        low, high = 2.0, 2.5
        while not enough(high):
            low, high = high, 1.5 * high
            if high > MOST:
                return {"least": 0.0}
        while high > 1.001 * low:
            middle = float(np.sqrt(low * high))
            low, high = (low, middle) if enough(middle) else (middle, high)
        return {"least": high}


def _summary(data: xarray.Dataset) -> list[str]:
    size, target = data.attrs["size"], data.attrs["target"]
    sentences = []
    for ratio in data["ratio"].values:
        least = float(data["least_nonlinearity"].sel(ratio=ratio))
        here = data.sel(ratio=ratio)
        if data.attrs["kind"] in ("1D1R", "1T1R"):
            best = float(here["margin"][0])
            sentences.append(f"HRS/LRS {ratio:g}: the margin of {size} x {size} is {best:.4f}.")
        elif np.isfinite(least):
            sentences.append(
                f"HRS/LRS {ratio:g}: {size} x {size} at {100 * target:g} % needs K½ of at least {least:.4g}."
            )
        else:
            sentences.append(
                f"HRS/LRS {ratio:g}: no K½ allows {size} x {size} at {100 * target:g} % "
                f"(best margin of the map: {float(here['margin'].max()):.4f})."
            )
    return sentences


def _table(data: xarray.Dataset) -> tuple[list[str], list[list[str]]]:
    heads = ["HRS/LRS", *(f"K½ {k:g}" for k in data["nonlinearity"].values), "least K½"]
    rows = []
    for ratio in data["ratio"].values:
        here = data.sel(ratio=ratio)
        cells = [
            f"{float(m):.4f} ({int(n)})" + ("*" if bool(ok) else "")
            for m, n, ok in zip(
                here["margin"].values,
                np.nan_to_num(here["largest"].values),
                here["allowed"].values,
                strict=True,
            )
        ]
        least = float(here["least_nonlinearity"])
        rows.append([f"{ratio:g}", *cells, f"{least:.4g}" if np.isfinite(least) else "–"])
    return heads, rows


def _draw(data: xarray.Dataset, place: Place) -> Figure:
    size, target = data.attrs["size"], data.attrs["target"]
    figure, axes = panels(
        place,
        1,
        2,
        f"Which selectors allow {size} x {size} at {100 * target:g} % margin (framed)",
        (13.0, 4.6),
    )
    k, ratio = data["nonlinearity"].values, data["ratio"].values
    for panel, name, label in (
        (axes[0, 0], "margin", "read margin"),
        (axes[0, 1], "largest", f"largest N at {100 * target:g} %"),
    ):
        field(panel, data[name].transpose("ratio", "nonlinearity").values, k, ratio, label)
        frame(panel, data["allowed"].transpose("ratio", "nonlinearity").values)
        panel.set_xlabel("K½ = I(v)/I(v/2)")
        panel.set_ylabel("HRS/LRS")
    return figure


QUESTION = Question("selector", "Selector requirements for an array size and read margin", selector)
