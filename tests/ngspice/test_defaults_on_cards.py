"""What a model card gives of the parameters of its instances holds for those that give none, as in ngspice."""

import warnings

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning
from validation.cases import both
from validation.ngspice import available

# An element without its model's name, a model, a parameter that the instance or the card gives, and volts.
CASES = {
    "diode": ("d1 a 0", "d(is=1e-14 {})", ("temp=60", "dtemp=33", "area=3"), 0.6),
    "side walls": ("d1 a 0", "d(is=1e-14 jsw=1e-14 {})", ("pj=2",), 0.6),
    "bipolar": ("q1 a a 0", "npn(is=1e-14 {})", ("temp=60", "dtemp=33", "area=3"), 0.6),
    "vbic": ("q1 a a 0", "npn(level=4 {})", ("temp=60",), 0.6),
    "hicum": ("q1 a a 0", "npn(level=8 {})", ("temp=60",), 0.6),
    "jfet": ("j1 a 0 0", "njf(is=1e-9 beta=1m {})", ("temp=60", "area=3"), -0.6),
    "mesfet": ("z1 a 0 0", "nmf(beta=1m {})", ("area=3",), 1.6),
    "mosfet": ("m1 a a 0 0", "nmos(kp=1m w=10u l=1u {})", ("temp=60", "dtemp=33"), 1.6),
    "level 3": ("m1 a a 0 0", "nmos(level=3 kp=1m vmax=1e5 {})", ("temp=0",), 1.6),
    "vdmos": ("m1 a a 0", "vdmos(kp=1 vto=1 {})", ("temp=60", "dtemp=33"), 1.6),
    "resistor": ("r1 a 0 1k", "r(tc1=1m {})", ("temp=60", "dtemp=33", "scale=2"), 1.6),
}
LISTED = [(case, given) for case, (_, _, parameters, _) in CASES.items() for given in parameters]
DECK = "defaults\nv1 a 0 {}\n{} dm {}\n.model dm {}\n.op\n.end\n"


def deck(case, on_instance="", on_card=""):
    element, model, _, volts = CASES[case]
    return DECK.format(volts, element, on_instance, model.format(on_card))


def current(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeckWarning)
        return Circuit.from_text(text).op()["i(v1)"]


@pytest.mark.parametrize(("case", "given"), LISTED)
def test_on_the_card_as_on_the_instance(case, given):
    there = current(deck(case, on_card=given))
    assert there == pytest.approx(current(deck(case, on_instance=given)), rel=1e-12)
    assert abs(there / current(deck(case)) - 1.0) > 1e-3
    name, _, value = given.partition("=")
    other = f"{name}={float(value) + 1.0}"
    assert current(deck(case, other, given)) == pytest.approx(current(deck(case, other)), rel=1e-12)


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
@pytest.mark.parametrize(("case", "given"), LISTED)
def test_as_in_ngspice(case, given, tmp_path):
    ours, theirs = both(deck(case, on_card=given), tmp_path)
    assert ours["i(v1)"] == pytest.approx(theirs["i(v1)"], rel=1e-4)


@pytest.mark.parametrize("level", [8, 14])
def test_cards_of_bsim_have_none(level):
    text = "t\nv1 a 0 1.6\nm1 a a 0 0 dm l=1u w=10u\n.model dm nmos(level={} {})\n.op\n.end\n"
    with pytest.warns(DeckWarning, match="'temp' of model 'dm' is ignored"):
        warm = Circuit.from_text(text.format(level, "temp=60")).op()
    assert warm["i(v1)"] == current(text.format(level, ""))


def test_capacitors_and_inductors_and_resistance_of_small_signals():
    text = "t\nv1 a 0 ac 1\n{}\n.end\n"

    def phasor(cards):
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeckWarning)
            return np.ravel(Circuit.from_text(text.format(cards)).ac(1e3, 1e3, 1)["i(v1)"])[0]

    assert phasor("c1 a 0 dm 1n\n.model dm c(temp=60 tc1=1m)") == pytest.approx(
        phasor("c1 a 0 1.033n"), rel=1e-9
    )
    assert phasor("l1 a 0 dm 1m\n.model dm l(dtemp=33 tc1=1m)") == pytest.approx(
        phasor("l1 a 0 1.033m"), rel=1e-9
    )
    assert phasor("r1 a 0 dm 1k\n.model dm r(ac=3k)") == pytest.approx(phasor("r1 a 0 3k"), rel=1e-9)
