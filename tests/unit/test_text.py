"""Bytes and lines: two names in bytes are two names, and a line ends at a newline only, in every reader."""

from __future__ import annotations

import ast
import io
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import circuitnn
from circuitnn.circuit.circuit import Circuit, load
from circuitnn.cli.batch import batch
from circuitnn.contract.expectations import expectations
from circuitnn.errors import DeckWarning
from circuitnn.machine.text import decoded, lines_of, lowered
from circuitnn.ngspice import control
from circuitnn.results import rawfile
from circuitnn.results.result import Result

# What `str.splitlines` takes for line ends, and deck readers must not.
FALSE_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
FUZZ = settings(max_examples=60, deadline=None)
COMMENTS = st.text(
    st.one_of(st.sampled_from(FALSE_ENDS), st.characters(exclude_characters="\r\n\0")), max_size=8
)
DIVIDER = "t\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.op\n"


def deck(folder: Path, content: bytes | str, name: str = "deck.cir") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ------------------------------------------------------------------------------------------------ bytes


def test_latin_1_nodes_stay_apart(tmp_path):
    text = "t\nv1 é 0 1\nr1 é ü 1k\nr2 ü 0 3k\nr3 É 0 1k\nv2 É 0 7\n.op\n"
    result = load(deck(tmp_path, text.encode("latin-1"))).op()
    assert result["v(é)"] == 1.0 and result["v(ü)"] == pytest.approx(0.75) and result["v(É)"] == 7.0


def test_the_file_is_decoded_by_one_decision():
    """In Latin-1 these bytes are two names; decoded line by line both would be é."""
    assert decoded(b"\xe9\n\xc3\xa9\n") == "\u00e9\n\u00c3\u00a9\n"


