"""``.step`` with a name on which nothing depends repeats the deck: every run draws its own random numbers."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import NetlistError

RUNS = 400
DECK = """monte carlo
{cards}
v1 a 0 1
r1 a 0 {{{resistance}}}
.step {step}
.op
"""
COUNTED = f"param run 1 {RUNS} 1"


def resistances(resistance, step=COUNTED, cards="", **options):
    """Values of r1 at the steps, by Ohm's law."""
    circuit = Circuit.from_text(DECK.format(resistance=resistance, step=step, cards=cards))
    circuit = circuit.with_options(**options) if options else circuit
    return np.array([-1.0 / np.atleast_1d(result["i(v1)"])[0] for result in circuit.run()])


@pytest.mark.parametrize(
    ("resistance", "mean", "deviation", "reach"),
    [
        ("mc(1k,0.1)", 1e3, 100 / math.sqrt(3), 100),
        ("1k*(1+flat(0.1))", 1e3, 100 / math.sqrt(3), 100),
        ("1k+gauss(50)", 1e3, 50, math.inf),
        ("agauss(1k,150,3)", 1e3, 50, math.inf),
        ("unif(2k,0.1)", 2e3, 200 / math.sqrt(3), 200),
    ],
)
@pytest.mark.parametrize("cards", ["", ".param run=1"])
def test_every_run_draws_from_the_stated_distribution(resistance, mean, deviation, reach, cards):
    drawn = resistances(resistance, cards=cards)
    assert len(set(drawn.tolist())) == RUNS
    assert abs(drawn.mean() - mean) < 4 * deviation / math.sqrt(RUNS)
    assert drawn.std() == pytest.approx(deviation, rel=4 / math.sqrt(2 * RUNS))
    assert np.abs(drawn - mean).max() <= reach * (1 + 1e-9)
    neighbours = np.corrcoef(drawn[:-1], drawn[1:])[0, 1]
    assert abs(neighbours) < 4 / math.sqrt(RUNS)


def test_runs_are_reproducible_by_the_seed():
    first = resistances("mc(1k,0.1)")
    assert np.array_equal(first, resistances("mc(1k,0.1)"))
    assert np.array_equal(first[1:], resistances("mc(1k,0.1)", seed=2)[:-1])  # the seed is counted on
    assert first[0] != resistances("mc(1k,0.1)", seed=2)[0]


def test_numbers_of_ltspice_are_drawn_anew_where_a_value_is_stepped_too():
    drawn = resistances("w*mc(1,0.1)", "param w list 1k 1k 1k")
    assert len(set(drawn.tolist())) == 3


@pytest.mark.parametrize(
    ("cards", "resistance"),
    [(".param w=1k", "agauss(1,0.1,1)*w"), (".param w=1k\n.func f(x) {x*w}", "f(agauss(1,0.1,1))")],
)
def test_steps_of_a_value_keep_the_numbers_of_ngspice(cards, resistance):
    drawn = resistances(resistance, "param w list 1k 2k", cards)
    assert drawn[1] == pytest.approx(2 * drawn[0], rel=1e-9)


def test_without_random_numbers_the_name_is_missing():
    with pytest.raises(NetlistError, match="no source, resistor or parameter 'run' to sweep"):
        resistances("1k")
