"""``circuitnn elements``: the element letters, and their page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator

import click

from circuitnn.elements import Element, known

HEADER = """# Elements

The first letter of a card says which element it is. [The deck language](../decks.md) has the rest of a deck.

| letter | card | meaning | copies (`m=`) | values |
|---|---|---|---|---|"""
FOOTER = """
`m=` is the number of copies in parallel; the column says how it changes the numbers on the card. An element whose
value is an expression in voltages has the values `i v p`, as `B` has. Devices (`D`, `M`, `N`, …) have the values of
their models, which `circuitnn models` lists. See [values of devices](../decks.md#values-of-devices).
"""


@click.command()
@click.option("--markdown", is_flag=True, help="The page of the documentation.")
def elements(markdown: bool) -> None:
    """List the element letters."""
    if markdown:
        click.echo(page(), nl=False)
        return
    from circuitnn.models.reference import columns

    click.echo("\n".join(columns([("letter", "card", "", "", ""), *rows()])))


def rows() -> list[tuple[str, ...]]:
    """Letter, card, meaning, effect of m copies, and values, for every element."""
    return [
        (e.letter.upper(), e.example, e.meaning, ", ".join(_copies(e)), " ".join(e.probes()))
        for e in known().values()
    ]


def _copies(element: Element) -> Iterator[str]:
    for column, power in element.parallel.items():
        yield f"{column} {'·' if power > 0 else '/'} m"
    if element.compact and not element.parallel:
        yield "currents · m"


def page() -> str:
    """The list as a page of the documentation."""
    lines = [HEADER]
    for letter, card, meaning, copies, values in rows():
        shown = f"`{values}`" if values else ""
        lines.append(f"| `{letter}` | `{card}` | {meaning} | {copies} | {shown} |")
    return "\n".join([*lines, FOOTER])
