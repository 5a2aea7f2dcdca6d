"""Every deck of netlists/ agrees with ngspice within the budget of validation/compare.py.

Those that are not compared say why, and which test holds them: see tests/regression/test_proofs.py.
"""

import pytest

from validation.cases import run_case
from validation.decks import all_decks
from validation.ngspice import Runner, available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")


@pytest.fixture(scope="module")
def runner():
    with Runner() as made:
        yield made


@pytest.mark.thinned(10)
@pytest.mark.parametrize("deck", [deck for deck in all_decks() if not deck.skip], ids=lambda d: d.name)
def test_agrees_with_ngspice(deck, runner):
    case = run_case(deck, runner)
    outside = [str(d) for d in case.deviations if d.share > 1]
    assert case.deviations, "nothing was compared"
    assert not outside, "\n".join(outside[:12])
