"""Transient: f(x, t) + dq/dt = 0 from an operating point or initial conditions."""

from __future__ import annotations

import math
import warnings
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.machine import budget
from circuitnn.machine.user_input import flag_of
from circuitnn.operating_point.rounding_error import outside
from circuitnn.recording.recorder import make_result
from circuitnn.recording.rows import Rows
from circuitnn.registry.analyses import STEPPING, Analysis, Arguments, Follow, Plot, Progress, Task
from circuitnn.results.result import Result
from circuitnn.results.state import State
from circuitnn.system.lines import longest_step
from circuitnn.transient.advance import to_end
from circuitnn.transient.division import divided
from circuitnn.transient.instability import InstabilityMonitor
from circuitnn.transient.snapshot import taken
from circuitnn.transient.time_loop import started
from circuitnn.units import number_of, number_or_none

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn._cext.pseudo_transient import PseudoTransient
    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("tran", "Transient Analysis", axis=True)
NAN = float("nan")
# A transient of more steps at tmax than this is taken for a typing error.
MAX_STEPS = 2_000_000_000
STEPS = 50.0  # of tstep, where none is given
UIC, NOOP = "uic", "noop"  # the latter is Xyce's
STARTUP = "startup"  # LTspice's
RISING = 20e-6  # s, until when sources rise then, as in LTspice
# Other words that LTspice has there, and what a warning says of them.
LTSPICE = {
    "steady": "'steady' on '.tran' has no effect: the run ends at tstop; `.pss` finds periodic solutions",
    "nodiscard": "'nodiscard' on '.tran' has no effect: without 'steady' all points are kept",
    "step": "'step' on '.tran' has no effect: a pwl steps a load",
}
# Shorter times would lead to steps that underflow. [s]
SHORTEST = 1e-200


def tran(
    circuit: Circuit,
    tstop: Value,
    tstep: Value | None = None,
    tstart: Value = 0.0,
    tmax: Value | None = None,
    uic: bool = False,
    progress: Follow = None,
    start: State | None = None,
    startup: bool = False,
    **options: Unpack[OptionKeywords],
) -> Result[NDArray[np.float64]]:
    """Transient analysis: f(x, t) + dq/dt = 0 from an operating point or initial conditions.

    Parameters
    ----------
    tstop : float or str
        End; times may be strings (``"10u"``). [s]
    tstep : float or str
        Suggested step, and default rise time; default tstop/50. [s]
    tstart : float or str
        Points before this time are not kept. [s]
    tmax : float or str
        Largest step; default min(tstep, (tstop - tstart)/50), as ngspice. [s]
    uic : bool
        Start from initial conditions instead of an operating point.
    progress : callable or True, optional
        Called with the fraction done and a text.
    start : State, optional
        State from which to continue, at its time: `final_state` of a result, or from `Circuit.state`.
    startup : bool
        Let all sources rise from 0 in the first 20 µs, as LTspice does with this word.
    **options
        Options, such as ``method="gear"``.

    Returns
    -------
    Result
        One row per accepted time point; `complete` is False after an interrupt.

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
        With the points so far in `result`.
    AnalysisError
        If the times make no sense, or `start` is a state of another circuit.

    Notes
    -----
    Integration methods and error control are described in ``docs/numerics/transients.md``.

    References
    ----------
    L. W. Nagel, "SPICE2: A Computer Program to Simulate Semiconductor Circuits", ERL-M520,
    University of California, Berkeley (1975), chapter 4.
    """
    times = given_times("tran(tstop, tstep)", tstop, tstep, tstart, tmax)
    more: dict[str, object] = {} if start is None else {"start": start}
    more |= {STARTUP: True} if flag_of(startup, STARTUP) else {}
    return circuit.analysed("tran", options, progress, **times, uic=flag_of(uic, "uic"), **more)[0]


def given_times(
    call: str, tstop: Value, tstep: Value | None, tstart: Value, tmax: Value | None
) -> dict[str, float]:
    """Read the times of a method of `Circuit`, which `call` names in a warning. [s]"""
    times = {
        "tstop": number_of(tstop, "tstop"),
        "tstep": NAN if tstep is None else number_of(tstep, "tstep"),
        "tstart": number_of(tstart, "tstart"),
        "tmax": NAN if tmax is None else number_of(tmax, "tmax"),
    }
    if times["tstep"] > times["tstop"]:
        message = f"{call}: the step, {tstep} s, is longer than the run, {tstop} s; cards have tstep first"
        warnings.warn(message, DeckWarning, stacklevel=4)
    return times


