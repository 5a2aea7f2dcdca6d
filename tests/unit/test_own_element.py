"""A new element letter takes one file: this one. Nothing in the package knows a `P` that is an admittance."""

import shutil
import subprocess

import numpy as np
import pytest

import circuitnn
from circuitnn import elements, models
from circuitnn.cli.elements import page, rows
from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.elements import Element
from circuitnn.elements.card import card, digits
from circuitnn.elements.device import Device
from circuitnn.elements.element import ACROSS, simple_probes
from circuitnn.equations.graph import ddt, symbol
from circuitnn.errors import AnalysisError, NetlistError
from circuitnn.flat import of_nodes
from circuitnn.models.model import Equations, Model, Parameter
from circuitnn.netlist.writer import write


class Admittance(Element):
    """i = g·v + c·dv/dt."""

    letter, name, plural = "p", "admittance", "admittances"
    title = "Admittance: conductance and capacitance"
    example = "P1 a b 1m c=1n m=2"
    meaning = "conductance and capacitance in parallel"
    main = "g"
    columns = {"c": 0.0}
    aliases = {"conductance": "g"}
    parallel = {"g": 1, "c": 1}
    sensed = ("g", "c")
    plain = passive = True
    sweep = ("g-sweep", "admittance")
    currents = ("i",)

    def stamp(self, table, s):
        p, n = of_nodes(table.nodes).T
        s.G.add_pair(p, n, table.values["g"])
        s.C.add_pair(p, n, table.values["c"])

    def noise(self, table, temp, tnom):
        return 4.0 * BOLTZMANN * (temp + KELVIN) * table.values["g"]

    def probes(self):
        g, c = symbol("g"), symbol("c")
        return simple_probes(g * ACROSS + ddt(c * ACROSS), ACROSS, ("conductance g", "S", "conductance", g))

    def write(self, table, row, words):
        name, *nodes = words
        yield " ".join([f"r{name}", *nodes, digits(1.0 / table.values["g"][row])])
        yield " ".join([f"c{name}", *nodes, digits(table.values["c"][row])])

    @staticmethod
    def build(name, p, n, value, **parameters):
        """Add an admittance. [S]"""
        return card(f"p{name}", p, n, value, **parameters)


@pytest.fixture(autouse=True)
def known():
    elements.register(Admittance())
    yield
    elements.registered().clear()


def same(ours, theirs, analysis, **arguments):
    """Both decks give the same signals."""
    one, other = (
        getattr(circuitnn.Circuit.from_text(text), analysis)(**arguments) for text in (ours, theirs)
    )
    for name in ("v(a)", "i(v1)"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-9, atol=1e-15)


OURS = """own
v1 in 0 dc 1 ac 1 pulse(0 1 0 1n 1n 1 2)
r1 in a 1k
x1 a cell m=2
.subckt cell p params: c0=1n
p1 p 0 1m c={2*c0} m=3
p2 p 0 2m
.ends
"""
THEIRS = """resistors and capacitors
v1 in 0 dc 1 ac 1 pulse(0 1 0 1n 1n 1 2)
r1 in a 1k
r2 a 0 {1/10m}
c2 a 0 12n
"""


def test_in_a_subcircuit_with_copies():
    same(OURS, THEIRS, "op")
    same(OURS, THEIRS, "ac", points=5, start=1.0, stop=1e6)
    same(OURS, THEIRS, "tran", tstop=1e-5, tstep=1e-7)


def test_values_are_saved():
    found = circuitnn.Circuit.from_text(OURS + ".save all @p.x1.p1[i] @p.x1.p1[conductance]\n.op\n").run()[0]
    v = found["v(a)"]
    np.testing.assert_allclose(found["@p.x1.p1[i]"], 6e-3 * v)
    np.testing.assert_allclose(found["@p.x1.p1[conductance]"], 6e-3)
    saved = circuitnn.Circuit.from_text(OURS + ".options savecurrents\n.op\n").run()[0]
    np.testing.assert_allclose(saved["@p.x1.p2[i]"], 4e-3 * v)


