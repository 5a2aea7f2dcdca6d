"""Forms of LTspice, by its documented behaviour: expected values are closed forms."""

import warnings

import numpy as np
import pytest

import circuitnn
from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError


def at(deck, time, node="v(a)"):
    result = Circuit.from_text(f"ltspice\n{deck}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (tran,) = result.run()
    return float(np.interp(time, tran["time"], tran[node]))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("buf(0.5)", 0.0),
        ("buf(v(x))", 1.0),
        ("inv(0.5)", 1.0),
        ("inv(v(x))", 0.0),
        ("round(2.5)", 3.0),
        ("round(-v(x))", -2.0),
        ("hypot(v(x)+1.5,4)", 5.0),
        ("table(v(x),1,10,2,20)", 15.0),
        ("table(v(x),0,1,1,3)", 3.0),
        ("table(-v(x),0,1,1,3)", 1.0),
        ("table(v(x),0,1,{p},1+2*v(x))", 4.0),
    ],
)
def test_functions(expression, value):
    deck = f"functions\n.param p=1\nv1 x 0 1.5\nb1 a 0 v={expression}\nra a 0 1k\n.op\n"
    assert Circuit.from_text(deck).op()["v(a)"] == pytest.approx(value, abs=1e-9)


def test_a_resistor_that_is_an_expression():
    op = Circuit.from_text("b\nv1 a 0 2\nr1 a b 1k\nb1 b 0 r=1k*v(a)\n.op\n").op()
    assert op["v(b)"] == pytest.approx(2 * 2 / 3, rel=1e-6)


def test_a_source_with_resistance_and_capacitance():
    deck = "source\nv1 a 0 dc 3 ac 1 rser=1k cpar=1u\nr1 a 0 2k\n.op\n"
    assert Circuit.from_text(deck).op()["v(a)"] == pytest.approx(2.0, rel=1e-6)
    (ac,) = Circuit.from_text(deck.replace(".op", ".ac lin 1 100 100")).run()
    pole = 2j * np.pi * 100 * 1e-6
    assert abs(ac["v(a)"][0]) == pytest.approx(abs(1 / 1e3 / (1 / 1e3 + 1 / 2e3 + pole)), rel=1e-6)


def test_a_current_source_has_no_resistance():
    with pytest.raises(NetlistError, match="rser"):
        Circuit.from_text("source\ni1 a 0 1 rser=1k\nr1 a 0 1k\n.op\n").op()


@pytest.mark.parametrize(
    ("corners", "time", "value"),
    [
        ("repeat forever (0 0 1m 1 2m 0) endrepeat", 4.5e-3, 0.5),
        ("(0 3 1m 1) repeat forever (0 1 1m 2 2m 1) endrepeat", 4.5e-3, 1.5),
        ("repeat for 2 (0 0 1m 1 2m 0) endrepeat", 3.5e-3, 0.5),
        ("repeat for 2 (0 0 1m 1 2m 0) endrepeat", 4.5e-3, 0.0),
        ("repeat for 2 (0 0 1m 1 2m 0) endrepeat 6m 4", 5e-3, 2.0),
        ("time_scale_factor=1m value_scale_factor=2 (0 0 1 1 2 0)", 1.5e-3, 1.0),
        ("time_scale_factor=1m repeat forever (0 0 1 1 {t} 0) endrepeat", 3.5e-3, 0.5),
    ],
)
def test_corners(corners, time, value):
    deck = f".param t=2\nv1 a 0 pwl {corners}\nr1 a 0 1k\n.tran 10u 5m\n"
    assert at(deck, time) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("corners", "message"),
    [
        ("repeat (0 0 1m 1) endrepeat", "'for' and a number"),
        ("repeat for 0 (0 0 1m 1) endrepeat", "whole number"),
        ("repeat for 1e9 (0 0 1m 1) endrepeat", "repeat forever"),
        ("repeat forever (0 0 1m) endrepeat", "two pairs"),
        ("repeat forever (0 0 1m 1) endrepeat 2m 0", "may follow"),
        ("repeat for 2 (repeat for 2 (0 0 1m 1) endrepeat) endrepeat", "not supported"),
    ],
)
def test_wrong_corners(corners, message):
    with pytest.raises(NetlistError, match=message):
        Circuit.from_text(f"wrong\nv1 a 0 pwl {corners}\nr1 a 0 1k\n.tran 10u 5m\n").run()


def test_a_charge_in_x():
    """q = c·x + d·x² at a ramp of 1 V/ms: i = (c + 2d·v)·1e3."""
    deck = "v1 a 0 pwl(0 0 1m 1)\nc1 a 0 q=1n*x+0.5n*x*x\n.tran 1u 1m\n"
    assert at(deck, 0.5e-3, "i(v1)") == pytest.approx(-(1e-9 + 1e-9 * 0.5) * 1e3, rel=1e-3)


