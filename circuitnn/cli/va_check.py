"""``circuitnn va check``: what is read and what is run, on the terminal and on a page."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click

from circuitnn.cli.outcome import FAILED
from circuitnn.cli.terminal import progress_bar

if TYPE_CHECKING:
    from circuitnn.contract import Report
    from circuitnn.report.module_page import Examined
    from circuitnn.results.result import Result
    from circuitnn.veriloga.device import VerilogA

# The check of descriptions asks for more than a module can say; reading tells what is missing.
LEFT_OUT = "description"


def check(file: Path, run: bool, page: Path | None, openvaf: str) -> int:
    """Judge all modules of a file.

    Parameters
    ----------
    file : Path
    run : bool
        Whether to run the models, too.
    page : Path, optional
    openvaf : str
        The compiler.

    Returns
    -------
    int
        Exit code.
    """
    from circuitnn.errors import ModelFileError
    from circuitnn.veriloga.device import model_of
    from circuitnn.veriloga.library import read_file

    try:
        models = [model_of(design) for design in read_file(file)]
        if not models:
            raise ModelFileError(f"{file}: there is no module in it")
        examined = [_examined(model, file, run, openvaf) for model in models]
    except ModelFileError as error:
        click.echo(str(error), err=True)
        return FAILED
    if page is not None:
        from circuitnn.report import module_page

        module_page.write(file, examined, page, _versions(openvaf))
        click.echo(f"written: {page}")
    return FAILED if any(each.report is not None and not each.report.passed for each in examined) else 0


def _examined(model: type[VerilogA], file: Path, run: bool, openvaf: str) -> Examined:
    from circuitnn.report.module_page import Examined
    from circuitnn.veriloga.reading import remarks

    begin = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kernel = model.kernel()
        model.tell()
    spent = time.perf_counter() - begin
    findings = remarks(model)
    known = {(r.place.line, r.kind) for r in findings}
    sentences = [(f"{r.place.file}:{r.place.line}", r.kind, r.sentence) for r in findings]
    for warning in caught:
        place, _, sentence = str(warning.message).partition(": ")
        if (_line(place), "hidden state") not in known:
            sentences.append((place, "effect", sentence))
    for place, kind, sentence in sentences:
        click.echo(f"warning: {place}: {sentence} [{kind}]")
    unknowns, entries = len(kernel.inputs), len(kernel.G)
    click.echo(f"{model.name}: good; {unknowns} unknowns, {entries} conductances, {spent:.2f} s")
    facts = [
        ("terminals", " ".join(model.terminals)),
        ("parameters", str(len(model.parameters))),
        ("unknowns", f"{unknowns}: {' '.join(kernel.inputs)}"),
        ("entries of G and C", f"{entries} and {len(kernel.C)}"),
        ("noise sources", ", ".join(n.name for n in kernel.noises) or "none"),
        ("operating-point variables", ", ".join(model.assembled().probes) or "none"),
    ]
    report, compiled = _run(model, file, openvaf) if run else (None, None)
    return Examined(model.name, tuple(sentences), tuple(facts), report, compiled)


def _line(place: str) -> int:
    line = place.rpartition(":")[2]
    return int(line) if line.isdigit() else 0


def _run(model: type[VerilogA], file: Path, openvaf: str) -> tuple[Report, Result | None]:
    """Run the checks of all models, and the compiled file."""
    from circuitnn import contract
    from circuitnn.cli.check_model import show
    from circuitnn.contract.compiled import beside_compiled

    with progress_bar() as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they have been told
        report = contract.check_model(model, progress=progress)
        outcome, compiled = beside_compiled(model, report.response, file, openvaf)
    report.outcomes = [o for o in report.outcomes if o.check != LEFT_OUT] + [outcome]
    show(report)
    return report, compiled


def _versions(openvaf: str) -> dict[str, str]:
    """Versions of what was used."""
    from circuitnn.contract.report import SEED, versions
    from circuitnn.veriloga import compiler

    try:
        program = compiler.find(openvaf)
        named = compiler.version(program) or program
    except compiler.CompilerError:
        named = "not found"
    return {**versions(), "OpenVAF": named, "Seed": str(SEED)}