def test_sweep_alter_sensitivity_and_noise():
    deck = "own\nv1 a 0 1\nr1 a b 1k\np1 b 0 1m m=2\n"
    swept = circuitnn.Circuit.from_text(deck + ".dc p1 1m 2m 1m\n").run()[0]
    np.testing.assert_allclose(swept["v(b)"], [1 / 3, 1 / 5])
    assert (swept.axis, swept.types[0]) == ("g-sweep", "admittance")
    circuit = circuitnn.Circuit.from_text(deck)
    changed = circuit.altered({("p1", "conductance"): 2e-3})
    np.testing.assert_allclose(changed.op()["v(b)"], 1 / 5)
    slope = circuit.sens("b")["p1_g"]
    np.testing.assert_allclose(slope, -2e3 / 9)
    theirs = circuitnn.Circuit.from_text("resistors\nv1 a 0 1\nr1 a b 1k\nr2 b 0 500\n")
    mine, other = (c.noise("b", "v1", points=1, start=1.0, stop=10.0)[0] for c in (circuit, theirs))
    np.testing.assert_allclose(mine["onoise_spectrum"], other["onoise_spectrum"], rtol=1e-9)


def test_from_python():
    circuit = (
        circuitnn.Circuit("own").V("1", "a", "0", 1).R("1", "a", "b", 1e3).P("1", "b", "0", 1e-3, c="1n")
    )
    np.testing.assert_allclose(circuit.op()["v(b)"], 0.5)
    assert circuit.P.__doc__ == "Add an admittance. [S]"
    assert circuit.P.__name__ == "P" and "P" in dir(circuit)
    memristor = (
        circuitnn.Circuit("plain").V("1", "a", "0", 1).N("1", "a", "0", "m", x0=0.5).model("m", "vteam")
    )
    assert memristor.op()["i(v1)"] < 0.0
    elements.registered().clear()
    assert "coupled lines" in circuit.P.__doc__  # which have the letter where nobody else has


def test_export(tmp_path):
    text = write(circuitnn.Circuit.from_text(OURS + ".op\n").flat)
    assert "rp.x1.p1 a 0 " in text
    same(OURS, text, "op")
    if shutil.which("ngspice"):
        deck = tmp_path / "deck.cir"
        deck.write_text(text.replace(".op", ".op\n.print op v(a)"))
        said = subprocess.run(["ngspice", "-b", deck], capture_output=True, text=True).stdout
        value = circuitnn.Circuit.from_text(OURS).op()["v(a)"]
        assert f"{value:.6e}"[:7] in said


class Cubic(Model):
    """i = a·v³."""

    name = "cubic"
    keywords = ("cubic",)
    letter = "p"
    terminals = ("p", "n")
    parameters = (Parameter("a", 1e-3, "A/V³", "slope"),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v = m.voltage("p", "n")
        m.flow("p", "n", m["multiplier"] * m["a"] * v * v * v)


class CubicElement(Device):
    """Instances of `Cubic`."""

    letter, name, plural = "p", "cubic resistor", "cubic resistors"
    example, meaning = "P1 p n mymodel", "i = a·v³"
    types = ("cubic",)
    currents = ("i",)


def test_by_equations():
    elements.registered().clear()
    elements.register(CubicElement())
    models.register(Cubic)
    try:
        deck = "own\nv1 a 0 2\nx1 a s m=3\n.subckt s p\np1 p 0 mod m=2\n.ends\n.model mod cubic a=2m\n"
        circuit = circuitnn.Circuit.from_text(deck + ".options savecurrents\n.op\n")
        found = circuit.run()[0]
        assert found["i(v1)"] == pytest.approx(-6 * 2e-3 * 8)
        assert found["@p.x1.p1[i]"] == pytest.approx(6 * 2e-3 * 8)
        again = circuitnn.Circuit.from_text(write(circuit.flat))
        assert again.op()["i(v1)"] == pytest.approx(-6 * 2e-3 * 8)
    finally:
        del models._registered["cubic"]


def test_faults_are_those_of_every_element():
    for wrong, message in (
        ("p1 a 0", "'p1' has no value"),
        ("p1 a 0 1m d=1", "'p1' has no parameter 'd'"),
        ("p1 a 0 1m 2m", "an unexpected word: '2m'"),
        ("p1 a 0 1e999", "not finite|range|too large|1e999"),
        ("p1 a", "needs 2 nodes"),
    ):
        with pytest.raises(NetlistError, match=message):
            circuitnn.Circuit.from_text(f"wrong\nv1 a 0 1\n{wrong}\n").op()


def test_manual():
    row = (
        "P",
        "P1 a b 1m c=1n m=2",
        "conductance and capacitance in parallel",
        "g · m, c · m",
        "conductance g i v p",
    )
    assert row not in rows()[:-1] and row == rows()[-1]
    assert page().count("| `P1 a b 1m c=1n m=2` |") == 1
    elements.registered().clear()
    assert page().count("| `R` | `") == 1 and "P1 a b" not in page()


def test_letters_are_free_or_refused():
    class Taken(Admittance):
        letter = "r"

    with pytest.raises(AnalysisError, match="needs a free letter"):
        elements.register(Taken())
