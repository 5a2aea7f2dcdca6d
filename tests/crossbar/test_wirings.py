"""Any wiring and any ends: every way to a solution against nodal analysis by hand, and against each other."""

import nodal
import numpy as np
import pytest
from wirings import SIDES, arrays

from circuitnn import Circuit
from circuitnn.crossbar import MVM, Access, Bias, Crossbar, Device, Gated, Pulse, Resistance
from circuitnn.crossbar.nodes import numbering
from circuitnn.errors import AnalysisError
from circuitnn.models.semiconductors.junction import K_OVER_Q

# schemes here serve arrays with and without gates
pytestmark = pytest.mark.filterwarnings("ignore:gate voltages have no effect")


def conductances(rng, shape):
    return 10.0 ** rng.uniform(-6.0, -3.0, shape)


def kirchhoff(array, ends, word, bit, current):
    """Currents out of all ends: through resistances, or what the line's cells leave to the one that has none."""
    out = {}
    for side, nodes in zip(SIDES, (word[:, 0], word[:, -1], bit[0], bit[-1]), strict=True):
        r = ends.resistance[side]
        with np.errstate(all="ignore"):
            out[side] = np.where(ends.held(side) & (r > 0.0), (nodes - ends.voltage[side]) / r, np.nan)
        out[side][~ends.held(side)] = 0.0
    return out


def check(array, bias, engine, reference):
    found, ends = array.op(bias, engine=engine), array.ends(bias)
    word, bit = reference
    assert np.max(np.abs(found.word_voltage - word)) < 1e-9
    assert np.max(np.abs(found.bit_voltage - bit)) < 1e-9
    expected = kirchhoff(array, ends, word, bit, found.cell_current)
    for side in SIDES:
        known = ~np.isnan(expected[side])
        assert found.currents_out[side][known] == pytest.approx(expected[side][known], rel=1e-7, abs=1e-12)
    # What enters through the ends of a line goes through its cells, and every segment carries what is left.
    out = found.currents_out
    rows, columns = found.cell_current.sum(axis=1), found.cell_current.sum(axis=0)
    assert -(out["left"] + out["right"]) == pytest.approx(rows, rel=1e-7, abs=1e-12)
    assert out["top"] + out["bottom"] == pytest.approx(columns, rel=1e-7, abs=1e-12)
    along = -out["left"][:, None] - np.cumsum(found.cell_current, axis=1)[:, :-1]
    assert found.wordline_current == pytest.approx(along, rel=1e-7, abs=1e-10)
    down = -out["top"] + np.cumsum(found.cell_current, axis=0)[:-1]
    assert found.bitline_current == pytest.approx(down, rel=1e-7, abs=1e-10)
    return found


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_any_wiring_of_conductances(seed):
    for array, bias in arrays(np.random.default_rng(seed), 60, conductances):
        reference = nodal.solve(array, array.ends(bias))
        for engine in ("auto", "array", "general"):
            check(array, bias, engine, reference)


def selector(v0, i0):
    """Currents of a sinh selector behind a contact."""

    def currents(word, inner, bit, gate):
        return 1e-5 * (word - inner), i0 * np.sinh((inner - bit) / v0)

    return currents


def transistor(g):
    def currents(word, inner, bit, gate):
        vt = K_OVER_Q * 300.15
        pinch_off = (gate - bit - 0.4) / 1.4
        forward = np.log(1 + np.exp(pinch_off / (2 * vt))) ** 2
        reverse = np.log(1 + np.exp((pinch_off - (inner - bit)) / (2 * vt))) ** 2
        return g * (word - inner), 2 * 1.4 * 6e-5 * 10 * vt**2 * (forward - reverse)

    return currents


@pytest.mark.long
@pytest.mark.parametrize("along", ["rows", "columns"])
def test_any_wiring_of_transistors(along):
    def cell(rng, shape):
        return Gated(Resistance(1.0 / conductances(rng, shape)), Device("ekv", vto=0.4, w=1e-5), along=along)

    for array, bias in arrays(np.random.default_rng(11), 60, cell, along):
        g = 1.0 / array.made.columns["resistor_r"]
        reference = nodal.solve(array, array.ends(bias), transistor(np.broadcast_to(g, array.shape)))
        for engine in ("array", "general"):
            check(array, bias, engine, reference)


