"""A number without value or meaning is an error with its place: in elements, options, sweeps, changes."""

from __future__ import annotations

import math
import re
import warnings

import numpy as np
import pytest

from circuitnn import Circuit, DeckWarning
from circuitnn.crossbar import Crossbar
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import symbol
from circuitnn.equations.scalar import UNARY
from circuitnn.equations.unclamped import exact
from circuitnn.errors import AnalysisError, CircuitnnError, ConvergenceError, NetlistError
from circuitnn.netlist.expressions import Language, parse_expression
from circuitnn.ngspice import control

DECK = "t\nv1 a 0 1\nr1 a b 1k\nc1 b 0 1p\nd1 b 0 dm\n.model dm d\n"
NO_VALUE = [
    "1/0",
    "0/0",
    "-1/0",
    "ln(0)",
    "log(-1)",
    "sqrt(-1)",
    "exp(1000)",
    "asin(2)",
    "10**400",
    "0**(-1)",
    "acosh(0)",
    "1/(2-2)",
    "1/z",
    "0/z",
    "f(0)",
    "f(z)",
    "1e300*1e300",
    "z>1 ? 1 : 1/z",
    "1/z > 0 ? sqrt(-1) : 2",
    "min(ln(-1),5)",
    "max(5,ln(-1))",
    "sinh(1e4)",
    "atanh(1)",
]
VALUES = {
    "1/1e-40": 1e40,
    "z>0 ? 1/z : 3": 3.0,
    "min(1/z, 2)": 2.0,
    "(-8)**2": 64.0,
    "1/z > 5": 1.0,
    "exp(0)": 1.0,
    "atan(1/z)": math.pi / 2,
}
PLACES = [
    "r9 a 0 {NUMBER}",
    "v9 n 0 {NUMBER}",
    "v9 n 0 pulse(0 {NUMBER} 1n)",
    "c9 a 0 1p ic={NUMBER}",
    "r9 a 0 1 tc1={NUMBER}",
    "e9 n 0 a 0 {NUMBER}",
    "r9 a 0 1k m={NUMBER}",
    "t9 a 0 n 0 z0={NUMBER} td=1n",
    ".param p={NUMBER}\nr9 a 0 {p}",
    ".options reltol={NUMBER}",
    ".temp {NUMBER}",
    ".tran {NUMBER} 1",
    ".dc v1 0 {NUMBER} 1",
    ".ac dec 10 1 {NUMBER}",
    ".ic v(a)={NUMBER}",
    "d9 a 0 dm area={NUMBER}",
    "d9 a 0 dk\n.model dk d is={NUMBER}",
    "x9 a s q={NUMBER}\n.subckt s a params: q=1\nr1 a 0 {q}\n.ends",
    ".crossbar y rows=1 cols=1 g={NUMBER} left=a bottom=0",
    "n9 a 0 nm\n.model nm drift ron={NUMBER}",
    "l9 a n {NUMBER}\nl8 n 0 1\nk9 l9 l8 {NUMBER}",
]


# ------------------------------------------------------------------------------------------------ expressions


@pytest.mark.parametrize("text", NO_VALUE)
def test_an_expression_without_value_is_an_error_at_its_card(text):
    deck = DECK + f".param z=0\n.func f(x) {{1/x}}\nr9 a 0 {{{text}}}\n"
    with pytest.raises(NetlistError, match=r"deck:9: .* has no finite value"):
        _ = Circuit.from_text(deck).flat


@pytest.mark.parametrize("text", VALUES)
def test_an_expression_with_a_value_has_it(text):
    flat = Circuit.from_text(f"t\n.param z=0\nv1 a 0 {{{text}}}\nr1 a 0 1\n").flat
    assert next(t for t in flat.elements if t.kind == "v").values["dc"][0] == pytest.approx(VALUES[text])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", ["1/0", "0/z", "ln(z)"])
def test_wherever_a_deck_has_a_number(place, text):
    line = place.replace("NUMBER", text)
    with pytest.raises(NetlistError, match=r"deck:\d+: .*has no finite value"):
        _ = Circuit.from_text(f"{DECK}.param z=0\n{line}\n").flat


def test_a_measure_without_a_value_costs_only_itself():
    with pytest.warns(DeckWarning, match=r"deck:7: this '.meas' has no effect: '1/0' has no finite value"):
        _ = Circuit.from_text(f"{DECK}.meas tran m find v(a) at={{1/0}}\n.tran 1 1\n").flat


def test_the_message_names_what_stands_for_zero():
    with pytest.raises(NetlistError, match=re.escape("'1/(w - l)' with l = 2, w = 2 has no finite value")):
        _ = Circuit.from_text("t\n.param w=2 l=2\nr1 a 0 {3+1/(w-l)}\n").flat


def test_each_instance_is_looked_at():
    deck = "t\n.subckt s a params: q=1\nr1 a 0 {1/(q-2)}\n.ends\nx1 a s q=1\nx2 a s q=2\nv1 a 0 1\n"
    with pytest.raises(NetlistError, match=r"deck:3: '1/\(q - 2\)' has no finite value"):
        _ = Circuit.from_text(deck).flat


