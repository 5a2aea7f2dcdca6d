"""The builder: integers are nodes, other numbers are not. Missing names, cards as titles, circuits without ground."""

import warnings

import numpy as np
import pytest

import circuitnn
from circuitnn import Circuit
from circuitnn.crossbar import Crossbar
from circuitnn.elements import known
from circuitnn.errors import AnalysisError

NOT_NODES = [0.0, 1.5, None, True, False, np.True_, np.float64(0), "", "a b", "a=b", "(a)", [0], b"0"]
ONE_OF_EACH = {  # arguments with a name, and the places of the nodes
    "B": (("1", "a", "0", ...), {"I": "v(a)"}),
    "C": (("1", "a", "0", 1e-9), {}),
    "D": (("1", "a", "0", "dm"), {}),
    "E": (("1", "a", "0", "b", "0", 2.0), {}),
    "F": (("1", "a", "0", "v1", 2.0), {}),
    "G": (("1", "a", "0", "b", "0", 2.0), {}),
    "H": (("1", "a", "0", "v1", 2.0), {}),
    "I": (("1", "a", "0", 1.0), {}),
    "J": (("1", "a", "b", "0", "jm"), {}),
    "L": (("1", "a", "0", 1e-9), {}),
    "M": (("1", "a", "b", "0", "0", "mm"), {}),
    "N": (("1", "a", "0", "nm"), {}),
    "O": (("1", "a", "0", "b", "0", "om"), {}),
    "P": (("1", "a", "0", "b", "0", "pm"), {}),
    "Q": (("1", "a", "b", "0", "qm"), {}),
    "R": (("1", "a", "0", 1e3), {}),
    "S": (("1", "a", "0", "b", "0", "sm"), {}),
    "T": (("1", "a", "0", "b", "0"), {"z0": 50, "td": 1e-9}),
    "U": (("1", "a", "0", "b", "um"), {}),
    "V": (("1", "a", "0", 1.0), {}),
    "W": (("1", "a", "0", "v1", "wm"), {}),
    "X": (("1", "a", "0", "s"), {}),
    "Y": (("1", "a", "0", "b", "0", "ym"), {}),
    "Z": (("1", "a", "b", "0", "zm"), {}),
}
WITHOUT_NODES = {"A", "K"}  # ports of code models may be lists in brackets; K takes inductors


def test_every_letter_is_tried():
    assert {letter.upper() for letter in known()} == set(ONE_OF_EACH) | WITHOUT_NODES


def nodes_of(fields):
    return [k for k, field in enumerate(fields) if field in ("a", "b", "0")]


def text(letter, fields, more):
    fields = tuple(f for f in fields if f is not ...)
    return getattr(Circuit("t"), letter)(*fields, **more).text.splitlines()[1]


@pytest.mark.parametrize("letter", sorted(ONE_OF_EACH))
def test_integers_are_nodes_and_nothing_else_but_text_is(letter):
    fields, more = ONE_OF_EACH[letter]
    for place in nodes_of(fields):
        for one in (0, 7, np.int64(7), np.uint8(7)):
            given = (*fields[:place], one, *fields[place + 1 :])
            spelt = (*fields[:place], str(int(one)), *fields[place + 1 :])
            assert text(letter, given, more) == text(letter, spelt, more)
        words = letter in "EG" and place > 2  # in the place of controls there may be any text of a card
        for one in (v for v in NOT_NODES if not (words and isinstance(v, str))):
            with pytest.raises(AnalysisError, match=f"{letter}1: "):
                text(letter, (*fields[:place], one, *fields[place + 1 :]), more)


