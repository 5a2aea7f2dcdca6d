"""What ngspice, NumPy and SciPy need for the networks of `bench.networks`, by equations written here.

The references share no line with the package: ngspice runs the deck with the models as behavioural subcircuits (KLU),
NumPy takes explicit Euler steps as the published code of thermal neuristors does, SciPy solves the equations of coupled
niobium dioxide oscillators with its BDF formulas and a sparse Jacobian.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import bmat, coo_array, eye_array

from bench.process import spend

if TYPE_CHECKING:
    import networkx as nx

    from bench.networks import Case

LOOSE = 1e-5  # relative tolerance of SciPy: an error of a period of about 1e-4
LONGEST = 120.0  # s, of a run of ngspice
STEP = 2.5e-9  # s, of Euler's method, as in the published code
EV = 8.617330337217213e-05  # Boltzmann's constant [eV/K]
Array = np.ndarray


def ngspice(case: Case, periods: tuple[float, float]) -> float:
    """Processor time per oscillator and period, from two runs; NaN if one takes longer than `LONGEST`. [s]"""
    step, spent = case.period / 50.0, []
    for count in periods:
        run = f"{step!r} {count * case.period!r} 0 {step!r} uic"
        deck = case.network.circuit().with_card(".tran", run).export()
        deck = deck.replace("\n.options method=blend", "\n.options klu", 1)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "network.cir").write_text(deck)
            try:
                done = spend(["ngspice", "-b", "-r", "out.raw", "network.cir"], Path(folder), LONGEST)
            except subprocess.SubprocessError:
                return float("nan")
        if done.status != 0:
            return float("nan")
        spent.append(done.processor)
    return (spent[1] - spent[0]) / (periods[1] - periods[0]) / len(case.network)


def numpy_neuristors(graph: nx.Graph, start: Array, resistance: float, heat: float, periods: float) -> float:
    """Processor time per oscillator and period of thermal neuristors by Euler's method. [s]

    Parameters
    ----------
    graph : networkx.Graph
    start : ndarray, shape (n,)
        First voltages. [V]
    resistance : float
        Between neighbours. [Ohm]
    heat : float
        Thermal conductance between neighbours. [W/K]
    periods : float
        How many are run.
    """
    laplacian = _laplacian(graph)
    v, t = start.copy(), np.full(len(start), 325.0)
    delta, turned, width = np.ones(len(start)), np.full(len(start), -1e4), np.ones(len(start))
    began = time.process_time()
    for _ in range(int(periods * 2.7e-6 / STEP)):
        inside = np.clip(t, 305.0, 370.0)
        x = (inside - turned) / width
        part = 0.5 * (1.0 - np.sin(0.9562697 * x)) * (1.0 + np.tanh(np.pi**2 - 2.0 * np.pi * x))
        distance = 0.5 * delta * 7.19357 + 332.8058 - inside - width * part
        metal = 0.5 + 0.5 * np.tanh(0.252796 * distance)
        current = v / (5.35882879e-3 * np.exp(5220.47 / inside) * metal + 1286.31)
        rate = (v * current - 0.20558726e-3 * (t - 325.0) - heat * (laplacian @ t)) / 49.62777e-12
        v += STEP * ((13.0 - v) / 12e3 - current - (laplacian @ v) / resistance) / 145.346e-12
        t += STEP * rate
        turns = delta * rate < -0.01 * 0.20558726e-3 / 49.62777e-12
        delta[turns] *= -1.0
        turned[turns] = inside[turns]
        width[turns] = 0.5 * delta[turns] * 7.19357 + 332.8058 - distance[turns] - inside[turns]
        width[np.abs(width) < 1e-9] = 1e-9
    return (time.process_time() - began) / periods / len(start)


def scipy_niobium(
    graph: nx.Graph, loads: Array, start: Array, resistance: float, periods: float, tolerance: float
) -> tuple[float, list[Array]]:
    """Processor time per oscillator and period of coupled NbO2 oscillators [s], the times [s] and the voltages.

    Parameters
    ----------
    graph : networkx.Graph
    loads, start : ndarray, shape (n,)
        Load resistances [Ohm] and first voltages [V].
    resistance : float
        Between neighbours. [Ohm]
    periods : float
    tolerance : float
        Relative tolerance of SciPy.
    """
    laplacian, n = _laplacian(graph), len(start)

    def right(_: float, y: Array) -> Array:
        v, t = y[:n], y[n:]
        current = _poole_frenkel(v, t)
        slope = ((2.0 - v) / loads - current - (laplacian @ v) / resistance) / 1e-12
        return np.concatenate([slope, (current * v - (t - 300.15) / 1.4e6) / 1e-15])

    pattern = bmat([[laplacian, eye_array(n)], [eye_array(n), eye_array(n)]]) != 0
    began = time.process_time()
    found = solve_ivp(
        right,
        (0.0, periods * 12.4e-9),
        np.concatenate([start, np.full(n, 300.15)]),
        "BDF",
        rtol=tolerance,
        atol=np.repeat([1e-3 * tolerance, tolerance], n),
        jac_sparsity=pattern,
        dense_output=False,
    )
    return (time.process_time() - began) / periods / n, [found.t, found.y[:n]]


def _poole_frenkel(v: Array, t: Array) -> Array:
    """Three-dimensional Poole-Frenkel conduction. [A]"""
    thermal = EV * np.clip(t, 50.0, 5000.0)
    z = np.maximum(1.1313569182295112e-05 * np.sqrt(0.001 + np.abs(v) / 2e-8) / thermal, 0.02)
    lowered = (1.0 + (z - 1.0) * np.exp(np.minimum(z, 80.0))) / z**2
    return np.asarray(0.007068583470577034 * v * np.exp(-0.215 / thermal) * (0.5 + lowered))


def _laplacian(graph: nx.Graph) -> Any:
    """Sum of the differences to the neighbours, as a sparse matrix."""
    place = {node: k for k, node in enumerate(graph)}
    ends = np.array([(place[a], place[b]) for a, b in graph.edges]).reshape(-1, 2)
    n, ones = len(place), np.ones(len(ends))
    adjacent = coo_array((ones, (ends[:, 0], ends[:, 1])), shape=(n, n)).tocsr()
    adjacent = adjacent + adjacent.T
    return (coo_array((adjacent.sum(axis=1), (np.arange(n), np.arange(n))), shape=(n, n)) - adjacent).tocsr()


def references(case: Case) -> list[tuple[str, Callable[[], float]]]:
    """What to compare a network with: a name, and a function of the seconds per oscillator and period."""
    network, n = case.network, len(case.network)
    start = np.asarray(network.cell.parameters["start"], dtype=float)
    made: list[tuple[str, Callable[[], float]]] = []
    if n <= 100 and not case.options:
        made.append(("ngspice, KLU", lambda: ngspice(case, (case.short, case.long))))
    if case.name.startswith("thermal") and not case.options:
        heat = 0.20558726e-3 / 50.0 if "heat" in case.name else 0.0
        told = "NumPy, Euler steps of 2.5 ns (error 8e-3)"
        made.append((told, lambda: numpy_neuristors(network.graph, start, 1e6, heat, 1.0)))
    if case.name.startswith("NbO2, grid") and n <= 1100:
        loads = np.asarray(network.cell.parameters["resistance"], dtype=float)
        told = f"SciPy, BDF, rtol {LOOSE:g}"
        made.append((told, lambda: scipy_niobium(network.graph, loads, start, 1e5, 3.0, LOOSE)[0]))
    return made
