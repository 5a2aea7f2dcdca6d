"""Signed weights: pairs of bit lines whose currents are subtracted."""

import numpy as np
import pytest

import circuitnn
from circuitnn.crossbar import (
    MVM,
    Access,
    Complementary,
    Conductance,
    Crossbar,
    Device,
    Faults,
    Gated,
    Resistance,
    Series,
)
from circuitnn.errors import AnalysisError

# schemes here serve arrays with and without gates
pytestmark = pytest.mark.filterwarnings("ignore:gate voltages have no effect")

WIRES = {
    "wordline_resistance": 2.0,
    "bitline_resistance": 3.0,
    "driver_resistance": 1.0,
    "sense_resistance": 4.0,
}
RNG = np.random.default_rng(21)
M, N = 5, 3
WEIGHTS = RNG.uniform(-2, 2, (M, N))
WEIGHTS[1, 1] = 0.0


def pair(wires=WIRES, **more):
    return Crossbar(M, N, Complementary.from_weights(WEIGHTS, 1e-6, 1e-4), **wires, **more)


def interleaved(cell):
    both = np.stack([np.asarray(cell.positive.values), np.asarray(cell.negative.values)], axis=-1)
    return both.reshape(M, 2 * N)


def test_ideal_wires_multiply_by_the_weights():
    array = pair({})
    assert array.shape == (M, 2 * N)
    v = RNG.uniform(-0.3, 0.3, (4, M))
    np.testing.assert_allclose(array.cell.scale * array.mvm(v), v @ WEIGHTS, rtol=0, atol=1e-12)
    assert array.mvm(v[0]).shape == (N,)
    np.testing.assert_allclose(array.cell.scale * array.effective_conductance(), WEIGHTS, atol=1e-12)
    np.testing.assert_allclose(array.conductance_error(), 0.0, atol=1e-12)


def test_from_weights_fills_the_range():
    cell = Complementary.from_weights([[1.0, -0.5, 0.0]], 1e-6, 5e-6)
    np.testing.assert_allclose(cell.positive.values, [[5e-6, 1e-6, 1e-6]])
    np.testing.assert_allclose(cell.negative.values, [[1e-6, 3e-6, 1e-6]])
    assert cell.scale == pytest.approx(1 / 4e-6)
    wider = Complementary.from_weights([[1.0]], 1e-6, 5e-6, largest=2.0)
    assert wider.positive.values[0, 0] == pytest.approx(3e-6)
    nothing = Complementary.from_weights(np.zeros((2, 2)), 1e-6, 5e-6)
    np.testing.assert_allclose(nothing.positive.values, 1e-6)


def test_as_the_array_of_all_its_lines():
    """Every output is the difference of two of a plain array with the cells side by side."""
    array = pair(contact_resistance=50.0, faults=Faults(stuck={(0, 3): 1e-3}, open_word=[(2, 4)]))
    plain = Crossbar(
        M,
        2 * N,
        interleaved(array.cell),
        contact_resistance=50.0,
        faults=Faults(stuck={(0, 3): 1e-3}, open_word=[(2, 4)]),
        **WIRES,
    )
    v = RNG.uniform(-0.3, 0.3, (6, M))
    apart = plain.mvm(v)
    np.testing.assert_allclose(array.mvm(v), apart[:, 0::2] - apart[:, 1::2], rtol=1e-9, atol=1e-16)
    np.testing.assert_allclose(array.lines.mvm(v), apart, rtol=1e-9)
    both = plain.effective_conductance()
    signed = both[:, 0::2] - both[:, 1::2]
    np.testing.assert_allclose(array.effective_conductance(), signed, rtol=0, atol=1e-15)
    own = plain.conductance[:, 0::2] - plain.conductance[:, 1::2]
    size = np.maximum(plain.conductance[:, 0::2], plain.conductance[:, 1::2])
    np.testing.assert_allclose(array.conductance_error(), (signed - own) / size, rtol=0, atol=1e-9)
    ours, theirs = array.op(MVM(v[0])), plain.op(MVM(v[0]))
    np.testing.assert_allclose(ours.output, array.mvm(v[0]), rtol=1e-9)
    np.testing.assert_allclose(ours.currents_out["bottom"], theirs.output, rtol=1e-12)
    np.testing.assert_allclose(ours.cell_current, theirs.cell_current, rtol=1e-12)
    changed = array.with_cell(1, 4, 7e-5).mvm(v)
    again = plain.with_cell(1, 4, 7e-5).mvm(v)
    np.testing.assert_allclose(changed, again[:, 0::2] - again[:, 1::2], rtol=1e-9, atol=1e-16)
    assert array.changed(name="other").paired and not array.lines.changed(name="other").paired


