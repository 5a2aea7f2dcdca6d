"""``circuitnn models`` and ``circuitnn model NAME``."""

from __future__ import annotations

import click

from circuitnn.cli.outcome import FAILED


@click.command()
@click.option("--names", is_flag=True, help="One bare name a line.")
@click.option("--markdown", is_flag=True, help="The reference page of all models.")
def models(names: bool, markdown: bool) -> None:
    """List the compact models."""
    from circuitnn.models import catalogue, reference

    listed = [model for _, model in sorted(catalogue().items())]
    if names:
        click.echo("\n".join(m.name for m in listed))
    elif markdown:
        click.echo(reference.page(listed), nl=False)
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


@click.command()
@click.argument("name")
def model(name: str) -> int:
    """Show a compact model: terminals, parameters, states, equations, source."""
    from circuitnn.errors import nearest
    from circuitnn.models import catalogue, reference

    found = catalogue().get(name.lower())
    if found is None:
        click.echo(f"Error: no model '{name}'{nearest(name.lower(), sorted(catalogue()))}", err=True)
        return FAILED
    click.echo(reference.as_text(found))
    return 0
