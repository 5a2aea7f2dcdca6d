"""Arrays in time: pulses on the lines, states of the cells, charge on the wires."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from circuitnn.analyses.tran import tran
from circuitnn.circuit import Waveform
from circuitnn.crossbar import flat, topology
from circuitnn.crossbar.bias import SIDES, Pulse, Scheme
from circuitnn.crossbar.description import Array, Ends
from circuitnn.errors import AnalysisError, UnknownNameError
from circuitnn.options import Options
from circuitnn.results import Result, Statistics

# One pulse for all lines, or waveforms by side: one for all of them, or one a line (None: constant).
Waves = Pulse | Mapping[str, Pulse | Waveform | Sequence[Waveform | None]]


@dataclass(eq=False, repr=False)
class CrossbarTransient:
    """A transient of an array; indices are (time, row, column).

    Parameters
    ----------
    array : Array
    ends : Ends
    tables : Flat
    result : Result
        All signals by name, as of any circuit.
    """

    array: Array
    ends: Ends
    tables: flat.Flat
    result: Result

    def __repr__(self) -> str:
        m, n = self.array.shape
        return f"<CrossbarTransient {m} x {n}, {len(self.result)} points>"

    @property
    def statistics(self) -> Statistics:
        """What it took."""
        return self.result.statistics

    @property
    def time(self) -> np.ndarray:
        """Time points, shape (points,). [s]"""
        return self.result.data[:, 0]

    @property
    def word_voltage(self) -> np.ndarray:
        """Voltages of the word lines' nodes, shape (points, rows, columns). [V]"""
        return self.result.data[:, self.tables.word]

    @property
    def bit_voltage(self) -> np.ndarray:
        """Voltages of the bit lines' nodes, shape (points, rows, columns). [V]"""
        return self.result.data[:, self.tables.bit]

    @property
    def cell_voltage(self) -> np.ndarray:
        """Voltage of each cell, shape (points, rows, columns). [V]"""
        return self.word_voltage - self.bit_voltage

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.result.names)}

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the cells' states."""
        model = self.array.made.model
        return () if model is None else tuple(s.name for s in model.states)

    def state(self, name: str | None = None) -> np.ndarray:
        """A state of all cells, shape (points, rows, columns); 0 where a cell has none (stuck cells).

        Parameters
        ----------
        name : str, optional
            Not needed where there is only one.
        """
        if name is None and len(self.states) == 1:
            name = self.states[0]
        if name not in self.states:
            raise UnknownNameError(
                f"the cells have no state {name!r}, only {', '.join(self.states) or 'none'}"
            )
        made = np.zeros((len(self.result), self.array.rows * self.array.cols))
        instances = self.tables.circuit.devices[0].names
        chosen = [self._columns[f"@{instance}[{name}]"] for instance in instances]
        made[:, self.tables.cells] = self.result.data[:, chosen]
        return made.reshape(-1, *self.array.shape)

    def currents_out(self, side: str) -> np.ndarray:
        """Current out of the array through the held ends of a side, shape (points, lines). [A]"""
        if side not in SIDES:
            raise AnalysisError(f"side = {side!r}: must be one of {', '.join(SIDES)}")
        held = self.ends.held(side)
        made = np.zeros((len(self.result), len(held)))
        for k in np.flatnonzero(held).tolist():
            made[:, k] = self.result.data[:, self._columns[f"i(v{flat.END_NAMES[side]}{k})"]]
        return made

    def disturb(self, name: str | None = None) -> np.ndarray:
        """Change of a state of every cell but the selected one, shape (rows, columns)."""
        values = self.state(name)
        change = values[-1] - values[0]
        if self.ends.bias.selected is not None:
            change[self.ends.bias.selected] = 0.0
        return change


def run(
    array: Array,
    scheme: Scheme,
    waves: Waves,
    tstop: float,
    tstep: float = float("nan"),
    tmax: float = float("nan"),
    uic: bool = False,
    progress: Callable[[float, str], None] | None = None,
    **options: float | str,
) -> CrossbarTransient:
    """Transient of an array.

    Parameters
    ----------
    array : Array
    scheme : Scheme
        Which ends are held, and the heights of pulses.
    waves : Pulse, or mapping of str to Pulse, Waveform or sequence of Waveform or None
        A pulse that all held ends follow from 0 to their voltage; or by side (``"left"``, …, ``"gate"``), sides
        that are not named staying constant.
    tstop, tstep, tmax : float
        As of ``.tran``. [s]
    uic : bool
        Start from initial conditions instead of an operating point.
    progress : callable, optional
    **options
        Options of the analysis, with SPICE's defaults (``reltol=1e-4``).
    """
    ends = array.ends(scheme)
    topology.check(array, ends)
    tables = flat.build(array, ends, waveforms(array, ends, waves))
    chosen = Options(temp=array.temperature).updated(options)
    result = tran(tables.circuit, tstop, chosen, tstep, 0.0, tmax, uic, progress=progress)
    return CrossbarTransient(array, ends, tables, result)


def waveforms(array: Array, ends: Ends, waves: Waves) -> dict[str, list[Waveform | None]]:
    """A waveform, or None, for each end of each side."""
    by_side = dict.fromkeys(SIDES, waves) if isinstance(waves, Pulse) else dict(waves)
    unknown = set(by_side) - {*SIDES, "gate"}
    if unknown:
        raise AnalysisError(f"waves of '{min(unknown)}': the sides are {', '.join(SIDES)} and gate")
    made: dict[str, list[Waveform | None]] = {}
    for side, wave in by_side.items():
        heights = ends.gate if side == "gate" else ends.voltage[side]
        if heights is None:
            raise AnalysisError("waves of the gates: the cells have none")
        if isinstance(wave, Pulse):
            made[side] = [wave.waveform(float(v)) if v and not np.isnan(v) else None for v in heights]
        elif isinstance(wave, Waveform):
            made[side] = [wave] * len(heights)
        else:
            made[side] = list(wave)
            if len(made[side]) != len(heights):
                raise AnalysisError(f"waves of the {side} ends: {len(made[side])} for {len(heights)} lines")
    return made