RANDOM = np.random.default_rng(5)


@pytest.mark.parametrize("op", sorted(UNARY))
def test_exact_is_what_the_others_are_within_the_domain(op):
    """Over all functions: equal to the guarded back end wherever there is a value, else infinite or NaN."""
    expr = (
        parse_expression(f"{op}(x)" if op != "pwr" else "x", Language())
        if op not in ("trunc", "sgn", "nint", "expm1", "log1p")
        else None
    )
    if expr is None:
        from circuitnn.equations import rules

        expr = rules.unary(op, symbol("x"))
    xs = np.concatenate([RANDOM.normal(size=40), [0.0, 1.0, -1.0, 1e3, -1e3, 1e-300]])
    together, _ = exact(expr, {"x": xs})
    for x, found in zip(xs, np.broadcast_to(together, xs.shape), strict=True):
        single, culprit = exact(expr, {"x": float(x)})
        assert (culprit is None) == bool(np.isfinite(found))
        if culprit is None:
            assert single == pytest.approx(found, rel=1e-14)
            assert single == pytest.approx(evaluate([expr], {"x": float(x)})[0], rel=1e-14)


# ------------------------------------------------------------------------------------------------ temperatures, options


@pytest.mark.parametrize(
    "card",
    [
        ".temp -300",
        ".options temp=-273.15",
        ".options tnom=-400",
        "r9 a 0 1 temp=-300",
        "d9 a 0 dm temp=-300",
        "c9 a 0 1p dtemp=-400",
        "d9 a 0 dm dtemp=-400",
        "d9 a 0 dk\n.model dk d tnom=-300",
        ".dc temp -300 0 100",
        ".step temp list 0 -280\n.op",
    ],
)
def test_there_is_nothing_below_absolute_zero(card):
    with pytest.raises(NetlistError, match=r"deck:\d+: .*absolute zero"):
        _ = Circuit.from_text(DECK + card + "\n").flat


def test_nor_in_python():
    circuit = Circuit.from_text(DECK)
    for call in (
        lambda: circuit.op(temp=-300),
        lambda: circuit.with_options(temp=-300).op(),
        lambda: circuit.dc({"temp": [27.0, -300.0]}),
        lambda: circuit.at_corner({"temp": -280}).op(),
        lambda: circuit.altered({("d1", "temp"): -300.0}),
        lambda: circuit.altered({("r1", "temp"): -300.0}),
    ):
        with pytest.raises(CircuitnnError, match="absolute zero"):
            call()


@pytest.mark.parametrize(
    "option",
    [
        "reltol=0",
        "abstol=-1",
        "itl1=0",
        "gmin=-1",
        "rshunt=0",
        "hostcompile=maybe",
    ],
)
def test_options_say_where(option):
    with pytest.raises(NetlistError, match=rf"deck:7: option {option.partition('=')[0]}"):
        _ = Circuit.from_text(DECK + f".options {option}\n").flat


# ------------------------------------------------------------------------------------------------ changes


@pytest.mark.parametrize(
    "command",
    [
        "alter v1 = 0/0",
        "alter r1 = 1/0",
        "alter @d1[temp] = -300",
        "altermod @dm[n] = 0/0",
        "alterparam z = 0/0\nreset",
    ],
)
def test_changes_of_control_blocks(command):
    circuit = Circuit.from_text(f"{DECK}.param z=1\n.control\n{command}\nop\n.endc\n")
    with pytest.raises(CircuitnnError, match=r"finite|absolute zero"):
        control.run(circuit)


def test_lines_of_arrays():
    for wrong in (1e-310, 1e-320, -1.0, float("nan")):
        with pytest.raises(AnalysisError, match="wordline_resistance"):
            Crossbar(2, 2, 1e-6, wordline_resistance=wrong)
    assert Crossbar(2, 2, 1e-6, wordline_resistance=0.0).wordline_resistance[0] == 0.0


# ------------------------------------------------------------------------------------------------ all elements


