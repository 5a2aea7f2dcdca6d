"""``circuitnn info``."""

from __future__ import annotations

import click

from circuitnn import config


@click.command()
def info() -> None:
    """Show versions, the linear solver and the compiled kernels."""
    click.echo(config.as_text(config.configuration()))
