"""``circuitnn run``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circuitnn.cli.delivery import Delivery
from circuitnn.cli.limits import limit_options
from circuitnn.cli.numbers import run_document
from circuitnn.cli.outcome import (
    FAILED,
    INTERRUPTED,
    complain,
    exit_code,
    place,
    points_of,
    refused_memory,
    say_interrupted,
    say_kept,
)
from circuitnn.cli.own_models import load_all, models_option
from circuitnn.cli.terminal import progress_bar
from circuitnn.errors import AnalysisError, BudgetError, CircuitnnError, UnknownNameError
from circuitnn.machine.text import lowered
from circuitnn.machine.writing import incomplete
from circuitnn.ngspice import result_tables
from circuitnn.results import growing_rawfile, rawfile
from circuitnn.results.conversion import FORMATS
from circuitnn.results.figures import KINDS
from circuitnn.results.result import Result
from circuitnn.results.state import State
from circuitnn.units import parse_number

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit


@click.command()
@click.argument("deck", type=click.Path(dir_okay=False))
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the results here."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["raw", "ascii", "csv", "nc"]),
    help="Format of the output (default: by its suffix).",
)
@click.option(
    "--plot",
    "signals",
    multiple=True,
    metavar="SIGNALS",
    help="Draw signals, e.g. 'v(out) i(v1)'; may be repeated.",
)
@click.option(
    "--versus", metavar="SIGNAL", help="Signal of the x axis, in place of time or the swept source."
)
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    help="Kind of the picture (default: Bode plots of phasors, bars of operating points, else curves).",
)
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the picture (default: beside the output).",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set the value of a .param; may be repeated.",
)
@click.option(
    "--start",
    "first",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Let transients go on from the state in this file.",
)
@click.option(
    "--final",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the state at the end of the last transient here.",
)
@click.option(
    "--samples", type=click.IntRange(1), help="Monte Carlo: number of runs with different random numbers."
)
@click.option("--seed", type=click.IntRange(0), default=1, help="Seed of the samples.  [default: 1]")
@click.option(
    "--processes", type=click.IntRange(1), default=1, help="Processes for the samples.  [default: 1]"
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the samples that a run has left beside the output before it was interrupted or killed.",
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="NAME=LOW:HIGH",
    help="Limits of a measure, for the yield; may be repeated. With --verify: PERCENT by which figures may move.",
)
@click.option(
    "--verify",
    "verified",
    is_flag=True,
    help="Run again with tighter tolerances and smaller steps; exit code 1 if a figure moves beyond the limit.",
)
@click.option(
    "--ngbehavior",
    "behaviour",
    default="",
    help="Rules of PSPICE (psa), LTspice (lta), HSPICE (hs) where they differ.",
)
@models_option
@limit_options
@click.option("--overwrite", is_flag=True, help="Keep no copy of files that the deck replaces.")
@click.option("--statistics", is_flag=True, help="Show statistics of the run.")
@click.option("--json", "as_json", is_flag=True, help="Print numbers for programs.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def run(
    deck: str,
    output: Path | None,
    form: str | None,
    signals: Sequence[str],
    versus: str | None,
    kind: str | None,
    picture: Path | None,
    settings: Sequence[str],
    first: Path | None,
    final: Path | None,
    samples: int | None,
    seed: int,
    processes: int,
    resume: bool,
    limits: Sequence[str],
    verified: bool,
    behaviour: str,
    files: Sequence[str],
    overwrite: bool,
    statistics: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run every analysis of a deck."""
    if as_json and (samples is not None or verified):
        raise click.UsageError("--json is that of one run: samples are written with --output samples.csv")
    quiet = quiet or as_json
    load_all(files)
    form = _format(Path(deck), output, form)
    circuit = deck_circuit = _loaded(deck, settings, behaviour)
    code = 0
    begin = State.load(first) if first else None
    if (first or final) and (samples is not None or verified or circuit.deck.control):
        raise click.UsageError("--start and --final apply to one run of the deck's own analyses")
    if resume and samples is None:
        raise click.UsageError("--resume goes on with samples (--samples); a study goes on from its --record")
    if verified:
        from circuitnn.cli.verify import percent_of, verify

        percent = percent_of(limits)
        if samples is not None:
            raise click.UsageError("--verify applies to one run; omit --samples")
    with growing_rawfile.beside(output):
        with progress_bar(quiet) as progress:
            if samples is not None:
                from circuitnn.cli.samples import sample

                how = seed, processes, limits
                return sample(circuit, samples, *how, output, resume, signals, picture, quiet, progress)
            try:
                results: list[Result] = []
                if circuit.deck.control:
                    results, circuit = _by_commands(circuit, quiet, overwrite)
                results = results or circuit.run(progress=progress, start=begin)
                code = exit_code(results)
            except CircuitnnError as error:
                failure, results, code = error, points_of(error), FAILED
        delivery = Delivery()  # files first: a reader of what is printed may stop reading, as `head` does
        if output:
            _save(delivery, results, output, form, code)
    if final:
        delivery.add(partial(_save_state, results, final), final)
    if signals or versus or kind or picture:
        beside = picture or (output or Path(Path(deck).name)).with_suffix(".png")
        _draw(delivery, results, signals, versus, kind or "", beside, code)
    for result in results:
        if not quiet:
            click.echo("\n".join(result_tables.summary(result, statistics)))
    for sentence in result_tables.not_printed(results, circuit.flat.prints):
        click.echo(f"Warning: {sentence}", err=True)
    unwritten = delivery.close(quiet)
    if code == FAILED:
        complain(failure)
    if code == INTERRUPTED:
        say_interrupted(results)
    if code and delivery.paths:
        say_kept(delivery.paths)
    if verified and code == 0:
        code = verify(deck_circuit, results, percent, _again, quiet)
    if as_json:
        click.echo(run_document(deck, results, code or unwritten))
    return code or unwritten


