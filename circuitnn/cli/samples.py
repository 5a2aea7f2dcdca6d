"""``circuitnn run --samples``: a Monte Carlo study of a deck, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from circuitnn.cli.delivery import Delivery
from circuitnn.cli.outcome import FAILED, INTERRUPTED, place
from circuitnn.cli.terminal import console
from circuitnn.machine.text import lowered
from circuitnn.units import parse_number

if TYPE_CHECKING:
    from rich.table import Table

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.studies import Study
    from circuitnn.studies.pool import Told

MAX_FAILURES = 5  # number shown
_COLUMNS = ("mean", "std", "min", "p05", "p95", "max")


def sample(
    circuit: Circuit,
    samples: int,
    seed: int,
    jobs: int,
    limits: Sequence[str],
    output: Path | None,
    signals: Sequence[str],
    picture: Path | None,
    quiet: bool,
    progress: Told | None,
) -> int:
    """Run the samples, print the table, write the requested files; return the exit code."""
    if output is not None and output.suffix.lower() not in (".csv", ".nc"):
        raise click.UsageError(
            f"{output}: samples are written as .csv (measures) or .nc (measures and signals)"
        )
    names = " ".join(signals).split()
    keep = None if output is not None and output.suffix.lower() == ".nc" else tuple(names)
    study = circuit.monte_carlo(
        samples,
        seed=seed,
        limits=dict(_limit(text) for text in limits),
        signals=keep,
        processes=jobs,
        progress=progress,
    )
    delivery = Delivery()
    if output is not None:
        # what an interrupted study has does not replace the table of a complete one
        delivery.add(partial(study.save, place(str(output), INTERRUPTED if study.interrupted else 0)))
    beside = picture or (output or Path((circuit.path or Path("samples")).name)).with_suffix(".png")
    if picture is not None and len(study.measures.columns):
        delivery.add(partial(study.histogram, path=picture), picture)
    for k, name in enumerate(names):
        path = beside.with_name(f"{beside.stem}_{k + 1 if len(names) > 1 else 'signal'}{beside.suffix}")
        delivery.add(partial(study.overlay, lowered(name), path=path), path)
    if not quiet:
        _show(study)
    unwritten = delivery.close(quiet)
    if study.interrupted:
        return INTERRUPTED
    return FAILED if len(study.failures) == len(study) else unwritten


def _limit(text: str) -> tuple[str, tuple[float, float]]:
    """Read ``gain=3:5``; an omitted end is open."""
    name, equals, bounds = text.partition("=")
    low, colon, high = bounds.partition(":")
    try:
        if not (name.strip() and equals and colon):
            raise ValueError("NAME=LOW:HIGH")
        return lowered(name.strip()), (
            parse_number(low) if low.strip() else -np.inf,
            parse_number(high) if high.strip() else np.inf,
        )
    except ValueError as error:
        raise click.UsageError(f"--limit '{text}': {error}") from None


def _show(study: Study) -> None:
    failed = f", {len(study.failures)} failed" if study.failures else ""
    interrupted = ", interrupted" if study.interrupted else ""
    click.echo(f"Monte Carlo: {len(study)} samples{failed}{interrupted}")
    if len(study.measures.columns):
        console().print(_table(study))
    elif len(study):
        click.echo("  the deck has no .meas card: nothing to tabulate")
    if study.limits:
        click.echo(f"  yield: {100 * study.yielded:.2f} % keep all limits")
    for label, message in list(study.failures.items())[:MAX_FAILURES]:
        seed = study.seeds[study.measures.index.get_loc(label)]
        click.echo(f"  sample {label} (seed={seed}) failed: {message}")
    if len(study.failures) > MAX_FAILURES:
        click.echo(f"  … and {len(study.failures) - MAX_FAILURES} more")


def _table(study: Study) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("measure", no_wrap=True)
    for heading in ("n", "mean", "σ", *_COLUMNS[2:], *(["yield"] if study.limits else [])):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, row in study.statistics().iterrows():
        cells = [str(name), f"{row['count']:.0f}", *(_cell(row[c]) for c in _COLUMNS)]
        if study.limits:
            cells.append(f"{100 * row['yield']:.1f} %" if name in study.limits else "")
        table.add_row(*cells)
    return table


def _cell(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "–"
