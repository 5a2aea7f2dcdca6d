"""Cycles along a source, parameter or temperature: where they fold, double their period, or begin to drift."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.continuation.parameter import ContinuationParameter, SourceKnob, make_knob, target_of
from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import flag_of, name_of
from circuitnn.operating_point.simulation import Simulation
from circuitnn.periodic.cycle_family import Follower
from circuitnn.periodic.doubling import doubled
from circuitnn.periodic.family import Cycle, Family
from circuitnn.periodic.family import Special as FamilySpecial
from circuitnn.periodic.first_cycle import begin, hopf_points
from circuitnn.periodic.floquet import trivial
from circuitnn.periodic.steady_state import Asked, check_period, search
from circuitnn.recording.recorder import make_table
from circuitnn.records import replace
from circuitnn.registry.analyses import STEPPING, Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.results.special_points import Special
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("cycles", "Cycles", axis=True)
NAN = float("nan")
BRANCHES = 8  # followed if a card has the word ``branches``
LOOKS, VALUES = 17, 3  # moments and values at which sources are compared


def cycles(
    circuit: Circuit,
    name: str,
    start: Value,
    stop: Value,
    tstab: Value | None = None,
    frequency: Value | None = None,
    points: int = 200,
    tolerance: float = 1e-5,
    uic: bool = False,
    hopf: Special | int = 0,
    branches: int = 0,
    **options: Unpack[OptionKeywords],
) -> Result[NDArray[np.float64]]:
    """Follow a periodic orbit along a number of the circuit, around folds, and find its bifurcations.

    Parameters
    ----------
    name : str
        Independent source, element, parameter of the deck, or ``temp``.
    start, stop : float or str
        Range over which the orbit is followed.
    tstab : float or str, optional
        Length of the transient before the first orbit, at `start`. [s]
    frequency : float or str, optional
        Frequency of the sources, see `pss`; it stays fixed. [Hz]
    points : int
        Maximum number of cycles.
    tolerance : float
        Tolerance of the first orbit; the steps of the others are chosen accordingly.
    uic : bool
        Start from ``ic=`` and ``.ic`` without an operating point.
    hopf : Special or int
        Instead of `tstab`: the Hopf point at which the cycles begin. One of the `special` points of an `arc`, or its
        number, from 1 on, along the operating points from `start` to `stop`.
    branches : int
        Number of families to follow as well that begin where this one, or another of them, doubles its period.
    **options
        Options, such as ``temp=100``.

    Returns
    -------
    Result
        One row per cycle: the quantity, ``frequency`` [Hz], ``stable``, ``multiplier`` (largest magnitude, without that
        of the phase), and ``max(v(a))``, ``min(v(a))`` of all voltages, and with `branches` the number of the
        ``branch``. `measures` has the values at ``fold1`` …, ``period_doubling1`` …, ``neimark_sacker1`` …, ``hopf1``.

    Raises
    ------
    ConvergenceError
    AnalysisError
        Nothing has that name, or there is no orbit at `start`, or no such Hopf point.

    Notes
    -----
    Pseudo-arclength continuation of the discrete flow's cycles with exact monodromy matrices; special cycles are
    located to 1e-8 of the range. The curve ends at an end of the range, also if it comes back to `start` around a fold,
    at a Hopf point, where the cycle shrinks to an operating point, and where the order of events changes. See
    ``docs/oscillators.md``. From a Hopf point on the first cycle is predicted by its normal form: the square of its
    amplitude grows with the distance from the point.
    """
    return circuit.analysed(
        "cycles",
        options,
        name=name_of(name, "name"),
        start=number_of(start, "start"),
        stop=number_of(stop, "stop"),
        tstab=NAN if tstab is None else number_of(tstab, "tstab"),
        frequency=NAN if frequency is None else number_of(frequency, "frequency"),
        points=whole_of(points, "points"),
        tolerance=number_of(tolerance, "tolerance"),
        uic=flag_of(uic, "uic"),
        hopf=hopf if isinstance(hopf, Special) else whole_of(hopf, "hopf"),
        branches=whole_of(branches, "branches"),
    )[0]


def read(card: DotCard) -> dict[str, object]:
    """``.cycles v1 1 3 1m``, ``.cycles a 1 2 1m 100k uic``, ``.cycles v1 1 3 hopf``, ``.cycles v1 1 3 hopf 2``."""
    given = [word for word in card.words if word != "branches"]
    if "hopf" in given[3:4]:
        words, count = given[:3], given[4:]
        if len(count) > 1:
            raise card.error("'.cycles' with hopf takes a name, start, stop, hopf, and perhaps a number")
        hopf, tstab, frequency = card.whole(count[0]) if count else 1, NAN, NAN
        start, stop = (card.number(word) for word in words[1:])
    else:
        words, hopf = [word for word in given if word != "uic"], 0
        if not 4 <= len(words) <= 5:
            raise card.error(
                "'.cycles' takes a name, start, stop, tstab or hopf, and perhaps a frequency, uic"
            )
        start, stop, tstab, frequency = [*(card.number(word) for word in words[1:]), NAN][:4]
    if start == stop or not (tstab > 0.0 or hopf > 0):
        raise card.error("'.cycles': start and stop must differ, and tstab or the number of hopf be positive")
    return {
        "name": card.target(words[0]),
        "start": start,
        "stop": stop,
        "tstab": tstab,
        "frequency": frequency,
        "uic": "uic" in card.words,
        "hopf": hopf,
        "branches": BRANCHES if "branches" in card.words else 0,
    }


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no such analysis."""
    text = "* .cycles {name} {start!r} {stop!r}".format_map(arguments)
    hopf = arguments.get("hopf", 0)
    more = " branches" * bool(arguments.get("branches"))
    if hopf:
        return f"{text} hopf" + (f" at {hopf.value!r}" if isinstance(hopf, Special) else f" {hopf}") + more
    frequency = arguments["frequency"]
    text += f" {arguments['tstab']!r}" + ("" if isnan(frequency) else f" {frequency!r}")
    return text + " uic" * arguments["uic"] + more


