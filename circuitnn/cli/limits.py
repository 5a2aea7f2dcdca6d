"""Limits on what a command may use (``--max-memory``, ``--max-points``, ``--max-time``) and read (``--confine``)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from pathlib import Path
from typing import Any

import click

from circuitnn.machine import access
from circuitnn.machine.hard_limits import enforced_limits

MAX_TIME = click.Option(
    ["--max-time"],
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Time limit of the command.",
)


def timed(command: click.Command) -> click.Command:
    """Give a command a limit of its time, unless it has one."""
    work = command.callback
    if work is None or any(parameter.name == "max_time" for parameter in command.params):
        return command

    @wraps(work)
    def limited(max_time: float | None = None, **arguments: Any) -> Any:
        with enforced_limits(seconds=max_time):
            return work(**arguments)

    command.callback = limited
    command.params.append(MAX_TIME)
    return command


def limit_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add these options to a command that takes a deck; they apply while it runs."""

    @click.option(
        "--max-memory",
        type=click.FloatRange(0, min_open=True),
        metavar="MB",
        help="Memory limit of the run (default: 80 % of the machine's).",
    )
    @click.option(
        "--max-points",
        type=click.FloatRange(1),
        metavar="N",
        help="Limit on the points of one analysis, or of a .step.  [default: 1e9]",
    )
    @click.option(
        "--max-time",
        type=click.FloatRange(0, min_open=True),
        metavar="SECONDS",
        help="Time limit; the points so far are kept.",
    )
    @click.option("--confine", is_flag=True, help="Let the deck read files below its own folder only.")
    @click.option(
        "--library",
        "libraries",
        multiple=True,
        type=click.Path(exists=True, file_okay=False),
        metavar="FOLDER",
        help="With --confine: another folder that it may read; may be repeated.",
    )
    @wraps(command)
    def limited(
        deck: str,
        max_memory: float | None,
        max_points: float | None,
        max_time: float | None,
        confine: bool,
        libraries: tuple[str, ...],
        **more: Any,
    ) -> int:
        folders = (Path(deck).parent, *map(Path, libraries))
        memory = None if max_memory is None else 1e6 * max_memory
        with (
            enforced_limits(memory, max_points, max_time),
            access.confined(*folders) if confine else nullcontext(),
        ):
            return command(deck=deck, **more)

    return limited
