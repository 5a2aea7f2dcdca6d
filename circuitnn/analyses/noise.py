"""Noise: fluctuations of devices, carried to an output and back to an input source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from circuitnn.analyses.simulation import Simulation, make_table
from circuitnn.analyses.transfer import output_vector
from circuitnn.circuit import FlatCircuit
from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.evaluate import evaluate
from circuitnn.errors import AnalysisError
from circuitnn.options import Options
from circuitnn.results import Result
from circuitnn.solvers import smallsignal
from circuitnn.system.groups import Placed
from circuitnn.system.linearised import linearise

DENSITY = "voltage-density"


@dataclass(frozen=True, eq=False)
class Fluctuation:
    """Noise currents of one kind in several instances.

    Parameters
    ----------
    names : tuple of str, length n
        ``r1_thermal``, ``d1_id``.
    devices : tuple of str, length n
    plus, minus : ndarray of int, shape (n,)
        Equations between which the current flows; -1 is ground.
    white, flicker : ndarray, shape (n,)
        The density is white + flicker/f. [A²/Hz, A²]
    """

    names: tuple[str, ...]
    devices: tuple[str, ...]
    plus: np.ndarray
    minus: np.ndarray
    white: np.ndarray
    flicker: np.ndarray


def noise(
    circuit: FlatCircuit, output: tuple[str, str], source: str, at: np.ndarray, options: Options
) -> tuple[Result, Result]:
    """Noise at an output, and referred to an input source.

    Parameters
    ----------
    circuit : FlatCircuit
    output : (str, str)
        Nodes; the second may be ``"0"``.
    source : str
        Independent source to which the noise is referred.
    at : ndarray, shape (m,)
        Frequencies. [Hz]
    options : Options

    Returns
    -------
    spectrum : Result
        Densities as roots, V/√Hz: ``onoise_spectrum``, ``inoise_spectrum``, of every device
        ``onoise_r1`` and its parts, ``onoise_r1_thermal``.
    total : Result
        Integrals over the frequencies, as roots: ``onoise_total``, ``inoise_total``, and of the devices. [V]

    Notes
    -----
    With (G + jωC)ᵀ·y = e_output, a current of density S between two equations gives S times abs(y₊ - y₋)²
    at the output; all are independent. Resistors have 4kT/R; models state their own. Between
    frequencies, densities are taken for powers of the frequency.
    """
    simulation = Simulation(circuit, options)
    influence = -simulation.system.source_influence(source)
    e = output_vector(simulation, output)
    simulation.operating_point(options.itl1, circuit.nodesets)
    small = linearise(simulation.system, simulation.x)
    omega = 2.0 * np.pi * at
    y = smallsignal.solve(small.starts, small.rows, small.G, small.C, omega, e, transposed=True)
    gain = np.abs(y @ influence) ** 2
    if not np.all(gain > 0.0):
        raise AnalysisError(
            f"noise: {source} does not reach the output, so that nothing can be referred to it"
        )
    y = np.concatenate([y, np.zeros((len(at), 1))], axis=1)  # ground is last
    parts, owners = _densities(list(fluctuations(simulation)), y, at)
    return _spectrum(simulation, parts, owners, gain, at), _totals(simulation, parts, owners, gain, at)


def fluctuations(simulation: Simulation) -> Iterator[Fluctuation]:
    """Noise currents of all resistors and devices at the operating point."""
    system, options = simulation.system, simulation.options
    for table in simulation.circuit.elements:
        if table.kind == "r":
            own = table.values.get("temp", np.full(len(table.names), np.nan))
            kelvin = np.where(np.isnan(own), options.temp, own) + KELVIN
            resistance = np.array([system.resistance_now(name) for name in table.names])
            plus, minus = np.asarray(table.nodes).T - 1
            density = 4.0 * BOLTZMANN * kelvin / np.abs(resistance)
            names = tuple(f"{name}_thermal" for name in table.names)
            yield Fluctuation(names, table.names, plus, minus, density, np.zeros(len(names)))
    for condensed in system.condensed:
        yield from _of_devices(condensed.placed, simulation)


def _of_devices(placed: Placed, simulation: Simulation) -> Iterator[Fluctuation]:
    inputs = placed.kernel.inputs
    x = dict(zip(inputs, simulation.x[placed.nodes], strict=True))
    values = {**placed.columns, **x, "gmin": simulation.options.gmin, "time": 0.0}
    n = len(placed.instances)
    for name, plus, minus, white, flicker in placed.kernel.noises:
        densities = [np.array(np.broadcast_to(v, n)) for v in evaluate([white, flicker], values)]
        rows = placed.nodes[inputs.index(plus)], placed.nodes[inputs.index(minus)]
        names = tuple(f"{instance}_{name}" for instance in placed.instances)
        yield Fluctuation(names, placed.instances, *rows, *densities)


def _densities(
    found: list[Fluctuation], y: np.ndarray, at: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Output density of every part [V²/Hz], and the device it belongs to."""
    parts: dict[str, np.ndarray] = {}
    owners: dict[str, str] = {}
    for f in found:
        carried = np.abs(y[:, f.plus] - y[:, f.minus]) ** 2
        density = carried * (f.white + f.flicker / at[:, None])
        for k, (name, device) in enumerate(zip(f.names, f.devices, strict=True)):
            parts[name] = density[:, k]
            owners[name] = device
    return parts, owners


