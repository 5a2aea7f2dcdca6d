"""Pictures follow the user's style, axes, size and limits."""

import matplotlib
import matplotlib.style
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from test_portrait import relaxation
from test_results import operating_point, transient

from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import Access, Device, Pulse
from circuitnn.errors import AnalysisError
from circuitnn.results import figures
from circuitnn.results.spiking import Spikes, raster

SAMPLES = "divider\nv1 a 0 1\nr1 a b {1k*(1+0.1*agauss(0,1,1))}\nr2 b 0 1k\n.op\n.end\n"


def array():
    return Crossbar(4, 6, 1e-5, line_resistance=2.0).op(Access(1, 2, 1.0, "half"))


def study():
    return Circuit.from_text(SAMPLES).monte_carlo(
        8, "op", measures={"out": lambda r: r["v(b)"]}, limits={"out": (0.48, 0.6)}
    )


def trains():
    return [
        Spikes(np.array([1e-6, 2e-6]), np.array([]), np.array([]), 4e-6, name) for name in ("v(a)", "v(b)")
    ]


def frames():
    device = Device(
        "vteam", ron=1e3, roff=1e5, von=-0.7, voff=0.7, aon=1, aoff=1, kon=-0.1, koff=0.1, x0=0.05
    )
    grid = Crossbar(3, 4, device, line_resistance=20)
    return grid.tran(Access(1, 2, 2.0, "half"), Pulse(80e-9, 1e-9, 1e-9), "100n")


PICTURES = {
    "curves": lambda: transient().plot(),
    "bars": lambda: operating_point().plot(),
    "histogram": lambda: transient().plot("v(a)", kind="histogram"),
    "map": lambda: array().plot(),
    "lines": lambda: array().plot("currents"),
    "portrait": lambda: relaxation().portrait({"v(a)": (-2.0, 2.0), "i(l1)": (-1.0, 1.0)}, 11).plot(),
    "frames": lambda: frames().plot(at=3),
    "raster": lambda: raster(trains()),
    "waterfall": lambda: study().waterfall("out"),
    "study": lambda: study().histogram(),
}


def contrast(a, b):
    """Of two colours, as WCAG defines it."""

    def luminance(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgba(colour)[:3]]
        return np.dot(linear, (0.2126, 0.7152, 0.0722))

    bright, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("kind", PICTURES)
def test_texts_and_curves_show_on_the_background(kind, style):
    with matplotlib.rc_context():
        matplotlib.style.use(style)
        figure = PICTURES[kind]()
    paper = figure.get_facecolor()
    figure.canvas.draw()
    texts = [t for t in figure.findobj(matplotlib.text.Text) if t.get_text().strip() and t.get_visible()]
    assert len(texts) > 3
    assert min(contrast(t.get_color(), paper) for t in texts) > 4.5
    lines = [line for axis in figure.axes for line in axis.get_lines() if len(line.get_xdata()) > 1]
    assert all(contrast(line.get_color(), paper) > 1.9 for line in lines)


@pytest.mark.parametrize("suffix", ["png", "svg"])
@pytest.mark.parametrize("kind", ["raster", "waterfall", "map", "portrait", "frames"])
def test_pictures_are_written(kind, suffix, tmp_path):
    figure = PICTURES[kind]()
    figures.save(figure, tmp_path / f"x.{suffix}")
    start = (tmp_path / f"x.{suffix}").read_bytes()[:200]
    assert b"PNG" in start[:8] if suffix == "png" else b"<?xml" in start


def test_texts_of_a_pdf_are_type_42(tmp_path):
    transient().plot("v(a)", path=tmp_path / "x.pdf")
    content = (tmp_path / "x.pdf").read_bytes()
    assert b"/Type3" not in content and b"/CIDFontType2" in content


def test_what_the_user_sets_stays():
    with matplotlib.rc_context({"lines.linewidth": 4.0, "axes.grid": False, "font.size": 15}):
        (line, *_) = transient().plot("v(a)").axes[0].get_lines()
        assert line.get_linewidth() == 4.0 and matplotlib.rcParams["font.size"] == 15
    with matplotlib.rc_context({"axes.prop_cycle": matplotlib.cycler(color=["#123456"])}):
        assert transient().plot("v(a)").axes[0].get_lines()[0].get_color() == "#123456"
    assert transient().plot("v(a)").axes[0].get_lines()[0].get_color() == figures.COLOURS[0]


def test_own_axes_sizes_and_limits():
    figure = Figure()
    above, below = figure.subplots(2, 1)
    assert transient().plot(ax=[above, below]) is figure
    assert (above.get_ylabel(), below.get_ylabel()) == ("Voltage [V]", "Current [nA]")
    only = transient().plot("v(a)", figsize=(3, 2), xlim=(2e-7, 6e-7), ylim=(0.1, 0.9))
    assert tuple(only.get_size_inches()) == (3, 2)
    assert only.axes[0].get_xlim() == pytest.approx((0.2, 0.6)) and only.axes[0].get_ylim() == pytest.approx(
        (0.1, 0.9)
    )
    axis = Figure().subplots()
    assert array().plot("ir_drop", ax=axis, xlim=(0, 2)) is axis.figure and axis.get_xlim() == (0.0, 2.0)
    assert study().waterfall("out", ax=axis) is axis.figure and raster(trains(), ax=axis) is axis.figure


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: transient().plot(ax=Figure().subplots()), "this picture has 2 panels, and ax= has 1"),
        (lambda: transient().plot(ax=3), "axes of matplotlib are needed"),
        (lambda: transient().plot(ylim=(0, 1)), "ylim: this picture has 2 panels"),
        (lambda: transient().plot("v(a)", xlim=3), "xlim = 3: a pair of finite numbers is needed"),
        (lambda: operating_point().plot(xlim=(0, 1)), "no meaning in a picture of kind 'bars'"),
        (
            lambda: transient().plot("v(a)", ax=Figure().subplots(), figsize=(3, 2)),
            "figsize is that of a new figure",
        ),
        (lambda: raster([]), "there are no spike trains"),
    ],
)
def test_what_cannot_be_drawn(call, message):
    with pytest.raises(AnalysisError, match=message.replace("(", r"\(").replace(")", r"\)")):
        call()


def test_bars_of_both_signs_and_many_decades_are_readable():
    currents = Crossbar(6, 6, 10.0 ** -np.arange(3, 9)[:, None] * np.ones(6), line_resistance=5.0)
    result = currents.op(Access(0, 0, 1.0, "half"))
    bar = result.plot("cell_current", scale="log").axes[1]
    result_ticks = list(bar.get_yticks())
    places = bar.transData.transform([(0, t) for t in result_ticks])[:, 1]
    assert len(result_ticks) >= 3 and np.all(np.abs(np.diff(places)) > 10.0)


def test_titles_say_bias_and_lines():
    notes = [t.get_text() for t in array().plot().axes[0].texts]
    assert notes == ["1 V, V/2 scheme, lines 2 Ω per segment"]
    floating = Crossbar(4, 6, 1e-5, wordline_resistance=1.0).op(Access(1, 2, 0.5, "floating")).plot()
    assert floating.axes[0].texts[0].get_text() == (
        "0.5 V, other lines floating, word lines 1, bit lines 0 Ω per segment"
    )
