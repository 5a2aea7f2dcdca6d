"""Poles of random RC ladders against Sturm's count of eigenvalues, in rational arithmetic.

Each pole found must bracket exactly one of the ladder's: none lost, none false, none with a wrong sign.
"""

from fractions import Fraction

import numpy as np
import pytest
from scipy.linalg import eigh_tridiagonal

from circuitnn import Circuit

CLOSE = Fraction(1, 10**6)


def ladder(n, decades, seed):
    rng = np.random.default_rng(seed)
    r = 1e3 * 10 ** rng.uniform(-decades, decades, n)
    c = 1e-9 * 10 ** rng.uniform(-decades, decades, n)
    cards = [f"r{k} n{k} n{k + 1} {float(r[k])!r}\nc{k} n{k + 1} 0 {float(c[k])!r}" for k in range(n)]
    return Circuit.from_text("\n".join(["ladder", "v1 n0 0 1", *cards, ""])), r, c


def below(r, c, x):
    """How many eigenvalues of C⁻¹·G are below x."""
    g = [1 / Fraction(float(v)) for v in r] + [Fraction(0)]
    c = [Fraction(float(v)) for v in c]
    q, count = Fraction(1), 0
    for k in range(len(c)):
        q = g[k] + g[k + 1] - x * c[k] - (g[k] ** 2 / q if k else 0)
        q = q.limit_denominator(10**60) if abs(q) > 1 else 1 / (1 / q).limit_denominator(10**60)
        count += q < 0
    return count


def wrong(r, c, poles):
    rates = sorted(-float(p.real) for p in poles)
    bad = []
    for k, rate in enumerate(rates):
        x = Fraction(rate)
        if not (below(r, c, x * (1 - CLOSE)) <= k < below(r, c, x * (1 + CLOSE))):
            bad.append((k, rate))
    return bad


def found(circuit, n):
    result = circuit.pz("n0", f"n{n}", wanted="pol")
    return result, np.array([complex(np.ravel(result[name])[0]) for name in result.names])


@pytest.mark.thinned(3)
@pytest.mark.parametrize(("n", "decades"), [(8, 6), (20, 3), (30, 6), (45, 6), (60, 2)])
@pytest.mark.parametrize("seed", range(2))
def test_every_pole_of_a_ladder_is_found(n, decades, seed):
    """At 6 decades each way, some of the slow ones used to be lost, or grew."""
    circuit, r, c = ladder(n, decades, seed)
    result, poles = found(circuit, n)
    assert len(poles) == n
    assert np.all(poles.imag == 0.0)
    assert not wrong(r, c, poles)
    assert not result.statistics.notes


@pytest.mark.long
def test_many_sections_are_right_or_said_to_be_doubtful():
    circuit, r, c = ladder(90, 6, 5)
    result, poles = found(circuit, 90)
    assert len(poles) == 90
    (note,) = result.statistics.notes
    assert "rounding leaves" in note
    circuit, r, c = ladder(80, 1, 7)
    result, poles = found(circuit, 80)
    g = np.append(1.0 / r, 0.0)
    exact = eigh_tridiagonal((g[:-1] + g[1:]) / c, -g[1:-1] / np.sqrt(c[:-1] * c[1:]), eigvals_only=True)
    np.testing.assert_allclose(np.sort(-poles.real), exact, rtol=1e-6)
    assert not result.statistics.notes


def test_no_zeros_of_a_ladder():
    circuit, _, _ = ladder(30, 6, 3)
    assert not any(name.startswith("zero") for name in circuit.pz("n0", "n30").names)
