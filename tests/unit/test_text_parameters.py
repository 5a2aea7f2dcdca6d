"""``.param s="text"``: ngspice 44 reads over it where nothing needs a number."""

import pytest

from circuitnn import Circuit, NetlistError
from circuitnn.errors import DeckWarning

DECK = "t\n.param k=3\n.param s={}\nv1 in 0 1\nr1 in 0 {}\n.end\n"


@pytest.mark.parametrize("text", ["abc", "a b c", "lib/x.txt", "x.txt", "", "-"])
def test_a_text_has_no_effect(text):
    with pytest.warns(DeckWarning, match=r"deck:3: '.param s=.*' has no effect: it is a text, not a number"):
        found = Circuit.from_text(DECK.format(f'"{text}"', "1k")).op()
    assert found["i(v1)"] == pytest.approx(-1e-3)


def test_a_text_in_the_place_of_a_number_is_an_error():
    with (
        pytest.warns(DeckWarning, match="is a text"),
        pytest.raises(NetlistError, match="unknown parameter 's'"),
    ):
        _ = Circuit.from_text(DECK.format('"abc"', "{s}")).flat


@pytest.mark.parametrize(
    ("value", "resistance"),
    {"1k": 1e3, "2*k": 6.0, "k": 3.0, "abs(-4)": 4.0, "limit(5,0)": 5.0, "1000*vt": 25.865}.items(),
)
def test_numbers_and_parameters_may_stand_in_double_quotes(value, resistance):
    found = Circuit.from_text(DECK.format(f'"{value}"', "{s}")).op()
    assert found["i(v1)"] == pytest.approx(-1.0 / resistance, rel=1e-4)


@pytest.mark.parametrize("value", ["abc", "'abc'", "{abc}"])
def test_an_unknown_parameter_is_an_error_otherwise(value):
    with pytest.raises(NetlistError, match="deck:3: unknown parameter 'abc'"):
        _ = Circuit.from_text(DECK.format(value, "1k")).flat
