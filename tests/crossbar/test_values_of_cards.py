"""Values of ``.crossbar`` cards: one a cell, a segment or a line; contact resistances one a cell."""

import numpy as np
import pytest

import circuitnn
from circuitnn.crossbar import MVM, Complementary, Crossbar, Device, Resistance, Series

# schemes here serve arrays with and without gates
pytestmark = pytest.mark.filterwarnings("ignore:gate voltages have no effect")


def deck(card, rows=2):
    sources = "".join(f"v{k} in{k} 0 {0.1 * (k + 1):g}\n" for k in range(rows))
    return f"values\n.func noisy(s) {{exp(s*agauss(0,1,1))}}\n{sources}{card}\n.op\n.end\n"


def card(values, rows=2, cols=3):
    return f".crossbar x1 rows={rows} cols={cols} {values} left=in bottom=0"


def placed(card):
    return circuitnn.Circuit.from_text(deck(card)).flat.placed["x1"].array


def test_each_value_has_its_own_shape():
    array = placed(
        card(
            "r=1e4 rw={1+row+10*col} rb={1+row+10*col} rd={1+row} rs={1+col} "
            "cw={1p*(1+row)} cb={1p*(1+col)} rc={row+col}"
        )
    )
    assert array.wordline_resistance.tolist() == [[1.0, 11.0], [2.0, 12.0]]
    assert array.bitline_resistance.tolist() == [[1.0, 11.0, 21.0]]
    assert array.driver_resistance.tolist() == [1.0, 2.0]
    assert array.sense_resistance.tolist() == [1.0, 2.0, 3.0]
    assert np.allclose(array.wordline_capacitance, [1e-12, 2e-12])
    assert np.allclose(array.bitline_capacitance, [1e-12, 2e-12, 3e-12])
    assert array.contact_resistance.tolist() == [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]
    drawn = placed(card("r=1e4 cc={1f*noisy(0.1)} cw={1p*noisy(0.1)} cb={1p*noisy(0.1)}"))
    for values, size in (
        (drawn.cell_capacitance, 6),
        (drawn.wordline_capacitance, 2),
        (drawn.bitline_capacitance, 3),
    ):
        assert len(np.unique(values)) == values.size == size


def test_a_table_of_row_and_column_is_one_number_a_cell():
    array = placed(card("g={pwl(row+2*col,0,1,10,11)}"))
    assert np.allclose(array.conductance, [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]])


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (1, 4), (4, 1)])
def test_lines_of_one_cell_have_no_segments(rows, cols):
    circuit = circuitnn.Circuit.from_text(
        deck(card("r={noisy(0.1)} rw={noisy(0.1)} rb={noisy(0.1)}", rows, cols), rows=rows)
    )
    array = circuit.flat.placed["x1"].array
    assert array.wordline_resistance.shape == (rows, cols - 1)
    assert array.bitline_resistance.shape == (rows - 1, cols)
    assert np.isfinite(circuit.op()["i(v0)"]).all()


def test_contacts_of_cells_each_in_series():
    rng = np.random.default_rng(3)
    contact, r = rng.uniform(0.0, 1e3, (3, 4)), rng.uniform(1e3, 1e4, (3, 4))
    contact[1, 2] = 0.0
    scheme = MVM([0.1, 0.2, 0.3], gate=1.2)
    lines = {"wordline_resistance": 5.0, "bitline_resistance": 5.0}
    for cell, behind in (
        (Resistance(r), Resistance(r + contact)),
        (
            Device("sinh_selector", i0=1e-6, v0=0.1),
            Series(Resistance(np.maximum(contact, 1e-9)), Device("sinh_selector", i0=1e-6, v0=0.1)),
        ),
        (
            Complementary(Resistance(r), Resistance(2 * r)),
            Complementary(Resistance(r + contact), Resistance(2 * r + contact)),
        ),
    ):
        found = Crossbar(3, 4, cell, contact_resistance=contact, **lines).op(scheme).output
        np.testing.assert_allclose(found, Crossbar(3, 4, behind, **lines).op(scheme).output, rtol=1e-8)
    changed = Crossbar(3, 4, Resistance(r), contact_resistance=contact).with_cell(2, 3, 1e-3)
    assert changed.conductance[2, 3] == pytest.approx(1.0 / (1e3 + contact[2, 3]), rel=1e-12)
