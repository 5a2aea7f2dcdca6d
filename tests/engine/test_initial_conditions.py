"""Transients with uic: charges of capacitors and inductors against charge conservation and SciPy's integration."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, DeckWarning


def run(deck, times="1n 5u"):
    return Circuit.from_text(f"t\n{deck}\n.tran {times} uic\n.end\n").run()[0]


def test_one_capacitor_charges_no_other():
    """ngspice 44 has 0.495005 at 10 ns."""
    r = run("v1 a 0 1\nr1 a b 1k\nc1 b 0 1n ic=0.5\nc2 b c 1n\nr2 c 0 1k")

    def slopes(_t, y):
        b, across = y
        through = (b - across) / 1e3
        return [((1 - b) / 1e3 - through) / 1e-9, through / 1e-9]

    exact = solve_ivp(slopes, (0, 5e-6), [0.5, 0.0], rtol=1e-10, atol=1e-12, dense_output=True).sol(r.time)
    assert r["v(b)"] == pytest.approx(exact[0], abs=2e-4)
    assert r["v(c)"] == pytest.approx(exact[0] - exact[1], abs=2e-4)
    assert np.interp(10e-9, r.time, r["v(c)"]) == pytest.approx(0.49505, abs=1e-4)
    assert not r.statistics.notes


def test_charges_are_shared():
    """Nodes keep theirs: 2·a - b = 0.2, 2·b - a = 1."""
    r = run("ca a 0 1n ic=.2\ncb b 0 1n ic=1\ncc a b 1n\nra a 0 1g\nrb b 0 1g")
    assert r["v(a)"][0] == pytest.approx(1.4 / 3, rel=1e-6)
    assert r["v(b)"][0] == pytest.approx(2.2 / 3, rel=1e-6)
    (note,) = r.statistics.notes
    assert "ca at 0.4667 V instead of 0.2 V, cb at 0.7333 V instead of 1 V" in note


def test_fluxes_are_shared():
    """1 mH with 1 A and 3 mH without current: 0.25 A; and no voltage without bounds is left."""
    r = run("l1 a b 1m ic=1\nl2 b 0 3m\nr1 a 0 1k")
    assert r["i(l1)"] == pytest.approx(0.25 * np.exp(-r.time / 4e-6), abs=2e-4)
    assert r["v(a)"] == pytest.approx(-250 * np.exp(-r.time / 4e-6), abs=0.2)
    assert "l1 at 0.25 A instead of 1 A" in r.statistics.notes[0]


def test_a_source_charges_at_once():
    r = run("v1 a 0 5\nc1 a 0 1u ic=1\nr1 a 0 1k")
    assert r["v(a)"] == pytest.approx(np.full(len(r.time), 5.0))
    assert r["i(v1)"] == pytest.approx(np.full(len(r.time), -5e-3), rel=1e-3)
    assert "c1 at 5 V instead of 1 V" in r.statistics.notes[0]
    assert not run("v1 a 0 5\nc1 a 0 1u\nr1 a 0 1k").statistics.notes
    assert (
        "c1 at 0 V instead of 2 V"
        in run("v1 a 0 5\nr1 a 0 1k\nc1 a a 1u ic=2\nc2 a 0 1n").statistics.notes[0]
    )


@pytest.mark.parametrize("tau", [1e-12, 1e-10, 1e-8, 1e-6])
def test_charges_elsewhere_stay_while_others_are_shared(tau):
    """The capacitors beside a source share its charge; one behind a resistor is empty, however soon it fills."""
    loop = "v9 x 0 5\nc1 x a 1n\nc2 a 0 1n"
    r = run(f"{loop}\nv1 p 0 5\nr1 p b 1k\nc3 b 0 {tau / 1e3!r}", "1u 1m")
    early = r.time <= tau
    assert r["v(a)"] == pytest.approx(np.full(len(r.time), 2.5), rel=1e-6)
    assert r["v(b)"][early] == pytest.approx(5.0 * -np.expm1(-r.time[early] / tau), abs=0.1)
    assert not r.statistics.notes


CONTRADICTIONS = {
    "c1 a 0 1n ic=1\nc2 a 0 2n ic=3\nr1 a 0 1k": r"of c. \(. V\), c. \(. V\), which are capacitors in a loop",
    "c1 a b 1n ic=1\nc2 b c 2n ic=1\nc3 a c 1n ic=1\nr1 a 0 1k\nr2 c 0 1k": r"c1 .*c2|c2 .*c1",
    "l1 a b 1m ic=1\nl2 b 0 1m ic=3\nr1 a 0 1k": r"of l1 \(1 A\), l2 \(-3 A\) into node b, which only these",
    "l1 a b 1m ic=1\nl2 b c 1m ic=1\nl3 b 0 1m ic=1\nr1 a 0 1k\nr2 c 0 1": r"into node b",
    "l1 a b 1m ic=1\nr1 b c 1k\nl2 c 0 1m ic=3\nr2 a 0 1": r"into node b, which only these inductors reach",
}


@pytest.mark.parametrize("deck", CONTRADICTIONS)
def test_contradictions_are_named(deck):
    with pytest.raises(AnalysisError, match=CONTRADICTIONS[deck]):
        run(deck)


@pytest.mark.parametrize(
    "deck",
    [
        "c1 a b 1n ic=1\nc2 b c 2n ic=1\nc3 a c 1n ic=2\nr1 a 0 1k\nr2 c 0 1k",
        "l1 a b 1m ic=3\nl2 b c 1m ic=1\nl3 b 0 1m ic=2\nr1 a 0 1k\nr2 c 0 1",
        "l1 a b 1m ic=1\nl2 b 0 1m ic=3\nr1 a 0 1\nr2 b 0 1",
        "c1 a 0 1n ic=1\nr1 a b 1\nc2 b 0 1n ic=3",
    ],
)
def test_conditions_that_agree(deck):
    assert not run(deck).statistics.notes


def test_node_voltages_charge_capacitors_without_their_own():
    """As in ngspice: .ic of nodes is the default of ic=."""
    r = run("r1 a b 1k\nc1 a 0 1n\nc2 b 0 1n ic=2\nr2 a 0 1meg\n.ic v(a)=1 v(b)=7", "1n 10n")
    assert r["v(a)"][0] == pytest.approx(1.0) and r["v(b)"][0] == pytest.approx(2.0)
    (note,) = r.statistics.notes
    assert "nodes do not start at their .ic" in note and note.endswith(": v(b) at 2 V instead of 7 V")


def test_a_voltage_that_resistors_determine_is_noted():
    r = run("v1 a 0 1\nr1 a b 1k\nr2 b 0 1k\nc1 c 0 1n\nr3 c b 1meg\n.ic v(b)=0.7 v(c)=0.2")
    assert r["v(c)"][0] == pytest.approx(0.2) and r["v(b)"][0] == pytest.approx(0.5, rel=1e-3)
    assert "v(b) at 0.4999 V instead of 0.7 V" in r.statistics.notes[0]


@pytest.mark.parametrize("value", ["q='1n*v(b)'", "c='1n*(1+v(b))'"])
def test_initial_voltages_of_expressions_are_told_to_have_no_effect(value):
    with pytest.warns(DeckWarning, match="'ic' of 'c1' has no effect: its (charge|value) is an expression"):
        r = run(f"c1 b 0 {value} ic=0.4\nr1 b 0 1k")
    assert r["v(b)"][0] == 0.0


def test_capacitance_at_temperature():
    """The charge of ic= is that of the capacitance at the circuit's temperature."""
    r = run("c1 a b 1n ic=1 tc1=10m\nr1 a 0 1meg\nc2 b 0 1n\nr2 b 0 1meg\n.options temp=77", "1n 10n")
    assert r["v(a)"][0] - r["v(b)"][0] == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize(("r1", "tau"), [(1e-3, 1e-12), (1.0, 1e-9), (1e3, 1e-6)])
def test_the_first_step_has_an_error_estimate(r1, tau):
    """A capacitor discharges through a resistor far quicker than the run's first step, or not."""
    r = run(f"c1 a 0 1n ic=1\nr1 a 0 {r1!r}", "0.1u 10u")
    exact = np.exp(-r.time / tau)
    assert r["v(a)"] == pytest.approx(exact, abs=2e-2)


def test_state_of_floating_capacitors():
    deck = "t\nc1 a b 1n ic=2\nr1 a 0 1k\nr2 b 0 1k\n.end\n"
    state = Circuit.from_text(deck).state(uic=True)
    r = Circuit.from_text(deck).tran("5u", start=state)
    assert r["v(a)"] == pytest.approx(np.exp(-r.time / 2e-6), abs=2e-3)
