"""``python -m bench.networks [--long]``: cost and error of a period of an oscillator in large networks.

Prints the processor time per oscillator and period, points and Newton iterations, from the difference of a long and
a short transient, each the fastest of three, so that parsing and set-up do not count. The error of a period is
the root mean square over the oscillators, up to the last period of the long run, against a run with `statetol` a
hundred times smaller. `--long` adds the largest networks, those of more than 5000 oscillators without the error.
Below a row are times of ngspice, NumPy or SciPy for the same network, see `bench.network_references`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import networkx as nx
import numpy as np

from bench.network_references import references
from circuitnn import Circuit, Result
from circuitnn.networks import (
    Capacitive,
    Cell,
    Coupling,
    OscillatorNetwork,
    Resistive,
    Thermal,
    niobium_dioxide,
    thermal_neuristor,
    vanadium_dioxide,
)
from circuitnn.results.spike_detection import crossings

STATETOL = 1e-8  # of reference runs
LOOSE = {"statetol": 1e-5}  # an error of 1e-4
LARGE = 5000  # most oscillators of a network with a reference run

NEIGHBOUR = (
    50.0 / 0.20558726e-3
)  # K/W; Zhang et al. 2024: a fiftieth of what the base gets goes to each neighbour


class Case(NamedTuple):
    """A network, the period of its oscillators [s], how many periods are short and long, and options."""

    name: str
    network: OscillatorNetwork
    period: float
    short: float
    long: float
    options: Mapping[str, Any] = MappingProxyType({})


def grid(n: int) -> nx.Graph:
    """A square grid of at least `n` nodes."""
    side = int(np.ceil(np.sqrt(n)))
    return nx.grid_2d_graph(side, side)


def network(graph: nx.Graph, kind: str, *couplings: Coupling) -> OscillatorNetwork:
    """Oscillators of one kind with a spread of one per cent and random phases."""
    rng, n = np.random.default_rng(1), len(graph)
    spread = 1.0 + 0.01 * rng.standard_normal(n)
    if kind == "nbo2":
        cell = niobium_dioxide(resistance=6e3 * spread, start=rng.uniform(0.6, 1.1, n))
    elif kind == "vo2":
        cell = vanadium_dioxide(resistance=47e3 * spread, start=rng.uniform(12.05, 12.95, n))
    else:
        cell = thermal_neuristor(start=rng.uniform(0.0, 3.0, n))
        if not any(isinstance(coupling, Thermal) for coupling in couplings):  # then the node is a mere cost
            cell = Cell(cell.body.replace(" heat ", " "), cell.parameters, cell.level, rails=cell.rails)
    return OscillatorNetwork(graph, cell, couplings)


def cases(largest: bool) -> list[Case]:
    """All of them."""
    made = [
        Case(f"NbO2, grid of {n}", network(grid(n), "nbo2", Resistive(1e5)), 12.4e-9, short, long)
        for n, short, long in ((100, 10, 110), (1024, 4, 14), (10_000, 2, 5))
        if n < 10_000 or largest
    ]
    made += [
        Case(
            f"VO2 switches, {n}",
            network(nx.random_regular_graph(3, n, seed=2), "vo2", Capacitive(1e-11)),
            1.58e-6,
            10,
            long,
        )
        for n, long in ((10, 210), (100, 20))
    ]
    made += [
        Case(
            f"thermal neuristors{heat}, grid of {n}{name}",
            network(grid(n), "neuristor", Resistive(1e6), *heating),
            2.7e-6,
            2,
            6,
            options,
        )
        for heat, heating in (("", ()), (" that heat each other", (Thermal(NEIGHBOUR),)))
        for n in (100, 1024, 4096)
        for name, options in (("", {}), (", statetol 1e-5", LOOSE))
        if n == 100 or largest
    ]
    weighted = nx.complete_graph(256 if not largest else 512)
    for k, edge in enumerate(weighted.edges.values()):
        edge["weight"] = 0.5 + np.random.default_rng(k).random()
    made.append(
        Case(f"NbO2, all with all, {len(weighted)}", network(weighted, "nbo2", Resistive(1e7)), 12.4e-9, 1, 4)
    )
    return made


def spent(case: Case, periods: float, **more: Any) -> tuple[float, int, int]:
    """Processor seconds, points and iterations of a transient; those of the fastest of three runs."""
    circuit = case.network.circuit()
    _ = circuit.flat
    found = []
    for _ in range(3):
        started = time.process_time()
        result = run(case, circuit, periods, **more)
        found.append((time.process_time() - started, len(result), result.statistics.iterations))
    return min(found)


def run(case: Case, circuit: Circuit, periods: float, **more: Any) -> Result:
    """Run a transient of that many periods."""
    return circuit.tran(periods * case.period, case.period / 50.0, uic=True, **{**case.options, **more})


def error(case: Case) -> float:
    """Root mean square, over the oscillators, of the relative error of a period."""
    circuit = case.network.circuit()
    tight = {"statetol": STATETOL, "reltol": 1e-6}
    ends = []
    for more in ({}, tight):
        result = run(case, circuit, case.long, **more)
        moments = [
            crossings(result.time, result.array(s), case.network.cell.level) for s in case.network.signals
        ]
        ends.append(moments)
    off = []
    for one, other in zip(*ends, strict=True):
        last = min(len(one), len(other)) - 1
        if last > 1:
            off.append((one[last] - one[0]) / (other[last] - other[0]) - 1.0)
    return float(np.sqrt(np.mean(np.square(off)))) if off else float("nan")


def row(case: Case, **more: Any) -> str:
    """A line of the table, without the error."""
    short, long = (np.array(spent(case, periods, **more)) for periods in (case.short, case.long))
    seconds, points, iterations = (long - short) / (case.long - case.short)
    each = 1e6 * seconds / len(case.network)
    return f"{each:27.1f} {points:16.0f} {iterations / points:19.2f}"


def main() -> None:
    """Print the table."""
    print(
        f"{'':44} {'us / oscillator and period':>27} {'points / period':>16} {'iterations / point':>19} "
        f"{'error of a period':>18}"
    )
    for case in cases("--long" in sys.argv):
        shown = f"{error(case):18.1e}" if len(case.network) <= LARGE else ""
        print(f"{case.name:44} {row(case)} {shown}", flush=True)
        for name, seconds in references(case):
            print(f"  {name:42} {1e6 * seconds():27.1f}", flush=True)


if __name__ == "__main__":
    main()
