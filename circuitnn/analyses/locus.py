"""Curves of folds or Hopf points in the plane of two quantities: where a circuit switches, or begins to oscillate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.continuation.bordered import Extended, Hopf
from circuitnn.continuation.codimension_two import along
from circuitnn.continuation.curve import Curve
from circuitnn.continuation.parameter import ContinuationParameter, joined, make_knob, target_of, turn
from circuitnn.continuation.tracing import Tracer
from circuitnn.errors import AnalysisError, BudgetError, ConvergenceError
from circuitnn.machine import budget
from circuitnn.machine.user_input import flag_of, word_of
from circuitnn.operating_point.modes import MOST
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.records import replace
from circuitnn.registry.analyses import Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.results.special_points import PLURALS, Special
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("locus", "Locus of Special Points", axis=True)
KINDS = ("fold", "hopf")
TAKEN = ("frequency", "curve")  # columns after the unknowns; a parameter of such a name is param:curve
MOST_POINTS = 100_000
SMALLEST = 1e-4  # step, relative to the wanted one
# Cosine of the largest angle by which the curve may turn in a step.
STRAIGHT = 0.9


def locus(
    circuit: Circuit,
    kind: str,
    first: str,
    start: Value,
    stop: Value,
    second: str,
    low: Value,
    high: Value,
    points: int = 50,
    settled: bool = False,
    **options: Unpack[OptionKeywords],
) -> Result[NDArray[np.float64]]:
    """Follow folds or Hopf points in the plane of two quantities: where a circuit switches, or begins to oscillate.

    Parameters
    ----------
    kind : {"fold", "hopf"}
    first : str
        Quantity that an arc follows from `start` to `stop`, with `second` at `low`, to find the special points: a
        source, an element's value, a parameter of the deck, ``temp``.
    start, stop : float or str
        [V], [A], or the unit of `first`
    second : str
        The other quantity.
    low, high : float or str
        Range in which the curves are followed. [unit of `second`]
    points : int
        Between neighbouring points no unknown changes by more than its largest value divided by `points`.
    settled : bool
        Whether states that operating points hold at their initial values settle by their rates instead.
    **options
        Options, such as ``reltol=1e-6``.

    Returns
    -------
    Result
        One row per point of a curve: the quantities under their names (``i1`` [A], ``temp`` [°C], ``mu``), the
        unknowns, ``frequency`` [Hz] (0 on a fold), the number of the ``curve``. `special` has the points of codimension
        two, which are rows too: cusps, Bogdanov-Takens, zero-Hopf, Bautin and double Hopf points.

    Raises
    ------
    ConvergenceError
        If no special point of that kind is found.
    AnalysisError
        If a name is unknown, or the circuit has too many unknowns.

    Notes
    -----
    Solves f = 0, G·v = 0, l·v = 1 for folds, and f = 0, (G + jω·C)·v = 0, l·v = 1 for Hopf points, with x, v, ω and
    both quantities unknown, by predictor and corrector. A cusp, where two folds meet, is a point like any other; a
    curve of Hopf points ends where its frequency becomes 0, on a curve of folds, in a Bogdanov-Takens point. Points of
    codimension two are located where their test functions change sign, see ``docs/numerics/curves.md``.

    References
    ----------
    W. J. F. Govaerts, "Numerical Methods for Bifurcations of Dynamical Equilibria", SIAM (2000),
    doi:10.1137/1.9780898719543.
    Y. A. Kuznetsov, "Elements of Applied Bifurcation Theory", 3rd ed. (2004), chapter 8,
    doi:10.1007/978-1-4757-3978-1.
    """
    return circuit.analysed(
        "locus",
        options,
        kind=word_of(kind, "kind", KINDS),
        first=target_of(circuit.flat, first, "locus"),
        start=number_of(start, "start"),
        stop=number_of(stop, "stop"),
        second=target_of(circuit.flat, second, "locus"),
        low=number_of(low, "low"),
        high=number_of(high, "high"),
        points=whole_of(points, "points"),
        settled=flag_of(settled, "settled"),
    )[0]


def read(card: DotCard) -> dict[str, object]:
    """``.locus fold v1 0 5 temp 0 100``, ``.locus hopf i1 0 1m r1 1k 10k 100 settled``."""
    given = [word for word in card.words if word != "settled"]
    if not 7 <= len(given) <= 8 or given[0] not in KINDS:
        raise card.error(
            "'.locus' takes fold or hopf, two quantities with two values each, and perhaps points"
        )
    first, second = card.target(given[1]), card.target(given[4])
    numbers = [card.number(text) for text in (*given[2:4], *given[5:7])]
    points = card.whole(given[7]) if len(given) == 8 else 50
    keys = ("start", "stop", "low", "high")
    more = {"points": points, "settled": "settled" in card.words}
    return {
        "kind": given[0],
        "first": first,
        "second": second,
        **dict(zip(keys, numbers, strict=True)),
        **more,
    }


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no continuation."""
    text = "* .locus {kind} {first} {start!r} {stop!r} {second} {low!r} {high!r} {points}".format_map(
        arguments
    )
    return text + " settled" * bool(arguments["settled"])


