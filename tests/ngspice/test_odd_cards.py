"""Cards that make little sense, taken as ngspice takes them, with a warning."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import AnalysisError, DeckWarning
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")


@needs_ngspice
@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("dec 0 7 300", "0 points of '.ac' count as 10"),
        ("oct 0 7 300", "0 points of '.ac' count as 10"),
        ("lin -2 7 300", "-2 points of '.ac' count as 10"),
        ("dec 5 7 0", "'.ac' ends at 7000 Hz, as in ngspice: 0 lies below 7"),
        ("lin 3 100 10", "'.ac' ends at 100000 Hz"),
    ],
)
def test_small_signals_without_points(card, message, tmp_path):
    deck = f"ac\nv1 a 0 ac 1\nr1 a b 1k\nc1 b 0 1u\n.ac {card}\n.end\n"
    with pytest.warns(DeckWarning, match=message):
        ours, theirs = both(deck, tmp_path)
    for name in ("frequency", "v(b)"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-6)


def test_methods_refuse_what_cards_may_say():
    circuit = Circuit.from_text("ac\nv1 a 0 ac 1\nr1 a 0 1k\n")
    with pytest.raises(AnalysisError, match="must be positive, and in ascending order"):
        circuit.ac(1, 100, 0)


@needs_ngspice
@pytest.mark.parametrize("card", [".temp=40", ".temp =40", ".temp = 40", ".temp 40"])
def test_signs_before_a_temperature(card, tmp_path):
    ours, theirs = both(f"t\nv1 a 0 1\nr1 a 0 1k tc1=10m\n{card}\n.op\n.end\n", tmp_path)
    assert float(ours["i(v1)"]) == pytest.approx(float(theirs["i(v1)"]), rel=1e-6)


@needs_ngspice
@pytest.mark.parametrize("card", ["tc=1m 2u", "tc=1m", "tc = 1m -2u m=2", "tc=1m 2u temp=50"])
def test_two_coefficients_with_a_blank_between(card, tmp_path):
    deck = f"tc\nv1 a 0 1\nr1 a 0 1k {card}\n.options temp=80\n.op\n.end\n"
    ours, theirs = both(deck, tmp_path)
    assert float(ours["i(v1)"]) == pytest.approx(float(theirs["i(v1)"]), rel=1e-6)


@needs_ngspice
@pytest.mark.parametrize(
    "words",
    [
        "dc 6 sin(6 3 1k 0 0 0) ac 3 acphase 0",  # as Qucs-S writes them
        "ac 3 acphase 30",
        "acphase 30 ac 3",
        "acphase=30 acmag=2 dc=2",
        "acmag 2 ac",
        "dc 1 acphase -45",
        "ac 1 30 acmag {2*k}",
        "ac 1 30 ac 2",
    ],
)
@pytest.mark.parametrize("letter", ["v", "i"])
def test_magnitude_and_phase_by_names(letter, words, tmp_path):
    deck = f"ac\n.param k=2\n{letter}1 a 0 {words}\nr1 a 0 1k\n.ac lin 1 1k 1k\n.end\n"
    ours, theirs = both(deck, tmp_path)
    np.testing.assert_allclose(ours["v(a)"], theirs["v(a)"], rtol=1e-6, atol=1e-12)


@needs_ngspice
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("td=1n f=0 nl=0", "'f nl' of 't1' has no effect beside 'td'"),
        ("f=1e9 td=2n", "'f' of 't1' has no effect beside 'td'"),
        ("td=0.25n f=1e9 nl=0.25 ic=0, 0, 0, 0", "'f nl' of 't1' has no effect beside 'td'"),
        ("td=3n nl=0.5", "'nl' of 't1' has no effect beside 'td'"),
    ],
)
def test_delay_and_frequency_of_a_line(words, message, tmp_path):
    deck = f"line\nv1 s 0 ac 1\nr1 s a 20\nt1 a 0 b 0 z0=50 {words}\nr2 b 0 75\n.ac lin 1 30meg 30meg\n.end\n"
    with pytest.warns(DeckWarning, match=message):
        ours, theirs = both(deck, tmp_path)
    np.testing.assert_allclose(ours["v(b)"], theirs["v(b)"], rtol=1e-6)


ODD = "odd\nv1 a 0 dc 1 ac 1\nr1 a b 1k tc1=0.01\nr2 b 0 1k tc1=0.02\n{}\n.op\n.end\n"


@needs_ngspice
@pytest.mark.filterwarnings("ignore:.*option 50 is not known")
@pytest.mark.filterwarnings("ignore:.*'1e' counts as 1")
@pytest.mark.parametrize(
    ("cards", "message"),
    [
        (".temp foo", "it is 27 °C"),
        (".temp 50 60", "it is 27 °C"),
        (".temp 50C", "it is 27 °C"),
        (".options temp=40\n.temp foo", "it is 27 °C"),
        (".options temp=foo", "option temp = foo"),
        (".options temp 50", "option temp has no value"),
        (".options tnom=foo temp=50", "option tnom = foo"),
        (".param x", "'x' on '.param' has no effect"),
        (".param", "this '.param' has no effect"),
        (".param y=500 x z=3\nr3 b 0 {y} m={z}", "'x' on '.param' has no effect"),
        (".csparam", "this '.csparam' has no effect"),
        (".func f(x)", "no expression follows"),
        (".if (1)\nr3 b 0 1k", "reaches to the end"),
        ("r3 b 0", "left out"),
        ("c3 b", "left out"),
        ("l3", "left out"),
        ("r3 b 0 1k 2k", "'1k' of 'r3' has no effect"),
        ("r3 b 0 1k r=2k", "'1k' of 'r3' has no effect"),
        ("r3 b 0 1,5k", "'1' of 'r3' has no effect"),
        ("r3 b 0 10u.", "is 10u"),
        ("r3 b 0 1.5.2k", "is 1.5"),
        ("r3 b 0 1e-", "is 1e"),
        ("r3 b 0 1e3.5", "is 1e3"),
        ("r3 b 0 2x3", "is 2x"),
        ("r3 b 0 1k$c", "is 1k"),
        ("r3 b 0 rm\n.model rm r", "1 mOhm"),
        ("i3 0 b 1m dc 2m", "begins with a value"),
        ("i3 0 b dc 1m pulse(0 1) sin(0 1 1k)", "'pulse' of 'i3' has no effect"),
        ("i3 0 b dc 1m pulse(0 1 0 1n 1n 1n 1 3 4 5)", "takes at most 8 numbers"),
        ("b3 b 0 i=1m*v(a))", "closes nothing"),
        ("t3 b 0 c 0 z0=50\nr3 c 0 50", "a quarter period of 1 GHz"),
        ("t3 b 0 c 0 z0=50 nl=0.5\nr3 c 0 50", "its delay is 'nl' periods of 1 GHz"),
    ],
)
def test_cards_with_words_too_many_or_too_few(cards, message, tmp_path):
    with pytest.warns(DeckWarning, match=message):
        ours, theirs = both(ODD.format(cards), tmp_path)
    assert float(ours["v(b)"]) == pytest.approx(float(theirs["v(b)"]), rel=1e-6)


@needs_ngspice
def test_two_backslashes_continue_a_line(tmp_path):
    ours, theirs = both(ODD.format("r3 b 0 \\\\\n 1k\\\\\nm=2"), tmp_path)
    assert float(ours["v(b)"]) == pytest.approx(float(theirs["v(b)"]), rel=1e-6)


@needs_ngspice
def test_a_longest_step_of_0_is_none(tmp_path):
    deck = "t\nv1 a 0 pulse(0 1 1u 1u 1u 5u 20u)\nr1 a b 1k\nc1 b 0 1n\n.tran 0.1u 10u 0 0\n.end\n"
    ours, theirs = both(deck, tmp_path)
    assert float(ours["v(b)"][-1]) == pytest.approx(float(theirs["v(b)"][-1]), rel=1e-3)
