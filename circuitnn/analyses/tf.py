"""Transfer function at zero frequency: gain, input and output resistance."""

from __future__ import annotations

import numpy as np

from circuitnn.elements import element
from circuitnn.errors import AnalysisError, nearest
from circuitnn.flat import FlatCircuit
from circuitnn.options import Options
from circuitnn.results.result import Result
from circuitnn.simulation.released import at_rest
from circuitnn.simulation.simulation import Simulation, make_table
from circuitnn.system.linearised import linearise


def tf(circuit: FlatCircuit, output: tuple[str, str] | str, source: str, options: Options) -> Result:
    """Small-signal gain from a source to an output, and the resistances seen at both.

    Parameters
    ----------
    circuit : FlatCircuit
    output : (str, str) or str
        Two nodes, the second may be ``"0"``; or a voltage source whose current is the output.
    source : str
        Independent source.
    options : Options

    Returns
    -------
    Result
        ``transfer_function`` (V/V, A/V, V/A or A/A), ``<source>#input_impedance`` and
        ``output_impedance_at_<output>``. [Ohm]

    Notes
    -----
    With G = ∂f/∂x at the operating point, states that it holds kept where they are.
    """
    simulation = Simulation(circuit, options)
    system = simulation.system
    influence = -system.source_influence(source)
    e = output_vector(simulation, output)
    simulation.operating_point(options.itl1, circuit.nodesets)
    small = linearise(system, simulation.x, simulation.ties.shunt, frozen=True)
    at_rest(simulation, small, e, transposed=True)

    def solve(b: np.ndarray) -> np.ndarray:
        return at_rest(simulation, small, b)

    x = solve(influence)
    # A source's own response is the other half of its port: the current of V, the voltage of I.
    port, held = float(influence @ x), element(source[0]).branch
    at_input = abs(1.0 / port) if held and port else abs(port)
    if held and not port:
        at_input = 1e20
    named = "_".join(n for n in output if n != "0") if isinstance(output, tuple) else output
    shown = f"v({','.join(n for n in output if n != '0')})" if isinstance(output, tuple) else f"i({named})"
    if isinstance(output, tuple):
        at_output = abs(float(e @ solve(e.astype(float))))
    else:
        response = float(e @ solve(-system.source_influence(output)))
        at_output = abs(1.0 / response) if response else 1e20
    return make_table(
        simulation,
        "tf",
        "Transfer Function",
        {
            "transfer_function": float(e @ x),
            f"output_impedance_at_{shown}": at_output,
            f"{source}#input_impedance": at_input,
        },
        "notype",
    )


def output_vector(simulation: Simulation, output: tuple[str, str] | str) -> np.ndarray:
    """e such that e·x is the output, shape (n,)."""
    names = simulation.system.unknowns.names
    e = np.zeros(simulation.system.n)
    wanted = (
        [(f"v({output[0]})", 1.0), (f"v({output[1]})", -1.0)]
        if isinstance(output, tuple)
        else [(f"i({output})", 1.0)]
    )
    for name, sign in wanted:
        if name in ("v(0)", "v(gnd)"):
            continue
        if name not in names:
            raise AnalysisError(f"there is no {name} to be the output{nearest(name, names)}")
        e[names.index(name)] += sign
    if not np.any(e):
        raise AnalysisError("the output is ground")
    return e
