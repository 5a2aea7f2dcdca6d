"""Sensitivities of an output to every element value and device parameter, by the adjoint circuit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from circuitnn.analyses.ac import stimulus
from circuitnn.analyses.tf import output_vector
from circuitnn.errors import AnalysisError
from circuitnn.flat import FlatCircuit
from circuitnn.options import Options
from circuitnn.results.result import Result
from circuitnn.simulation.released import Released, at_rest
from circuitnn.simulation.simulation import Simulation, make_table
from circuitnn.system.derivatives import ByNumber, Curvature, by_numbers
from circuitnn.system.linearised import Response, linearise

BLOCK = 1 << 20  # phasors at a time


def sens(
    circuit: FlatCircuit, output: tuple[str, str] | str, options: Options, at: np.ndarray | None = None
) -> Result:
    """Derivatives of an output with respect to all numbers of the circuit.

    Parameters
    ----------
    circuit : FlatCircuit
    output : (str, str) or str
        Two nodes, the second may be ``"0"``; or a voltage source whose current is the output.
    options : Options
    at : ndarray, shape (m,), optional
        Frequencies [Hz]: derivatives of the phasor. Without, of the operating point.

    Returns
    -------
    Result
        ``r1``, ``v1``, ``e1_gain``; of devices the model's parameters ``d1:is`` and the instance's ``d1_area``;
        over frequencies, complex, also ``c1``, ``l1``, ``k1``, ``v1_acmag``, ``v1_acphase`` [1/degree].
        In units of the output over those of the number.

    Notes
    -----
    With f(x, p) = 0 and Gᵀ·λ = e, d(e·x)/dp = -λ·∂f/∂p: one solution gives all. Phasors y have
    (G + jωC)·y = b, in which p also moves the operating point: λᵀ·∂(G + jωC)/∂x·y is the right-hand side of a
    second adjoint solution at zero frequency. States that operating points hold move with their initial values.
    """
    simulation = Simulation(circuit, options)
    e = output_vector(simulation, output)
    b = stimulus(simulation) if at is not None else np.zeros(0)
    if at is not None and not np.any(b):
        raise AnalysisError("sens: no source has an ac value; write one as in 'v1 in 0 dc 0 ac 1'")
    simulation.operating_point(options.itl1, circuit.nodesets)
    held = linearise(simulation.system, simulation.x, simulation.ties.shunt, frozen=True)
    if at is None:
        weights = at_rest(simulation, held, e, transposed=True)
        sums = Sums(n for n in by_numbers(simulation.system, simulation.x) if n.f)
        found = sums.of(_grounded(weights), None, 0.0)
        named = dict(zip(sums.names, found.real.tolist(), strict=True))
        if not named:
            raise AnalysisError("sens: the circuit has no value whose derivative could be given")
        return make_table(simulation, "sens", "Sensitivity Analysis", named, "notype")
    sums = Sums(by_numbers(simulation.system, simulation.x, small_signal=True))
    bend = Curvature(simulation.system, simulation.x)
    free = Released(simulation)
    omega = 2.0 * np.pi * at
    response = held.response(e, transposed=True)
    rows = []
    for now in np.array_split(omega, 1 + len(omega) * len(e) // BLOCK):
        phasors = zip(now, free.solve(now, e, transposed=True), free.solve(now, b), strict=True)
        rows += [_at_frequency(simulation, sums, bend, response, *of_one) for of_one in phasors]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return make_table(simulation, "sens", "Sensitivity Analysis", columns, "notype", ("frequency", at))


def _at_frequency(
    simulation: Simulation,
    sums: Sums,
    bend: Curvature,
    held: Response,
    omega: float,
    adjoint: np.ndarray,
    y: np.ndarray,
) -> dict[str, complex]:
    phasors = _grounded(adjoint), _grounded(y)
    bent = bend.gradient(*phasors, omega)
    second = np.empty((1, len(bent)), dtype=complex)
    held.phasors.excite(-bent)
    held.at(np.zeros(1), np.arange(len(bent)), second)
    found = dict(zip(sums.names, sums.of(_grounded(second[0]), phasors, omega).tolist(), strict=True))
    for table in simulation.circuit.elements:
        if "acmag" not in table.values:
            continue
        magnitude, phase = (np.nan_to_num(table.values[key]) for key in ("acmag", "acphase"))
        for row in np.flatnonzero(magnitude).tolist():
            turn = np.exp(1j * np.radians(phase[row]))
            influence = -simulation.system.source_influence(table.names[row])
            by_magnitude = turn * (adjoint @ influence)
            found[f"{table.names[row]}_acmag"] = by_magnitude
            found[f"{table.names[row]}_acphase"] = 1j * np.radians(magnitude[row]) * by_magnitude
    return found


class Sums:
    """Entries of all numbers, one after the other, and which number each belongs to.

    Parameters
    ----------
    numbers : iterable of ByNumber

    Attributes
    ----------
    names : list of str
        Those with one name add up.
    """

    def __init__(self, numbers: Iterable[ByNumber]) -> None:
        index: dict[str, int] = {}
        entries: tuple[list, list, list] = [], [], []  # of f, G, C
        self.dispersive: list[tuple[np.ndarray, np.ndarray, np.ndarray, Any]] = []
        for number in numbers:
            of = np.array([index.setdefault(name, len(index)) for name in number.names])
            parts: tuple[list[Any], ...] = (number.f, number.G, number.C)
            for kept, made in zip(entries, parts, strict=True):
                kept += [(of, *entry) for entry in made]
            self.dispersive += [(of, *entry) for entry in number.dispersive]
        self.names = list(index)
        self.f, self.G, self.C = map(_joined, entries)

    def of(
        self, weights: np.ndarray, phasors: tuple[np.ndarray, np.ndarray] | None, omega: float
    ) -> np.ndarray:
        """Derivatives by the weights of the equations, and by adjoint and phasors; ground is last in each."""
        total = np.zeros(len(self.names), dtype=complex)
        if self.f:
            number, row, value = self.f
            np.subtract.at(total, number, weights[row] * value)
        if phasors is None:
            return total
        left, right = phasors
        for entries, scale in ((self.G, 1.0), (self.C, 1j * omega)):
            if entries:
                number, row, column, value = entries
                np.subtract.at(total, number, scale * left[row] * right[column] * value)
        for number, row, column, at in self.dispersive:
            np.subtract.at(total, number, left[row] * right[column] * at(omega))
        return total


def _joined(entries: list[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """Arrays of all entries in place of those of each."""
    return tuple(np.concatenate(parts) for parts in zip(*entries, strict=True))


def _grounded(x: np.ndarray) -> np.ndarray:
    return np.append(x, 0.0)
