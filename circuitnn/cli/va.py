"""``circuitnn va``: what can be done with Verilog-A files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from circuitnn.cli.limits import timed
from circuitnn.cli.outcome import FAILED
from circuitnn.cli.suggesting import Suggesting
from circuitnn.machine.text import lines_of

if TYPE_CHECKING:
    from circuitnn.veriloga.device import VerilogA

_FILE = click.argument(
    "file", metavar="FILE.va", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)

_OPENVAF = click.option(
    "--openvaf", default="", metavar="PROGRAM", help="The compiler; else $OPENVAF, else on the PATH."
)


@click.group(cls=Suggesting)
def va() -> None:
    """Check, show, rewrite and compile Verilog-A files. Nothing in such a file is run."""


@timed
@va.command()
@_FILE
@click.option("--reading", is_flag=True, help="Read only: leave out the checks that run the model.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PAGE.html",
    help="Write a QA sheet.",
)
@_OPENVAF
def check(file: Path, reading: bool, page: Path | None, openvaf: str) -> int:
    """Judge a file: read it, make models of its modules, and run the checks that all models must pass.

    Reading tells of hidden state, names without use or value, divisions of integers, arguments out of a function's
    domain within the ranges of parameters, noise without names, contributions under conditions on voltages, and
    parameters without meaning, unit or range. Running is what `check-model` does, with default parameters; where
    OpenVAF and ngspice are installed, the same file runs there, too. The exit code is 1 if there is a fault or a
    check fails; remarks are no faults.
    """
    from circuitnn.cli import va_check

    return va_check.check(file, not reading, page, openvaf)


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
            rows = [("parameter", "default", "unit", "range", ""), *_parameter_rows(model)]
            click.echo("\n".join(f"  {line}" for line in columns(rows)))
    except ModelFileError as error:
        click.echo(str(error), err=True)
        return FAILED
    return 0


def _parameter_rows(model: type[VerilogA]) -> Iterator[tuple[str, str, str, str, str]]:
    """Name, default, unit, range and meaning of each parameter; an array is one."""
    from circuitnn.veriloga.unparsing import text_of

    design, declared = model.design, model.design.scope.parameters
    first = {design.columns[key]: name for name in declared if (key := f"{name}[0]") in design.columns}
    others = {column for _, parts in design.arrays.values() for column in parts} - first.keys()
    for p in model.parameters:
        default, values = model.given.sample[p.name], p.range
        name = p.aliases[-1] if p.name[-1] == "_" else p.name
        shown = f"{default:g}" if default == default else "follows"
        if p.name in others:
            continue
        if p.name in first:
            name = first[p.name].lower()
            shown = text_of(declared[first[p.name]].default)
        elif p.name in design.words:
            shown = text_of(declared[design.words[p.name]].default)
        if p.name in design.words:
            key = first.get(p.name, design.words[p.name])
            values = ", ".join(text_of(word) for each in declared[key].ranges for word in each.words)
        yield name, shown, p.unit, values, p.meaning


def _models(file: Path) -> list[type[VerilogA]]:
    from circuitnn.veriloga.device import model_of
    from circuitnn.veriloga.library import read_file

    return [model_of(design) for design in read_file(file)]


@timed
@va.command("compile")
@_FILE
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.osdi",
    help="Where the library goes (default: beside the file).",
)
@_OPENVAF
def compile_(file: Path, output: Path | None, openvaf: str) -> int:
    """Compile a file for ngspice, by OpenVAF.

    circuitnn itself needs no compiler. ngspice loads the library by `pre_osdi FILE.osdi` in a control block.
    """
    from circuitnn.veriloga import compiler

    library = output or file.with_suffix(".osdi")
    try:
        program = compiler.find(openvaf)
        printed = compiler.compile_file(file, library, program)
    except compiler.CompilerError as error:
        click.echo(f"Error: {error}", err=True)
        return FAILED
    warnings_of = [line for line in lines_of(printed) if "warning" in line]
    click.echo("\n".join([*warnings_of, f"written: {library} ({compiler.version(program) or program})"]))
    return 0


@timed
@va.command()
@_FILE
def twin(file: Path) -> int:
    """Write the modules as subcircuits for ngspice, of its behavioural sources; nothing needs a compiler."""
    from circuitnn.models.twins import twin as written

    click.echo("\n".join(written(model, f"{model.name}_twin") for model in _models_of(file)), nl=False)
    return 0


@timed
@va.command()
@_FILE
def python(file: Path) -> int:
    """Write the modules as a Python file of models, which `--models` and `load_models` read."""
    from circuitnn.veriloga.writing.python_file import text

    click.echo(text(_models_of(file)), nl=False)
    return 0


@timed
@va.command()
@_FILE
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="NEW.va",
    help="Write the new file; else its changes are shown beside what they replace.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that exists already, without asking.")
def rewrite(file: Path, output: Path | None, overwrite: bool) -> int:
    """Rewrite steps by hand, `x = x + rate*dt` with dt from $abstime, as integrals.

    Results then do not depend on the time steps, and compilers without hidden state do not drop the state.
    """
    from circuitnn.machine.access import text_of
    from circuitnn.machine.writing import whole
    from circuitnn.veriloga.rewriting import beside
    from circuitnn.veriloga.rewriting import rewrite as rewritten

    text = text_of(file)
    rewriting = rewritten(_models_of(file), str(file), text)
    for sentence in rewriting.left:
        click.echo(f"warning: {sentence}", err=True)
    if not rewriting.steps:
        click.echo("nothing to rewrite: no variable is moved by a step of time")
        return FAILED if rewriting.left else 0
    if output is not None:
        if output.exists() and not overwrite and not _may_replace(output):
            click.echo(f"error: {output} exists: give another name, or --overwrite", err=True)
            return FAILED
        with whole(output) as out:
            out.write(rewriting.text)
        click.echo(f"written: {output}: {', '.join(step.name for step in rewriting.steps)} as integrals")
    else:
        click.echo(beside(text, rewriting.text))
    return 0


def _may_replace(path: Path) -> bool:
    """Ask on a terminal whether a file may be replaced; nobody else can answer."""
    return sys.stdin.isatty() and click.confirm(f"{path} exists: replace it?", err=True)


def _models_of(file: Path) -> list[type[VerilogA]]:
    """Models of a file, with their equations.

    Raises
    ------
    ModelFileError
    """
    from circuitnn.errors import ModelFileError

    models = _models(file)
    if not models:
        raise ModelFileError(f"{file}: there is no module in it")
    for model in models:
        model.assembled()
    return models
