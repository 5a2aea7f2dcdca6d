"""Factors on pivots that stand: the same solutions as a dense solver, for as long as the pivots serve."""

import numpy as np
import pytest

klu = pytest.importorskip("circuitnn._cext.klu")
from circuitnn._cext.replay import Replay  # noqa: E402  (is made with KLU's pivots)

TURNS = 30  # more than the refactorisations after which the elimination is listed


def pattern_of(dense):
    columns = [np.flatnonzero(column) for column in dense.T]
    starts = np.cumsum([0, *map(len, columns)]).astype(np.int32)
    return starts, np.concatenate(columns).astype(np.int32)


def values_of(dense, starts, rows):
    columns = np.repeat(np.arange(len(dense)), np.diff(starts))
    return np.ascontiguousarray(dense[rows, columns])


def circuit(n, rng, coupling=0.05):
    """A matrix as circuits have it: sparse, strong diagonal, some rows of other units, blocks."""
    dense = np.where(rng.random((n, n)) < coupling, rng.normal(size=(n, n)), 0.0)
    dense[: n // 3, n // 3 :] *= rng.random((n // 3, n - n // 3)) < 0.3
    dense[n // 3 :, : n // 3] = 0.0  # a block triangular form
    dense += np.diag(3.0 + rng.random(n))
    return dense * 10.0 ** rng.integers(-6, 3, n)[:, None]


@pytest.mark.parametrize("n", [1, 2, 7, 60, 150])
def test_solutions_of_changing_values(n):
    rng = np.random.default_rng(n)
    base = circuit(n, rng)
    starts, rows = pattern_of(base)
    solver = klu.KLU(starts, rows)
    for _ in range(TURNS):
        dense = base * rng.uniform(0.5, 2.0, base.shape)
        b = rng.normal(size=n) * np.abs(dense).max(axis=1)
        x = b.copy()
        assert solver.solve_once(values_of(dense, starts, rows), x) == 0
        np.testing.assert_allclose(x, np.linalg.solve(dense, b), rtol=1e-9, atol=1e-12)
        again = b.copy()
        assert solver.solve_again(again) == 0
        np.testing.assert_array_equal(again, x)
    assert solver.factorisations < TURNS / 5


def test_pivots_that_go_bad_are_chosen_anew():
    """The pivots of a dominant diagonal, long after the elimination was listed, on one that vanishes."""
    rng = np.random.default_rng(5)
    n = 40
    base = circuit(n, rng, 0.15)
    starts, rows = pattern_of(base)
    solver = klu.KLU(starts, rows)
    for turn in range(2 * TURNS):
        dense = base * rng.uniform(0.9, 1.1, base.shape)
        if turn >= TURNS:
            dense[np.arange(n // 3, n), np.arange(n // 3, n)] *= 1e-14
        size = np.abs(dense).max(axis=1)
        b = rng.normal(size=n) * size
        x = b.copy()
        assert solver.solve_once(values_of(dense, starts, rows), x) == 0
        assert np.all(np.abs(dense @ x - b) <= 1e-9 * size * np.abs(x).max())
    assert 2 <= solver.factorisations < TURNS / 5


@pytest.mark.filterwarnings("error")
def test_a_row_of_denormal_numbers():
    """The inverse of its scale is no number: NumPy's warning ended the run."""
    rng = np.random.default_rng(3)
    base = circuit(8, rng)
    base[4] *= 1e-310 / np.abs(base[4]).max()
    starts, rows = pattern_of(base)
    solver = klu.KLU(starts, rows)
    for _ in range(TURNS):
        factor = rng.uniform(0.9, 1.1)
        x = np.zeros(8)
        x[0] = 1.0
        assert solver.solve_once(values_of(factor * base, starts, rows), x) in (0, -1)  # or singular


def test_a_zero_pivot_is_no_factor():
    dense = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]])
    starts, rows = pattern_of(dense)
    solver = klu.KLU(starts, rows)
    for _ in range(TURNS):
        assert solver.solve_once(values_of(dense, starts, rows), np.ones(3)) == 0
    singular = np.array([[2.0, 1.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    assert solver.solve_once(values_of(singular, starts, rows), np.ones(3)) < 0
    x = np.ones(3)
    assert solver.solve_once(values_of(dense, starts, rows), x) == 0
    np.testing.assert_allclose(dense @ x, np.ones(3))


def test_matrices_that_fill_are_left_to_klu():
    rng = np.random.default_rng(0)
    n = 200
    order, ends = np.arange(n, dtype=np.int32), np.array([0, n], dtype=np.int32)
    arrow = np.diag(np.full(n, 5.0))
    arrow[0] = arrow[:, 0] = 1.0  # eliminated first, it fills everything
    starts, rows = pattern_of(arrow)
    assert not Replay(starts, rows, order, order, ends, np.ones(n)).worth
    reverse = order[::-1].copy()
    assert Replay(starts, rows, reverse, reverse, ends, np.ones(n)).worth
    solver = klu.KLU(starts, rows)
    for _ in range(TURNS):
        b = rng.normal(size=n)
        x = b.copy()
        assert solver.solve_once(values_of(arrow, starts, rows), x) == 0
        np.testing.assert_allclose(arrow @ x, b, atol=1e-12)


def balanced(dense, b):
    """The solution, with rows of one size, whose pivots LAPACK then chooses well."""
    size = np.abs(dense).max(axis=1)
    return np.linalg.solve(dense / size[:, None], b / size)


def grid(side, coupling, rng):
    """Nodes of a grid with strong diagonals, each with a row of its own behind it, and rows of other units."""
    n = side * side
    dense = np.zeros((n + side, n + side))
    for k in range(n):
        for other in ([k + 1] if (k + 1) % side else []) + ([k + side] if k + side < n else []):
            dense[k, other] = dense[other, k] = -coupling * rng.uniform(0.5, 1.0)
    dense[:n, n:] = (rng.random((n, side)) < 0.1) * 0.3
    dense += np.diag(rng.uniform(1.0, 2.0, n + side))
    return dense * 10.0 ** rng.integers(-6, 3, n + side)[:, None]


@pytest.mark.parametrize("coupling", [1e-3, 1e-2, 0.1, 0.3])
def test_grids_are_solved_to_rounding(coupling):
    """Without fill-in where the diagonal is strong, with it where it is not."""
    rng = np.random.default_rng(3)
    base = grid(14, coupling, rng)
    starts, rows = pattern_of(base)
    solver = klu.KLU(starts, rows)
    for _ in range(TURNS):
        dense = base * rng.uniform(0.9, 1.1, base.shape)
        b = rng.normal(size=len(dense)) * np.abs(dense).max(axis=1)
        x = b.copy()
        assert solver.solve_once(values_of(dense, starts, rows), x) == 0
        np.testing.assert_allclose(x, balanced(dense, b), rtol=0.0, atol=1e-10 * np.abs(x).max())
        again = b.copy()
        assert solver.solve_again(again) == 0
        np.testing.assert_allclose(again, x, rtol=0.0, atol=1e-11 * np.abs(x).max())
    assert solver.factorisations == 1
    assert solver.spared > 20 if coupling < 0.05 else solver.spared == 0 if coupling > 0.2 else True


@pytest.mark.parametrize("coupling", [1e-4, 1e-3, 1e-2])
def test_grids_are_solved_as_exactly_as_is_asked_for(coupling):
    """Where the factors alone leave less than that, not every solution is looked at; the others have it, too."""
    rng = np.random.default_rng(8)
    base = grid(14, coupling, rng)
    starts, rows = pattern_of(base)
    solver = klu.KLU(starts, rows)
    solver.exactness = 1e-6
    errors = []
    for turn in range(2 * TURNS):
        dense = base * rng.uniform(0.9, 1.1, base.shape)
        dense[np.diag_indices(len(dense))] *= 1.0 + 2.0 * (turn % 7)
        b = rng.normal(size=len(dense)) * np.abs(dense).max(axis=1)
        x = b.copy()
        assert solver.solve_once(values_of(dense, starts, rows), x) == 0
        errors.append(np.abs(x - balanced(dense, b)).max() / np.abs(x).max())
    assert max(errors[TURNS:]) < 1e-6
    assert solver.spared > TURNS


@pytest.mark.parametrize(("side", "spares"), [(3, False), (14, True)])
def test_few_unknowns_are_not_worth_a_refinement(side, spares):
    """A dozen unknowns as those of ten coupled oscillators fill in, but refining costs more."""
    rng = np.random.default_rng(9)
    base = grid(side, 1e-3, rng)
    starts, rows = pattern_of(base)
    solver = klu.KLU(starts, rows)
    for _ in range(TURNS):
        b = rng.normal(size=len(base)) * np.abs(base).max(axis=1)
        x = b.copy()
        assert solver.solve_once(values_of(base, starts, rows), x) == 0
        np.testing.assert_allclose(x, balanced(base, b), rtol=0.0, atol=1e-10 * np.abs(x).max())
    assert (solver.spared > 0) == spares


def test_a_grid_whose_diagonal_gets_weak_and_strong_again():
    rng = np.random.default_rng(4)
    base = grid(14, 0.5, rng)
    strong = np.abs(base).sum(axis=1)
    starts, rows = pattern_of(base)
    solver = klu.KLU(starts, rows)
    spared = []
    for turn in range(6 * TURNS):
        dense = base + np.diag(strong * (30.0 if turn // TURNS % 2 else 0.0))
        b = rng.normal(size=len(dense)) * np.abs(dense).max(axis=1)
        x = b.copy()
        assert solver.solve_once(values_of(dense, starts, rows), x) == 0
        np.testing.assert_allclose(x, balanced(dense, b), rtol=0.0, atol=1e-10 * np.abs(x).max())
        spared.append(solver.spared)
    gained = np.diff([0, *spared[TURNS - 1 :: TURNS]])
    assert np.all(gained[0::2] == 0)
    assert np.all(gained[1::2] > 0)


@pytest.mark.parametrize("coupling", [1e-4, 1e-3, 0.02])
def test_couplings_of_all_with_all(coupling):
    """By the diagonal and refinements where it is strong, else by full factors."""
    rng = np.random.default_rng(7)
    n = 150
    base = -coupling * rng.uniform(0.5, 1.0, (n, n)) + np.diag(rng.uniform(1.0, 2.0, n))
    starts, rows = pattern_of(base)
    solver = klu.KLU(starts, rows)
    for _ in range(TURNS):
        dense = base * rng.uniform(0.9, 1.1, base.shape)
        b = rng.normal(size=n)
        x = b.copy()
        assert solver.solve_once(values_of(dense, starts, rows), x) == 0
        np.testing.assert_allclose(x, np.linalg.solve(dense, b), rtol=0.0, atol=1e-10 * np.abs(x).max())
    assert solver.factorisations == 1
    assert solver.spared > 10 if coupling < 0.01 else solver.spared == 0
