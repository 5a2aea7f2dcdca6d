"""Commands that make no sense: each is an error with its place, or does nothing; never a traceback."""

import io
import warnings

import pytest

from circuitnn import Circuit, cli
from circuitnn.errors import CircuitnnError, NetlistError
from circuitnn.ngspice import control
from circuitnn.ngspice.control import commands

DECK = """t
v1 a 0 dc 1 ac 1 sin(0 1 1k)
r1 a b 1k
c1 b 0 1u
.control
{}
.endc
.end
"""
ONCE_TRACEBACKS = (
    "fourier abc v(a)", "tran 10u 5m\nfourier abc v(a)", "tran 10u 5m\nspec a b c v(a)", "quit ²", "set curplot=()",
    "set rndseed=()", "set units=()", "tran 10u 5m\nset specwindow=()\nspec 0 1k 200 v(a)", "alter r1 = [ ]",
    "alter v1 = [ ]", "compose x start=0 stop=1e308 step=1e-308", "compose x start=0 stop=-1 step=1",
    "let x=poisson(1e300)", "let x=vector(1e400)", "let x=vector(0/0)", "let x=unitvec(1/0)", "cross x", "cross",
    "alter r1 = 1e999", "setseed ²", "setseed 99999999999999999999999", "cross x ² v(a)", "psd ² v(a)",
)  # fmt: skip


def run(text):
    control.run(Circuit.from_text(DECK.format(text)), io.StringIO())


def test_what_once_were_tracebacks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text in ONCE_TRACEBACKS:
        try:
            run(text)
        except CircuitnnError as error:
            assert "please report" not in str(error), (text, error)


WORDS = (
    "", "a", "v(a)", "v(zz)", "1", "0", "-1", "²", "1e999", "1e-320", "=", "(", ")", "()", "[ ]", "[", "x =", "= x",
    "x = 1", "x = (1 2", "@", "@r1[", "@r1[x]", "@r1[r] = 2", "r1 = a", "v(a) vs", "x.png v(a)", "x.raw", "$x", "$&x",
    "{", "}", '"', "a b c d e f", "v1 0 1 0", "v1 0 1 0.5", "1u 10u", "dec 1 1 10", "-5 -5", "x[1] = 2", "x[9e99]=1",
    "start=0 stop=1 step=0", "op x find v(a) at", "tran x avg v(b)", "f(x) = f(x)", "f(x) x", "\\", "9" * 5000,
)  # fmt: skip


@pytest.mark.thinned(4)
@pytest.mark.parametrize("name", sorted(commands.COMMANDS))
def test_every_command_with_any_words(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for before in ("", "op\n", "tran 10u 1m\n") if name in ("let", "print", "fft") else ("op\n",):
            for words in WORDS:
                try:
                    run(f"{before}{name} {words}")
                except CircuitnnError as error:
                    assert "please report" not in str(error), (name, words, error)


def test_the_boundary(monkeypatch, tmp_path, capsys):
    """What nobody thought of becomes a fault with its place, a request to report, and exit code 1."""

    def broken(interpreter, text):
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setitem(commands.COMMANDS, "echo", broken)
    with pytest.raises(
        NetlistError, match=r"deck:7: ZeroDivisionError: nobody .* fault of circuitnn.* report"
    ):
        run("op\necho x")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deck.cir").write_text(DECK.format("op\necho x"))
    assert cli.execute(["-b", "deck.cir"]) == 1
    assert "please report it with the deck" in capsys.readouterr().err
    monkeypatch.setattr("circuitnn.circuit.circuit.load", lambda *_: {}["nowhere"])
    assert cli.execute(["run", "deck.cir"]) == 1
    said = capsys.readouterr().err
    assert "KeyError: 'nowhere'; this is a fault of circuitnn" in said and "Traceback" not in said