def run(
    task: Task,
    kind: str,
    first: str,
    start: float,
    stop: float,
    second: str,
    low: float,
    high: float,
    points: int = 50,
    settled: bool = False,
) -> list[Result]:
    """Find the special points along the first quantity, and follow each in both directions."""
    if start == stop or low == high or not 2 <= points <= MOST_POINTS or first == second:
        raise AnalysisError(
            f"locus: two quantities with two different values each, and 2 to {MOST_POINTS} points, are needed"
        )
    simulation = Simulation(task.circuit, task.options)
    if simulation.system.n > MOST:
        raise AnalysisError(f"locus: {simulation.system.n} unknowns; at most {MOST} are possible")
    knobs = [
        make_knob(simulation, first, abs(stop - start), settled, task.rebuild),
        make_knob(simulation, second, abs(high - low), settled, task.rebuild),
    ]
    joined(knobs)
    turn(knobs, (start, low)).operating_point(task.options.itl1, task.circuit.nodesets)
    tracer = Tracer(Curve(knobs[0]), start, stop, 1.0 / points, _ask)
    tracer.run(np.append(knobs[0].simulation.x[:-1], start), 0)
    seeds = [s for s in tracer.systems if s[0].kind == kind]
    if not seeds:
        raise ConvergenceError(f"locus: no {kind} is found for {knobs[0].name} from {start:g} to {stop:g}")
    box = np.array([sorted((start, stop)), sorted((low, high))])
    curves = _followed(knobs, seeds, box, low, 1.0 / points)
    whole = [(system, list(along(system, curve, box, 1.0 / points))) for system, curve in curves]
    result = _result(knobs, [(system, [point for point, _ in curve]) for system, curve in whole])
    special = tuple(_special(knobs, whole))
    for kind, plural in PLURALS.items():
        if shown := [f"({s.value:.9g}, {s.others[knobs[1].name]:.9g})" for s in special if s.kind == kind]:
            result.statistics.notes.append(
                f"locus: {plural} at ({knobs[0].name}, {knobs[1].name}) = {', '.join(shown)}"
            )
    return [replace(result, special=special)]


def _special(
    knobs: list[ContinuationParameter], curves: list[tuple[Extended, list[tuple[np.ndarray, str]]]]
) -> Iterator[Special]:
    """The points of codimension two."""
    names = knobs[0].simulation.system.unknowns.names
    points = ((system, point, kind) for system, curve in curves for point, kind in curve)
    for row, (system, point, kind) in enumerate(points):
        if not kind:
            continue
        state = dict(zip(names, point[: system.nx].tolist(), strict=True))
        omega = abs(float(point[-3])) * system.rate if isinstance(system, Hopf) else 0.0
        first, second = point[-2:].tolist()
        others = {knobs[1].name: second}
        frequency = omega / (2.0 * np.pi)
        yield Special(kind, knobs[0].name, first, state, 1j * omega, frequency, row, others=others)


def _ask(count: int) -> None:
    budget.ask_time("locus")
    if count >= MOST_POINTS:
        raise BudgetError(f"locus: more than {MOST_POINTS} points")


