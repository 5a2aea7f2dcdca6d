"""Compact models in decks: element letter n, model cards, parameters of instances."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from compact_models import Drift, Threshold

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.models import Model, compact, lookup, register
from circuitnn.models.twins import parameter_name, twin
from circuitnn.netlist import elaborate, parse
from circuitnn.netlist.writer import write


def devices(body, **parameters):
    flat = elaborate(parse("t\n" + body), parameters)
    return {table.model: table for table in flat.devices}


def test_instance_over_card_over_default():
    table = devices(
        ".model hp testdrift(ron=50 rhigh=9k)\nn1 a 0 hp x0=0.3\nn2 0 a hp roff=7k m=2\nr1 a 0 1"
    )["testdrift"]
    assert table.names == ("n1", "n2")
    assert table.nodes.tolist() == [[1, 0], [0, 1]]
    assert table.columns["ron"].tolist() == [50, 50]
    assert table.columns["roff"].tolist() == [9e3, 7e3]
    assert table.columns["x0"].tolist() == [0.3, 0.5]
    assert table.columns["x1"].tolist() == [0.3, 0.5], "a default may be what the instance gave"
    assert table.columns["kappa"].tolist() == [1e4, 1e4]
    assert table.columns["multiplier"].tolist() == [1, 2]


def test_several_types_in_one_scope():
    tables = devices(
        ".model hp testdrift\n.model th testth vt=0.1\nn1 a 0 hp\nn2 a 0 b th\nn3 b 0 hp\nr1 b 0 1"
    )
    assert tables["testdrift"].names == ("n1", "n3")
    assert tables["testthreshold"].nodes.tolist() == [[1, 0, 2]]
    assert tables["testthreshold"].columns["vt"].tolist() == [0.1]


def test_words_of_the_model():
    table = devices(".model th testth\nn1 a 0 b th reset\nn2 a 0 b th rs=0 reset\nn3 a 0 b th")[
        "testthreshold"
    ]
    assert table.columns["x0"].tolist() == [0, 0, 0.25]


def test_subcircuits():
    body = """
.model hp testdrift ron={r}
.param r=10
.subckt cell p q r=20 x=0.1
n1 p q hp x0={x} dtemp=5
.model hp testdrift ron={r}
.ends
x1 a 0 cell x=0.9
x2 a 0 cell r=30 m=3
n1 a 0 hp
"""
    with pytest.warns(DeckWarning, match=r"deck:6: the temperature of 'n1' has no effect: .* testdrift"):
        table = devices(body)["testdrift"]
    row = dict(zip(table.names, range(3), strict=True))
    order = [row["n1"], row["n.x1.n1"], row["n.x2.n1"]]
    assert table.columns["ron"][order].tolist() == [10, 20, 30]
    assert table.columns["x0"][order].tolist() == [0.5, 0.9, 0.1]
    assert table.columns["multiplier"][order].tolist() == [1, 1, 3]
    assert table.columns["temp"][order][1:].tolist() == [32, 32]


CASES = [
    ("n1 a 0 «hpp", "no model 'hpp' for a compact model (did you mean hp?)"),
    ("«n1 a b c hp", "is of type 'testdrift' and needs 2 nodes (plus minus), 3 given"),
    ("«n1 a th", "is of type 'testth' and needs 3 nodes (top bottom gate), 1 given"),
    ("«n1", "needs nodes and a model"),
    ("n1 a 0 hp «reset", "an unexpected word: 'reset'"),
    ("n1 a 0 hp «rom=1", "no parameter 'rom' (did you mean ron"),
    ("n1 a 0 hp «ic=1", "no parameter 'ic'"),
    ("n1 a 0 hp «x0=2", "lies outside 0 … 1"),
    ("n1 a 0 hp x0={«x}", "unknown parameter 'x'"),
    ("n1 a 0 hp\n«n1 a 0 hp", "defined twice"),
    ("n1 a 0 «bad", "'testdrft' is not the type of a compact model (did you mean testdrift"),
    ("n1 a 0 «dm", "'d' is not the type of a compact model"),
    ("d1 a 0 «hp", "is of type 'testdrift', not one for a diode"),
    (
        "n1 a 0 wrong\n.model wrong testdrift(«rof=1)",
        "model 'wrong' has no parameter 'rof' (did you mean roff",
    ),
    ("n1 a 0 wrong\n.model wrong testdrift(«level=1)", "model 'wrong' has no parameter 'level'"),
]


@pytest.mark.parametrize(("body", "message"), CASES)
def test_faults(body, message):
    deck = f"t\n.model hp testdrift\n.model th testth\n.model bad testdrft\n.model dm d\nr1 a 0 1\n{body}\n"
    line = next(k for k, text in enumerate(deck.splitlines(), 1) if "«" in text)
    column = deck.splitlines()[line - 1].index("«")
    with pytest.raises(NetlistError) as caught:
        elaborate(parse(deck.replace("«", "")))
    fault = caught.value.faults[0]
    assert message in fault.message
    assert (fault.line, fault.column) == (line, column)


def test_runs_and_multiplies():
    body = "V1 in 0 0.8\nn1 in 0 b th\nn2 in 0 b th m=2\nR1 b 0 1k\n.model th testth vt=2"
    one, three = (Circuit.from_text(f"t\n{b}").op() for b in (body.replace("n2", "*"), body))
    assert three["i(v1)"] == pytest.approx(3 * one["i(v1)"], rel=1e-6)
    assert three["@n1[x]"] == 0.25
    assert three["@n2[heat]"] == pytest.approx(one["@n1[heat]"], rel=1e-6)
    assert 0.1 < one["@n1[heat]"] < 100


def test_states_are_signals():
    """Exact solution of the drift model, and its state in measures and behavioural sources."""
    deck = """drift
