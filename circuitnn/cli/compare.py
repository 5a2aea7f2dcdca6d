"""``circuitnn compare``: how far the results of one file are from those of another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from circuitnn.cli.outcome import FAILED

if TYPE_CHECKING:
    from circuitnn.results.comparison import Comparison

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("reference", type=FILE)
@click.argument("other", type=FILE)
@click.option(
    "--signals",
    multiple=True,
    metavar="SIGNALS",
    help="Signals to compare, e.g. 'v(out) i(v1)' (default: all).",
)
@click.option(
    "--limit",
    type=float,
    metavar="PERCENT",
    help="Fail if a signal deviates by more, in percent of its size.",
)
@click.option(
    "--picture", type=click.Path(dir_okay=False, path_type=Path), help="Draw the curves that deviate most."
)
@click.option("--json", "as_json", is_flag=True, help="Print numbers for programs.")
def compare(
    reference: Path,
    other: Path,
    signals: Sequence[str],
    limit: float | None,
    picture: Path | None,
    as_json: bool,
) -> int:
    """Compare the results of two files: rawfiles of circuitnn, ngspice or LTspice, tables (CSV), netCDF.

    Each result of REFERENCE is compared with the one of the same analysis in OTHER.
    """
    from circuitnn.results.comparison import compare as compared
    from circuitnn.results.comparison import paired
    from circuitnn.results.reading import read_all

    names = " ".join(signals).split()
    comparisons, alone = [], []
    for first, second in paired(read_all(reference), read_all(other)):
        if second is None:
            alone.append(first.plotname or first.analysis)
        else:
            comparisons.append(compared(first, second, *names))
    if as_json:
        click.echo(json.dumps([_numbers(c) for c in comparisons], indent=1))
    else:
        for comparison in comparisons:
            click.echo(f"{comparison.reference.plotname}\n{comparison}\n")
    for name in alone:
        click.echo(f"{other} has no {name}", err=True)
    if picture is not None:
        drawable = [c for c in comparisons if c.reference.axis is not None]
        if not drawable:
            raise click.UsageError("--picture: there are no curves to draw")
        max(drawable, key=lambda c: c.worst).plot(*names, path=picture)
        click.echo(f"written: {picture}", err=True)
    beyond = limit is not None and any(100.0 * c.worst > limit for c in comparisons)
    return FAILED if beyond or alone or not comparisons else 0


def _numbers(comparison: Comparison) -> dict[str, object]:
    return {
        "analysis": comparison.reference.analysis,
        "worst": comparison.worst,
        "signals": {
            d.name: {
                "relative": d.relative,
                "largest": d.largest,
                "at": None if d.at != d.at else d.at,
                "rms": d.rms,
            }
            for d in comparison.deviations
        },
        "missing": list(comparison.missing),
    }
