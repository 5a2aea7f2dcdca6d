"""Integers of 32 bits, known before a simulation or changing in it, and strings, against Python's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD, close, load, value

from circuitnn import Circuit

NUMBERS = (0, 1, 5, -3, 100, -(2**31) + 7, 2**31 - 1)


def signed(x: int) -> int:
    """The low 32 bits of an integer in two's complement."""
    return (x + 2**31) % 2**32 - 2**31


OPERATORS = {
    "k << 3": lambda k: signed(k << 3),
    "k >> 3": lambda k: (k & 0xFFFFFFFF) >> 3,
    "k >>> 3": lambda k: k >> 3,
    "k & 6": lambda k: k & 6,
    "k & 'hFF0": lambda k: k & 0xFF0,
    "k & (-4)": lambda k: k & -4,
    "k | 5": lambda k: k | 5,
    "k ^ 12": lambda k: k ^ 12,
    "k ~^ 12": lambda k: ~(k ^ 12),
    "k & (k >> 1)": lambda k: k & ((k & 0xFFFFFFFF) >> 1),
    "^k": lambda k: (k & 0xFFFFFFFF).bit_count() % 2,
    "~^k": lambda k: 1 - (k & 0xFFFFFFFF).bit_count() % 2,
    "|k": lambda k: int(k != 0),
    "~|k": lambda k: int(k == 0),
    "&k": lambda k: int(k == -1),
    "~&(k | -2)": lambda k: int(k % 2 == 0),
    "((k > 2) << 1) + (k > 0)": lambda k: ((k > 2) << 1) + (k > 0),
}


@pytest.mark.parametrize("written", OPERATORS)
def test_bits_that_change_in_the_simulation(written: str, tmp_path: Path) -> None:
    """A device for each integer, which comes in as a voltage, and one that gets it as a parameter."""
    text = f"{HEAD}module dut(out, in); inout out, in; electrical out, in; parameter integer given = 0; integer k;"
    text += f" analog begin k = V(in) + given; V(out) <+ {written}; end endmodule\n"
    load(text, tmp_path)
    deck = "bits\n.model m dut\n"
    for j, number in enumerate(NUMBERS):
        deck += f"v{j} i{j} 0 {number}\nn{j} o{j} i{j} m\nnp{j} p{j} 0 m given={number}\n"
        deck += f"r{j} o{j} 0 1k\nrp{j} p{j} 0 1k\n"
    (op,) = Circuit(deck + ".op\n.end\n").run()
    for node in "op":
        found = [float(op[f"v({node}{j})"]) for j in range(len(NUMBERS))]
        np.testing.assert_allclose(found, [OPERATORS[written](k) for k in NUMBERS], rtol=1e-12, err_msg=node)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("3**5", 243.0),
        ("2.0**-1", 0.5),
        ("2147483647 + 1", -(2.0**31)),
        ("65536 * 65536 + 3", 3.0),
        ("65536.0 * 65536", 2.0**32),
        ("4'sd15 + 8'hF0 + 4'd15", -1.0 + 240.0 + 15.0),
        ("$clog2(9) * 100 + $clog2(8) * 10 + $clog2(1)", 430.0),
        ('("abc" < "abd") + 2*("b" >= "a") + 4*("a" != "a")', 3.0),
        ('{"ab", "c"} == "abc" && {2{"ab"}} == "abab"', 1.0),
        ('s.len() / 2 + 10*(s.substr(1, 2) == "el") + 100*(s.toupper() == "HELLO")', 112.0),
        ('s.compare("help") + 10*s.icompare("HELLO")', -1.0),
        ('t.atoi() / 2 + 1000*(t.substr(0, 1) == "12") + t.atoreal()', 61.0 + 1000.0 + 123.5),
        ("1e12 * Voltage.abstol + 1e12 * p.potential.abstol + 1e12 * p.flow.abstol", 2e6 + 1.0),
        ("potential(p, n) * 4", 1.0),
        ("max (* fast *) (1, 2)", 2.0),
        ("\\s .len()", 5.0),
    ],
)
def test_values(expression: str, expected: float, tmp_path: Path) -> None:
    before = 's = "hello"; t = "123.5 V";'
    assert close(value(expression, tmp_path, "string s, t;", before), expected)


def test_written_strings(tmp_path: Path) -> None:
    before = '$sformat(s, "%d-%s-%g", 3, "x", 1.5); $swrite(t, "a", 7);'
    assert close(value('(s == "3-x-1.5") + 2*(t == "a7")', tmp_path, "string s, t;", before), 3.0)


def test_repeat_rounds(tmp_path: Path) -> None:
    before = "k = 0; repeat (2.5) k = k + 1; repeat (-1) k = k + 100; casez (k) 3: k = k + 7; default: k = 0; endcase"
    assert close(value("k", tmp_path, "integer k;", before), 10.0)
