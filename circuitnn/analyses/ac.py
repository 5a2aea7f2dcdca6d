"""Small-signal analysis: the circuit linearised at its operating point, at many frequencies."""

from __future__ import annotations

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.flat import FlatCircuit
from circuitnn.machine import budget
from circuitnn.options import Options
from circuitnn.results.result import Result
from circuitnn.simulation.recorded import recorded
from circuitnn.simulation.released import Released
from circuitnn.simulation.simulation import Simulation, make_result


def ac(circuit: FlatCircuit, at: np.ndarray, options: Options) -> Result:
    """Small-signal response to the ``ac`` values of the sources.

    Parameters
    ----------
    circuit : FlatCircuit
    at : ndarray, shape (m,)
        Frequencies. [Hz]
    options : Options

    Returns
    -------
    Result
        Complex: one row a frequency, phasors of node voltages [V], branch currents [A] and states.

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
    AnalysisError
        If no source has an ac value.

    Notes
    -----
    Solves (G + jωC)·x = b with G = ∂f/∂x and C = ∂q/∂x at the operating point. States that operating points
    hold (memories) move here around their initial values, by their rates' derivatives.
    """
    simulation = Simulation(circuit, options)
    b = stimulus(simulation)
    if not np.any(b):
        raise AnalysisError("ac: no source has an ac value; write one as in 'v1 in 0 dc 0 ac 1'")
    simulation.operating_point(options.itl1, circuit.nodesets)
    small = Released(simulation)
    saved = recorded(simulation)
    budget.ask_points(len(at), "ac")
    budget.ask_memory(16.0 * len(at) * (1 + len(saved)), "ac")
    data = np.empty((len(at), 1 + len(saved)), dtype=complex)
    data[:, 0] = at
    small.response(b).at(2.0 * np.pi * at, saved, data[:, 1:])
    return make_result(simulation, "ac", data, saved, ("frequency", "frequency"))


def stimulus(simulation: Simulation) -> np.ndarray:
    """Right-hand side of the sources' ac values, complex, shape (n,)."""
    system = simulation.system
    b = np.zeros(system.n, dtype=complex)
    for table in simulation.circuit.elements:
        if "acmag" not in table.values:
            continue
        magnitude, phase = (np.nan_to_num(table.values[key]) for key in ("acmag", "acphase"))
        for row in np.flatnonzero(magnitude).tolist():
            phasor = magnitude[row] * np.exp(1j * np.radians(phase[row]))
            b -= phasor * system.source_influence(table.names[row])
    return b
