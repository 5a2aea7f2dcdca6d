"""``circuitnn engines``: which engine solves what, and its page of the documentation."""

from __future__ import annotations

import click

from circuitnn.registry.engines import ENGINES

HEADER = """# Engines

Each engine takes a problem or declines it with a reason; then the next one of its table is asked.
`result.statistics` says which one solved it (`engine`, `linear_solver`) and why others declined (`declined`).
See [crossbars](../crossbars.md) and [the line solver](../architecture.md#the-line-solver).
"""
TITLES = {
    "array": "Operating points and linear responses of declared arrays (`Crossbar`)",
    "matrix": "Linear systems of all circuits (`.options linear_solver`)",
}


@click.command()
@click.option("--markdown", is_flag=True, help="The page of the documentation.")
def engines(markdown: bool) -> None:
    """List the engines, and what each of them takes."""
    if markdown:
        click.echo(page(), nl=False)
        return
    for problem, title in TITLES.items():
        click.echo(title.replace("`", ""))
        for name, takes, method in rows(problem):
            click.echo(f"  {name:12s}{takes}\n{'':14s}{method}")


def rows(problem: str) -> list[tuple[str, str, str]]:
    """Name, problems taken, and method of each engine for one kind of problem."""
    return [(e.name, e.takes, e.method) for e in ENGINES if e.problem == problem]


def page() -> str:
    """The list as a page of the documentation."""
    lines = [HEADER]
    for problem, title in TITLES.items():
        lines += [f"## {title}\n", "| engine | takes | method |", "|---|---|---|"]
        lines += [f"| `{name}` | {takes} | {method} |" for name, takes, method in rows(problem)]
        lines.append("")
    return "\n".join(lines)