def _loaded(deck: str, settings: Sequence[str], behaviour: str) -> Circuit:
    """Load a deck with the parameters set; it must have something to run."""
    from circuitnn.circuit.circuit import load

    parameters = dict(_setting(text) for text in settings)
    circuit = load(deck).with_dialect(behaviour)
    if parameters:
        circuit = circuit.with_parameters(**parameters)
    if not circuit.flat.analyses and not circuit.deck.control:
        what = (
            "no analysis card"
            if circuit.flat.elements or circuit.flat.devices
            else "no elements and no analysis"
        )
        raise AnalysisError(
            f"{deck}: {what}; add one, as .op or .tran 1u 1m ('circuitnn analyses' lists all)"
        )
    return circuit


def _save_state(results: Sequence[Result], path: Path) -> None:
    """Write the state at the end of the last transient."""
    states = [result.final_state for result in results if result.final_state is not None]
    if not states:
        raise AnalysisError(f"{path}: there is no transient whose state could be written")
    states[-1].save(path)


def _again(circuit: Circuit) -> list[Result]:
    """Run a deck again without output, and without the files that its control blocks write."""
    results: list[Result] = []
    if circuit.deck.control:
        results, circuit = _by_commands(circuit, quiet=True, writes=False)
    return results or circuit.run()


def _by_commands(
    circuit: Circuit, quiet: bool, overwrite: bool = False, writes: bool = True
) -> tuple[list[Result], Circuit]:
    """Run the deck's control blocks; return their results, and the circuit as they leave it."""
    from circuitnn.ngspice import control

    left = [circuit.without_control()]
    with Path(os.devnull).open("w") as nowhere:
        out = nowhere if quiet else None
        results, _ = control.run(circuit, out, overwrite=overwrite, writes=writes, left=left.append)
    return results, left[-1]


