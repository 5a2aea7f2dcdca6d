"""A transient that records only spikes, for long runs and large networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.analyses import tran
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.machine import budget
from circuitnn.machine.user_input import flag_of, pairs_of
from circuitnn.netlist.signal_names import canonical
from circuitnn.recording.recorder import make_result, make_table
from circuitnn.records import replace
from circuitnn.registry.analyses import STEPPING, Analysis, Arguments, Follow, Plot, Task
from circuitnn.results.result import Result
from circuitnn.results.spike_detection import Trains
from circuitnn.results.state import State
from circuitnn.system.lines import longest_step
from circuitnn.transient.advance import to_end
from circuitnn.transient.division import divided
from circuitnn.transient.driven_points import Undivided
from circuitnn.transient.instability import InstabilityMonitor
from circuitnn.transient.snapshot import taken
from circuitnn.transient.time_loop import started
from circuitnn.units import number_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.flat import FlatCircuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("spikes", "Spikes", axis=True)
NAN = float("nan")
TIME = ("time", "time")


def spikes(
    circuit: Circuit,
    tstop: Value,
    levels: Mapping[str, float],
    tstep: Value | None = None,
    tstart: Value = 0.0,
    tmax: Value | None = None,
    uic: bool = False,
    progress: Follow = None,
    start: State | None = None,
    **options: Unpack[OptionKeywords],
) -> Result[NDArray[np.float64]]:
    """Transient that records only spikes: rises of signals through levels, found while it runs.

    Parameters
    ----------
    tstop : float or str
        End; times may be strings (``"10m"``). [s]
    levels : mapping of str to float
        Signals, such as ``"v(a)"``, ``"v(a,b)"``, ``"@n1[t]"``, and the level of each.
    tstep, tstart, tmax : float or str, optional
        As for `tran`; spikes that begin before tstart are not kept. [s]
    uic : bool
        Start from initial conditions instead of an operating point.
    progress : callable or True, optional
        Called with the fraction done and a text.
    start : State, optional
        State from which to continue, at its time.
    **options
        Options, such as ``method="gear"``.

    Returns
    -------
    Result
        One row per spike, in the order of the rises: ``time`` [s], ``signal`` (its place in `levels`, from 0),
        ``width`` [s] (0 if the spike has not ended) and ``height``, the largest value. ``spike_train(signal)`` of the
        result has the spikes of one signal. `final_state` is the state at the end.

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
        With the spikes so far in `result`.
    AnalysisError
        If the times make no sense, or there is no signal.
    UnknownNameError
        If the circuit has no such signal.

    Notes
    -----
    Memory grows by 32 bytes per spike and not with the number of time points. The spikes are the same that
    `Result.spike_train` finds in the waveforms of `tran`.
    """
    times = tran.given_times("spikes(tstop, levels, tstep)", tstop, tstep, tstart, tmax)
    more: dict[str, object] = {} if start is None else {"start": start}
    pairs = pairs_of(levels, "levels", '{"v(out)": 0.5}')
    more["levels"] = {canonical(name): number_of(level, name) for name, level in pairs}
    return circuit.analysed("spikes", options, progress, **times, uic=flag_of(uic, "uic"), **more)[0]


def read(card: DotCard) -> dict[str, object]:
    """``.spikes 1n 10m v(a) 0.5 v(b) 0.5 uic``."""
    given = [word for word in card.signals if word != "uic"]
    first = next((k for k, word in enumerate(given) if "(" in word or "[" in word), len(given))
    pairs = given[first:]
    if not 2 <= first <= 4 or not pairs or len(pairs) % 2:
        raise card.error(
            "'.spikes' takes tstep, tstop, perhaps tstart, tmax, then signals, each with its level"
        )
    levels = {canonical(pairs[k]): card.number(pairs[k + 1]) for k in range(0, len(pairs), 2)}
    return {**tran.times_on(card, given[:first]), "levels": levels, "uic": "uic" in card.words}


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no such analysis."""
    pairs = [f"{signal} {level!r}" for signal, level in arguments["levels"].items()]
    words = [tran.written_times(arguments), *pairs, *(["uic"] if arguments["uic"] else [])]
    return f"* .spikes {' '.join(words)}"


