"""Groups of commands that say which ones a misspelt name is near to."""

from __future__ import annotations

import click

from circuitnn.errors import nearest


class Suggesting(click.Group):
    """A group whose message about an unknown command has the nearest known ones."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            near = nearest(name, self.list_commands(ctx))
            raise click.UsageError(f"there is no command '{name}'{near}", ctx)
        return super().resolve_command(ctx, args)
