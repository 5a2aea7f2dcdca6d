"""Program-and-verify of a conductance map by pulses and reads through the lines of an array.

Rows are written one at a time. Cells of a row that need a higher conductance share a pulse of one polarity, those that
need a lower one a pulse of the other; each bit line sets the amplitude of its own cell. With the selected word line at
A and the bit line of a cell at A - a, the cell sees a; the other lines are at A/2 (or word lines at A/3, bit lines at
2A/3), so that no other cell sees more than A/2 (A/3), whichever cells are written together. With V/3 only cells with a
≥ A/3 share a pulse.

Cells with a transistor (1T1R) are selected by their gates. Lines are at 0 V or above: a cell sees A with its word line
at A and its bit line at 0, and -A with these exchanged. Unselected cells have their gate at 0 V, or both of their lines
at the same voltage. Cells that share a pulse have the same amplitude, since a bit line above 0 V would reduce the
gate's overdrive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar import MVM, Bias, Crossbar
from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.evolution import Evolution
from circuitnn.errors import AnalysisError
from circuitnn.studies.protocol import PARTS, Protocol, check_gates

ROUNDED = 1e-12


@dataclass(eq=False)
class Written:
    """An array that has been programmed.

    Parameters
    ----------
    evolution : Evolution
        The array with its states, from which programming can continue.
    target, conductance, effective : ndarray, shape (rows, columns)
        Target; conductance of each cell by itself; bit-line current over read voltage. [S]
    set_pulses, reset_pulses, half_selects : ndarray of int, shape (rows, columns)
        Pulses applied to each cell, and pulses for other cells during which it was half-selected.
    disturb : ndarray, shape (rows, columns)
        Relative change of each cell's own conductance since it was last written.
    write_energy, read_energy : float
        [J]
    time : float
        Of pulses, gaps and reads. [s]
    largest : (float, float)
        Largest amplitude of set and of reset pulses; the first amplitude if there were none. [V]
    counts : dict of str to int
        ``pulses`` and ``reads`` of rows, ``solves`` of the array, ``passes``.
    protocol : Protocol
    """

    evolution: Evolution
    target: np.ndarray
    conductance: np.ndarray
    effective: np.ndarray
    set_pulses: np.ndarray
    reset_pulses: np.ndarray
    half_selects: np.ndarray
    disturb: np.ndarray
    write_energy: float
    read_energy: float
    time: float
    largest: tuple[float, float]
    counts: dict[str, int]
    protocol: Protocol = field(repr=False)

    @property
    def reached(self) -> np.ndarray:
        """The verified quantity: `effective` or `conductance`. [S]"""
        return self.effective if self.protocol.verify == "lines" else self.conductance

    @property
    def error(self) -> np.ndarray:
        """Relative error of the verified quantity."""
        return np.asarray(self.reached / self.target - 1.0)

    @property
    def good(self) -> np.ndarray:
        """Cells within the band."""
        return np.asarray(np.abs(self.error) <= self.protocol.band)


def program(
    array: Crossbar,
    target: ArrayLike,
    protocol: Protocol,
    *,
    states: dict[str, np.ndarray] | None = None,
    reltol: float = 1e-4,
    progress: Callable[[float, str], None] | None = None,
) -> Written:
    """Program an array to a map of conductances.

    Parameters
    ----------
    array : Crossbar
        An array of cells with states; see `circuitnn.crossbar.evolution.Evolution`.
    target : array_like, shape (rows, columns), or one for all
        [S]
    protocol : Protocol
    states : mapping of str to ndarray, optional
        Initial states: `Evolution.states` of an earlier run.
    reltol : float
        Error of a state in one step.
    progress : callable, optional
        Called with the fraction done and a text.

    Returns
    -------
    Written

    Raises
    ------
    AnalysisError
        If the cells are not supported, or targets are not positive.
    ConvergenceError
        If an operating point or a state is not found.
    """
    return _Writer(array, target, protocol, states, reltol).run(progress)


class _Writer:
    """A run of program-and-verify."""

    def __init__(
        self,
        array: Crossbar,
        target: ArrayLike,
        protocol: Protocol,
        states: dict[str, np.ndarray] | None,
        reltol: float,
    ) -> None:
        self.protocol = protocol
        check_gates(protocol, array.made.gate)
        self.gates = array.made.gate
        self.evolution = Evolution(array, states, reltol)
        self.shape = m, n = array.shape
        conductances = numbers(target, "target [S]", [(), (m, n)], ("row", "column"), infinite=False)
        if not np.all(conductances > 0.0):
            raise AnalysisError("target: conductances must be positive")
        self.target = np.array(np.broadcast_to(conductances, (m, n)))
        self.count = {up: np.zeros((m, n), dtype=np.int64) for up in (True, False)}
        self.half = np.zeros((m, n), dtype=np.int64)
        self.finished = self._own()
        self.energy = {"write": 0.0, "read": 0.0}
        self.time, self.pulses, self.reads = 0.0, 0, 0
        self.largest = {up: float(protocol.amplitude(up, np.zeros(1))[0]) for up in (True, False)}

    def run(self, progress: Callable[[float, str], None] | None) -> Written:
        rows, passes = self.shape[0], 0
        for turn in range(self.protocol.passes):
            passes = turn + 1
            tried = 0
            for row in range(rows):
                tried += self._write(row)
                if progress is not None:
                    progress((turn + (row + 1) / rows) / self.protocol.passes, f"pass {turn + 1}, row {row}")
            if not tried:
                break
        effective = np.stack([self._read(row, of_lines=True) for row in range(rows)])
        conductances = self._own()
        counts = {
            "pulses": self.pulses,
            "reads": self.reads,
            "solves": self.evolution.solves,
            "passes": passes,
        }
        return Written(
            self.evolution,
            self.target,
            conductances,
            effective,
            self.count[True],
            self.count[False],
            self.half,
            conductances / self.finished - 1.0,
            self.energy["write"],
            self.energy["read"],
            self.time,
            (self.largest[True], self.largest[False]),
            counts,
            self.protocol,
        )

    def _own(self) -> np.ndarray:
        return self.evolution.conductance(self.protocol.read_voltage, self.protocol.read_gate)

    def _read(self, row: int, of_lines: bool | None = None) -> np.ndarray:
        """Verify a row. [S]"""
        p = self.protocol
        inputs = np.zeros(self.shape[0])
        inputs[row] = p.read_voltage
        currents, power = self.evolution.read(MVM(inputs, gate=p.read_gate))
        self.energy["read"] += power * p.read_time
        self.time += p.read_time
        self.reads += 1
        if p.verify == "lines" or of_lines:
            return currents / p.read_voltage
        return self._own()[row]

    def _write(self, row: int) -> int:
        """Write and read a row until all cells are in the band or out of pulses; return the number of pulses."""
        p, target = self.protocol, self.target[row]
        level, before = np.zeros(self.shape[1], dtype=np.int64), np.zeros(self.shape[1], dtype=np.int64)
        had = np.zeros(self.shape[1], dtype=np.int64)
        start = self.pulses
        measured = self._read(row)
        while True:
            wanted = np.where(
                np.abs(measured - target) <= p.band * target, 0, np.sign(target - measured)
            ).astype(int)
            wanted[had >= p.pulses] = 0
            if not np.any(wanted):
                break
            level = np.where(wanted == before, level + 1, 0)
            before = np.where(wanted != 0, wanted, before)
            had += wanted != 0
            for up in (True, False):
                chosen = np.flatnonzero(wanted == (1 if up else -1))
                amplitude, width = p.amplitude(up, level[chosen]), p.duration(level[chosen])
                for part in self._together(amplitude):
                    self._pulse(row, up, chosen[part], amplitude[part], width[part])
            measured = self._read(row)
        if np.any(had):
            self.finished[row, had > 0] = self._own()[row, had > 0]
        return self.pulses - start

    def _together(self, amplitude: np.ndarray) -> Iterator[np.ndarray]:
        """Cells that may share a pulse."""
        order = np.argsort(-amplitude, kind="stable")
        least = PARTS[self.protocol.scheme][1] - PARTS[self.protocol.scheme][0]
        while len(order):
            most = amplitude[order[0]]
            count = int(np.sum(amplitude[order] >= most * (least - ROUNDED))) if self.protocol.parallel else 1
            yield order[:count]
            order = order[count:]

    def _pulse(
        self, row: int, up: bool, chosen: np.ndarray, amplitude: np.ndarray, width: np.ndarray
    ) -> None:
        """Apply one pulse; bit lines whose cells have had their width return to the unselected voltage."""
        p = self.protocol
        self.largest[up] = max(self.largest[up], float(amplitude.max()))
        bias = self._gated if self.gates else self._shared
        began = 0.0
        for end in np.unique(width).tolist():
            on = width >= end
            held = bias(row, up, chosen[on], amplitude[on], float(amplitude.max()))
            self.energy["write"] += self.evolution.stay(held, end - began).energy
            began = end
        self.count[up][row, chosen] += 1
        self._count_half_selects(row, chosen)
        self.time += began + p.gap
        self.pulses += 1

    def _shared(self, row: int, up: bool, chosen: np.ndarray, amplitude: np.ndarray, most: float) -> Bias:
        """Voltages of the lines if the voltage alone selects cells."""
        p, (m, n) = self.protocol, self.shape
        sign = np.sign(p.set_voltage if up else p.reset_voltage)
        at_rows, at_columns = (sign * most * part for part in PARTS[p.scheme])
        left, bottom = np.full(m, at_rows), np.full(n, at_columns)
        left[row] = sign * most
        bottom[chosen] = sign * (most - amplitude)
        return Bias(left, bottom=bottom)

    def _gated(self, row: int, up: bool, chosen: np.ndarray, _amplitude: np.ndarray, most: float) -> Bias:
        """Voltages of the lines if gates select cells: of the cells that are on, only the chosen ones get a voltage."""
        p, (m, n) = self.protocol, self.shape
        word, bit = (most, 0.0) if (p.set_voltage if up else p.reset_voltage) > 0.0 else (0.0, most)
        left, bottom = np.full(m, bit), np.full(n, word if self.gates == "rows" else bit)
        left[row] = word
        bottom[chosen] = bit
        gate = np.zeros(m if self.gates == "rows" else n)
        gate[row if self.gates == "rows" else chosen] = p.set_gate if up else p.reset_gate
        return Bias(left, bottom=bottom, gate=gate)

    def _count_half_selects(self, row: int, chosen: np.ndarray) -> None:
        if self.gates:
            return
        half = np.full(self.shape, self.protocol.scheme == "third")
        half[row], half[:, chosen] = True, True
        half[row, chosen] = False
        self.half += half