@given(st.lists(st.binary(min_size=1, max_size=6), min_size=2, max_size=6, unique=True))
@FUZZ
def test_distinct_bytes_stay_distinct(names):
    names = [n for n in names if b"\n" not in n]
    if b"\n".join(names)[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return
    whole = b"x\n" + b"\n".join(names)
    assert len(set(decoded(whole).split("\n")[1:])) == len(set(names))


def test_letters_beyond_ascii_keep_their_case():
    assert lowered("VÉ\u212a") == "vÉ\u212a"  # KELVIN SIGN: its lower case is an ASCII k
    assert Circuit.from_text("t\nv1 É 0 1\nr1 É é 1k\nr2 é 0 1k\n").op()["v(é)"] == 0.5


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_read_over(tmp_path, mark):
    included = deck(tmp_path, "r2 b 0 1k\n".encode(mark), "part.inc")
    text = f"t\nv1 a 0 2\nr1 a b 1k\n.include {included.name}\n"
    assert load(deck(tmp_path, text.encode(mark))).op()["v(b)"] == 1.0


def test_a_mark_between_joined_files_is_read_over():
    assert Circuit.from_text("t\nv1 a 0 2\n\ufeffr1 a b 1k\nr2 b 0 1k\n").op()["v(b)"] == 1.0


@pytest.mark.parametrize("end", [b"\x1a", b"\x1a\n", b"\0\0\0", b"\n\x1a\x1a", b" \x1a \n"])
def test_padding_of_old_systems_is_read_over(tmp_path, end):
    assert load(deck(tmp_path, DIVIDER.encode() + end)).op()["v(b)"] == 1.0


def test_what_is_not_read_is_said():
    with pytest.warns(DeckWarning, match=r"deck:4: what follows NUL is not read"):
        assert Circuit.from_text("t\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\0 m=2\n").op()["v(b)"] == 1.0
    with pytest.warns(DeckWarning, match=r"deck:5: what follows a control character is not read"):
        assert Circuit.from_text(DIVIDER.replace(".op", "\x1ar3 b 0 1k")).op()["v(b)"] == 1.0
    with pytest.warns(DeckWarning, match=r"deck:3: a character that is not a line end"):
        assert Circuit.from_text("t\nv1 a 0 2\nr1 a b\x1c1k\nr2 b 0 1k\n").op()["v(b)"] == 1.0


@pytest.mark.parametrize("stray", ["\x13", "\x01", "\x1b", "\x7f", "\x13k"])
def test_a_control_character_ends_a_number(stray):
    divider = "t\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k{}\nc1 b 0 1u ic=2{}\n"
    with pytest.warns(DeckWarning, match=r"deck:4: a control character ends a number"):
        assert Circuit.from_text(divider.format(stray, "")).op()["v(b)"] == 1.0
    with pytest.warns(DeckWarning, match=r"deck:5: a control character ends a number"):
        found = Circuit.from_text(divider.format("", stray)).tran(1e-5, 1e-6, uic=True)
    assert found["v(b)"][0] == pytest.approx(2.0)


def test_marks_of_protected_parts_and_stray_ends_of_control_blocks_are_read_over():
    text = "t\n.prot\nv1 a 0 2\n.unprot\n.endc\nr1 a b 1k\nr2 b 0 1k\n"
    with pytest.warns(DeckWarning, match=r"deck:5: '\.endc' ends no '\.control'"):
        assert Circuit.from_text(text).op()["v(b)"] == 1.0


@pytest.mark.parametrize(("begin", "end"), [(".controll", ".endc"), (".controls", ".endcontrol")])
def test_only_the_beginnings_of_a_control_blocks_marks_count(begin, end, tmp_path, capfd):
    path = deck(tmp_path, f"t\nv1 a 0 2\nr1 a 0 1k\n{begin}\nop\nprint v(a)\n{end}\n.end\n".encode())
    assert batch(["-b", str(path)]) == 0
    assert "v(a) = 2.0000" in capfd.readouterr().out


def test_the_server_reads_bytes(monkeypatch, capfd):
    text = "t\nv1 é 0 1\nr1 é ü 1k\nr2 ü 0 1k\n.op\n.end\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode("latin-1")), "utf-8"))
    assert batch(["-s"]) == 0
    assert "No. Variables: 3" in capfd.readouterr().out


def test_names_of_a_rawfile_stay_apart(tmp_path):
    path = tmp_path / "out.raw"
    names = ("v(\xe9)", "v(\xfc)", "v(\xc3\xa9)", "v(a\xa0b)", "v(a\xa0c)")
    result = Result("t", "op", "Operating Point", None, names, ("voltage",) * 5, np.arange(5.0)[None])
    rawfile.write(path, [result])
    assert rawfile.read(path)[0].names == names
    path.write_bytes(path.read_bytes().decode("latin-1").encode("latin-1"))
    header, mark, points = path.read_bytes().partition(b"Binary:\n")
    path.write_bytes(header.decode().encode("latin-1") + mark + points)  # as a Latin-1 program writes it
    (again,) = rawfile.read(path)
    assert again.names == names and [again[n] for n in names] == [0.0, 1.0, 2.0, 3.0, 4.0]


# ------------------------------------------------------------------------------------------------ lines


def test_lines_end_at_newlines_only():
    assert lines_of("a\r\nb\rc\n\nd") == ["a", "b", "c", "", "d"]
    assert lines_of(f"a{FALSE_ENDS}b\n") == [f"a{FALSE_ENDS}b"]


@pytest.mark.parametrize("end", list(FALSE_ENDS))
@pytest.mark.parametrize(
    "comment", ["* comment{}r9 b 0 1", "r3 b 0 1meg ; no{}r9 b 0 1", "r3 b 0 1meg $ {}r9 b 0 1"]
)
def test_a_comment_reaches_to_the_end_of_its_line(tmp_path, end, comment):
    line = comment.format(end)
    expected = Circuit.from_text(DIVIDER + line.split(end)[0]).export()
    assert Circuit.from_text(DIVIDER + line).export() == expected
    deck(tmp_path, f"* title\n{line}\n", "part.inc")
    deck(tmp_path, f"* {end}.lib b\n.lib a\n{line}\n.endl\n", "part.lib")
    for card in (".include part.inc", ".lib part.lib a"):
        assert load(deck(tmp_path, f"{DIVIDER}{card}\n")).export() == expected


@given(COMMENTS, COMMENTS, COMMENTS)
@FUZZ
def test_nothing_in_a_comment_matters(title, comment, rest):
    text = f"{title}\nv1 a 0 2\n*{comment}\nr1 a b 1k\n* {comment}r9 b 0 1\nr2 b 0 1k ;{rest}\n+ m=1 ${rest}\n.op\n"
    circuit = Circuit.from_text(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert circuit.op()["v(b)"] == 1.0
    assert Circuit.from_text(circuit.text).text == circuit.text


@pytest.mark.parametrize("end", list(FALSE_ENDS))
def test_files_that_a_deck_names_are_read_alike(tmp_path, end):
    deck(tmp_path, f"* times{end}0 5\n0 0 ; {end}1 9\n1 1\n", "wave.txt")
    circuit = load(deck(tmp_path, "t\nv1 a 0 pwl file=wave.txt\nr1 a 0 1\n.tran .1 1\n"))
    assert circuit.run()[0]["v(a)"][-1] == pytest.approx(1.0)
    deck(tmp_path, f"# cells{end}1,2\n1e-6, 2e-6\n3e-6, 4e-6\n", "g.csv")
    text = "t\nv1 in0 0 1\nv2 in1 0 1\n.crossbar x rows=2 cols=2 file.g=g.csv left=in bottom=0\n.op\n"
    assert load(deck(tmp_path, text)).op()["i(v2)"] == pytest.approx(-7e-6)


@pytest.mark.parametrize("end", list(FALSE_ENDS))
def test_control_blocks_and_expectations_are_read_alike(tmp_path, end):
    path = deck(
        tmp_path, f"{DIVIDER}* no{end}* expect: op v(b) = 9\n.control\n* {end}alter r2 9k\nop\n.endc\n"
    )
    assert control.run(load(path))[0][0]["v(b)"] == 1.0
    assert expectations(path) == ()


def _calls(path: Path) -> list[tuple[int, str, str]]:
    """Line, name and text of each call in a file."""
    tree = ast.parse(path.read_bytes())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [(c.lineno, getattr(c.func, "attr", getattr(c.func, "id", "")), ast.unparse(c)) for c in calls]


WRITES = re.compile(r"""os\.(fd)?open\(|['"]([wax]b?[+]?|r[+]?b)['"]|\b(mode|named)\b""")


def test_one_place_reads_text():
    """`open` to read text, `read_text` and `splitlines` are for nobody else; so is decoding with loss."""
    found = []
    for path in sorted(Path(circuitnn.__file__).parent.rglob("*.py")):
        for line, name, text in _calls(path):
            reads = name == "open" and not WRITES.search(text)
            method = name == "read_text" and ".read_text(" in text
            lossy = "errors='replace'" in text or (name == "decode" and "replace" in text)
            if reads or method or lossy or name == "splitlines":
                found.append(f"{path.name}:{line}: {text}")
    assert found == []