@pytest.mark.parametrize("letter", sorted(set(ONE_OF_EACH) - {"N", "P", "X", "E", "G", "T"}))
def test_a_forgotten_name_is_an_error_that_says_so(letter):
    """The letters left out take any number of nodes; their cards are errors when they are read."""
    fields, more = ONE_OF_EACH[letter]
    with pytest.raises(
        AnalysisError, match=r"missing a required (argument|keyword)|give one of I and V"
    ) as caught:
        text(letter, tuple(f for f in fields[1:] if f is not ...), {} if letter == "B" else more)
    assert letter == "B" or "the name comes first" in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda c: c.X("a", "0", "s"),
        lambda c: c.N("a", "0", "nm"),
        lambda c: c.E("a", "0", "b", "0", 2.0),
        lambda c: c.G("a", "0", "b", "0", 2.0),
        lambda c: c.T("a", "0", "b", z0=50, td=1e-9),
    ],
)
def test_a_forgotten_name_before_any_number_of_nodes_is_an_error_at_the_latest_when_read(make):
    deck = Circuit("t").V("1", "a", 0, 1).add(".subckt s a b", "r1 a b 1", ".ends").model("nm", "drift")
    with pytest.raises(circuitnn.CircuitnnError):
        make(deck).op()


def test_the_divider_of_integers_divides():
    for ground in (0, "0", np.int32(0)):
        c = Circuit("d").V("1", "in", ground, 5).R("1", "in", "out", 1e3).R("2", "out", ground, 3e3)
        assert c.op()["v(out)"] == pytest.approx(5 * 3 / 4, rel=1e-12)
    c = Circuit("d").V(1, 3, 0, 5).R(1, 3, 7, 1000).element("r2", 7, 0, 3000)
    assert c.op()["v(7)"] == pytest.approx(3.75, rel=1e-12)
    assert c.tf(7, "v1")["transfer_function"] == pytest.approx(0.75, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda c: c.R("1", "a", "0", None), "R1: value = None"),
        (lambda c: c.R("1", "a", "0", 1e3, tc1=None), "R1: tc1 = None"),
        (lambda c: c.R("1", "a", "0", "1k\nr2 a 0 1"), "R1: value = .*text of one card"),
        (lambda c: c.R("1", "a", "0", np.array([1.0, 2.0])), "R1: value"),
        (lambda c: c.R(1.0, "a", "0", 1e3), "name = 1.0"),
        (lambda c: c.R("1", "a", "$n", 1e3), r"R1: n = '\$n': a name is one word"),
        (lambda c: c.R("1", "a//b", 0, 1e3), "R1: p = 'a//b': a name is one word"),
        (lambda c: c.element("r1", "a", 0.0, 1e3), "r1: node = 0.0"),
        (lambda c: c.element(5, "a", "0", 1e3), "no element begins with '5'"),
        (lambda c: c.model(None, "d"), "name = None"),
        (lambda c: c.model("dm", "d", **{"is": None}), "model dm: is = None"),
        (lambda c: c.param(x=None), "x = None"),
        (lambda c: c.add(5), "line = 5"),
        (lambda c: c.crossbar("x", Crossbar(2, 2), left=[0, 1.5], bottom=0), "left = 1.5"),
        (lambda c: c.crossbar("x", Crossbar(2, 2), left="a", bottom=[None, True]), "bottom = True"),
    ],
)
def test_errors_name_the_argument(call, says):
    with pytest.raises(AnalysisError, match=says):
        call(Circuit("t"))


def test_ends_of_an_array_may_be_integers():
    array = Crossbar(2, 1, [[1e-3], [3e-3]])
    c = Circuit("t").V("1", 1, 0, 1.0).crossbar("x", array, left=[1, 1], bottom=0)
    assert c.op()["i(v1)"] == pytest.approx(-4e-3, rel=1e-9)


