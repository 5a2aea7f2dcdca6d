"""The commands of ``circuitnn`` as click commands."""

from __future__ import annotations

from collections.abc import Sequence

import click

from circuitnn import __version__
from circuitnn.cli.analyses import analyses
from circuitnn.cli.cache import cache
from circuitnn.cli.check import check
from circuitnn.cli.check_model import check_model
from circuitnn.cli.elements import elements
from circuitnn.cli.info import info
from circuitnn.cli.models import model, models
from circuitnn.cli.options import options
from circuitnn.cli.outcome import INTERRUPTED
from circuitnn.cli.run import run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="circuitnn")
def group() -> None:
    """Simulate circuits given as SPICE decks.

    Tools that start ngspice can start circuitnn instead: circuitnn -b -r out.raw deck.cir
    """


group.add_command(run)
group.add_command(check)
group.add_command(info)
group.add_command(analyses)
group.add_command(cache)
group.add_command(models)
group.add_command(model)
group.add_command(check_model)
group.add_command(options)
group.add_command(elements)


def call(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code; click's own errors become text."""
    try:
        code = group.main(list(arguments), prog_name="circuitnn", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:  # what click makes of Ctrl-C
        click.echo("Interrupted", err=True)
        return INTERRUPTED
    return int(code or 0)
