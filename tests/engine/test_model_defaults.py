"""Decks of compact models without their tolerances and with fifty steps: what they show is right within one per cent.

The random numbers of stochastic ones hang on the seed alone, so that these too are compared number by number.
"""

import pytest

from validation.memristive import converged, deviations, figures, model_decks, plain, run

DECKS = model_decks()


def test_there_are_enough():
    assert len(DECKS) >= 45


def test_the_text_is_as_a_user_writes_it():
    text = plain("t\n.options reltol=1e-5 method=gear seed=1\n.tran 1n 1u 0 1n uic\n.end")
    assert "reltol" not in text and "method" not in text and "seed=1" in text
    assert ".tran 2e-08 1u 0 uic" in text


@pytest.mark.thinned(4)
@pytest.mark.parametrize("deck", DECKS, ids=lambda d: d.name)
def test_defaults_suffice(deck):
    exact = figures(deck, run(deck, converged))
    off = deviations(deck, figures(deck, run(deck, plain)), exact)
    assert off
    assert max(off.values()) <= 0.01, {name: f"{value:.2%}" for name, value in off.items() if value > 0.01}