def warned(make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _ = make().flat
    return [str(w.message) for w in caught]


CARDS = [
    "v1 a 0 1",
    "V1 A 0 1",
    "r1 a 0 1k",
    "r9 a b {p}",
    "d1 a 0 dm",
    "x1 a 0 s",
    "b1 a 0 i={v(a)}",
    "e1 z 0 a 0 2",
    "i1 0 a dc 1",
    "k1 l1 l2 0.5",
    "x1 a g",
    "xload a g",
    "r9 a 0 1k ; load",
    "d1 a 0 dm $ clamp",
    "v9 a 0 1 // supply",
    ".tran 1u 1m",
    ".model dm d",
]
TITLES = [
    "RC low pass",
    "R C low pass 1k",
    "RC whose resistor comes from a library's section",
    "v1",
    "* v1 a 0 1",
    "divider",
    "",
    "a 0 1",
    "Test circuit no 5",
    "D flip flop with 3 gates",
    ".title v1 a 0 1",
    ".op-amp",
    "x10 amplifier",
    "amplifier ; v1 a 0 1",
]
REST = """
v1 a 0 1
r1 a 0 1k
l1 a c 1n
l2 c 0 1n
.param p=3
.model dm d
.subckt s a b
r1 a b 1
.ends
.subckt g a
r1 a 0 1
.ends
"""


@pytest.mark.parametrize("first", CARDS)
def test_a_card_in_the_place_of_the_title_is_a_warning(first):
    (said,) = warned(lambda: Circuit.from_text(first + REST))
    assert "the first line is the title" in said and f"'{first}'" in said


def test_a_byte_order_mark_hides_no_card():
    (said,) = warned(lambda: Circuit.from_text("\ufeffv1 a 0 1" + REST))
    assert "'v1 a 0 1'" in said


@pytest.mark.parametrize("first", TITLES)
def test_titles_are_no_cards(first):
    assert warned(lambda: Circuit.from_text(first + REST)) == []


def test_a_circuit_without_ground_is_a_warning():
    assert "ground" in warned(lambda: Circuit("t").V("1", "a", "b", 5).R("1", "a", "b", 3e3))[0]
    assert "ground" in warned(lambda: Circuit("t").D("1", "a", "b", "dm").model("dm", "d"))[0]
    assert (
        "ground"
        in warned(lambda: Circuit("t").R("1", "a", "b", 1).crossbar("x", Crossbar(1, 1), left="c"))[0]
    )
    assert warned(lambda: Circuit("t").V("1", "a", "gnd", 5).R("1", "a", "b", 3e3)) == []
    assert (
        warned(lambda: Circuit("t").R("1", "a", "b", 1).crossbar("x", Crossbar(1, 1), left="c", bottom=0))
        == []
    )
    assert warned(lambda: Circuit("t").model("dm", "d")) == []


@pytest.mark.parametrize("form", ["raw", "ascii"])
def test_a_rawfile_is_no_deck(tmp_path, form):
    path = tmp_path / "out.raw"
    Circuit("t").V("1", "a", 0, 1).op().save(path, form)
    with pytest.raises(AnalysisError, match="is a rawfile"):
        circuitnn.load(path)
    (tmp_path / "out.nc").write_bytes(b"CDF\0\0\1")
    with pytest.raises(AnalysisError, match="no text"):
        circuitnn.load(tmp_path / "out.nc")
    deck = tmp_path / "deck.cir"
    deck.write_text("Title: a deck\nv1 a 0 1\n")
    assert circuitnn.load(deck).op()["v(a)"] == 1.0


def test_small_signal_values_are_keywords():
    corner = 1.0 / (2.0 * np.pi * 1e-6)
    low_pass = (
        Circuit("rc").V("1", "in", 0, "sin(0 1 1k)", ac=2).R("1", "in", "out", 1e3).C("1", "out", 0, 1e-9)
    )
    assert low_pass.ac(corner)["v(out)"][0] == pytest.approx(1.0 - 1.0j, rel=1e-9)
    driven = Circuit("i").I("1", 0, "out", 1e-3, ac="3 90").R("1", "out", 0, 1e3)
    assert driven.ac(1e3)["v(out)"][0] == pytest.approx(3e3j, rel=1e-9)
    assert driven.op()["v(out)"] == pytest.approx(1.0, rel=1e-6)
