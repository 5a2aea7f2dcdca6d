"""Arrays with joined nodes: the array solver merges them, and what it cannot tell is noted."""

import array_check
import array_network
import array_oracle
import array_ways as ways
import numpy as np
import pytest
from array_check import Bounds, check_result

from circuitnn.crossbar import MVM, Access, Bias, Crossbar, Device, Gated, Resistance, Series, engine_choice
from circuitnn.crossbar.imbalance import imbalance
from circuitnn.errors import AnalysisError

NAN = float("nan")
DIODES = {
    "kind": "stack",
    "parts": [("diode", {"is": 1e-14, "n": 1.0}), ("resistor", {"r": 1e3})],
    "transistor": None,
}


def plain(rows, cols, cell, along, down, **ends):
    """A description for the reference; ends that are not given float."""
    bias = {"kind": "Bias", "gate": 0.0, "resistance": {}, "sense": "bottom"}
    bias |= dict.fromkeys(("left", "right", "top", "bottom"), NAN) | ends
    made = {
        "seed": 0,
        "rows": rows,
        "cols": cols,
        "lines": cols,
        "cell": cell,
        "negative": None,
        "bias": bias,
    }
    made |= {"wordline_resistance": along, "bitline_resistance": down, "capacitance": {}, "faults": None}
    return (
        made
        | dict.fromkeys(("driver_resistance", "sense_resistance", "contact_resistance"), 0.0)
        | {"temperature": 27.0}
    )


@pytest.mark.parametrize("seed", range(1, 40, 2))
def test_diodes_on_a_floating_line_of_joined_nodes(seed):
    """The fallback took the rounding of tiny resistances for zero: the line was off by 68 mV, without a note."""
    rng = np.random.default_rng(seed)
    tiny = [7e-3, 1e-3, 1e-4, 1e-5, 0.0]
    along, down = rng.choice(tiny, (3, 4)), rng.choice(tiny, (2, 5))
    left = rng.uniform(-3, 3, 3)
    left[1] = NAN
    given = plain(3, 5, DIODES, along, down, left=left, bottom=rng.uniform(-3, 3, 5))
    reference = array_oracle.solve(array_network.network(given))
    assert not check_result("op", ways.op(given), reference, Bounds(reference))


def one_selector_one_resistor(size, along):
    resistance = 10 ** np.random.default_rng(0).uniform(4, 6, (size, size))
    cell = Series(Device("sinh_selector", i0=1e-9, v0=0.1), Resistance(resistance))
    ends = {"driver_resistance": 1.0, "sense_resistance": 1.0}
    return Crossbar(size, size, cell, wordline_resistance=along, bitline_resistance=1.0, **ends)


@pytest.mark.parametrize("scheme", [Access(31, 31, 1.0), Access(31, 31, 1.0, "floating")])
def test_a_segment_without_resistance_costs_nothing(scheme):
    """It went to a dense elimination, at 400 times the cost."""
    along = np.ones((32, 31))
    whole = one_selector_one_resistor(32, along).op(scheme)
    along[3, 5] = 0.0
    joined = one_selector_one_resistor(32, along).op(scheme)
    assert joined.statistics.engine == "array"
    assert joined.word_voltage[3, 5] == joined.word_voltage[3, 6]
    assert joined.statistics.iterations == whole.statistics.iterations
    along[3, 5] = 1e-9
    near = one_selector_one_resistor(32, along).op(scheme)
    assert joined.cell_current == pytest.approx(near.cell_current, rel=1e-8)