def test_any_wiring_of_selectors_behind_contacts():
    def cell(rng, shape):
        return Device("sinh_selector", i0=10.0 ** rng.uniform(-6.0, -4.0, shape), v0=0.1)

    for array, bias in arrays(np.random.default_rng(12), 60, cell):
        stacked = array.changed(contact_resistance=1e5)
        i0 = np.broadcast_to(array.made.columns["i0"], array.shape)
        reference = nodal.solve(stacked, stacked.ends(bias), selector(0.1, i0))
        for engine in ("array", "general"):
            check(stacked, bias, engine, reference)


@pytest.mark.parametrize("engine", ["auto", "array", "general"])
def test_a_line_held_directly_at_both_ends(engine):
    array = Crossbar(3, 2, 1e-6, wordline_resistance=1, bitline_resistance=1)
    out = array.op(Bias(left=1, right=0.2, bottom=0), engine=engine).currents_out
    assert out["left"] == pytest.approx(np.full(3, -0.800001), rel=1e-6)
    assert out["right"] == pytest.approx(np.full(3, 0.7999998), rel=1e-6)
    assert out["bottom"] == pytest.approx([2.999995e-6, 5.99999e-7], rel=1e-6)


@pytest.mark.parametrize("r", [0.0, 1e-6])
def test_segments_without_resistance_are_as_good_as_lines_without(r):
    for given in (r, np.full(4, r), np.full((3, 4), r)):
        array = Crossbar(4, 4, 1e-6, bitline_resistance=given)
        assert array.mvm(np.full(4, 0.5)) == pytest.approx(np.full(4, 2e-6), rel=1e-9)
        assert array.mvm(np.full((5, 4), 0.5)) == pytest.approx(np.full((5, 4), 2e-6), rel=1e-9)
        assert array.effective_conductance() == pytest.approx(np.full((4, 4), 1e-6), rel=1e-9)
        assert array.op(MVM(np.full(4, 0.5))).bitline_current[-1] == pytest.approx(1.5e-6, rel=1e-9)


@pytest.mark.parametrize("along", ["rows", "columns"])
@pytest.mark.parametrize("size", [(4, 1), (1, 4), (1, 1), (3, 2)])
@pytest.mark.parametrize("wires", [0.0, 1.0])
def test_gate_lines_of_any_shape(along, size, wires):
    m, n = size
    cell = Gated(Resistance(1e4), Device("ekv"), along=along)
    array = Crossbar(m, n, cell, wordline_resistance=wires, bitline_resistance=wires)
    scheme = MVM(np.full(m, 0.1), gate=2.0)
    found = [array.op(scheme).output for _ in range(3)]
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])
    assert found[0] == pytest.approx(array.op(scheme, engine="general").output, rel=1e-7)
    assert found[0] == pytest.approx(np.full(n, m * 4.305e-6), rel=1e-3)


def test_ideal_lines_of_gated_cells():
    array = Crossbar(2, 2, Gated(Resistance(1e4), Device("ekv")))
    assert array.op(MVM([0.5, 0.5], gate=2.0)).output == pytest.approx(np.full(2, 3.9502258e-5), rel=1e-6)


@pytest.mark.parametrize("wires", [0.0, 1.0])
def test_outputs_far_below_what_the_ends_could_carry(wires):
    """The driver could carry 0.7 A; what it carries is exact relative to that."""
    cell = Device("sinh_selector", i0=1e-12, v0=0.1)
    lines = {"wordline_resistance": wires, "bitline_resistance": wires}
    array = Crossbar(4, 4, cell, driver_resistance=1, sense_resistance=1, **lines)
    found = array.op(Bias(left=0.7, bottom=0.5))
    assert found.output == pytest.approx(np.full(4, 4e-12 * np.sinh(2.0)), rel=1e-9)
    assert found.currents_out["left"] == pytest.approx(-found.output, rel=1e-9)


