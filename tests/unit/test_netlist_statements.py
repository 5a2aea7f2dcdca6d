"""Analyses, options, output and measures of a deck."""

from __future__ import annotations

import io
import math

import pytest

from circuitnn import Circuit
from circuitnn.equations.evaluate import evaluate
from circuitnn.errors import DeckWarning
from circuitnn.flat import Sweep
from circuitnn.flat.measure_request import Crossing
from circuitnn.netlist import elaborate, parse
from circuitnn.ngspice import control

BASE = "t\n.param p=2 vdd=1.8\nV1 a 0 1\nR1 a b 1k\nR2 b 0 1k\n"


def flat(body):
    return elaborate(parse(BASE + body))


def analysis(body):
    (card,) = flat(body).analyses
    return card.kind, card.arguments


def measure(body):
    return flat(f".meas {body}").measures[-1]


def test_operating_point():
    circuit = flat(".op")
    assert [(a.kind, a.where) for a in circuit.analyses] == [("op", "deck:6")]


@pytest.mark.parametrize(
    ("card", "tstart", "tmax", "uic"),
    [
        (".tran 1n 1u", 0.0, None, False),
        (".tran 1n 1u uic", 0.0, None, True),
        (".tran 1n 1u 10n", 1e-8, None, False),
        (".tran {p/2*1n} 1u 10n 2n UIC", 1e-8, 2e-9, True),
    ],
)
def test_transients(card, tstart, tmax, uic):
    kind, arguments = analysis(card)
    assert (kind, arguments["tstep"], arguments["tstop"]) == ("tran", 1e-9, 1e-6)
    assert (arguments["tstart"], arguments["uic"]) == (tstart, uic)
    assert math.isnan(arguments["tmax"]) if tmax is None else arguments["tmax"] == tmax


@pytest.mark.parametrize(
    ("card", "sweeps"),
    [
        (".dc V1 0 1 0.25", [("v1", (0.0, 0.25, 0.5, 0.75, 1.0))]),
        (".dc v1 1 0 -0.5", [("v1", (1.0, 0.5, 0.0))]),
        (".dc v1 0 1 0.4", [("v1", (0.0, 0.4, 0.8))]),
        (".dc v1 3 3 1", [("v1", (3.0,))]),
        (".dc v1 0 {p} 1 temp 0 50 50", [("v1", (0.0, 1.0, 2.0)), ("temp", (0.0, 50.0))]),
        (".dc R2 1k 2k 1k", [("r2", (1e3, 2e3))]),
        (".dc p 1 2 1", [("param:p", (1.0, 2.0))]),
    ],
)
def test_sweeps(card, sweeps):
    assert analysis(card) == ("dc", {"sweeps": tuple(Sweep(*s) for s in sweeps)})


def test_sweeps_reach_their_end():
    (sweep,) = analysis(".dc v1 0 1 0.001")[1]["sweeps"]
    assert len(sweep.values) == 1001
    assert sweep.values[-1] == pytest.approx(1.0, rel=1e-15)


@pytest.mark.parametrize(
    ("card", "target", "values"),
    [
        (".step param p 1 2 0.5", "param:p", (1.0, 1.5, 2.0)),
        (".step p list 3 1 2", "param:p", (3.0, 1.0, 2.0)),
        (".step temp -40 60 100", "temp", (-40.0, 60.0)),
        (".step dec param p 1 100 1", "param:p", (1.0, 10.0, 100.0)),
        (".step v1 oct 1 8 1", "v1", (1.0, 2.0, 4.0, 8.0)),
        (".step lin r1 1k 2k 1k", "r1", (1e3, 2e3)),
    ],
)
def test_steps(card, target, values):
    (sweep,) = flat(card).steps
    assert sweep.target == target
    assert sweep.values == pytest.approx(values)


def test_options():
    circuit = flat(".options reltol=1e-4 method=gear klu\n.option abstol = {p*1p}\n.opt temp=85 tnom=25")
    assert circuit.options == {
        "reltol": 1e-4,
        "method": "gear",
        "klu": True,
        "abstol": pytest.approx(2e-12),
        "temp": 85.0,
        "tnom": 25.0,
    }
    assert circuit.temperature == 85.0


def test_temperature():
    assert flat(".op").temperature == 27.0
    assert flat(".options temp=85\n.temp {p*20}").temperature == 40.0
    with pytest.warns(DeckWarning, match=r"'.temp 50 60' is not one number: it is 27 °C"):
        assert flat(".temp 50 60").temperature == 27.0


def test_output():
    cards = ".save V(A) i(v1) @r1[i]\n.probe v(b)\n.print tran v(a,b) PAR('v(a) * 2')\n.plot dc v (b) (0,5)"
    with pytest.warns(DeckWarning, match=r"deck:9: '\(0,5\)' of '.plot' has no effect"):
        circuit = flat(cards)
    assert circuit.saves == ("v(a)", "i(v1)", "@r1[i]", "v(b)")
    assert [card.where for card in circuit.prints] == ["deck:8", "deck:9"]
    assert tuple(card[:3] for card in circuit.prints) == (
        ("tran", ("v(a,b)", "v(a)*2"), False),
        ("dc", ("v(b)",), True),
    )


