"""Families of cycles end at Hopf points and at the ends of their range.

Oracles: the Stuart-Landau equation in closed form; for the oscillator on niobium dioxide, SciPy's roots of the trace of
a Jacobian matrix that is written here.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq, fsolve

from circuitnn import Circuit

OSCILLATORS = Path(__file__).resolve().parents[2] / "netlists/oscillator"


def stuart_landau(mu, gain, zero, omega, more="", fifth=0.0):
    """z' = (gain·(µ - zero) + i·ω)·z - z·|z|²; with `fifth`, + z·|z|² - fifth·z·|z|⁴ instead."""
    r2 = "(v(x)*v(x)+v(y)*v(y))"
    growth = f"({gain!r}*({{mu}}-{zero!r})" + (f"+{r2}-{fifth!r}*{r2}*{r2})" if fifth else f"-{r2})")
    return Circuit.from_text(
        f"Stuart and Landau\n.param mu={mu!r}\nc1 x 0 1\nc2 y 0 1\nb1 0 x i={growth}*v(x)-{omega!r}*v(y)\n"
        f"b2 0 y i={omega!r}*v(x)+{growth}*v(y)\n.ic v(x)=1 v(y)=0\n{more}\n.end\n"
    )


@pytest.mark.thinned(3)
@pytest.mark.parametrize("seed", range(4))
def test_cycles_shrink_to_a_hopf_point(seed):
    """Amplitude √(gain·(µ - zero)) and frequency along the family, and nothing beyond the point where it is 0."""
    rng = np.random.default_rng(seed)
    gain, zero, omega, above, below = rng.uniform(
        [0.3, -1.0, 0.7, 0.3, 0.1], [2.0, 1.0, 2.0, 1.0, 2.0]
    ).tolist()
    gain *= (-1.0) ** seed
    start, stop = zero + above / gain, zero - below / gain
    found = stuart_landau(start, gain, zero, omega).cycles("mu", start, stop, tstab=80, uic=True)
    assert list(found.measures) == ["hopf1"]
    assert found.measures["hopf1"] == pytest.approx(zero, abs=1e-7)
    assert f"{omega / 2.0 / math.pi:.6g} Hz" in found.statistics.notes[-1]
    mu = found.data[:, 0]
    assert np.all(np.diff(mu) * np.sign(stop - start) > 0.0) and np.all(found.array("stable") == 1.0)
    exact = np.sqrt(gain * (mu - zero))
    assert found.array("max(v(x))") == pytest.approx(exact, rel=5e-3)
    assert found.array("frequency") == pytest.approx(omega / 2.0 / math.pi, rel=1e-5)


@pytest.mark.thinned(3)
@pytest.mark.parametrize(("stop", "measures"), [(0.0, ["hopf1"]), (0.2, []), (1e-3, [])])
def test_the_range_holds(stop, measures):
    found = stuart_landau(1.0, 1.0, 0.0, 1.0).cycles("mu", 1.0, stop, tstab=60, uic=True)
    assert list(found.measures) == measures
    assert found.data[:, 0].min() >= stop and found.data[:, 0].max() <= 1.0
    if not measures:
        assert found.data[-1, 0] == stop
        assert found.array("max(v(x))")[-1] == pytest.approx(math.sqrt(stop), rel=5e-3)


@pytest.mark.long
def test_around_a_fold_to_a_hopf_point_and_back_to_the_start():
    """z' = (µ + i)·z + z·|z|² - z·|z|⁴: cycles fold at -1/4, and the repelling ones shrink to nothing at 0."""
    circuit = stuart_landau(0.1, 1.0, 0.0, 1.0, fifth=1.0)
    found = circuit.cycles("mu", 0.1, -0.4, tstab=60, uic=True, tolerance=1e-7)
    assert sorted(found.measures) == ["fold1", "hopf1"]
    assert found.measures["fold1"] == pytest.approx(-0.25, abs=1e-6)
    assert found.measures["hopf1"] == pytest.approx(0.0, abs=1e-7)
    assert found.array("stable")[0] == 1.0 and found.array("stable")[-1] == 0.0
    back = stuart_landau(-0.1, 1.0, 0.0, 1.0, fifth=1.0).cycles("mu", -0.1, -0.4, tstab=60, uic=True)
    assert list(back.measures) == ["fold1"] and back.data[-1, 0] == -0.1
    assert back.data[:, 0].max() <= -0.1
    assert "the start" in back.statistics.notes[0]


def niobium_dioxide(v, t):
    """Current [A] of netlists/oscillator/nbo2_poole_frenkel.inc."""
    kb, q, d, om = 1.380649e-23, 1.602176634e-19, 20e-9, 1.812633626568527e-24
    x = om * math.sqrt(v / d + 1e-3) / (kb * t)
    bracket = (1.0 + (x - 1.0) * math.exp(x)) / x**2 + 0.5
    return math.pi * 30e-9**2 * 5e4 * math.exp(-0.215 * q / (kb * t)) * bracket * v / d


def growth(supply):
    """Sum of the two modes' rates at the operating point at 6 kΩ, 1 pF. [1/s]"""
    r, c, rth, cth = 6e3, 1e-12, 1.4e6, 1e-15

    def rates(z):
        v, t = z[0], 1e3 * z[1]
        i = niobium_dioxide(v, t)
        return [((supply - v) / r - i) / c, (v * i - (t - 300.0) / rth) / cth / 1e3]

    z = fsolve(rates, [1.0, 0.5], xtol=1e-13)
    h = 1e-6
    return sum((rates(z + h * e)[k] - rates(z - h * e)[k]) / (2.0 * h) for k, e in enumerate(np.eye(2)))


@pytest.mark.parametrize(("stop", "low", "high"), [(1.6, 1.7, 1.9), (2.6, 2.1, 2.4)])
def test_both_hopf_points_of_niobium_dioxide(stop, low, high):
    circuit = Circuit.from_text(
        f"nbo2\n.include {OSCILLATORS / 'nbo2_poole_frenkel.inc'}\nVdd vdd 0 2\nRl vdd a 6k\nC1 a 0 1p ic=0\n"
        "X1 a 0 t nbo2\n.options vntol=1e-9 abstol=1e-15 chgtol=1e-19\n.end\n"
    )
    found = circuit.cycles("vdd", 2.0, stop, tstab="1u", uic=True)
    assert list(found.measures) == ["hopf1"]
    assert found.measures["hopf1"] == pytest.approx(brentq(growth, low, high, xtol=1e-10), abs=1e-6)
