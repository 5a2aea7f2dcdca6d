"""What users may ask of arrays and biases in unusual ways: each has its effect, or is an error or a warning.

Expected numbers are those of nodal analysis written here, of closed forms, or of differences.
"""

import warnings

import numpy as np
import pytest

import circuitnn
from circuitnn.crossbar import (
    MVM,
    Access,
    Bias,
    Complementary,
    Crossbar,
    Device,
    Faults,
    Gated,
    Pulse,
    Resistance,
    Series,
)
from circuitnn.crossbar.evolution import Evolution
from circuitnn.crossbar.metrics import read_margin
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.flat import Waveform

G = np.array([[1e-5, 4e-5], [7e-5, 2e-5]])
GATED = {"rows": 1.2, "columns": 0.9}


def currents(g, word, r=2.0):
    """Currents out of the bit lines at 0 V of a 2 x 2 array with segments, drivers and sense ends of r."""
    m, n = g.shape
    y, b = np.zeros((2 * m * n, 2 * m * n)), np.zeros(2 * m * n)

    def join(p, q, conductance):
        for i, j in ((p, q), (q, p)):
            y[i, i] += conductance
            y[i, j] -= conductance

    for i in range(m):
        for j in range(n):
            w, v = i * n + j, m * n + i * n + j
            join(w, v, g[i, j])
            if j:
                join(w, w - 1, 1 / r)
            if i:
                join(v, v - n, 1 / r)
        y[i * n, i * n] += 1 / r
        b[i * n] += word[i] / r
    last = 2 * m * n - n + np.arange(n)
    y[last, last] += 1 / r
    return np.linalg.solve(y, b)[last] / r


def array(cell=G, **more):
    lines = dict.fromkeys(
        ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance"), 2.0
    )
    return Crossbar(2, 2, cell, **lines, **more)


@pytest.mark.filterwarnings("ignore:the temperature of")
@pytest.mark.parametrize(
    "change", [{"temp": 85.0}, {"contact_resistance": 0.0}, {"wordline_resistance": 2.0}]
)
def test_a_cell_changed_by_hand_stays_so_in_copies(change):
    g = np.where([[True, False], [False, False]], 3e-4, G)
    changed = array().with_cell(0, 0, 3e-4)
    np.testing.assert_allclose(changed.changed(**change).mvm([0.3, 0.1]), currents(g, [0.3, 0.1]), rtol=1e-9)
    hot = changed.op(MVM([0.3, 0.1]), temp=85.0)
    np.testing.assert_allclose(hot.output, currents(g, [0.3, 0.1]), rtol=1e-9)
    np.testing.assert_allclose(changed.changed(cell=G).mvm([0.3, 0.1]), currents(G, [0.3, 0.1]), rtol=1e-9)


def test_a_cell_changed_by_hand_stays_so_in_studies():
    from circuitnn.studies import Grid

    def output(result):
        return float(result.output[0])

    changed = array().with_cell(0, 0, 3e-4)
    found = changed.study(Grid(wordline_resistance=[2.0]), MVM([0.3, 0.1]), {"i": output})
    g = np.where([[True, False], [False, False]], 3e-4, G)
    assert float(found["i"].values[0]) == pytest.approx(currents(g, [0.3, 0.1])[0], rel=1e-9)


@pytest.mark.parametrize(
    ("cell", "arguments", "message"),
    [
        (1e-5, (0, 0, 1e3, "ron"), "conductances and have none"),
        (Device("vteam"), (0, 0, -5.0, "ron"), "ron.* is -5"),
        (Device("vteam"), (0, 0, 2.0, "x0"), "at most 1"),
        (Device("vteam"), (0, 0, 2.0, "rom"), "did you mean ron"),
        (Device("vteam"), (0, 0, 2.0), "parameter = None"),
    ],
)
def test_values_of_a_cell_are_checked(cell, arguments, message):
    with pytest.raises(AnalysisError, match=message):
        array(cell).with_cell(*arguments)


def test_a_parameter_that_follows_another_one_follows_it_in_a_changed_cell():
    made = Crossbar(1, 2, Device("diode", n=1.5)).with_cell(0, 1, 2.0, "n").made.columns
    np.testing.assert_array_equal(made["nbv"], [[1.5, 2.0]])
    own = Crossbar(1, 2, Device("diode", n=1.5, nbv=1.7)).with_cell(0, 1, 2.0, "n").made.columns
    assert own["nbv"] == 1.7


@pytest.mark.parametrize("parameter", ["stuck", "open"])
def test_faults_stay_in_changed_cells(parameter):
    faults = Faults(stuck={(0, 0): 2e-4}) if parameter == "stuck" else Faults(opens=[(0, 0)])
    for cell, change in ((G, (0, 0, 1e-3)), (Device("vteam"), (0, 0, 1.0, "multiplier"))):
        before = array(cell, faults=faults)
        np.testing.assert_array_equal(before.with_cell(*change).mvm([0.1, 0.2]), before.mvm([0.1, 0.2]))


