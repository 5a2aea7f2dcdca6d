"""``python -m bench.ising [file …] [--runs N]``: cuts of graphs by random states, oscillators and simulated annealing.

Each row is one graph: the mean cut of random states; the best cut that a network of niobium dioxide oscillators shows
in a run, with its processor time (circuit and all) and the fraction of the run at which it came; the cut of simulated
annealing in plain Python, with its time; all in per cent of the best cut that is known, or of the best of the row. With
more runs, other starts and other noise, the mean and the best of them.

Files are of the format of the G-set (http://web.stanford.edu/~yyye/yyye/Gset); without any, graphs of the same kinds
and sizes are drawn: random ones, tori of signs, unions of two planar graphs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np

from circuitnn.networks import (
    Cell,
    Harmonic,
    IsingMachine,
    Noise,
    OscillatorNetwork,
    Transconductive,
    niobium_dioxide,
    read_graph,
)

SIZE = 800
PERIOD = 1.0 / 86.5e6  # of the oscillators [s]
LEVEL = 1.03  # mean of their voltage [V]
SUPPLY, LOAD = (
    2.6,
    9e3,
)  # at which the response to a neighbour is nearly a sine of the phase difference [V, Ohm]
TWICE = 2.0 * 86.8e6  # Hz
SWEEPS = 1000  # of simulated annealing
# Best cuts known of G1 to G21, from the literature.
BEST = (
    *(11624, 11620, 11622, 11646, 11631, 2178, 2006, 2005, 2054, 2000, 564),
    *(556, 582, 3064, 3050, 3052, 3047, 992, 906, 941, 931),
)


class Setting(NamedTuple):
    """How a network is run.

    Parameters
    ----------
    strength : float
        Transconductance of an edge times the root of the mean number of neighbours. [S]
    harmonic : tuple of float
        Schedule of its amplitude. [A]
    noise : tuple of float
        Schedule of its standard deviation. [A]
    periods : int
    """

    strength: float
    harmonic: tuple[float, ...]
    noise: tuple[float, ...]
    periods: int


# Chosen with G1, G11 and G14.
DENSE = Setting(2.1e-5, (0.0, 0.0, 1e-5, 2e-5, 4e-5), (8e-6, 0.0), 1000)
SPARSE = Setting(2.1e-5, (3e-6, 2e-5), (1e-5, 0.0), 1500)
TORUS = Setting(4e-5, (1e-5, 2e-5), (2e-5, 0.0), 4000)


def setting(graph: nx.Graph) -> Setting:
    """How a graph is run, by its number of edges."""
    degree = 2.0 * graph.number_of_edges() / len(graph)
    return TORUS if degree < 6.0 else SPARSE if degree < 24.0 else DENSE


def drawn() -> dict[str, nx.Graph]:
    """Graphs of the kinds of the G-set."""
    rng = np.random.default_rng(1)
    made: dict[str, nx.Graph] = {}
    for name, graph in (
        ("random", nx.gnm_random_graph(SIZE, 19176, seed=1)),
        ("torus", nx.grid_2d_graph(20, SIZE // 20, periodic=True)),
        ("planar", nx.compose(*(planar(seed) for seed in (1, 2)))),
    ):
        signed = graph.copy()
        nx.set_edge_attributes(signed, {edge: float(rng.choice([-1, 1])) for edge in signed.edges}, "weight")
        made |= {f"{name}, signs": signed} if name == "torus" else {name: graph, f"{name}, signs": signed}
    return made


def planar(seed: int) -> nx.Graph:
    """A planar graph with hubs: each new node lies in a random triangle, and is joined to its corners."""
    rng = np.random.default_rng(seed)
    place = rng.permutation(SIZE).tolist()
    graph, faces = nx.complete_graph(place[:3]), [(0, 1, 2), (0, 1, 2)]
    for k in range(3, SIZE):
        at = int(rng.integers(len(faces)))
        a, b, c = faces[at]
        faces[at] = (a, b, k)
        faces += [(b, c, k), (a, c, k)]
        graph.add_edges_from((place[k], place[corner]) for corner in (a, b, c))
    return graph


def machine(graph: nx.Graph, seed: int) -> tuple[IsingMachine, float]:
    """A machine for a graph, and how long it runs. [s]"""
    strength, harmonic, noise, periods = setting(graph)
    start = np.random.default_rng([seed, 1]).uniform(0.7, 1.3, len(graph))
    made = niobium_dioxide(LOAD, 1e-12, SUPPLY, start)
    cell = Cell(made.body, made.parameters, LEVEL, rails=made.rails)
    degree = 2.0 * graph.number_of_edges() / len(graph)
    network = OscillatorNetwork(graph, cell, Transconductive(-strength / degree**0.5, balanced=True))
    return IsingMachine(
        network, Harmonic(harmonic, TWICE), Noise(noise, PERIOD / 2), seed=seed
    ), periods * PERIOD


def annealed(network: OscillatorNetwork, seed: int) -> float:
    """Cut by simulated annealing: Metropolis, with a temperature that falls along a straight line to 0."""
    rng = np.random.default_rng(seed)
    n = len(network)
    neighbours: list[list[tuple[int, float]]] = [[] for _ in range(n)]
    for (a, b), weight in zip(network.edges.tolist(), network.weights.tolist(), strict=True):
        neighbours[a].append((b, weight))
        neighbours[b].append((a, weight))
    spins = rng.choice([-1.0, 1.0], n).tolist()
    fields = [sum(weight * spins[b] for b, weight in near) for near in neighbours]
    hot = 0.5 * float(np.sqrt(2.0 * np.sum(network.weights**2) / n))
    for sweep in range(SWEEPS):
        limits = (-hot * (1.0 - sweep / SWEEPS) * np.log(1.0 - rng.random(n))).tolist()
        for k in range(n):
            # a flip lowers the cut by minus spin times field
            if -spins[k] * fields[k] < limits[k]:
                spins[k] = -spins[k]
                change = 2.0 * spins[k]
                for b, weight in neighbours[k]:
                    fields[b] += change * weight
    return _cut(network, np.array(spins))


def _cut(network: OscillatorNetwork, spins: np.ndarray) -> float:
    a, b = network.edges.T
    return float(network.weights[spins[a] != spins[b]].sum())


def row(name: str, graph: nx.Graph, runs: int) -> str:
    """A line of the table."""
    devices, times, came, others, spent = [], [], [], [], []
    for seed in range(1, runs + 1):
        began = time.process_time()
        made, stop = machine(graph, seed)
        run = made.run(stop, PERIOD / 10, steps=20, readings=400)
        devices.append(run.best.value)
        came.append(run.found / run.end)
        middle = time.process_time()
        others.append(annealed(made.network, seed))
        times.append(middle - began)
        spent.append(time.process_time() - middle)
    rng = np.random.default_rng(0)
    random = np.mean([_cut(made.network, rng.choice([-1, 1], len(graph))) for _ in range(100)])
    number = name[1:] if name[:1] == "G" and name[1:].isdigit() else "0"
    best = float(BEST[int(number) - 1]) if 0 < int(number) <= len(BEST) else max(*devices, *others)
    share = 100.0 / best
    return (
        f"{name:16} {best:7.0f} {share * random:7.2f} {share * np.mean(devices):8.2f} {share * max(devices):8.2f} "
        f"{np.mean(times):7.1f} {np.mean(came):6.2f} {share * np.mean(others):8.2f} {share * max(others):8.2f} "
        f"{np.mean(spent):7.1f}"
    )


def main() -> None:
    """Print the table."""
    words = sys.argv[1:]
    runs = 1
    if "--runs" in words:
        at = words.index("--runs")
        runs = int(words[at + 1])
        del words[at : at + 2]
    graphs = {Path(word).stem: read_graph(word) for word in words} or drawn()
    print(f"{'':16} {'':7} {'random':>7} {'oscillators':>32} {'simulated annealing':>25}")
    print(
        f"{'graph':16} {'best':>7} {'%':>7} {'mean %':>8} {'best %':>8} {'s/run':>7} {'at':>6} {'mean %':>8} "
        f"{'best %':>8} {'s/run':>7}"
    )
    for name, graph in graphs.items():
        print(row(name, graph, runs), flush=True)


if __name__ == "__main__":
    main()
