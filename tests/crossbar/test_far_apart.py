"""Resistances many powers of ten apart: every way through the general engine, against what can be told by hand."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import brentq

from circuitnn import Circuit
from circuitnn.crossbar import MVM, Access, Bias, Crossbar, Device, Gated, Resistance, Series

# A word line of picoohms that floats between two bit lines: the cells divide 1 V.
CELLS = np.array([[1e-9, 3e-9]])
HALVES = Bias(bottom=[1.0, 0.0])
THROUGH = 1e-9 * 3e-9 / 4e-9


def floating(cells=CELLS, **more):
    return Crossbar(1, 2, cells, wordline_resistance=1e-12, sense_resistance=1e-6, **more)


def deck(array, scheme):
    signals = Circuit.from_text(array.export_deck(scheme, reltol=1e-9, abstol=1e-18)).op()
    return np.array([signals["i(vbb0)"], signals["i(vbb1)"]])


def in_circuit(array, scheme):
    circuit = Circuit("array").crossbar("x1", array, scheme=scheme)
    result = circuit.op(reltol=1e-9, abstol=1e-18)
    assert np.abs(circuit.cells("x1", result).cell_current) == pytest.approx(
        np.full((1, 2), THROUGH), rel=1e-9
    )
    return np.array([result["i(vx1.bb0)"], result["i(vx1.bb1)"]])


def general(array, scheme):
    return array.op(scheme, engine="general").currents_out["bottom"]


def at_rest(array, scheme):
    return array.tran(scheme, {}, 1e-9, reltol=1e-9, abstol=1e-18).currents_out("bottom")[-1]


@pytest.mark.parametrize("way", [deck, in_circuit, general, at_rest])
@pytest.mark.parametrize(
    "cells", [CELLS, Series(Resistance(1 / CELLS), Device("yakopcic", a1=1e6, a2=1e6, x0=1, ap=0, an=0))]
)
def test_nanosiemens_behind_picoohms(way, cells):
    out = way(floating(cells), HALVES)
    assert out == pytest.approx([-THROUGH, THROUGH], rel=1e-8)


def test_cells_of_a_card_have_the_circuits_temperature():
    """Their currents were taken at 27 °C, whatever .temp said."""
    card = ".crossbar x1 rows=1 cols=1 model=d1 rs=1 left=l bottom=0"
    circuit = Circuit.from_text(f"t\n.model d1 d(is=1e-12)\nv1 l0 0 0.4\n{card}\n.temp 90\n.op\n.end\n")
    result = circuit.op()
    assert circuit.cells("x1", result).cell_current[0, 0] == pytest.approx(-result["i(v1)"], rel=1e-6)


def test_a_transistors_cell_gives_what_it_takes():
    """Beside a transistor that is fully on, the difference of two voltages told little of the current there."""
    cells = Gated(Resistance(1e12), Device("ekv", kp=1.0, w=1e-3, l=1e-6))
    array = Crossbar(1, 1, cells, wordline_resistance=1, sense_resistance=1)
    result = array.op(MVM([1e-3], gate=3.0), engine="general")
    assert result.output == pytest.approx(result.cell_current[0], rel=1e-12)
    assert result.output == pytest.approx([1e-15], rel=1e-6)


def test_effective_conductances_of_gated_cells_with_dead_nodes():
    from circuitnn.crossbar import Faults

    faults = Faults(opens=[(0, 2)], open_word=[(0, 1)])
    array = Crossbar(1, 3, Gated(Resistance(1e4), Device("ekv")), faults=faults, wordline_resistance=1)
    scheme = MVM([0.1], gate=2.0)
    slope = (array.op(MVM([0.1001], gate=2.0)).output - array.op(MVM([0.0999], gate=2.0)).output) / 2e-4
    assert array.effective_conductance(scheme)[0] == pytest.approx(slope, rel=1e-5)


def test_names_are_those_of_the_columns():
    """Inner nodes come last in a result, after the states that it shows."""
    cells = Series(Device("vteam", kon=0.0, koff=0.0, x0=0.25), Resistance(1e3))
    circuit = Circuit("array").crossbar(
        "x1", Crossbar(2, 1, cells, wordline_resistance=1), scheme=Access(0, 0, 0.1)
    )
    result = circuit.op()
    (name,) = (n for n in result.names if n.startswith("@nx1.c1_0"))
    assert result[name] == 0.25


@pytest.mark.parametrize("seed", range(20))
def test_chains_of_resistors_are_exact(seed):
    """Ladders of 24 decades against rational arithmetic."""
    rng = np.random.default_rng(seed)
    series, shunt = 10 ** rng.uniform(-12, 6, 6), 10 ** rng.uniform(-3, 12, 6)
    circuit = Circuit("ladder").V("1", "n0", "0", 1.0)
    for k in range(6):
        circuit.R(f"s{k}", f"n{k}", f"n{k + 1}", float(series[k])).R(
            f"p{k}", f"n{k + 1}", "0", float(shunt[k])
        )
    result = circuit.op(reltol=1e-9, abstol=1e-18)
    seen = Fraction(0)  # conductance that the rest of the ladder is
    for r, p in zip(series[::-1].tolist(), shunt[::-1].tolist(), strict=True):
        seen = 1 / (Fraction(r) + 1 / (seen + 1 / Fraction(p)))
    assert -result["i(v1)"] == pytest.approx(float(seen), rel=1e-12)


def test_currents_between_two_nodes_are_not_taken_from_a_third():
    """Picoamperes through a microohm: as two currents to the last terminal they would leave rounding errors there."""
    cell = Series(Resistance(1e-6), Device("sinh_selector", i0=2e-12, v0=0.1))
    driver, supply = 1e11, 1.0
    array = Crossbar(1, 1, cell, driver_resistance=driver, sense_resistance=0.0)
    deck = array.export_deck(MVM([supply]), reltol=1e-9, vntol=1e-12, abstol=1e-16)
    found = Circuit.from_text(deck).op()["v(w0_0)"]
    right = brentq(lambda v: 2e-12 * np.sinh(v / 0.1) - (supply - v) / driver, 0.0, 1.0, xtol=1e-15)
    assert found == pytest.approx(right, rel=1e-9)