class Search:
    """Takes the points of a transient and keeps its spikes.

    Parameters
    ----------
    trains : Trains
    signals : callable
        Turns points, shape (n, width), into the values of the signals, shape (n, signals).
    blank : callable
        Makes the result of the waveforms without rows.
    width : int
        Numbers in a row.

    Attributes
    ----------
    points : int
        Number of points searched.
    """

    def __init__(
        self,
        trains: Trains,
        signals: Callable[[np.ndarray], np.ndarray],
        blank: Callable[[], Result],
        width: int,
    ) -> None:
        self.trains, self.signals, self.blank, self.width = trains, signals, blank, width
        self.points = 0

    def __len__(self) -> int:
        return self.trains.spikes

    def room(self, count: int) -> np.ndarray:
        """An array for the next points."""
        return np.empty((count, self.width))

    def add(self, block: np.ndarray) -> None:
        """Search a block of points."""
        if not np.isfinite(block).all():
            raise ConvergenceError("spikes: a value is not finite; a source or parameter is out of range")
        budget.ask_memory(32 * self.trains.spikes, "spikes")
        self.points += len(block)
        self.trains.add(block[:, 0], self.signals(block))

    def end(self) -> None:
        """Nothing is held back."""


def run(
    task: Task,
    tstop: float,
    levels: Mapping[str, float],
    tstep: float = NAN,
    tstart: float = 0.0,
    tmax: float = NAN,
    uic: bool = False,
    start: State | None = None,
) -> list[Result]:
    """Step from the start to the end, and search the points for spikes block by block."""
    if not levels:
        raise AnalysisError("spikes: give at least one signal and its level")
    circuit = _recording(task.circuit, tuple(levels))
    tstep, tmax = tran.intervals(tstop, tstep, tstart, tmax, longest_step(circuit, task.options))
    times = (tstep, tstop, tstart, tmax)
    division = divided(circuit, task.options, start is not None, tran.watched(task.progress))
    simulation, transient, saved = started(
        division.circuit, task.options, times, uic, False, division.begun(start)
    )
    whole = division.followed(simulation, saved)
    search = _search(simulation, whole, levels)
    monitor = InstabilityMonitor(simulation, transient, (tstep, tstop))
    failure, message = to_end(transient, simulation, whole.receiver(search), tstop, task.progress, monitor)
    x = transient.unknowns()
    result = replace(
        _result(simulation, search),
        complete=not message,
        message=message,
        final_state=whole.state(taken(simulation, transient.t, x), x),
    )
    result.statistics.rejected = transient.rejected
    if failure is not None:
        failure.result = result
        raise failure
    return [result]


def _recording(circuit: FlatCircuit, signals: tuple[str, ...]) -> FlatCircuit:
    """The circuit with no more unknowns recorded than the signals need."""
    return replace(circuit, saves=signals, prints=(), measures=(), fouriers=(), probed=(), watched=())


def _search(simulation: Simulation, whole: Undivided, levels: Mapping[str, float]) -> Search:
    """What takes the points."""
    saved = whole.saved
    result_of = partial(
        make_result, simulation, tran.PLOT, saved=saved, axis=TIME, finite=True, of=whole.variables
    )
    blank = partial(result_of, data=np.empty((0, len(saved) + 1)))
    places = {name: k + 1 for k, name in enumerate(whole.variables.names[i] for i in saved)}
    if places.keys() >= levels.keys():
        columns = [places[name] for name in levels]
        return Search(Trains([*levels.values()]), lambda block: block[:, columns], blank, len(saved) + 1)
    for name in levels:
        blank().array(name)  # an unknown name is an error before the run

    def signals(block: np.ndarray) -> np.ndarray:
        result = result_of(data=block)
        return np.column_stack([result.array(name) for name in levels])

    return Search(Trains([*levels.values()]), signals, blank, len(saved) + 1)


def _result(simulation: Simulation, search: Search) -> Result:
    """The table of the spikes."""
    signal, rise, fall, height = search.trains.table().T
    width = np.nan_to_num(fall - rise, nan=0.0)
    kinds = {"signal": "notype", "width": "time", "height": "notype"}
    table = make_table(
        simulation,
        PLOT,
        {"signal": signal, "width": width, "height": height},
        kinds.__getitem__,
        ("time", rise),
    )
    return replace(table, statistics=simulation.finish(search.points))


ANALYSIS = Analysis(
    "spikes",
    form="tstep tstop [tstart [tmax]] signal level [signal level …] [uic]",
    verb=spikes,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    options=(*STEPPING, "maxstep", "noisestep"),
    intervals=lambda arguments: (arguments["tstep"], arguments["tmax"]),
    finer=tran.finer,
)
