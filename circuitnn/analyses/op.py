"""Operating point: f(x) = 0."""

from __future__ import annotations

from circuitnn.flat import FlatCircuit
from circuitnn.options import Options
from circuitnn.results.result import Result
from circuitnn.simulation.recorded import recorded
from circuitnn.simulation.simulation import Simulation, make_result


def op(circuit: FlatCircuit, options: Options) -> Result:
    """Operating point.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options

    Returns
    -------
    Result
        One row: node voltages [V] and branch currents [A].

    Raises
    ------
    ConvergenceError
        If Newton's method and every homotopy failed.
    TopologyError, SingularMatrixError
        If the circuit has no unique solution.

    Notes
    -----
    Solves f(x) = 0 with d/dt = 0, from x = 0 or the ``.nodeset`` voltages. Switches are set to agree
    with their controls.
    """
    simulation = Simulation(circuit, options)
    simulation.operating_point(options.itl1, circuit.nodesets)
    saved = recorded(simulation, inside=True)
    return make_result(simulation, "op", simulation.x[saved][None, :], saved)
