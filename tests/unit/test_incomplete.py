"""Factors without fill-in against dense solutions: any pattern, new values each time, one thread and more."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse

from circuitnn._cext.pattern import coloured
from circuitnn._cext.teams import Team

SIDE = 24
GRAPHS = {
    "grid": nx.grid_2d_graph(SIDE, SIDE),
    "triangles": nx.triangular_lattice_graph(SIDE, 2 * SIDE),
    "random": nx.random_regular_graph(5, 600, seed=1),
    "cells of five": nx.connected_caveman_graph(100, 5),
    "full": nx.complete_graph(150),
}


def _matrix(graph, rng, one_way):
    """A matrix with a strong diagonal, a row that sums all, and a column that only the right-hand side feeds."""
    n = len(graph)
    weak = nx.to_scipy_sparse_array(nx.convert_node_labels_to_integers(graph), format="coo")
    size = 5e-3 * 4 * n / weak.nnz
    weak.data = size * rng.uniform(-1.0, 1.0, weak.nnz)
    if one_way:
        weak.data[weak.row % 7 == weak.col % 5] *= 1e-3
    inner = scipy.sparse.diags_array(rng.uniform(1.0, 3.0, n)) + weak
    column = scipy.sparse.coo_array(rng.uniform(-1.0, 1.0, (n, 1)))
    blocks = [[inner, column, None], [None, np.ones((1, 1)), None], [np.ones((1, n)), None, np.ones((1, 1))]]
    made = scipy.sparse.block_array(blocks, format="csc")
    made.sort_indices()
    return made


@pytest.mark.thinned(3)
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("kind", GRAPHS)
def test_solutions_are_exact(kind, threads):
    klu = pytest.importorskip("circuitnn._cext.klu", reason="built without SuiteSparse").KLU
    rng = np.random.default_rng(3)
    matrix = _matrix(GRAPHS[kind], rng, False)
    solver = klu(matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32))
    if threads > 1:
        solver.share(Team(threads))
    for turn in range(30):
        matrix = _matrix(GRAPHS[kind], rng, turn % 2)
        b = rng.standard_normal(matrix.shape[0])
        x = b.copy()
        assert solver.solve_once(matrix.data.copy(), x) == 0
        assert np.allclose(matrix @ x, b, rtol=0.0, atol=1e-9 * np.max(np.abs(x)))
    if kind != "cells of five":  # chains of them have hardly any fill-in
        assert solver.spared >= 10


@pytest.mark.parametrize("kind", GRAPHS)
def test_no_pair_has_one_colour(kind):
    graph = nx.convert_node_labels_to_integers(GRAPHS[kind])
    one, other = (np.array(ends, dtype=np.int32) for ends in zip(*graph.edges, strict=True))
    order = np.random.default_rng(0).permutation(len(graph)).astype(np.int32)
    colour = coloured(order, one, other)
    assert np.all(colour >= 0) and not np.any(colour[one] == colour[other])
    assert np.max(colour) <= max(degree for _, degree in graph.degree)


def test_a_grid_numbered_by_rows_has_two_colours():
    graph = nx.convert_node_labels_to_integers(GRAPHS["grid"])
    one, other = (np.array(ends, dtype=np.int32) for ends in zip(*graph.edges, strict=True))
    assert np.max(coloured(np.arange(len(graph), dtype=np.int32), one, other)) == 1
