"""``--max-memory``, ``--max-points`` and ``--max-time``: what a command may take."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from circuitnn import budget


def limit_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the three options; they hold while it runs."""

    @click.option(
        "--max-memory",
        type=click.FloatRange(0, min_open=True),
        metavar="MB",
        help="Most memory that the run may hold (default: 80 % of the machine's).",
    )
    @click.option(
        "--max-points",
        type=click.FloatRange(1),
        metavar="N",
        help="Most points of one analysis, or of a .step.  [default: 1e9]",
    )
    @click.option(
        "--max-time",
        type=click.FloatRange(0, min_open=True),
        metavar="SECONDS",
        help="Stop then, and keep the points so far.",
    )
    @wraps(command)
    def limited(
        *words: Any, max_memory: float | None, max_points: float | None, max_time: float | None, **more: Any
    ) -> int:
        memory = None if max_memory is None else 1e6 * max_memory
        with budget.limits(memory=memory, points=max_points, seconds=max_time):
            return command(*words, **more)

    return limited