def read(card: DotCard) -> dict[str, object]:
    """``.tran 1n 1u``, ``.tran 1n 1u 0 5n uic``; LTspice's ``.tran 1u``, ``.tran 0 1u 0 5n startup``."""
    numbers = [*takewhile(lambda word: word not in (UIC, NOOP, STARTUP, *LTSPICE), card.words)]
    following = card.words[len(numbers) :]
    for word in dict.fromkeys(w for w in following if w not in (UIC, NOOP, STARTUP)):
        card.idle(LTSPICE.get(word, f"'{word}' on '.tran' has no effect"))
    if not 1 <= len(numbers) <= 4:
        raise card.error("'.tran' takes tstep, tstop, and perhaps tstart, tmax, uic; or only tstop")
    times = times_on(card, numbers if len(numbers) > 1 else ["0", *numbers])
    if times["tstep"] > times["tstop"] and number_or_none(numbers[0]) is not None:
        card.idle(
            f"'.tran' takes tstep and then tstop: its step of {numbers[0]} is longer than the {numbers[1]} of the run"
        )
    rising = {STARTUP: True} if STARTUP in following else {}
    return {**times, "uic": UIC in following or NOOP in following, **rising}


def times_on(card: DotCard, given: list[str]) -> dict[str, float]:
    """Read tstep, tstop and perhaps tstart and tmax from the words of a card. [s]

    Raises
    ------
    CardError
        They make no sense.
    """
    numbers = [card.number(text) for text in given]
    tstep, tstop, tstart, tmax = [*numbers, *(0.0, NAN)[len(numbers) - 2 :]]
    tstep = tstop / STEPS if tstep == 0.0 else tstep  # as if it were not given, as in LTspice
    tmax = NAN if tmax == 0.0 else tmax  # and this one as in ngspice
    for name, value, good in (
        ("tstop", tstop, tstop > 0.0),
        ("tstep", tstep, tstep > 0.0),
        ("tstart", tstart, 0.0 <= tstart < tstop),
        ("tmax", tmax, not tmax < 0.0),
    ):
        if not good:
            raise card.error(f"'{card.keyword}': {name} = {value:g} makes no sense")
    if tstop / tstep > 1e12:
        raise card.error(f"'{card.keyword}' asks for {tstop / tstep:.0e} output points")
    return {"tstep": tstep, "tstop": tstop, "tstart": tstart, "tmax": tmax}


def write(arguments: Arguments) -> str:
    """The card."""
    times = written_times(arguments)
    if arguments.get("start") is not None:
        return f"* from t = {arguments['start'].time!r}: .tran {times}"
    words = [word for word in (UIC, STARTUP) if arguments.get(word)]
    return " ".join([f".tran {times}", *words])


def written_times(arguments: Arguments) -> str:
    """The times as on a card."""
    numbers = [float(arguments[key]) for key in ("tstep", "tstop", "tstart", "tmax")]
    return " ".join(repr(number) for number in numbers if not math.isnan(number))


def finer(arguments: Arguments, times: float) -> Arguments:
    """Arguments with `tmax` divided by `times`."""
    longest = arguments["tmax"]
    if math.isnan(longest) or longest == 0.0:
        longest = min(arguments["tstep"], (arguments["tstop"] - arguments["tstart"]) / 50.0)
    return {**arguments, "tmax": longest / times}


