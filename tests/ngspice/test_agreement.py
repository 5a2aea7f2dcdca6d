"""Every deck of netlists/ agrees with ngspice within the budget of validation/compare.py."""

import pytest

from validation.cases import run_case
from validation.decks import all_decks
from validation.ngspice import Runner, available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")


@pytest.fixture(scope="module")
def runner():
    with Runner() as made:
        yield made


@pytest.mark.parametrize("deck", all_decks(), ids=lambda d: d.name)
def test_agrees_with_ngspice(deck, runner):
    if deck.skip:
        pytest.skip(deck.skip)
    case = run_case(deck, runner)
    outside = [str(d) for d in case.deviations if d.share > 1]
    assert case.deviations, "nothing was compared"
    assert not outside, "\n".join(outside[:12])
