import subprocess
import sys

import numpy as np
import pytest
from test_results import nested, operating_point, transient

from circuitnn.errors import AnalysisError, UnknownNameError
from circuitnn.records import replace
from circuitnn.results import figures, plot
from circuitnn.results.result import Result


def labels(figure):
    return [[line.get_label() for line in axis.get_lines()] for axis in figure.axes]


def test_a_panel_for_each_quantity():
    figure = transient().plot()
    assert labels(figure) == [["v(a)", "v(b)"], ["i(v1)"]]
    assert [axis.get_ylabel() for axis in figure.axes] == ["Voltage [V]", "Current [nA]"]
    assert figure.axes[-1].get_xlabel() == "Time [µs]"


def test_curves_are_scaled_to_the_prefix():
    (line,) = transient().plot("i(v1)").axes[0].get_lines()
    np.testing.assert_allclose(line.get_xdata(), np.linspace(0, 1, 5))
    np.testing.assert_allclose(line.get_ydata(), np.linspace(0, -1, 5), atol=1e-12)


@pytest.mark.parametrize(
    ("largest", "exponent"),
    [(0.0, 0), (1.0, 0), (0.999, 0), (0.25, 0), (0.1, -3), (150.0, 0), (400.0, 3), (1e-30, -18), (1e20, 12)],
)
def test_prefix(largest, exponent):
    assert figures._exponent(largest) == exponent


def test_curves_of_very_different_size_get_panels_of_their_own():
    r = transient()
    big, small, zero = 300.0 * np.ones(5), 1e-3 * np.ones(5), np.zeros(5)
    figure = r.plot(("v(t)", big), "v(a)", "v(b)", ("v(s)", small), ("v(z)", zero))
    assert labels(figure) == [["v(t)"], ["v(a)", "v(b)"], ["v(s)", "v(z)"]]
    assert labels(r.plot(("v(z)", zero))) == [["v(z)"]]


def test_signals_may_be_arrays():
    r = transient()
    figure = r.plot(("power", r["v(a)"] * r["i(v1)"]))
    assert labels(figure) == [["power"]]


def test_one_signal_over_another():
    figure = plot.draw(transient(), "i(v1)", x="v(a)")
    assert figure.axes[0].get_xlabel() == "v(a) [V]"
    np.testing.assert_allclose(figure.axes[0].get_lines()[0].get_xdata(), np.linspace(0, 1, 5))


def test_a_nested_sweep_is_a_curve_for_each_outer_point():
    figure = nested().plot("v(s)")
    assert labels(figure) == [["v(s), w = 10", "v(s), w = 20"]]
    assert figure.axes[0].get_xlabel() == "v1 [V]"
    np.testing.assert_allclose(figure.axes[0].get_lines()[1].get_ydata(), [20.0, 21.0, 22.0])


def test_spectra_of_noise_are_over_frequency_as_bode_plots_are():
    f = np.logspace(1, 6, 21)
    names, kinds = ("frequency", "onoise_spectrum"), ("frequency", "voltage-density")
    noise = Result("n", "noise", "Noise Spectral Density", "frequency", names, kinds, np.c_[f, 1.0 / f])
    (axis,) = noise.plot().axes
    assert (axis.get_xlabel(), axis.get_xscale(), axis.get_yscale()) == ("Frequency [Hz]", "log", "log")


def test_operating_point_as_bars():
    figure = operating_point().plot()
    assert [len(axis.patches) for axis in figure.axes] == [2, 1]
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["v(out)", "v(in)"]


def test_a_large_operating_point_is_sorted_instead():
    n = 500
    values = np.random.default_rng(2).random((1, n))
    names = tuple(f"v(n{k})" for k in range(n))
    figure = Result("big", "op", "Operating Point", None, names, ("voltage",) * n, values).plot()
    assert not figure.axes[0].patches
    assert np.all(np.diff(figure.axes[0].get_lines()[0].get_ydata()) >= 0)


def test_long_waveforms_keep_their_peaks():
    t = np.linspace(0.0, 1.0, 300_001)
    y = np.zeros_like(t)
    y[123_457], y[222_222] = 5.0, -3.0
    r = Result(
        "spikes", "tran", "Transient Analysis", "time", ("time", "v(a)"), ("time", "voltage"), np.c_[t, y]
    )
    drawn = r.plot("v(a)").axes[0].get_lines()[0].get_ydata()
    assert len(drawn) < 10_000
    assert (drawn.max(), drawn.min()) == (5.0, -3.0)


def test_many_variables_are_cut_to_the_moving_ones():
    t = np.linspace(0, 1, 11)
    names = ("time", *(f"v(n{k})" for k in range(40)))
    data = np.column_stack([t, *(t * k for k in range(40))])
    r = Result("many", "tran", "Transient Analysis", "time", names, ("time",) + ("voltage",) * 40, data)
    assert labels(r.plot()) == [[f"v(n{k})" for k in range(32, 40)]]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_files(tmp_path, suffix):
    path = tmp_path / f"out.{suffix}"
    transient().plot(path=path)
    assert path.read_bytes()[:4] in (b"\x89PNG", b"<?xm", b"%PDF")


