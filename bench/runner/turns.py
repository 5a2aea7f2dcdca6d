"""Measure a case: its contenders run in turn, until the case has had its time."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.runner.case import OURS, Case, Contender, Outcome, Sample, Session

# A contender that takes more than this share of a case's time runs once: others would have no time left.
SLOW = 0.3


@dataclass(frozen=True)
class Measured:
    """Samples of one contender, one a turn.

    Parameters
    ----------
    kind : str
        Of its time, see `Contender`.
    samples : tuple of Sample
    error : float
        Distance from the reference; NaN without one.
    absent : str
        Why it was not run, or why it failed; empty if neither.
    counters : mapping of str to int
        Points, iterations, factorisations, of its first run or of one more.
    """

    kind: str
    samples: tuple[Sample, ...] = ()
    error: float = float("nan")
    absent: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)


def measure(case: Case, session: Session, most: int, budget: float) -> dict[str, Measured]:
    """Run all contenders of a case.

    Every turn runs each of them once, in an order that rotates from turn to turn, so that a machine whose speed
    changes treats all alike.

    Parameters
    ----------
    case : Case
    session : Session
    most : int
        Most turns.
    budget : float
        Time after which no other turn begins. [s]

    Returns
    -------
    dict of str to Measured
        In the order of the case's contenders.
    """
    absent = {name: contender.absent(session) for name, contender in case.contenders.items()}
    running = {name: contender for name, contender in case.contenders.items() if not absent[name]}
    samples: dict[str, list[Sample]] = {name: [] for name in running}
    outcomes: dict[str, Outcome] = {}
    began = time.monotonic()
    for turn in range(most):
        started = time.monotonic()
        for name in _rotated(list(running), turn):
            at = time.monotonic()
            sample, outcome = run(running[name], session)
            if sample.failed:
                absent[name] = sample.failed
            else:
                samples[name].append(sample)
            if outcome is not None:
                outcomes.setdefault(name, outcome)
            if sample.failed or (time.monotonic() - at > SLOW * budget and name != OURS):
                del running[name]
        now = time.monotonic()
        if not running or now - began + (now - started) > budget:
            break
    errors = _errors(case, session, outcomes)
    return {
        name: Measured(
            contender.kind,
            taken := tuple(samples.get(name, ())),
            errors.get(name, float("nan")),
            absent[name],
            (taken[0].counters or contender.counters()) if taken else {},
        )
        for name, contender in case.contenders.items()
    }


def run(contender: Contender, session: Session) -> tuple[Sample, Outcome | None]:
    """Run a contender once in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        return contender.sample(Path(folder), session)


def _rotated(names: list[str], turn: int) -> list[str]:
    """The names, beginning with another one each turn."""
    first = turn % len(names) if names else 0
    return names[first:] + names[:first]


def _errors(case: Case, session: Session, outcomes: dict[str, Outcome]) -> dict[str, float]:
    """Distances from the reference."""
    if case.reference is None or case.error is None:
        return {}
    exact = run(case.reference, session)[1]
    if exact is None:
        return {}
    return {name: case.error(outcome, exact) for name, outcome in outcomes.items()}


def samples_of(measured: Measured, what: Callable[[Sample], float]) -> list[float]:
    """One number of each sample."""
    return [what(sample) for sample in measured.samples]