def _with_sums(parts: dict[str, Any], owners: dict[str, str]) -> tuple[dict[str, Any], Any]:
    """Every part and every device, and all together."""
    devices: dict[str, Any] = {}
    for name, part in parts.items():
        devices[owners[name]] = devices.get(owners[name], 0.0) + part
    return {**parts, **devices}, sum(devices.values())


def _spectrum(
    simulation: Simulation,
    parts: dict[str, np.ndarray],
    owners: dict[str, str],
    gain: np.ndarray,
    at: np.ndarray,
) -> Result:
    densities, whole = _with_sums(parts, owners)
    whole = whole + np.zeros(len(at))  # also where nothing makes noise
    named = {f"onoise_{name}": np.sqrt(density) for name, density in densities.items()}
    named |= {"onoise_spectrum": np.sqrt(whole), "inoise_spectrum": np.sqrt(whole / gain)}
    return make_table(simulation, "noise", "Noise Spectral Density Curves", named, DENSITY, ("frequency", at))


def _totals(
    simulation: Simulation,
    parts: dict[str, np.ndarray],
    owners: dict[str, str],
    gain: np.ndarray,
    at: np.ndarray,
) -> Result:
    """Integrals, added up from those of the parts: a sum of powers of the frequency is no power."""
    named: dict[str, np.ndarray | float] = {}
    for side, weight in (("onoise", 1.0), ("inoise", 1.0 / gain)):
        squares, whole = _with_sums({n: integral(at, d * weight) for n, d in parts.items()}, owners)
        named |= {f"{side}_total_{name}": np.sqrt(square) for name, square in squares.items()}
        named[f"{side}_total"] = np.sqrt(whole)
    return make_table(simulation, "noise_total", "Integrated Noise", named, "voltage")


def integral(at: np.ndarray, density: np.ndarray) -> float:
    """Integral of a density that is a power of the frequency between the points.

    Parameters
    ----------
    at, density : ndarray, shape (m,)
        [Hz], [V²/Hz]
    """
    if len(at) < 2 or not np.any(density):
        return 0.0
    d = np.maximum(density, 1e-300)
    ratio = np.log(at[1:] / at[:-1])
    exponent = np.log(d[1:] / d[:-1]) / ratio + 1.0
    # ∫ d₀·(f/f₀)^(p-1) df = d₀·f₀·(e^{p·r} - 1)/p, with its limit r at p = 0
    small = np.abs(exponent * ratio) < 1e-10
    safe = np.where(small, 1.0, exponent)
    piece = np.where(small, ratio, np.expm1(safe * ratio) / safe)
    return float(np.sum(d[:-1] * at[:-1] * piece))
