"""The option ``--models``, shared by commands that take the user's own models by name or Python file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from circuitnn.errors import CircuitnnError, nearest

if TYPE_CHECKING:
    from circuitnn.models.model import Model

models_option = click.option(
    "--models",
    "files",
    multiple=True,
    metavar="FILE",
    help="Load a file with your own models: Python, Verilog-A (.va), or compiled Verilog-A (.osdi); may be repeated.",
)


def load_all(files: Sequence[str]) -> None:
    """Load the models of some files."""
    for file in files:
        from circuitnn.models.files import load_models

        load_models(file)


def models_called(name: str) -> list[type[Model]]:
    """The model of a name, or the models of a Python file.

    Raises
    ------
    CircuitnnError
        There is no model of that name, or the file cannot be used.
    """
    from circuitnn.models import known

    if name.endswith((".py", ".va", ".vams", ".osdi")):
        from circuitnn.models.files import load_models

        return load_models(name)
    model = known().get(name.lower())
    if model is None:
        raise CircuitnnError(f"no model '{name}'{nearest(name.lower(), sorted(known()))}")
    return [model]
