"""Hopfield networks on crossbars, what perturbs them, and the study of cuts."""

from itertools import product

import networkx as nx
import numpy as np
import pytest

from circuitnn.cli import execute
from circuitnn.errors import AnalysisError
from circuitnn.networks import Hopfield
from circuitnn.networks.perturbations import chaos, noise, shuffled
from circuitnn.networks.questions.annealing import annealing, least
from circuitnn.networks.questions.colouring import fewest


def random_network(n=9, seed=3, **more):
    rng = np.random.default_rng(seed)
    w = np.triu(rng.standard_normal((n, n)), 1)
    return Hopfield(w + w.T, rng.standard_normal(n), **more)


def test_cells_and_lines_give_the_fields():
    """Currents of the crossbar for the states as voltages, by its own solver."""
    for resistance in (0.0, 5.0):
        network = random_network(line_resistance=resistance)
        s = np.random.default_rng(1).choice([-1.0, 1.0], 9)
        currents = network.array.mvm(0.1 * np.append(s, 1.0))
        fields = network.seen @ s + network.seen_biases
        scale = np.abs(np.vstack([network.weights, network.biases])).max() / (1e-4 - 1e-6)
        np.testing.assert_allclose(fields, scale * currents / 0.1, rtol=1e-9)
    ideal = random_network()
    np.testing.assert_allclose(ideal.seen, ideal.weights, atol=1e-9)
    np.testing.assert_allclose(ideal.seen_biases, ideal.biases, atol=1e-9)
    assert not np.allclose(network.seen, network.weights, atol=1e-3)


def test_energy_falls_to_a_state_that_no_flip_lowers():
    network = random_network()
    for seed in range(20):
        start = np.random.default_rng(seed).choice([-1.0, 1.0], 9)
        settled = network.settle(start)
        assert settled.stable and settled.energy <= network.energy(start)
        for k in range(9):
            flipped = settled.states.copy()
            flipped[k] *= -1.0
            assert network.energy(flipped) >= settled.energy - 1e-12


def test_energies_of_a_perturbed_run_are_those_of_its_states():
    """A plain loop over the definition."""
    network = random_network()
    added = 2.0 * np.random.default_rng(4).standard_normal(90)
    s = np.ones(9)
    wanted = [network.energy(s)]
    for k, more in enumerate(added):
        field = network.weights[k % 9] @ s + network.biases[k % 9] + more
        s[k % 9] = np.sign(field)
        wanted.append(-0.5 * s @ network.weights @ s - network.biases @ s)
    settled = network.settle(np.ones(9), added)
    np.testing.assert_allclose(settled.energies, wanted, rtol=1e-12, atol=1e-12)
    assert max(wanted) > wanted[-1] > settled.energy - 1e-12  # the perturbation took it uphill


def test_stored_patterns_are_recalled():
    """Hebb's rule: patterns that are orthogonal are fixed points, and attract what differs in one neuron."""
    patterns = np.array([np.repeat([1, -1], 8), np.tile([1, -1], 8), np.tile([1, 1, -1, -1], 4)], dtype=float)
    network = Hopfield(patterns.T @ patterns - 3.0 * np.eye(16), line_resistance=0.5)
    for pattern in patterns:
        assert network.settle(pattern).sweeps == 1
        damaged = pattern.copy()
        damaged[5] *= -1.0
        np.testing.assert_array_equal(network.settle(damaged).states, pattern)


@pytest.mark.parametrize("graph", [nx.cycle_graph(5), nx.petersen_graph(), nx.complete_bipartite_graph(3, 4)])
def test_least_energy_is_the_largest_cut(graph):
    """By the enumeration of colourings with two colours."""
    conflicts, share = fewest(np.array(graph.edges), len(graph), 2)
    energy, ours = least(Hopfield.cut(graph))
    total = graph.number_of_edges()
    assert 0.5 * (total - energy) == pytest.approx(total - conflicts)
    assert ours == pytest.approx(share)


def test_the_swing_is_the_root_mean_square_of_the_fields():
    network = random_network(6)
    every = np.array(list(product((-1.0, 1.0), repeat=6)))
    fields = every @ network.weights + network.biases
    assert network.swing == pytest.approx(np.sqrt(np.mean(fields**2)))


