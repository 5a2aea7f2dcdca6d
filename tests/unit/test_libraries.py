"""Large libraries: only what a deck uses is read, and the deck means what it does when all is read."""

import random
import warnings

import pytest

from circuitnn import load
from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.netlist import lexer, library

LINE_ENDS = ("\n", "\r\n")


def made(draw, path):
    """A library with sections, models, subcircuits that use each other, parameters, bins, comments and duplicates."""
    sections = []
    for corner in ("tt", "ff"):
        cards = [f".param base_{corner}=1k scale={draw.uniform(0.5, 2.0):.3f}", ".func twice(x) {2*x}"]
        for k in range(12):
            cards.append(draw.choice(["* a comment", "", f"Rtop{k} top{k} 0 {{base_{corner}*{k + 1}}}"]))
            cards.append(
                f".MODEL d{k} D(IS={draw.uniform(1, 9):.2f}f\n+ N={draw.uniform(1, 2):.2f}\n* between\n+ RS=1)"
            )
            inner = (
                f"X1 a b part{draw.randrange(k)}"
                if k and draw.random() < 0.5
                else "R1 a b {twice(scale)*500}"
            )
            cards.append(
                f".subckt part{k} a b w=1\n{inner}\nD1 a m d{draw.randrange(12)}\n.model own d(is={k + 1}f)\n"
                f"D2 m b own\n.subckt nested p q\nR1 p q {{w*1k}}\n.ends nested\nX2 a b nested\n.ends"
            )
            if draw.random() < 0.3:
                cards.append(f".model d{k} d(is=1p)")  # the first one counts
        sections.append("\n".join([f".lib '{corner}'", *cards, f".endl {corner}"]))
    path.write_bytes(
        ("* library\n" + "\n".join(sections) + "\n").replace("\n", draw.choice(LINE_ENDS)).encode()
    )


def voltages(path, monkeypatch, size):
    monkeypatch.setattr(lexer, "LARGE", size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeckWarning)
        found = load(path)
        result = found.op()
    return {name: result[name] for name in result.names}, found


@pytest.mark.parametrize("seed", range(12))
def test_a_deck_means_the_same_whether_all_of_a_library_is_read(seed, tmp_path, monkeypatch):
    draw = random.Random(seed)
    made(draw, tmp_path / "parts.lib")
    parts = [f"X{k} in{k} 0 PART{draw.randrange(12)} w={k + 1}" for k in range(3)]
    cards = [f"V{k} s{k} 0 {draw.uniform(-2, 2):.3f}\nR{k} s{k} in{k} 1k" for k in range(3)]
    order = [*parts, *cards, f"D9 in0 0 d{draw.randrange(12)}", f".lib parts.lib {draw.choice(['tt', 'FF'])}"]
    draw.shuffle(order)
    deck = tmp_path / "deck.cir"
    deck.write_text("\n".join(["title", *order, ".model d0 d(is=3f)", ".op", ".end", ""]))
    lazy, circuit = voltages(deck, monkeypatch, 0)
    whole, full = voltages(deck, monkeypatch, 1 << 40)
    assert lazy == whole
    read, known = (len(c.deck.root.definitions) for c in (circuit, full))
    assert read < known == 12


def test_bins_of_a_model_come_with_it_and_names_are_suggested(tmp_path, monkeypatch):
    monkeypatch.setattr(lexer, "LARGE", 0)
    (tmp_path / "parts.lib").write_text(
        ".model n.1 d(is=1f)\n.model n.2 d(is=2f)\n.model other d\n.model n d(is=5f)\n"
    )
    deck = tmp_path / "deck.cir"
    deck.write_text("t\n.include parts.lib\nd1 a 0 n\nv1 a 0 1\n.op\n.end\n")
    assert set(load(deck).deck.root.models) == {"n", "n.1", "n.2"}
    deck.write_text("t\n.include parts.lib\nd1 a 0 othre\nv1 a 0 1\n.op\n.end\n")
    with pytest.raises(NetlistError, match="did you mean other"):
        _ = load(deck).flat


@pytest.mark.parametrize(
    "text",
    [
        ".if (1)\n.model a d\n.else\n.model a d(is=1p)\n.endif\n",
        ".subckt a p q\nr1 p q 1\n",
        ".ends\n.model a d\n",
        ".model a d\n.end\nthis is not read\n",
        ".lib tt\n.model a d\n.endl\n",
    ],
)
def test_what_needs_all_of_a_text_is_left_to_the_reader_of_lines(text):
    assert library.places(text, None) is None


def test_faults_in_a_large_library_have_their_place(tmp_path, monkeypatch):
    monkeypatch.setattr(lexer, "LARGE", 0)
    text = "* library\n.param p=1\n.subckt part a b\nr1 a b 1k\nr2 a b 1+*2\n.ends\nr3 x 0 1+*2\n.model m d\n"
    (tmp_path / "parts.lib").write_text(text)
    deck = tmp_path / "deck.cir"
    deck.write_text("t\n.include parts.lib\nx1 a 0 part\nv1 a 0 1\nv2 x 0 1\n.op\n.end\n")
    with pytest.raises(NetlistError) as caught:
        _ = load(deck).flat
    assert {fault.line for fault in caught.value.faults} == {5, 7}
    assert all(fault.file.endswith("parts.lib") for fault in caught.value.faults)
