"""What a case of the benchmark is, and what a contender answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

OURS = "circuitnn"


@dataclass(frozen=True)
class Outcome:
    """What a contender computed.

    Parameters
    ----------
    vectors : mapping of str to ndarray
        By name, such as ``v(out)``.
    axis : ndarray, optional
        Time or frequency of their values, where there is one.
    """

    vectors: Mapping[str, np.ndarray]
    axis: np.ndarray | None = None


@dataclass(frozen=True)
class Sample:
    """Cost of one run.

    Parameters
    ----------
    processor, wall : float
        Seconds of processor time (all threads) and by the clock.
    megabytes : float
        Peak resident memory of its process.
    counters : mapping of str to int
        What the run itself counted: points, iterations, factorisations.
    failed : str
        Why there is no result; empty if there is one.
    """

    processor: float
    wall: float
    megabytes: float
    counters: Mapping[str, int] = field(default_factory=dict)
    failed: str = ""

    @classmethod
    def failure(cls, why: str) -> Sample:
        """A run that gave no result."""
        nan = float("nan")
        return cls(nan, nan, nan, failed=why)


@dataclass(frozen=True)
class Session:
    """What holds for all runs of a benchmark.

    Parameters
    ----------
    timeout : float
        After how many seconds a run is killed.
    peers : str
        Python interpreter that has the other packages.
    """

    timeout: float
    peers: str


class Contender(Protocol):
    """A way to compute a case."""

    kind: ClassVar[
        str
    ]  # "process": its time is that of a whole process; "function": that of a call within one

    def absent(self, session: Session) -> str:
        """Why it cannot be run on this machine; empty if it can."""

    def sample(self, folder: Path, session: Session) -> tuple[Sample, Outcome | None]:
        """Run once in a folder of its own."""

    def counters(self) -> dict[str, int]:
        """What a run counts that its samples do not tell: points, iterations, factorisations."""


Error = Callable[[Outcome, Outcome], float]


@dataclass(frozen=True)
class Case:
    """One row of the benchmark.

    Parameters
    ----------
    group : str
        Name of the file in ``bench/cases`` that lists it.
    family : str
        What is computed; cases of a family differ by their size alone, and share a chart.
    size : int
        Position on the chart's axis.
    unit : str
        What the size counts: nodes, cells, stages.
    contenders : mapping of str to Contender
        By name. `OURS` is what all others are compared with.
    reference : Contender, optional
        Computes what is taken as the truth.
    error : callable, optional
        Distance of an outcome from that of the reference.
    error_is : str
        What the error measures, as a phrase.
    """

    group: str
    family: str
    size: int
    unit: str
    contenders: Mapping[str, Contender]
    reference: Contender | None = None
    error: Error | None = None
    error_is: str = ""

    @property
    def name(self) -> str:
        """Family and size."""
        return f"{self.family}, {self.size} {self.unit}"
