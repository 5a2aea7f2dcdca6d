"""One deck in both simulators: its results, its expected values, and the deviations."""

from __future__ import annotations

import re
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import numpy as np

import circuitnn
from circuitnn.circuit.value import Shared
from circuitnn.flat import Devices, FlatCircuit
from circuitnn.models import known, register
from circuitnn.models.fixed_random_numbers import frozen
from circuitnn.netlist.writer import signals, write
from circuitnn.results.measure import measure
from circuitnn.results.result import Result
from validation.compare import SPAN, Deviation, compare
from validation.cycles import compare_cycles
from validation.decks import Deck, Fault
from validation.measured import compare_measures, within
from validation.ngspice import NgspiceRun, Runner, run_batch

# Parameters that switch an effect on: ngspice's difference between on and off is not a sensitivity.
SWITCHES = (":isr", ":nr", ":ikf", ":ikr")
# Numbers with an influence that ngspice's .sens does not see, where it has zeros: copies of controlled sources, and
# coefficients of temperature after it has tried the exponential one, which replaces them.
UNSEEN = ("_dtemp", "f1_m", "g1_m", ":tc1", ":tc2", "_tc", "_tc2")
# Analyses that ngspice does not have, and results of ours that are derived from other results.
OURS_ONLY = ("arc",)


