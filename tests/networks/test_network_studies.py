"""Studies of networks: locking of two oscillators, colouring of graphs."""

import networkx as nx
import numpy as np
import pytest

from circuitnn.cli import execute
from circuitnn.errors import AnalysisError
from circuitnn.networks.questions.colouring import colouring, fewest
from circuitnn.networks.questions.locking import locking


def test_hardly_coupled_oscillators_differ_by_their_detuning():
    """The period of a Pearson-Anson oscillator is proportional to its capacitance."""
    made = locking([1e-17], [0.0, 0.02, 0.1], periods=60)
    difference = made.data["difference"].values[0]
    np.testing.assert_allclose(difference, [0.0, 0.02, 0.1], rtol=5e-3, atol=1e-8)
    assert not made.data["locked"].values.any() and np.isnan(made.data["phase"].values).all()
    assert "do not lock" in made.summary[0]


def test_a_stronger_coupling_locks_over_a_wider_range():
    made = locking([10e-12, 40e-12], [0.0, 0.02, 0.08], periods=200)
    (tongue,) = made.plot().axes[2].get_images()
    shown, locked = tongue.get_array(), made.data["locked"].transpose("coupling", "detuning").values > 0.5
    assert (shown[locked] == 0.0).all() and (shown[~locked] > 0.0).all() and locked.any() and not locked.all()
    np.testing.assert_array_equal(made.data["locked"].values, [[1, 0, 0], [1, 1, 0]])
    assert made.summary == ["10 pF: locked up to 0 %, not at 2 %.", "40 pF: locked up to 2 %, not at 8 %."]
    phase = np.degrees(made.data["phase"].values)
    assert abs(phase[1, 0]) > 175.0 and abs(phase[1, 1]) < 100.0  # opposite ones run together as they differ


def test_oscillators_with_thermal_switches_lock_through_a_resistor():
    made = locking([2e4], [0.0, 0.2], kind="nbo2", link="resistive", periods=60)
    np.testing.assert_array_equal(made.data["locked"].values, [[1, 0]])
    assert "20 kOhm" in made.summary[0]


@pytest.mark.parametrize(
    ("graph", "colours", "conflicts", "share"),
    [
        (nx.cycle_graph(5), 2, 1, 10 / 32),
        (nx.cycle_graph(6), 2, 0, 2 / 64),
        (nx.complete_graph(3), 3, 0, 6 / 27),
        (nx.complete_graph(4), 3, 1, 36 / 81),
        (nx.petersen_graph(), 3, 0, 120 / 3**10),  # its chromatic polynomial at 3
    ],
)
def test_fewest_conflicts_of_known_graphs(graph, colours, conflicts, share):
    found = fewest(np.array(graph.edges), len(graph), colours)
    assert found == (conflicts, pytest.approx(share))


def test_capacitors_cut_a_graph():
    made = colouring([30e-12], nodes=4, degree=2, colours=2, samples=6, periods=120)
    assert made.data["least"].values.tolist() == [
        [0.0] * 6
    ]  # a regular graph of degree 2 on 4 nodes is a cycle
    best = made.data["best"].values
    assert best.mean() == made.data["success"].values[0] > 0.5
    assert made.data["success_low"].values[0] < best.mean() <= made.data["success_high"].values[0]
    np.testing.assert_allclose(made.data["guess"].values, 2 / 16)
    again = colouring([30e-12], nodes=4, degree=2, colours=2, samples=6, periods=120)
    np.testing.assert_array_equal(again.data["conflicts"].values, made.data["conflicts"].values)


def test_studies_of_networks_on_the_command_line(tmp_path, capsys):
    words = ["study", "locking", "--coupling", "20p", "--detuning", "0,0.08", "--periods", "200"]
    assert execute([*words, "-o", str(tmp_path / "l.nc"), "--picture", str(tmp_path / "l.png")]) == 0
    assert "locked up to 0 %, not at 8 %" in capsys.readouterr().out
    words = ["study", "colouring", "--coupling", "30p", "--nodes", "4", "--degree", "2", "--colours", "2"]
    picture = tmp_path / "c.png"
    assert execute([*words, "--samples", "2", "--periods", "60", "--picture", str(picture)]) == 0
    assert "a random colouring has a chance of 12.5 %" in capsys.readouterr().out
    assert (tmp_path / "l.png").read_bytes()[:4] == picture.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: locking(kind="cmos"), "must be one of vo2, nbo2"),
        (lambda: locking(link="inductive"), "must be one of capacitive, resistive"),
        (lambda: locking(detuning=[-0.1]), "0 <= detuning"),
        (lambda: colouring(nodes=5, degree=3), "even product"),
        (lambda: colouring(nodes=30), "enumeration"),
    ],
)
def test_senseless_questions(ask, message):
    with pytest.raises(AnalysisError, match=message):
        ask()
