"""States of the cells of a spiking network's arrays: their signals, their values at some times, pictures of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.crossbar.tables import Tables
    from circuitnn.models import Model
    from circuitnn.results.result import Result

FLAT = 1e-6  # a span of states that is widened to be shown: they lie between 0 and 1, or are temperatures


def state_signals(circuit: Circuit, array: str) -> list[str]:
    """Names of all states of an array's cells."""
    tables: Tables = circuit.flat.placed[array]
    model = tables.array.made.model
    names = [] if model is None else [state.name for state in model.states]
    return [f"@{cell}[{name}]" for name in names for cell in tables.circuit.devices[0].names]


def chosen_state(tables: Tables, name: str | None) -> str:
    """The state of a name, or the only one."""
    model: type[Model] | None = tables.array.made.model
    names = [] if model is None else [state.name for state in model.states]
    if name is None and len(names) == 1:
        return names[0]
    if name not in names:
        raise UnknownNameError(f"the cells have no state {name!r}, only {', '.join(names) or 'none'}")
    return name


def at_end(tables: Tables, name: str, result: Result) -> np.ndarray:
    """A state of all cells at the end of a run; 0 in stuck cells."""
    end = result.final_state
    if end is None:
        raise AnalysisError(
            "this result has no state of the circuit at its end: give a time, after tran(…, states=True)"
        )
    values = np.zeros(tables.array.shape)
    values.flat[tables.cells] = [end[f"@{cell}[{name}]"] for cell in tables.circuit.devices[0].names]
    return values


def at_times(tables: Tables, name: str, result: Result, times: np.ndarray) -> np.ndarray:
    """A state of all cells at some times, shape (times, rows, columns), on straight lines between time points."""
    columns = {signal: k for k, signal in enumerate(result.names)}
    signals = [f"@{cell}[{name}]" for cell in tables.circuit.devices[0].names]
    if not all(signal in columns for signal in signals):
        raise AnalysisError("the states of the cells over time were not kept: run tran(…, states=True)")
    t = result.time
    if not np.all((times >= t[0]) & (times <= t[-1])):
        raise AnalysisError(
            f"time: must lie between {t[0]:g} and {t[-1]:g} s, the beginning and the end of the run"
        )
    after = np.clip(np.searchsorted(t, times), 1, len(t) - 1)
    share = ((times - t[after - 1]) / (t[after] - t[after - 1]))[:, None]
    own = np.array([columns[signal] for signal in signals])
    before, behind = result.data[np.ix_(after - 1, own)], result.data[np.ix_(after, own)]
    values = np.zeros((len(times), tables.array.rows * tables.array.cols))
    values[:, tables.cells] = before + share * (behind - before)
    return values.reshape(-1, *tables.array.shape)


def drawn_maps(
    maps: np.ndarray,
    times: Sequence[float],
    label: str,
    path: str | os.PathLike[str] | None,
    ax: Any,
    figsize: tuple[float, float] | None,
) -> Figure:
    """Draw states of an array at some times, side by side, in colours of one scale."""
    from matplotlib.colors import Normalize

    from circuitnn.results.figure_place import Place
    from circuitnn.results.figures import save, scaled, styled

    place = Place(ax, figsize)
    factor, unit = scaled("time", np.array([0.0, *times]))
    unit = unit[unit.find("[") + 1 : -1]
    with styled():
        figure, axes = place.panels(1, len(maps), (1.5 + 2.6 * len(maps), 3.0))
        # one scale, also where all values are equal but for rounding: else each picture would widen it by itself
        low, high = float(maps.min()), float(maps.max())
        wider = FLAT if high - low <= FLAT else 0.0
        scale = Normalize(low - wider, high + wider)
        for axis, values, time in zip(axes, maps, times, strict=True):
            image = axis.imshow(values, norm=scale, interpolation="nearest", aspect="auto")
            axis.set(xlabel="bit line", title=f"{time * factor:.4g} {unit}")
            axis.locator_params(integer=True)
            axis.grid(visible=False)
        axes[0].set_ylabel("word line")
        figure.colorbar(image, ax=axes, label=label)
    if path is not None:
        save(figure, path)
    return figure
