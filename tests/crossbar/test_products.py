"""Derivatives of functions of an array's outputs, against differences of the tests' own dense nodal analysis."""

import threading

import nodal
import numpy as np
import pytest

from circuitnn.crossbar import (
    MVM,
    Complementary,
    Crossbar,
    Device,
    Faults,
    Gated,
    Resistance,
    Series,
    line_elimination,
)
from circuitnn.errors import AnalysisError

RNG = np.random.default_rng(5)
LINES = {"wordline_resistance": 30.0, "bitline_resistance": 20.0, "driver_resistance": 50.0}
G = 10 ** RNG.uniform(-5, -3, (4, 3))


def far(array, inputs, weights):
    """The weighted sum of outputs by the oracle; what the cells of a line give it leaves at its only end."""
    total = 0.0
    for v, w in zip(inputs, weights, strict=True):
        word, bit = nodal.solve(array, array.ends(MVM(v)))
        total += np.sum(w * (array.conductance * (word - bit)).sum(axis=0))
    return total


def far_of_selectors(lines, inputs, weights, i0, v0, r):
    """The same of selectors in series with resistances, which are the cells' ends at the bit lines."""
    total = 0.0
    for v, w in zip(inputs, weights, strict=True):
        word, bit = nodal.solve(
            lines, lines.ends(MVM(v)), lambda u, y, d, _gate: (i0 * np.sinh((u - y) / v0), (y - d) / r)
        )
        low, high = bit, word
        for _ in range(200):  # bisection for the nodes between
            inner = 0.5 * (low + high)
            more = i0 * np.sinh((word - inner) / v0) > (inner - bit) / r
            low, high = np.where(more, inner, low), np.where(more, high, inner)
        total += np.sum(w * ((inner - bit) / r).sum(axis=0))
    return total


def slope(function, values, place):
    """Central difference of fourth order."""
    h = 1e-3 * abs(values[place])
    moved = [values.copy() for _ in range(4)]
    for one, k in zip(moved, (-2, -1, 1, 2), strict=True):
        one[place] += k * h
    a, b, c, d = (function(one) for one in moved)
    return (a - 8.0 * b + 8.0 * c - d) / (12.0 * h)


@pytest.mark.parametrize("count", [2, 5, 20])
def test_linear_cells_by_whichever_way(count):
    """Few inputs are solved one by one, some of them together, more than lines by the fields of unit voltages."""
    inputs, weights = RNG.uniform(0.1, 0.3, (count, 4)), RNG.normal(size=(count, 3))
    made = Crossbar(4, 3, G, **LINES).products(inputs)
    pulled = made.pull(weights, by=("conductance", "resistance"))
    assert np.sum(weights * made.outputs) == pytest.approx(far(made.array, inputs, weights), rel=1e-9)
    for place in [(0, 0), (3, 2), (1, 1)]:
        numeric = slope(lambda g: far(Crossbar(4, 3, g, **LINES), inputs, weights), G, place)
        assert pulled.conductance[place] == pytest.approx(numeric, rel=1e-6)
        assert pulled.by["resistance"][place] == pytest.approx(-(G[place] ** 2) * numeric, rel=1e-6)
    numeric = slope(lambda v: far(made.array, v, weights), inputs, (1, 2))
    assert pulled.inputs[1, 2] == pytest.approx(numeric, rel=1e-6)


def test_complementary_cells_driven_and_sensed_at_both_ends():
    inputs, weights = RNG.uniform(-0.3, 0.3, (30, 4)), RNG.normal(size=(30, 3))
    scheme = MVM(np.zeros(4), both_ends=True, sense_both=True)
    negative = G[::-1]

    def total(positive, v=inputs):
        return np.sum(weights * Crossbar(4, 3, Complementary(positive, negative), **LINES).mvm(v, scheme))

    pulled = Crossbar(4, 3, Complementary(G, negative), **LINES).products(inputs, scheme).pull(weights)
    assert pulled.conductance.shape == (4, 6)
    for i, j in [(0, 0), (2, 1)]:
        assert pulled.conductance[i, 2 * j] == pytest.approx(slope(total, G, (i, j)), rel=1e-6)
    numeric = slope(lambda v: total(G, v), inputs, (7, 3))
    assert pulled.inputs[7, 3] == pytest.approx(numeric, rel=1e-6)


def test_selectors_against_the_oracle():
    """1S1R behind lines: by the resistance, by the selector's current scale, by the inputs."""
    r, i0, v0 = 1.0 / G, 10 ** RNG.uniform(-7, -6, (4, 3)), 0.1
    inputs, weights = RNG.uniform(0.4, 0.8, (3, 4)), RNG.normal(size=(3, 3))

    array = Crossbar(4, 3, Series(Device("sinh_selector", i0=i0, v0=v0), Resistance(r)), **LINES)

    def oracle(v=inputs, i0=i0, r=r):
        return far_of_selectors(array, v, weights, i0, v0, r)

    pulled = array.products(inputs).pull(weights, by=("resistor_r", "sinh_selector_i0", "resistance"))
    for place in [(0, 0), (3, 2)]:
        numeric = slope(lambda x: oracle(r=x), r, place)
        assert pulled.by["resistor_r"][place] == pytest.approx(numeric, rel=1e-6)
        assert pulled.by["resistance"][place] == pytest.approx(numeric, rel=1e-6)
        numeric = slope(lambda x: oracle(i0=x), i0, place)
        assert pulled.by["sinh_selector_i0"][place] == pytest.approx(numeric, rel=1e-6)
    assert pulled.inputs[1, 2] == pytest.approx(slope(oracle, inputs, (1, 2)), rel=1e-6)


