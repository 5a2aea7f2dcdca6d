"""Transients of arrays: pulses on the lines, states of the cells, charge on the lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.analyses import tran
from circuitnn.crossbar import topology
from circuitnn.crossbar.bias import SIDES, Scheme
from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.other_temperature import at_temperature
from circuitnn.crossbar.signals import CellSignals
from circuitnn.crossbar.tables import END_NAMES, Tables, build
from circuitnn.crossbar.waves import Waves, waveforms
from circuitnn.errors import AnalysisError, UnknownNameError
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.user_input import flag_of
from circuitnn.options import Options
from circuitnn.registry.analyses import Task
from circuitnn.results.figure_place import Place
from circuitnn.units import number_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class CrossbarTransient(CellSignals):
    """A transient of an array; indices are (time, row, column).

    Parameters
    ----------
    array : Array
    tables : Tables
        Positions of the array's elements in the circuit.
    nodes : tuple of str
        Names of the circuit's nodes.
    result : Result
        Result of the general engine.
    ends : Ends
        Bias of the array.
    options : Options, optional
        Of the analysis.
    changes : str, optional
        Why the cells may differ from those of `array`.
    """

    ends: Ends

    @property
    def time(self) -> np.ndarray:
        """Time points, shape (points,). [s]"""
        return self.result.data[:, 0]

    @checked_arguments
    def currents_out(self, side: str) -> np.ndarray:
        """Return the current out of the array through the held ends of a side.

        Parameters
        ----------
        side : {"left", "right", "top", "bottom"}

        Returns
        -------
        ndarray, shape (points, lines)
            0 for ends that float. [A]

        Raises
        ------
        AnalysisError
            If there is no such side.
        """
        if side not in SIDES:
            raise AnalysisError(f"side = {side!r}: must be one of {', '.join(SIDES)}")
        held = self.ends.held(side)
        currents = np.zeros((len(self.result), len(held)))
        for k in np.flatnonzero(held).tolist():
            currents[:, k] = self.result.data[:, self._columns[f"i(v{END_NAMES[side]}{k})"]]
        return currents

    @checked_arguments
    def disturb(self, name: str | None = None) -> np.ndarray:
        """Return the change of a state of every cell except the selected one.

        Parameters
        ----------
        name : str, optional
            Not needed if there is only one state.

        Returns
        -------
        ndarray, shape (rows, columns)
        """
        values = self.state(name)
        change = values[-1] - values[0]
        if self.ends.bias.selected is not None:
            change[self.ends.bias.selected] = 0.0
        return change

    @checked_arguments
    def plot(
        self,
        state: str | None = None,
        at: int | Sequence[float] = 8,
        path: str | os.PathLike[str] | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw a state of all cells at some moments, side by side in one scale.

        Parameters
        ----------
        state : str, optional
            Not needed if there is only one.
        at : int or sequence of float
            How many moments, evenly spaced, or which. [s]
        path : path, optional
            File to write: ``.png``, ``.svg``, ``.pdf``.
        ax : sequence of matplotlib.axes.Axes, optional
            One for each moment; default: a figure of its own.
        figsize : (float, float), optional
            Size of that figure. [inch]
        xlim, ylim : (float, float), optional
            Bit lines, and word lines, that are shown.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        AnalysisError, UnknownNameError
            If the cells have no such state, or a moment lies outside of the run.
        """
        from circuitnn.crossbar.frames import draw

        return draw(self, state, at, path, Place(ax, figsize, xlim, ylim))


def run(
    array: Array,
    scheme: Scheme,
    waves: Waves,
    tstop: float | str,
    tstep: float | str | None = None,
    tmax: float | str | None = None,
    uic: bool = False,
    progress: Callable[[float, str], None] | None = None,
    states: Mapping[str, ArrayLike] | None = None,
    **options: float | str,
) -> CrossbarTransient:
    """Transient of an array.

    Parameters
    ----------
    array : Array
    scheme : Scheme
        Which ends are held, and the heights of pulses.
    waves : Pulse, or mapping of str to Pulse, Waveform or sequence of these or None
        A pulse that all held ends follow from 0 to their voltage; or by side (``"left"``, …, ``"gate"``), one for all
        lines or one per line; ends with None and sides that are not named stay constant.
    tstop, tstep, tmax : float
        As for ``.tran``. [s]
    uic : bool
        Start from initial conditions instead of an operating point.
    progress : callable, optional
    states : mapping of str to array_like, shape (rows, columns), or one for all
        Initial states of the cells; default: those in their parameters. ``{"x": before.state("x")[-1]}``
        continues after another pulse.
    **options
        Options of the analysis, with SPICE's defaults (``reltol=1e-4``).
    """
    array = at_temperature(array, options)
    ends = array.ends(scheme)
    dead = topology.dead_nodes(array, ends)
    tables = build(array, ends, waveforms(ends, waves), dead=dead)
    chosen = Options(temp=array.temp).updated(options)
    stop = number_of(tstop, "tstop")
    step, largest = (
        np.nan if time is None else number_of(time, name) for time, name in ((tstep, "tstep"), (tmax, "tmax"))
    )
    circuit = replace(
        tables.circuit, placed={array.name: tables}, initial_states=_initial(tables, states or {})
    )
    task = Task(circuit, chosen, progress=progress)
    (result,) = tran.run(task, stop, step, 0.0, largest, flag_of(uic, "uic"))
    if dead is not None:
        result.statistics.notes.append(dead.note)
    return CrossbarTransient(array, tables, tables.circuit.node_names, result, ends)


def _initial(tables: Tables, states: Mapping[str, ArrayLike]) -> dict[str, float]:
    """Initial values of states, by their names in the circuit."""
    array = tables.array
    known = () if array.made.model is None else tuple(s.name for s in array.made.model.states)
    initial: dict[str, float] = {}
    for name, start in states.items():
        if name not in known:
            raise UnknownNameError(f"the cells have no state {name!r}, only {', '.join(known) or 'none'}")
        values = numbers(start, f"state {name}", [(), array.shape], ("row", "column"), -np.inf, False)
        chosen = np.broadcast_to(values, array.shape).ravel()[tables.cells].tolist()
        instances = tables.circuit.devices[0].names
        initial |= {f"@{instance}[{name}]": value for instance, value in zip(instances, chosen, strict=True)}
    return initial
