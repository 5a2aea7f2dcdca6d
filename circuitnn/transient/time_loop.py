"""Set-up of the compiled time loop: the start of a transient, and Newton's method with its tolerances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.convergence import Convergence
from circuitnn._cext.lattice import Lattice
from circuitnn._cext.shared_convergence import SharedConvergence
from circuitnn._cext.transient import Transient
from circuitnn.errors import AnalysisError
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import recorded
from circuitnn.results.notes import once
from circuitnn.results.state import State
from circuitnn.solvers.controllers import FIXED, USUAL
from circuitnn.solvers.methods import find
from circuitnn.solvers.span import Initial, Span
from circuitnn.system.accuracy import Accuracy, accuracy, unheeded
from circuitnn.system.lines import initial_waves, resting, smallest
from circuitnn.transient import conflicting_conditions
from circuitnn.transient.kept_variables import kept_variables
from circuitnn.transient.random_currents import let_fluctuate
from circuitnn.transient.snapshot import keep_charges, put, taken
from circuitnn.transient.start import starting_point

if TYPE_CHECKING:
    from circuitnn._cext.conditions import Conditions
    from circuitnn._cext.method import Method
    from circuitnn.flat import FlatCircuit
    from circuitnn.options import Options
    from circuitnn.solvers.controllers import Controller

ITERATIONS = 3.0  # estimated Newton iterations per time step
LARGE = 200  # unknowns from which on a circuit is solved cell by cell
SHORT = 1e-4  # the shortest step that is likely, in first steps: that after an event
AT_ONCE = 1e-9  # a transient of which only the start is wanted [s]
Times = tuple[float, float, float, float]  # tstep, tstop, tstart, tmax [s]


def time_loop(
    simulation: Simulation,
    conditions: Conditions,
    initial: Initial,
    span: Span,
    method: Method,
    controller: Controller,
    saved: np.ndarray,
) -> Transient:
    """Make a transient that is ready to run.

    Parameters
    ----------
    simulation : Simulation
        From here on its Newton's method uses the tolerances of a transient.
    conditions : Conditions
    initial : Initial
    span : Span
    method : Method
    controller : Controller
    saved : ndarray of int32
        Unknowns to record.
    """
    options, factors = simulation.options, simulation.factors
    exact = accuracy(simulation.system, options, span.largest)
    if controller is not FIXED and len(exact.strict) and (note := unheeded(options)):
        once(simulation.statistics.notes, note)
    kind = Convergence if simulation.system.team is None else SharedConvergence
    test = kind(factors, exact.x_tolerance, exact.f_tolerance, exact.relative)
    simulation.newton.test_by(test)
    simulation.newton.use(_lattice(simulation, exact, test))
    for group in simulation.system.groups:
        group.may_rest(exact.x_tolerance, exact.relative)
    transient = Transient(
        simulation.newton,
        conditions,
        initial=initial,
        span=span,
        accuracy=exact,
        method=_of_suitable_order(method, simulation),
        controller=controller,
        saved=saved,
        max_iterations=options.itl4,
    )
    if simulation.mixed is not None:
        transient.join(simulation.mixed.ready())
    variables = kept_variables(simulation, exact)
    if variables is not None:
        transient.keep(variables)
    return transient


def _of_suitable_order(method: Method, simulation: Simulation) -> Method:
    """The method; in a linear circuit that may oscillate without loss, at most of order 2."""
    if method.order <= 2:
        return method
    from circuitnn.transient.one_way_elements import one_way  # rarely needed

    name = one_way(simulation.system)
    if not name:
        return method
    note = f"method={method.name}: orders above 2 let oscillations that nothing damps grow, and {name} may sustain some"
    linear = simulation.system.assembly.linear
    simulation.statistics.notes.append(
        note + ("; the order stays 2" if linear else "; method=trap keeps them")
    )
    return method.limited(2) if linear else method


def _lattice(simulation: Simulation, exact: Accuracy, test: Convergence) -> Lattice | None:
    """What solves a circuit cell by cell, if it consists of cells."""
    wanted, statistics = simulation.options.linear_solver, simulation.statistics
    small = simulation.system.n < LARGE or simulation.solver.name == "lines"
    if wanted != "cells" and (wanted != "auto" or small):
        return None
    from circuitnn.system.lattice import lattice  # rarely needed

    structure = lattice(simulation.system, exact)
    if not isinstance(structure, str):
        statistics.linear_solver = f"cells, {statistics.linear_solver}"
        return Lattice(test, structure, simulation.system.team)
    if wanted == "cells":
        raise AnalysisError(f"linear_solver = cells: the circuit does not consist of cells: {structure}")
    statistics.declined["cells"] = structure
    return None


def started(
    circuit: FlatCircuit,
    options: Options,
    times: Times,
    uic: bool,
    fixed_step: bool,
    state: State | None = None,
    rising: float = 0.0,
) -> tuple[Simulation, Transient, np.ndarray]:
    """Prepare a transient: its simulation at the start, the time loop from there, and the unknowns to record.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    times : (float, float, float, float)
        tstep, tstop, tstart, tmax. [s]
    uic : bool
        Start from initial conditions, without an operating point.
    fixed_step : bool
        Take steps of tmax, without LTE control.
    state : State, optional
        Continue from this state instead.
    rising : float
        Until when the sources rise from 0; 0: they do not. [s]
    """
    tstep, tstop, _, tmax = times
    begin = state.time if isinstance(state, State) else 0.0
    fastest = 1.0 / (SHORT * _span(times, begin).first) if tstop > begin else 0.0
    evaluations = ITERATIONS * tstop / tmax
    simulation = Simulation(circuit, options, evaluations, transient=True, fastest=fastest)
    simulation.system.assembly.set_sources(simulation.system.sources(tstep, tstop, rising))
    if state is not None:
        return _continued(simulation, state, times, fixed_step)
    start = starting_point(simulation, uic)
    # If something was held, the rates of the charges at t = 0 are not those of a static solution.
    held = (
        circuit.initial
        or circuit.initial_states
        or circuit.initial_currents
        or circuit.held
        or any(p.state.hold for p in simulation.system.unknowns.states)
    )
    static = not uic and not held
    simulation.release(start.lacking)
    let_fluctuate(simulation, tstop)
    span = _span(times, 0.0)
    prepare_lines(simulation, span, None if uic else simulation.x, static)
    ready = _ready(simulation, Initial(0.0, simulation.x, start.q, static), span, fixed_step)
    if uic:
        _follow_charges(simulation, ready[1])
        conflicting_conditions.note(simulation, ready[1].unknowns())
    return ready


def _follow_charges(simulation: Simulation, transient: Transient) -> None:
    """Replace the unknowns at the start by those that follow from the charges."""
    status = transient.begin()
    simulation.newton.answer()
    if status != 0:
        raise simulation.failure(status, "tran", f" at t = {transient.t:g}", transient.unknowns())


def first_state(circuit: FlatCircuit, options: Options, uic: bool) -> State:
    """The state at t = 0, from an operating point or initial conditions."""
    simulation, transient, _ = started(circuit, options, (AT_ONCE, AT_ONCE, 0.0, AT_ONCE), uic, False)
    return taken(simulation, 0.0, transient.unknowns())


def _continued(
    simulation: Simulation, state: State, times: Times, fixed_step: bool
) -> tuple[Simulation, Transient, np.ndarray]:
    """As `started`, from a state."""
    if not isinstance(state, State):
        raise AnalysisError(
            f"tran: start = {state!r}: must be a state, `final_state` of a result or from `Circuit.state`"
        )
    tstop = times[1]
    if not 0.0 <= state.time < tstop:
        raise AnalysisError(
            f"tran: the state is of t = {state.time:g} s: must lie between 0 and tstop = {tstop:g} s"
        )
    if simulation.system.lines.dispersive:
        raise AnalysisError(
            "tran: what travels on transmission lines or in delays is not in a state: start at 0 instead"
        )
    if simulation.mixed is not None:
        raise AnalysisError("tran: what logic is about to do is not in a state: start at 0 instead")
    put(simulation, state)
    simulation.release()
    let_fluctuate(simulation, tstop)
    q = np.append(simulation.system.assembly.evaluate(simulation.x, state.time, anchor=True)[1], 0.0)
    kept = keep_charges(simulation, state, q)
    initial = Initial(state.time, simulation.x, q, False)
    ready = _ready(simulation, initial, _span(times, state.time), fixed_step)
    if kept:
        _follow_charges(simulation, ready[1])
    return ready


def _span(times: Times, begin: float) -> Span:
    tstep, tstop, tstart, tmax = times
    return Span(tstart, tstop, tmax, min(tstep, (tstop - begin) / 100.0, 10.0 * tmax) / 10.0)


def _ready(
    simulation: Simulation, initial: Initial, span: Span, fixed_step: bool
) -> tuple[Simulation, Transient, np.ndarray]:
    """Add the time loop, with the method of the options, and the unknowns to record."""
    saved, method = recorded(simulation), find(simulation.options.integration)
    controller = FIXED if fixed_step else USUAL
    transient = time_loop(simulation, simulation.conditions, initial, span, method, controller, saved)
    return simulation, transient, saved


def prepare_lines(simulation: Simulation, span: Span, x: np.ndarray | None, static: bool = False) -> None:
    """Start the waves on the lines.

    Parameters
    ----------
    simulation : Simulation
    span : Span
    x : ndarray, shape (n + 1,), or None
        Solution that determines them; if None, the lines' initial conditions do.
    static : bool
        Whether the start is a static solution.
    """
    system, options, tables = simulation.system, simulation.options, simulation.circuit.elements
    system.release_lines(span.stop)
    waves = None if static else initial_waves(tables, system.unknowns, x, system.delayed)
    rest = resting(tables, system.unknowns, x)
    least = smallest(tables, system.delayed, options.vntol)
    system.assembly.delays.prepare(waves, rest, least, (options.reltol, span.largest))
