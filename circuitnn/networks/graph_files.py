"""Files of graphs in the format of the G-set: a line ``nodes edges``, then a line ``i j weight`` for each edge."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from circuitnn.errors import AnalysisError
from circuitnn.machine.text import lines_of, read_text
from circuitnn.machine.user_input import path_of
from circuitnn.machine.writing import whole
from circuitnn.networks.graphs import graph_of, weighted_edges
from circuitnn.units import number_or_none

if TYPE_CHECKING:
    import networkx


def read_graph(path: str | os.PathLike[str]) -> networkx.Graph:
    """Read a graph from a file in the format of the G-set, as the program rudy writes them.

    Parameters
    ----------
    path : path
        Nodes are numbered from 1; an edge without a weight has weight 1; further words of the first line are ignored.

    Returns
    -------
    networkx.Graph
        Nodes 0, 1, …; edges have a ``weight``.

    Raises
    ------
    AnalysisError
        The file cannot be read, or a line is not of this form, with its number; there are more or fewer edges than the
        first line says, or an edge occurs twice or leads from a node to itself.
    """
    import networkx

    name = path_of(path)
    try:
        text = read_text(name)
    except OSError as error:
        raise AnalysisError(f"{name}: cannot be read as a graph: {error}") from None
    numbered = [(k, line.split()) for k, line in enumerate(lines_of(text), 1)]
    lines = [(k, words) for k, words in numbered if words]
    counts = [_whole(word) for word in lines[0][1][:2]] if lines else []
    if len(counts) != 2 or min(counts) < 0 or not counts[0]:
        raise AnalysisError(f"{name}: the first line must have the numbers of nodes and edges")
    graph = networkx.empty_graph(counts[0])
    for k, words in lines[1:]:
        ends = [_whole(word) - 1 for word in words[:2]]
        weight = number_or_none(words[2]) if len(words) > 2 else 1.0
        if not 2 <= len(words) <= 3 or weight is None or weight - weight != 0.0:
            raise AnalysisError(
                f"{name}, line {k}: two nodes and a weight are needed, not '{' '.join(words)[:60]}'"
            )
        if not all(0 <= end < counts[0] for end in ends):
            raise AnalysisError(
                f"{name}, line {k}: nodes are 1 to {counts[0]}, not {words[0]} and {words[1]}"
            )
        if ends[0] == ends[1] or graph.has_edge(*ends):
            fault = "leads from a node to itself" if ends[0] == ends[1] else "is there twice"
            raise AnalysisError(f"{name}, line {k}: the edge {words[0]} {words[1]} {fault}")
        graph.add_edge(*ends, weight=weight)
    if len(lines) - 1 != counts[1]:
        raise AnalysisError(f"{name}: {len(lines) - 1} edges, but the first line says {counts[1]}")
    return graph


def write_graph(graph: object, path: str | os.PathLike[str]) -> None:
    """Write a graph to a file in the format of the G-set.

    Parameters
    ----------
    graph : networkx.Graph, array_like or scipy.sparse array
        Edges of weight 0 are left out; nodes are numbered from 1 in the graph's order.
    path : path

    Raises
    ------
    AnalysisError
        It is no graph, or the file cannot be written.
    """
    checked = graph_of(graph)
    edges = weighted_edges(checked)
    lines = [f"{len(checked)} {len(edges)}", *(f"{a + 1} {b + 1} {weight:.17g}" for a, b, weight in edges)]
    name = path_of(path)
    try:
        with whole(name) as file:
            file.write("\n".join([*lines, ""]))
    except OSError as error:
        raise AnalysisError(f"{name}: cannot be written: {error}") from None


def _whole(word: str) -> int:
    """A whole number; -1 if it is none."""
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else -1
