"""The judge: what it reads, what it runs, and its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from verilog_a_modules import HEAD, two_terminal

from circuitnn.cli.group import call
from circuitnn.contract.points import ends
from circuitnn.veriloga.device import model_of
from circuitnn.veriloga.library import read_text
from circuitnn.veriloga.reading import remarks

GOOD = two_terminal(
    'I(p, n) <+ V(p, n) / r + white_noise(4 * `P_K * $temperature / r, "thermal");',
    '  (* desc = "resistance", units = "Ohm" *) parameter real r = 1k from (0:inf);',
    "good_resistor",
)


def said(body: str, declarations: str = "") -> list[str]:
    """Kinds and sentences about a module, without those on conventions."""
    (design,) = read_text(two_terminal(body, declarations), "model.va")
    return [f"{r.kind}: {r.sentence}" for r in remarks(model_of(design)) if r.kind != "convention"]


@pytest.mark.parametrize(
    ("body", "declarations", "expected"),
    [
        ("x = x + V(p, n); I(p, n) <+ x;", "real x;", "hidden state: 'x' is read before it is assigned"),
        ("I(p, n) <+ V(p, n);", "real x;", "unused: the variable 'x' is never used"),
        ("x = 3; I(p, n) <+ V(p, n);", "real x;", "unused: the variable 'x' is assigned and never read"),
        ("I(p, n) <+ V(p, n);", "parameter real k = 1;", "unused: the parameter 'k' is never used"),
        (
            "x1 = 1; I(p, n) <+ x1 * x2;",
            "real x1, x2;",
            "unassigned: 'x2' is read and never assigned: it is 0",
        ),
        ("I(p, n) <+ V(p, n);", '(* desc = "a" *) real gm;', "unassigned: the operating-point variable 'gm'"),
        (
            "I(p, n) <+ f(V(p, n));",
            "analog function real f; input a; real a, b; b = a; endfunction",
            "unassigned: the function 'f' never assigns its output 'f'",
        ),
        ("I(p, n) <+ 1 / 2 * V(p, n);", "", "integers: '1 / 2' divides integers"),
        ("I(p, n) <+ (k - 1) / 2 * V(p, n);", "parameter integer k = 4;", "integers: '(k - 1) / 2' divides"),
        (
            "I(p, n) <+ V(p, n) / r;",
            "parameter real r = 1 from [0:inf);",
            "domain: 'r' may be 0, and is divided",
        ),
        (
            "I(p, n) <+ V(p, n) / r;",
            "parameter real r = 1;",
            "domain: 'r' may be 0, and is divided by (it has no",
        ),
        (
            "I(p, n) <+ ln(a) * V(p, n);",
            "parameter real a = 1 from [0:5];",
            "domain: 'ln(a)': a may be 0 or neg",
        ),
        (
            "I(p, n) <+ sqrt(a) * V(p, n);",
            "parameter real a = 1 from [-1:5];",
            "domain: 'sqrt(a)': a may be neg",
        ),
        ("I(p, n) <+ V(p, n) + white_noise(1e-20);", "", "noise: 'white_noise' has no name"),
        ("I(p, n) <+ V(p, n) + flicker_noise(1e-20, 1);", "", "noise: 'flicker_noise' has no name"),
        (
            "if (V(p, n) > 0) I(p, n) <+ V(p, n);",
            "",
            "condition: a contribution depends on the condition 'V(p, n) > 0",
        ),
    ],
)
def test_remarks(body: str, declarations: str, expected: str) -> None:
    """Each construct is told, once, and nothing else."""
    (found,) = said(body, declarations)
    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("body", "declarations"),
    [
        ("I(p, n) <+ 4 / 2 * V(p, n) + 1.0 / 2 * V(p, n);", ""),
        ("I(p, n) <+ V(p, n) / r;", "parameter real r = 1 from (0:inf);"),
        ("I(p, n) <+ V(p, n) / r;", "parameter real r = 1 exclude 0;"),
        ("if (r > 0) I(p, n) <+ V(p, n) / r;", "parameter real r = 1 from [0:inf);"),
        ("I(p, n) <+ r > 0 ? V(p, n) / r : 0.0;", "parameter real r = 1 from [0:inf);"),
        ("if (k == 1) I(p, n) <+ V(p, n); else I(p, n) <+ 0.0;", "parameter integer k = 1;"),
        (
            "I(p, n) <+ sqrt(a) * ln(b);",
            "parameter real a = 1 from [0:inf); parameter real b = 1 from (0:inf);",
        ),
        ('gm = 1; I(p, n) <+ white_noise(1e-20, "w") + V(p, n);', '(* units = "S" *) real gm;'),
    ],
)
def test_no_remarks(body: str, declarations: str) -> None:
    """What is in order is not told."""
    assert said(body, declarations) == []


def test_conventions() -> None:
    """Parameters without meaning, unit or range are counted; names that differ by case are told."""
    (design,) = read_text(
        two_terminal("I(p, n) <+ V(p, n) * a * A;", "parameter real a = 1; parameter real A = 2;")
    )
    found = " ".join(r.sentence for r in remarks(model_of(design)))
    for word in (
        "meaning (desc): a, A",
        "unit (units): a, A",
        "range (from): a, A",
        "'a' and 'A' differ by upper",
    ):
        assert word in found


def test_ends_of_open_ranges() -> None:
    """Checks at the ends of ranges do not go to ends that lie outside."""
    text = two_terminal(
        "I(p, n) <+ V(p, n) / r / c / d;",
        "parameter real r = 1 from (0:5]; parameter real c = 1 exclude 0;"
        "parameter real d = 1 from [-1:1] exclude [-0.5:0.5];",
    )
    (design,) = read_text(text)
    assert [ends(p) for p in design.parameters] == [(5.0,), (), (-1.0, 1.0)]


def test_reading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Reading alone runs nothing; remarks are no faults, a file without a module is one."""
    path = tmp_path / "r.va"
    path.write_text(GOOD.replace("from (0:inf)", "from [0:inf)"))
    assert call(["va", "check", "--reading", str(path)]) == 0
    assert "'r' may be 0, and is divided by (range [0:inf)) [domain]" in capsys.readouterr().out
    path.write_text(HEAD)
    assert call(["va", "check", str(path)]) == 1
    assert "there is no module in it" in capsys.readouterr().err


@pytest.mark.long
def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sound module passes, and its page has verdict, versions, checks and curves; a pole within a range fails."""
    path, page = tmp_path / "r.va", tmp_path / "r.html"
    path.write_text(GOOD)
    assert call(["va", "check", str(path), "--html", str(page)]) == 0
    shown = capsys.readouterr().out
    assert "good_resistor: good; 2 unknowns, 4 conductances" in shown
    assert "PASSED: good_resistor" in shown
    text = re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<script.*?</script>", "", page.read_text(encoding="utf-8")))
    for word in (
        "QA sheet",
        "PASSED: good_resistor",
        "NumPy",
        "OpenVAF",
        "Seed",
        "derivatives",
        "reading",
        "response",
    ):
        assert word in text
    path.write_text(GOOD.replace("from (0:inf)", "from [0:inf)"))
    assert call(["va", "check", str(path)]) == 1
    assert "values" in capsys.readouterr().out