def test_sensitivities_of_a_difference():
    array = pair()
    v = RNG.uniform(0.1, 0.3, M)
    result = array.op(MVM(v))
    slope = array.sensitivity(result, 1)
    assert slope.shape == (M, 2 * N)
    for i, j in ((0, 2), (3, 3), (4, 0)):
        g, step = array.conductance[i, j], 1e-3
        up, down = (array.with_cell(i, j, g * f).mvm(v)[1] for f in (1 + step, 1 - step))
        assert slope[i, j] == pytest.approx((up - down) / (2 * step * g), rel=1e-4)
    weighted = array.sensitivity(result, [0.0, 2.0, 0.0])
    np.testing.assert_allclose(weighted, 2 * slope, rtol=1e-9, atol=1e-12 * np.abs(slope).max())
    with pytest.raises(AnalysisError, match="output 3: there are 3"):
        array.sensitivity(result, 3)


CELLS = {
    "device": lambda x: Device("vteam", ron=1e3, roff=1e5, x0=x),
    "1s1r": lambda x: Series(Device("sinh_selector", i0=1e-6, v0=0.08), Resistance(1e3 + 1e5 * x)),
    "1t1r": lambda x: Gated(Resistance(1e3 + 1e5 * x), Device("ekv", vto=0.4, w=1e-5)),
}


@pytest.mark.parametrize("kind", CELLS)
def test_cells_that_are_no_conductances(kind):
    x = RNG.uniform(0.1, 0.9, (M, 2 * N))
    cell = CELLS[kind]
    array = Crossbar(
        M, N, Complementary(cell(x[:, 0::2]), cell(x[:, 1::2])), contact_resistance=20.0, **WIRES
    )
    plain = Crossbar(M, 2 * N, cell(x), contact_resistance=20.0, **WIRES)
    scheme = MVM(RNG.uniform(0.1, 0.4, M), gate=1.5)
    apart = plain.op(scheme).output
    made = array.op(scheme)
    np.testing.assert_allclose(made.output, apart[0::2] - apart[1::2], rtol=1e-9, atol=1e-18)
    np.testing.assert_allclose(array.mvm(scheme.inputs, scheme), made.output, rtol=1e-9, atol=1e-18)
    general = array.op(scheme, engine="general")
    np.testing.assert_allclose(general.output, made.output, rtol=1e-6, atol=1e-12)


def test_decks_pictures_and_data_sets(tmp_path):
    array, scheme = pair(), MVM(np.linspace(0.1, 0.3, M))
    made = array.op(scheme)
    deck = circuitnn.Circuit.from_text(array.export_deck(scheme)).op(reltol=1e-9)
    out = np.array([deck[f"i(vbb{j})"] for j in range(2 * N)])
    np.testing.assert_allclose(made.output, out[0::2] - out[1::2], rtol=1e-8)
    made.plot("currents", tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 1000
    data = made.to_xarray()
    signed = (data["current_out_bottom"] * data["sign"]).groupby("pair").sum()
    np.testing.assert_allclose(signed.values, made.output, rtol=1e-12)
    read = array.op(Access(1, 3, 0.5, "grounded"))
    assert read.selected_current == pytest.approx(read.cell_current[1, 3])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Complementary.from_weights([[1.0, np.nan]], 1e-6, 1e-4), "weight is nan at row 0, column 1"),
        (lambda: Complementary.from_weights([1.0, 2.0], 1e-6, 1e-4), r"shape \(2,\) is not a matrix"),
        (lambda: Complementary.from_weights([[1.0]], 1e-4, 1e-6), "g_min < g_max"),
        (lambda: Complementary.from_weights([[1.0]], np.nan, 1e-6), "g_min .* finite"),
        (lambda: Complementary.from_weights([[1.0, -3.0]], 0.0, 1e-6, 2.0), "-3 at row 0, column 1: beyond"),
        (lambda: Complementary.from_weights([[1.0]], 0.0, 1e-6, -2.0), "largest = -2"),
        (
            lambda: Crossbar(3, 2, Complementary.from_weights(np.ones((2, 3)), 0, 1e-6)),
            r"positive cells: .*\(2, 3\) does not fit",
        ),
        (
            lambda: Crossbar(1, 2, Complementary(1e-6, [[1e-6, -1.0]])),
            "negative cells: .* -1 at row 0, column 1",
        ),
        (
            lambda: Crossbar(1, 2, Complementary(Device("vteam"), Conductance(1e-6))),
            "vteam and conductances: both must be of one model",
        ),
        (lambda: Crossbar(1, 2, Series(Complementary(1, 1), Conductance(1))), "cannot be part of a stack"),
        (lambda: pair().with_cell(0, 6, 1e-6), r"cell \(0, 6\) is not in an array of 5 rows and 6 columns"),
        (lambda: pair().with_cell(0, 0, np.nan), "is nan"),
    ],
)
def test_bad_pairs_are_named(make, message):
    with pytest.raises(AnalysisError, match=message):
        make()