def test_a_flux_in_x():
    """flux = tanh of the current: v = (1 − tanh²(i))·di/dt at a current that rises by 1 A/ms."""
    deck = "i1 0 a pwl(0 0 1m 1)\nl1 a 0 flux=1m*tanh(x)\n.tran 1u 1m\n"
    assert at(deck, 0.5e-3) == pytest.approx(1 - np.tanh(0.5) ** 2, rel=1e-3)


def test_a_parameter_of_the_name_x_is_one():
    deck = ".param x=2\nv1 a 0 pwl(0 0 1m 1)\nc1 a 0 q=1n*x*v(a)\n.tran 1u 1m\n"
    assert at(deck, 0.5e-3, "i(v1)") == pytest.approx(-2e-6, rel=1e-3)


def test_a_table_with_controlling_nodes():
    deck = "table\nv1 a 0 0.5\ne1 b 0 a 0 table=(0,0,1,4)\nrb b 0 1k\n.op\n"
    assert Circuit.from_text(deck).op()["v(b)"] == pytest.approx(2.0)


def test_steps_of_what_no_card_declares():
    results = Circuit.from_text(
        "steps\nv1 a 0 1\nr1 a b 1k\nr2 b 0 {r}\n.step param r list 1k 3k\n.op\n"
    ).run()
    assert [float(r["v(b)"]) for r in results] == pytest.approx([0.5, 0.75])


def test_steps_of_a_models_parameter():
    deck = "steps\ni1 0 a 1m\nd1 a 0 dx\n.model dx d(is=1e-14 n=1)\n.step d dx(is) list 1e-14 1e-12\n.op\n"
    low, high = (float(r["v(a)"]) for r in Circuit.from_text(deck).run())
    assert low - high == pytest.approx(8.617333e-5 * 300.15 * np.log(100), rel=1e-3)


def test_folders_as_windows_writes_them(tmp_path):
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "half.lib").write_text(".subckt half a b\nr1 a b 1k\nr2 b 0 1k\n.ends\n")
    deck = tmp_path / "deck.net"
    deck.write_text('windows\n.lib "libs\\half.lib"\nv1 a 0 2\nx1 a b half\n.op\n')
    assert circuitnn.load(deck).op()["v(b)"] == pytest.approx(1.0)


@pytest.mark.parametrize("card", [".wave out.wav 16 44.1k v(a)", ".savebias bias.txt internal time=1m"])
def test_cards_without_effect_say_so(card):
    with pytest.warns(DeckWarning, match=f"'{card.split()[0]}' has no effect"):
        Circuit.from_text(f"card\nv1 a 0 1\nr1 a 0 1k\n{card}\n.op\n").op()


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (".loadbias bias.txt", ".include"),
        (".machine\n.state s0 0\n.rule s0 s0 v(a)>1\n.output (a) state\n.endmachine", "d_state"),
        ("a1 a 0 0 0 0 b c 0 counter cycles=4", "d_fdiv"),
        ("a1 a 0 0 0 0 b c 0 modulate", "sine"),
    ],
)
def test_refused_cards_say_what_to_write(card, message):
    with pytest.raises(NetlistError, match=message) as caught:
        Circuit.from_text(f"card\nv1 a 0 1\nr1 a 0 1k\n{card}\n.op\n").op()
    assert len(caught.value.faults) == 1


def test_a_step_of_a_name_that_nothing_reads_is_refused():
    with pytest.raises(NetlistError, match="did you mean rr"):
        Circuit.from_text("steps\n.param rr=1\nr1 a 0 {rr}\nv1 a 0 1\n.step param rrr list 1 2\n.op\n").run()


@pytest.mark.parametrize("x", ["0", "1e200", "-1e-20"])
def test_hypot_is_finite(x):
    deck = (
        f"hypot\n.param y={{hypot({x},0)}}\nv1 a 0 1\nb1 b 0 v=hypot(v(a)*0,{x})/(y+(y==0))\nr1 b 0 1k\n.op\n"
    )
    assert Circuit.from_text(deck).op()["v(b)"] == pytest.approx(0.0 if x == "0" else 1.0)


@pytest.mark.parametrize("charge", ["1n*v(x)*(1+v(x))", "1n*x*(1+x)", "1n*v(x,0)*(1+x)", "1n*v( x )*(1+x)"])
def test_a_charge_may_read_a_node_called_x(charge):
    """The x of LTspice is the voltage across the capacitor; that of v(x) is a node."""
    text = f"charge\nv1 x 0 dc 0.5 ac 1\nc1 x 0 q={{{charge}}}\n.end\n"
    current = Circuit.from_text(text).ac(1e3, 1e3, 1)["i(v1)"]
    assert current == pytest.approx(-2j * np.pi * 1e3 * 1e-9 * (1.0 + 2.0 * 0.5))
