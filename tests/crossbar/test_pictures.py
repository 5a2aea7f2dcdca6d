"""Figures of merit and pictures."""

import numpy as np
import pytest

from circuitnn.crossbar import MVM, Access, Complementary, Crossbar, Device, PullUp, Resistance, Series
from circuitnn.crossbar.colours import colour_range, colour_scale, decimate
from circuitnn.crossbar.metrics import read_margin, window
from circuitnn.crossbar.picture import DRAWINGS, MAPS, draw
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


@pytest.mark.thinned(3)
@pytest.mark.long
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
    assert data["cell_current"].dims == ("row", "col")
    assert data["bitline_current"].shape == (2, 4)
    assert data["ir_drop"].attrs["units"] == "V"


def test_colours_have_the_range_of_the_values():
    assert colour_range(np.array([-1.0, 2.0])) == {"cmap": "RdBu_r", "vmin": -2.0, "vmax": 2.0}
    assert colour_range(np.array([-1e-9, 2.0])) == {"cmap": "viridis", "vmin": 0.0, "vmax": 2.0}
    assert colour_range(np.array([-3.0, 1e-9])) == {"cmap": "viridis", "vmin": -3.0, "vmax": 0.0}
    assert colour_range(np.array([1.0, 2.0])) == {"cmap": "viridis", "vmin": 1.0, "vmax": 2.0}


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
    assert "largest of 2 x 2 cells" in figure.axes[0].get_title("left")
    assert (tmp_path / "x.html").read_text().count("<rect") == 60 * 55
    lines = draw(result, "currents")
    assert len(lines.axes) == 4  # two maps with their bars


def selector_read(rows, cols, row, col, scheme="half"):
    cell = Series(Device("sinh_selector"), Resistance(1e5))
    array = Crossbar(rows, cols, cell, wordline_resistance=1.0, bitline_resistance=1.0)
    return array.op(Access(row, col, 1.0, scheme))


def test_far_apart_currents_are_told_apart_on_a_logarithmic_scale():
    """Half-selected cells carry a hundredth of the selected one: on a linear scale all would be one dark field."""
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm

    result = selector_read(12, 12, 3, 7)
    look = colour_scale(result.cell_current, "auto")
    assert isinstance(look["norm"], LogNorm)
    colours = colormaps[look["cmap"]](look["norm"](np.abs(result.cell_current)))
    half, idle, selected = (colours[place][:3] for place in ((3, 0), (0, 0), (3, 7)))
    assert np.abs(half - idle).max() > 0.1 and np.abs(selected - half).max() > 0.3
    linear = colour_scale(result.cell_current, "linear")
    assert (
        np.abs(linear["norm"](result.cell_current[3, 0]) - linear["norm"](result.cell_current[0, 0])) < 0.05
    )
    signed = colour_scale(np.array([1.0, -1e-3, 1e-9]), "log")["norm"]
    assert signed(-1e-3) < signed(0.0) == 0.5 < signed(1.0)
    for values in (np.zeros(3), -np.array([1.0, 1e-3, 1e-5]), np.ones(4)):
        shown = colour_scale(values, "log")
        assert np.isfinite(np.asarray(shown["norm"](values), dtype=float)).all()
    with pytest.raises(AnalysisError, match="scale"):
        draw(result, scale="cubic")


@pytest.mark.long
@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (16, 16)])
def test_pictures_have_the_proportions_of_the_array(shape):
    for what in ("cell_current", "currents"):
        figure = draw(selector_read(*shape, 2, 3), what)
        figure.canvas.draw()
        box = figure.axes[0].get_window_extent()
        used = box.width * box.height / (figure.bbox.width * figure.bbox.height)
        assert used > 0.4
        assert box.width / box.height == pytest.approx(shape[1] / shape[0], rel=0.2)


def test_panels_of_large_arrays_are_not_stretched():
    figure = draw(selector_read(60, 120, 2, 3), "currents")
    figure.canvas.draw()
    for panel in figure.axes[:2]:
        box = panel.get_window_extent()
        assert box.width / box.height == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize("what", ["cell_current", "currents", "voltages"])
@pytest.mark.parametrize("size", [12, 60])
def test_the_selected_cell_is_marked(what, size):
    from matplotlib.colors import to_hex
    from matplotlib.patches import Rectangle

    figure = draw(selector_read(size, size, 4, 9), what)
    panels = [axis for axis in figure.axes if axis.get_ylabel() == "word line"]
    for panel in panels:
        (frame,) = [
            p for p in panel.patches if isinstance(p, Rectangle) and to_hex(p.get_edgecolor()) == "#d55e00"
        ]
        x, y = frame.get_xy()
        assert x < 9.2 < x + frame.get_width() and y < 4.2 < y + frame.get_height()


def test_idle_lines_are_faint():
    figure = draw(selector_read(8, 8, 2, 5), "currents")
    figure.canvas.draw()
    cells = figure.axes[0].collections[2]  # those at 0 V carry nothing
    light = cells.get_colors()[:, :3].mean(axis=1)
    assert np.median(light) > 0.9 and light.min() < 0.2


def test_pairs_are_shown_as_plus_and_minus():
    weights = np.random.default_rng(1).normal(size=(5, 4))
    array = Crossbar(
        5, 4, Complementary.from_weights(weights, g_min=1e-6, g_max=1e-4), wordline_resistance=1.0
    )
    for what in ("cell_current", "voltages"):
        panel = draw(array.op(MVM(np.full(5, 0.1))), what).axes[0]
        assert [t.get_text() for t in panel.get_xticklabels()] == [
            "0+",
            "0−",
            "1+",
            "1−",
            "2+",
            "2−",
            "3+",
            "3−",
        ]
        assert "+ and −" in panel.get_xlabel()
