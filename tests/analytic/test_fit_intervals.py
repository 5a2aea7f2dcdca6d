"""Confidence intervals where residuals are not linear in the parameters: exact profiles, and coverage."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import t as student

from bench.fit_coverage import CASES, replicate
from circuitnn.studies.questions.fit import fit

V = np.linspace(-0.4, 0.4, 9)


def measured(seed):
    """A few noisy points of i = i0·sinh(v/v0)."""
    exact = 1e-9 * np.sinh(V / 0.1)
    return exact + 0.1 * np.abs(exact).max() * np.random.default_rng(seed).standard_normal(V.size)


def squares(v0, i):
    """Least sum of squares over i0, which is a linear parameter."""
    shape = np.sinh(V / v0)
    return float(np.sum((i - shape * (shape @ i) / (shape @ shape)) ** 2))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ends_are_those_of_the_exact_profile(seed):
    i = measured(seed)
    found = fit({"v": V, "i": i}, model="sinh_selector", free=["i0", "v0"], confidence=0.9).more["fit"]
    best = minimize_scalar(squares, bounds=(0.01, 1.0), args=(i,), method="bounded", options={"xatol": 1e-9})
    variance = best.fun / (V.size - 2)
    limit = best.fun + variance * student.ppf(0.95, V.size - 2) ** 2
    low = brentq(lambda v0: squares(v0, i) - limit, 0.2 * best.x, best.x)
    high = brentq(lambda v0: squares(v0, i) - limit, best.x, 10.0 * best.x)
    assert found.values[1] == pytest.approx(best.x, rel=1e-4)
    width = np.log(high / low)
    assert abs(np.log(found.low[1] / low)) < 0.03 * width
    assert abs(np.log(found.high[1] / high)) < 0.03 * width


def test_parameters_that_are_determined_jointly():
    """gamma and eta1 of WOx as a product: the quadratic intervals were 20 times too narrow beside another minimum."""
    held, found = replicate("wox", 1001)
    assert held.all()
    assert "gamma" in found.bent


@pytest.mark.long
def test_coverage():
    """The short form of `bench.fit_coverage`: of 28 intervals of a level of 0.95, at most 5 miss (1 of 5,000)."""
    held = np.concatenate([replicate(name, 5000 + k)[0] for name in CASES for k in range(2)])
    assert held.size > 28 and np.count_nonzero(~held) <= 5