CELLS = {
    "conductance": lambda g: g,
    "diode": lambda g: Series(Device("diode", **{"is": 1e-14}), Resistance(1 / g)),
    "transistor": lambda g: Gated(Resistance(1 / g), Device("ekv", w=1e-5)),
}


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("ends", [0.0, 3.0])
def test_many_joined_nodes_at_once(kind, ends):
    """Straps, single segments, ends that hold joined nodes: as with tiny resistances, by the array solver."""
    rng = np.random.default_rng(5)
    g = 10 ** rng.uniform(-6, -4, (20, 17))
    along, down = rng.choice([0.0, 1.0, 4.0], (20, 16)), rng.choice([0.0, 2.0], (19, 17))
    along[2], down[:, 4] = 0.0, 0.0
    scheme = MVM(rng.uniform(0.2, 0.6, 20), gate=1.5 if kind == "transistor" else 0.0)

    def solved(along, down):
        lines = {"wordline_resistance": along, "bitline_resistance": down}
        x = Crossbar(20, 17, CELLS[kind](g), **lines, driver_resistance=ends, sense_resistance=ends)
        return x, x.op(scheme, tolerance=1e-12)

    array, joined = solved(along, down)
    _, near = solved(np.maximum(along, 1e-8), np.maximum(down, 1e-8))
    assert joined.statistics.engine == "array"
    assert joined.cell_current == pytest.approx(near.cell_current, rel=1e-7)
    for side, current in near.currents_out.items():
        assert joined.currents_out[side] == pytest.approx(current, rel=1e-7, abs=1e-15)
    if kind == "conductance":
        many = np.tile(scheme.inputs, (9, 1))
        assert array.mvm(many)[-1] == pytest.approx(joined.output, rel=1e-9)
        assert scheme.inputs @ array.effective_conductance() == pytest.approx(joined.output, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_kirchhoffs_law_on_floating_lines_of_large_arrays(seed):
    """55 × 55 with 10 % zeros: 3e-4 of a line's current was missing."""
    rng = np.random.default_rng(seed)
    along, down = (np.where(rng.random((55, 54)) < 0.1, 0.0, 1e-5) for _ in range(2))
    cell = Series(Device("diode", **{"is": 1e-14}), Resistance(1e3))
    found = Crossbar(55, 55, cell, wordline_resistance=along, bitline_resistance=down.T).op(
        Access(3, 5, 1.0, "floating")
    )
    for axis, selected in ((1, 3), (0, 5)):
        current = found.cell_current
        lost = np.abs(current.sum(axis=axis)) / np.abs(current).sum(axis=axis)
        assert np.delete(lost, selected).max() < 1e-9


def test_what_kirchhoffs_laws_lack_is_found_and_noted(monkeypatch):
    g = np.array([[1e-12, 3e-12, 2e-12], [1e-4, 2e-4, 1e-4]])
    array = Crossbar(2, 3, g, wordline_resistance=1e-3, bitline_resistance=1e-3)
    scheme = Bias(left=[NAN, 0.5], bottom=[0.9, -0.3, 0.7])
    found = array.op(scheme)
    assert imbalance(array, found.ends, found.solution, 1e-10).ratio < 1.0
    shifted = found.solution  # by a microvolt, which draws 6e-18 A
    shifted.word_reference = shifted.word_reference + np.array([1e-6, 0.0])
    shifted.current = shifted.current + g * np.array([[1e-6], [0.0]])
    error = imbalance(array, found.ends, shifted, 1e-10)
    assert error.line == "word line 0"
    assert error.lost == pytest.approx(6e-18, rel=1e-3)
    monkeypatch.setattr(engine_choice, "KEPT", -1.0)
    monkeypatch.setattr(engine_choice, "NOTED", -1.0)
    lumped = array.changed(wordline_resistance=0.0, bitline_resistance=0.0)  # whose engines say no residuals
    notes = lumped.op(scheme).statistics.notes
    assert any("Kirchhoff's laws hold on" in note for note in notes)


def test_the_general_engine_notes_what_it_has_checked():
    """Its estimate was 18 V for voltages that are right to 1e-11 V."""
    rng = np.random.default_rng(0)
    along, down = (np.where(rng.random((55, 54)) < 0.1, 0.0, 1e-5) for _ in range(2))
    cell = Series(Device("diode", **{"is": 1e-14}), Resistance(1e3))
    array = Crossbar(55, 55, cell, wordline_resistance=along, bitline_resistance=down.T)
    scheme = Access(3, 5, 1.0, "floating")
    general = array.op(scheme, engine="general")
    assert general.word_voltage == pytest.approx(array.op(scheme).word_voltage, abs=1e-9)
    assert not general.statistics.notes


def test_advice_is_not_what_has_been_tried():
    rng = np.random.default_rng(0)
    along, down = (np.where(rng.random((55, 54)) < 0.1, 0.0, 1e-5) for _ in range(2))
    array = Crossbar(
        55, 55, Device("diode", **{"is": 1e-14}), wordline_resistance=along, bitline_resistance=down.T
    )
    scheme = Access(3, 5, 1.0, "floating")
    for engine, other in (("auto", False), ("general", True)):
        result = array.op(scheme, engine=engine)
        assert result.statistics.engine == "general"
        (note,) = (n for n in result.statistics.notes if "Kirchhoff's laws hold" in n)
        assert ("engine='auto'" in note) == other


BOTH = [{"both_ends": True}, {"sense_both": True}, {"both_ends": True, "sense_both": True}]


@pytest.mark.parametrize("held", BOTH)
@pytest.mark.parametrize("bits", [0.0, 5.0])
def test_ideal_lines_held_at_both_ends_are_the_limit_of_equal_segments(held, bits):
    """The point at 0 Ohm of every sweep was refused."""
    g, v = 10 ** np.random.default_rng(0).uniform(-6, -4, (5, 4)), np.linspace(0.1, 0.5, 5)
    scheme = MVM(v, **held)
    array = Crossbar(5, 4, g, bitline_resistance=bits)
    found = array.op(scheme)
    near = Crossbar(5, 4, g, wordline_resistance=1e-9, bitline_resistance=max(bits, 1e-9)).op(scheme)
    for side, current in near.currents_out.items():
        assert found.currents_out[side] == pytest.approx(current, rel=1e-4, abs=1e-12)
    assert array.op(scheme, engine="general").output == pytest.approx(found.output, rel=1e-9)
    assert array.mvm(v, scheme) == pytest.approx(found.output, rel=1e-9)
    assert array.mvm(np.tile(v, (9, 1)), scheme)[-1] == pytest.approx(found.output, rel=1e-9)
    assert v @ array.effective_conductance(scheme) == pytest.approx(found.output, rel=1e-9)
    if bits == 0.0:
        assert found.output == pytest.approx(v @ g, rel=1e-12)
        # what a cell takes comes from either end as its distance from the other one says
        share = np.arange(4)[::-1] / 3
        if scheme.both_ends:
            assert found.currents_out["left"] == pytest.approx(-v * (g @ share), rel=1e-12)


def test_two_voltages_or_two_sources_at_an_ideal_line_are_errors():
    array = Crossbar(3, 2, 1e-4)
    with pytest.raises(AnalysisError, match=r"held at 1 V at one end and 0\.5 V at the other"):
        array.op(Bias(left=1.0, right=0.5, bottom=0.0))
    for way in (array.export_deck, lambda scheme: array.tran(scheme, {}, 1e-9)):
        with pytest.raises(AnalysisError, match="between two sources is not determined"):
            way(MVM([0.1, 0.2, 0.3], both_ends=True))


def test_the_study_of_products_has_its_point_at_zero():
    from circuitnn.studies.questions.mvm import mvm

    answer = mvm([4], line_resistance=[0.0, 1.0], compensation=["two-sided"], chips=1)
    assert float(answer.data["worst"][0, 0, 0]) < 1e-12
    assert not any("nan" in line for line in answer.summary)


@pytest.mark.parametrize("seed", [3791000126, 3791000006, 3791000014])
def test_what_campaigns_of_joined_nodes_have_found(seed):
    assert not array_check.failures(seed, ["op"])