V1 in 0 SIN(0 1.2 1)
n1 in 0 hp x0=0.314465
.model hp testdrift
.options reltol=1e-6
.meas tran xmax MAX @n1[x]
.tran 0.5m 1 0 0.5m uic
"""
    result = Circuit.from_text(deck).run()[0]
    assert result.measures["xmax"] == pytest.approx(0.8105906144499947, rel=1e-4)
    assert result["@n1[x]"][-1] == pytest.approx(0.314465, abs=1e-4)


def test_public():
    run = subprocess.run(
        [sys.executable, "-c", "import circuitnn; print(circuitnn.models.lookup('d', 'd').name)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "diode\n"


def test_register():
    assert lookup("n", "testdrift") is Drift is compact()["testdrift"]
    assert lookup("N", "TESTTH") is Threshold
    assert register(Drift) is Drift
    with pytest.raises(ValueError, match="exists already"):

        @register
        class Other(Model):
            name = "other"
            keywords = ("testth",)


def test_array_is_one_group():
    rows = "\n".join(f"n{k} a{k} 0 hp x0={{{k}/100}}\nr{k} a{k} a{k + 1} 10" for k in range(50))
    circuit = Circuit.from_text(f"t\nv1 a50 0 0.1\n{rows}\n.model hp testdrift")
    assert len(circuit.flat.devices) == 1
    assert circuit.op()["@n7[x]"] == 0.07


def test_written_as_twins():
    """The written deck is read back, and its transient is the model's."""
    deck = """drift
V1 in 0 SIN(0 1.2 1)
n1 in 0 hp x0=0.3
n2 in 0 hp x0=0.2 m=2
.model hp testdrift roff=15k
.tran 1m 0.5 0 1m uic
"""
    circuit = Circuit.from_text(deck)
    text = write(circuit.flat)
    assert "15000" in text and "x0=0.2" in text and "roff=" not in text, (
        "what is equal everywhere is a number"
    )
    ours, back = circuit.run()[0], Circuit.from_text(text).run()[0]
    assert np.interp(0.25, back.time, back["v(xn2.x)"]) == pytest.approx(
        np.interp(0.25, ours.time, ours["@n2[x]"]), abs=1e-4
    )
    assert np.min(back["i(v1)"]) == pytest.approx(np.min(ours["i(v1)"]), rel=1e-3)


def test_written_as_twins_of_models_with_several_cards():
    """Each cell of a network has its own model card."""
    deck = """cells
.subckt cell a roff=10k
n1 a 0 hp x0=0.3
.model hp testdrift roff={roff}
.ends
V1 in 0 1
x1 in cell roff=12k
x2 in cell roff=15k
.op
"""
    circuit = Circuit.from_text(deck)
    ours, back = circuit.op(), Circuit.from_text(circuit.export()).op()
    assert back["i(v1)"] == pytest.approx(ours["i(v1)"], rel=1e-9)


def test_twin_parameters():
    text = twin(Threshold, "mine", {"g": 2e-3}, ["x0", "vt"])
    assert text.startswith(".subckt mine top bottom gate x0=0.25 vt=0.5\n") and text.endswith(".ends\n")
    assert "ic={0.01 + x0}" in text and "0.0006*" in text
    assert (
        parameter_name("e") == "p_e" and parameter_name("exp") == "p_exp" and parameter_name("ron") == "ron"
    )


def test_no_twin():
    with pytest.raises(ValueError, match="no parameter rom"):
        twin(Drift, parameters={"rom": 1.0})


def test_twin_merges_inner_nodes():
    assert "inner" in twin(Threshold) and "inner" not in twin(Threshold, parameters={"rs": 0.0})


def test_written_where_inner_nodes_differ():
    """Instances without a series resistance have a subcircuit of their own, without the inner node."""
    deck = """mixed
v1 a 0 0.4
rg g 0 1
n1 a 0 g th
n2 a b g th rs=0
rb b 0 10
.model th testth
.op
"""
    circuit = Circuit.from_text(deck)
    text = write(circuit.flat)
    assert text.count(".subckt") == 2
    ours, back = circuit.op(), Circuit.from_text(text).op()
    for name in ("v(b)", "i(v1)"):
        assert back[name] == pytest.approx(ours[name], rel=1e-9)


def test_the_plus_of_a_continuation_within_a_line_is_no_parameter():
    """Some vendors' cards have lost the line end before it; an expression in braces keeps its own."""
    card = "d1 a 0 dm\nr1 a 0 1\n.model dm d(is=1e-14 + n={1 + 0.5}   +   rs=2)"
    with pytest.warns(DeckWarning, match=r"deck:4: '\+' within a line of model 'dm' is not read"):
        table = devices(card)["diode"]
    names = table.columns
    assert names["is"][0] == 1e-14 and names["n"][0] == 1.5 and names["rs"][0] == 2.0


def test_a_number_ends_at_a_second_point():
    card = "d1 a 0 dm\nr1 a 0 1\n.model dm d(is=1e-14 n=1.06.8 rs=.5.3k)"
    with pytest.warns(DeckWarning) as said:
        table = devices(card)["diode"]
    assert table.columns["n"][0] == 1.06 and table.columns["rs"][0] == 0.5
    assert len(said) == 2 and "'n=1.06.8' of model 'dm' is read as 1.06: a number has one point" in str(
        said[0].message
    )


def test_a_version_has_several_points(recwarn):
    devices("m1 a a 0 0 mm\nr1 a 0 1\n.model mm nmos(level=8 version=3.3.0)")
    assert not recwarn
