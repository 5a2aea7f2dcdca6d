"""All operating points of a circuit, each verified, stable or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.continuation.multistart import CURVES, Search
from circuitnn.errors import AnalysisError, BudgetError, ConvergenceError
from circuitnn.machine import budget
from circuitnn.operating_point.modes import modes
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.records import replace
from circuitnn.registry.analyses import Analysis, Arguments, Plot, Task
from circuitnn.results.notes import Unstable
from circuitnn.results.result import Result
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("solutions", "Operating Points", axis=True, listed=True)
STARTS = 256
MOST_STARTS = 10_000_000
NAMED = 8  # largest number of solutions that notes list individually


def solutions(circuit: Circuit, starts: int = STARTS, **options: Unpack[OptionKeywords]) -> Result:
    """Find all operating points, each verified, stable or not.

    Parameters
    ----------
    starts : int
        Number of Newton starts, spread over the range of voltages given by the sources.
    **options
        Options, such as ``reltol=1e-6``; `seed` seeds the starts.

    Returns
    -------
    Result
        One row per operating point, ordered by voltage: its number, node voltages [V], branch currents [A], the
        number of ``growing`` modes (0: stable), and the real part of the fastest-growing one, ``growth`` [1/s];
        0 if nothing in the circuit stores charge.

    Raises
    ------
    ConvergenceError
        If none is found.
    TopologyError, SingularMatrixError
        If the circuit has no unique solution.
    BudgetError
        If time or memory has run out; with the solutions so far in `result`.

    Notes
    -----
    Solves f(x) = 0 like ``.op``, then from many starts, by deflation, and along curves f(x) + λ·b = 0 through the
    solutions found, in all sources and in currents at nodes. A solution is accepted if Kirchhoff's laws, evaluated
    anew, hold to 1e-6 of the currents in them, Newton's method does not move it, rounding is far below the thermal
    voltage, and the equations have values. Small deviations evolve as exp(s·t), with det(G + s·C) = 0; in a circuit
    without charges, ``growing`` assumes the same small capacitance at every node. States that operating points hold
    stay at their initial values. No method is certain to find all solutions of every circuit.
    """
    return circuit.analysed("solutions", options, starts=whole_of(starts, "starts"))[0]


def read(card: DotCard) -> dict[str, object]:
    """``.solutions``, ``.solutions 1000``."""
    if len(card.words) > 1:
        raise card.error("'.solutions' takes a number of starts, or nothing")
    starts = card.whole(card.words[0]) if card.words else STARTS
    if not 1 <= starts <= MOST_STARTS:
        raise card.error(f"'.solutions': {starts} starts; expected 1 … {MOST_STARTS}", card.words[0])
    return {"starts": starts}


def write(arguments: Arguments) -> str:
    """A comment: ngspice finds one operating point."""
    return "* .solutions {starts}".format_map(arguments)


def run(task: Task, starts: int = STARTS) -> list[Result]:
    """Search, and describe the solutions."""
    if not 1 <= starts <= MOST_STARTS:
        raise AnalysisError(f"solutions: {starts} starts; expected 1 … {MOST_STARTS}")
    simulation = Simulation(task.circuit, task.options, evaluations=100.0 * starts)
    budget.ask_memory(8.0 * starts * simulation.system.n, "solutions")
    failure, stopped = None, None
    try:
        simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    except ConvergenceError as error:
        failure = error
        simulation.x[:] = 0.0
    search = Search(simulation, task.options.seed)
    try:
        search.run(starts, task.options.itl1)
    except BudgetError as error:  # with those so far
        stopped = error
    if not search.solutions:
        why = "; ".join(_left_out(search.rejected))
        raise stopped or failure or ConvergenceError(f"solutions: none found that holds{why and ': '}{why}")
    order = sorted(range(len(search.solutions)), key=lambda k: tuple(search.solutions[k][: simulation.nodes]))
    notes = simulation.statistics.notes
    notes[:] = [note for note in notes if not isinstance(note, Unstable)]  # all solutions are here
    growing, growth, assumed = np.full(len(order), np.nan), np.full(len(order), np.nan), False
    for row, k in enumerate(order if stopped is None else ()):  # else there is no time for it
        search.set_memory(k)
        of = modes(simulation, search.solutions[k], exact=True)
        growing[row], growth[row], assumed = of.growing, of.growth, assumed or of.assumed
    if stopped is None:
        notes += _notes(growing, growth, assumed, search.rejected)
    else:
        notes.append("solutions: those found in time; whether they are stable was not examined")
    if search.cut:
        notes.append(f"solutions: only {CURVES} curves were followed; there may be more operating points")
    saved = recorded(simulation)
    x = np.array([search.solutions[k][saved] for k in order])
    data = np.column_stack([np.arange(1.0, len(order) + 1.0), x])
    result = make_result(
        simulation,
        PLOT,
        data,
        saved,
        ("solution", "notype"),
        message=str(stopped or ""),
        complete=stopped is None,
    )
    result = replace(
        result,
        names=(*result.names, "growing", "growth"),
        types=(*result.types, "notype", "notype"),
        data=np.column_stack([result.data, growing, growth]),
    )
    if stopped is not None:
        stopped.result = result
        raise stopped
    return [result]


def _notes(growing: np.ndarray, growth: np.ndarray, assumed: bool, rejected: dict[str, int]) -> list[str]:
    """Notes about the solutions."""
    count, unstable = len(growing), np.flatnonzero(growing) + 1
    notes = [
        f"solutions: {count} operating point{'s' * (count != 1)}, {count - len(unstable)} of them stable"
    ]
    for k in unstable.tolist()[:NAMED]:
        speed = f", by a factor e in {1.0 / growth[k - 1]:.3g} s" if growth[k - 1] > 0.0 else ""
        notes.append(f"solution {k} is unstable: the circuit leaves it by itself{speed}")
    if len(unstable) > NAMED:
        notes.append(f"solutions: {len(unstable) - NAMED} more are unstable")
    if assumed:
        notes.append("nothing stores charge: stability is that with the same small capacitance at every node")
    return notes + [f"solutions: {left_out}" for left_out in _left_out(rejected)]


def _left_out(rejected: dict[str, int]) -> list[str]:
    """How often candidates were left out, and why."""
    return [f"left out {n} times, since {why}" for why, n in sorted(rejected.items())]


ANALYSIS = Analysis(
    "solutions",
    form="[starts]",
    verb=solutions,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    smooth=True,
)