def run(
    task: Task,
    name: str,
    start: float,
    stop: float,
    tstab: float,
    frequency: float = NAN,
    points: int = 200,
    tolerance: float = 1e-5,
    uic: bool = False,
    hopf: Special | int = 0,
    branches: int = 0,
) -> list[Result]:
    """Find the first orbit and follow it."""
    given = isinstance(hopf, Special) or hopf > 0
    if start == stop or given == (tstab > 0.0) or points < 2:
        raise AnalysisError(
            "cycles: start and stop must differ, points be at least 2, and either tstab or the number of hopf positive"
        )
    target = target_of(task.circuit, name, "cycles")

    def make(simulation: Simulation) -> ContinuationParameter:
        return make_knob(simulation, target, abs(stop - start), settled=True, rebuild=task.rebuild)

    if given:
        point = _hopf_point(task, make, target, start, stop, hopf)
        follower = begin(_at(task, target, point.value), point, make, start, stop, tolerance)
    else:
        asked = Asked(frequency, tstab, "", tolerance, "sdirk4", uic)
        steady = search(_at(task, target, start), asked)
        follower = Follower(steady.shooting, make(steady.simulation), start, stop, steady.orbit)
    _refuse(follower)
    family = follower.follow(points)
    if given:
        family.special.insert(
            0, FamilySpecial("hopf", point.value, frequency=point.frequency, onset=point.onset)
        )
    return [_result(follower, _with_doubled(follower, family, points, branches), bool(branches))]


def _with_doubled(follower: Follower, family: Family, points: int, branches: int) -> list[Family]:
    """A family, and those of twice the period that begin along it and along each other; notes say why they end."""
    families, waiting = [family], list(follower.doublings)
    notes = [f"cycles: {family.why}"]
    while waiting and len(families) <= branches:
        at = waiting.pop(0)
        branch = doubled(follower, at)
        if branch is None:
            notes.append(
                f"cycles: no cycle of twice the period is found at {follower.knob.name} = {at.value:.9g}"
            )
            continue
        families.append(branch.follow(points))
        notes.append(f"cycles: branch {len(families) - 1}, from {at.value:.9g}: {families[-1].why}")
        waiting += branch.doublings
    follower.knob.simulation.statistics.notes += notes
    return families


def _result(follower: Follower, families: list[Family], numbered: bool) -> Result:
    """Rows of all families, one after the other."""
    knob = follower.knob
    simulation = knob.simulation
    rows = [cycle for family in families for cycle in family.cycles]
    columns = _columns(rows, tuple(simulation.system.unknowns.names[: simulation.nodes]), follower.autonomous)
    if numbered:
        columns["branch"] = np.array([float(k) for k, family in enumerate(families) for _ in family.cycles])
    axis, quantity = knob.axis
    result = make_table(simulation, PLOT, columns, _kind, (axis, np.array([cycle.value for cycle in rows])))
    result = replace(result, types=(quantity, *result.types[1:]))
    counts: dict[str, int] = {}
    for special in (special for family in families for special in family.special):
        kind = special.kind.replace(" ", "_").replace("-", "_")
        counts[kind] = counts.get(kind, 0) + 1
        result.measures[f"{kind}{counts[kind]}"] = special.value
        if not special.remark:
            simulation.statistics.notes.append(f"cycles: {special.kind} at {knob.name} = {special.value:.9g}")
    return replace(result, special=tuple(_special(families, knob.name)))