@dataclass
class Case:
    """Outcome of one deck.

    Parameters
    ----------
    deck : Deck
    ours : list of Result
    theirs : NgspiceRun
    deviations : list of Deviation
        Of every variable of every analysis, except those that ngspice has wrong; worst first.
    wrong : list of (Fault, Deviation)
        Deviations of variables that ngspice has wrong, the worst of each card.
    seconds : float
        Wall time of our run, parsing included.
    """

    deck: Deck
    ours: list[Result]
    theirs: NgspiceRun
    deviations: list[Deviation] = field(default_factory=list)
    wrong: list[tuple[Fault, Deviation]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def worst(self) -> Deviation | None:
        """Deviation with the largest share of its budget."""
        return max(self.deviations, key=lambda d: d.share, default=None)

    @property
    def passed(self) -> bool:
        """Whether every variable is within the budget."""
        return all(d.share <= 1 for d in self.deviations)


@contextmanager
def expected_warnings(deck: Deck) -> Iterator[None]:
    """Suppress the warnings that a deck announces; others pass, and a missing one is an error.

    Raises
    ------
    ValueError
        A warning that the deck announces is missing.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    texts = [str(warning.message) for warning in caught]
    for warning, text in zip(caught, texts, strict=True):
        if not any(part in text for part in deck.warns):
            warnings.warn_explicit(text, warning.category, warning.filename, warning.lineno)
    missing = [part for part in deck.warns if not any(part in text for text in texts)]
    if missing:
        raise ValueError(f"{deck.name} does not warn: {missing}")


def circuit_of(deck: Deck) -> circuitnn.Circuit:
    """The circuit of a deck, its random numbers frozen if the deck says so."""
    circuit = circuitnn.load(deck.path)
    with expected_warnings(deck):
        flat = circuit.flat
    if deck.frozen:
        return circuit.of(circuit.source.changed(elements=Shared(_frozen(flat))))
    return circuit


def _frozen(flat: FlatCircuit) -> FlatCircuit:
    """The circuit with frozen models in place of those that draw random numbers."""
    return replace(flat, devices=tuple(_frozen_table(table) for table in flat.devices))


def _frozen_table(table: Devices) -> Devices:
    model = known()[table.model]
    held = frozen(model)
    if held is model:
        return table
    if held.name not in known():
        register(held)
    kept = {p.name for p in model.parameters}
    numbers = {p.name: np.full(len(table.names), p.default) for p in held.parameters if p.name not in kept}
    return replace(table, model=held.name, columns={**table.columns, **numbers})


def run_ours(deck: Deck) -> tuple[list[Result], float]:
    """All analyses of a deck in circuitnn, and the wall time."""
    start = time.perf_counter()
    with expected_warnings(deck):
        results = circuitnn.load(deck.path).run()
    return results, time.perf_counter() - start


def both(text: str, folder: Path) -> tuple[Result, Result]:
    """Results of the first analysis of a deck's text in circuitnn and in ngspice's batch mode."""
    path = folder / "deck.cir"
    path.write_text(text)
    return circuitnn.Circuit.from_text(text).run()[0], run_batch(path).plots[0]


def run_theirs(deck: Deck, flat: FlatCircuit, runner: Runner) -> NgspiceRun:
    """All analyses of a deck in ngspice: the deck itself, or as we write it where ngspice cannot read it.

    Raises
    ------
    ValueError
        Something in the deck has no equivalent in ngspice.
    """
    compact = any(known()[d.model].has_twin() for d in flat.devices)
    arrays = re.search(r"^\.crossbar\b", deck.path.read_text(), re.MULTILINE | re.IGNORECASE)
    if compact or arrays or deck.written:
        return _run_written(flat, runner, "twins" if compact else "written")
    return runner.run(deck.path, flat.fouriers)


def _run_written(flat: FlatCircuit, runner: Runner, how: str) -> NgspiceRun:
    """The written deck in ngspice, with our names; measures are computed here.

    States are held in operating points and sweeps, and free in transients, which needs two decks.
    """
    if flat.steps:
        raise ValueError(".step has no equal in ngspice")
    done = NgspiceRun([])
    for part in (
        [c for c in flat.analyses if c.kind != "tran"],
        [c for c in flat.analyses if c.kind == "tran"],
    ):
        if not part:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "twins.cir")
            path.write_text(write(replace(flat, analyses=tuple(part), saves=(), prints=())))
            run = runner.run(path)
        done.plots += [_renamed(plot, signals(flat)) for plot in run.plots]
        done.route, done.reason = f"{run.route}, {how}", run.reason
        done.seconds += run.seconds
        done.add_counts(run)
    for plot in done.plots:
        measure(flat.measures, plot)
        done.measures.update(plot.measures)
    return done


def _renamed(plot: Result, names: dict[str, str]) -> Result:
    """The signals that we also have, under our names."""
    chosen = [k for k, n in enumerate(plot.names) if n == plot.axis or n in names]
    return replace(
        plot,
        names=tuple(names.get(plot.names[k], plot.names[k]) for k in chosen),
        types=tuple(plot.types[k] for k in chosen),
        data=plot.data[:, chosen],
    )


def run_case(deck: Deck, runner: Runner) -> Case:
    """Run a deck in both simulators and compare, or only in ours if the deck says so."""
    start = time.perf_counter()
    circuit = circuit_of(deck)
    ours = circuit.run()
    seconds = time.perf_counter() - start
    if deck.skip:
        return Case(deck, ours, NgspiceRun([], reason=deck.skip), seconds=seconds)
    flat = circuit.flat
    case = Case(deck, ours, run_theirs(deck, flat, runner), seconds=seconds)
    found = _deviations(case, flat)
    for fault in deck.faults:
        covered = [d for d in found if fault.covers(d.analysis, d.variable)]
        worst = max(covered, key=lambda d: d.share, default=None)
        if worst is None or worst.share <= 1:
            what = f"{','.join(fault.signals)}: the card says ngspice is wrong, and it agrees"
            case.deviations.append(Deviation(fault.analysis, what, np.inf, 1.0))
        else:
            case.wrong.append((fault, worst))
        found = [d for d in found if d not in covered]
    case.deviations = sorted([*case.deviations, *found], key=lambda d: -d.share)
    return case


def _deviations(case: Case, flat: FlatCircuit) -> list[Deviation]:
    """Deviations of all variables of all analyses, each of ours against ngspice's, in the deck's order."""
    deck, theirs = case.deck, case.theirs
    if deck.measures:
        values = {name: value for r in case.ours for name, value in r.measures.items()}
        return [within(name, values[name], theirs.measures.get(name), deck.within) for name in deck.measures]
    found: list[Deviation] = []
    saved = {n for r in case.ours for n in r.names} if flat.saves else None
    places: dict[str, count[int]] = {}
    for plot in theirs.plots:
        number = next(places.setdefault(plot.analysis, count()))
        mine = [r for r in case.ours if r.analysis == plot.analysis]
        if number >= len(mine):
            found.append(Deviation(plot.analysis, "no such result of ours", np.inf, 1.0))
            continue
        if plot.analysis == "sens":  # ngspice lists every parameter it knows
            plot = _renamed(plot, {n: n for n in mine[number].names if not n.endswith(SWITCHES + UNSEEN)})
        if saved is not None:
            plot = _renamed(plot, {n: n for n in saved})
        if plot.analysis == "tran" and deck.oscillator:
            found += compare_cycles(mine[number], plot, flat, deck.oscillator)
        else:
            found += compare(mine[number], plot, deck.edge, deck.within or SPAN)
    for kind in {r.analysis for r in case.ours} - {p.analysis for p in theirs.plots} - set(OURS_ONLY):
        found.append(Deviation(kind, "no such result of ngspice", np.inf, 1.0))
    return found + compare_measures(flat.measures, case.ours, theirs.measures, deck.edge, deck.oscillator)
