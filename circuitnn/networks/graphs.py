"""Graphs as users give them: what is no graph, or has weights that are no numbers, is an error in words."""

from __future__ import annotations

from typing import Any

from circuitnn.errors import AnalysisError
from circuitnn.units import number_of


def weighted_edges(graph: Any) -> list[tuple[int, int, float]]:
    """Ends, by their places in the order of the nodes, and weights of the edges of a graph; default weight 1.

    Raises
    ------
    AnalysisError
        If it is no graph of networkx, or a weight is not a finite number.
    """
    if not hasattr(graph, "nodes") or not hasattr(graph, "edges"):
        raise AnalysisError(f"graph = {graph!r:.60}: a graph is needed, such as networkx.cycle_graph(4)")
    place = {node: k for k, node in enumerate(graph.nodes)}
    return [
        (place[a], place[b], number_of(w, f"weight of the edge from {a} to {b}"))
        for a, b, w in graph.edges(data="weight", default=1.0)
    ]
