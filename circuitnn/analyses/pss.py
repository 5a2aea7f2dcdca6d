"""Periodic steady state: the orbit that a circuit settles to, by shooting."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.machine import budget
from circuitnn.machine.user_input import flag_of, name_of, word_of
from circuitnn.operating_point.modes import MOST, modes
from circuitnn.periodic.cycle import remember
from circuitnn.periodic.floquet import judged, missed, multipliers
from circuitnn.periodic.formulas import FORMULAS
from circuitnn.periodic.refine import MULTIPLIERS
from circuitnn.periodic.sampling import PER_HARMONIC, harmonics, sampled
from circuitnn.periodic.steady_state import Asked, SteadyOrbit, search
from circuitnn.periodic.unstable_orbit import leaving
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.records import fields, replace
from circuitnn.registry.analyses import STEPPING, Analysis, Arguments, Plot, Task
from circuitnn.results.periodic import PeriodicResult
from circuitnn.results.result import Result
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OtherKeywords

TIME = Plot("pss", "Time Domain Periodic Steady State Analysis", axis=True)
FREQUENCY = Plot("pss_spectrum", "Frequency Domain Periodic Steady State Analysis", axis=True)
PERIODS = 20.0  # length of the settling transient if only a frequency is given
TOLERANCE = 1e-6
METHODS = ("shooting", "hb")
NAN = float("nan")


def pss(
    circuit: Circuit,
    frequency: Value | None = None,
    tstab: Value | None = None,
    node: str = "",
    points: int = 0,
    harms: int = 10,
    tolerance: float = TOLERANCE,
    formula: str = "sdirk4",
    method: str = "shooting",
    uic: bool = False,
    **options: Unpack[OtherKeywords],
) -> PeriodicResult:
    """Periodic steady state: the orbit of an oscillator or of a periodically driven circuit.

    Parameters
    ----------
    frequency : float or str, optional
        Frequency of the sources; for an oscillator an estimate, from which the exact one is found. [Hz]
    tstab : float or str, optional
        Length of the transient before, in which the circuit approaches its orbit; default 20 periods. [s]
    node : str
        Node whose rise through the middle of its range begins the period of an oscillator; default: the one with the
        largest swing.
    points : int
        Number of equally spaced points in the result; 0: the solver's own, with both sides of every event.
    harms : int
        Number of harmonics in the spectrum.
    tolerance : float
        Relative tolerance of the period, and of the waveforms in units of their ranges. Multipliers are known to it, or
        to 1e-4, and better where stability depends on it.
    formula : str
        ``sdirk4``, of fourth order, or ``sdirk2``, of second order.
    method : {"shooting", "hb"}
        Shooting, or harmonic balance, an independent method without time steps, which is not for switches and
        sharp edges. (The transient before uses the method in the deck's options.)
    uic : bool
        Start from ``ic=`` and ``.ic`` without an operating point.
    **options
        Options, such as ``temp=100``.

    Returns
    -------
    PeriodicResult
        One period, with frequency, errors, Floquet multipliers and spectrum. An orbit that is not stable is no steady
        state: a warning says so, and where the circuit goes instead.

    Raises
    ------
    AnalysisError
        Nothing oscillates, a frequency or a transient is missing, or the circuit has no periodic orbit.
    ConvergenceError

    Notes
    -----
    Shooting solves x(T) = x(0) by Newton's method with the exact derivative of the discrete flow, through events and
    with their jumps. Steps are halved until the errors, estimated from two halvings, are below `tolerance`; the period
    is extrapolated. See ``docs/oscillators.md``.

    References
    ----------
    T. J. Aprille, T. N. Trick, "Steady-state analysis of nonlinear circuits with periodic inputs", Proc. IEEE 60, 108
    (1972), doi:10.1109/PROC.1972.8563.
    """
    given = NAN if frequency is None else number_of(frequency, "frequency")
    settling = NAN if tstab is None else number_of(tstab, "tstab")
    if math.isnan(settling):
        if not given > 0.0:
            raise AnalysisError(
                "pss: give a frequency above 0, or a tstab in which the circuit settles and shows it"
            )
        settling = PERIODS / given
    results = circuit.analysed(
        "pss",
        options,
        frequency=given,
        tstab=settling,
        node=name_of(node, "node"),
        points=whole_of(points, "points"),
        harms=whole_of(harms, "harms"),
        tolerance=number_of(tolerance, "tolerance"),
        formula=word_of(formula, "formula", tuple(FORMULAS)),
        method=word_of(method, "method", METHODS),
        uic=flag_of(uic, "uic"),
    )
    periodic = results[0]
    assert isinstance(periodic, PeriodicResult)
    return replace(periodic, spectrum=results[1])


def read(card: DotCard) -> dict[str, object]:
    """``.pss gfreq tstab oscnode psspoints harms [sciter [steadycoeff]] [uic]``, as in ngspice.

    A `steadycoeff` below 1e-6 is the tolerance.
    """
    words = [word for word in card.words if word != "uic"]
    if not 2 <= len(words) <= 7:
        raise card.error(
            "'.pss' takes gfreq, tstab, and perhaps oscnode, psspoints, harms, sciter, steadycoeff, uic"
        )
    frequency, tstab = (card.number(word) for word in words[:2])
    for name, value in (("gfreq", frequency), ("tstab", tstab)):
        if not value > 0.0:
            raise card.error(f"'.pss': {name} = {value:g}: must be positive")
    counts = [card.whole(word) for word in words[3:5]]
    points, harms = [*counts, *(0, 10)[len(counts) :]]
    if len(words) > 5:
        card.whole(words[5])
        card.idle(f"sciter = {words[5]} of '.pss' has no effect: shooting ends when the tolerance is met")
    return {
        "frequency": frequency,
        "tstab": tstab,
        "node": words[2] if len(words) > 2 else "",
        "points": points,
        "harms": harms,
        "tolerance": _tolerance(card, words[6]) if len(words) > 6 else TOLERANCE,
        "uic": "uic" in card.words,
    }


def _tolerance(card: DotCard, word: str) -> float:
    """Tolerance from `steadycoeff`, which may be much larger in ngspice."""
    value = card.number(word)
    if not value > 0.0:
        raise card.error(f"'.pss': steadycoeff = {value:g}: must be positive", word)
    if value > TOLERANCE:
        card.idle(
            f"steadycoeff = {word} of '.pss' counts as {TOLERANCE:g}, the tolerance that is kept without it"
        )
    return min(value, TOLERANCE)


def write(arguments: Arguments) -> str:
    """A comment: ngspice's own `.pss`, where built in, needs a better guess than most decks have."""
    node = arguments["node"] or "0"
    numbers = "{frequency!r} {tstab!r}".format_map(arguments)
    uic = " uic" if arguments["uic"] else ""
    return f"* .pss {numbers} {node} {arguments['points'] or 1024} {arguments['harms']}{uic}"


def run(
    task: Task,
    frequency: float,
    tstab: float,
    node: str = "",
    points: int = 0,
    harms: int = 10,
    tolerance: float = TOLERANCE,
    formula: str = "sdirk4",
    method: str = "shooting",
    uic: bool = False,
) -> list[Result]:
    """Settle, shoot, refine."""
    if points < 0 or harms < 1:
        raise AnalysisError(f"pss: points = {points}, harms = {harms}: must be 0 and 1 at least")
    budget.ask_points(max(points, harms), "pss")
    asked = Asked(frequency, tstab, node, tolerance, formula, uic, method == "hb")
    orbit = remember(search(task, asked), asked)
    budget.ask_memory(16.0 * max(points, PER_HARMONIC * harms) * orbit.simulation.system.n, "pss")
    return [_waveforms(orbit, points, tolerance), _spectrum(orbit, harms)]


def _waveforms(found: SteadyOrbit, points: int, tolerance: float) -> PeriodicResult:
    orbit, simulation = found.orbit, found.simulation
    simulation.statistics.notes += found.notes
    saved = recorded(simulation)
    balanced = found.balanced
    if points or balanced is not None:
        parts = np.arange((points or orbit.steps) + 1) / (points or orbit.steps)
        x = sampled(found.flow, orbit, parts[:-1]) if balanced is None else balanced.at(parts[:-1])
        t, x = parts * orbit.period, np.vstack([x, x[:1]])
    else:
        t, x = orbit.way.t - orbit.t, orbit.way.x
    plain = make_result(simulation, TIME, np.column_stack([t, x[:, saved]]), saved, ("time", "time"))
    values = multipliers(orbit.monodromy, orbit.sizes(found.shooting.size))
    stable, words = judged(values, found.autonomous)
    refined = found.refined
    simulation.statistics.notes += _doubts(found, tolerance)
    if not stable:
        warnings.warn(f"pss: the orbit is {words}; {leaving(found, values[0])}", DeckWarning, stacklevel=2)
    return PeriodicResult(
        **fields_of(plain),
        cycle=found.period,
        frequency=1.0 / found.period,
        period_error=refined.period_error,
        error=refined.error,
        order=refined.order,
        steps=orbit.steps if balanced is None else len(balanced.X) - 1,
        multipliers=values,
        multiplier_error=refined.multiplier_error,
        stable=stable,
        words=words,
        orbit=found,
    )


def _doubts(found: SteadyOrbit, tolerance: float) -> list[str]:
    """Notes about multipliers of modes that are too fast for the steps."""
    orbit, off, simulation = found.orbit, found.refined.multiplier_change, found.simulation
    turns = math.inf
    if simulation.system.n <= MOST:
        turns = missed(
            modes(simulation, np.append(orbit.x, 0.0), settled=True).values, orbit.period, orbit.steps
        )
    if turns < math.inf:
        return [
            f"pss: multipliers of modes that turn at {turns:.3g} Hz and more are too small: {orbit.steps} steps a "
            "period do not follow them"
        ]
    if off > max(MULTIPLIERS, tolerance):
        return [
            f"pss: multipliers may be {off:.1g} off: some modes are too fast for {orbit.steps} steps a period"
        ]
    return []


def fields_of(result: Result) -> dict[str, Any]:
    """Fields of a plain result."""
    return {f.name: getattr(result, f.name) for f in fields(result)}


def _spectrum(found: SteadyOrbit, harms: int) -> Result:
    saved = recorded(found.simulation)
    if found.balanced is None:
        phasors = harmonics(found.flow, found.orbit, harms)
    else:
        phasors = np.zeros((harms + 1, found.flow.n), dtype=complex)
        X = found.balanced.X[: harms + 1]
        phasors[: len(X)] = X * np.where(np.arange(len(X)) > 0, 2.0, 1.0)[:, None]
    at = np.arange(harms + 1) / found.period
    data = np.column_stack([at.astype(complex), phasors[:, saved]])
    return make_result(found.simulation, FREQUENCY, data, saved, ("frequency", "frequency"))


ANALYSIS = Analysis(
    "pss",
    form="gfreq tstab [oscnode [psspoints [harms [sciter [steadycoeff]]]]] [uic]",
    verb=pss,
    read=read,
    write=write,
    run=run,
    plots=(TIME, FREQUENCY),
    measured="Periodic Steady State Analysis",
    options=STEPPING,
    smooth=True,
)
