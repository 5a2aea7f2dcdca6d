"""The progress bar of a study, on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(title: str, points: int, before: int = 0) -> Iterator[Callable[[int, int], object]]:
    """Show a bar with the points done, the time passed and the time left; return the function that advances it.

    Parameters
    ----------
    title : str
    points : int
    before : int
        Points done when the bar starts; they do not count in the estimate of the time left.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Left

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        Left(),
        TextColumn("{task.fields[failed]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(title, total=points, completed=before, failed="")

        def tell(done: int, failed: int) -> None:
            shown.update(task, completed=done, failed=f"[red]{failed} failed" if failed else "")

        yield tell
