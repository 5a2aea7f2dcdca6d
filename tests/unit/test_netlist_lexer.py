"""Files, comments, continuation, includes and libraries."""

from __future__ import annotations

import pytest

from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.netlist import elaborate, parse, read
from circuitnn.netlist.lexer import Lexer
from circuitnn.netlist.origins import Sources


def cards(text):
    lexer = Lexer(Sources())
    lexer.read(text, None)
    return lexer.cards


def resistances(circuit):
    return {
        n: float(r)
        for t in circuit.elements
        if t.kind == "r"
        for n, r in zip(t.names, t.values["r"], strict=True)
    }


def test_comments_case_and_continuation():
    text = "Title R\n* no\nR1 A 0 1K ; one\n R2 B$1 0\n* between\n\n+ 2K $ two\n+\n+ m=2 // three\n.OP\n.end\nR3 a 0 1"
    with pytest.warns(DeckWarning, match="'.end' ends the circuit"):
        assert cards(text) == ["r1 a 0 1k", "r2 b$1 0  2k   m=2", ".op"]


def test_a_continuation_of_nothing_is_read_over():
    """As what follows a card that a vendor has commented out."""
    with pytest.warns(DeckWarning, match="continues nothing"):
        assert cards("title\n* .model a d(is=1)\n+ n=2\nr1 a 0 1k") == ["r1 a 0 1k"]


def test_a_line_that_begins_with_a_hash_is_a_comment():
    assert cards("t\n#r9 x\nr1 a 0 1k\n# between\n+ m=2\nr#2 a#1 0 1k\n") == [
        "r1 a 0 1k  m=2",
        "r#2 a#1 0 1k",
    ]


def test_titles():
    assert parse("My Title\nR1 a 0 1").title == "My Title"
    assert parse(".title My Title\nR1 a 0 1").title == "My Title"
    assert parse("x\n.title Other One\nR1 a 0 1").title == "Other One"
    assert parse("").title == ""


def test_windows_and_old_mac_line_ends():
    assert cards("t\r\nR1 a 0 1\r\n+ m=2\r\n") == ["r1 a 0 1  m=2"]
    assert cards("t\rR1 a 0 1\r") == ["r1 a 0 1"]


def test_long_continuations_are_linear_in_time():
    points = "\n".join(f"+ {k}n {k % 2}" for k in range(50_000))
    circuit = elaborate(parse(f"t\nV1 a 0 PWL(\n{points}\n+ )\nR1 a 0 1\n"))
    assert len(circuit.elements[1].waveforms[0].values) == 100_000


def test_relative_includes_and_case_of_file_names(tmp_path):
    (tmp_path / "Sub Dir").mkdir()
    (tmp_path / "Sub Dir" / "Inner.INC").write_text("R2 a 0 2\n.include 'last.inc'\n.end\nR9 a 0 9\n")
    (tmp_path / "Sub Dir" / "last.inc").write_text("R3 a 0 3\n")
    deck = tmp_path / "deck.cir"
    deck.write_text('t\n.INCLUDE "Sub Dir/Inner.INC" ; comment\nR1 a 0 1\n')
    with pytest.warns(DeckWarning, match=r"Inner.INC:4: '.end' ends the circuit"):
        assert resistances(elaborate(read(str(deck)))) == {"r1": 1.0, "r2": 2.0, "r3": 3.0}


LIBRARY = """* library
.lib slow
.lib 'models.lib' common
.param k=2
.endl slow
.LIB fast
.param k=1
.endl
.lib common
R2 a 0 {k*10}
.endl common
R9 a 0 1
"""


@pytest.mark.parametrize(("section", "expected"), [("slow", {"r1": 2.0, "r2": 20.0}), ("FAST", {"r1": 1.0})])
def test_library_sections(tmp_path, section, expected):
    (tmp_path / "models.lib").write_text(LIBRARY)
    text = f"t\n.lib 'models.lib' {section}\nR1 a 0 {{k}}\n"
    assert resistances(elaborate(parse(text, str(tmp_path / "deck.cir")))) == expected


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (".include nosuch.inc", "cannot read 'nosuch.inc': No such file"),
        (".include loop.in", "did you mean loop.inc"),
        (".include loop.inc", "includes itself"),
        (".include .", "not a regular file"),
        (".include /dev/zero", "not a regular file"),
        (".include", "needs a file name"),
        (".lib models.lib nosection", "has no section 'nosection'"),
        (".lib models.lib", "needs a file and a section"),
    ],
)
def test_faults_of_includes(tmp_path, card, message):
    (tmp_path / "loop.inc").write_text("R1 a 0 1\n.include loop.inc\n")
    (tmp_path / "models.lib").write_text(LIBRARY)
    with pytest.raises(NetlistError, match=message):
        parse(f"t\n{card}\n", str(tmp_path / "deck.cir"))


def test_include_depth_is_bounded(tmp_path):
    for k in range(60):
        (tmp_path / f"f{k}.inc").write_text(f"R{k} a 0 1\n.include f{k + 1}.inc\n")
    with pytest.raises(NetlistError, match="more than 50 deep"):
        parse("t\n.include f0.inc\n", str(tmp_path / "deck.cir"))


def test_control_blocks_are_no_cards():
    text = "t\nR1 a 0 1\n.control\nRun $x\n.include nosuch\n* none\nlet x = v(a) ; echo A\n.endc\nR2 a 0 2\n"
    assert cards(text) == ["r1 a 0 1", "r2 a 0 2"]
    deck = parse(text)
    assert [line for line, _ in deck.control] == ["Run $x", ".include nosuch", "let x = v(a)"]
    assert deck.sources.where(deck.control[2][1]) == "deck:7"


def test_faults_in_included_files_name_them(tmp_path):
    (tmp_path / "sub.inc").write_text("* first\nR1 a 0 1\nR2 a 0\n+ {1+}\n")
    with pytest.raises(NetlistError) as caught:
        parse("t\n.include sub.inc\n", str(tmp_path / "deck.cir"))
    fault = caught.value.faults[0]
    assert fault.file.endswith("sub.inc")
    assert (fault.line, fault.text, fault.column) == (4, "+ {1+}", 5)


def test_pwl_files(tmp_path):
    (tmp_path / "Wave.txt").write_text("* time value\n0 0\n1u, 1.5 ; peak\n2e-6 0\n")
    text = 't\nV1 a 0 PWL(file="Wave.txt" r=0)\nR1 a 0 1\n'
    waveform = elaborate(parse(text, str(tmp_path / "deck.cir"))).elements[1].waveforms[0]
    assert waveform.values == (0.0, 0.0, 1e-6, 1.5, 2e-6, 0.0)
    assert waveform.repeat == 0.0
    (tmp_path / "wave.txt").write_text("0 0\n1u x\n")
    with pytest.raises(NetlistError, match=r"wave.txt:2: a word that is not a number"):
        parse(text.replace("Wave", "wave"), str(tmp_path / "deck.cir"))


def test_lines_that_begin_as_no_card_does_are_read_over_as_in_ngspice():
    odd = [f"{c} what somebody wrote" for c in '=[]?()&%"!:,']
    text = "\n".join(["t", "v1 a 0 1", "r1 a 0 1k", *odd, "$ a comment", "r2 a 0 1k", ".op", ".end", ""])
    with pytest.warns(
        DeckWarning, match="deck:4: lines that begin with '=' and the like are not read"
    ) as said:
        deck = parse(text)
    assert len(said) == 1
    assert set(deck.root.element_origins) == {"v1", "r1", "r2"}
