"""Variability and yield: closed forms of the distribution and of its tail, gradients, Wilson's interval."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from circuitnn.cli import execute
from circuitnn.studies.questions.variability import Chips, most_probable, variability
from circuitnn.studies.yields import wilson


def test_wilson_is_the_formula():
    for good, n in ((0, 10), (7, 10), (995, 1000)):
        p, z = good / n, norm.ppf(0.975)
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        np.testing.assert_allclose(wilson(good, n), (p, centre - half, centre + half), atol=1e-12)


@pytest.mark.parametrize("scheme", ["half", "floating"])
def test_gradients_are_exact(scheme):
    chips = Chips(6, scheme, 30.0, 1e4, 100.0, (0.1, 0.2), 1.0, 50.0)
    z = np.random.default_rng(0).standard_normal(chips.shape)
    _, slopes = chips.gradient(z)
    for place in ((0, 0, 5), (1, 0, 5), (0, 2, 3), (1, 4, 5), (1, 0, 0)):
        step = np.zeros(chips.shape)
        step[place] = 1e-4
        difference = (chips.current(z + step) - chips.current(z - step)) / 2e-4
        assert slopes[place] == pytest.approx(difference, rel=1e-5, abs=1e-10)


def series(limit, spread, nonlinearity=100.0, lrs=1e4):
    """Probability that a selector and a lognormal resistor at 1 V pass less than a part of their nominal current."""
    v0 = 1.0 / (2.0 * np.arccosh(nonlinearity / 2.0))
    i0 = 1.0 / lrs / np.sinh(1.0 / v0)
    nominal = brentq(lambda i: v0 * np.arcsinh(i / i0) + lrs * i - 1.0, 0.0, 1.0 / lrs, xtol=1e-18)
    current = limit * nominal
    resistance = (1.0 - v0 * np.arcsinh(current / i0)) / current
    return norm.sf(np.log(resistance / lrs) / spread)


@pytest.mark.long
@pytest.mark.parametrize("limit", [0.83, 0.76, 0.7])
def test_the_tail_is_that_of_the_closed_form(limit):
    """Other lines grounded, lines without resistance: the selected cell alone counts. From 1e-2 to 1e-7."""
    found = variability(
        2, samples=4, scheme="grounded", nonlinearity=100.0, resistance_spread=0.12, selector_spread=0.0,
        line_resistance=0.0, limit=limit, tail=1500,
    ).data  # fmt: skip
    expected = series(limit, 0.12)
    error = float(found["failure_error"])
    assert error < 0.08 * expected
    assert float(found["failure_probability"]) == pytest.approx(expected, abs=4.0 * error)
    assert float(found["beta"]) == pytest.approx(norm.isf(expected), rel=1e-4)
    assert float(found["share_of_selected"]) == pytest.approx(1.0)


def test_the_most_probable_failure_is_at_the_limit():
    chips = Chips(5, "half", 50.0, 1e4, 50.0, (0.1, 0.1), 1.0, 100.0)
    limit = 0.85 * chips.current(np.zeros(chips.shape))
    z = most_probable(chips, limit)
    assert chips.current(z) == pytest.approx(limit, rel=1e-3)
    _, slopes = chips.gradient(z)
    cosine = -np.sum(slopes * z) / np.sqrt(np.sum(slopes**2) * np.sum(z**2))
    assert cosine == pytest.approx(1.0, abs=1e-4)


def test_yield_and_mean_of_a_closed_form():
    n, limit, spread = 400, 0.95, 0.12
    found = variability(
        2, samples=n, scheme="grounded", nonlinearity=100.0, resistance_spread=spread, selector_spread=0.0,
        line_resistance=0.0, limit=limit, tail=0,
    )  # fmt: skip
    p = 1.0 - series(limit, spread)
    assert float(found.data["yield"]) == pytest.approx(p, abs=4.0 * np.sqrt(p * (1 - p) / n))
    assert float(found.data["yield_low"]) < float(found.data["yield"]) < float(found.data["yield_high"])


def test_stuck_cells_lower_the_yield_as_often_as_they_occur():
    n = 300
    data = variability(4, samples=n, stuck_off=0.2, resistance_spread=0.01, selector_spread=0.01, tail=0).data
    assert float(data["yield"]) == pytest.approx(0.8, abs=4.0 * np.sqrt(0.16 / n))


def test_the_command(tmp_path, capsys):
    words = [
        "study",
        "variability",
        "--size",
        "6",
        "--samples",
        "40",
        "--tail",
        "50",
        "--picture",
        str(tmp_path / "v.png"),
    ]
    assert execute([*words, "-o", str(tmp_path / "v.nc")]) == 0
    assert "Importance sampling" in capsys.readouterr().out
    assert (tmp_path / "v.png").stat().st_size > 10_000 and (tmp_path / "v.nc").exists()
