"""``circuitnn run --verify``: the table of figures that move, and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from circuitnn.cli.outcome import FAILED
from circuitnn.cli.terminal import console
from circuitnn.results.result import Result

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.circuit.verification import Verification


def percent_of(limits: Sequence[str]) -> float:
    """The limit on a command line, ``0.5`` or ``0.5%``."""
    from circuitnn.circuit.verification import LIMIT

    if len(limits) > 1:
        raise click.UsageError("--verify has one --limit: PERCENT")
    try:
        limit = float(limits[0].removesuffix("%")) if limits else LIMIT
        if not limit >= 0.0:
            raise ValueError
    except ValueError:
        raise click.UsageError(f"--limit {limits[0]}: with --verify a percentage is needed, as 0.5") from None
    return limit


def verify(
    circuit: Circuit,
    results: Sequence[Result],
    limit: float,
    run: Callable[[Circuit], Sequence[Result]],
    quiet: bool,
) -> int:
    """Make the second run, show the figures that move, and return the exit code."""
    from circuitnn.circuit.verification import against

    verification = against(circuit, results, limit, run)
    if not quiet and verification.figures:
        _show(verification)
    if not quiet or not verification.passed:
        click.echo(verification.verdict, err=not verification.passed)
    return 0 if verification.passed else FAILED


def _show(verification: Verification) -> None:
    from rich import box
    from rich.table import Table

    from circuitnn.circuit.verification import SHOWN

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("analysis", "figure"):
        table.add_column(heading, no_wrap=True)
    for heading in ("as it is", "tighter", "moves by"):
        table.add_column(heading, justify="right", no_wrap=True)
    ordered = sorted(verification.figures, key=lambda figure: -figure.moved)
    for row, figure in list(zip(verification.rows, ordered, strict=True))[:SHOWN]:
        table.add_row(*row, style="bold" if figure.moved > verification.limit else None)
    console().print(table)
    if len(verification.figures) > SHOWN:
        click.echo(f"  … and {len(verification.figures) - SHOWN} figures that move less")