def _followed(
    knobs: list[ContinuationParameter],
    seeds: list[tuple[Extended, np.ndarray]],
    box: np.ndarray,
    low: float,
    wanted: float,
) -> list[tuple[Extended, list[np.ndarray]]]:
    """Curves through the points found first; a curve through several of them is followed once."""
    curves: list[tuple[Extended, list[np.ndarray]]] = []
    for start, point in seeds:
        system, whole = start.with_knobs(knobs), np.append(point, low)
        near = [
            np.max(np.abs(p[: system.nx] - whole[: system.nx]) / system.x_scale) for _, c in curves for p in c
        ]
        if near and min(near) < wanted:
            continue
        ways = [_way(system, whole, sign, box, wanted) for sign in (-1.0, 1.0)]
        curves.append((system, [*reversed(ways[0]), whole, *ways[1]]))
    return curves


def _way(
    system: Extended, point: np.ndarray, sign: float, box: np.ndarray, wanted: float
) -> list[np.ndarray]:
    """Points from a given one until the curve leaves the box, closes, or is lost."""
    before = np.zeros(len(point))
    before[-1] = sign
    points: list[np.ndarray] = []
    first, step = point, 1.0
    along = system.tangent(point, before)
    while len(points) < MOST_POINTS:
        _ask(len(points))
        scale = system.scales(point)
        seen = np.concatenate([np.arange(system.nx), [len(point) - 2, len(point) - 1]])
        reach = step * wanted / max(float(np.max(np.abs(along[seen]))), 1e-12)
        trial = system.solve(point + reach * scale * along, along)
        turned = system.tangent(trial, along) if trial is not None else along
        if trial is None or turned @ along < STRAIGHT:
            step *= 0.5
            if step < SMALLEST:
                return points
            continue
        if (
            system.kind == "hopf" and trial[-3] <= 0.0
        ):  # the curve ends where ω is 0, at a fold: -ω is the same mode
            return points
        values = trial[-2:]
        if np.any(values < box[:, 0]) or np.any(values > box[:, 1]):
            edge = _at_the_edge(system, point, trial, box)
            return points if edge is None else [*points, edge]
        point, along, step = trial, turned, min(1.0, 1.5 * step)
        points.append(point)
        gap = np.abs(point - first)[seen] / system.scales(first)[seen]
        if len(points) > 10 and np.max(gap) < 0.5 * wanted:
            return points
    return points


def _at_the_edge(
    system: Extended, inside: np.ndarray, outside: np.ndarray, box: np.ndarray
) -> np.ndarray | None:
    """The point between two given ones at which the first quantity leaves its range."""
    change = outside[-2:] - inside[-2:]
    with np.errstate(all="ignore"):
        parts = np.where(change > 0.0, box[:, 1] - inside[-2:], box[:, 0] - inside[-2:]) / change
    parts = np.where(np.isfinite(parts) & (change != 0.0), parts, np.inf)
    k = int(np.argmin(parts))
    row = np.zeros(len(inside))
    row[len(inside) - 2 + k] = 1.0
    guess = inside + parts[k] * (outside - inside)
    guess[len(inside) - 2 + k] = box[k, int(change[k] > 0.0)]
    return system.solve(guess, row)


def _result(knobs: list[ContinuationParameter], curves: list[tuple[Extended, list[np.ndarray]]]) -> Result:
    """Rows of all curves, one after the other."""
    simulation = knobs[0].simulation
    saved = recorded(simulation)
    rows = np.array([p for _, curve in curves for p in curve])
    data = np.column_stack([rows[:, -2], rows[:, saved]])
    names = [k.target if k.name in TAKEN else k.name for k in knobs]
    result = make_result(simulation, PLOT, data, saved, (names[0], knobs[0].axis[1]))
    frequency = [abs(p[-3]) * getattr(s, "rate", 0.0) / (2.0 * np.pi) for s, curve in curves for p in curve]
    number = [float(k) for k, (_, curve) in enumerate(curves) for _ in curve]
    return replace(
        result,
        names=(*names, *result.names[1:], *TAKEN),
        types=(result.types[0], knobs[1].axis[1], *result.types[1:], "frequency", "notype"),
        data=np.column_stack([data[:, :1], rows[:, -1], result.data[:, 1:], frequency, number]),
    )


ANALYSIS = Analysis(
    "locus",
    form="kind first start stop second low high [points] [settled]",
    verb=locus,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    smooth=True,
)
