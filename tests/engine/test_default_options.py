"""The classic circuits with default options: they converge, and to what SPICE's tolerances promise."""

import pytest

from circuitnn import Circuit
from validation.decks import all_decks
from validation.defaults import judge, without_tolerances

DECKS = [deck for deck in all_decks() if deck.name.startswith("classic/")]


def test_there_are_enough():
    assert len(DECKS) >= 60


@pytest.mark.thinned(3)
@pytest.mark.parametrize("deck", DECKS, ids=lambda d: d.name)
def test_defaults_suffice(deck):
    text = deck.path.read_text()
    stripped = without_tolerances(text)
    assert "reltol" not in stripped
    assert judge(deck, Circuit.from_text(stripped).run(), Circuit.from_text(text).run()) == ""