ELEMENTS = {
    "r": "r9 a b {}",
    "r_tc1": "r9 a b 1k tc1={} temp=30",
    "r_tc2": "r9 a b 1k tc2={} temp=30",
    "r_temp": "r9 a b 1k temp={}",
    "r_m": "r9 a b 1k m={}",
    "c": "c9 a b {}",
    "c_ic": "c9 a b 1p ic={}",
    "c_m": "c9 a b 1p m={}",
    "l": "l9 a b {}",
    "l_ic": "l9 a b 1n ic={}",
    "l_m": "l9 a b 1n m={}",
    "k": "l9 a b 1n\nl8 b 0 1n\nk9 l9 l8 {}",
    "v": "v9 c b {}\nr9 c 0 1",
    "v_ac": "v9 c b ac {}\nr9 c 0 1",
    "i": "i9 a b {}",
    "e": "e9 c 0 a 0 {}\nr9 c b 1",
    "f": "f9 a b v1 {}",
    "g": "g9 a b a 0 {}",
    "h": "h9 c 0 v1 {}\nr9 c b 1",
    "t_z0": "t9 a 0 b 0 z0={} td=1n",
    "t_td": "t9 a 0 b 0 z0=50 td={}",
    "o_r": "o9 a 0 b 0 om\n.model om ltra r={} l=1n c=1p len=1",
    "o_l": "o9 a 0 b 0 om\n.model om ltra r=1 l={} c=1p len=1",
    "o_c": "o9 a 0 b 0 om\n.model om ltra r=1 l=1n c={} len=1",
    "o_len": "o9 a 0 b 0 om\n.model om ltra r=1 l=1n c=1p len={}",
    "u_l": "u9 a b 0 um l={}\n.model um urc",
    "pulse_rise": "v9 c b pulse(0 1 0 {} 1n 1n 9n)\nr9 c 0 1",
    "pulse_per": "v9 c b pulse(0 1 0 1n 1n 1n {})\nr9 c 0 1",
    "pulse_width": "v9 c b pulse(0 1 0 1n 1n {} 9n)\nr9 c 0 1",
    "pulse_delay": "v9 c b pulse(0 1 {} 1n 1n 1n 9n)\nr9 c 0 1",
    "sin_freq": "v9 c b sin(0 1 {})\nr9 c 0 1",
    "sin_damp": "v9 c b sin(0 1 1g 0 {})\nr9 c 0 1",
    "sin_delay": "v9 c b sin(0 1 1g {})\nr9 c 0 1",
    "exp_tau1": "v9 c b exp(0 1 0 {} 5n 1n)\nr9 c 0 1",
    "exp_tau2": "v9 c b exp(0 1 0 1n 5n {})\nr9 c 0 1",
    "exp_td2": "v9 c b exp(0 1 0 1n {} 1n)\nr9 c 0 1",
    "sffm": "v9 c b sffm(0 1 1g {} 1meg)\nr9 c 0 1",
    "am": "v9 c b am(1 0 {} 1g 0)\nr9 c 0 1",
    "pwl": "v9 c b pwl(0 0 {} 1)\nr9 c 0 1",
    "trnoise": "v9 c b trnoise(1 {} 0 0)\nr9 c 0 1",
    "area": "d9 a b dm area={}",
    "tstep": ".tran {} 1n",
    "gmin": ".options gmin={}",
    "itl": ".options itl1={}",
    "vntol": ".options vntol={}",
    "rshunt": ".options rshunt={}",
}
EXTREME = ("0", "-1", "-1e-12", "1e-320", "-1e-320", "1e-300", "1e300", "1.7e308", "1e-30")


@pytest.mark.parametrize("element", ELEMENTS)
def test_every_number_of_every_element(element):
    """An extreme value is refused by a sentence, fails as an analysis, or gives a finite result; nothing else."""
    for value in EXTREME:
        line = ELEMENTS[element].replace("{}", value)
        circuit = Circuit.from_text(f"t\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.model dm d\n{line}\n")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for analysis in (lambda c: c.op(), lambda c: c.tran(1e-8), lambda c: c.ac(1e6, 1e7, 2)):
                try:
                    result = analysis(circuit)
                except (NetlistError, AnalysisError, ConvergenceError, CircuitnnError) as error:
                    assert str(error), (element, value)
                    continue
                assert np.all(np.isfinite(result.data)), (element, value)


def test_resistances_that_count_as_others_are_said():
    divider = "t\nv1 a 0 1\nr1 a b {}\nr2 b 0 1k\n.op\n"
    with pytest.warns(DeckWarning, match=r"deck:3: 'r1': 1e-15 Ohm counts as 1e-12"):
        assert Circuit.from_text(divider.format("1e-15")).op()["v(b)"] == pytest.approx(1.0)
    with pytest.warns(DeckWarning, match=r"r1: its temperature coefficients make 1000 Ohm -2000"):
        Circuit.from_text(divider.format("1k tc1=-0.01") + ".temp 327\n").op()
    with pytest.warns(DeckWarning, match=r"r1: its temperature coefficients make 1000 Ohm 0"):
        assert Circuit.from_text(divider.format("1k tc1=-0.01") + ".temp 127\n").op()[
            "v(b)"
        ] == pytest.approx(1.0)


def test_a_sweep_of_a_resistance_passes_zero():
    found = Circuit.from_text("t\nv1 a 0 1\nr1 a b 1\nr2 b 0 1k\n").dc({"r1": [1e3, 1e-310, 0.0, -1e-13]})
    assert found["v(b)"] == pytest.approx([0.5, 1.0, 1.0, 1.0])


@pytest.mark.parametrize("wave", ["exp(0 1 0 -1n)", "exp(0 1 0 1n 2n -1n)"])
def test_time_constants_that_grow(wave):
    with pytest.raises(NetlistError, match=r"deck:2: the time constants of exp"):
        _ = Circuit.from_text(f"t\nv1 a 0 {wave}\nr1 a 0 1\n").flat
