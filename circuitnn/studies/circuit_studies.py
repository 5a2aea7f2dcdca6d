"""The studies of a `Circuit`: its methods ``monte_carlo`` and ``corners``."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, CircuitnnError, DeckWarning
from circuitnn.machine.user_input import mapping_of, path_of
from circuitnn.models import registered
from circuitnn.records import replace
from circuitnn.studies.digest import digest
from circuitnn.studies.journal import Journal
from circuitnn.studies.plans import Measures, plan
from circuitnn.studies.runs import Outcome, Plan, Variation
from circuitnn.studies.sampling import Sampling, count_of
from circuitnn.studies.spaces import checked_seed, seeds_of
from circuitnn.studies.study_result import Limits, Study
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.circuit.variants import Corner
    from circuitnn.studies.pool import Told

# Changes of a deck that its text does not have.
CHANGES = (
    "parameters",
    "sections",
    "models",
    "values",
    "settings",
    "edits",
    "behaviour",
    "external",
    "finer",
)
MAX_SAMPLES = 100_000_000


def monte_carlo(
    circuit: Circuit,
    samples: int,
    analysis: str | None = None,
    *,
    seed: int = 1,
    measures: Measures | None = None,
    limits: Limits | None = None,
    signals: Iterable[str] | None = None,
    points: int = 1001,
    processes: int = 1,
    executor: Executor | str | None = None,
    progress: Told | None = None,
    record: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
) -> Study:
    r"""Run a circuit many times with different random numbers.

    The deck decides what is random: ``agauss``, ``gauss``, ``aunif``, ``unif``, ``limit``, spreads of compact models
    (``ron.dev=0.1``), stochastic models, random sources. Each sample is the deck with its own seed
    (``.options seed=…``), which the study lists, so that any sample can be repeated. From 256 samples on, operating
    points are solved together in blocks of 1024; they agree with samples run one by one within the tolerances.

    Parameters
    ----------
    circuit : Circuit
    samples : int
    analysis : str, optional
        Card of the analysis, such as ``"tran 1n 1u"`` or ``"op"``; default: the deck's.
    seed : int
        Other seeds give other samples. The seed of a sample depends only on this and on the sample's number.
    measures : mapping of str to str or callable, optional
        Beside the deck's ``.meas`` cards: name → words of a card, such as ``"ac max vdb(out)"``, or a function of
        the results, one per analysis, that returns a number.
    limits : mapping of str to (float, float), optional
        Least and greatest values of measures of a good sample.
    signals : iterable of str, optional
        Variables or expressions whose values are kept; default: all variables; ``()``: none.
    points : int
        Evenly spaced points at which transients are kept.
    processes : int
        Processes that share the work; the results do not depend on their number.
    executor : concurrent.futures.Executor or str, optional
        Instead of processes; a text is the address of a Dask scheduler.
    progress : callable, optional
        Called with the fraction done and a text.
    record : path, optional
        File in which each finished sample is kept. A study that was killed goes on from there, with the same bits.
    overwrite : bool
        Start anew even if the record has samples of this study.

    Returns
    -------
    Study
        Samples that fail are in its `failures`, with their messages.

    Raises
    ------
    NetlistError
        If the deck has faults.
    AnalysisError
        If an argument is invalid, or the record is of another study or cannot be written.
    BudgetError, WorkersLostError
        If the time is up, or the processes or the cluster are gone. As with Ctrl-C, samples are missing then; the
        attribute `study` of the error has the others.

    Examples
    --------
    >>> import circuitnn
    >>> deck = "divider\n.param r=agauss(1k,30,3)\nv1 in 0 2\nr1 in out {r}\nr2 out 0 1k\n.op\n"
    >>> study = circuitnn.Circuit.from_text(deck).monte_carlo(100, measures={"half": "op find v(out) at=0"})
    >>> bool(abs(study.statistics().loc["half", "mean"] - 1.0) < 0.01)
    True
    """
    _circuit(circuit)
    samples, seed = whole_of(samples, "samples"), checked_seed(seed)
    if not 1 <= samples <= MAX_SAMPLES:
        raise AnalysisError(f"monte_carlo: {samples} samples make no sense")
    limits = mapping_of({} if limits is None else limits, "limits", '{"gain": (3, 5)}')
    planned, processes = plan(circuit, analysis, measures, signals, points), count_of(processes)
    seeds = seeds_of(seed, samples)
    variations = [Variation(s) for s in seeds]
    study = partial(Study.of, circuit.title, "sample", range(samples), seeds=seeds)
    with _journal(record, overwrite, planned, samples, seed) as journal:
        sampling = Sampling(variations, journal, progress)
        try:
            sampling.run(planned, processes, executor, together=True)
        except CircuitnnError as error:
            ended = type(error)(f"{error}; {sampling}")
            ended.study = study(sampling.outcomes, limits={})
            raise ended from error
    outcomes = sampling.outcomes
    if samples > 1 and _all_the_same(outcomes):
        message = (
            "monte_carlo: all samples are the same: give the deck random numbers (agauss, unif, …, ron.dev=…)"
        )
        warnings.warn(message, DeckWarning, stacklevel=2)
    return study(outcomes, limits=limits)


def corners(
    circuit: Circuit,
    corners: Mapping[str, Corner],
    analysis: str | None = None,
    *,
    measures: Measures | None = None,
    limits: Limits | None = None,
    signals: Iterable[str] | None = None,
    points: int = 1001,
    processes: int = 1,
    executor: Executor | str | None = None,
    progress: Told | None = None,
) -> Study:
    r"""Run a circuit at corners.

    Parameters
    ----------
    circuit : Circuit
    corners : mapping of str to mapping
        Name of each corner, and its changes: parameters, ``temp``, ``lib`` (section of libraries),
        values of elements and models; see `Circuit.at_corner`.
    analysis, measures, limits, signals, points, processes, executor, progress
        As for `monte_carlo`.

    Returns
    -------
    Study

    Raises
    ------
    AnalysisError
        If a corner names something that does not exist.
    NetlistError
        If the deck has faults, or a library lacks a section.

    Examples
    --------
    >>> import circuitnn
    >>> circuit = circuitnn.Circuit.from_text("t\n.param vdd=1\nv1 a 0 {vdd}\nr1 a 0 1k tc1=1m\n.op\n")
    >>> study = circuit.corners({"low": {"vdd": 0.9}, "hot": {"vdd": 1.1, "temp": 127}})
    >>> [f"{i:.4e}" for i in study.signals["op"]["i(v1)"].values.tolist()]
    ['-9.0000e-04', '-1.0000e-03']
    """
    _circuit(circuit)
    limits = mapping_of({} if limits is None else limits, "limits", '{"gain": (3, 5)}')
    if not isinstance(corners, Mapping) or not corners:
        raise AnalysisError('corners: a mapping of names to changes is needed, as {"hot": {"temp": 125}}')
    planned = plan(circuit, analysis, measures, signals, points)
    variations = [Variation(corner=corner) for corner in corners.values()]
    for variation in variations:  # a misspelt name is an error, not a failed run
        variation.of(planned.circuit)
    sampling = Sampling(variations, progress=progress)
    sampling.run(planned, count_of(processes), executor)
    return Study.of(circuit.title, "corner", list(corners), sampling.outcomes, limits)


def _circuit(circuit: object) -> None:
    if not hasattr(circuit, "deck"):  # the class lies in a layer above
        raise AnalysisError(f"circuit = {circuit!r:.60}: a Circuit is needed")


@contextmanager
def _journal(
    record: str | os.PathLike[str] | None, overwrite: bool, planned: Plan, samples: int, seed: int
) -> Iterator[Journal | None]:
    """Record of the samples of a plan, open in the block."""
    if record is None:
        yield None
        return
    with closing(Journal(path_of(record, "record"), _identity(planned, samples, seed), overwrite)) as journal:
        yield journal


def _identity(planned: Plan, samples: int, seed: int) -> dict[str, str]:
    """What the outcomes depend on, wherever its files lie: numbers, and digests of all else."""
    circuit = planned.circuit
    arrays = tuple(replace(array, where="") for array in circuit.flat.arrays)
    # the text has the others, with the names of files
    flat = replace(
        circuit.flat,
        arrays=arrays,
        options={},
        locate=None,
        prints=(),
        analyses=(),
        measures=(),
        steps=(),
        refused=(),
    )
    used = {group.model for group in flat.devices} | {part for array in arrays for part, _ in array.parts}
    changes = {name: getattr(circuit.source, name) for name in CHANGES}
    parts = {
        "circuit": (circuit.deck.sources.texts(), changes, flat),
        "options": (circuit.flat.options, circuit.source.options),
        "signals": (planned.signals, planned.points),
        "measures": planned.functions,
        "models": [model for model in registered() if model.name in used],
    }
    return {"seed": str(seed), "samples": str(samples)} | {name: digest(part) for name, part in parts.items()}


def _all_the_same(outcomes: Sequence[Outcome | None]) -> bool:
    first, *others = outcomes
    if first is None or not (first.measures or first.tables):
        return False
    return all(
        other is not None
        and other.measures == first.measures
        and len(other.tables) == len(first.tables)
        and all(np.array_equal(a.data, b.data) for a, b in zip(other.tables, first.tables, strict=True))
        for other in others
    )