def test_least_energy_of_random_weights():
    network = random_network(6)
    network = Hopfield(network.weights)
    every = [network.energy(s) for s in product((-1.0, 1.0), repeat=6)]
    assert least(network)[0] == pytest.approx(min(every), rel=1e-12)


def test_the_chaotic_signal_never_repeats_and_hardly_correlates():
    x = chaos(2000)
    assert x.mean() == pytest.approx(0.0, abs=1e-12) and x.std() == pytest.approx(1.0)
    assert np.abs(x).max() < 3.0  # bounded, as its attractor is
    lags = [abs(np.mean(x[:-k] * x[k:])) for k in (1, 2, 3, 5, 10)]
    assert max(lags) < 0.3
    np.testing.assert_array_equal(np.sort(shuffled(200)), np.sort(chaos(200)))
    np.testing.assert_array_equal(chaos(200), chaos(200))
    assert abs(np.corrcoef(chaos(500, 1)[250:], chaos(500, 2)[250:])[0, 1]) < 0.3
    assert noise(4000).std() == pytest.approx(1.0, abs=0.05)


@pytest.mark.long
def test_chaos_leads_out_of_local_minima():
    made = annealing([0.8], ["none", "restarts", "chaos", "noise"], nodes=12, samples=20)
    success = made.data["success"].sel(amplitude=0.8)
    assert float(success.sel(source="chaos")) > float(success.sel(source="none")) + 0.2
    assert bool((made.data["cut"] <= made.data["most"] + 1e-9).all())
    best = made.data["best"].sel(source="noise").values
    assert best.mean() == pytest.approx(float(success.sel(source="noise")))
    again = annealing([0.8], ["chaos"], nodes=12, samples=3)
    np.testing.assert_array_equal(again.data["cut"].values[0], made.data["cut"].values[2][:, :3])
    assert "chaos:" in made.summary[2] and "random partition" in made.summary[-1]


def test_without_amplitude_all_signals_are_none():
    made = annealing([0.0], ["none", "chaos", "noise"], nodes=8, samples=5, sweeps=3)
    cuts = made.data["cut"].values
    np.testing.assert_array_equal(cuts[0], cuts[1])
    np.testing.assert_array_equal(cuts[0], cuts[2])


def test_on_the_command_line(tmp_path, capsys):
    words = [
        "study",
        "annealing",
        "--nodes",
        "6",
        "--samples",
        "3",
        "--amplitude",
        "0.5,1",
        "--source",
        "none,noise",
    ]
    assert execute([*words, "--picture", str(tmp_path / "a.png"), "-o", str(tmp_path / "a.nc")]) == 0
    assert "of 3 graphs have their largest cut" in capsys.readouterr().out
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: Hopfield([[0, 1], [2, 0]]), "symmetric"),
        (lambda: Hopfield([[1, 1], [1, 0]]), "diagonal of 0"),
        (lambda: Hopfield(np.zeros((2, 3))), "square"),
        (lambda: Hopfield(np.zeros((2, 2))), "are 0"),
        (lambda: Hopfield([[0, 1], [1, 0]], [np.nan, 0]), "finite"),
        (lambda: Hopfield([[0, 1], [1, 0]], [1, 2, 3]), "does not fit"),
        (lambda: Hopfield([[0, np.nan], [np.nan, 0]]), "is nan at row 0, column 1"),
        (lambda: Hopfield([[0, 1j], [1j, 0]]), "real numbers"),
        (lambda: Hopfield([[0, 1], [1, 0]]).energy([1, 1, 1]), "does not fit 2 neurons"),
        (lambda: Hopfield([[0, 1], [1, 0]]).settle([1, 0]), "2 states of -1 or 1"),
        (lambda: Hopfield([[0, 1], [1, 0]]).settle([1, 1], [np.inf]), "finite numbers"),
        (lambda: chaos(1), "two or more"),
        (lambda: chaos(100, supply=1.5), "rests at"),
        (lambda: annealing(source=["heat"]), "must be one of"),
        (lambda: annealing(nodes=40), "2 to 22 nodes"),
        (lambda: annealing(amplitude=[-1.0]), "amplitude >= 0"),
    ],
)
def test_what_makes_no_sense(ask, message):
    with pytest.raises(AnalysisError, match=message):
        ask()
