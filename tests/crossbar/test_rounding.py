"""Lines held by next to nothing, ends of next to no resistance: no rounding of large numbers in the answers."""

from fractions import Fraction

import numpy as np
import pytest

from circuitnn._cext.elimination import Elimination
from circuitnn.crossbar import Bias, Crossbar


def solved(matrix, b):
    """Gaussian elimination in rational numbers."""
    n = len(b)
    rows = [[*map(Fraction, row), Fraction(right)] for row, right in zip(matrix, b, strict=True)]
    for k in range(n):
        pivot = next(i for i in range(k, n) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(n):
            if i != k and rows[i][k]:
                factor = rows[i][k] / rows[k][k]
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    return np.array([float(rows[k][n] / rows[k][k]) for k in range(n)])


@pytest.mark.parametrize("seed", range(5))
def test_elimination_is_exact_however_little_holds_the_nodes(seed):
    rng = np.random.default_rng(seed)
    n = 7
    off = 10.0 ** rng.uniform(-10.0, 10.0, (n, n)) * (rng.random((n, n)) < 0.7)
    np.fill_diagonal(off, 0.0)
    hold, b = 10.0 ** rng.uniform(-14.0, -10.0, n), 10.0 ** rng.uniform(-10.0, 0.0, n)
    matrix = [[Fraction(-x) for x in row] for row in off.tolist()]
    for j in range(n):
        matrix[j][j] = Fraction(hold[j]) + sum(map(Fraction, off[:, j].tolist()))
    assert Elimination(off.copy(), hold).solve(b) == pytest.approx(solved(matrix, b), rel=1e-12)


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("link", [1e-7, 1e-3, 1.0])
def test_a_floating_line_finds_its_voltage(joined, link):
    """A word line of 1e-7 Ohm that cells of 1e-12 S hold: nothing flows along it but through its cells."""
    g = np.array([[1e-12, 3e-12, 2e-12, 4e-12]])
    segments = np.array([[link, 10.0, 0.0 if joined else link]])
    array = Crossbar(1, 4, g, wordline_resistance=segments)
    found = array.op(Bias(bottom=[0.9, -0.3, 0.7, 0.1]))
    middle = float(np.sum(g * [0.9, -0.3, 0.7, 0.1]) / g.sum())
    assert found.word_voltage == pytest.approx(np.full((1, 4), middle), rel=1e-9)
    assert found.output == pytest.approx(g[0] * (middle - np.array([0.9, -0.3, 0.7, 0.1])), rel=1e-9)


@pytest.mark.parametrize("joined", [False, True])
def test_currents_of_ends_of_next_to_no_resistance_are_those_of_the_cells(joined):
    array = Crossbar(2, 3, 1e-9, wordline_resistance=[[1e-6, 0.0 if joined else 1e-6], [1e6, 1e6]])
    bias = Bias(left=[0.7, 0.5], right=[np.nan, 0.6], bottom=0.1, resistance={"left": 1e-9, "right": 1e-8})
    found = array.op(bias)
    out = found.currents_out
    assert out["left"] + out["right"] == pytest.approx(-found.cell_current.sum(axis=1), rel=1e-9)
    assert out["left"][0] == pytest.approx(-1.8e-9, rel=1e-9)
    assert out["bottom"] == pytest.approx(found.cell_current.sum(axis=0), rel=1e-9)
