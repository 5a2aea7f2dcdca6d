"""Sensitivities of an output to every element value and device parameter, by the adjoint circuit."""

from __future__ import annotations

import numpy as np

from circuitnn.analyses.ac import stimulus
from circuitnn.analyses.simulation import Simulation, make_table
from circuitnn.analyses.transfer import output_vector
from circuitnn.circuit import FlatCircuit
from circuitnn.errors import AnalysisError
from circuitnn.options import Options
from circuitnn.results import Result
from circuitnn.system.derivatives import ByNumber, by_numbers, curvature
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
    held = linearise(simulation.system, simulation.x, frozen=True)
    if at is None:
        weights = held.solve(np.zeros(1), e, transposed=True)[0].real
        found = _gathered(by_numbers(simulation.system, simulation.x), weights, None, 0.0)
        return make_table(simulation, "sens", "Sensitivity Analysis", _real(found), "notype")
    numbers = list(by_numbers(simulation.system, simulation.x, small_signal=True))
    free = linearise(simulation.system, simulation.x)
    omega = 2.0 * np.pi * at
    response = held.response(e, transposed=True)
    rows = []
    for now in np.array_split(omega, 1 + len(omega) * len(e) // BLOCK):
        phasors = zip(now, free.solve(now, e, transposed=True), free.solve(now, b), strict=True)
        rows += [_at_frequency(simulation, numbers, response, *of_one) for of_one in phasors]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return make_table(simulation, "sens", "Sensitivity Analysis", columns, "notype", ("frequency", at))


def _at_frequency(
    simulation: Simulation,
    numbers: list[ByNumber],
    held: Response,
    omega: float,
    adjoint: np.ndarray,
    y: np.ndarray,
) -> dict[str, complex]:
    bent = curvature(simulation.system, simulation.x, _grounded(adjoint), _grounded(y), omega)
    second = np.empty((1, len(bent)), dtype=complex)
    held.phasors.excite(-bent)
    held.at(np.zeros(1), np.arange(len(bent)), second)
    found = _gathered(numbers, second[0], (adjoint, y), omega)
    for table in simulation.circuit.elements:
        if table.kind not in "vi" or "acmag" not in table.values:
            continue
        magnitude, phase = (np.nan_to_num(table.values[key]) for key in ("acmag", "acphase"))
        for row in np.flatnonzero(magnitude).tolist():
            turn = np.exp(1j * np.radians(phase[row]))
            influence = -simulation.system.source_influence(table.names[row])
            by_magnitude = turn * (adjoint @ influence)
            found[f"{table.names[row]}_acmag"] = by_magnitude
            found[f"{table.names[row]}_acphase"] = 1j * np.radians(magnitude[row]) * by_magnitude
    return found


def _gathered(
    numbers: object, weights: np.ndarray, phasors: tuple[np.ndarray, np.ndarray] | None, omega: float
) -> dict[str, complex]:
    """Sums over the entries of every number."""
    weights = _grounded(weights)
    found: dict[str, complex] = {}
    for number in numbers:  # type: ignore[attr-defined]
        if phasors is None and not number.f:
            continue
        total = np.zeros(len(number.names), dtype=complex)
        for row, value in number.f:
            total -= weights[row] * value
        if phasors is not None:
            left, right = map(_grounded, phasors)
            for entries, scale in ((number.G, 1.0), (number.C, 1j * omega)):
                for row, column, value in entries:
                    total -= scale * left[row] * right[column] * value
            for row, column, at in number.dispersive:
                total -= left[row] * right[column] * at(omega)
        for name, value in zip(number.names, total.tolist(), strict=True):
            found[name] = found.get(name, 0.0) + value
    return found


def _grounded(x: np.ndarray) -> np.ndarray:
    return np.append(x, 0.0)


def _real(found: dict[str, complex]) -> dict[str, float]:
    return {name: value.real for name, value in found.items()}