def test_faults_as_numpy_finds_them():
    mask = np.array([[False, True], [False, False]])
    places = np.argwhere(mask)
    np.testing.assert_array_equal(array(faults=Faults(opens=places)).conductance, np.where(mask, 0.0, G))
    np.testing.assert_array_equal(
        array(faults=Faults(shorts=places, short_resistance=10.0)).conductance, np.where(mask, 0.1, G)
    )
    broken = array(faults=Faults(open_word=np.array([[1, 0]]), open_bit=[[0, 1]]))
    assert np.isinf(broken.wordline_resistance).tolist() == [[False], [True]]
    assert np.isinf(broken.bitline_resistance).tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        (lambda: Faults(opens=[1]), "pair"),
        (lambda: Faults(opens=[(0.5, 1)]), "whole number"),
        (lambda: Faults(open_word=[3]), "pair"),
        (lambda: Faults(open_bit=[(0.5, 0)]), "whole number"),
        (lambda: Faults(short_resistance="x", shorts=[(0, 0)]), "short_resistance"),
    ],
)
def test_places_of_faults_are_checked(faults, message):
    with pytest.raises(AnalysisError, match=message):
        array(faults=faults())


def test_open_cells_behind_open_contacts_are_open():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = Crossbar(1, 3, [[0.0, 1e-3, 1e-3]], contact_resistance=[[np.inf, np.inf, 1e3]])
        assert made.conductance.tolist() == [[0.0, 0.0, 5e-4]]
        assert made.with_cell(0, 0, 0.0).conductance[0, 0] == 0.0


def test_a_name_is_a_parameter_before_it_is_a_synonym():
    """A diode's m is its grading coefficient; as an instance's word it would be the multiplier."""
    made = Crossbar(1, 1, Device("diode", m=0.4)).made.columns
    assert made["m"] == 0.4 and made["multiplier"] == 1.0
    with pytest.raises(AnalysisError, match="given twice"):
        Crossbar(1, 1, Device("diode", cjo=1e-12, cj0=2e-12))


def test_masked_numbers_are_missing():
    masked = np.ma.masked_array([[1e-5, 1.0], [1e-5, 1e-5]], [[False, True], [False, False]])
    with pytest.raises(AnalysisError, match="nan at row 0, column 1"):
        Crossbar(2, 2, masked)
    held = np.ma.masked_array([0.5, 9.0], [False, True])
    assert np.isnan(array().op(Bias(left=held, bottom=0.0)).ends.voltage["left"]).tolist() == [False, True]


def test_weights_of_pairs_are_one_per_column():
    pairs = Crossbar(2, 2, Complementary(G, 2 * G), wordline_resistance=3.0)
    result = pairs.op(MVM([0.1, 0.2]))
    for output in ([1.0], 1.7, "a", [np.nan, 1.0], 2):
        with pytest.raises(AnalysisError, match="output"):
            pairs.sensitivity(result, output)
    one, two = (pairs.sensitivity(result, k) for k in (0, 1))
    np.testing.assert_allclose(pairs.sensitivity(result, [2.0, -3.0]), 2.0 * one - 3.0 * two, rtol=1e-9)


def test_sensitivities_are_of_the_results_array():
    with pytest.raises(AnalysisError, match="another array"):
        array().sensitivity(array(2 * G).op(MVM([0.1, 0.2])), 0)
    with pytest.raises(AnalysisError, match="another array"):
        array().sensitivity(array().with_cell(0, 0, 1e-3).op(MVM([0.1, 0.2])), 0)


@pytest.mark.parametrize("along", ["rows", "columns"])
def test_sensitivities_of_gates_at_another_temperature(along):
    cells = array(Gated(Resistance(1e4), Device("ekv"), along))
    gate = np.array([1.0, 1.1])

    def output(gate):
        return cells.op(MVM([0.1, 0.2], gate=gate), temp=120.0)

    found = cells.sensitivity(output(gate), 1, "gate")
    steps = 1e-4 * np.eye(2)
    slopes = [(output(gate + h).output[1] - output(gate - h).output[1]) / 2e-4 for h in steps]
    np.testing.assert_allclose(found, slopes, rtol=1e-5)


def test_gates_run_as_those_of_the_cells():
    cells = {along: array(Gated(Resistance(1e4), Device("ekv"), along)) for along in GATED}
    read = Access(0, 1, 0.5, gate=2.0, gates_along="columns")
    assert cells["columns"].op(read).selected_current > 1e-6
    with pytest.raises(AnalysisError, match="run along rows"):
        cells["rows"].op(read)
    with pytest.raises(AnalysisError, match="run along columns"):
        cells["columns"].op(Access(0, 1, 0.5, gate=2.0))
    same = [
        cells["columns"].op(Access(0, 1, 0.5, gate=2.0, other_gates=2.0, gates_along=a)).output for a in GATED
    ]
    np.testing.assert_array_equal(*same)


