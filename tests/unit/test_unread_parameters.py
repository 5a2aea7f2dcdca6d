"""A parameter out of range that no equation reads beside the others is a warning; where one reads it, an error."""

import pytest

from circuitnn import Circuit, NetlistError
from circuitnn.errors import DeckWarning

SOURCES = "t\nv1 1 0 0.6\nv2 2 0 0.6\n"
UNREAD = {
    "d1 1 0 m\n.model m d {}": ("vj=0", "php=0", "ns=0", "nr=0", "ntun=0"),
    "q1 1 2 0 m\n.model m npn {}": ("vje=0", "vjc=0", "vjs=0", "ne=0", "nc=0", "ns=0"),
    "j1 1 2 0 m\n.model m njf {}": ("pb=0",),
    "m1 1 2 0 0 m l=1u w=1u\n.model m nmos level=1 {}": ("pb=0",),
    "m1 1 2 0 0 m l=1u w=1u\n.model m nmos level=14 version=4.8.2 {}": ("saref=0", "sbref=0"),
    "m1 1 2 0 0 m l=1u w=1u\n.model m nmos level=14 ku0=4e-6 kvsat=0.2 kvth0=1e-8 {}": ("saref=0",),
}
CASES = [(cards, parameter) for cards, parameters in UNREAD.items() for parameter in parameters]


@pytest.mark.parametrize(("cards", "parameter"), CASES)
def test_unread_is_a_warning(cards, parameter):
    plain = Circuit.from_text(f"{SOURCES}{cards.format('')}\n.end\n").op()["i(v1)"]
    with pytest.warns(DeckWarning, match=f"'{parameter[:-2]}' = 0 lies outside .*it has no effect"):
        found = Circuit.from_text(f"{SOURCES}{cards.format(parameter)}\n.end\n").op()["i(v1)"]
    assert found == plain


@pytest.mark.parametrize(
    ("cards", "parameters"),
    [
        ("d1 1 0 m\n.model m d {}", "vj=0 cjo=1p"),
        ("d1 1 0 m\n.model m d {}", "nr=0 isr=1e-12"),
        ("q1 1 2 0 m\n.model m npn {}", "vjs=0 cjs=1p"),
        ("q1 1 2 0 m\n.model m npn {}", "nf=0"),
        ("m1 1 2 0 0 m l=1u w=1u sa=1u sb=1u\n.model m nmos level=14 version=4.8.2 {}", "saref=0 kvth0=1e-8"),
    ],
)
def test_read_is_an_error(cards, parameters):
    with pytest.raises(NetlistError, match="= 0 lies outside"):
        Circuit.from_text(f"{SOURCES}{cards.format(parameters)}\n.end\n").op()


def test_devices_of_one_card_are_judged_together():
    deck = f"{SOURCES}d1 1 0 m area=2\nd2 1 0 m area=3\nd3 1 0 k\n.model m d vj=0\n.model k d cjo=1p\n.end\n"
    with pytest.warns(DeckWarning, match="it has no effect"):
        Circuit.from_text(deck).op()


@pytest.mark.parametrize(
    ("cards", "value"),
    [
        ("m1 1 2 0 0 m l=1u w=1u\n.model m nmos level=14 {}", "mtrlmod=1"),
        ("j1 1 2 0 m\n.model m njf {}", "nlev=3"),
    ],
)
def test_a_law_that_the_model_does_not_have_is_an_error(cards, value):
    with pytest.raises(NetlistError, match="lies outside"):
        Circuit.from_text(f"{SOURCES}{cards.format(value)}\n.end\n").op()
