"""``circuitnn report`` and ``circuitnn view``: pages about results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

SOURCE = click.argument("source", type=click.Path(exists=True, path_type=Path))


def page_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that both commands have."""
    for option in (
        click.option("--title", default="", help="Title of the page (default: that of the result)."),
        click.option(
            "--signals",
            multiple=True,
            metavar="SIGNALS",
            help="Curves to draw, e.g. 'v(out) i(v1)'; may be repeated (default: those that move most).",
        ),
        click.option(
            "--points",
            type=click.IntRange(100),
            default=10_000,
            show_default=True,
            help="Most points of a curve; of more, the extremes of equal runs are kept.",
        ),
        click.option("--overwrite", is_flag=True, help="Replace files that exist already."),
        click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
    ):
        command = option(command)
    return command


@click.command()
@SOURCE
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The page (default: beside the source, with the suffix .html).",
)
@click.option(
    "--figure",
    "figures",
    multiple=True,
    type=click.Choice(["png", "pdf", "svg"]),
    help="Write figures beside the page in this format; may be repeated.",
)
@page_options
def report(
    source: Path,
    output: Path | None,
    figures: Sequence[str],
    title: str,
    signals: Sequence[str],
    points: int,
    overwrite: bool,
    quiet: bool,
) -> int:
    """Write a page about a result: a rawfile, netCDF, or the record of a study.

    The page is one HTML file that opens from disk without a network.
    """
    from circuitnn.report import write

    written = write(
        source,
        output or source.with_suffix(".html"),
        signals=" ".join(signals).split(),
        points=points,
        title=title,
        figures=figures,
        overwrite=overwrite,
    )
    if not quiet:
        for path in written:
            click.echo(f"written: {path}")
    return 0


@click.command()
@SOURCE
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The page (default: in a folder of its own among the temporary files).",
)
@click.option("--no-open", "show", flag_value=False, default=True, type=bool, help="Do not open the browser.")
@page_options
def view(
    source: Path,
    output: Path | None,
    show: bool,
    title: str,
    signals: Sequence[str],
    points: int,
    overwrite: bool,
    quiet: bool,
) -> int:
    """Show a result in the browser: as `report`, on a page of its own."""
    from circuitnn.report import view as shown

    path = shown(
        source,
        output,
        show=show,
        signals=" ".join(signals).split(),
        points=points,
        title=title,
        overwrite=overwrite,
    )
    if not quiet:
        click.echo(f"written: {path}")
    return 0