def _hopf_point(
    task: Task,
    make: Callable[[Simulation], ContinuationParameter],
    target: str,
    start: float,
    stop: float,
    hopf: Special | int,
) -> Special:
    """The Hopf point that is given, or that of a number along the operating points."""
    name = target.removeprefix("param:")
    if isinstance(hopf, Special):
        if hopf.kind != "hopf" or hopf.name != name:
            raise AnalysisError(
                f"cycles: hopf: a {hopf.kind} point along {hopf.name} is no Hopf point along {name}"
            )
        return hopf
    knob = make(Simulation(task.circuit, task.options))
    points = hopf_points(knob, start, stop, task.circuit.nodesets)
    if hopf > len(points):
        raise AnalysisError(
            f"cycles: {len(points) or 'no'} Hopf points lie on the curve of operating points from {knob.name} = "
            f"{start:g} to {stop:g}" + (f", not {hopf}" if points else "")
        )
    return points[hopf - 1]


def _special(families: list[Family], name: str) -> Iterator[Special]:
    """Special cycles, each with the row of the cycle of its family next to it."""
    first = 0
    for family in families:
        values = np.array([cycle.value for cycle in family.cycles])
        for special in family.special:
            row = first + int(np.argmin(np.abs(values - special.value)))
            yield Special(
                special.kind, name, special.value, frequency=special.frequency, row=row, onset=special.onset
            )
        first += len(values)


def _refuse(follower: Follower) -> None:
    """Refuse to follow what has no effect on a cycle, or changes the period of the sources."""
    knob, orbit = follower.knob, follower.first
    moments = orbit.t + orbit.period * np.linspace(0.0, 1.0, LOOKS)
    seen = []
    for value in np.linspace(follower.start, follower.stop, VALUES).tolist():
        follower.flow(value)
        sources = knob.simulation.system.assembly.sources
        seen.append(np.array([sources.values(float(t)) for t in moments]))
        if follower.autonomous:
            continue
        try:
            check_period(knob.simulation, orbit.t, orbit.period)
        except AnalysisError as error:
            raise AnalysisError(
                f"cycles: at {knob.name} = {value:g} the sources do not repeat with {1.0 / orbit.period:g} Hz: "
                "their frequency cannot be followed"
            ) from error
    follower.flow(follower.value)
    if isinstance(knob, SourceKnob) and all(np.array_equal(seen[0], one) for one in seen[1:]):
        raise AnalysisError(
            f"cycles: {knob.name} follows its waveform, and its dc value has no effect: follow a parameter that the "
            "waveform depends on"
        )


def _at(task: Task, target: str, value: float) -> Task:
    """The task with another value of the followed quantity."""
    if target == "temp":
        return replace(task, options=replace(task.options, temp=value))
    if target.startswith("param:"):
        if task.rebuild is None:
            raise AnalysisError("cycles: a parameter can only be followed in a circuit with a deck")
        return replace(task, circuit=task.rebuild({target.removeprefix("param:"): value}))
    from circuitnn.netlist.alter import altered

    return replace(task, circuit=altered(task.circuit, {(target, ""): value}))


def _columns(rows: list[Cycle], nodes: tuple[str, ...], own: bool) -> dict[str, np.ndarray]:
    columns = {
        "frequency": np.array([1.0 / cycle.orbit.period for cycle in rows]),
        "stable": np.array([float(cycle.stable) for cycle in rows]),
        "multiplier": np.array([_largest(cycle, own) for cycle in rows]),
    }
    for k, node in enumerate(nodes):
        columns[f"max({node})"] = np.array([cycle.orbit.way.x[:, k].max() for cycle in rows])
        columns[f"min({node})"] = np.array([cycle.orbit.way.x[:, k].min() for cycle in rows])
    return columns


def _largest(cycle: Cycle, own: bool) -> float:
    values = np.delete(cycle.multipliers, trivial(cycle.multipliers)) if own else cycle.multipliers
    return float(np.abs(values).max()) if len(values) else 0.0


def _kind(name: str) -> str:
    return "frequency" if name == "frequency" else "voltage" if "(v(" in name else "notype"


ANALYSIS = Analysis(
    "cycles",
    form="name start stop tstab|hopf [frequency|number] [uic] [branches]",
    verb=cycles,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    options=STEPPING,
    smooth=True,
)
