"""Choice of the engine for an array: each one solves it or declines, in the order of `circuitnn.registry.engines`.

Engines for arrays are modules with two names: ``solve(array, ends, options, tolerance)`` gives an operating point, and
``LinearArray(array, ends, g, h, transposed)`` prepares an array of given slopes, whose ``solution(ends)`` is the
response to voltages of its ends. Both raise `Declined` with the reason if they cannot do it.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Protocol

import numpy as np

from circuitnn.crossbar import circuit_engine, domains, elimination, line_elimination, nodal, topology
from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.imbalance import KEPT, NOTED, Imbalance, imbalance, merged
from circuitnn.crossbar.line_elimination import SOLVER, TOLERANCE, Declined
from circuitnn.crossbar.nodes import lumped
from circuitnn.crossbar.solution import Solution
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.options import Options
from circuitnn.registry import engines

# Engines that the user may choose.
CHOICES = ("auto", "array", "general")
# Tolerances with which the general engine is as tight as the others.
TIGHT = {"reltol": 1e-9, "vntol": 1e-12, "abstol": 1e-16}
TITLES = {"array": "the array solver", "elimination": "elimination", "nodal": "nodal analysis"}
MODULES = {"array": line_elimination, "elimination": elimination, "nodal": nodal}


class Prepared(Protocol):
    """An array of given slopes."""

    def solution(self, ends: Ends) -> Solution:
        """Response to the ends' voltages; the same ends are held as before."""


def order(array: Array) -> tuple[str, ...]:
    """Engines for an array, without the general one: if every line is a single node, nodal analysis comes first."""
    if lumped(array):
        return "nodal", "elimination"
    return tuple(name for name in engines.names("array") if name in MODULES)


def solve(
    array: Array, ends: Ends, options: Options, tolerance: float = TOLERANCE, engine: str = "auto"
) -> Solution:
    """Operating point of an array.

    Parameters
    ----------
    options : Options
        Of the general engine.
    tolerance : float
        KCL error of a line relative to the sum of its cells' currents.
    engine : {"auto", "array", "general"}
        ``array``: any but the general engine.

    Raises
    ------
    AnalysisError
        If the general engine is excluded and all others decline.
    """
    dead = topology.dead_nodes(array, ends)
    declined: dict[str, str] = {}
    notes = []
    if engine != "general":
        solution = _declared(*topology.without(array, ends, dead), options, tolerance, declined)
        if solution is not None:
            solution.statistics.notes += domains.notes(array, ends, solution, options)
            return topology.grounded(solution, dead)
        if engine == "array":
            raise AnalysisError(f"the array solver cannot solve this: {declined['nodal']}")
        notes = [f"{SOLVER}: the general engine took over: {declined['nodal']}"]
    solution = circuit_engine.solve(array, ends, options, notes, dead, last=engine != "general")
    solution.statistics.declined = declined | solution.statistics.declined
    return topology.grounded(solution, dead)


def _declared(
    array: Array, ends: Ends, options: Options, tolerance: float, declined: dict[str, str]
) -> Solution | None:
    """Operating point by an engine for declared arrays; None if all decline, as `declined` then says."""
    rough: tuple[Imbalance, Solution] | None = None
    for name in order(array):
        try:
            solution = MODULES[name].solve(array, ends, options, tolerance)
        except Declined as why:
            declined[name] = str(why)
            continue
        solution.statistics.engine, solution.statistics.declined = name, dict(declined)
        if declined:
            first = next(iter(declined.values()))
            solution.statistics.notes.append(f"{SOLVER}: {TITLES[name]} took over: {first}")
        if not solution.rounded:
            return solution
        error = imbalance(array, ends, solution, tolerance)
        if error.ratio > KEPT and name == "array":
            solution, error = _merged(array, ends, solution, error, options, tolerance)
        if error.ratio <= KEPT:
            return solution
        declined[name] = "rounding exceeds the tolerance"
        if rough is None or error.ratio < rough[0].ratio:
            rough = error, solution
    if rough is None:
        return None
    if rough[0].ratio > NOTED:
        rough[1].statistics.notes.append(rough[0].note)
    return rough[1]