def test_the_last_point_of_a_pulse_that_is_still_on():
    array = Crossbar(2, 2, 1e-5)
    found = array.tran(Access(0, 1, 1.2, "half"), Pulse(20e-9, 0.1e-9, 0.1e-9), 19e-9)
    assert found.currents_out("bottom")[-1, 1] == pytest.approx(1.8e-5, rel=1e-6)


SENSES = {
    "one end": Bias(left=0.3, top=0.0, bottom=0.1),
    "the other end": Bias(left=0.3, top=0.0, bottom=0.1, sense="top"),
    "both ends": Bias(left=0.3, right=0.2, top=0.0, bottom=0.1, sense=("top", "bottom")),
    "word lines": Bias(left=0.3, right=0.2, bottom=0.1, sense="right"),
    "both ends of word lines": Bias(left=0.3, right=0.2, bottom=0.1, sense=("left", "right")),
}


@pytest.mark.parametrize("sense", SENSES)
@pytest.mark.parametrize("kind", ["linear", "gated"])
@pytest.mark.parametrize("size", [(3, 2), (2, 4)])
def test_outputs_are_the_currents_of_the_sensed_ends_everywhere(sense, kind, size):
    """One meaning for operating points, effective conductances and sensitivities."""
    g = conductances(np.random.default_rng(5), size)
    gates = 1.2

    def make(g):
        cell = g if kind == "linear" else Gated(Resistance(1.0 / g), Device("ekv", vto=0.4, w=1e-5))
        ends = {"driver_resistance": 30.0, "sense_resistance": 20.0}
        return Crossbar(*size, cell, wordline_resistance=10.0, bitline_resistance=10.0, **ends)

    array, bias = make(g), SENSES[sense]
    sides, inputs = (
        bias.sensed,
        ("left", "right") if bias.sensed[0] in ("top", "bottom") else ("top", "bottom"),
    )

    def output(array=array, moved=None, by=0.0):
        volts = {
            side: np.full(size[0 if side in ("left", "right") else 1], getattr(bias, side)) for side in SIDES
        }
        if moved is not None:
            for side in inputs:
                volts[side][moved] += by
        result = array.op(Bias(**volts, gate=gates, sense=bias.sense), tolerance=1e-13)
        assert result.output == pytest.approx(sum(result.currents_out[side] for side in sides), abs=1e-18)
        return result

    bias = Bias(bias.left, bias.right, bias.top, bias.bottom, gates, sense=bias.sense)
    effective, step = array.effective_conductance(bias), 1e-3 if kind == "linear" else 1e-5
    rows = sides[0] in ("top", "bottom")
    for k in range(size[0] if rows else size[1]):
        slope = (output(moved=k, by=step).output - output(moved=k, by=-step).output) / (2 * step)
        assert (effective[k] if rows else effective[:, k]) == pytest.approx(slope, rel=1e-6, abs=1e-12)
    result = output()
    last = len(result.output) - 1
    found = array.sensitivity(result, last, "resistance" if kind == "gated" else "conductance")
    for i, j in [(0, 0), (size[0] - 1, 1)]:
        change = np.zeros(size)
        change[i, j] = 3e-2 * g[i, j]
        slope = (output(make(g + change)).output[last] - output(make(g - change)).output[last]) / (
            2 * change[i, j]
        )
        # by a resistance in series: dI/dG = -R^2 dI/dR
        own = -found[i, j] / g[i, j] ** 2 if kind == "gated" else found[i, j]
        assert own == pytest.approx(slope, rel=2e-3, abs=1e-9)


@pytest.mark.parametrize("wires", [0.0, 1.0])
def test_products_sensed_at_both_ends(wires):
    lines = {"wordline_resistance": wires, "bitline_resistance": wires}
    array = Crossbar(5, 2, 1e-4, sense_resistance=2.0, **lines)
    v, scheme = np.linspace(0.1, 0.5, 5), MVM(np.zeros(5), sense_both=True)
    expected = array.op(MVM(v, sense_both=True)).output
    out = array.op(MVM(v, sense_both=True)).currents_out
    assert expected == pytest.approx(out["top"] + out["bottom"], rel=1e-12)
    assert array.mvm(v, scheme) == pytest.approx(expected, rel=1e-9)
    assert array.mvm(np.tile(v, (9, 1)), scheme)[-1] == pytest.approx(expected, rel=1e-9)
    assert v @ array.effective_conductance(scheme) == pytest.approx(expected, rel=1e-9)
    pairs = Crossbar(5, 2, array.cell.values * np.ones((5, 2)), sense_resistance=2.0, **lines)
    assert pairs.mvm(v, scheme) == pytest.approx(expected, rel=1e-9)


