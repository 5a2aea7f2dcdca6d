"""Circuits that are known to be hard, with default options, and the mechanisms that carry them."""

import numpy as np
import pytest

from bench.robustness import hard
from circuitnn import Circuit
from validation.decks import all_decks

DECKS = [deck for deck in all_decks() if deck.name.startswith("robust/")]


@pytest.mark.parametrize("deck", DECKS, ids=lambda d: d.path.stem)
def test_hard_circuit(deck):
    trial = hard(deck)
    assert deck.expectations
    assert ".opt" not in trial.text.lower(), "the battery is one of default options"
    assert trial.verdict(Circuit.from_text(trial.text).run()) == ""


def test_the_battery_is_large_enough():
    assert len(DECKS) >= 30


@pytest.mark.parametrize("emission", [1.0, 0.01])
def test_a_junction_in_reverse_reaches_forward_at_once(emission):
    """A kilovolt in reverse is no reason to go forward in small steps: from there to 1 A in a few iterations."""
    deck = f"""commutation
i1 0 a pwl(0 0 1u 0 1.000001u 1)
v1 b 0 -1k
s1 a b c 0 sm
vc c 0 pwl(0 1 1u 1 1.000001u 0)
d1 a 0 dm
.model sm sw(vt=0.5 ron=1m roff=1t)
.model dm d(is=1e-14 n={emission})
.tran 10n 2u
.end
"""
    result = Circuit.from_text(deck).run()[0]
    vt = 8.617333262e-5 * 300.15 * emission
    assert result["v(a)"][-1] == pytest.approx(vt * np.log(1e14), rel=1e-3)
    assert result.statistics.iterations < 5 * result.statistics.points


def test_a_switch_without_hysteresis_slides_along_its_threshold():
    deck = """regulator
v1 in 0 5
r1 in a 1k
c1 a 0 1u
s1 a b a 0 sm
rb b 0 10
.model sm sw(vt=1 vh=0 ron=1 roff=1g)
.tran 10u 2m uic
.end
"""
    result = Circuit.from_text(deck).run()[0]
    late = result.time > 1e-3
    assert np.abs(result["v(a)"][late] - 1.0).max() < 1e-3
    assert result.statistics.points < 200_000


def test_a_square_root_of_less_than_nothing_at_zero_volts():
    result = Circuit.from_text("root\nb1 y 0 v=2+sqrt(v(y)-1)\n.op\n.end\n").op()
    assert result["v(y)"] == pytest.approx((5 + 5**0.5) / 2, rel=1e-6)
    assert result.statistics.homotopy == "another guess"


@pytest.mark.parametrize(
    "cards",
    [
        "v1 a 0 5\nb1 a b i=1e-12*(exp(v(a,b)/0.02)-1)\nr1 b 0 10",
        "v1 a 0 sin(5 1 100k)\nr1 a b 1k\nn1 b 0 x\n.model x sinh_selector\n.ic v(b)=3",
    ],
)
def test_without_charges_uic_starts_from_the_operating_point(cards):
    """A step from zero did not get there."""
    circuit = Circuit.from_text(f"t\n{cards}\n.end\n")
    r = circuit.tran(1e-5, uic=True)
    assert r["v(b)"][0] == pytest.approx(circuit.op()["v(b)"], rel=1e-3)
    assert r.time[-1] == 1e-5
