"""Conditional cards in subcircuits: each instance has the branches of its own parameters, as in ngspice."""

import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning
from validation.cases import both
from validation.ngspice import available

DECK = "conditions\nv1 a 0 1\nr1 a b 1k tc1=0.01\nr2 b 0 1k\n{}\n.op\n.end\n"
CHOICE = """.subckt s a b w=1k
.if (w>500)
r1 a b {w}
.else
r1 a b 1
.endif
.ends
"""
needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")


@needs_ngspice
@pytest.mark.parametrize(
    "cards",
    [
        CHOICE + "x1 b 0 s w=2k\nx2 b 0 s w=100",
        CHOICE + "x1 b 0 s",
        ".param w=2\n" + CHOICE + "x1 b 0 s",  # the header hides the parameter outside
        ".param w=2k\n" + CHOICE.replace("w=1k", "w={w}") + "x1 b 0 s",
        CHOICE + ".subckt t a b q=3\nx1 a b s w={q*100}\n.ends\nx1 b 0 t\nx2 b 0 t q=9",
        ".subckt t a b q=3\n" + CHOICE + "x1 a b s w={q*100}\n.ends\nx1 b 0 t\nx2 b 0 t q=9",
        CHOICE.replace("w=1k", "").replace(".if", ".param w=1k\n.if") + "x1 b 0 s",
        CHOICE.replace("r1 a b 1\n", "x1 a b t z={w}\n")
        + ".subckt t a b z=1\nr1 a b {z*50}\n.ends\nx1 b 0 s w=2k\nx2 b 0 s w=20\nx3 b 0 s w=30",
        ".subckt s a b w=1\n.if (w>1)\n.model rm r r=1k\n.else\n.model rm r r=2k\n.endif\nr1 a b rm\n.ends\n"
        "x1 b 0 s w=2\nx2 b 0 s",
        ".func f(x) {x*2}\n.param p={f(500)}\n.if (f(p)>p)\nr3 b 0 {p}\n.endif",
        ".func f(x) {x*2}\n" + CHOICE.replace("(w>500)", "(f(w)>1000)") + "x1 b 0 s w=400\nx2 b 0 s w=600",
    ],
)
def test_branches_of_instances(cards, tmp_path):
    ours, theirs = both(DECK.format(cards), tmp_path)
    assert float(ours["v(b)"]) == pytest.approx(float(theirs["v(b)"]), rel=1e-6)


@needs_ngspice
@pytest.mark.parametrize("card", [".options temp=50", ".temp 50"])
def test_cards_of_the_whole_deck_in_a_subcircuit(card, tmp_path):
    deck = DECK.format(f".subckt s a b\n{card}\nr1 a b 1k\n.ends\nx1 b 0 s")
    with pytest.warns(DeckWarning, match=r"in '\.subckt s' acts on the whole deck"):
        ours, theirs = both(deck, tmp_path)
    assert float(ours["v(b)"]) == pytest.approx(float(theirs["v(b)"]), rel=1e-6)


def test_parameters_in_branches():
    """ngspice 44 has no ``.param`` in branches: it takes the last one."""
    cards = ".subckt s a b w=1\n.if (w==1)\n.param q=1k\n.elseif (w==2)\n.param q=2k\n.else\n.param q=3k\n.endif\n"
    cards += "r1 a b {q}\n.ends\nx1 b 0 s w=1\nx2 b 0 s w=2\nx3 b 0 s w=3"
    conductance = 1e-3 * (1 + 1 + 1 / 2 + 1 / 3)
    assert float(Circuit.from_text(DECK.format(cards)).op()["v(b)"]) == pytest.approx(
        1 / (1 + 1e3 * conductance)
    )


def test_other_values_choose_anew():
    deck = ".param q=2k\n" + CHOICE + "x1 b 0 s w={q}\nx2 b 0 s w={q/8}\n.step param q list 2k 8k"
    few, many = Circuit.from_text(DECK.format(deck)).run()
    conductances = (1 / 1e3 + 1 / 2e3 + 1), (1 / 1e3 + 1 / 8e3 + 1 / 1e3)
    for found, g in zip((few, many), conductances, strict=True):
        assert float(found["v(b)"]) == pytest.approx(1 / (1 + 1e3 * g), rel=1e-9)


def test_instances_of_equal_branches_share_a_definition():
    instances = "\n".join(f"x{k} b 0 s w={k}k" for k in range(1, 300))
    deck = Circuit.from_text(DECK.format(f"{CHOICE}{instances}\nx0 b 0 s w=1")).deck
    assert sorted(deck.root.definitions) == ["s", "s#2"]