def test_ends_that_cannot_be_sensed_together():
    with pytest.raises(AnalysisError, match="both ends of the bit or word lines"):
        Crossbar(2, 2, 1e-3).op(Bias(left=0.1, bottom=0.0, sense=("left", "bottom")))


KINDS = {
    "conductances": conductances,
    "selectors": lambda rng, shape: Device(
        "sinh_selector", i0=10.0 ** rng.uniform(-7.0, -5.0, shape), v0=0.1
    ),
    "transistors": lambda rng, shape: Gated(
        Resistance(1.0 / conductances(rng, shape)), Device("ekv", vto=0.4, w=1e-5)
    ),
}
TIGHT = {"reltol": 1e-10, "vntol": 1e-13, "abstol": 1e-17}


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_to_a_solution_gives_the_same(kind):
    """The array alone, in a circuit, as a flat deck, and at rest in time."""
    for array, bias in arrays(np.random.default_rng(21), 40, KINDS[kind]):
        alone = array.op(bias)
        circuit = Circuit("placed").crossbar("x1", array, scheme=bias)
        cells = circuit.cells("x1", circuit.op(**TIGHT))
        deck = Circuit.from_text(array.export_deck(bias))
        flat = deck.op(**TIGHT)
        rest = array.tran(bias, {}, 1e-9, **TIGHT)
        for k, (name, word) in enumerate((("word_voltage", True), ("bit_voltage", False))):
            expected = getattr(alone, name)
            assert getattr(cells, name) == pytest.approx(expected, abs=1e-9)
            assert getattr(rest, name)[-1] == pytest.approx(expected, abs=1e-9)
            numbers = numbering(array, word)
            for part in np.unique(numbers):
                at = np.argwhere(numbers == part)[0]
                found = flat[f"v({'wb'[k]}{at[0]}_{at[1]})"]
                assert found == pytest.approx(expected[tuple(at)], abs=1e-9)
        size = np.abs(alone.cell_current).max()
        assert cells.cell_current == pytest.approx(alone.cell_current, rel=1e-6, abs=1e-6 * size + 1e-15)
        for side in SIDES:
            assert rest.currents_out(side)[-1] == pytest.approx(
                alone.currents_out[side], rel=1e-6, abs=1e-6 * size + 1e-15
            )


@pytest.mark.parametrize("kind", KINDS)
def test_derivatives_are_differences_of_operating_points(kind):
    for array, bias in arrays(np.random.default_rng(22), 25, KINDS[kind]):
        m = array.rows
        alone, effective = array.op(bias), array.effective_conductance(bias)
        size, step = np.abs(effective).max(), 1e-4
        for k in range(m):
            outputs = []
            for sign in (1.0, -1.0):
                moved = np.where(np.arange(m) == k, sign * step, 0.0)
                shifted = Bias(
                    bias.left + moved, bias.right + moved, bias.top, bias.bottom, bias.gate, bias.resistance
                )
                outputs.append(array.op(shifted, tolerance=1e-13).output)
            slope = (outputs[0] - outputs[1]) / (2.0 * step)
            assert effective[k] == pytest.approx(slope, rel=1e-5, abs=1e-5 * size + 1e-13)
        if array.linear and np.any(array.ends(bias).held("bottom")):
            j = int(np.flatnonzero(array.ends(bias).held("bottom"))[0])
            found, g = array.sensitivity(alone, j), array.conductance
            for i in range(m):
                change = 1e-2 * g[i, 0]
                sides = [array.with_cell(i, 0, g[i, 0] + s * change).op(bias).output[j] for s in (1.0, -1.0)]
                slope = (sides[0] - sides[1]) / (2.0 * change)
                assert found[i, 0] == pytest.approx(
                    slope, rel=1e-3, abs=1e-8 * np.abs(alone.output).max() / change
                )
