"""Files of graphs: what is written is read again, and faults have their line."""

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import coo_array

from circuitnn.errors import AnalysisError
from circuitnn.networks import OscillatorNetwork, Resistive, niobium_dioxide, read_graph, write_graph


def rudy(seed, nodes=20, edges=60):
    """A random graph with signs, as rudy draws them."""
    graph = nx.gnm_random_graph(nodes, edges, seed=seed)
    rng = np.random.default_rng(seed)
    nx.set_edge_attributes(graph, {edge: int(rng.choice([-1, 1])) for edge in graph.edges}, "weight")
    return graph


@pytest.mark.parametrize(
    "kind", [lambda g: g, nx.to_numpy_array, lambda g: coo_array(nx.to_scipy_sparse_array(g))]
)
def test_what_is_written_is_read_again(tmp_path, kind):
    graph = rudy(3)
    write_graph(kind(graph), tmp_path / "G.txt")
    found = read_graph(tmp_path / "G.txt")
    assert (tmp_path / "G.txt").read_text().split("\n")[0] == "20 60"
    assert nx.utils.graphs_equal(found, graph)
    assert len(OscillatorNetwork(found, niobium_dioxide(), Resistive(1e5)).edges) == 60


def test_weights_of_any_size_are_kept(tmp_path):
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 1, 0.1), (1, 2, -1e-17 / 3), (2, 3, 0.0), (3, 4, 2.0**60)])
    write_graph(graph, str(tmp_path / "g"))
    found = read_graph(str(tmp_path / "g"))
    assert list(found) == [0, 1, 2, 3, 4]
    assert {edge: found.edges[edge]["weight"] for edge in found.edges} == {
        (0, 1): 0.1,
        (1, 2): -1e-17 / 3,
        (3, 4): 2.0**60,
    }


def test_words_after_the_numbers_blank_lines_and_missing_weights(tmp_path):
    (tmp_path / "g").write_bytes(b"\r\n4 3 J\r\n1 2\r\n\r\n  2\t3 -1\r\n3 1 1.5 \r\n")
    found = read_graph(tmp_path / "g")
    assert sorted(found.edges(data="weight")) == [(0, 1, 1.0), (0, 2, 1.5), (1, 2, -1.0)] and len(found) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the first line must have the numbers of nodes and edges"),
        ("3\n", "the first line"),
        ("a b\n", "the first line"),
        ("0 0\n", "the first line"),
        ("-3 1\n1 2 1\n", "the first line"),
        ("3 1\n1 2 x\n", "line 2: two nodes and a weight are needed, not '1 2 x'"),
        ("3 1\n1 2 nan\n", "line 2: two nodes and a weight"),
        ("3 1\n1 2 1e999\n", "line 2: two nodes and a weight"),
        ("3 1\n1\n", "line 2: two nodes"),
        ("3 1\n1 2 1 1\n", "line 2: two nodes"),
        ("3 1\n\n0 2 1\n", "line 3: nodes are 1 to 3, not 0 and 2"),
        ("3 1\n1 4 1\n", "line 2: nodes are 1 to 3, not 1 and 4"),
        ("3 1\n1 2.5 1\n", "line 2: nodes are 1 to 3"),
        ("3 1\n2 2 1\n", "line 2: the edge 2 2 leads from a node to itself"),
        ("3 2\n1 2 1\n2 1 1\n", "line 3: the edge 2 1 is there twice"),
        ("3 2\n1 2 1\n", "1 edges, but the first line says 2"),
        ("3 1\n1 2 1\n2 3 1\n", "2 edges, but the first line says 1"),
    ],
)
def test_faults_have_their_line(tmp_path, text, said):
    (tmp_path / "g").write_text(text)
    with pytest.raises(AnalysisError, match=said):
        read_graph(tmp_path / "g")


def test_files_that_cannot_be_read_or_written(tmp_path):
    with pytest.raises(AnalysisError, match="cannot be read as a graph"):
        read_graph(tmp_path / "none")
    (tmp_path / "bytes").write_bytes(b"3 1\n\xff\xfe\n")
    with pytest.raises(AnalysisError, match="line 2: two nodes"):
        read_graph(tmp_path / "bytes")
    with pytest.raises(AnalysisError, match="cannot be written"):
        write_graph(nx.path_graph(3), tmp_path / "none" / "g")
    with pytest.raises(AnalysisError, match="a graph, such as"):
        write_graph(3, tmp_path / "g")
    with pytest.raises(AnalysisError, match="the path of a file is needed"):
        read_graph(3)
