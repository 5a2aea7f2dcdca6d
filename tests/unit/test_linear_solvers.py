"""KLU and SuperLU behind one interface: same answers, honest about singular matrices."""

import numpy as np
import pytest

from circuitnn.errors import AnalysisError
from circuitnn.solvers import condition
from circuitnn.solvers.linear import have_klu, make_solver

SOLVERS = ["superlu", *(["klu"] if have_klu() else [])]


def dense_to_csc(a):
    starts, rows, values = [0], [], []
    for column in a.T:
        kept = np.flatnonzero(column)
        rows += kept.tolist()
        values += column[kept].tolist()
        starts.append(len(rows))
    return np.array(starts, np.int32), np.array(rows, np.int32), np.array(values)


@pytest.mark.parametrize("name", SOLVERS)
def test_solves_and_refactors(name):
    random = np.random.default_rng(1)
    a = np.where(random.random((20, 20)) < 0.3, random.normal(size=(20, 20)), 0.0) + 5.0 * np.eye(20)
    starts, rows, values = dense_to_csc(a)
    solver, _ = make_solver(name, starts, rows)
    for scale in (1.0, 3.0, 1e-6):
        b = random.normal(size=20)
        x = b.copy()
        assert solver.solve_once(scale * values, x) == 0
        assert np.allclose(scale * a @ x, b, rtol=1e-12, atol=1e-12)


@pytest.mark.skipif(not have_klu(), reason="built without SuiteSparse")
def test_klu_takes_fresh_pivots_when_the_old_ones_have_gone_bad():
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    starts, rows, values = dense_to_csc(a)
    solver, _ = make_solver("klu", starts, rows)
    x = np.array([1.0, 1.0])
    assert solver.solve_once(values, x) == 0
    assert solver.factorisations == 1
    # The pivot of the first factorisation (3 or 1) becomes 1e-18.
    bad = np.array([[1e-18, 2.0], [3.0, 1e-18]]) if abs(a[0, 0]) else a
    for matrix in (bad, np.array([[1.0, 1e-18], [1e-18, 4.0]]), bad):
        _, _, values = dense_to_csc(matrix)
        b = np.array([1.0, -2.0])
        x = b.copy()
        assert solver.solve_once(values, x) == 0
        assert np.allclose(matrix @ x, b, rtol=1e-9)


@pytest.mark.parametrize("name", SOLVERS)
def test_a_singular_matrix_is_reported(name):
    starts, rows, values = dense_to_csc(np.array([[1.0, 2.0], [2.0, 4.0]]))
    solver, _ = make_solver(name, starts, rows)
    assert solver.solve_once(values, np.ones(2)) < 0


def test_wrong_sizes_and_names_are_refused():
    starts, rows, values = dense_to_csc(np.eye(3))
    solver, _ = make_solver("superlu", starts, rows)
    with pytest.raises(ValueError, match="3 values"):
        solver.solve_once(values[:2], np.ones(3))
    with pytest.raises(AnalysisError, match="must be auto, driven, mesh, cells, lines, klu or superlu"):
        make_solver("cholesky", starts, rows)
    with pytest.raises(ValueError, match="no unknown"):
        make_solver("superlu", np.zeros(1, np.int32), np.zeros(0, np.int32))


@pytest.mark.filterwarnings("error")
def test_a_matrix_beyond_all_numbers_counts_as_singular():
    class Factored:
        def solve_again(self, b):
            return 0

    starts, rows = np.array([0, 2, 3]), np.array([0, 1, 1])
    assert condition.reciprocal_condition(Factored(), starts, rows, np.array([np.inf, 1.0, 1.0])) == (0.0, -1)
    assert condition.reciprocal_condition(Factored(), starts, rows, np.array([1.0, 0.5, 1.0]))[0] > 0.1
