"""Many frequencies at once: every lane against dense solutions, whatever chooses the pivots."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from circuitnn._cext.pattern import fill
from circuitnn._cext.phasors import LANES
from circuitnn.errors import SingularMatrixError
from circuitnn.solvers import smallsignal
from circuitnn.solvers.linear import have_klu
from circuitnn.solvers.smallsignal import NOWHERE, Phasors, null_unknowns


@pytest.fixture(params=["klu", "scipy"])
def pivots(request, monkeypatch):
    """Who chooses the pivots; gives a list of the matrices for which it did."""
    if request.param == "klu" and not have_klu():
        pytest.skip("built without SuiteSparse")
    monkeypatch.setattr(smallsignal, "have_klu", lambda: request.param == "klu")
    asked, real = [], smallsignal._pivots

    def counting(starts, rows):
        choose = real(starts, rows)
        return lambda values: (asked.append(values), choose(values))[1]

    monkeypatch.setattr(smallsignal, "_pivots", counting)
    return asked


def sparse(*matrices):
    """Common CSC pattern of dense matrices, and the values of each."""
    some = np.any([m != 0.0 for m in matrices], axis=0)
    columns, rows = np.nonzero(some.T)
    starts = np.append(0, np.cumsum(np.bincount(columns, minlength=len(some))))
    return starts.astype(np.int32), rows.astype(np.int32), [m[rows, columns] for m in matrices]


def solve(G, C, omega, b, transposed=False, positions=NOWHERE, D=None, kept=None):
    starts, rows, values = sparse(G, C)
    kept = np.arange(len(b)) if kept is None else kept
    x = np.full((len(omega), len(kept)), np.nan, dtype=complex)
    D = np.zeros((len(omega), 0), dtype=complex) if D is None else D
    Phasors(starts, rows, *values, b, transposed, positions).at(omega, D, kept, x)
    return x


def dense(G, C, omega, b, transposed=False):
    A = G + 1j * omega[:, None, None] * C
    return np.linalg.solve(A.swapaxes(1, 2) if transposed else A, b[:, None])[..., 0]


def blocks(n, seed=1):
    """Unsymmetric, no pivot where it is looked for, blocks that feed one another; well-conditioned."""
    rng = np.random.default_rng(seed)
    G = rng.normal(size=(n, n)) * (rng.random((n, n)) < 3.0 / n)
    C = rng.normal(size=(n, n)) * (rng.random((n, n)) < 2.0 / n)
    for first in range(0, n, n // 3):  # upper block triangular …
        G[first + n // 3 :, first : first + n // 3] = C[first + n // 3 :, first : first + n // 3] = 0.0
    np.fill_diagonal(G, 5.0)
    np.fill_diagonal(C, 5.0)
    mixed = rng.permutation(n)
    return G[mixed], C[mixed], rng.normal(size=n) + 1j * rng.normal(size=n)  # … until its rows are mixed


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("m", [1, LANES - 1, LANES, 3 * LANES + 5])
def test_every_lane(pivots, transposed, m):
    G, C, b = blocks(30)
    omega = np.logspace(-3, 3, m)
    expected = dense(G, C, omega, b, transposed)
    found = solve(G, C, omega, b, transposed)
    assert np.abs(found - expected).max() < 1e-11 * np.abs(expected).max()
    kept = np.array([29, 3])
    assert np.array_equal(solve(G, C, omega, b, transposed, kept=kept), found[:, kept])


@pytest.mark.parametrize("transposed", [False, True])
def test_entries_that_depend_on_the_frequency(pivots, transposed):
    G, C, b = blocks(12, seed=2)
    starts, rows, _ = sparse(G, C)
    omega = np.logspace(-1, 1, 11)
    rng = np.random.default_rng(3)
    positions = np.array([5, 0, 5, len(rows)], dtype=np.int32)  # twice the same; and one of ground
    D = rng.normal(size=(11, 4)) + 1j * rng.normal(size=(11, 4))
    columns = np.repeat(np.arange(12), np.diff(starts))
    A = G + 1j * omega[:, None, None] * C
    np.add.at(A, (slice(None), rows[positions[:3]], columns[positions[:3]]), D[:, :3])
    expected = np.linalg.solve(A.swapaxes(1, 2) if transposed else A, b[:, None])[..., 0]
    found = solve(G, C, omega, b, transposed, positions, D)
    assert np.abs(found - expected).max() < 1e-10 * np.abs(expected).max()


def test_pivots_that_go_bad_are_made_up_for(pivots):
    """Couplings beside which the conductances vanish at high frequencies: refinement, or other pivots."""
    n, matrices = 8, 6
    omega, b = np.logspace(-12, 12, 50), np.linspace(1, 2, n).astype(complex)
    for seed in range(matrices):
        rng = np.random.default_rng(seed)
        G = np.eye(n) + 0.1 * rng.normal(size=(n, n))
        C = np.eye(n)[rng.permutation(n)] + 0.1 * rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.2)
        found, expected = solve(G, C, omega, b), dense(G, C, omega, b)
        assert np.abs(found - expected).max(axis=1) == pytest.approx(0.0, abs=1e-12 * np.abs(expected).max())
    assert matrices <= len(pivots) < 4 * matrices


def test_a_pivot_that_vanishes_at_one_frequency(pivots):
    """Resonance within the sweep: the first pivot, good at the first frequency, is exactly zero at ω = 1."""
    G = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 2.0]])
    C = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    starts, rows, values = sparse(G, C, np.eye(3))
    omega = np.linspace(0.0, 2.0, 2 * LANES + 1)
    columns = np.repeat(np.arange(3), np.diff(starts))
    first = np.flatnonzero((rows == 0) & (columns == 0)).astype(np.int32)
    D = (1e3 * (1.0 - omega) + 0j)[:, None]
    x = np.empty((len(omega), 3), dtype=complex)
    Phasors(starts, rows, *values[:2], np.ones(3), positions=first).at(omega, D, np.arange(3), x)
    A = G + 1j * omega[:, None, None] * C
    A[:, 0, 0] += D[:, 0]
    assert x == pytest.approx(np.linalg.solve(A, np.ones((3, 1)))[..., 0], rel=1e-9)
    assert len(pivots) >= 2, "the pivots of the first frequency are of no use at the middle one"


@pytest.mark.parametrize("at", [0, 3, LANES + 2])
def test_singular_at_one_frequency(pivots, at):
    """j - jω·1 of a resonance without losses."""
    omega = np.arange(2.0 * LANES)
    G, C = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])
    starts, rows, values = sparse(G, C)
    D = np.full((len(omega), 1), -1j * omega[at])
    x = np.empty((len(omega), 2), dtype=complex)
    system = Phasors(starts, rows, *values, np.ones(2), positions=np.array([1], dtype=np.int32))
    with pytest.raises(SingularMatrixError, match=f"at {omega[at] / (2 * np.pi):g} Hz"):
        system.at(omega, D, np.arange(2), x)
    assert x[:at, 1] == pytest.approx(1.0 / (1j * (omega[:at] - omega[at])))


def test_nothing_but_a_capacitor(pivots):
    with pytest.raises(SingularMatrixError, match="at 0 Hz"):
        solve(np.diag([1.0, 0.0]), np.diag([0.0, 1.0]), np.array([1.0, 0.0]), np.ones(2))


def test_other_right_hand_sides(pivots):
    G, C, b = blocks(12)
    starts, rows, values = sparse(G, C)
    system, omega = Phasors(starts, rows, *values, b), np.array([0.3])
    x = np.empty((1, 12), dtype=complex)
    for scale in (1.0, 2j):
        system.excite(scale * b)
        system.at(omega, np.zeros((1, 0), dtype=complex), np.arange(12), x)
        assert x == pytest.approx(scale * dense(G, C, omega, b), rel=1e-10)
    assert len(pivots) == 1


def test_fill_is_that_of_elimination():
    rng = np.random.default_rng(5)
    some = (rng.random((40, 40)) < 0.08) | np.eye(40, dtype=bool)
    some[25:, :25] = False  # two blocks
    starts, rows, _ = sparse(some.astype(float))
    lower, upper = fill(starts, rows, np.array([0, 25, 40], dtype=np.int32))
    for first, end in ((0, 25), (25, 40)):
        left = some[first:end, first:end].copy()
        for k in range(end - first):
            left[k + 1 :, k + 1 :] |= np.outer(left[k + 1 :, k], left[k, k + 1 :])
        for (at, index), full in ((lower, np.tril(left, -1)), (upper, np.triu(left, 1))):
            for k in range(end - first):
                found = index[at[first + k] : at[first + k + 1]] - first
                assert found.tolist() == np.flatnonzero(full[:, k]).tolist()


def test_undetermined_unknowns_are_named() -> None:
    """The null vectors of a matrix are its undetermined unknowns, however far apart the sizes of its rows are."""
    for size in (1e-12, 1.0, 1e9):
        # two nodes that hang together, and one that a conductance of another size holds
        matrix = csc_matrix([[size, -size, 0.0], [-size, size, 0.0], [0.0, 0.0, 1e-3]])
        assert sorted(null_unknowns(matrix.indptr, matrix.indices, matrix.data)) == [0, 1]
    assert null_unknowns(np.zeros(3, np.int32), np.zeros(0, np.int32), np.zeros(0)) == []
