"""The studies of a `Circuit`: its methods ``monte_carlo`` and ``corners``."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.machine.asked import mapping_of
from circuitnn.studies.gathered import Limits, Study
from circuitnn.studies.plans import Measures, plan
from circuitnn.studies.runs import Outcome, Plan, Variation
from circuitnn.studies.spaces import seed_of
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.circuit.variants import Corner
    from circuitnn.studies.pool import Told

MAX_SAMPLES = 100_000_000
MAX_PROCESSES = 4096


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

    Returns
    -------
    Study
        Samples that fail are in its `failures`, with their messages.

    Raises
    ------
    NetlistError
        If the deck has faults.
    AnalysisError
        If an argument is invalid.

    Examples
    --------
    >>> import circuitnn
    >>> deck = "divider\n.param r=agauss(1k,30,3)\nv1 in 0 2\nr1 in out {r}\nr2 out 0 1k\n.op\n"
    >>> study = circuitnn.Circuit.from_text(deck).monte_carlo(100, measures={"half": "op find v(out) at=0"})
    >>> bool(abs(study.statistics().loc["half", "mean"] - 1.0) < 0.01)
    True
    """
    _circuit(circuit)
    samples, seed = whole_of(samples, "samples"), whole_of(seed, "seed")
    if not 1 <= samples <= MAX_SAMPLES:
        raise AnalysisError(f"monte_carlo: {samples} samples make no sense")
    if seed < 0:
        raise AnalysisError(f"monte_carlo: seed = {seed}: must not be negative")
    limits = mapping_of({} if limits is None else limits, "limits", '{"gain": (3, 5)}')
    made = plan(circuit, analysis, measures, signals, points)
    seeds = [seed_of(seed, k) for k in range(samples)]
    variations = [Variation(s) for s in seeds]
    outcomes = _together(made, variations, processes, executor, progress)
    if outcomes is None:
        outcomes = _run_all(made, variations, processes, executor, progress)
    if samples > 1 and _all_the_same(outcomes):
        message = (
            "monte_carlo: all samples are the same: give the deck random numbers (agauss, unif, …, ron.dev=…)"
        )
        warnings.warn(message, DeckWarning, stacklevel=2)
    return Study.of(circuit.title, "sample", list(range(samples)), outcomes, limits, seeds)


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
    made = plan(circuit, analysis, measures, signals, points)
    variations = [Variation(corner=corner) for corner in corners.values()]
    for variation in variations:  # a misspelt name is an error, not a failed run
        variation.of(made.circuit)
    outcomes = _run_all(made, variations, processes, executor, progress)
    return Study.of(circuit.title, "corner", list(corners), outcomes, limits)


def _circuit(given: object) -> None:
    if not hasattr(given, "deck"):  # the class lies in a layer above
        raise AnalysisError(f"circuit = {given!r:.60}: a Circuit is needed")


def _together(
    made: Plan,
    variations: list[Variation],
    processes: int,
    executor: Executor | str | None,
    progress: Told | None,
) -> list[Outcome | None] | None:
    """Outcomes of many operating points, solved in blocks; None for few runs or other analyses."""
    from circuitnn.studies.together import FEWEST, Together, blocks

    job = Together(made)
    if len(variations) < FEWEST or job.unable:
        return None
    from circuitnn.studies.pool import run_all

    processes = _counted(processes)
    parts = blocks(variations)
    outcomes: list[Outcome | None] = []
    for part, found in zip(parts, run_all(job, parts, processes, executor, progress), strict=True):
        outcomes += [None] * len(part) if found is None else found
    return outcomes


def _counted(processes: int) -> int:
    processes = whole_of(processes, "processes")
    if not 1 <= processes <= MAX_PROCESSES:
        raise AnalysisError(f"processes = {processes}: must lie between 1 and {MAX_PROCESSES}")
    return processes


def _run_all(
    made: Plan,
    variations: list[Variation],
    processes: int,
    executor: Executor | str | None,
    progress: Told | None,
) -> list[Outcome | None]:
    from circuitnn.studies.pool import run_all  # concurrent.futures costs every small run 10 ms

    processes = _counted(processes)
    return run_all(made, variations, processes, executor, progress)


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
