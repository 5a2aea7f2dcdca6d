"""``circuitnn models`` and ``circuitnn model NAME``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from circuitnn.cli.outcome import FAILED, complain
from circuitnn.cli.own_models import load_all, models_called, models_option
from circuitnn.errors import AnalysisError

if TYPE_CHECKING:
    from circuitnn.contract.canonical import Canonical
    from circuitnn.models.model import Model
    from circuitnn.results.result import Result


@click.command()
@click.option("--names", is_flag=True, help="Print only the names, one per line.")
@click.option(
    "--pages",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write a page for each model there (Markdown), with the curves of its decks, and one that lists them.",
)
@models_option
def models(names: bool, pages: Path | None, files: Sequence[str]) -> int:
    """List the compact models."""
    from circuitnn.models import catalogue, known, reference, registered

    load_all(files)
    listed = [model for _, model in sorted(known().items())]
    if pages:
        # a model that an option derives from another has no page of its own
        documented = [model for model in listed if model.name in catalogue() or model in registered()]
        return FAILED if write_pages(documented, pages) else 0
    if names:
        click.echo("\n".join(m.name for m in listed))
    else:
        heading = ("name", "deck", "terminals", "states", "")
        rows = [
            (
                m.name,
                f"{m.letter} … {m.types()[0]}",
                " ".join(m.terminals),
                " ".join(s.name for s in m.states),
                reference.headline(m),
            )
            for m in listed
        ]
        click.echo("\n".join(reference.columns([heading, *rows])))
    return 0


def write_pages(models: Sequence[type[Model]], folder: Path) -> int:
    """Write a page for each model, with the curves and numbers of its decks, and one that lists them.

    Parameters
    ----------
    models : sequence of type of Model
    folder : Path
        Made if it is not there; gets ``index.md`` and, for each model, ``NAME.md`` and pictures.

    Returns
    -------
    int
        Decks that failed, each of which is told on the standard error stream.
    """
    from circuitnn.contract import canonical
    from circuitnn.errors import CircuitnnError
    from circuitnn.models import reference

    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    for model in models:
        shown = ""
        for number, deck in enumerate(canonical.decks().get(model.name, ()), 1):
            suffix = "" if number == 1 else f"_{number}"
            try:
                shown += _section(deck, folder / f"{model.name}{suffix}.png")
            except CircuitnnError as error:
                failed += 1
                complain(error)
        (folder / f"{model.name}.md").write_text(reference.as_markdown(model, shown), encoding="utf-8")
    (folder / "index.md").write_text(reference.index(models), encoding="utf-8")
    click.echo(f"written: {folder / 'index.md'}")
    return failed


def _section(deck: Canonical, picture: Path) -> str:
    """Run one deck and draw it; return its section of the page."""
    from circuitnn.contract import canonical

    results = canonical.run(deck)
    lines = []
    if deck.x:
        canonical.draw(deck, results, picture)
        lines += [f"![{deck.title}]({picture.name})", ""]
    lines += [f"`netlists/{deck.name}`: {deck.title}", ""]
    rows = [f"| {' | '.join(row)} |" for row in _compared(deck, results)]
    if rows:
        lines += ["| | expected | got | deviation |", "| --- | --- | --- | --- |", *rows, ""]
    return "\n".join([*lines, ""])


def _compared(deck: Canonical, results: list[Result]) -> list[tuple[str, ...]]:
    """What a deck expects, the value, the value found, and its deviation."""
    from circuitnn.contract import canonical

    return [
        (str(c.expectation), f"{c.expectation.value:.6g}", f"{c.value:.6g}", f"{c.deviation:.1e}")
        for c in canonical.compared(deck, results)
    ]


@click.command()
@click.argument("name", metavar="NAME|FILE.py")
@click.option(
    "--plot",
    "picture",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[FILE.png]",
    help="Draw the canonical curve, of the model's deck, instead.",
)
@click.option("--veriloga", is_flag=True, help="Write the model as a Verilog-A module instead.")
@models_option
def model(name: str, picture: str | None, veriloga: bool, files: Sequence[str]) -> int:
    """Show a compact model: terminals, parameters, states, published sets, equations, source."""
    from circuitnn.models import reference

    load_all(files)
    chosen = models_called(name)
    if veriloga:
        from circuitnn.veriloga.writing.module import module

        if picture is not None:
            raise click.UsageError("--plot and --veriloga exclude each other")
        click.echo("\n".join(map(module, chosen)), nl=False)
        return 0
    if picture is None:
        click.echo("\n\n".join(map(reference.as_text, chosen)))
        return 0
    for shown in chosen:
        _plot(shown, Path(picture or f"{shown.name}.png"))
    return 0


def _plot(model: type[Model], picture: Path) -> None:
    """Run the deck that shows a model, draw it, and print its results."""
    from circuitnn.contract import canonical
    from circuitnn.models import reference

    drawn = [deck for deck in canonical.decks().get(model.name, ()) if deck.x]
    if not drawn:
        raise AnalysisError(f"no deck shows the model {model.name}")
    deck = drawn[0]
    results = canonical.run(deck)
    canonical.draw(deck, results, picture)
    click.echo(f"{deck.title} ({deck.path})")
    rows = _compared(deck, results)
    if rows:
        click.echo("\n".join(reference.columns([("", "expected", "got", "deviation"), *rows])))
    click.echo(f"written: {picture}")
