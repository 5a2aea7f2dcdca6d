"""Agreement with badcrossbar, where it is installed (``pip install badcrossbar`` wants libcairo2-dev)."""

import numpy as np
import pytest

from circuitnn.crossbar import MVM, Crossbar

badcrossbar = pytest.importorskip("badcrossbar")
pytestmark = pytest.mark.filterwarnings("ignore")  # its own


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (16, 9), (40, 40)])
@pytest.mark.parametrize("wires", [(1.0, 2.5), (0.3, 0.0), (0.0, 4.0), (0.0, 0.0)])
def test_outputs_and_all_currents(size, wires):
    rng = np.random.default_rng(size[0])
    resistances = 10 ** rng.uniform(2, 5, size)
    volts = rng.uniform(-1, 1, (size[0], 3))
    theirs = badcrossbar.compute(volts, resistances, r_i_word_line=wires[0], r_i_bit_line=wires[1])
    array = Crossbar(
        *size,
        1 / resistances,
        wordline_resistance=wires[0],
        bitline_resistance=wires[1],
        driver_resistance=wires[0],
        sense_resistance=wires[1],
    )
    np.testing.assert_allclose(array.mvm(volts.T), theirs.currents.output, rtol=1e-9)
    last = array.op(MVM(volts[:, 0]))
    np.testing.assert_allclose(last.cell_current, theirs.currents.device[..., 0], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(
        last.wordline_current, theirs.currents.word_line[:, 1:, 0], rtol=1e-8, atol=1e-14
    )
    np.testing.assert_allclose(
        last.bitline_current, theirs.currents.bit_line[:-1, :, 0], rtol=1e-8, atol=1e-14
    )
