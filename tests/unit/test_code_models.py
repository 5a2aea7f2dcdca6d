"""XSPICE's analog code models: ports, states, and what is refused. Their values are those of `netlists/wild`."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError

BASE = ["models", ".param k=3", "v1 a 0 2 ac 1 sin(0 1 100k)", "r1 a 0 1k"]


def circuit(card, model):
    return Circuit.from_text("\n".join([*BASE, card, f".model m {model}", "rb b 0 1k", ""]))


def test_parameters_of_the_deck_may_stand_in_models_and_lists():
    assert circuit("a1 [a a] b m", "summer(in_gain=[{k} 1] out_offset={k/2})").op()["v(b)"] == pytest.approx(
        9.5
    )


def test_states_rest_at_their_initial_values_and_have_rates_in_small_signals():
    made = circuit(
        "a1 a b m", "s_xfer(num_coeff=[1 0 2] den_coeff=[1 1.4 1] denormalized_freq=1e6 int_ic=[0.3 0.2])"
    )
    assert made.op()["v(b)"] == pytest.approx(2.0 + 0.2 - 1.4 * 0.3 * 1e-6, rel=1e-12)
    found = made.ac(1e3, 1e7, 3)
    s = 2j * np.pi * found["frequency"] / 1e6
    np.testing.assert_allclose(found["v(b)"], (s**2 + 2) / (s**2 + 1.4 * s + 1), rtol=1e-9)
    assert made.tran("1u", uic=True)["v(b)"][0] == pytest.approx(0.2, abs=1e-6)


def test_integral_stops_at_its_limits():
    made = circuit(
        "a1 a b m", "int(gain=1e6 out_ic=0.1 out_lower_limit=0 out_upper_limit=0.2 limit_range=0.01)"
    )
    found = made.tran("30u", reltol=1e-5)["v(b)"]
    assert found.min() > -1e-12
    assert found.max() == pytest.approx(0.2, abs=1e-5)
    assert abs(made.ac(1e6, 1e6, 1)["v(b)"][0]) == pytest.approx(1.0 / (2.0 * np.pi))


@pytest.mark.parametrize(
    ("card", "model", "message"),
    [
        ("a1 [a a] b m", "d_cosim", "a 'd_cosim' runs the program"),
        ("a1 [a] [b] m", "real_gain", "port 'in' of a real_gain is one %real"),
        ("a1 a b m", "gian", "'gian' is not supported .did you mean gain"),
        ("a1 a b n", "gain", "no model 'n' for an A device"),
        ("a1 a 0 0 0 0 0 b 0 modulate mark=5", "gain", "'a1' is an A device of LTspice"),
        ("a1 a ~b m", "gain", "only digital signals can be inverted"),
        ("a1 a %vd b m", "gain", "%vd takes two nodes"),
        ("a1 a %d b m", "gain", "no analog port of type %d"),
        ("a1 a a b m", "gain", "'a1' has 3 ports; a gain has: in out"),
        ("a1 [a a] b m", "gain", "port 'in' of a gain is not a vector"),
        ("a1 a b m", "limit(out_lower_limit=0)", "needs out_upper_limit="),
        ("a1 a b m", "limit(out_lower_limit=0 out_upper_limit=1 fraction=2)", "is true or false, not '2'"),
        ("a1 a b m", "pwl(x_array=[0 1 1] y_array=[0 1 2])", "as many rising x_array= as y_array="),
        ("a1 [a] b m", "summer(in_gain=[1 2])", "'in_gain' of model 'm' has 2 values for 1 inputs"),
        ("a1 a b m", "s_xfer(num_coeff=[1 1] den_coeff=[1])", "num_coeff is longer than den_coeff"),
        ("a1 %v(a) m", "zener(v_breakdown=5)", "port 'z' of a zener is %gd, not %v"),
        ("a1 (a 0) %gd(b 0) m", "lcouple", "port 'mmf_out' of a lcouple is %hd, not %gd"),
        ("a1 %gd(a 0) %gd(b 0) b m", "potentiometer", "are single nodes, %g"),
        ("a1 a b m", "zener", "needs v_breakdown="),
        ("a1 a b m", "aswitch(cntl_on=2)", "%gd takes two nodes"),
        ("a1 a (b 0) m", "aswitch(cntl_off=1)", "cntl_off and cntl_on must differ"),
        ("a1 (a b) m", "core(mode=3)", "'mode' of model 'm' is 1 or 2, not '3'"),
        ("a1 (a b) m", "core(h_array=[0 1] b_array=[0 1] area=1)", "needs length="),
        ("a1 a b m", "hyst(in_low=1 in_high=0)", "in_low must be below in_high"),
    ],
)
def test_refused_with_the_reason(card, model, message):
    with pytest.raises(NetlistError, match=message):
        circuit(card, model).op()


def test_unknown_parameters_are_said():
    with pytest.warns(DeckWarning, match="'gani' of model 'm' has no effect .did you mean gain"):
        circuit("a1 a b m", "gain(gani=2)").op()
