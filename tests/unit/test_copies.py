"""``m=`` of elements: none of them, and of elements that have no copies in parallel."""

import warnings

import pytest

from circuitnn import Circuit, NetlistError
from circuitnn.errors import AnalysisError, DeckWarning

DECK = "t\n.param none=0\nv1 in 0 dc 1 ac 1\nr1 in a 1k\nrb b 0 1k\n{}\n.subckt sub p\nrp p 0 1k\n.ends\n"
LEFT_OUT = {
    "r2": "r2 a 0 1k m=0",
    "c2": "c2 a 0 1u m={none}",
    "g2": "g2 a 0 a 0 1m m=0",
    "i2": "i2 a 0 dc 1m ac 1m sin(0 1m 1k) m=0",
    "f2": "f2 a 0 v1 1 m=0",
    "rp": "x1 a sub m=0",
    "r3": "r2 a b 1g\nr3 a 0 1k m=0\nr4 b 0 1k\ni2 b 0 0",
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_an_element_of_which_there_are_none_is_left_out(name):
    """As in ngspice 44, where the node keeps the 1 V of the source."""
    with pytest.warns(DeckWarning, match=f"'{name}' is left out: there are m = 0 of it"):
        op, ac = Circuit.from_text(DECK.format(LEFT_OUT[name]) + ".op\n.ac lin 1 159 159\n").run()
    assert op["v(a)"] == pytest.approx(1.0, rel=2e-6)
    assert ac["v(a)"][0] == pytest.approx(1.0, rel=2e-6)


def test_some_instances_may_have_none():
    cards = ".subckt part p n\nr1 p 0 1k m={n}\n.ends\nx1 a part n=1\nx2 b part n=0\nv2 c 0 1\nr4 c b 1k"
    with pytest.warns(DeckWarning, match="'r1' is left out"):
        found = Circuit.from_text(DECK.format(cards.replace("part p n", "part p n=1"))).op()
    assert found["v(a)"] == pytest.approx(0.5)
    assert found["v(b)"] == pytest.approx(0.5)  # of rb alone


@pytest.mark.parametrize(
    "card",
    [
        "l2 a 0 1m m=0",  # ngspice makes it a short at rest, and open to signals
        "r2 a 0 1k m=-1",
        "s2 a 0 a 0 sm m=0\n.model sm sw",
        "w2 a 0 v1 wm m=-1\n.model wm csw",
    ],
)
def test_other_numbers_are_refused(card):
    with pytest.raises(NetlistError, match=f"deck:6: '{card[:2]}': m = -?[01]: must be positive"):
        _ = Circuit.from_text(DECK.format(card)).flat


def test_an_altered_number_is_refused_with_the_same_words():
    circuit = Circuit.from_text(DECK.format("r2 a 0 1k m=2"))
    with pytest.raises(AnalysisError, match="r2: m = -1: must be positive"):
        _ = circuit.altered({("r2", "m"): -1.0}).flat


@pytest.mark.parametrize(
    "card", ["v2 b 0 1 m=3", "e2 b 0 in 0 1 m=3", "h2 b 0 v1 1 m=3", "e2 b 0 value={v(in)} m=3"]
)
def test_voltage_sources_in_parallel_are_one(card):
    with pytest.warns(DeckWarning, match=f"'m' of '{card[:2]}' has no effect"):
        Circuit.from_text(DECK.format(card)).op()


@pytest.mark.parametrize("card", ["v2 b 0 1 m=1", "e2 b 0 in 0 1 m=1", "h2 b 0 v1 1 m=1"])
def test_one_copy_is_nothing_to_warn_of(card):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Circuit.from_text(DECK.format(card)).op()
