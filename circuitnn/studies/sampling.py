"""The runs of a study, one after the other or together, whose outcomes are kept as they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from circuitnn.errors import AnalysisError
from circuitnn.studies.runs import Outcome, Plan, Variation
from circuitnn.studies.together import BLOCK, FEWEST, Together
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from circuitnn.studies.journal import Journal
    from circuitnn.studies.pool import Told

MAX_PROCESSES = 4096


def count_of(processes: int) -> int:
    """Number of processes that share the runs.

    Raises
    ------
    AnalysisError
        If it makes no sense.
    """
    processes = whole_of(processes, "processes")
    if not 1 <= processes <= MAX_PROCESSES:
        raise AnalysisError(f"processes = {processes}: must lie between 1 and {MAX_PROCESSES}")
    return processes


class Sampling:
    """Outcomes of runs: in memory, and in a record if there is one.

    Parameters
    ----------
    variations : sequence of Variation
    journal : Journal, optional
        Runs that it has are not made again.
    progress : callable, optional
        Called with the fraction done and a text.

    Attributes
    ----------
    outcomes : list of Outcome or None
        None: not run.
    """

    def __init__(
        self,
        variations: Sequence[Variation],
        journal: Journal | None = None,
        progress: Told | None = None,
    ) -> None:
        self.variations, self.journal, self.progress = variations, journal, progress
        recorded = {} if journal is None else journal.recorded
        self.outcomes = [recorded.get(k) for k in range(len(variations))]

    def __str__(self) -> str:
        """How many runs are made, and where they are: the record may lack the last one, which is in memory only."""
        if self.journal is None or not self.journal.kept:
            return f"{self.done} of {len(self.outcomes)} samples are made"
        return f"{self.journal.kept} of {len(self.outcomes)} samples are in {self.journal.path}"

    @property
    def done(self) -> int:
        """Number of runs that have an outcome."""
        return sum(outcome is not None for outcome in self.outcomes)

    def run(
        self, plan: Plan, processes: int = 1, executor: Executor | str | None = None, together: bool = False
    ) -> None:
        """Make the runs that have no outcome yet, until all are made or Ctrl-C is pressed.

        Parameters
        ----------
        plan : Plan
        processes : int
        executor : concurrent.futures.Executor or str, optional
        together : bool
            Solve many operating points together, if that is possible.

        Raises
        ------
        AnalysisError
            If the record cannot be written.
        BudgetError
            If the time is up.
        WorkersLostError
            If a process dies, or a cluster goes.
        """
        job = Together(plan)
        if together and len(self.variations) >= FEWEST and not job.unable:
            chunks = self._blocks(job, processes, executor)
        else:
            chunks = self._singly(plan, processes, executor)
        done = self.done
        try:
            for first, chunk in chunks:
                for k, outcome in enumerate(chunk, first):
                    done += self.outcomes[k] is None
                    self.outcomes[k] = outcome
                    if self.journal is not None:
                        self.journal.keep(k, outcome)
                if self.progress is not None:
                    self.progress(done / len(self.outcomes), "runs")
        except KeyboardInterrupt:
            pass

    def _singly(
        self, plan: Plan, processes: int, executor: Executor | str | None
    ) -> Iterator[tuple[int, list[Outcome]]]:
        from circuitnn.studies.pool import stream  # concurrent.futures costs every small run 10 ms

        left = [k for k, outcome in enumerate(self.outcomes) if outcome is None]
        for n, outcome in stream(plan, [self.variations[k] for k in left], processes, executor):
            yield left[n], [outcome]

    def _blocks(
        self, job: Together, processes: int, executor: Executor | str | None
    ) -> Iterator[tuple[int, list[Outcome]]]:
        """Whole blocks, which do not depend on the number of samples but for the last one."""
        from circuitnn.studies.pool import stream

        starts = range(0, len(self.variations), BLOCK)
        left = [k for k in starts if None in self.outcomes[k : k + BLOCK]]
        blocks = [self.variations[k : k + BLOCK] for k in left]
        for n, outcomes in stream(job, blocks, processes, executor):
            yield left[n], outcomes
