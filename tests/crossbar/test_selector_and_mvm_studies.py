"""Selector maps and accuracy of products, against formulas and an independent nodal analysis."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from circuitnn.crossbar import MVM
from circuitnn.errors import AnalysisError
from circuitnn.studies.questions.mvm import distorted, mvm
from circuitnn.studies.questions.selector import selector
from circuitnn.studies.reading import Reading


def effective(g, r):
    """Effective conductance by a sparse matrix of our own: all nodes, segments and ends of r."""
    m, n = g.shape
    word = np.arange(m * n).reshape(m, n)
    bit = word + m * n
    pairs = [(word, bit, g), (word[:, :-1], word[:, 1:], 1 / r), (bit[:-1], bit[1:], 1 / r)]
    rows, cols, values = [], [], []
    for a, b, v in pairs:
        a, b, v = a.ravel(), b.ravel(), np.broadcast_to(v, a.shape).ravel()
        rows += [a, b, a, b]
        cols += [a, b, b, a]
        values += [v, v, -v, -v]
    for end in (word[:, 0], bit[-1]):
        rows.append(end)
        cols.append(end)
        values.append(np.full(len(end), 1 / r))
    size = 2 * m * n
    matrix = coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(cols))), (size, size))
    drive = np.zeros((size, m))
    drive[word[:, 0], np.arange(m)] = 1 / r
    return splu(matrix.tocsc()).solve(drive)[bit[-1]].T / r


def test_published_losses():
    data = mvm(size=[32, 64, 128]).data
    np.testing.assert_allclose(100 * data["loss"].values.ravel(), [3.5, 12.3, 34.8], atol=0.15)
    np.testing.assert_allclose(100 * data["worst"].values.ravel(), [4.7, 15.8, 42.7], rtol=0.02)


def test_losses_are_those_of_a_nodal_analysis():
    found = mvm(size=[24], chips=1, seed=5, inputs="uniform", vectors=7, line_resistance=[3.0]).data
    rng = np.random.default_rng((5, 24, 0))
    g = rng.uniform(1e-6, 1e-4, (24, 24))
    x = 0.2 * rng.random((7, 24))
    made, ideal = x @ effective(g, 3.0), x @ g
    assert float(found["loss"].squeeze()) == pytest.approx(np.mean(1 - made / ideal), rel=1e-7)
    assert float(found["worst"].squeeze()) == pytest.approx(np.max(1 - made / ideal), rel=1e-7)
    rms = np.sqrt(np.mean((made - ideal) ** 2))
    bits = np.log2(np.ptp(ideal) / (np.sqrt(12) * rms))
    assert float(found["bits"].squeeze()) == pytest.approx(max(bits, 0.0), rel=1e-6, abs=1e-9)


def test_tuned_conductances_have_the_wanted_effect():
    from circuitnn import Crossbar

    g = np.random.default_rng(2).uniform(1e-6, 1e-4, (12, 20))
    array = Crossbar(
        12,
        20,
        g,
        wordline_resistance=5.0,
        bitline_resistance=5.0,
        driver_resistance=5.0,
        sense_resistance=5.0,
    )
    tuned, gain = distorted(array, 1e-4)
    assert tuned.conductance.max() <= 1e-4 * (1 + 1e-12) and tuned.conductance.min() >= 0.0
    np.testing.assert_allclose(effective(tuned.conductance, 5.0) * gain, g, rtol=1e-6)
    once, gain = distorted(array, 1e-4, 1)
    error = np.abs(effective(once.conductance, 5.0) * gain / g - 1).max()
    assert 1e-6 < error < 0.1 * np.abs(effective(g, 5.0) / g - 1).max()


def test_every_compensation_helps():
    data = mvm(
        size=[32],
        inputs="uniform",
        compensation=["none", "two-sided", "scaling", "pre-distortion", "tuning"],
        distribution="log-uniform",
        chips=1,
    ).data
    worst = data["rms"].values.ravel()
    assert (np.diff(worst) < 0).all() and worst[-1] < 1e-8
    assert (data["used"] <= 1e-4 * (1 + 1e-12)).all()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [({"compensation": ["magic"]}, "magic"), ({"inputs": "zeros"}, "inputs"), ({"g_min": 1.0}, "g_min")],
)
def test_wrong_words_of_mvm(arguments, match):
    with pytest.raises(AnalysisError, match=match):
        mvm(size=[4], **arguments)


def test_leakage_at_1024():
    """2(N - 1) cells at V/2 with K½ = 10: 204.6 selected currents; one way through floating lines: 102."""
    half, floating = (
        selector(1024, nonlinearity=[10.0], ratio=[100.0], scheme=s, limit=4).data.squeeze()
        for s in ("half", "floating")
    )
    assert float(half["leakage"]) == pytest.approx(2 * 1023 / 10.0, rel=1e-9)
    assert float(floating["sneak"]) == pytest.approx(102.05, abs=0.01)


def test_the_least_nonlinearity_is_bracketed():
    data = selector(32, nonlinearity=[10.0, 100.0], ratio=[10.0, 100.0], limit=64).data
    k = float(data["least_nonlinearity"].sel(ratio=100.0))
    assert Reading(32, ratio=100.0, nonlinearity=k).all_on().margin >= 0.1
    assert Reading(32, ratio=100.0, nonlinearity=k / 1.0011).all_on().margin < 0.1
    assert data["allowed"].sel(ratio=100.0).values.tolist() == [False, True]
    assert float(data["largest"].sel(ratio=100.0, nonlinearity=100.0)) == 63


def test_a_selector_in_series_and_its_picture(tmp_path):
    answer = selector(16, kind="1S1R", nonlinearity=[10.0, 1000.0], ratio=[10.0, 100.0], limit=32)
    assert "K½" in answer.summary[0] and answer.table().row_count == 2
    answer.plot(tmp_path / "s.png")
    assert (tmp_path / "s.png").stat().st_size > 20_000
    assert answer.plot(figsize=(9.0, 4.0)).get_size_inches().tolist() == [9.0, 4.0]


def test_a_picture_in_axes_of_the_user(tmp_path):
    """Nothing of the user's figure changes but these axes."""
    answer = selector(16, kind="1S1R", nonlinearity=[10.0, 1000.0], ratio=[10.0, 100.0], limit=32)
    figure = Figure(figsize=(12, 8))
    given = figure.subplots(2, 2)
    assert answer.plot(tmp_path / "s.png", ax=given[1]) is figure
    assert [axis.get_xlabel() != "" for axis in given.ravel()] == [False, False, True, True]
    assert figure.get_suptitle() == "" and figure.get_size_inches().tolist() == [12.0, 8.0]
    with pytest.raises(AnalysisError, match=r"2 panels, and ax= has 1"):
        answer.plot(ax=given[0, 0])
    with pytest.raises(AnalysisError, match="figsize is that of a new figure"):
        answer.plot(ax=given[0], figsize=(3.0, 3.0))


