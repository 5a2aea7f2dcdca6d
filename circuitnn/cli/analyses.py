"""``circuitnn analyses``: the analyses, and their page of the documentation."""

from __future__ import annotations

import inspect

import click

from circuitnn.registry.analyses import ANALYSES, Analysis

HEADER = """# Analyses

An analysis is asked for by a card in a deck, by a command with the same words in a control block, or by a method of a
`Circuit`. [The deck language](../decks.md) has examples.

| card | analysis | results | `.meas` | options of its own |
|---|---|---|---|---|"""


@click.command()
@click.option("--markdown", is_flag=True, help="The page of the documentation.")
def analyses(markdown: bool) -> None:
    """List the analyses."""
    if markdown:
        click.echo(page(), nl=False)
        return
    from circuitnn.models.reference import columns

    click.echo("\n".join(columns([("card", "analysis", "results", "measures", "options"), *rows()])))


def rows() -> list[tuple[str, ...]]:
    """Card, meaning, names of results, whether they are measured, and options, for every analysis."""
    return [
        (
            f".{a.name} {a.form}".strip(),
            documentation(a).partition("\n")[0].rstrip(".").replace("``", "`"),
            ", ".join(plot.name for plot in a.plots),
            "yes" if a.measured else "",
            " ".join(a.options),
        )
        for a in (ANALYSES[name] for name in ANALYSES)
    ]


def documentation(analysis: Analysis) -> str:
    """The docstring of an analysis' method."""
    return inspect.getdoc(analysis.verb) or ""


def _parameters(analysis: Analysis) -> str:
    """Parameters of its method, with their defaults and without their types."""
    _, *parameters = inspect.signature(analysis.verb).parameters.values()
    return ", ".join(str(p.replace(annotation=inspect.Parameter.empty)) for p in parameters)


def page() -> str:
    """The list as a page of the documentation, with the methods of `Circuit`."""
    lines = [HEADER]
    for card, *cells, options in rows():
        shown, option_cell = card.replace("|", r"\|"), f"`{options}`" if options else ""
        lines.append(f"| `{shown}` | {' | '.join(cells)} | {option_cell} |")
    for name in ANALYSES:
        analysis = ANALYSES[name]
        call = f"circuit.{name}({_parameters(analysis)})"
        lines += ["", f"## {name}", "", "```text", call, "", documentation(analysis), "```"]
    return "\n".join([*lines, ""])
