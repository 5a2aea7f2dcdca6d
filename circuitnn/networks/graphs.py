"""Graphs as users give them: what is no graph, or has weights that are no numbers, is an error in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array, csr_array, issparse, triu

from circuitnn.crossbar.checks import numbers
from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import real
from circuitnn.units import number_of

if TYPE_CHECKING:
    import networkx

ALIKE = 1e-12  # relative difference of w_ij and w_ji that counts as rounding


def graph_of(given: Any) -> networkx.Graph:
    """A graph of networkx, or the graph whose edges have the weights of a symmetric matrix.

    Parameters
    ----------
    given : networkx.Graph, array_like or scipy.sparse array
        A copy is made of a graph.

    Raises
    ------
    AnalysisError
        If it is neither, or the matrix is not square, not symmetric or has entries on its diagonal.
    """
    if hasattr(given, "nodes") and hasattr(given, "edges"):
        return given.copy()
    if not issparse(given) and not isinstance(given, np.ndarray | list | tuple):
        raise AnalysisError(
            f"graph = {given!r:.60}: a graph, such as networkx.cycle_graph(4), or a symmetric matrix is needed"
        )
    import networkx

    upper = triu(_symmetric(given)).tocoo()
    graph = networkx.empty_graph(upper.shape[0])
    graph.add_weighted_edges_from(
        zip(upper.row.tolist(), upper.col.tolist(), upper.data.tolist(), strict=True)
    )
    return graph


def _symmetric(given: Any) -> csr_array:
    """A matrix of weights, checked."""
    label = "graph: the matrix of weights"
    matrix = coo_array(given if issparse(given) else np.atleast_2d(real(given, label)))
    n, columns = matrix.shape
    if n != columns or not n:
        raise AnalysisError(f"{label} must be square, not of shape {matrix.shape}")
    values = numbers(real(matrix.data, label), label, [matrix.data.shape], ("entry",), -np.inf, False)
    whole = coo_array((values, (matrix.row, matrix.col)), shape=(n, n)).tocsr()  # adds what is given twice
    off = (abs(whole - whole.T) - ALIKE * abs(whole)).tocoo()
    for k in np.flatnonzero(off.data > 0.0)[:1]:
        row, column = int(off.row[k]), int(off.col[k])
        raise AnalysisError(
            f"{label} must be symmetric, but those of {row}, {column} and {column}, {row} are "
            f"{whole[row, column]:g} and {whole[column, row]:g}"
        )
    return whole


def weighted_edges(graph: Any) -> list[tuple[int, int, float]]:
    """Ends, by their places in the order of the nodes, and weights of the edges of a graph; default weight 1.

    Edges of weight 0 are left out.

    Raises
    ------
    AnalysisError
        If it is no graph of networkx, a weight is not a finite number, or an edge leads from a node to itself.
    """
    if not hasattr(graph, "nodes") or not hasattr(graph, "edges"):
        raise AnalysisError(f"graph = {graph!r:.60}: a graph is needed, such as networkx.cycle_graph(4)")
    place = {node: k for k, node in enumerate(graph.nodes)}
    edges = [
        (place[a], place[b], number_of(w, f"weight of the edge from {a} to {b}"))
        for a, b, w in graph.edges(data="weight", default=1.0)
    ]
    for a, b, weight in edges:
        if a == b and weight:
            raise AnalysisError(
                f"graph: an edge leads from node {a} to itself, which no cut and no coupling can have"
            )
    return [edge for edge in edges if edge[2]]
