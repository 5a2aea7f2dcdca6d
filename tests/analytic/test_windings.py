"""Several windings on one core."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, DeckWarning, NetlistError

DECK = "t\nv1 in 0 ac 1\nr1 in a 50\nl1 a 0 1m\nl2 b 0 1m\nl3 c 0 4m\nr2 b 0 50\nr3 c 0 70\nk1 l1 l2 l3 {k}\n.end\n"


def test_three_windings():
    """jωM·i with M = k·√(Lᵢ·Lⱼ) between every two."""
    k, w = 0.9, 2 * np.pi * 1e3
    root = np.sqrt([1e-3, 1e-3, 4e-3])
    M = k * np.outer(root, root)
    np.fill_diagonal(M, root**2)
    i = np.linalg.solve(1j * w * M + np.diag([50.0, 50.0, 70.0]), [1.0, 0.0, 0.0])  # into the windings
    found = Circuit.from_text(DECK.format(k=k)).ac(1e3)
    assert found["v(b)"][0] == pytest.approx(-50 * i[1], rel=1e-12)
    assert found["v(c)"][0] == pytest.approx(-70 * i[2], rel=1e-12)


def test_three_windings_are_three_pairs():
    pairs = DECK.replace("k1 l1 l2 l3 {k}", "k1 l1 l2 {k}\nk2 l1 l3 {k}\nk3 l2 l3 {k}")
    one, three = (Circuit.from_text(t.format(k=0.7)).tran("20u", tmax="1u") for t in (DECK, pairs))
    assert np.array_equal(one.data, three.data)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("k1 l1 0.5", "needs two inductors or more"),
        ("k1 l1 l1 l2 0.5", "with itself"),
        ("k1 l1 l2 r1 0.5", "'r1' is not one"),
    ],
)
def test_faults(card, message):
    with pytest.raises(NetlistError, match=rf"deck:9.*{message}"):
        _ = Circuit.from_text(DECK.replace("k1 l1 l2 l3 {k}", card)).flat


def test_windings_of_negative_energy_are_said_and_have_no_transient():
    circuit = Circuit.from_text(DECK.replace("k1 l1 l2 l3 {k}", "k1 l1 l2 l3 -0.6"))
    with pytest.warns(DeckWarning, match=r"deck:9.*coefficient of -0.6 is not between -0.5 and 1"):
        circuit.ac(1e3)
    with pytest.raises(AnalysisError, match=r"between -0.5 and 1"):
        circuit.tran("20u")


SENSED = """t
v1 in 0 dc 1 ac 1
r1 in a 1k
l1 a 0 {l1} tc1=0.01 m=2
l2 b 0 {l2} m=3 tc1=-0.002
l3 c 0 {l3}
k1 l1 l2 l3 {k1}
r2 b 0 1k
r3 c 0 500
.temp 127
{card}
.end
"""
NUMBERS = {"l1": 1e-3, "l2": 2e-3, "l3": 0.5e-3, "k1": 0.4}


@pytest.mark.parametrize("name", NUMBERS)
def test_sensitivities_of_copies_that_depend_on_the_temperature(name):
    """Beside differences of two runs; the factor of the temperature and the copies were left out."""
    deck = SENSED.format(**NUMBERS, card=".sens v(b) ac lin 1 100k 100k")
    found = Circuit.from_text(deck).run()[0][name][0]
    value, step = NUMBERS[name], 1e-4 * NUMBERS[name]

    def output(number):
        deck = SENSED.format(**{**NUMBERS, name: number}, card=".ac lin 1 100k 100k")
        return Circuit.from_text(deck).run()[0]["v(b)"][0]

    difference = (output(value + step) - output(value - step)) / (2 * step)
    assert found == pytest.approx(difference, rel=1e-7)


def test_a_coupled_inductance_of_zero_has_no_sensitivity():
    deck = SENSED.format(**{**NUMBERS, "l3": 0}, card=".sens v(b) ac lin 1 100k 100k")
    with pytest.raises(AnalysisError, match="k1: its mutual inductance has no derivative where l3 is 0 H"):
        Circuit.from_text(deck).run()
