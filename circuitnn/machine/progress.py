"""A progress bar with the remaining time, on terminals and in notebooks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from circuitnn.errors import AnalysisError

PATIENCE = 1.0  # s; shorter runs show no progress bar


class ProgressBar:
    """A progress bar that appears when a run takes longer than a second.

    Call it with the fraction done and a text.

    Parameters
    ----------
    stream : callable, optional
        Returns the text file to draw on; called when the bar appears. Default: standard error, or the notebook.
    """

    def __init__(self, stream: Callable[[], IO[str]] = lambda: sys.stderr) -> None:
        self.started = time.monotonic()
        self.stream = stream
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> ProgressBar:
        return self

    def __call__(self, fraction: float, text: str) -> None:
        """Show the fraction done."""
        if self.bar is not None:
            self.bar.update(self.task, completed=fraction, description=text)
        elif time.monotonic() - self.started > PATIENCE:
            self._start(fraction, text)

    def _start(self, fraction: float, text: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=40),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(file=self.stream()),
            transient=True,
        )
        self.task = self.bar.add_task(text, total=1.0, completed=fraction)
        self.bar.start()

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()


@contextmanager
def followed(
    progress: Callable[[float, str], None] | bool | None,
) -> Iterator[Callable[[float, str], None] | None]:
    """Yield the callable to which a run reports its progress.

    Parameters
    ----------
    progress : callable or bool or None
        A callable is used as it is; True shows a progress bar.

    Yields
    ------
    callable or None

    Raises
    ------
    AnalysisError
        It is something else.
    """
    if progress is not None and not callable(progress) and not isinstance(progress, bool):
        raise AnalysisError(f"progress = {progress!r}: must be a function, True or False")
    if not isinstance(progress, bool):
        yield progress
    elif not progress:
        yield None
    else:
        with ProgressBar() as bar:
            yield bar
