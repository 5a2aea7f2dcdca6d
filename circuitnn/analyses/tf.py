"""Transfer function at zero frequency: gain, input and output resistance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from circuitnn.elements import element
from circuitnn.machine.user_input import name_of
from circuitnn.netlist.analysis_cards import shown
from circuitnn.netlist.expressions import GROUND_NAMES
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_table
from circuitnn.registry.analyses import Analysis, Plot, Task
from circuitnn.results.result import Result
from circuitnn.small_signal.linearised import at_rest
from circuitnn.small_signal.ports import output_of, output_vector
from circuitnn.system.linearised import linearise

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("tf", "Transfer Function", listed=True)
OPEN = 1e20  # ngspice's value for an infinite resistance [Ohm]


def tf(
    circuit: Circuit, output: str | tuple[str, str], source: str, **options: Unpack[OptionKeywords]
) -> Result[float]:
    """Small-signal gain from a source to an output, and the resistances seen at both.

    Parameters
    ----------
    output : str or (str, str)
        One or two nodes, or ``"i(v1)"``: the current of a voltage source.
    source : str
        Independent source.
    **options
        Options, such as ``temp=100``.

    Returns
    -------
    Result
        ``transfer_function`` (V/V, A/V, V/A or A/A), ``<source>#input_impedance`` and
        ``output_impedance_at_<output>``. [Ohm]

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
    AnalysisError
        The output or source does not exist.

    Notes
    -----
    Uses G = ∂f/∂x at the operating point. States that operating points hold stay at their values.
    """
    return circuit.analysed("tf", options, output=output_of(output), source=name_of(source, "source"))[0]


def read(card: DotCard) -> dict[str, object]:
    """``.tf v(out) v1``."""
    if len(card.signals) != 2:
        raise card.error("'.tf' takes an output, v(node), v(node,node) or i(source), and a source")
    source = card.target(card.signals[1])
    output = card.output(card.signals[0])
    return {"output": output, "source": source} | ({"grounded": True} if _names_ground(card, output) else {})


def _names_ground(card: DotCard, output: tuple[str, str] | str) -> bool:
    """Whether ground is written as the second node, as in ``v(2,0)``."""
    return isinstance(output, tuple) and output[1] in GROUND_NAMES and "," in card.signals[0]


def run(task: Task, output: tuple[str, str] | str, source: str, grounded: bool = False) -> list[Result]:
    """Solve for a unit of the source, and for one at the output; `grounded` says that its name has ground in it."""
    simulation = Simulation(task.circuit, task.options)
    system = simulation.system
    influence = -system.source_influence(source)
    e = output_vector(simulation, output)
    simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    small = linearise(system, simulation.x, simulation.regularisation.shunt, frozen=True)
    at_rest(simulation, small, e, transposed=True)
    x = at_rest(simulation, small, influence)
    # A source's own response is the other half of its port: the current of V, the voltage of I.
    port = float(influence @ x)
    if isinstance(output, tuple):
        at_output = float(e @ at_rest(simulation, small, e.astype(float)))
    else:
        response = float(e @ at_rest(simulation, small, -system.source_influence(output)))
        at_output = _inverse(response)
    named = {
        "transfer_function": float(e @ x),
        f"{source}#input_impedance": _inverse(port) if element(source[0]).branch else port,
        _resistance(output, grounded): at_output,
    }
    return [make_table(simulation, PLOT, named, "notype")]


def _inverse(response: float) -> float:
    """Resistance that a voltage source sees whose current, from its + through it to its -, rises by this per volt."""
    return -1.0 / response if response else OPEN


def _resistance(output: tuple[str, str] | str, grounded: bool) -> str:
    """ngspice's name of the resistance: at nodes as they are written, or of a source."""
    if isinstance(output, str):
        return f"{output}#output_impedance"
    nodes = ["0" if n in GROUND_NAMES else n for n in output]
    return f"output_impedance_at_v({','.join(nodes if grounded or nodes[1] != '0' else nodes[:1])})"


def _card(arguments: Mapping[str, Any]) -> str:
    """The card with these arguments."""
    output = arguments["output"]
    written = f"v({','.join(output)})" if arguments.get("grounded") else shown(output)
    return f".tf {written} {arguments['source']}"


ANALYSIS = Analysis(
    "tf",
    form="v(node[,node])|i(vsource) source",
    verb=tf,
    read=read,
    write=_card,
    run=run,
    plots=(PLOT,),
)
