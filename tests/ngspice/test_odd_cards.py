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
