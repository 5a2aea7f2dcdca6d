"""Directives: what tokens they leave, where faults are."""

from __future__ import annotations

import pytest

from circuitnn.veriloga.preprocessor import Preprocessor
from circuitnn.veriloga.source import Sources, VerilogAError
from circuitnn.veriloga.tokens import number


def words(text: str, folder: str = "") -> str:
    """Tokens of a text, with blanks between."""
    sources = Sources()
    preprocessor = Preprocessor(sources, [folder] if folder else [])
    preprocessor.read("file.va", text)
    sources.check()
    return " ".join(token.text for token in preprocessor.tokens)


def faults(text: str) -> list[str]:
    """Faults with line and column."""
    with pytest.raises(VerilogAError) as caught:
        words(text)
    return [f"{p.place.line}:{p.place.column}: {p.message}" for p in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a /* b */ c // d\n e", "a c e"),
        ("`define X 1+2\n`X * `X", "1 + 2 * 1 + 2"),
        ("`define SQ(x) ((x)*(x))\n`SQ(a+b)", "( ( a + b ) * ( a + b ) )"),
        ("`define P(a, b) a:b\n`P(f(1, 2), [3, 4])", "f ( 1 , 2 ) : [ 3 , 4 ]"),
        ("`define A 1 \\\n + 2\n`A;", "1 + 2 ;"),
        ("`define A `B\n`define B 7\n`A", "7"),
        ("`define F(x) x\n`F(`F(3))", "3"),
        ("`define N() 5\n`N()", "5"),
        ("`define X 1\n`undef X\n`ifdef X\n a\n`else\n b\n`endif", "b"),
        ("`ifdef A\n1\n`elsif __VAMS_COMPACT_MODELING__\n2\n`else\n3\n`endif", "2"),
        ("`ifndef A\n`ifdef B\n1\n`else\n2\n`endif\n`else\n3\n`endif", "2"),
        ("`ifdef A\n`ifdef B\n1\n`else\n2\n`endif\n`elsif C\n4\n`else\n3\n`endif", "3"),
        ('`ifdef A\n "`endif" // `else\n`else\n x\n`endif', "x"),
        ("`timescale 1ns / 1ps\n a", "a"),
        ('s = "a // b";', 's = "a // b" ;'),
    ],
)
def test_tokens(text: str, tokens: str) -> None:
    """Comments, macros and conditions."""
    assert words(text) == tokens


def test_include(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A file of the folder comes before a standard one; it may be included from another folder."""
    (tmp_path / "part.inc").write_text("`define Q 3\n a")
    (tmp_path / "constants.vams").write_text("`define M_PI 4")
    assert words('`include "part.inc"\n`include "constants.vams"\n`Q `M_PI', str(tmp_path)) == "a 3 4"
    assert words('`include "constants.vams"\n`M_PI') == "3.14159265358979323846"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a\n  `NONE", "2:3: there is no macro or directive `NONE"),
        ("`define OPTION 1\n`OPTIN", "2:1: there is no macro or directive `OPTIN (did you mean OPTION?)"),
        ("`define F(a, b) a\n`F(1)", "2:1: `F takes 2 arguments (a, b), 1 given"),
        ("`define F(a) a\n`F ;", "2:1: `F takes 1 arguments (a) in brackets"),
        ("`define F(a) a\n`F(1", "2:1: the bracket of `F is not closed"),
        ("`define A `A\n`A", "2:1: the macro `A calls itself"),
        ("`ifdef A\n1", "1:1: this condition has no `endif"),
        ("a\n`endif", "2:1: `endif without `ifdef"),
        ('`include "none.inc"', "1:11: cannot read 'none.inc': there is no such file"),
        ('`include "a\0b"', "1:11: cannot read 'a\0b': embedded null byte"),
        ('x = "open\n;', "1:5: this string is not closed on its line"),
        ("/* open", "1:1: this comment is not closed: '*/' is missing"),
        ("a = 5 \\ 3;", "1:7: the character '\\\\' has no meaning in Verilog-A"),
    ],
)
def test_faults(text: str, fault: str) -> None:
    """Each fault has its place."""
    assert faults(text) == [fault]


def test_several_faults_with_caret() -> None:
    """One run reports all; the caret stands below the character."""
    with pytest.raises(VerilogAError) as caught:
        words("a `X b\n\tc `Y")
    assert str(caught.value) == (
        "file.va:1:3: there is no macro or directive `X\n    a `X b\n      ^\n"
        "file.va:2:4: there is no macro or directive `Y\n     c `Y\n       ^"
    )


@pytest.mark.long
def test_macro_bomb() -> None:
    """Macros that double each other end in a fault, not in memory."""
    lines = ["`define M0 a a", *(f"`define M{k} `M{k - 1} `M{k - 1}" for k in range(1, 40)), "`M39"]
    assert "tokens" in faults("\n".join(lines))[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("1_000", 1000), ("1.5", 1.5), ("2e-3", 2e-3), ("1.3p", 1.3e-12), ("4k", 4e3), ("2M", 2e6)],
)
def test_numbers(text: str, value: float) -> None:
    """Scale factors are exact, integers stay integers."""
    assert number(text) == value
    assert type(number(text)) is type(value)