def test_measured_delays():
    m = measure("tran Delay TRIG v(a) VAL={vdd/2} TD=1n RISE=2 TARG v(b) VAL='vdd/2' FALL=LAST")
    assert (m.name, m.analysis, m.kind, m.where) == ("delay", "tran", "delay", "deck:6")
    assert m.trigger == Crossing("v(a)", 0.9, "rise", 2, 1e-9)
    assert (m.target.signal, m.target.level, m.target.edge, m.target.count) == ("v(b)", 0.9, "fall", -1)
    m = measure("tran d trig at=1n targ v(b) val=1 cross=3")
    assert m.trigger == 1e-9
    assert (m.target.edge, m.target.count) == ("cross", 3)


def test_found_values():
    m = measure("tran x find v(a) when v(b)=0.5 fall=1 td=2n from=1n to=5n")
    assert (m.kind, m.signal, m.when, m.start, m.stop) == (
        "find",
        "v(a)",
        Crossing("v(b)", 0.5, "fall", 1, 2e-9),
        1e-9,
        5e-9,
    )
    assert measure("tran x find v(a,b) at=1n").at == 1e-9
    m = measure("dc x when v(a) = v(b) cross=last")
    assert (m.kind, m.when.signal, m.when.level, m.when.count) == ("when", "v(a)", "v(b)", -1)
    m = measure("tran x deriv v(a) when v(b)={p}")
    assert (m.kind, m.when.level) == ("deriv", 2.0)


@pytest.mark.parametrize("kind", ["avg", "rms", "min", "max", "pp", "integ", "min_at", "max_at"])
def test_measures_of_windows(kind):
    m = measure(f"tran x {kind} par('v(a)*i(v1)') from={{p*1n}} to=5n")
    assert (m.kind, m.signal, m.start, m.stop) == (kind, "v(a)*i(v1)", 2e-9, 5e-9)
    assert math.isnan(measure(f"tran x {kind} v(a)").start)


def test_measures_of_measures():
    m = measure("tran x max v(a)\n.meas tran y param='x*p + vdd'")
    assert m.kind == "param"
    assert evaluate([m.expression], {"x": 3.0})[0] == pytest.approx(7.8)


def test_warnings_for_parameters_given_twice():
    with pytest.warns(DeckWarning, match=r"deck:6: '.param p' replaces the one at deck:2"):
        assert flat(".param p=3").parameters["p"] == 3.0


def test_measured_expressions_hold_the_decks_parameters_and_functions():
    m = flat(".param k=2\n.func sq(x) {x*x}\n.meas tran x max par('sq(v(a))*k')").measures[-1]
    assert m.signal.replace(" ", "") in ("v(a)*v(a)*2", "2*v(a)*v(a)", "v(a)**2*2", "2*(v(a)*v(a))")
    assert measure("ac x find par('vdb(a)-vdb(a)*2') at=1k").signal == "vdb(a)-vdb(a)*2"
    assert measure("noise x max onoise_spectrum").analysis == "noise"
    with pytest.warns(DeckWarning, match="measured twice"):
        assert len(flat(".meas tran x max v(a)\n.meas tran x min v(a)").measures) == 2


def test_words_for_an_optimizer_have_no_effect_and_a_warning_says_so():
    with pytest.warns(DeckWarning, match="deck:6: 'goal=' of '.meas' has no effect"):
        card = measure("tran top max v(a) goal=1 from=1n")
    assert card.start == 1e-9 and not card.fault


def test_unknown_options_may_have_any_value():
    """Those of other simulators: a warning, whatever their values look like."""
    cards = ".options timeint.reltol=1e-4 foo=a.b bar=/x/y.lib method=gear abc={1/0}"
    with pytest.warns(DeckWarning) as caught:
        result = Circuit.from_text(f"t\nv1 a 0 1\nr1 a 0 1k\n{cards}\n.end\n").op(gmin=1e-12)
    told = " ".join(str(w.message) for w in caught)
    assert all(name in told for name in ("timeint.reltol", "foo", "bar", "abc"))
    assert result["i(v1)"] == -1e-3


def test_behind_the_end():
    """Control blocks there are run, as in ngspice; cards are not read, and a warning says so."""
    text = "t\nv1 a 0 1\nr1 a 0 1k\n.end\n* a comment\n.control\nop\nprint i(v1)\n.endc\n"
    out = io.StringIO()
    control.run(Circuit.from_text(text), out)
    assert out.getvalue() == "i(v1) = -1.00000e-03\n"
    with pytest.warns(DeckWarning, match=r"5: '.end' ends the circuit: what follows is not read"):
        result = Circuit.from_text(text.replace("* a comment", "r2 a 0 1k")).without_control().op()
    assert result["i(v1)"] == -1e-3