def test_gates_without_effect_are_a_warning():
    with pytest.warns(DeckWarning, match="no gates"):
        array().op(MVM([0.1, 0.2], gate=1.0))
    states = Evolution(array(Device("vteam")))
    for call in (lambda: states.conductance(0.1, gate=1.0), lambda: states.stay_alone(0.1, 1e-9, gate=1.0)):
        with pytest.warns(DeckWarning, match="no gates"):
            call()


@pytest.mark.parametrize("model", ["jfet", "mesfet", "hfet1"])
def test_gates_that_take_a_current(model):
    """Kirchhoff's law for each bit line and Tellegen's theorem, with the power of the gates."""
    cells = array(Gated(Resistance(1e4), Device(model)))
    scheme = MVM([0.1, 0.2], gate=0.7)
    result = cells.op(scheme)
    assert np.abs(result.gate_current).max() > 1e-6
    np.testing.assert_allclose(cells.products([0.1, 0.2], scheme).outputs[0], result.output, rtol=1e-9)
    into = result.cell_current + result.gate_current
    np.testing.assert_allclose(result.output, into.sum(axis=0), rtol=1e-6)
    np.testing.assert_allclose(result.bitline_current[0], into[0], rtol=1e-6)
    ends = [
        (result.currents_out["left"], 2.0),
        (result.currents_out["bottom"], 2.0),
        (result.wordline_current, 2.0),
        (result.bitline_current, 2.0),
    ]
    lost = sum(r * float(np.sum(i**2)) for i, r in ends)
    assert result.total_power == pytest.approx(float(result.cell_power.sum()) + lost, rel=1e-6)


@pytest.mark.parametrize("scheme", [Access(0, 0, 1.0), Bias(left=1.0, bottom=0.0), "mvm"])
def test_products_need_inputs(scheme):
    with pytest.raises(AnalysisError, match="need an MVM"):
        array().mvm([0.1, 0.2], scheme)
    with pytest.raises(AnalysisError, match="need an MVM"):
        array().products([0.1, 0.2], scheme)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: x.mvm(np.zeros((0, 2))), "there are none"),
        (lambda x: x.products(np.zeros((0, 2))), "there are none"),
        (lambda x: x.op(MVM([0.1, 0.2], both_ends="no")), "True or False"),
        (lambda x: x.op(Bias(left=1.0, bottom=0.0, selected=3)), "pair"),
        (lambda x: x.op(Bias(left=1.0, bottom=0.0, selected=(0, 1, 1))), "pair"),
        (lambda x: x.export_deck(MVM([0.1, 0.2]), tstop=-1.0), "tstop = -1 s: must be positive"),
        (lambda x: x.export_deck(MVM([0.1, 0.2]), tstep=1e-9), "without tstop"),
        (lambda x: x.tran(MVM([0.1, 0.2]), None, 1e-9), "waves"),
        (lambda x: x.tran(MVM([0.1, 0.2]), {"left": "pulse"}, 1e-9), "neither a Pulse nor"),
        (lambda x: x.tran(MVM([0.1, 0.2]), {"gate": Pulse(1, 1, 1)}, 1e-9), "have none"),
        (lambda x: x.tran(MVM([0.1, 0.2]), {"up": Pulse(1, 1, 1)}, 1e-9), "the sides are"),
        (lambda x: x.tran(MVM([0.1, 0.2]), Pulse(1, 1, 1), 1e-9, tstep="abc"), "tstep"),
        (lambda x: Complementary.from_weights(G, "a", 1.0), "g_min"),
        (lambda x: Complementary.from_weights(G, 0.0, 1.0, "a"), "largest"),
        (lambda x: Pulse(0.0, 0.0, 0.0), "above 0"),
        (lambda x: Pulse(1e-9, 1e-9, 1e-9, period=2e-9), "shorter than the pulse"),
    ],
)
def test_what_cannot_be_meant_is_refused(call, message):
    with pytest.raises(AnalysisError, match=message):
        call(array())


@pytest.mark.parametrize("form", [(1.0, 0.0, 0.0), (0.0, 1.0, 1.0), (2.0, 1.0, 0.0), (1.0, 0.5, 2.0)])
def test_pulses_have_the_area_that_they_say(form):
    """Charge through a conductance: V·G·(width + rise/2 + fall/2), in short and long runs."""
    width, rise, fall = (1e-9 * x for x in form)
    cell = Crossbar(1, 1, 1e-4)
    for tstop in (5e-9, 1e-6):
        made = cell.tran(MVM([0.5]), Pulse(width, rise, fall, delay=1e-10), tstop)
        charge = np.trapezoid(made.currents_out("bottom")[:, 0], made.time)
        assert charge == pytest.approx(0.5e-4 * (width + 0.5 * (rise + fall)), rel=1e-5)


