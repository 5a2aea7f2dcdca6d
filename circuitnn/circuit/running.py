"""Runs of analyses on a circuit: one requested in Python, or all of a deck at each point of its ``.step`` cards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from circuitnn.circuit.rebuilding import Rebuilder
from circuitnn.circuit.value import Source
from circuitnn.errors import AnalysisError, BudgetError, CircuitnnError, NetlistError
from circuitnn.flat import AnalysisCard, FlatCircuit
from circuitnn.machine import budget, interrupts
from circuitnn.machine.progress import followed
from circuitnn.options import Options
from circuitnn.recording import rows
from circuitnn.records import fill_in, replace
from circuitnn.registry.analyses import ANALYSES, Follow, Progress, Task
from circuitnn.results.origin import Origin
from circuitnn.results.postprocessing import finished, spectra
from circuitnn.results.result import Result
from circuitnn.results.state import State
from circuitnn.results.sweep_tables import SweepTables


def options_of(flat: FlatCircuit, changes: Mapping[str, object]) -> Options:
    """Options from the deck of a flat circuit, with changes."""
    deck = {k: v for k, v in flat.options.items() if k != "temp"}
    return Options(temp=flat.temperature).updated({**deck, **changes})


def run_one(
    source: Source, analysis: str, options: Options, progress: Follow, arguments: Mapping[str, object]
) -> list[Result]:
    """Run one analysis and return its results.

    Parameters
    ----------
    source : Source
    analysis : str
        Its name.
    options : Options
    progress : callable or True, optional
    arguments : mapping of str to object
        Arguments of the analysis' ``run``.
    """
    with followed(progress) as told:
        task = Task(source.flat, options, Rebuilder(source, {}), told)
        return [
            _finish(source, result, options) for result in ANALYSES[analysis].perform(task, dict(arguments))
        ]


def every(source: Source, progress: Follow, start: State | None, order: Sequence[str] = ()) -> list[Result]:
    """Run all analyses of a deck, in its order, at each point of its ``.step`` cards, and return their results.

    Parameters
    ----------
    source : Source
    progress : callable or True, optional
    start : State, optional
        State from which the transients continue.
    order : sequence of str
        Kinds of analyses that come first, and the last card of a kind before the others, as in ngspice's batch mode;
        empty: as in the deck.

    Raises
    ------
    AnalysisError, CircuitnnError
        As for `Circuit.run`.
    """
    steps, cards = source.flat.steps, _cards(source, start)
    if order:
        latest = cards[::-1]
        cards = sorted(latest, key=lambda card: order.index(card.kind) if card.kind in order else len(order))
    points: Iterator[dict[str, float]] = iter([{}])
    if steps:
        from circuitnn.netlist.data_tables import count_points, points_of  # most decks have no `.step`

        budget.ask_points(count_points(steps), ".step")
        points = points_of(steps)
    tables = SweepTables(rows.IN_MEMORY, rows.PATIENCE)
    failures: list[CircuitnnError] = [NetlistError([fault]) for fault in source.flat.refused]
    values: dict[str, float] = {}
    try:
        with followed(progress) as told:
            for number, values in enumerate(points):
                drawn = _drawn(source, number)
                results_here = _at(source, drawn, values, cards, told, failures)
                if not _collected(tables, source, partial(_stepped, drawn, values), results_here):
                    break
    except CircuitnnError as error:
        failures.append(error)
    except OSError as error:
        failures.append(rows.no_more_points(f"no more results after {len(tables.results)}", error))
    except budget.REFUSALS as refused:
        failures.append(budget.out_of_memory("the run", refused))
    except KeyboardInterrupt:
        if not tables.results:
            raise
        interrupts.answer()
        fill_in(tables.results[-1], complete=False, message=_rest(values))
    results = tables.ended()
    if failures:
        first = failures[0]
        first.others = failures[1:]
        first.results = results + [failed.result for failed in failures if failed.result is not None]
        raise first
    return results


def _collected(
    tables: SweepTables,
    source: Source,
    circuit: Callable[[], FlatCircuit],
    results: Iterator[Result | CircuitnnError],
) -> bool:
    """Collect the results of the analyses at one point; return whether all ran to their ends."""
    complete = True
    for result in results:
        if not isinstance(result, CircuitnnError):
            tables.add(_measured(source, result), circuit)
            complete = result.complete
        elif result.result is not None:
            tables.hold(result.result, circuit)
    return complete


def _measured(source: Source, result: Result) -> Result:
    """As `_finish`; if there is no memory for that, the result is that of the error."""
    try:
        return _finish(source, result, options_of(source.flat, {}))
    except budget.REFUSALS as refused:
        error = budget.out_of_memory(f"what the deck asks of {result.analysis}", refused)
        error.result = result
        raise error from None


def _cards(source: Source, start: State | None) -> list[AnalysisCard]:
    """The analysis cards of a deck; transients continue from a state if there is one."""
    cards = [_finer(card, source.finer) for card in source.flat.analyses]
    if not cards:
        raise AnalysisError("the deck has no analysis: add an analysis card, as .op or .tran")
    if start is None:
        return cards
    if not any(card.kind == "tran" for card in cards):
        raise AnalysisError("the deck has no .tran card that could go on from a state")
    return [
        replace(card, arguments={**card.arguments, "start": start}) if card.kind == "tran" else card
        for card in cards
    ]


def _finer(card: AnalysisCard, times: float) -> AnalysisCard:
    """A card with its steps, if it has any, smaller by the factor `times`."""
    finer = ANALYSES[card.kind].finer
    return card if finer is None or times == 1.0 else replace(card, arguments=finer(card.arguments, times))


def _at(
    source: Source,
    drawn: Source,
    values: Mapping[str, float],
    cards: Sequence[AnalysisCard],
    progress: Progress | None,
    failures: list[CircuitnnError],
) -> Iterator[Result | CircuitnnError]:
    """Results and failures of all analyses at one point of the ``.step`` cards; `failures` gets the failures, too.

    `drawn` is the source with the random numbers of this point.
    """
    budget.ask_time("the run")
    budget.ask_memory(0.0, "the run")
    try:
        flat = _stepped(drawn, values)
    except CircuitnnError as error:
        failures.append(error)
        return
    step, named = _step(values), _named(values)
    for card in cards:
        options = replace(options_of(source.flat, {}), temp=flat.temperature)
        task = Task(flat, options, Rebuilder(drawn, _parameters(values)), progress)
        try:
            results = ANALYSES[card.kind].perform(task, card.arguments)
        except BudgetError:
            raise
        except CircuitnnError as error:
            failures.append(error)
            yield error
            continue
        for result in results + spectra(flat, results):
            if named and not result.complete:
                fill_in(result, message=f"{result.message}, {_rest(values)}")
            yield replace(result, title=f"{result.title} ({named})", step=step) if step else result
        if not results[-1].complete:
            return


def _step(values: Mapping[str, float]) -> dict[str, float]:
    """A point of the ``.step`` cards under the names that the deck uses."""
    return {target.removeprefix("param:"): v for target, v in values.items()}


def _named(values: Mapping[str, float]) -> str:
    """A point of the ``.step`` cards in words."""
    return ", ".join(f"{name} = {v:g}" for name, v in _step(values).items())


def _rest(values: Mapping[str, float]) -> str:
    """How to go on after an interrupt at a point of the ``.step`` cards."""
    if not values:
        return "the analyses after this one are missing"
    return f"at {_named(values)} of .step: cards that begin there give the rest"


def _parameters(values: Mapping[str, float]) -> dict[str, float]:
    """Parameters among the targets of ``.step`` cards."""
    return {t.removeprefix("param:"): v for t, v in values.items() if t.startswith("param:")}


def _drawn(source: Source, number: int) -> Source:
    """The circuit with the random numbers of a point of the ``.step`` cards: those of the seed, counted on."""
    if number == 0 or not source.deck.drawn_anew():
        return source
    return source.changed(options={**source.options, "seed": options_of(source.flat, {}).seed + number})


def _stepped(source: Source, values: Mapping[str, float]) -> FlatCircuit:
    """The flat circuit at one point of the ``.step`` cards."""
    parameters = _parameters(values)
    flat = source.at(parameters).flat if parameters else source.flat
    for target, value in values.items():
        if target == "temp":
            flat = replace(flat, temperature=value)
        elif not target.startswith("param:"):
            from circuitnn.netlist.alter import altered

            flat = altered(flat, {(target, ""): value})
    return flat


def _finish(source: Source, result: Result, options: Options) -> Result:
    """Evaluate the deck's measures on a result and keep the signals of ``.save``."""
    fill_in(result, origin=Origin.of(source, options))
    if options.warn:
        from circuitnn.device_values import operating_area  # few decks ask for it

        operating_area.note(result, source.flat, options)
    return finished(source.flat, result)
