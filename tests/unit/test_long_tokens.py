"""A token of any length costs what its length costs, not the square of it."""

import gc
import io
import time
import warnings

import pytest

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError
from circuitnn.ngspice import control

LENGTH = 40_000
PIECES = (
    "a", "1", ".", "(", "()", "{", "'", '"', "a ", "=", "a=", ",", "$", "$x", ";", "+", "-", "*", "1e", "@a[", "v(",
    "/", "_", ">", " >", "a.", '"a" ', " ", "\t", "é", "\0",
)  # fmt: skip
CARDS = (
    "r1 a b {}", ".param x={}", "b1 a 0 v={}", "x1 a {} s", ".model m d({})", ".options {}", ".meas tran x {}",
    ".meas tran x find {} at=1", "v2 a 0 pulse({})", "v2 a 0 pwl {}", ".save {}", ".print tran {}", ".ic v({})=1",
    ".func f(x)={}", ".func {}", ".include {}", ".lib {} x", ".tran {}", ".dc v1 {}", ".title {}", ".subckt s {}",
    ".four 1k {}", ".if ({})", "{} a 0 1", ".crossbar x1 rows={} cols=2", "e1 a 0 value={}", "e1 a 0 poly(1) {}",
    "e1 a 0 table {}", ".step param x {}", ".noise {}", ".temp {}",
)  # fmt: skip
COMMANDS = (
    "{}", "print {}", "let x={}", "let {}", "echo {}", "set {}", "set x={}", "alter {}", "alter r1={}", "define {}",
    "meas tran x {}", "wrdata x {}", "compose x values {}", "fourier 1k {}", "dc {}", "option {}", "show {}",
)  # fmt: skip


def spent(text):
    """Processor time of reading a deck, and of its control block, without that of collecting garbage. [s]"""
    gc.disable()  # it looks at the whole graph the more often the larger that is
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            circuit = Circuit.from_text(text)
            if ".control" in text:
                control.run(circuit, io.StringIO())
            _ = circuit.flat
        except CircuitnnError as error:
            assert "please report" not in str(error)
            assert len(str(error)) < 200_000
        finally:
            gc.enable()
    return time.process_time() - started


def deck(where, piece, length):
    """Text of a deck whose card, or command, ``where`` holds a token of so many characters."""
    line = where.format(piece * (length // len(piece)) + "x" * piece.isspace())
    if line[0] == ">":
        line = f".control\nop\n{line[2:]}\n.endc"
    return f"t\nv1 a 0 1\nr1 a 0 1\n{line}\n.op\n.end\n"


@pytest.mark.thinned(13)
@pytest.mark.parametrize("where", [*CARDS, *(f"> {command}" for command in COMMANDS)])
def test_long_tokens(where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for piece in PIECES:
        seconds = spent(deck(where, piece, LENGTH))
        # Most take a hundredth of a second, and the square of the length took 8. What takes long is compared with an
        # eighth of its length: linear work is 8 times as long, the square 64 times, on a slow machine as on a fast one.
        assert seconds < 1.0 or seconds < 22 * spent(deck(where, piece, LENGTH // 8)), piece
