"""The commands of ``circuitnn`` as click commands."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click

from circuitnn import __version__
from circuitnn.cli.limits import timed
from circuitnn.cli.outcome import INTERRUPTED
from circuitnn.cli.subcommands import SUBCOMMANDS
from circuitnn.cli.suggesting import Suggesting

ENDLESS = ("serve",)  # commands that end when they are told to
OLD_OPTIONS = {"--jobs": "--processes"}  # they work for one release, see docs/vocabulary.md


class Commands(Suggesting):
    """Commands that are imported when they are called or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module = import_module(f"circuitnn.cli.{SUBCOMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command if cmd_name in ENDLESS or isinstance(command, click.Group) else timed(command)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="circuitnn")
def group() -> None:
    """Simulate circuits given as SPICE decks.

    Tools that start ngspice can start circuitnn instead: circuitnn -b -r out.raw deck.cir
    """


def present(arguments: Sequence[str]) -> list[str]:
    """The arguments with the present names of options; says on stderr which old ones there are."""
    renamed = []
    for argument in arguments:
        option, equals, value = argument.partition("=")
        if option in OLD_OPTIONS:
            click.echo(f"Warning: {option} is now called {OLD_OPTIONS[option]}", err=True)
            argument = f"{OLD_OPTIONS[option]}{equals}{value}"
        renamed.append(argument)
    return renamed


def call(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code; click's own errors become text."""
    try:
        code = group.main(present(arguments), prog_name="circuitnn", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:  # click turns Ctrl-C into this
        click.echo("Interrupted", err=True)
        return INTERRUPTED
    return int(code or 0)