def _format(deck: Path, output: Path | None, form: str | None) -> str | None:
    """Determine the format before the run, and load what writes it: an hour of simulation must not fail there."""
    if output is None:
        if form:
            raise click.UsageError("--format needs --output")
        return None
    form = form or FORMATS.get(output.suffix.lower())
    if form is None:
        raise click.UsageError(
            f"{output}: unknown format; use the suffix .raw, .csv or .nc, or give --format"
        )
    if form == "nc":
        from circuitnn.results.netcdf import load_library

        load_library()
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"{output}: there is no such folder")
    if output.exists() and deck.exists() and output.samefile(deck):
        raise click.UsageError(f"{output} is the deck itself")
    return form


def _setting(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    try:
        if not (name.strip() and equals):
            raise ValueError(f"'{text}' is not NAME=VALUE")
        return lowered(name.strip()), parse_number(value.strip())
    except ValueError as error:
        raise click.UsageError(f"--set: {error}") from None


def _numbered(path: Path, results: Sequence[Result], code: int) -> list[Path]:
    """A path for each result: the path itself for a single result, else ``out_tran.csv``, ``out_tran2.csv``.

    Those of a run that has failed or was interrupted are as `place` says.
    """
    if len(results) == 1:
        return [Path(place(str(path), code))]
    seen: dict[str, int] = {}
    paths = []
    for result in results:
        seen[result.analysis] = seen.get(result.analysis, 0) + 1
        number = str(seen[result.analysis]) if seen[result.analysis] > 1 else ""
        paths.append(path.with_name(f"{path.stem}_{result.analysis}{number}{path.suffix}"))
    return [Path(place(str(path), code)) for path in paths]


def _save(delivery: Delivery, results: Sequence[Result], output: Path, form: str | None, code: int) -> None:
    if not results:
        return
    if form in ("raw", "ascii"):
        output = Path(place(str(output), code))
        delivery.add(partial(rawfile.write, output, results, binary=form == "raw"), output)
        return
    for result, path in zip(results, _numbered(output, results, code), strict=True):
        delivery.add(partial(_written, result, path, form), path)


def _written(result: Result, path: Path, form: str | None) -> None:
    """Write a result; as a rawfile, block by block, if there is no memory for the format.

    Raises
    ------
    BudgetError
        If so.
    """
    try:
        result.save(path, form)
    except Exception as error:
        if refused_memory(error) is None:
            raise
        left = Path(incomplete(str(path))).with_suffix(".raw")
        rawfile.write(left, [result])
        raise BudgetError(f"{path}: not enough memory to write it; what was computed is in {left}") from None


def _draw(
    delivery: Delivery,
    results: Sequence[Result],
    signals: Sequence[str],
    versus: str | None,
    kind: str,
    picture: Path,
    code: int,
) -> None:
    """Draw each result that has some of the signals; a signal that none of them has is an error."""
    from circuitnn.results import measure, plot

    names = " ".join(signals).split()
    missing: dict[str, CircuitnnError] = {}
    drawn: set[str] = set()
    drawable = []
    for result in results:
        curves = []
        for name in [versus, *names] if versus else names:
            try:
                curves.append((name, measure.evaluate(result, name)))
                drawn.add(name)
            except UnknownNameError as error:
                missing.setdefault(name, error)
        if len(result) and (curves or not names) and _has_x(result, curves, versus):
            drawable.append((result, curves))
    unknown = [reason for name, reason in missing.items() if name not in drawn]
    if unknown:
        delivery.faults += unknown
        return
    paths = _numbered(picture, [result for result, _ in drawable], code)
    for (result, curves), path in zip(drawable, paths, strict=True):
        x = curves.pop(0) if versus else None
        delivery.add(partial(plot.draw, result, *curves, path=path, x=x, kind=kind), path)


def _has_x(result: Result, curves: Sequence[tuple[str, Any]], versus: str | None) -> bool:
    return versus is None or (result.axis is not None and bool(curves) and curves[0][0] == versus)
