"""Random numbers that functions of a deck draw, and draws that have no value."""

from math import sqrt

import numpy as np
import pytest

import circuitnn
from circuitnn.errors import NetlistError


def test_arguments_of_a_function_reach_what_it_draws():
    text = "t\n.func f(m,s) {agauss(m,s,1)}\n.func twice(s) {f(10*s,s)}\nv1 a 0 1\n"
    text += "".join(f"r{k} a 0 {{twice(0.5)}}\n" for k in range(400)) + ".op\n"
    flat = circuitnn.Circuit.from_text(text).flat
    values = next(t for t in flat.elements if t.kind == "r").values["r"]
    assert abs(np.mean(values) - 5.0) < 4.0 * 0.5 / 20.0
    assert abs(np.std(values) / 0.5 - 1.0) < 4.0 / sqrt(800.0)


def test_arguments_of_a_function_may_differ_from_cell_to_cell():
    text = "t\n.func noisy(s) {exp(s*agauss(0,1,1))}\nv0 in0 0 1\nv1 in1 0 1\n"
    text += ".crossbar x1 rows=2 cols=2048 g={noisy(0.1*(1+row))} left=in bottom=0\n.op\n"
    drawn = circuitnn.Circuit.from_text(text).flat.placed["x1"].array.conductance
    for row, width in enumerate((0.1, 0.2)):
        assert abs(np.std(np.log(drawn[row])) / width - 1.0) < 4.0 / sqrt(4096.0)
        assert np.median(drawn[row]) == pytest.approx(1.0, abs=5.0 * width / sqrt(2048))


@pytest.mark.parametrize("card", [".param x=agauss(1,1,0)", "r1 a 0 {2*agauss(1,1,0)}"])
def test_a_draw_without_a_value_is_an_error_with_its_place(card):
    with pytest.raises(NetlistError, match="deck:2: 'agauss' draws no finite number"):
        circuitnn.Circuit.from_text(
            f"t\n{card}\nv1 a 0 1\nr2 a 0 {{1}}\nr3 a 0 1\n{'rx a 0 {x}' if 'x=' in card else ''}\n.op\n"
        ).op()
