"""``circuitnn options``: the options of the analyses, and their page of the documentation."""

from __future__ import annotations

import click

from circuitnn.options import IGNORED, MOST_ITERATIONS, Options, shown

HEADER = """# Options

`.options name=value …` in a deck, `option name=value` in a control block; in Python `circuit.op(reltol=1e-6)`
or `circuit.with_options(temp=85)`.

| option | default | range | from | meaning |
|---|---|---|---|---|"""
FOOTER = """
Other options, among them `xmu` (the trapezoidal rule is damped where it rings) and `ramptime`, have no effect, and
a warning says so.
"""


@click.command()
@click.option("--markdown", is_flag=True, help="The page of the documentation.")
def options(markdown: bool) -> None:
    """List the simulator options."""
    if markdown:
        click.echo(page(), nl=False)
        return
    from circuitnn.models.reference import columns

    click.echo("\n".join(columns([("option", "default", "range", "from", ""), *rows()])))


def rows(table: type[Options] = Options) -> list[tuple[str, ...]]:
    """The table as text: name, default with unit, range, origin, meaning."""
    return [
        (
            ", ".join(row.names),
            f"{shown(row.default)} {row.unit}".strip(),
            row.range.replace(str(MOST_ITERATIONS), "1e9"),
            row.origin,
            row.meaning,
        )
        for row in table.table.values()
    ]


def page(table: type[Options] = Options) -> str:
    """The table as a page of the documentation."""
    lines = [HEADER]
    lines += [f"| `{'`, `'.join(row[0].split(', '))}` | {' | '.join(row[1:])} |" for row in rows(table)]
    lines += ["", "Accepted without effect:", "", "| options of ngspice | why |", "|---|---|"]
    for why in dict.fromkeys(IGNORED.values()):
        lines.append(f"| `{' '.join(name for name, its in IGNORED.items() if its == why)}` | {why} |")
    return "\n".join([*lines, FOOTER])