def test_errors():
    with pytest.raises(UnknownNameError):
        transient().plot("v(zz)")
    empty = replace(transient(), data=transient().data[:0])
    with pytest.raises(AnalysisError, match="no points"):
        empty.plot()


def test_style_does_not_leak():
    import matplotlib

    before = matplotlib.rcParams["axes.grid"]
    transient().plot()
    assert matplotlib.rcParams["axes.grid"] == before


def test_pyplot_is_not_imported():
    code = (
        "import sys, matplotlib.figure; from circuitnn.results import plot; "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def phasors():
    f = np.logspace(0, 4, 41)
    h = 1.0 / (1.0 + 1j * f / 100.0)
    names, types = ("frequency", "v(out)"), ("frequency", "voltage")
    return Result("low pass", "ac", "AC Analysis", "frequency", names, types, np.c_[f, h])


def test_a_nyquist_plot_is_the_half_circle_of_a_low_pass():
    (axis,) = phasors().plot("v(out)", kind="nyquist").axes
    x, y = axis.get_lines()[0].get_data()
    np.testing.assert_allclose((x - 0.5) ** 2 + y**2, 0.25)
    assert axis.get_xlabel() == "Real part of voltage [V]"


def test_a_histogram_counts_time_and_not_points():
    t = np.r_[
        np.linspace(0.0, 1.0, 1001), 10.0
    ]  # a thousand points at 0 V, and nine tenths of the time at 1 V
    v = np.r_[np.zeros(1001), 1.0]
    v[1000] = 1.0
    r = Result("t", "tran", "Transient Analysis", "time", ("time", "v(a)"), ("time", "voltage"), np.c_[t, v])
    (axis,) = r.plot(kind="histogram").axes
    shares = axis.patches[0].get_data().values
    assert shares[-1] == pytest.approx(0.9, abs=1e-3) and shares.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("drawn", "panels"),
    [
        (["vdb(out)"], ["Magnitude [dB]"]),
        (["vm(out)"], ["Magnitude [dB]"]),
        (["vp(out)"], ["Phase [°]"]),
        (["vdb(out)", "vp(out)"], ["Magnitude [dB]", "Phase [°]"]),
        (["v(out)", "vdb(out)"], ["Magnitude [dB]", "Phase [°]"]),
    ],
)
def test_bode_shows_real_parts_as_what_they_are(drawn, panels):
    """The phase of ``vdb(out)`` was drawn as 0, and ``vp(out)`` as a magnitude."""
    r = phasors()
    axes = r.plot(*drawn).axes
    assert [axis.get_ylabel() for axis in axes] == panels
    wanted = {"Magnitude [dB]": r["vdb(out)"], "Phase [°]": np.degrees(r["vp(out)"])}
    for axis in axes:
        for line in axis.get_lines():
            np.testing.assert_allclose(line.get_ydata(), wanted[axis.get_ylabel()], rtol=1e-9)


def test_bode_draws_the_given_arrays():
    r = phasors()
    (line,) = r.plot(("tenfold", 10.0 * r["v(out)"])).axes[0].get_lines()
    assert line.get_label() == "tenfold" and line.get_ydata()[0] == pytest.approx(20.0, abs=1e-3)


@pytest.mark.parametrize(
    ("made", "kind", "message"),
    [
        (transient, "nyquist", "needs phasors"),
        (phasors, "histogram", "needs real numbers"),
        (operating_point, "curves", "no axis"),
        (transient, "bod", "did you mean bode"),
    ],
)
def test_a_picture_that_makes_no_sense_is_refused(made, kind, message):
    with pytest.raises(AnalysisError, match=message):
        made().plot(kind=kind)


def test_x_is_refused_where_it_has_no_meaning():
    with pytest.raises(AnalysisError, match="x has no meaning"):
        phasors().plot("v(out)", x="frequency")


@pytest.mark.parametrize("suffix", ["png", "svg"])
@pytest.mark.parametrize("bars", [True, False])
def test_dollars_are_no_formula(tmp_path, bars, suffix):
    """A title or a node's name with two of them ended in an error of matplotlib's."""
    result = operating_point() if bars else transient()
    names = tuple(f"v({name}$\\int_$)" if name[0] == "v" else name for name in result.names)
    result = replace(result, title=r"x $\int_$ y", names=names)
    figure = result.plot(path=tmp_path / f"x.{suffix}")
    assert (tmp_path / f"x.{suffix}").stat().st_size > 1000
    if suffix == "png":
        assert len(figure._repr_png_()) > 1000


def test_powers_of_ten_of_logarithmic_axes_are_formulas(tmp_path):
    from matplotlib.text import Text

    result = transient()
    figure = result.plot("v(a)")
    figure.axes[0].set_yscale("log")
    figures.save(figure, tmp_path / "x.png")
    labels = [text for text in figure.findobj(Text) if "mathdefault" in text.get_text()]
    assert labels and all(text.get_parse_math() for text in labels)


def test_curves_without_values_at_some_points_have_a_scale():
    values = np.array([np.nan, 2e-3, np.inf])
    assert figures.scaled("voltage", values)[0] == 1e3
    assert figures.scaled("voltage", np.array([np.nan]))[0] == 1.0
