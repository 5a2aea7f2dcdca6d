"""Random numbers that functions and sources of a deck draw, and draws that have no value."""

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


SPREADS = {  # call: standard deviation of what it draws about 2
    "agauss(2,0.3,3)": 0.1,
    "gauss(2,0.3,3)": 0.2,
    "aunif(2,0.3)": 0.3 / sqrt(3.0),
    "unif(2,{width})": 0.6 / sqrt(3.0),
    "limit(2,0.3)": 0.3,
}
SOURCES = {  # a card with a source that puts its number across 1 kOhm
    "b": "b{k} n{k} 0 v=({call})*v(one)",
    "e": "e{k} n{k} 0 value={{v(one)*{call}}}",
    "g": "g{k} 0 n{k} value={{v(one)*{call}/1k}}",
}


def values(cards):
    deck = f"draws\n.param width=0.3\nv1 one 0 1\n{cards}\n.end\n"
    result = circuitnn.Circuit.from_text(deck).op()
    return np.array([result[name] for name in result.names if name.startswith("v(n")])


@pytest.mark.parametrize("call", SPREADS)
@pytest.mark.parametrize("kind", SOURCES)
def test_sources_draw_a_number_for_each_card(kind, call):
    """400 cards of one form: mean and deviation of what they draw, to four standard errors."""
    count = 400
    cards = "\n".join(SOURCES[kind].format(k=k, call=call) + f"\nr{k} n{k} 0 1k" for k in range(count))
    drawn = values(cards)
    assert len(set(drawn)) == (2 if call.startswith("limit") else count)
    assert abs(np.mean(drawn) - 2.0) < 4.0 * SPREADS[call] / sqrt(count)
    assert abs(np.std(drawn) / SPREADS[call] - 1.0) < 4.0 / sqrt(2.0 * count)


def test_behavioural_resistors_and_instances_draw_numbers_of_their_own():
    cards = ".subckt s a\ni1 0 a 1m\nr1 a 0 r='1k*agauss(2,0.3,3)*(1+0*v(a))'\nr2 a 0 1g\n.ends\n"
    drawn = values(cards + "\n".join(f"x{k} n{k} s" for k in range(400)))
    assert len(set(drawn)) == 400
    assert abs(np.mean(drawn) - 2.0) < 4.0 * 0.1 / 20.0
    assert abs(np.std(drawn) / 0.1 - 1.0) < 4.0 / sqrt(800.0)


def test_the_limit_of_three_arguments_draws_nothing():
    drawn = values("b1 n1 0 v=limit(agauss(5,0.1,1)*v(one),0,3)\nr1 n1 0 1k")
    assert drawn == pytest.approx([3.0], rel=1e-9)


@pytest.mark.parametrize(
    ("card", "message"),
    {
        "b1 n1 0 v=agauss(v(one),0.1,3)": r"'agauss\(v\(one\),0.1,3\)' depends on v\(one\)",
        "r2 n1 0 {1k*limit(v(one),0.5)}": r"depends on v\(one\)",
        "b1 n1 0 v=agauss(0.1)": "agauss takes 3 arguments, 1 given",
        "b1 n1 0 v=2*agauss(1,0.1,0)": "'agauss' draws no finite number",
        "b1 n1 0 v=f(v(one))": r"agauss draws a number for each card: write it on the card",
    }.items(),
)
def test_what_a_source_cannot_draw_is_an_error_with_its_place(card, message):
    with pytest.raises(NetlistError, match="deck:.*" + message):
        values(f"{card}\nr1 n1 0 1k\n.func f(x) {{x*agauss(1,0.1,3)}}")
