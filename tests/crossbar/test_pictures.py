"""Figures of merit and pictures."""

import numpy as np
import pytest

from circuitnn.crossbar import MVM, Access, Crossbar, PullUp
from circuitnn.crossbar.metrics import read_margin, window
from circuitnn.crossbar.picture import DRAWINGS, MAPS, _colours, decimate, draw
from circuitnn.errors import AnalysisError


def test_read_margin_and_window():
    n, low, high = 8, 1e4, 1e6
    array = Crossbar(n, n, 1 / low)
    made = read_margin(array, PullUp(0, 0, 2.0, low), on=1 / low, off=1 / high)
    assert made.margin == pytest.approx(0.0440, abs=5e-5)
    assert made.off - made.on == pytest.approx(2.0 * made.margin)
    currents = window(array, Access(2, 3, 1.0, "grounded"), on=1 / low, off=1 / high)
    assert currents.on == pytest.approx(1 / low, rel=1e-12)
    assert currents.ratio == pytest.approx(high / low, rel=1e-9)
    with pytest.raises(AnalysisError, match="selects no cell"):
        window(array, MVM(np.ones(n)), 1.0, 2.0)


def test_sneak_paths_of_a_floating_read():
    """2 x 2: the only way round is through the three other cells, which carry one current."""
    array = Crossbar(2, 2, [[1e-6, 2e-4], [3e-4, 6e-4]], wordline_resistance=1e-3, bitline_resistance=1e-3)
    result = array.op(Access(0, 0, 1.0, "floating"))
    expected = 1.0 / (1 / 2e-4 + 1 / 6e-4 + 1 / 3e-4)
    assert result.sneak_current == pytest.approx(expected, rel=1e-5)
    (path,) = result.sneak_paths()
    assert path.cells == ((0, 1), (1, 1), (1, 0))
    assert path.current == pytest.approx(expected, rel=1e-5)


def test_decimation_keeps_extremes_and_means():
    values = np.zeros((9, 7))
    values[8, 6], values[0, 0] = -5.0, 2.0
    largest, step = decimate(values, 3, True)
    assert (step, largest.shape) == (3, (3, 3))
    assert (largest[2, 2], largest[0, 0]) == (-5.0, 2.0)
    assert decimate(values, 3, False)[0][0, 0] == pytest.approx(2.0 / 9)
    assert decimate(values, 3, False)[0][2, 2] == pytest.approx(-5.0 / 3)


@pytest.mark.parametrize("size", [(4, 6), (60, 50)])
@pytest.mark.parametrize("what", [*MAPS, *DRAWINGS])
def test_every_picture_can_be_drawn(what, size, tmp_path):
    result = Crossbar(*size, 1e-4, wordline_resistance=1.0, bitline_resistance=1.0).op(Access(1, 2, 1.0))
    for suffix in (".png", ".svg", ".html"):
        draw(result, what, tmp_path / f"x{suffix}")
        assert (tmp_path / f"x{suffix}").stat().st_size > 1000
    page = (tmp_path / "x.html").read_text()
    assert page.count("<rect") == size[0] * size[1]
    assert "row 1, column 2" in page
    with pytest.raises(AnalysisError, match="must be one of"):
        draw(result, "colours")


def test_labelled_data_set():
    data = (
        Crossbar(3, 4, 1e-4, wordline_resistance=1.0, bitline_resistance=1.0).op(MVM(np.ones(3))).to_xarray()
    )
    assert data["cell_current"].dims == ("row", "column")
    assert data["bitline_current"].shape == (2, 4)
    assert data["ir_drop"].attrs["units"] == "V"


def test_colours_have_the_range_of_the_values():
    assert _colours(np.array([-1.0, 2.0])) == {"cmap": "RdBu_r", "vmin": -2.0, "vmax": 2.0}
    assert _colours(np.array([-1e-9, 2.0])) == {"cmap": "viridis", "vmin": 0.0, "vmax": 2.0}
    assert _colours(np.array([-3.0, 1e-9])) == {"cmap": "viridis", "vmin": -3.0, "vmax": 0.0}
    assert _colours(np.array([1.0, 2.0])) == {"cmap": "viridis", "vmin": 1.0, "vmax": 2.0}


def test_large_arrays_are_decimated_in_every_form(tmp_path):
    """600 x 550: squares of 2 x 2 in pictures, of 10 x 10 in pages; the selected cell's current is kept."""
    result = Crossbar(600, 550, 1e-5, wordline_resistance=0.1, bitline_resistance=0.1).op(
        Access(123, 456, 1.0, "grounded")
    )
    for suffix in (".png", ".svg", ".html"):
        figure = draw(result, "cell_current", tmp_path / f"x{suffix}")
        assert 1000 < (tmp_path / f"x{suffix}").stat().st_size < 2e6
    (image,) = figure.axes[0].images
    assert image.get_array().shape == (300, 275)
    assert image.get_extent() == [-0.5, 549.5, 599.5, -0.5]
    assert "largest of 2 x 2 cells" in figure.axes[0].get_title()
    assert (tmp_path / "x.html").read_text().count("<rect") == 60 * 55
    lines = draw(result, "currents")
    assert len(lines.axes) == 4  # two maps with their bars
