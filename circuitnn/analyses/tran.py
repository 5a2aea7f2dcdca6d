"""Transient: f(x, t) + dq/dt = 0 from an operating point or initial conditions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.transient import Transient
from circuitnn.errors import AnalysisError, BudgetError, CircuitnnError
from circuitnn.machine import budget
from circuitnn.options import Options
from circuitnn.registry.analyses import Analysis, Arguments, Follow, Plot, Progress, Task
from circuitnn.results.result import Result
from circuitnn.results.state import State
from circuitnn.simulation.domains import Watch
from circuitnn.simulation.initial import initial_charges
from circuitnn.simulation.noise_in_time import let_fluctuate
from circuitnn.simulation.onset import Onset
from circuitnn.simulation.recorded import make_result, recorded
from circuitnn.simulation.rounding import outside
from circuitnn.simulation.rows import Rows, no_more_points
from circuitnn.simulation.simulation import Simulation
from circuitnn.simulation.snapshot import put, taken
from circuitnn.simulation.timeloop import time_loop
from circuitnn.solvers.controllers import FIXED, USUAL
from circuitnn.solvers.methods import find
from circuitnn.solvers.span import Initial, Span
from circuitnn.system.lines import initial_waves, resting, shortest_delay
from circuitnn.units import number_of

if TYPE_CHECKING:
    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard

PLOT = Plot("tran", "Transient Analysis", axis=True)
NAN = float("nan")
MORE = 3
ITERATIONS = 3.0  # of Newton's method a time step, as an estimate
# A block of output rows is about this many numbers …
BLOCK_NUMBERS = 1 << 18
# … and at most this many rows, so that Ctrl-C and the progress bar are served.
BLOCK_ROWS = 4096
# Above this many steps at tmax, the transient is taken for a slip of the pen.
MAX_STEPS = 2_000_000_000
# Times below this would end in steps that are no numbers any more. [s]
SHORTEST = 1e-200
# Share of the shortest delay that a step may take: what arrives at its end has been sent.
WITHIN = 0.999


def tran(
    circuit: Circuit,
    tstop: Value,
    tstep: Value | None = None,
    tstart: Value = 0.0,
    tmax: Value | None = None,
    uic: bool = False,
    progress: Follow = None,
    start: State | None = None,
    **options: object,
) -> Result[np.ndarray]:
    """Transient analysis: f(x, t) + dq/dt = 0 from an operating point or initial conditions.

    Parameters
    ----------
    tstop : float or str
        End; times may be strings (``"10u"``). [s]
    tstep : float or str
        Suggested step, and default of rise times; default tstop/50. [s]
    tstart : float or str
        Points before it are not kept. [s]
    tmax : float or str
        Largest step; default min(tstep, (tstop - tstart)/50), as ngspice. [s]
    uic : bool
        Start from initial conditions instead of an operating point.
    progress : callable or True, optional
        Called with the fraction done and a text.
    start : State, optional
        Go on from there, at its time: `final_state` of a result, or what `Circuit.state` gives.
    **options
        Options, as ``method="gear"``.

    Returns
    -------
    Result
        One row an accepted time point; `complete` is False after an interrupt.

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
        With the points so far in `result`.
    AnalysisError
        If the times make no sense, or `start` is a state of another circuit.

    Notes
    -----
    The integration methods and the control of their error are described in ``docs/numerics.md``.

    References
    ----------
    L. W. Nagel, "SPICE2: A Computer Program to Simulate Semiconductor Circuits", ERL-M520,
    University of California, Berkeley (1975), chapter 4.
    """
    times = {
        "tstop": number_of(tstop, "tstop"),
        "tstep": NAN if tstep is None else number_of(tstep, "tstep"),
        "tstart": number_of(tstart, "tstart"),
        "tmax": NAN if tmax is None else number_of(tmax, "tmax"),
    }
    more = {} if start is None else {"start": start}
    return circuit.analysed("tran", options, progress, **times, uic=uic, **more)[0]


def read(card: DotCard) -> dict[str, object]:
    """``.tran 1n 1u``, ``.tran 1n 1u 0 5n uic``."""
    given = [word for word in card.words if word != "uic"]
    if not 2 <= len(given) <= 4:
        raise card.error("'.tran' takes tstep, tstop, and perhaps tstart, tmax, uic")
    numbers = [card.number(text) for text in given]
    tstep, tstop, tstart, tmax = [*numbers, *(0.0, NAN)[len(numbers) - 2 :]]
    for name, value, good in (
        ("tstep", tstep, tstep > 0.0),
        ("tstop", tstop, tstop > 0.0),
        ("tstart", tstart, 0.0 <= tstart < tstop),
        ("tmax", tmax, not tmax <= 0.0),
    ):
        if not good:
            raise card.error(f"'.tran': {name} = {value:g} makes no sense")
    if tstop / tstep > 1e12:
        raise card.error(f"'.tran' asks for {tstop / tstep:.0e} output points")
    times = {"tstep": tstep, "tstop": tstop, "tstart": tstart, "tmax": tmax}
    return {**times, "uic": "uic" in card.words}


def write(arguments: Arguments) -> str:
    """The card."""
    numbers = [float(arguments[key]) for key in ("tstep", "tstop", "tstart", "tmax")]
    shown = [repr(number) for number in numbers if not math.isnan(number)]
    if arguments.get("start") is not None:
        return f"* from t = {arguments['start'].time!r}: .tran {' '.join(shown)}"
    return f".tran {' '.join(shown)}{' uic' if arguments['uic'] else ''}"


def finer(arguments: Arguments, times: float) -> Arguments:
    """With a longest step so many times smaller."""
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
) -> list[Result]:
    """Step from the start to the end; `fixed_step`: with steps of tmax, without error control."""
    options = task.options
    tstep, tmax = _times(tstop, tstep, tstart, tmax, shortest_delay(task.circuit.elements))
    simulation, transient, saved = _started(task, (tstep, tstop, tstart, tmax), uic, fixed_step, start)
    outer = slice(simulation.system.unknowns.first_inner)  # not what is inside devices
    rest = simulation.system.unknowns.names[outer], simulation.x[outer].copy()
    grid = (tstart, tstep) if options.interp else None
    if grid is not None:
        budget.ask_points((tstop - tstart) / tstep, "tran: interp")
    blank = partial(make_result, simulation, PLOT, np.empty((0, len(saved) + 1)), saved, ("time", "time"))
    rows = Rows(len(saved) + 1, blank, grid, options.decimate)
    onset = Onset(simulation, transient, (tstep, tstop)) if not fixed_step else None
    host = getattr(task.progress, "host", None)
    if host is not None:
        transient.follow(host)
    failure, message = _run(transient, simulation, rows, tstop, task.progress, onset)
    if failure is not None and transient.t == 0.0 and simulation.ties.make(charges=True):
        # Without an operating point, floating parts have not been noticed yet.
        transient.set_conditions(simulation.conditions)
        failure, message = _run(transient, simulation, rows, tstop, task.progress, onset)
    if host is not None:
        host.end()
    try:
        rows.end()
    except OSError as error:
        failure = failure or no_more_points(f"tran: no more points after t = {transient.t:g} s", error)
        message = message or str(failure)
    statistics = simulation.statistics
    statistics.rejected = (
        transient.rejected_by_error
        + transient.rejected_by_newton
        + transient.rejected_by_event
        + transient.rejected_by_host
    )
    if options.decimate > 1:
        statistics.notes.append(f"decimate: one point of {options.decimate} is kept; measures see no others")
    result = make_result(
        simulation,
        PLOT,
        rows.table(),
        saved,
        ("time", "time"),
        finite=rows.finite,
        complete=not message,
        message=message,
    )
    result.probes.more |= {"times": (tstep, tstop), "rest": None if uic or start is not None else rest}
    result.final_state = taken(simulation, transient.t, transient.unknowns())
    if failure is None and not uic and not task.circuit.initial and start is None:
        failure = outside(simulation, result)
    if failure is not None:
        failure.result = result
        raise failure
    return [result]


def _started(
    task: Task,
    times: tuple[float, float, float, float],
    uic: bool,
    fixed_step: bool,
    state: State | None = None,
) -> tuple[Simulation, Transient, np.ndarray]:
    """The circuit at t = 0, the time loop from there, and the unknowns to record."""
    circuit, options = task.circuit, task.options
    tstep, tstop, tstart, tmax = times
    simulation = Simulation(circuit, options, evaluations=ITERATIONS * tstop / tmax, transient=True)
    simulation.system.assembly.set_sources(simulation.system.sources(tstep, tstop))
    if state is not None:
        return _continued(simulation, state, times, fixed_step)
    q = initial_charges(simulation, uic)
    # Where something was held, the rates of the charges at t = 0 are not those of a static solution.
    held = (
        circuit.initial
        or circuit.initial_states
        or circuit.held
        or any(p.state.hold for p in simulation.system.unknowns.states)
    )
    static = not uic and not held
    simulation.release()
    let_fluctuate(simulation, tstop)
    _prepare_lines(simulation, options, (tmax, tstop), static, uic)
    saved = recorded(simulation)
    transient = time_loop(
        simulation,
        simulation.conditions,
        Initial(0.0, simulation.x, q, static),
        Span(tstart, tstop, tmax, min(tstep, tstop / 100.0, 10.0 * tmax) / 10.0),
        find(options.integration),
        FIXED if fixed_step else USUAL,
        saved,
    )
    return simulation, transient, saved


def _continued(
    simulation: Simulation, state: State, times: tuple[float, float, float, float], fixed_step: bool
) -> tuple[Simulation, Transient, np.ndarray]:
    """The circuit in a state, the time loop from there, and the unknowns to record."""
    options, (tstep, tstop, tstart, tmax) = simulation.options, times
    if not 0.0 <= state.time < tstop:
        raise AnalysisError(
            f"tran: the state is of t = {state.time:g} s: must lie between 0 and tstop = {tstop:g} s"
        )
    if simulation.system.lines.dispersive:
        raise AnalysisError("tran: what travels on transmission lines is not in a state: start at 0 instead")
    put(simulation, state)
    simulation.release()
    let_fluctuate(simulation, tstop)
    q = simulation.system.assembly.evaluate(simulation.x, state.time, anchor=True)[1]
    saved = recorded(simulation)
    transient = time_loop(
        simulation,
        simulation.conditions,
        Initial(state.time, simulation.x, np.append(q, 0.0), False),
        Span(tstart, tstop, tmax, min(tstep, (tstop - state.time) / 100.0, 10.0 * tmax) / 10.0),
        find(options.integration),
        FIXED if fixed_step else USUAL,
        saved,
    )
    return simulation, transient, saved


def _prepare_lines(
    simulation: Simulation, options: Options, times: tuple[float, float], static: bool, uic: bool
) -> None:
    """Let waves travel on the lines, from those of the operating point or the initial conditions."""
    system, tables = simulation.system, simulation.circuit.elements
    tmax, tstop = times
    system.release_lines(tstop)
    x = None if uic else simulation.x
    waves = None if static else initial_waves(tables, system.unknowns, x)
    rest = resting(tables, system.unknowns, x)
    system.assembly.delays.prepare(waves, rest, (options.reltol, options.vntol, tmax))


def _times(tstop: float, tstep: float, tstart: float, tmax: float, delay: float) -> tuple[float, float]:
    """tstep and tmax with their defaults; no step is longer than the shortest delay of a line."""
    if not (tstop >= SHORTEST and math.isfinite(tstop)):
        raise AnalysisError(f"tran: tstop = {tstop:g} s: must be positive, and at least {SHORTEST:g} s")
    if math.isnan(tstep):
        tstep = tstop / 50.0
    if not tstep > 0.0:
        raise AnalysisError(f"tran: tstep = {tstep:g} s: must be positive")
    if not 0.0 <= tstart < tstop:
        raise AnalysisError(f"tran: tstart = {tstart:g} s: must lie between 0 and tstop = {tstop:g} s")
    if math.isnan(tmax) or tmax == 0.0:
        tmax = min(tstep, (tstop - tstart) / 50.0)
    if not tmax > 0.0:
        raise AnalysisError(f"tran: tmax = {tmax:g} s: must be positive")
    tmax = min(tmax, WITHIN * delay)
    if tstop / tmax > MAX_STEPS:
        why = ", the shortest delay of a line" if tmax == WITHIN * delay else ""
        raise AnalysisError(
            f"tran: {tstop / tmax:.3g} steps of tmax = {tmax:g} s{why}; at most {MAX_STEPS:.3g}"
        )
    return tstep, tmax


def _advance(transient: Transient, onset: Onset | None, rows: np.ndarray) -> tuple[int, int]:
    """Fill rows, with looks at the circuit where its steps are long; returns how many and the status."""
    if onset is None:
        return transient.run(rows)
    filled, status, most = 0, MORE, transient.accepted + len(rows)
    while status == MORE and filled < len(rows) and transient.accepted < most:
        count, status = transient.run(rows[filled:])
        filled += count
        if status == MORE:
            onset.look()
    return filled, status


def _fill(
    transient: Transient, watch: Watch, strides: Iterator[int], block: np.ndarray, onset: Onset | None
) -> tuple[int, int]:
    """Fill a block of rows; returns how many and the status. The watch sees points at growing distances."""
    if not watch:
        return _advance(transient, onset, block)
    filled, status, most = 0, MORE, transient.accepted + len(block)
    while (
        status == MORE and filled < len(block) and transient.accepted < most
    ):  # before tstart no row is filled
        count, status = _advance(transient, onset, block[filled : filled + next(strides)])
        filled += count
        watch.see(transient.unknowns(), "", transient.t)
    return filled, status


def _run(
    transient: Transient,
    simulation: Simulation,
    rows: Rows,
    tstop: float,
    progress: Progress | None,
    onset: Onset | None,
) -> tuple[CircuitnnError | None, str]:
    """Run to the end, block by block; returns the error if any, and what to say."""
    seen = getattr(progress, "points", None)
    capacity = max(16, min(BLOCK_ROWS, BLOCK_NUMBERS // rows.width))
    strides = simulation.watch.strides()
    status = MORE
    try:
        while status == MORE:
            where = f"tran at t = {transient.t:g} s"
            budget.ask_time(where)
            budget.ask_points(len(rows), where)
            budget.ask_memory(8 * capacity * rows.width, where)
            block = np.empty((capacity, rows.width))
            count, status = _fill(transient, simulation.watch, strides, block, onset)
            if count:
                rows.add(block[:count])
                if seen is not None:
                    seen(rows.blank, block[:count])
            simulation.newton.answer()
            for driven in simulation.system.driven:
                driven.check()
            if progress is not None:
                progress(min(transient.t / tstop, 1.0), "tran")
    except KeyboardInterrupt:
        return None, f"tran: interrupted at t = {transient.t:g} s"
    except (BudgetError, AnalysisError) as error:  # with the points so far
        return error, str(error)
    except OSError as error:
        full = no_more_points(f"tran: no more points after t = {transient.t:g} s", error)
        return full, str(full)
    if status == 0:
        return None, ""
    where = f" at t = {transient.t:.6g} s, h = {transient.failed_h:.3g} s"
    failure = simulation.failure(status, "tran", where)
    return failure, str(failure)


ANALYSIS = Analysis(
    "tran",
    form="tstep tstop [tstart [tmax]] [uic]",
    verb=tran,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    measured="Transient Analysis",
    options=("chgtol", "decimate", "interp", "itl4", "maxord", "method", "noisestep", "statetol", "trtol"),
    intervals=lambda arguments: (arguments["tstep"], arguments["tmax"]),
    finer=finer,
)
