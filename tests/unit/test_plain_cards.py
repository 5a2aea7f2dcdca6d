"""The quick way through plain cards gives what the general way gives."""

import pytest

from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.netlist import elaborate, parse

PLAIN = [
    "r1 a b 1.5",
    "R2 B 0 2K",
    "c1  a\tgnd 1e-12 ",
    "l1 b c 1u",
    "v1 c 0 -3",
    "i1 0 a .5",
    "r3 a 0 1_000",
]


def described(*cards):
    flat = elaborate(parse("\n".join(["title", *cards, ".op", ".end"])))
    return flat.node_names, {
        t.kind: (t.names, t.nodes.tolist(), next(iter(t.values.values())).tolist()) for t in flat.elements
    }


def general(card):
    """The same card in a form that only the general way reads."""
    name, a, b, value = card.split()
    return f"{name} {a},{b} {value} $ remark"


@pytest.mark.parametrize("number", range(len(PLAIN) + 1))
def test_each_way_in_turn(number):
    cards = [*PLAIN[:number], *map(general, PLAIN[number:])]
    if "1_000" in " ".join(cards):
        with pytest.warns(DeckWarning, match="'1_000' of 'r3' is 1, as in ngspice"):
            described(*cards)
    cards = [c.replace("1_000", "1000") for c in cards]
    assert described(*cards) == described(*(c.replace("1_000", "1000") for c in PLAIN))


def test_ground_has_two_names_and_nodes_their_order():
    names, tables = described("r1 gnd a 1", "r2 a 0 2", "r3 b a 3", "r4 0 b 4")
    assert names == ("0", "a", "b")
    assert tables["r"][1] == [[0, 1], [1, 0], [2, 1], [0, 2]]


@pytest.mark.parametrize(
    ("card", "what"),
    [
        ("r1 a 0 5", "r1"),  # again
        ("R1 a 0 5", "r1"),
        ("r9 a 0 five", "five"),
        ("r9 a 0 1e999", "1e999"),
        ("r9 a 0 nan", "nan"),
        ("r9 a 0 m=2", "r9"),
        ("r9 a 0 1 2 3", "3"),
    ],
)
def test_a_faulty_card_between_plain_ones_has_its_place(card, what):
    with pytest.raises(NetlistError) as caught:
        described("r1 a 0 1", card, "r2 a 0 1")
    fault = caught.value.faults[0]
    assert what in str(caught.value)
    assert fault.line == 3


def test_comments_continuations_and_blanks_between_plain_cards():
    names, tables = described(
        "r1 a 0 1 ; one", "* none", "", "r2 a 0", "+ 2", "  r3 a 0 3", "r4 a/b 0 4", "r5 a 0 5//0"
    )
    assert tables["r"][0] == ("r1", "r2", "r3", "r4", "r5")
    assert tables["r"][2] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert names == ("0", "a", "a/b")