def run(
    task: Task,
    tstop: float,
    tstep: float = NAN,
    tstart: float = 0.0,
    tmax: float = NAN,
    uic: bool = False,
    fixed_step: bool = False,
    start: State | None = None,
    startup: bool = False,
) -> list[Result]:
    """Step from the start to the end; `fixed_step`: with steps of tmax, without error control."""
    options, rising = task.options, RISING if startup else 0.0
    tstep, tmax = intervals(tstop, tstep, tstart, tmax, longest_step(task.circuit, options))
    division = divided(task.circuit, options, start is not None or startup, watched(task.progress))
    times = (tstep, tstop, tstart, tmax)
    simulation, transient, saved = started(
        division.circuit, options, times, uic, fixed_step, division.begun(start), rising
    )
    whole = division.followed(simulation, saved)
    rest = whole.at_start(0.0, simulation.x)
    grid = (tstart, tstep) if options.interp else None
    if grid is not None:
        budget.ask_points((tstop - tstart) / tstep, "tran: interp")
    width = len(whole.saved) + 1
    shown = partial(
        make_result, simulation, PLOT, saved=whole.saved, axis=("time", "time"), of=whole.variables
    )
    rows = Rows(width, partial(shown, np.empty((0, width))), grid, options.decimate)
    monitor = InstabilityMonitor(simulation, transient, (tstep, tstop)) if not fixed_step else None
    failure, message = to_end(transient, simulation, whole.receiver(rows), tstop, task.progress, monitor)
    statistics = simulation.statistics
    statistics.rejected = transient.rejected
    if transient.pseudo_transient.count:
        statistics.notes.append(_of_leaps(transient.pseudo_transient))
    if options.decimate > 1:
        statistics.notes.append(f"decimate: one point of {options.decimate} is kept; measures see no others")
    x = transient.unknowns()
    result = shown(
        rows.table(),
        finite=rows.finite,
        complete=not message,
        message=message,
        final_state=whole.state(taken(simulation, transient.t, x), x),
    )
    result.probes.more |= {"times": (tstep, tstop), "rest": None if uic or start is not None else rest}
    if failure is None and not uic and not task.circuit.initial and start is None:
        try:
            failure = outside(simulation, task.circuit, result)
        except budget.REFUSALS as refused:  # the points are there
            failure = budget.out_of_memory("tran, after its last point", refused)
    if failure is not None:
        failure.result = result
        raise failure
    return [result]


def watched(progress: Progress | None) -> bool:
    """Tell whether somebody takes the points as they come, or drives sources meanwhile.

    Parameters
    ----------
    progress : callable, optional
    """
    return any(getattr(progress, name, None) is not None for name in ("points", "host"))


def _of_leaps(leaper: PseudoTransient) -> str:
    """What a result's notes say of steps to solutions elsewhere."""
    times = "once" if leaper.count == 1 else f"{leaper.count} times"
    return (
        f"no step was short enough to follow the solution {times}, the last time at t = {leaper.last:.6g} s: there it "
        "leaps to where small capacitances on all nodes would carry it. With capacitances the circuit says how"
    )


def intervals(tstop: float, tstep: float, tstart: float, tmax: float, longest: float) -> tuple[float, float]:
    """tstep and tmax with their defaults; no step exceeds the shortest delay.

    Raises
    ------
    AnalysisError
        If the times make no sense.
    """
    if not (tstop >= SHORTEST and math.isfinite(tstop)):
        raise AnalysisError(f"tran: tstop = {tstop:g} s: must be positive, and at least {SHORTEST:g} s")
    if math.isnan(tstep):
        tstep = tstop / STEPS
    if not tstep > 0.0:
        raise AnalysisError(f"tran: tstep = {tstep:g} s: must be positive")
    if not 0.0 <= tstart < tstop:
        raise AnalysisError(f"tran: tstart = {tstart:g} s: must lie between 0 and tstop = {tstop:g} s")
    if math.isnan(tmax) or tmax == 0.0:
        tmax = min(tstep, (tstop - tstart) / 50.0)
    if not tmax > 0.0:
        raise AnalysisError(f"tran: tmax = {tmax:g} s: must be positive")
    tmax = min(tmax, longest, tstop)  # of which the shortest step is a fraction
    if tstop / tmax > MAX_STEPS:
        why = ", option maxstep or the shortest delay of a line or a device" if tmax == longest else ""
        raise AnalysisError(
            f"tran: {tstop / tmax:.3g} steps of tmax = {tmax:g} s{why}; at most {MAX_STEPS:.3g}"
        )
    return tstep, tmax


ANALYSIS = Analysis(
    "tran",
    form="tstep tstop [tstart [tmax]] [uic]",
    verb=tran,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    measured="Transient Analysis",
    options=(*STEPPING, "decimate", "interp", "maxstep", "noisestep"),
    intervals=lambda arguments: (arguments["tstep"], arguments["tmax"]),
    finer=finer,
)