def test_waves_line_by_line_and_at_ends_that_float():
    x = array()
    pulse = Pulse(1e-9, 1e-10, 1e-10)
    still = Waveform("pwl", (0.0, 0.2, 1.0, 0.2))
    made = x.tran(MVM([0.1, 0.2]), {"left": [pulse, still]}, 1e-9)
    np.testing.assert_allclose(made.currents_out("bottom")[0], currents(G, [0.0, 0.2]), rtol=1e-6)
    np.testing.assert_allclose(made.currents_out("bottom")[-1], currents(G, [0.1, 0.2]), rtol=1e-6)
    with pytest.warns(DeckWarning, match="right ends: that of line 0 floats"):
        x.tran(MVM([0.1, 0.2]), {"right": pulse}, 1e-9)
    with pytest.warns(DeckWarning, match="left ends: that of line 1 floats"):
        x.tran(Access(0, 0, 0.5, "floating"), {"left": [pulse, pulse]}, 1e-9)


def test_lines_of_one_node_in_data_sets():
    one = Crossbar(3, 1, 1e-4, wordline_resistance=np.zeros((3, 0)))
    assert "segment" in one.op(MVM([0.1, 0.2, 0.3])).to_xarray().attrs["wordline_resistance"]
    assert "3 × 1" in one._repr_html_()
    assert "cells: stack_vteam_resistor" in repr(array(Series(Device("vteam"), Resistance(1e4))))


def test_margins_by_a_parameter_of_stacks():
    cells = array(Series(Device("sinh_selector"), Resistance(1e4)))
    with pytest.raises(AnalysisError, match="did you mean resistor_r"):
        read_margin(cells, Access(0, 0, 1.0), 1e4, 1e6, "resistor_rr")


FLAT = """a flat array
{v0}
vw1 a2 0 dc 0.5
rw0 a0 a1 1
rw1 a2 a3 1
rb0 b0 b1 1
rb1 b2 b3 1
vb0 b1 0 0
vb1 b3 0 0
{cells}
.model dm d is=1e-14 cjo=1p m=0.4
.op
.end
"""
RESISTORS = "r1 a0 b0 1k {of}\nr2 a1 b2 2k\nr3 a2 b1 3k\nr4 a3 b3 4k"
DIODES = "d1 a0 b0 dm\nd2 a1 b2 dm {of}\nd3 a2 b1 dm\nd4 a3 b3 dm"


@pytest.mark.parametrize(
    ("v0", "cells"),
    [
        ("vw0 a0 0 pulse(1 0 1n 1n 1n)", RESISTORS.format(of="")),
        ("vw0 0 a0 sin(-1 0.2 1k)", RESISTORS.format(of="")),
        ("vw0 a0 0 1", RESISTORS.format(of="tc1=1e-2") + "\n.temp 127"),
        ("vw0 a0 0 1", RESISTORS.format(of="tc1=1e-2 dtemp=50")),
        ("vw0 a0 0 1", RESISTORS.format(of="tc1=1e-2 m=2") + "\n.options tnom=60"),
        ("vw0 a0 0 1", DIODES.format(of="")),
        ("vw0 a0 0 1", DIODES.format(of="temp=80")),
        ("vw0 a0 0 1", DIODES.format(of="dtemp=30 m=2") + "\n.temp 60"),
        ("vw0 a0 0 1", DIODES.format(of="area=3") + "\n.options tnom=60"),
    ],
)
def test_an_array_read_from_a_deck_has_the_deck_s_operating_point(tmp_path, v0, cells):
    path = tmp_path / "flat.cir"
    path.write_text(FLAT.format(v0=v0, cells=cells))
    found, bias = Crossbar.from_deck(path)
    theirs = circuitnn.load(path).op()
    ours = found.op(bias).output
    np.testing.assert_allclose(ours, [float(theirs[f"i(vb{k})"]) for k in range(2)], rtol=1e-4)


def test_what_an_array_of_a_deck_cannot_hold(tmp_path):
    path = tmp_path / "flat.cir"

    def read(cells):
        path.write_text(FLAT.format(v0="vw0 a0 0 1", cells=cells))
        return Crossbar.from_deck(path)

    with pytest.warns(DeckWarning, match="capacitors"):
        read(RESISTORS.format(of="") + "\nc1 a0 0 1p")
    with pytest.warns(DeckWarning, match="option gmin"):
        read(DIODES.format(of="") + "\n.options gmin=1e-9")
    with pytest.raises(AnalysisError, match="vx holds node a0"):
        read(RESISTORS.format(of="") + "\nvx a0 0 2")
