"""How often a network of oscillators finds the best cut or colouring of a random graph."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.networks.named import COUPLINGS, KINDS, MOST_GRAPHS, POINTS, Kind, cases, known
from circuitnn.networks.network import OscillatorNetwork
from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.engine import study
from circuitnn.studies.panels import panels
from circuitnn.studies.question import Answer, Question, settings
from circuitnn.studies.spaces import Grid
from circuitnn.studies.yields import counted

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

MOST = 2_000_000  # largest number of colourings enumerated to find the best one


@read_arguments
def colouring(
    coupling: Sequence[float] = (3e-12, 10e-12, 30e-12),
    *,
    nodes: int = 8,
    degree: int = 3,
    colours: int = 3,
    samples: int = 20,
    kind: str = "vo2",
    link: str = "capacitive",
    periods: int = 250,
    seed: int = 1,
    record: str | os.PathLike[str] | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    progress: bool | Callable[[float, str], None] = False,
) -> Answer:
    """Estimate how often coupled oscillators colour a random regular graph with the fewest possible conflicts.

    Parameters
    ----------
    coupling : sequence of float
        Capacitances or resistances along the edges. [F, Ohm or K/W]
    nodes, degree : int
        Size of the graphs, and number of neighbours of each node.
    colours : int
        2 for the largest cut.
    samples : int
        Number of graphs, each with a random start; the same ones for all couplings.
    kind : {"vo2", "nbo2", "neuristor"}
        Pearson–Anson oscillators with a switch of vanadium dioxide, with niobium dioxide's thermal NDR, or with
        vanadium dioxide that heats itself.
    link : {"capacitive", "resistive", "thermal"}
        Kind of coupling; only neuristors can be coupled by heat.
    periods : int
        Length of a run; phases are taken at its end.
    seed : int
        Seed of graphs and starts.
    record, processes, scheduler, progress
        As for `circuitnn.studies.study`.

    Returns
    -------
    Answer
        Data, by coupling and sample: ``conflicts`` (edges whose ends have the same colour), ``least`` (the fewest of
        all colourings, by enumeration), ``best`` (0 or 1), ``order`` (Kuramoto's parameter); by coupling: ``success``
        with its 95 % Wilson interval, ``success_low``, ``success_high``; ``guess``, the fraction of all colourings
        that are best.
    """
    chosen = settings(locals())
    oscillator, _ = known(KINDS, kind, "kind"), known(COUPLINGS, link, "link")
    if not 0 < degree < nodes or nodes * degree % 2 or colours < 2 or periods < 20:
        raise AnalysisError(
            "colouring: 0 < degree < nodes with an even product, 2 colours and 20 periods at least are needed"
        )
    if not 1 <= samples <= MOST_GRAPHS:
        raise AnalysisError(f"colouring: samples = {samples:.6g}: 1 to {MOST_GRAPHS} are needed")
    if colours ** (nodes - 1) > MOST:
        raise AnalysisError(
            f"colouring: {colours} colours of {nodes} nodes are too many to know the best one by enumeration"
        )
    at = Point(oscillator, link, oscillator.free_period(), periods, (nodes, degree, colours), seed)
    data = study(
        at,
        Grid(coupling=coupling, sample=list(range(samples))),
        record=record,
        processes=processes,
        scheduler=scheduler,
        progress=progress,
        title="colouring",
    )
    data.attrs |= chosen
    data = counted(data)
    return Answer(
        "colouring", "Colouring by coupled oscillators", _summary(data), data, *_table(data), draw=_draw
    )


@dataclass
class Point:
    """Colouring of a graph by oscillators at one point of the study."""

    kind: Kind
    link: str
    period: float
    periods: int
    graph: tuple[int, int, int]
    seed: int

    def __call__(self, coupling: float, sample: int) -> dict[str, float]:
        """Run the network of a point."""
        import networkx

        nodes, degree, colours = self.graph
        rng = np.random.default_rng([self.seed, sample])
        graph = networkx.random_regular_graph(degree, nodes, seed=int(rng.integers(2**31)))
        network = OscillatorNetwork(
            graph, self.kind.cell(0.0, rng.random(nodes)), COUPLINGS[self.link](coupling)
        )
        run = network.tran(self.periods * self.period, self.period / POINTS)
        conflicts = run.colouring(colours).conflicts
        least, share = fewest(network.edges, nodes, colours)
        return {
            "conflicts": float(conflicts),
            "least": float(least),
            "best": float(conflicts == least),
            "guess": share,
            "order": run.order_parameter(),
        }


def fewest(edges: np.ndarray, nodes: int, colours: int) -> tuple[int, float]:
    """Fewest conflicts of all colourings, and the fraction of colourings that reach it.

    Parameters
    ----------
    edges : ndarray of int, shape (edges, 2)
    nodes, colours : int

    Returns
    -------
    conflicts : int
    share : float
    """
    # Fix the first node's colour: the others follow by symmetry.
    rest = np.array(list(product(range(colours), repeat=nodes - 1)), dtype=np.int8).reshape(-1, nodes - 1)
    every = np.concatenate([np.zeros((len(rest), 1), dtype=np.int8), rest], axis=1)
    conflicts = np.zeros(len(every), dtype=int)
    for a, b in edges:
        conflicts += every[:, a] == every[:, b]
    return int(conflicts.min()), float(np.mean(conflicts == conflicts.min()))


def _summary(data: xarray.Dataset) -> list[str]:
    guess = 100 * float(np.nanmean(data["guess"].values))
    return [
        f"{name}: {100 * float(here['success']):.3g} % of {here.sizes['sample']} graphs have the fewest conflicts "
        f"(95 % interval: {100 * float(here['success_low']):.3g} to {100 * float(here['success_high']):.3g} %), "
        f"where a random colouring has a chance of {guess:.3g} %."
        for name, here in cases(data)
    ]


def _table(data: xarray.Dataset) -> tuple[list[str], list[list[str]]]:
    rows = [
        [
            name,
            f"{100 * float(here['success']):.4g}",
            f"{100 * float(here['success_low']):.4g} to {100 * float(here['success_high']):.4g}",
            f"{float(here['conflicts'].mean()):.3g}",
            f"{float(here['least'].mean()):.3g}",
            f"{float(here['order'].mean()):.3g}",
        ]
        for name, here in cases(data)
    ]
    return ["coupling", "best [%]", "95 % interval [%]", "conflicts, mean", "fewest, mean", "order"], rows


def _draw(data: xarray.Dataset, place: Place) -> Figure:
    figure, axes = panels(place, 1, 2, f"Colouring by {data.attrs['nodes']} oscillators", (11.5, 4.5))
    left, right = axes[0]
    at = np.arange(data.sizes["coupling"])
    success = 100 * data["success"].values
    ends = [success - 100 * data["success_low"].values, 100 * data["success_high"].values - success]
    left.bar(at, success, yerr=ends, capsize=4.0)
    left.axhline(100 * float(data["guess"].mean()), color="#666666", linestyle="--", label="random colouring")
    left.set(ylabel="best colouring found [%]", ylim=(0.0, 100.0))
    left.legend()
    more = data["conflicts"].values - data["least"].values
    right.boxplot(list(more), positions=at)
    right.set(ylabel="conflicts beyond the fewest")
    for panel in axes[0]:
        panel.set(xlabel="coupling")
        panel.set_xticks(at, [name for name, _ in cases(data)])
    return figure


QUESTION = Question("colouring", "How often oscillators find the best colouring of a graph", colouring)