def test_gates_and_states():
    """1T1R by gates and resistances; a memristor by its initial state."""
    r, gate = 1.0 / G, np.linspace(0.7, 1.3, 4)
    inputs, weights = RNG.uniform(0.1, 0.3, (3, 4)), RNG.normal(size=(3, 3))

    def total(gate=gate, r=r, pull=False):
        cell = Gated(Resistance(r), Device("ekv", vto=0.4, w=1e-6))
        made = Crossbar(4, 3, cell, **LINES).products(inputs, MVM(np.zeros(4), gate=gate))
        return made.pull(weights, by=("gate", "resistor_r")) if pull else np.sum(weights * made.outputs)

    pulled = total(pull=True)
    assert pulled.by["gate"][2] == pytest.approx(slope(total, gate, (2,)), rel=1e-6)
    assert pulled.by["resistor_r"][1, 1] == pytest.approx(slope(lambda x: total(r=x), r, (1, 1)), rel=1e-6)

    x0 = RNG.uniform(0.2, 0.8, (4, 3))

    def of_states(x0, pull=False):
        made = Crossbar(4, 3, Device("vteam", x0=x0), **LINES).products(inputs)
        return made.pull(weights, by=("x0",)).by["x0"] if pull else np.sum(weights * made.outputs)

    assert of_states(x0, True)[2, 1] == pytest.approx(slope(of_states, x0, (2, 1)), rel=1e-6)


def test_lines_that_the_array_solver_declines():
    """Word lines that are one node behind a driver: each operating point, and its adjoint, goes its own way."""
    lines = {"bitline_resistance": 20.0, "driver_resistance": 50.0}
    r, inputs, weights = 1.0 / G, RNG.uniform(0.4, 0.8, (2, 4)), RNG.normal(size=(2, 3))

    def total(r=r, v=inputs, pull=False):
        cell = Series(Device("sinh_selector", i0=1e-6), Resistance(r))
        made = Crossbar(4, 3, cell, **lines).products(v)
        return made.pull(weights, by=("resistor_r",)) if pull else np.sum(weights * made.outputs)

    pulled = total(pull=True)
    assert pulled.by["resistor_r"][1, 1] == pytest.approx(slope(total, r, (1, 1)), rel=1e-6)
    numeric = slope(lambda v: total(v=v), inputs, (1, 2))
    assert pulled.inputs[1, 2] == pytest.approx(numeric, rel=1e-6)


def test_what_nothing_holds_changes_nothing():
    """An open cell behind a break of its word line: all that is left of the line there is the cell's node."""
    faults = Faults(open_word=[(1, 1)], opens=[(1, 2)])
    inputs, weights = RNG.uniform(0.1, 0.3, (4, 4)), np.ones((4, 3))
    for cell in (G, Series(Device("sinh_selector", i0=1e-6), Resistance(1.0 / G))):
        array = Crossbar(4, 3, cell, faults=faults, **LINES)
        by = "conductance" if array.linear else "resistance"
        found = array.products(inputs).pull(weights, by=(by,)).by[by]
        assert found[1, 2] == 0.0 and np.count_nonzero(found) == found.size - 1


def test_what_cannot_be_is_said():
    made = Crossbar(4, 3, G, **LINES).products(np.ones((2, 4)))
    with pytest.raises(AnalysisError, match=r"shape \(1, 3\), outputs have \(2, 3\)"):
        made.pull(np.ones((1, 3)))
    with pytest.raises(AnalysisError, match="'r': the cells are conductances"):
        made.pull(np.ones((2, 3)), by=("r",))
    made = Crossbar(4, 3, "sinh_selector").products(np.ones((2, 4)))
    with pytest.raises(AnalysisError, match=r"no such parameter \(did you mean i0"):
        made.pull(np.ones((2, 3)), by=("io",))


@pytest.mark.parametrize("inputs", [5, 8, 9, 61])
def test_threads_change_no_bit(inputs, monkeypatch):
    """Each thread takes eight inputs at a time, whoever has time for them; the last ones may be fewer."""
    rng = np.random.default_rng(inputs)
    array = Crossbar(9, 7, rng.uniform(1e-6, 1e-4, (9, 7)), wordline_resistance=5.0, bitline_resistance=2.0)
    voltages = rng.uniform(-0.2, 0.2, (inputs, 9))
    alone = array.mvm(voltages)
    for threads in (2, 3, 16):
        monkeypatch.setattr(line_elimination, "_threads", lambda *_, threads=threads: threads)
        assert np.array_equal(array.mvm(voltages), alone)


def test_inputs_that_are_solved_one_by_one_after_all(monkeypatch):
    """Residuals of one input overflow, which ends the work of all threads; nothing of it is left in the answer."""
    array = Crossbar(9, 7, np.full((9, 7), 1e-4), wordline_resistance=5.0, bitline_resistance=2.0)
    voltages = np.full((200, 9), 0.1)
    voltages[3, 2] = 1e200
    alone = array.mvm(voltages)
    monkeypatch.setattr(line_elimination, "_threads", lambda *_: 3)
    assert np.array_equal(array.mvm(voltages), alone)
    assert np.allclose(alone[0], array.mvm(voltages[0]))


def test_without_threads_one_does_all(monkeypatch):
    array = Crossbar(9, 7, np.full((9, 7), 1e-4), wordline_resistance=5.0, bitline_resistance=2.0)
    voltages = np.linspace(-0.2, 0.2, 900).reshape(100, 9)
    alone = array.mvm(voltages)

    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(line_elimination, "_threads", lambda *_: 4)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert np.array_equal(array.mvm(voltages), alone)
