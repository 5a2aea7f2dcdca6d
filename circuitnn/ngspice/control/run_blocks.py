"""Running the control blocks of a deck as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from circuitnn.errors import CircuitnnError
from circuitnn.ngspice.control.blocks import Jump, Loop, Quit, labels, parse
from circuitnn.ngspice.control.interpreter import CommandsFailed, Interpreter
from circuitnn.ngspice.control.result_files import NoFiles
from circuitnn.results.result import Result

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit


def run(
    circuit: Circuit,
    out: IO[str] | None = None,
    notice: Callable[[Result], None] | None = None,
    overwrite: bool = False,
    writes: bool = True,
    left: Callable[[Circuit], None] | None = None,
    batch: bool = False,
) -> tuple[list[Result], int | None]:
    """Run the control blocks of a deck.

    Parameters
    ----------
    circuit : Circuit
    out : file, optional
        Where the commands print. Default: standard output.
    notice : callable, optional
        Called with each result as soon as it exists.
    overwrite : bool
        Whether the deck may replace files that no deck has written without keeping a copy.
    writes : bool
        False: no file is written.
    left : callable, optional
        Called with the circuit after the commands: ``alter`` and ``set`` may have changed it.
    batch : bool
        Whether to report progress in words, as ngspice's batch mode does.

    Returns
    -------
    results : list of Result
        Results of all analyses, with the vectors added by ``let``.
    code : int or None
        Exit code of ``quit``; None if the commands ran to their end.

    Raises
    ------
    NetlistError
        If commands fail, with their places; as in ngspice, all others have been run.
    """
    interpreter = Interpreter(circuit, out, overwrite)
    interpreter.notice, interpreter.batch = notice, batch
    if not writes:
        interpreter.files = NoFiles(interpreter.files.folders)
    code: int | None = None
    try:
        statements = parse(circuit.deck.control, circuit.deck.sources)
        interpreter.labels = labels(statements)
        interpreter.execute(statements)
    except Quit as end:
        code = end.code
    except Loop as signal:
        raise interpreter.fault(f"'{signal.word}' outside a loop") from None
    except Jump as jump:
        raise interpreter.fault(f"there is no label '{jump.label}' here") from None
    except CircuitnnError as error:
        error.results = _results(interpreter)
        raise
    finally:
        if left is not None:
            left(interpreter.circuit)
    if interpreter.failures:
        failed = CommandsFailed(interpreter.failures)
        failed.results, failed.lost, failed.code = _results(interpreter), interpreter.lost, code
        raise failed
    return _results(interpreter), code


def _results(interpreter: Interpreter) -> list[Result]:
    return [plot.with_own() for plot in interpreter.plots.all.values() if plot.result is not None]
