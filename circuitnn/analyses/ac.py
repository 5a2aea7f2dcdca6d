"""Small-signal analysis: the circuit linearised at its operating point, at many frequencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.machine import budget
from circuitnn.netlist.sweep_points import Frequencies
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.registry.analyses import Analysis, Plot, Task
from circuitnn.results.result import Result
from circuitnn.small_signal.linearised import SmallSignal
from circuitnn.small_signal.ports import stimulus

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

FEW, BEYOND = 10, 1000.0  # default points, and ratio of stop to start, for cards without sensible values
PLOT = Plot("ac", "AC Analysis", axis=True)


def ac(
    circuit: Circuit,
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    **options: Unpack[OptionKeywords],
) -> Result[NDArray[np.complex128]]:
    """Small-signal response to the ``ac`` values of the sources.

    Parameters
    ----------
    start, stop : float or str
        Range of frequencies; a single one without `stop`. [Hz]
    points : int
        Per decade (``"dec"``, spaced so that the last one is at `stop`), per octave (``"oct"``), or in total
        (``"lin"``).
    variation : {"dec", "oct", "lin"}
    **options
        Options, such as ``reltol=1e-6``.

    Returns
    -------
    Result
        Complex: one row per frequency, phasors of node voltages [V], branch currents [A] and states; ``vdb(out)``,
        ``vm(out)``, ``vp(out)`` are decibels, magnitude and phase [rad].

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
    AnalysisError
        If no source has an ac value, or the frequencies make no sense.

    Notes
    -----
    Solves (G + jωC)·x = b with G = ∂f/∂x and C = ∂q/∂x at the operating point. States that operating points
    hold (memories) move here around their initial values, according to the derivatives of their rates.
    """
    over = Frequencies.of(start, stop, points, variation, stretched=True)
    return circuit.analysed("ac", options, over=over)[0]


def read(card: DotCard) -> dict[str, object]:
    """``.ac dec 10 1 1k``."""
    if len(card.words) < 3:
        raise card.error("'.ac' takes dec, oct or lin, points, first and last frequency")
    card.no_more_than(4)
    return {"over": card.frequencies(_sensible(card), stretched=True)}


def _sensible(card: DotCard) -> list[str]:
    """Words of a card; missing and senseless ones are replaced by ngspice's defaults: 10 points, three decades."""
    scale, points, start, stop = [*card.words, ""][:4]
    if card.whole(points) < 1:
        card.idle(f"{points} points of '.ac' count as {FEW}, as in ngspice")
        points = str(FEW)
    first = card.number(start)
    if first > 0.0 and (not stop or card.number(stop) < first):
        reason = f"{stop} lies below {start}" if stop else "it gives no last frequency"
        hint = "; m is milli, meg is mega" if stop.removesuffix("hz").endswith("m") else ""
        card.idle(f"'.ac' ends at {BEYOND * first:g} Hz, as in ngspice: {reason}{hint}")
        stop = repr(BEYOND * first)
    return [scale, points, start, stop]


def run(task: Task, over: Frequencies) -> list[Result]:
    """Solve at each frequency."""
    simulation = Simulation(task.circuit, task.options)
    simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    b = stimulus(simulation, "ac", needed=False)
    small = SmallSignal(simulation)
    saved, at = recorded(simulation), over.values()
    budget.ask_points(len(at), "ac")
    budget.ask_memory(16.0 * len(at) * (1 + len(saved)), "ac")
    data = np.empty((len(at), 1 + len(saved)), dtype=complex)
    data[:, 0] = at
    if np.any(b):
        small.response(b).at(2.0 * np.pi * at, saved, data[:, 1:])
    else:
        data[:, 1:] = 0.0
    return [make_result(simulation, PLOT, data, saved, ("frequency", "frequency"))]


ANALYSIS = Analysis(
    "ac",
    form="dec|oct|lin points fstart fstop",
    verb=ac,
    read=read,
    write=lambda arguments: f".ac {arguments['over']}",
    run=run,
    plots=(PLOT,),
    measured="AC Analysis",
)
