"""Copies within copies: what is copied counts for each copy, and a warning tells that ngspice takes another number."""

import warnings

import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning

DECK = """copies
v1 a 0 1
{cards}
.model n nmos level=1 kp=200u vto=0
.op
.end
"""
RESISTOR = "x1 a s {outer}\n.subckt s a\nr1 a 0 1k {inner}\n.ends"
CHANNEL = "x1 a s {outer}\n.subckt s a\nm1 a a 0 0 n w=10u l=1u {inner}\n.ends"  # 1 mA at 1 V
CASCADE = "x1 a s {outer}\n.subckt s a\nx2 a t {inner}\n.ends\n.subckt t a\nr1 a 0 1k\n.ends"


@pytest.mark.parametrize("cards", [RESISTOR, CHANNEL, CASCADE])
@pytest.mark.parametrize(("outer", "inner", "copies"), [("m=2", "", 2), ("", "m=3", 3), ("m=2", "m=3", 6)])
def test_copies_within_copies(cards, outer, inner, copies):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", DeckWarning)
        current = Circuit.from_text(DECK.format(cards=cards.format(outer=outer, inner=inner))).op()["i(v1)"]
    assert current == pytest.approx(-copies * 1e-3, rel=1e-6)
    assert bool(outer and inner) == any("counts as 6 in parallel" in str(w.message) for w in seen)
