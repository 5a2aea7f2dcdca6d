"""Signals of an array in the result of an analysis of its circuit."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from circuitnn.crossbar.currents import Currents, merged_nodes
from circuitnn.crossbar.description import ROOM, Array
from circuitnn.crossbar.line_elimination import columns_of, kernel_columns
from circuitnn.crossbar.tables import Tables
from circuitnn.errors import AnalysisError, UnknownNameError
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.cached import cached_property
from circuitnn.models import Model
from circuitnn.options import Options
from circuitnn.results.reported import value_named
from circuitnn.results.result import Result
from circuitnn.results.statistics import Statistics


@dataclass(frozen=True, eq=False, repr=False)
class CellSignals:
    """Results of an analysis for an array, as numpy arrays.

    Indices are (row, column) for an operating point, else (point, row, column).

    Parameters
    ----------
    array : Array
    tables : Tables
    nodes : tuple of str
        Names of the circuit's nodes.
    result : Result
        All signals by name, as for any circuit.
    options : Options, optional
        Options of the analysis, if the result does not hold them.
    changes : str, optional
        Why the cells may differ from those of `array`: then their currents are unknown.
    """

    array: Array
    tables: Tables
    nodes: tuple[str, ...]
    result: Result
    options: Options | None = field(default=None, kw_only=True)
    changes: str = field(default="", kw_only=True)

    def __repr__(self) -> str:
        m, n = self.array.shape
        return f"<{type(self).__name__} {m} x {n}, {len(self.result)} points>"

    def __getitem__(self, name: str) -> np.ndarray:
        """A quantity of all cells by its name, ``cell_current``; or a signal of the circuit, ``v(out)``."""
        values: np.ndarray = self.result.array(name) if "(" in name else value_named(self, name)
        return values

    @property
    def statistics(self) -> Statistics:
        """Statistics of the solution."""
        return self.result.statistics

    @property
    def axis(self) -> np.ndarray | None:
        """Time points [s], swept values, frequencies [Hz]; None for an operating point."""
        return None if self.result.axis is None else self.result.data[:, 0]

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.result.names)}

    def _positions(self, names: list[str]) -> np.ndarray:
        """Columns of signals in the result."""
        try:
            return np.array([self._columns[name] for name in names], dtype=np.intp)
        except KeyError as missing:
            raise UnknownNameError(f"the result has no {missing.args[0]}: .save leaves it out") from None

    def _shaped(self, values: np.ndarray) -> np.ndarray:
        """Values of shape (points, cells) as arrays."""
        shape = self.array.shape
        return values.reshape(shape if self.result.axis is None else (-1, *shape))

    def _voltages(self, numbers: np.ndarray) -> np.ndarray:
        """Voltages of nodes, shape (points, len(numbers)); ground's are 0. [V]"""
        voltages = np.zeros((len(self.result), len(numbers)), dtype=self.result.data.dtype)
        places = np.flatnonzero(numbers > 0)
        columns = self._positions([f"v({self.nodes[k]})" for k in numbers[places].tolist()])
        voltages[:, places] = self.result.data[:, columns]
        return voltages

    def _lost(self, numbers: np.ndarray) -> np.ndarray:
        """Rounding errors of an operating point's node voltages, shape (points, len(numbers)). [V]"""
        known = getattr(self.result.probes, "more", {}).get("lost")
        if known is None:
            return np.zeros((len(self.result), len(numbers)))
        return np.where(numbers > 0, known[numbers - 1], 0.0)[None, :]

    @cached_property
    def word_voltage(self) -> np.ndarray:
        """Voltages of the word lines' nodes. [V]"""
        return self._shaped(self._voltages(self.tables.word.ravel()))

    @cached_property
    def bit_voltage(self) -> np.ndarray:
        """Voltages of the bit lines' nodes. [V]"""
        return self._shaped(self._voltages(self.tables.bit.ravel()))

    @property
    def cell_voltage(self) -> np.ndarray:
        """Voltage of each cell, word line minus bit line. [V]"""
        return self.word_voltage - self.bit_voltage

    @cached_property
    def cell_current(self) -> np.ndarray:
        """Current of each cell from word to bit line, without that of its capacitance. [A]

        Raises
        ------
        AnalysisError
            For cells whose current depends on more than the result holds: memories, random numbers, in
            transients inner charges; for nonlinear cells in small-signal analyses; and if a sweep
            or `Circuit.altered` changes the cells.
        """
        if self.changes:
            raise AnalysisError(
                f"currents of the cells of {self.array.name}: {self.changes} may make them differ from the array's"
            )
        current = np.zeros(self.cell_voltage.shape, dtype=self.result.data.dtype)
        if self.array.made.conductance is not None:
            lost = self._shaped(self._lost(self.tables.word.ravel()) - self._lost(self.tables.bit.ravel()))
            current += self.array.made.conductance * (self.cell_voltage + lost)
        if len(self.tables.cells):
            current.reshape(len(self.result), -1)[:, self.tables.cells] += self._device_currents()
        return current

    def _device_currents(self) -> np.ndarray:
        """Currents of the devices, shape (points, devices), by their equations. [A]"""
        (table,) = self.tables.circuit.devices
        model = self.array.made.model
        assert model is not None
        if np.iscomplexobj(self.result.data):
            raise AnalysisError(f"currents of {model.name} cells in small-signal analyses are not there yet")
        kernel, count = model.kernel(), len(table.names)
        unknowns = {t: self._voltages(n) for t, n in zip(model.terminals, table.nodes.T, strict=True)}
        for s in model.states:
            columns = self._positions([f"@{device}[{s.name}]" for device in table.names])
            unknowns[s.name] = self.result.data[:, columns]
        lost = {t: self._lost(n) for t, n in zip(model.terminals, table.nodes.T, strict=True)}
        nothing = np.zeros((len(self.result), count))
        x, low = (np.stack([of.get(name, nothing) for name in kernel.inputs]) for of in (unknowns, lost))
        moving = self.result.axis == "time"
        times = self.result.data[:, 0].tolist() if moving else [0.0] * len(self.result)
        currents = np.empty((len(self.result), count))
        options = self._options()
        columns = self._kernel_columns(model, options)
        for members, merged in merged_nodes(model, table.columns, count):
            solver = Currents(model, columns[:, members], merged, options.gmin)
            for k, time in enumerate(times):
                currents[k, members] = solver.at(x[:, k, members], time, moving, low[:, k, members])
        return currents

    def _options(self) -> Options:
        """Options of the analysis; temperature and gmin matter."""
        conditions = getattr(self.result.probes, "given", None)
        return conditions[1] if conditions is not None else self.options or Options(temp=self.array.temp)

    def _kernel_columns(self, model: type[Model], options: Options) -> np.ndarray:
        """Columns of the kernel, shape (columns, devices)."""
        array_temp = self.array.temp
        temperature = options.temp if array_temp == ROOM else array_temp
        values = kernel_columns(model.kernel(), columns_of(self.array.made, temperature, options))
        return np.stack([np.broadcast_to(c, self.array.shape).ravel()[self.tables.cells] for c in values])

    @property
    def cell_power(self) -> np.ndarray:
        """Power of each cell. [W]"""
        return self.cell_voltage * self.cell_current

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the cells' states."""
        model = self.array.made.model
        return () if model is None else tuple(s.name for s in model.states)

    @checked_arguments
    def state(self, name: str | None = None) -> np.ndarray:
        """Return a state of all cells; 0 in cells without it (stuck cells).

        Parameters
        ----------
        name : str, optional
            Not needed if there is only one.

        Returns
        -------
        ndarray, shape (rows, columns) or (points, rows, columns)

        Raises
        ------
        AnalysisError, UnknownNameError
            If the cells have no such state, or several and no name is given.
        """
        if name is None and len(self.states) == 1:
            name = self.states[0]
        if name not in self.states:
            raise UnknownNameError(
                f"the cells have no state {name!r}, only {', '.join(self.states) or 'none'}"
            )
        values = np.zeros((len(self.result), self.array.rows * self.array.cols))
        instances = self.tables.circuit.devices[0].names
        chosen = self._positions([f"@{instance}[{name}]" for instance in instances])
        values[:, self.tables.cells] = self.result.data[:, chosen]
        return self._shaped(values)
