"""Large circuits on several threads: the same solutions, in devices, sums, factors, tests of convergence and steps."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse

from circuitnn import Circuit
from circuitnn._cext.shared_incomplete import portions
from circuitnn._cext.teams import Team
from circuitnn.networks import OscillatorNetwork, Resistive, niobium_dioxide
from circuitnn.results.spike_detection import crossings
from circuitnn.system import system


@pytest.fixture(autouse=True)
def _three_processors(monkeypatch):
    """Threads take part although there may be fewer processors."""
    monkeypatch.setattr(system, "processors", lambda: 3)
    monkeypatch.setattr(system, "WORTH_A_TEAM", 100)


def _chain(n, card):
    """Stages of a line with a nonlinear element each, driven at one end."""
    lines = [
        "chain",
        "v1 n0 0 sin(0 3 1k)",
        ".model dm d cjo=1n is=1e-12",
        ".model sm sw vt=0.5 vh=0.1 ron=1k roff=1meg",
    ]
    lines += [".model mem nbo2_mott"]
    for k in range(n):
        lines += [f"r{k} n{k} n{k + 1} 10", f"c{k} n{k + 1} 0 1n", card.format(k, k + 1)]
    return Circuit.from_text("\n".join([*lines, ".end"]))


CARDS = {
    "diodes": "d{0} n{1} 0 dm",
    "switches": "s{0} n{1} 0 n{1} 0 sm",
    "expressions": "b{0} n{1} 0 i=1e-4*tanh(v(n{1}))",
    "condensed": "n{0} n{1} 0 mem",
}


@pytest.mark.parametrize("kind", CARDS)
def test_same_bits_for_any_number_of_threads(kind):
    circuit = _chain(150, CARDS[kind])
    one, two, three = (circuit.tran(1e-4, 2e-6, threads=k) for k in (1, 2, 3))
    for other in (two, three):
        assert len(one) == len(other) > 20
        assert other.statistics.iterations == one.statistics.iterations
        for name in one.names:
            assert np.array_equal(one.array(name), other.array(name)), name


def test_operating_points_have_the_same_bits():
    circuit = _chain(200, CARDS["diodes"])
    one, three = (circuit.op(threads=k) for k in (1, 3))
    assert np.array_equal(one.data, three.data)


def _grid(side, threads):
    """Periods of oscillators in a grid, whose matrix is factored incompletely."""
    rng, n = np.random.default_rng(1), side * side
    cell = niobium_dioxide(
        resistance=6e3 * (1.0 + 0.01 * rng.standard_normal(n)), start=rng.uniform(0.6, 1.1, n)
    )
    network = OscillatorNetwork(nx.grid_2d_graph(side, side), cell, Resistive(1e5))
    result = network.circuit().tran(6 * 12.4e-9, 12.4e-9 / 50, uic=True, threads=threads)
    found = [crossings(result.time, result.array(s), cell.level) for s in network.signals]
    return result, np.array([times[-1] - times[0] for times in found])


def test_incomplete_factors_in_portions_give_the_same_periods():
    (alone, one), (shared, two), (again, _) = (_grid(24, threads) for threads in (1, 2, 2))
    assert len(alone) == len(shared)
    assert np.allclose(one, two, rtol=1e-7, atol=0.0)
    assert all(np.array_equal(shared.array(name), again.array(name)) for name in shared.names)


def test_no_entry_couples_two_portions():
    side, parts = 20, 3
    n = side * side
    graph = nx.to_scipy_sparse_array(
        nx.convert_node_labels_to_integers(nx.grid_2d_graph(side, side)), format="csc"
    )
    pivots = pytest.importorskip("circuitnn._cext.klu", reason="built without SuiteSparse").ComplexPivots
    matrix = (graph + scipy.sparse.diags_array(np.full(n, 8.0))).tocsc()
    starts, rows = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
    P, Q, R = pivots(starts, rows).order(matrix.data.astype(complex))
    order, bounds = portions(starts, rows, P, Q, R, parts)
    assert np.array_equal(np.sort(order), np.arange(n))
    assert bounds[0] == 0 and bounds[-1] == n and np.all(np.diff(bounds[:-1]) > n // (2 * parts))
    assert n - bounds[-2] == (parts - 1) * side
    portion = np.searchsorted(bounds, np.arange(n), side="right") - 1
    row, column = np.argsort(P[order])[rows], np.argsort(Q[order])[np.repeat(np.arange(n), np.diff(starts))]
    one, other = portion[row], portion[column]
    assert np.all((one == other) | (one == parts) | (other == parts))


def test_a_matrix_without_portions_is_left_whole():
    n = 60
    starts, rows = (n * np.arange(n + 1)).astype(np.int32), np.tile(np.arange(n), n).astype(np.int32)
    full = np.arange(n, dtype=np.int32)
    _, bounds = portions(starts, rows, full, full, np.array([0, n], np.int32), 2)
    assert list(bounds) == [0, 0, 0, n]


def test_a_team_has_at_least_one_thread():
    assert Team(2).threads == 2
    with pytest.raises(ValueError, match="0 threads"):
        Team(0)
