"""Every deck of netlists/ gives what its comment cards expect."""

import functools

import numpy as np
import pytest

from circuitnn.contract.expectations import value_of
from validation.cases import run_ours
from validation.decks import Deck, all_decks

# decks of seconds
LONG = {"oscillator/nbo2_mott", "spintronic/stno_locking", "synapse/jart_vcm_cycles", "classic/txl_line"}


def inputs(of):
    """Parameters of a test, with what runs a long deck marked so."""
    return [pytest.param(*given, marks=[pytest.mark.long] if given[0].name in LONG else []) for given in of]


DECKS = inputs((deck,) for deck in all_decks())
CARDS = inputs((deck, card) for deck in all_decks() for card in deck.expectations)


@functools.lru_cache(maxsize=2)
def results_of(deck: Deck):
    return run_ours(deck)[0]


@pytest.mark.parametrize("deck", DECKS, ids=lambda d: d.name)
def test_runs_to_the_end(deck):
    results = results_of(deck)
    assert results, "the deck has no analysis"
    for result in results:
        assert result.complete, result.message
        assert np.isfinite(result.data).all()
        assert all(m.value is not None for m in result.measured), [str(m) for m in result.measured]


@pytest.mark.parametrize(("deck", "card"), CARDS, ids=lambda x: getattr(x, "name", None) or str(x))
def test_expected_value(deck, card):
    value = value_of(card, results_of(deck))
    assert abs(value - card.value) <= card.allowed, (
        f"{deck.path}:{card.line}: {card} is {value:.12g}, expected {card.value:.12g} within {card.allowed:.3g}"
    )


def test_every_deck_says_its_source():
    for deck in all_decks():
        assert "* source:" in deck.path.read_text(), f"{deck.name} does not say where it comes from"


def test_generated_decks_are_up_to_date():
    """The committed crossbars are what the generator writes."""
    import runpy

    from validation.decks import NETLISTS

    module = runpy.run_path(str(NETLISTS / "crossbar" / "generate.py"))
    crossbar, deck = module["Crossbar"], module["deck"]
    for name, array, tile in (
        ("passive_8x8", crossbar(8, 8), 0),
        ("passive_64x64", crossbar(64, 64), 8),
        ("selector_32x32", crossbar(32, 32, 2.0, selector=(1e-12, 0.05), read=1.2), 0),
    ):
        committed = (NETLISTS / "crossbar" / f"{name}.cir").read_text().splitlines()
        cards = [line for line in committed if not line.startswith("*")]
        made = [line for line in deck(array, tile).splitlines() if not line.startswith("*")]
        assert cards == made, name
