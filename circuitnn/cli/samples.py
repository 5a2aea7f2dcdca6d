"""``circuitnn run --samples``: a Monte Carlo study of a deck, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from glob import escape
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from circuitnn.cli.delivery import Delivery
from circuitnn.cli.outcome import FAILED, INTERRUPTED, complain, place
from circuitnn.cli.terminal import console
from circuitnn.errors import CircuitnnError
from circuitnn.machine.text import lowered
from circuitnn.machine.writing import partial_name
from circuitnn.units import parse_number

if TYPE_CHECKING:
    from rich.table import Table

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.studies import Study
    from circuitnn.studies.pool import Told

MAX_FAILURES = 5  # number shown
_COLUMNS = ("mean", "std", "min", "p05", "p95", "max")


@dataclass
class Record:
    """The record of the samples beside the output, while they are not in it.

    Parameters
    ----------
    output : path
    resume : bool
        Go on from what an earlier run has left.
    """

    output: Path
    resume: bool

    def __post_init__(self) -> None:
        left = self._left() if self.resume else []
        self.earlier = bool(left)
        self.path = left[-1] if left else Path(partial_name(str(self.output.with_suffix(".jsonl"))))
        if self.resume and not left:
            click.echo(f"Note: there are no samples of {self.output} to go on from: all are run", err=True)

    def _left(self) -> list[Path]:
        """Records that earlier runs have left, the latest one last."""
        names = self.output.parent.glob(f"{escape(self.output.stem)}.{'[0-9a-f]' * 8}.partial.jsonl")
        return sorted(names, key=lambda path: path.stat().st_mtime)

    def close(self, delivered: bool) -> None:
        """Remove it if the output has its samples, or if it has none; otherwise say how to go on."""
        if not delivered and _has_samples(self.path):
            click.echo(f"The same command with --resume goes on from {self.path}", err=True)
        else:
            self.path.unlink(missing_ok=True)


def sample(
    circuit: Circuit,
    samples: int,
    seed: int,
    processes: int,
    limits: Sequence[str],
    output: Path | None,
    resume: bool,
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
    if resume and output is None:
        raise click.UsageError("--resume needs --output: the samples made so far lie beside it")
    if output is not None and output.suffix.lower() == ".nc":
        from circuitnn.results.netcdf import load_library

        load_library()
    names = " ".join(signals).split()
    record = None if output is None else Record(output, resume)
    wanted = {
        "seed": seed,
        "limits": dict(_limit(text) for text in limits),
        "signals": None if output is not None and output.suffix.lower() == ".nc" else tuple(names),
        "processes": processes,
        "progress": progress,
    }
    study, failure = _run_samples(circuit, samples, wanted, record)
    code = FAILED if failure is not None else INTERRUPTED if study.interrupted else 0
    delivery = Delivery()
    if output is not None:
        delivery.add(partial(study.save, place(str(output), code)))
    beside = picture or (output or Path((circuit.path or Path("samples")).name)).with_suffix(".png")
    beside = Path(place(str(beside), code))
    if picture is not None and len(study.measures.columns):
        delivery.add(partial(study.histogram, path=beside), beside)
    for k, name in enumerate(names):
        path = beside.with_name(f"{beside.stem}_{k + 1 if len(names) > 1 else 'signal'}{beside.suffix}")
        delivery.add(partial(study.overlay, lowered(name), path=path), path)
    if not quiet:
        _show(study)
    unwritten = delivery.close(quiet)
    if failure is not None:
        complain(failure)
    if code == INTERRUPTED:
        click.echo(f"Interrupted: {len(study)} of {samples} samples are made", err=True)
    if record is not None:
        record.close(delivered=not (code or unwritten))
    return code or unwritten or (FAILED if len(study.failures) == len(study) else 0)


def _run_samples(
    circuit: Circuit, samples: int, wanted: Mapping[str, Any], record: Record | None
) -> tuple[Study, CircuitnnError | None]:
    """Run the samples; return those made and the error that ended them."""
    try:
        return circuit.monte_carlo(samples, **wanted, record=None if record is None else record.path), None
    except BaseException as error:
        if isinstance(error, CircuitnnError) and error.study is not None:
            return error.study, error
        if record is not None and not record.earlier:
            record.close(delivered=False)
        raise


def _has_samples(record: Path) -> bool:
    """Whether a record has more than its first line."""
    try:
        with record.open("rb") as file:
            return len(list(islice(file, 2))) > 1
    except OSError:
        return False


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
