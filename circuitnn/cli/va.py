"""``circuitnn va check`` and ``circuitnn va info``: Verilog-A files."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click

from circuitnn.cli.limits import timed
from circuitnn.cli.outcome import FAILED

if TYPE_CHECKING:
    from circuitnn.veriloga.device import VerilogA

_FILE = click.argument(
    "file", metavar="FILE.va", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group()
def va() -> None:
    """Check Verilog-A files and show what is in them. Nothing in such a file is run."""


@timed
@va.command()
@_FILE
def check(file: Path) -> int:
    """Read a file and make a model of each module with its default parameters.

    All faults are shown, with file, line, column and a caret; so is what has no effect, and which variables keep their
    values from time point to time point. The exit code is 1 if there is a fault.
    """
    from circuitnn.errors import ModelFileError

    try:
        for model in _models(file):
            begin = time.perf_counter()
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                kernel = model.kernel()
                model.tell()
            spent = time.perf_counter() - begin
            for warning in caught:
                click.echo(f"warning: {warning.message}")
            unknowns, entries = len(kernel.inputs), len(kernel.G)
            click.echo(f"{model.name}: good; {unknowns} unknowns, {entries} conductances, {spent:.2f} s")
    except ModelFileError as error:
        click.echo(str(error), err=True)
        return FAILED
    return 0


@timed
@va.command()
@_FILE
def info(file: Path) -> int:
    """Show the modules of a file: terminals, and parameters with defaults, units, ranges and meanings."""
    from circuitnn.errors import ModelFileError
    from circuitnn.models.reference import columns

    try:
        for model in _models(file):
            click.echo(f"{model.name}: terminals {' '.join(model.terminals)}")
            defaults = model.given.sample
            rows = [("parameter", "default", "unit", "range", "")]
            for p in model.parameters:
                default = f"{defaults[p.name]:g}" if defaults[p.name] == defaults[p.name] else "follows"
                rows.append(
                    (p.aliases[-1] if p.name[-1] == "_" else p.name, default, p.unit, p.range, p.meaning)
                )
            click.echo("\n".join(f"  {line}" for line in columns(rows)))
    except ModelFileError as error:
        click.echo(str(error), err=True)
        return FAILED
    return 0


def _models(file: Path) -> list[type[VerilogA]]:
    from circuitnn.veriloga.device import model_of
    from circuitnn.veriloga.library import read_file

    return [model_of(design) for design in read_file(file)]