def _merged(
    array: Array, ends: Ends, solution: Solution, error: Imbalance, options: Options, tolerance: float
) -> tuple[Solution, Imbalance]:
    """A better solution by the array solver, with tiny resistances left out; the given one if there is none."""
    twin = merged(array, ends, solution)
    if twin is not None:
        try:
            other = line_elimination.solve(twin, ends, options, tolerance)
        except Declined:
            return solution, error
        there = imbalance(array, ends, other, tolerance)
        if there.ratio < error.ratio:
            other.statistics.engine, other.statistics.declined = SOLVER, {}
            return other, there
    return solution, error


class LinearArray:
    """An array of cells with given slopes, for any voltages of its ends; see `nodal.LinearArray`."""

    def __init__(
        self, array: Array, ends: Ends, g: np.ndarray, h: np.ndarray | None = None, transposed: bool = False
    ) -> None:
        self._arguments = array, ends, g, h, transposed
        self._left = list(order(array))
        self._solver: Prepared | None = None

    def _prepared(self) -> Prepared:
        """The array as the engine whose turn it is has prepared it."""
        if self._solver is None:
            self._solver = MODULES[self._left[0]].LinearArray(*self._arguments)
        return self._solver

    def solution(self, ends: Ends) -> Solution:
        """Response to the ends' voltages; the same ends are held as before. Warns if no engine keeps the tolerance.

        Raises
        ------
        Declined
            If no engine solves it.
        """
        rough: tuple[Imbalance, Solution] | None = None
        while True:
            try:
                solution = self._prepared().solution(ends)
                if not solution.rounded:
                    return solution
                array, *_, transposed = self._arguments
                error = imbalance(array, ends, solution, TOLERANCE)
                # a transposed system is not that of an array, to which Kirchhoff's laws apply
                if error.ratio <= KEPT or transposed:
                    return solution
                if rough is None or error.ratio < rough[0].ratio:
                    rough = error, solution
            except Declined:
                if len(self._left) == 1 and rough is None:
                    raise
            if len(self._left) == 1 and rough is not None:
                if rough[0].ratio > NOTED:
                    warnings.warn(rough[0].note, DeckWarning, stacklevel=2)
                return rough[1]
            del self._left[0]
            self._solver = None

    def batch(
        self, ends: Ends, voltages: list[np.ndarray], cell_voltage: np.ndarray | None = None
    ) -> list[np.ndarray]:
        """Currents out of all ends for many sets of end voltages, shape (count, lines) by side. [A]

        Parameters
        ----------
        ends : Ends
            The held ends.
        voltages : list of four ndarray, shape (count, lines)
            By side. [V]
        cell_voltage : ndarray, shape (rows, columns, count), optional
            Receives the voltages of the cells. [V]
        """
        array = self._arguments[0]
        try:
            prepared = self._prepared()
            if isinstance(prepared, line_elimination.LinearArray):
                return prepared.batch(ends, voltages, cell_voltage)
        except Declined:
            pass
        currents: list[list[np.ndarray]] = [[], [], [], []]
        for k in range(len(voltages[0])):
            held = zip(SIDES, voltages, strict=True)
            here = replace(ends, voltage={side: np.where(ends.held(side), v[k], np.nan) for side, v in held})
            try:
                solution = self.solution(here)
            except Declined as why:
                solution = circuit_engine.solve(array, here, tight(array), [f"{SOLVER}: {why}"])
            for side, side_currents in zip(SIDES, currents, strict=True):
                side_currents.append(solution.out[side])
            if cell_voltage is not None:
                cell_voltage[:, :, k] = solution.cell_voltage
        return [np.stack(side_currents) for side_currents in currents]


def tight(array: Array) -> Options:
    """Options of the general engine for a linear array, as accurate as the other engines."""
    return Options(temp=array.temp).updated(TIGHT)
