"""How often a Hopfield network finds the largest cut of a random graph: left alone, perturbed by chaos, by noise."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.networks.hopfield import Hopfield
from circuitnn.networks.named import MOST_GRAPHS, known
from circuitnn.networks.perturbations import INTERVAL, SOURCES
from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.engine import study
from circuitnn.studies.panels import family, panels
from circuitnn.studies.question import Answer, Question, settings
from circuitnn.studies.spaces import Grid
from circuitnn.studies.yields import counted

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

MOST = 22  # largest number of nodes of which all cuts are enumerated
BLOCK = 1 << 15  # cuts at once
RESTARTS = "restarts"
UNPERTURBED = ("none", RESTARTS)  # for which the amplitude means nothing


@read_arguments
def annealing(
    amplitude: Sequence[float] = (0.1, 0.2, 0.3, 0.5, 0.8, 1.2),
    source: Sequence[str] = ("none", "restarts", "chaos", "shuffled", "noise"),
    *,
    nodes: int = 16,
    density: float = 0.5,
    samples: int = 50,
    sweeps: int = 20,
    interval: float = INTERVAL,
    line_resistance: float = 0.0,
    seed: int = 1,
    record: str | os.PathLike[str] | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    progress: bool | Callable[[float, str], None] = False,
) -> Answer:
    """Estimate how often a Hopfield network on a crossbar finds the largest cut of a random graph.

    Neurons are updated one after the other. A signal of variance 1 times an amplitude that falls linearly to 0 is
    added to the field of the neuron whose turn it is; then the network comes to rest without it.

    Parameters
    ----------
    amplitude : sequence of float
        Of the signal at the beginning, over the root mean square of the fields in random states.
    source : sequence of {"none", "restarts", "chaos", "shuffled", "noise"}
        Nothing; nothing, but as many random starts as fit into the same number of updates, of which the best counts;
        the voltage of a chaotic niobium dioxide element (``nbo2_mott``); the same in random order; white normal noise.
    nodes : int
        Number of neurons.
    density : float
        Probability of an edge between two nodes; its weight is uniform between 0 and 1.
    samples : int
        Number of graphs, each with a random start; the same ones for all sources and amplitudes.
    sweeps : int
        Updates of each neuron while the signal is there.
    interval : float
        Between two samples of the chaotic element. [s]
    line_resistance : float
        Of each segment of the crossbar's lines. [Ohm]
    seed : int
        Seed of graphs, starts and signals.
    record, processes, scheduler, progress
        As for `circuitnn.studies.study`.

    Returns
    -------
    Answer
        Data, by source, amplitude and sample: ``cut`` (weight of the edges between the two sides), ``most`` (the
        largest cut, by enumeration), ``best`` (0 or 1), ``guess`` (share of all partitions that are best); by source
        and amplitude: ``success`` with its 95 % Wilson interval, ``success_low``, ``success_high``.
    """
    chosen = settings(locals())
    for name in source:
        known({**SOURCES, RESTARTS: None}, name, "source")
    if not 2 <= nodes <= MOST or not 0.0 < density <= 1.0 or not 1 <= samples <= MOST_GRAPHS or sweeps < 1:
        raise AnalysisError(
            f"annealing: 2 to {MOST} nodes, 0 < density <= 1, 1 to {MOST_GRAPHS} samples and at least a sweep needed"
        )
    if not all(a >= 0.0 for a in amplitude) or not interval > 0.0:
        raise AnalysisError("annealing: amplitude >= 0 and interval > 0 are needed")
    data = study(
        Point(nodes, density, sweeps, interval, line_resistance, seed),
        Grid(sample=list(range(samples)), source=list(source), amplitude=amplitude),
        record=record,
        processes=processes,
        scheduler=scheduler,
        progress=progress,
        title="annealing",
    ).transpose("source", "amplitude", "sample", ...)
    data.attrs |= chosen
    data = counted(data)
    return Answer(
        "annealing", "Largest cuts by a Hopfield network", _summary(data), data, *_table(data), draw=_draw
    )


@dataclass
class Point:
    """A graph, cut by a network with a perturbation."""

    nodes: int
    density: float
    sweeps: int
    interval: float
    line_resistance: float
    seed: int

    def __call__(self, sample: int, source: str, amplitude: float) -> dict[str, float]:
        """Settle the network of a point."""
        case = problem(self.nodes, self.density, self.line_resistance, self.seed, sample)
        if source == RESTARTS:
            energy = self._restarted(case, sample)
        else:
            count = self.nodes * self.sweeps
            signal = _signal(source, count, 1000 * self.seed + sample, self.interval)
            falling = amplitude * case.network.swing * (1.0 - np.arange(count) / count)
            energy = case.network.settle(case.start, falling * signal).energy
        total = 0.5 * float(-case.network.weights.sum())
        return {
            "cut": 0.5 * (total - energy),
            "most": 0.5 * (total - case.least),
            "best": float(energy <= case.least + 1e-9 * total),
            "guess": case.share,
        }

    def _restarted(self, case: Problem, sample: int) -> float:
        """Least energy of random starts, for as many updates as the perturbed network takes."""
        rng = np.random.default_rng([self.seed, sample, 1])
        settled = case.network.settle(case.start)
        used, lowest = settled.sweeps, settled.energy
        while used < self.sweeps:
            settled = case.network.settle(rng.choice([-1.0, 1.0], self.nodes))
            used, lowest = used + settled.sweeps, min(lowest, settled.energy)
        return lowest


@dataclass(frozen=True, eq=False)
class Problem:
    """A network, the states that it starts from, its least energy and the share of states that have it."""

    network: Hopfield
    start: np.ndarray
    least: float
    share: float


@lru_cache(maxsize=4)
def problem(nodes: int, density: float, line_resistance: float, seed: int, sample: int) -> Problem:
    """Draw a graph and a start, and solve it by enumeration."""
    import networkx

    rng = np.random.default_rng([seed, sample])
    graph = networkx.empty_graph(nodes)
    while not graph.number_of_edges():
        graph = networkx.gnp_random_graph(nodes, density, seed=int(rng.integers(2**31)))
    for edge in graph.edges.values():
        edge["weight"] = 1.0 - rng.random()
    network = Hopfield.cut(graph, line_resistance=line_resistance)
    return Problem(network, rng.choice([-1.0, 1.0], nodes), *least(network))


@lru_cache(maxsize=4)
def _signal(source: str, count: int, seed: int, interval: float) -> np.ndarray:
    more = {"interval": interval} if source in ("chaos", "shuffled") else {}
    return SOURCES[source](count, seed, **more)


def least(network: Hopfield) -> tuple[float, float]:
    """Least energy of all states of a network without biases, and the share of states that have it.

    Parameters
    ----------
    network : Hopfield

    Returns
    -------
    energy, share : float
    """
    n = len(network)
    # The last neuron stays: the others follow by symmetry.
    every = 1 << (n - 1)
    blocks = [np.arange(k, min(k + BLOCK, every)) for k in range(0, every, BLOCK)]
    energies = [network.energy(1.0 - 2.0 * (numbers[:, None] >> np.arange(n) & 1)) for numbers in blocks]
    all_energies = np.concatenate([np.atleast_1d(part) for part in energies])
    lowest = float(all_energies.min())
    return lowest, float(np.mean(all_energies <= lowest + 1e-9 * np.abs(network.weights).sum()))


def _top(data: xarray.Dataset, source: str) -> xarray.Dataset:
    """Data of a source at the amplitude where it succeeds most often."""
    here = data.sel(source=source)
    return here.isel(amplitude=int(np.argmax(here["success"].values)))


def _short(data: xarray.Dataset) -> xarray.DataArray:
    """By how much cuts fall short of the largest ones, mean over the graphs. [%]"""
    return 100.0 * (1.0 - data["cut"] / data["most"]).mean("sample")


def _summary(data: xarray.Dataset) -> list[str]:
    guess = 100 * float(np.nanmean(data["guess"].values))
    said = []
    for source in map(str, data["source"].values):
        top = _top(data, source)
        at = "" if source in UNPERTURBED else f", at its best amplitude, {float(top['amplitude']):.3g}"
        said.append(
            f"{source}: {100 * float(top['success']):.3g} % of {top.sizes['sample']} graphs have their largest cut "
            f"(95 % interval: {100 * float(top['success_low']):.3g} to {100 * float(top['success_high']):.3g} %){at}."
        )
    return [*said, f"A random partition has a chance of {guess:.3g} %."]


def _table(data: xarray.Dataset) -> tuple[list[str], list[list[str]]]:
    rows = []
    for source in map(str, data["source"].values):
        for amplitude in data["amplitude"].values[: 1 if source in UNPERTURBED else None]:
            here = data.sel(source=source, amplitude=amplitude)
            rows.append(
                [
                    source,
                    "" if source in UNPERTURBED else f"{float(amplitude):.3g}",
                    f"{100 * float(here['success']):.4g}",
                    f"{100 * float(here['success_low']):.4g} to {100 * float(here['success_high']):.4g}",
                    f"{float(_short(here)):.3g}",
                ]
            )
    return ["source", "amplitude", "largest cut [%]", "95 % interval [%]", "short of it, mean [%]"], rows


def _draw(data: xarray.Dataset, place: Place) -> Figure:
    figure, axes = panels(place, 1, 2, f"Cuts by {data.attrs['nodes']} neurons", (11.5, 4.5))
    x = data["amplitude"].values
    named = [(str(name), data.sel(source=name)) for name in data["source"].values]
    family(axes[0, 0], x, {name: 100 * here["success"].values for name, here in named})
    axes[0, 0].set(ylabel="largest cut found [%]", ylim=(0.0, 100.0))
    family(axes[0, 1], x, {name: _short(here).values for name, here in named})
    axes[0, 1].set(ylabel="short of the largest cut, mean [%]", ylim=(0.0, None))
    for panel in axes[0]:
        panel.set(xlabel="amplitude at the beginning / swing of the fields")
    return figure


QUESTION = Question(
    "annealing", "How often a Hopfield network finds the largest cut, with chaos or noise", annealing
)
