"""Energy and delay of a read or a write through lines with capacitance."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.crossbar import Access, CrossbarTransient, Pulse
from circuitnn.crossbar.bias import SIDES
from circuitnn.errors import AnalysisError
from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.engine import study
from circuitnn.studies.panels import family, panels, sizes
from circuitnn.studies.question import Answer, Question, settings
from circuitnn.studies.spaces import Grid
from circuitnn.studies.two_state_cells import bistable
from circuitnn.studies.uniform_arrays import uniform

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place


@read_arguments
def energy(
    size: Sequence[int] = (8, 16, 32),
    *,
    scheme: Sequence[str] = ("half",),
    kind: str = "sinh",
    nonlinearity: float = 100.0,
    lrs: float = 1e4,
    ratio: float = 100.0,
    voltage: float = 1.0,
    line_resistance: float = 1.0,
    line_capacitance: float = 1e-16,
    cell_capacitance: float = 1e-17,
    rise: float = 1e-11,
    width: float = 0.0,
    band: float = 0.01,
    record: str | os.PathLike[str] | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    progress: bool | Callable[[float, str], None] = False,
) -> Answer:
    """Compute energy and delay of an access of the farthest cell, all cells being in their low-resistance state.

    Parameters
    ----------
    size : sequence of int
        Lines per side, N.
    scheme : sequence of str
        Bias of the other lines: ``half``, ``third``, ``floating``, ``grounded``.
    kind : {"sinh", "1S1R", "1D1R"}
        Kind of cell; see `circuitnn.studies.two_state_cells`.
    nonlinearity : float
        K½ of the cells; 2: resistors.
    lrs, ratio : float
        Low resistance [Ohm]; high over low.
    voltage : float
        [V]
    line_resistance : float
        Of a segment, a driver, a sense end. [Ohm]
    line_capacitance : float
        From each node of a line to ground. [F]
    cell_capacitance : float
        In parallel with each cell. [F]
    rise : float
        Rise and fall time of the pulse. [s]
    width : float
        Of the pulse; 0: 20 times the slowest RC product of a line, at least 20 times `rise`. [s]
    band : float
        Tolerance around the final sensed current, relative to it.
    record, processes, scheduler, progress
        As of `circuitnn.studies.study`.

    Returns
    -------
    Answer
        Data: ``energy`` that all sources give during the pulse [J], ``selected`` (of the selected cell), ``delay`` from
        the start of the pulse until the sensed current stays within the band [s], ``width`` [s], ``current`` [A].
    """
    chosen = settings(locals())
    if kind == "1T1R" or not 0.0 < band < 1.0 or rise <= 0.0:
        raise AnalysisError("energy: kind must have two terminals, 0 < band < 1, rise > 0")
    lines = line_resistance, line_capacitance, cell_capacitance
    point = Point((kind, nonlinearity, lrs, ratio, voltage), lines, rise, width, band)
    data = study(
        point,
        Grid(scheme=scheme, size=size),
        record=record,
        processes=processes,
        scheduler=scheduler,
        progress=progress,
        title="energy and delay",
    )
    data.attrs |= chosen
    return Answer("energy", "Energy and delay of an access", _summary(data), data, *_table(data), draw=_draw)


class Point:
    """Energy and delay at one point."""

    def __init__(
        self,
        cell: tuple[str, float, float, float, float],
        lines: tuple[float, float, float],
        rise: float,
        width: float,
        band: float,
    ) -> None:
        self.cell, self.lines, self.rise, self.width, self.band = cell, lines, rise, width, band

    def __call__(self, scheme: str, size: int) -> dict[str, float]:
        """Run the transient of a point."""
        kind, nonlinearity, lrs, ratio, voltage = self.cell
        r, c, cell_capacitance = self.lines
        on = np.ones((size, size), dtype=bool)
        array = uniform(
            size,
            size,
            bistable(on, lrs, ratio, nonlinearity, voltage, kind),
            r,
            wordline_capacitance=c,
            bitline_capacitance=c,
            cell_capacitance=cell_capacitance,
        )
        row, col = 0, size - 1
        slowest = size * (c + cell_capacitance) * (size * r + (lrs / size if scheme == "floating" else 0.0))
        width = self.width or 20.0 * max(slowest, self.rise)
        pulse = Pulse(width=width, rise=self.rise, fall=self.rise)
        transient = array.tran(Access(row, col, voltage, scheme), pulse, pulse.end + width, reltol=1e-5)
        flat = transient.time <= self.rise + width
        sensed = transient.currents_out("bottom")[:, col]
        return {
            "energy": energy_of(transient, pulse),
            "selected": float(np.trapezoid(transient.cell_power[:, row, col], transient.time)),
            "delay": settling(transient.time[flat], sensed[flat], self.band),
            "current": float(sensed[flat][-1]),
            "width": width,
        }


def energy_of(transient: CrossbarTransient, pulse: Pulse) -> float:
    """Energy that the sources of an array give: ∫ Σ v·i dt over all held ends, by the trapezoidal rule.

    Parameters
    ----------
    transient : CrossbarTransient
        Of one pulse on all held ends.
    pulse : Pulse

    Returns
    -------
    float
        [J]
    """
    corners = np.cumsum([pulse.delay, pulse.rise, pulse.width, pulse.fall])
    shape = np.interp(transient.time, corners, [0.0, 1.0, 1.0, 0.0])
    total = 0.0
    for side in SIDES:
        height = np.nan_to_num(transient.ends.voltage[side])
        total -= float(np.trapezoid(shape * (transient.currents_out(side) @ height), transient.time))
    return total


def settling(time: np.ndarray, signal: np.ndarray, band: float = 0.01) -> float:
    """Time from the first point until a signal stays within a band around its last value.

    Parameters
    ----------
    time, signal : ndarray, shape (points,)
    band : float
        Relative to the last value.

    Returns
    -------
    float
        In the unit of `time`; the crossing lies on a straight line between points. 0 if it never leaves the band.

    Raises
    ------
    AnalysisError
        If there are no points.
    """
    if len(time) == 0:
        raise AnalysisError("settling: there are no points")
    off = np.abs(signal - signal[-1]) - band * abs(signal[-1])
    outside = np.flatnonzero(off > 0.0)
    if not len(outside):
        return 0.0
    k = int(outside[-1])
    part = off[k] / (off[k] - off[k + 1])
    return float(time[k] + part * (time[k + 1] - time[k]) - time[0])


def _cases(data: xarray.Dataset) -> list[tuple[str, xarray.Dataset]]:
    return [(str(name), data.sel(scheme=name)) for name in data["scheme"].values]


def _summary(data: xarray.Dataset) -> list[str]:
    sentences = []
    for label, here in _cases(data):
        last = here.isel(size=-1)
        sentences.append(
            f"{label}: at N = {int(last['size'])} an access takes {1e15 * float(last['energy']):.4g} fJ, "
            f"{100 * float(last['selected'] / last['energy']):.2g} % of it in the selected cell, and the current has "
            f"settled after {1e12 * float(last['delay']):.4g} ps."
        )
    return sentences


def _table(data: xarray.Dataset) -> tuple[list[str], list[list[str]]]:
    rows = [
        [
            label,
            f"{int(n)}",
            f"{1e15 * float(here['energy'].sel(size=n)):.4g}",
            f"{1e15 * float(here['selected'].sel(size=n)):.4g}",
            f"{1e12 * float(here['delay'].sel(size=n)):.4g}",
            f"{1e12 * float(here['width'].sel(size=n)):.4g}",
        ]
        for label, here in _cases(data)
        for n in here["size"].values
    ]
    return ["scheme", "N", "energy [fJ]", "selected cell [fJ]", "delay [ps]", "pulse [ps]"], rows


def _draw(data: xarray.Dataset, place: Place) -> Figure:
    figure, axes = panels(place, 1, 2, "Energy and delay of an access", (11.5, 4.5))
    n = data["size"].values
    family(axes[0, 0], n, {label: 1e15 * here["energy"].values for label, here in _cases(data)})
    axes[0, 0].set_ylabel("energy of a pulse [fJ]")
    family(axes[0, 1], n, {label: 1e12 * here["delay"].values for label, here in _cases(data)})
    axes[0, 1].set_ylabel("settling time of the sensed current [ps]")
    for panel, name in zip(axes[0], ("energy", "delay"), strict=True):
        values = data[name].values
        if np.nanmax(values) > 10.0 * np.nanmin(values) > 0.0:
            panel.set_yscale("log")
        else:
            panel.set_ylim(bottom=0.0)
        sizes(panel, n)
    return figure


QUESTION = Question("energy", "Energy and delay of an access through lines with capacitance", energy)
