"""``circuitnn info``."""

from __future__ import annotations

import click


@click.command()
@click.option(
    "--libngspice",
    is_flag=True,
    help="Show the path of the library with ngspice's C interface, and prepare it.",
)
def info(libngspice: bool) -> None:
    """Show versions, the linear solver and the compiled kernels."""
    if libngspice:
        from circuitnn.ngspice import library

        click.echo(library.prepared())
        return
    from circuitnn import config

    click.echo(config.as_text(config.configuration()))