@pytest.mark.parametrize("inputs", ["ones", "uniform", "binary"])
@pytest.mark.parametrize("compensation", ["none", "two-sided"])
def test_power_of_products_is_that_of_their_operating_points(inputs, compensation):
    from circuitnn.studies.questions.mvm import Point
    from circuitnn.studies.uniform_arrays import uniform

    at = Point(1e-6, 1e-4, "uniform", inputs, 0.2, 4, 1, 1)
    rng = np.random.default_rng((1, 8, 0))
    array = uniform(8, 8, at._matrix(rng, 8), 5.0)
    both = compensation == "two-sided"
    wanted = [array.op(MVM(x, both_ends=both, sense_both=both)).total_power for x in at._vectors(rng, 4, 8)]
    assert at(compensation, 5.0, 8)["power"] == pytest.approx(np.mean(wanted), rel=1e-9)


def test_products_of_negative_inputs_lose_as_much():
    up, down = (
        mvm((8,), inputs="uniform", voltage=v, vectors=4, chips=1).data[["loss", "worst", "bits", "power"]]
        for v in (0.2, -0.2)
    )
    for name in up:
        np.testing.assert_allclose(up[name], down[name], rtol=1e-9)
    with pytest.raises(AnalysisError, match="voltage other than 0"):
        mvm((8,), voltage=0.0)
