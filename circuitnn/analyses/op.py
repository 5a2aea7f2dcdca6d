"""Operating point: f(x) = 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.registry.analyses import Analysis, Plot, Task
from circuitnn.results.result import Result

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("op", "Operating Point", listed=True)


def op(circuit: Circuit, **options: Unpack[OptionKeywords]) -> Result[float]:
    """Operating point.

    Parameters
    ----------
    **options
        Options, such as ``reltol=1e-6``.

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
    return circuit.analysed("op", options)[0]


def read(card: DotCard) -> dict[str, object]:
    """Read nothing: words on the card are ignored, as in ngspice, with a warning."""
    if card.words:
        card.idle(f"'{' '.join(card.words)}' has no effect: '.op' takes nothing")
    return {}


def run(task: Task) -> list[Result]:
    """Solve, starting from the nodesets."""
    simulation = Simulation(task.circuit, task.options)
    point = simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    simulation.note_instability(point)
    messages = simulation.messages
    messages.of_static_point(simulation.x, "at the operating point")
    messages.end(simulation.x, 0.0, "at the operating point")
    saved = recorded(simulation, inside=True)
    result = make_result(simulation, PLOT, simulation.x[saved][None, :], saved)
    if point.exact:
        result.probes.more["lost"] = point.error
    return [result]


ANALYSIS = Analysis(
    "op",
    form="",
    verb=op,
    read=read,
    write=lambda arguments: ".op",
    run=run,
    plots=(PLOT,),
    measured="Operating Point",
)
