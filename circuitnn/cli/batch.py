"""ngspice's batch mode, so that tools that start ngspice can start circuitnn.

``circuitnn -b [-r out.raw] [-o log] deck.cir``; also its server mode, ``circuitnn -s < deck``, and its prompt.
Options without meaning here (``-n``, ``-a``, …) are accepted and ignored. Exit codes are ngspice's.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from circuitnn.cli.command_line import BANNER, USAGE, CommandError, CommandLine, parse
from circuitnn.cli.outcome import (
    FAILED,
    WRONG_COMMAND,
    complain,
    exit_code,
    guarded,
    place,
    points_of,
    say_interrupted,
)
from circuitnn.cli.subcommands import SUBCOMMANDS
from circuitnn.errors import CircuitnnError, nearest
from circuitnn.machine import access
from circuitnn.machine.hard_limits import enforced_limits
from circuitnn.machine.text import decoded, lowered
from circuitnn.ngspice import listing
from circuitnn.registry.analyses import ANALYSES, ORDER
from circuitnn.results import growing_rawfile, rawfile
from circuitnn.results.result import Result
from circuitnn.units import parse_number

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.flat import FlatCircuit

NOTHING_RUN = 'Note: No ".plot", ".print", or ".fourier" lines; no simulations run'


def batch(arguments: Sequence[str]) -> int:
    """Run the ngspice form of the command and return the exit code."""
    if near := _near_command(arguments[0]):
        print(
            f"Error: there is no command or file '{arguments[0]}'{near}; see circuitnn --help",
            file=sys.stderr,
        )
        return WRONG_COMMAND
    line = parse(arguments)
    memory, points, seconds = (_limit(line, f"max-{name}") for name in ("memory", "points", "time"))
    memory = None if memory is None else 1e6 * memory
    with enforced_limits(memory, points, seconds):
        return _batch(line, arguments)


def _near_command(word: str) -> str:
    """Which commands of ours the first word of a command line is near to, if it is no file."""
    if word[0] == "-" or not word.replace("-", "").isalpha() or os.path.exists(word):
        return ""
    return nearest(word, list(SUBCOMMANDS))


def _limit(line: CommandLine, name: str) -> float | None:
    text = line.options.get(name)
    try:
        value = None if text is None else parse_number(text)
        if value is None or value > 0.0:
            return value
    except ValueError:
        pass
    raise CommandError(f"--{name}={text}: a positive number is needed")


def _batch(line: CommandLine, arguments: Sequence[str]) -> int:
    options = line.options
    if "help" in options:
        print(f"{BANNER}\n{USAGE}")
        return 0
    if "version" in options:
        print(BANNER)
        return 0
    if "server" in options:
        return _server(options.get("ngbehavior", ""))
    files = line.files + ([options["circuitfile"]] if "circuitfile" in options else [])
    if files and not options and not os.path.exists(files[0]):
        raise CommandError(
            f"there is no file {files[0]}{access.similar(files[0])}, nor a command of that name"
        )
    if len(files) > 1:
        raise CommandError(f"one deck is taken, not {len(files)}")
    deck = files[0] if files else ""
    confine = "confine" in options
    with access.confined(os.path.dirname(deck) or ".") if confine else contextlib.nullcontext():
        if _asks(options):
            from circuitnn.ngspice.prompt import prompt

            return prompt(deck, options.get("ngbehavior", ""), "autorun" in options)
        return _logged(deck, options)


def _asks(options: Mapping[str, str]) -> bool:
    """Whether to ask for commands: with ``-i`` or ``-p``, or at a terminal without ``-b``, as ngspice."""
    if "batch" in options:
        return False
    return "interactive" in options or "pipe" in options or sys.stdin.isatty()


def _logged(deck: str, options: Mapping[str, str]) -> int:
    """Run a deck, from the standard input if it has no file; with ``-o``, messages go to a file."""
    if "output" not in options:
        return _run(deck, options)
    print(f"{BANNER}\n\nBatch mode\n\nComments and warnings go to log-file: {options['output']}\n")
    with (
        open(options["output"], "w", encoding="utf-8") as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        return guarded(lambda: _run(deck, options))


def _run(deck: str, options: Mapping[str, str]) -> int:
    from circuitnn.circuit.circuit import Circuit, load

    started = time.perf_counter()
    raw, overwrite = options.get("rawfile"), "overwrite" in options
    read = load(deck) if deck else Circuit.from_text(decoded(sys.stdin.buffer.read()))
    circuit = read.with_dialect(options.get("ngbehavior", ""))
    earlier: list[Result] = []
    failed = 0
    if circuit.deck.control:
        code, failed, earlier, circuit = _control(circuit, raw, overwrite)
        if code is not None:
            return code
    flat = circuit.flat
    if not flat.analyses or (raw is None and not _says_something(circuit)):
        print(NOTHING_RUN, file=sys.stderr)
        return FAILED if raw is None else 0  # as in ngspice
    print(f"\nCircuit: {lowered(flat.title.strip())}\n")
    print(f"Doing analysis at TEMP = {flat.temperature:.6f} and TNOM = {flat.tnom:.6f}\n")
    results, code = _listed_run(circuit, earlier) if raw is None else _written_run(circuit, raw)
    spent = sum(result.statistics.seconds.get("total", 0.0) for result in results)
    print(f"\nTotal analysis time (seconds) = {spent:g}")
    print(f"\nTotal elapsed time (seconds) = {time.perf_counter() - started:.3f}")
    return code or failed


def _written_run(circuit: Circuit, raw: str) -> tuple[list[Result], int]:
    """Run the analyses and write a rawfile; return the results and the exit code."""
    from circuitnn.ngspice.vectors import with_inner

    flat = circuit.flat
    with growing_rawfile.beside(raw):
        results, code = _results(with_inner(circuit))
        path = place(raw, code)
        waveforms = [result for result in results if result.analysis != "four"]
        _write(path, waveforms, flat)
    print(f'binary raw file "{path}"')
    for result in waveforms:
        _describe(result, True, flat.options)
    _say_measures(results)
    if flat.prints:
        print(".print line ignored since rawfile was produced.")
    if flat.fouriers:
        print(".fourier line ignored since rawfile was produced.")
    return results, code


def _write(path: str, results: list[Result], flat: FlatCircuit) -> None:
    """Write a rawfile; points of ``.step``, which ngspice does not have, as LTspice does, with its lines in the log."""
    from circuitnn.results import stepped

    written = [listing.streamed(result) for result in results]
    if not flat.steps or not stepped.write(path, written, flat.title, flat.steps):
        rawfile.write(path, written)
        return
    for result in written:
        print(".step " + " ".join(f"{name}={value:g}" for name, value in result.step.items()))


def _listed_run(circuit: Circuit, earlier: list[Result]) -> tuple[list[Result], int]:
    """Run the analyses and print what the deck asks for, of results of control blocks, too; return as above."""
    from circuitnn.ngspice import result_tables

    flat = circuit.flat
    if flat.saves and any(card.kind == "op" for card in flat.analyses):
        circuit = circuit.with_card(".save", "all", keep=True)  # the list of an operating point has all nodes
    results, code = _results(circuit)
    for result in results:
        if result.analysis == "four":
            from circuitnn.results import harmonics

            print("\n".join(harmonics.table(result)))
            continue
        _describe(result, False, flat.options)
        if result.analysis == "op" and len(result):
            _list_devices(result, circuit)
    _say_measures(results)
    for channel, text in result_tables.prints(earlier + results, flat.prints):
        if channel == "out":
            print(text)
        else:
            print(f"Error: {text}", file=sys.stderr)
    return results, code


def _control(
    circuit: Circuit, raw: str | None, overwrite: bool
) -> tuple[int | None, int, list[Result], Circuit]:
    """Run the control blocks.

    Returns the exit code (None if the deck's own analyses come next), that of files that could not be written, the
    results, and the circuit after the commands.
    """
    from circuitnn.ngspice import control

    flat = circuit.flat
    print(f"\nCircuit: {lowered(flat.title.strip())}\n")
    code, failed = None, 0
    produced: list[Result] = []  # all results made, even if a command destroyed them later

    def heard(result: Result) -> None:
        produced.append(result)
        _say_notes(result)

    left = [circuit.without_control()]
    with growing_rawfile.beside(raw):
        try:
            results, code = control.run(
                circuit, notice=heard, overwrite=overwrite, left=left.append, batch=True
            )
        except control.CommandsFailed as error:  # ngspice's exit code does not report failed commands
            complain(error)
            results, failed = points_of(error), FAILED if error.lost else 0
            code = None if error.code is None else error.code or failed
        say_interrupted(results)
        if code is not None:
            print("ngspice-44 done")
            return code, failed, results, left[-1]
        if flat.analyses and (raw is not None or _says_something(circuit)):
            return None, failed, results, left[-1]
        if raw is not None and results:
            rawfile.write(place(raw, exit_code(results) or failed), results)
    if not produced:  # as in ngspice, a run without any analysis has failed
        print(NOTHING_RUN, file=sys.stderr)
        return FAILED, failed, results, left[-1]
    print("Note: Simulation executed from .control section")
    return exit_code(results) or failed, failed, results, left[-1]


def _says_something(circuit: Circuit) -> bool:
    """Whether a run without a rawfile prints anything; if not, ngspice does not start it."""
    flat = circuit.flat
    return bool(flat.prints or flat.fouriers or flat.measures or any(_listed(c.kind) for c in flat.analyses))


def _listed(analysis: str) -> bool:
    """Whether results of an analysis are printed without being asked for."""
    return analysis in ANALYSES and any(plot.listed for plot in ANALYSES[analysis].plots)


def _results(circuit: Circuit) -> tuple[list[Result], int]:
    """Results of all analyses and the exit code; of a failed run, the results so far."""
    from circuitnn.circuit.running import every
    from circuitnn.ngspice.vectors import listed, resting

    try:
        results = every(circuit.source, None, None, ORDER)
    except CircuitnnError as error:
        complain(error)
        print("\nrun simulation(s) aborted", file=sys.stderr)
        return points_of(error), FAILED
    say_interrupted(results)
    code = exit_code(results)
    return [listed(resting(result, circuit.flat), circuit.flat) for result in results], code


def _say_notes(result: Result) -> None:
    for note in result.statistics.notes:
        print(f"Note: {note}", file=sys.stderr)


def _describe(result: Result, has_raw: bool, options: Mapping[str, object]) -> None:
    for line in listing.started(result, options):
        print(line)
    if result.statistics.linear_solver:
        print(f"Using {result.statistics.linear_solver.upper()} as Linear Solver")
    if listing.without_rest(result):
        print(listing.WITHOUT_REST)
    if has_raw:
        print(f"No. of Data Columns : {len(result.names)}  ")
    print(f"\nNo. of Data Rows : {len(result)}")
    for line in result.findings:
        print(line)
    _say_notes(result)
    if _listed(result.analysis) and len(result) and not has_raw:
        from circuitnn.ngspice import result_tables

        if result.analysis == "tf":
            table = result_tables.transfer_function(result)
        elif result.axis is None:
            table = result_tables.operating_point_table(result)
        else:
            table = result_tables.print_table(result, [])
        print("\n".join(table))


def _say_measures(results: list[Result]) -> None:
    """Measures after all runs, those of a kind of analysis in the order of the deck, as ngspice lists them."""
    from circuitnn.results import measure

    kinds, latest = [result.analysis for result in results], results[::-1]
    for result in sorted(latest, key=lambda result: kinds.index(result.analysis)):
        if result.measured:
            print(f"\n{measure.report(result)}")
        for outcome in result.measured:
            if outcome.value is None:
                print(f"Error: measure  {outcome.name}  : {outcome.message}", file=sys.stderr)


def _list_devices(result: Result, circuit: Circuit) -> None:
    """Models and devices of an operating point, as ngspice lists them."""
    from circuitnn.device_values.tables import DeviceTables

    tables = DeviceTables(circuit, result.array, result)
    print()
    for line in (*tables.models(tables.names), *tables.devices(tables.names)):
        print(line)


def _server(behaviour: str) -> int:
    """ngspice's ``-s``: read a deck from stdin, write a rawfile without its number of points to stdout.

    The number of points follows on stderr as ``@@@ bytes points``: PySpice's subprocess mode waits for it.
    """
    from circuitnn.circuit.circuit import Circuit

    circuit = Circuit.from_text(decoded(sys.stdin.buffer.read())).with_dialect(behaviour)
    flat = circuit.flat
    results, code = _results(circuit)
    out = sys.stdout.buffer
    out.write(f"\nCircuit: {flat.title.strip()}\n\n".encode())
    out.write(f"Doing analysis at TEMP = {flat.temperature:f} and TNOM = {flat.tnom:f}\n\n".encode())
    for result in results[:1]:
        head, variables = rawfile.header(result, 0, in_file=False).split("Variables:\n", 1)
        columns = f"No. of Data Columns : {len(result.names)}  \n"
        out.write(f"{head}Variables:\n{columns}{variables}Binary:\n".encode())
        rawfile.write_points(out, result)
        out.flush()
        print(f"@@@ {result.data.nbytes} {len(result)}", file=sys.stderr)
    return code
