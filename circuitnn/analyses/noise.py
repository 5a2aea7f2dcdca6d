"""Noise: fluctuations of devices, carried to an output and back to an input source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from circuitnn.analyses.simulation import Simulation, make_table
from circuitnn.analyses.transfer import output_vector
from circuitnn.circuit import FlatCircuit
from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.evaluate import evaluate
from circuitnn.errors import AnalysisError
from circuitnn.options import Options
from circuitnn.records import dataclass
from circuitnn.results import Result
from circuitnn.system.groups import Placed
from circuitnn.system.linearised import linearise
from circuitnn.system.lines import lossy, noise_gain

DENSITY = "voltage-density"
BLOCK = 1 << 17  # phasors at a time


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

    def audible(self) -> Fluctuation:
        """Those of the instances that fluctuate at all."""
        some = np.flatnonzero((self.white != 0.0) | (self.flicker != 0.0))
        names, devices = (tuple(names[k] for k in some) for names in (self.names, self.devices))
        return Fluctuation(
            names, devices, *(a[some] for a in (self.plus, self.minus, self.white, self.flicker))
        )


def noise(
    circuit: FlatCircuit,
    output: tuple[str, str],
    source: str,
    at: np.ndarray,
    options: Options,
    by_device: bool = True,
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
    by_device : bool
        Whether the parts of every device are wanted too.

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
    at the output; all are independent. Resistors have 4kT/R; models state their own; a lossy line has what its
    losses ask for (ngspice leaves that out). Between
    frequencies, densities are taken for powers of the frequency.
    """
    simulation = Simulation(circuit, options)
    influence = -simulation.system.source_influence(source)
    e = output_vector(simulation, output)
    simulation.operating_point(options.itl1, circuit.nodesets)
    small = linearise(simulation.system, simulation.x)
    parts = Parts(simulation, silent=by_device)
    whole, gain = np.empty(len(at)), np.empty(len(at))
    squares, referred = np.zeros(len(parts.names)), np.zeros(len(parts.names))
    spectra: list[np.ndarray] = []
    # In blocks of frequencies, whose solutions need not leave the cache; each begins with the last of the one before.
    block = max(BLOCK // simulation.system.n, 64)
    for first in range(0, len(at), block):
        now = slice(max(first - 1, 0), first + block)
        y = small.solve(2.0 * np.pi * at[now], e, transposed=True)
        gain[now] = np.abs(y @ influence) ** 2
        if not np.all(gain[now] > 0.0):
            raise AnalysisError(
                f"noise: {source} does not reach the output, so that nothing can be referred to it"
            )
        density = parts.densities(
            np.concatenate([y, np.zeros((len(y), 1))], axis=1), at[now]
        )  # ground is last
        whole[now] = density.sum(axis=1)
        squares += integral(at[now], density)
        referred += integral(at[now], density / gain[now, None])
        if by_device:
            spectra.append(density[first - now.start :])
    shown = dict(zip(parts.names, np.concatenate(spectra).T, strict=True)) if by_device else {}
    named = {f"onoise_{name}": np.sqrt(density) for name, density in parts.with_devices(shown).items()}
    named |= {"onoise_spectrum": np.sqrt(whole), "inoise_spectrum": np.sqrt(whole / gain)}
    spectrum = make_table(
        simulation, "noise", "Noise Spectral Density Curves", named, DENSITY, ("frequency", at)
    )
    # Totals are sums of the parts' integrals: a sum of powers of the frequency is no power.
    totals: dict[str, np.ndarray | float] = {}
    for side, found in (("onoise", squares), ("inoise", referred)):
        of_parts = dict(zip(parts.names, found, strict=True)) if by_device else {}
        for name, square in parts.with_devices(of_parts).items():
            totals[f"{side}_total_{name}"] = np.sqrt(square)
        totals[f"{side}_total"] = np.sqrt(found.sum())
    return spectrum, make_table(simulation, "noise_total", "Integrated Noise", totals, "voltage")


class Parts:
    """All sources of noise of a circuit at its operating point.

    Parameters
    ----------
    simulation : Simulation
    silent : bool
        Whether those that make none count as well.
    """

    def __init__(self, simulation: Simulation, silent: bool) -> None:
        self.simulation = simulation
        self.fluctuations = [f if silent else f.audible() for f in fluctuations(simulation)]
        self.lines = list(lossy(simulation.circuit.elements))
        names = [
            *((f.names, f.devices) for f in self.fluctuations),
            *((t.names, t.names) for t in self.lines),
        ]
        self.names = [name for own, _ in names for name in own]
        self.devices = [device for _, owners in names for device in owners]

    def densities(self, y: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Density of each part at the output, shape (m, parts), by the adjoint y, shape (m, n + 1). [V²/Hz]"""
        columns = [np.empty((len(at), 0))]
        for f in self.fluctuations:
            difference = y[:, f.plus] - y[:, f.minus]
            carried = difference.real**2 + difference.imag**2
            columns.append(carried * (f.white + f.flicker / at[:, None]))
        heat = BOLTZMANN * (self.simulation.options.temp + KELVIN)
        for table in self.lines:
            columns.append(heat * noise_gain(table, self.simulation.system.unknowns, y, 2.0 * np.pi * at))
        return np.concatenate(columns, axis=1)

    def with_devices(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Numbers of parts, and of devices their sums."""
        devices: dict[str, Any] = {}
        for device, part in zip(self.devices, parts.values(), strict=False):
            devices[device] = devices.get(device, 0.0) + part
        return {**parts, **devices}


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


def integral(at: np.ndarray, density: np.ndarray) -> np.ndarray:
    """Integrals of densities that are powers of the frequency between the points.

    Parameters
    ----------
    at : ndarray, shape (m,)
        [Hz]
    density : ndarray, shape (m,) or (m, n)
        [V²/Hz]

    Returns
    -------
    ndarray, shape () or (n,)
        [V²]
    """
    f = at.reshape(-1, *([1] * (density.ndim - 1)))
    powers = np.maximum(density, 1e-300) * f
    ratio = np.log(f[1:] / f[:-1])
    # With d ∝ f^(p-1): ∫ d df = (d₁·f₁ - d₀·f₀)/p and p·r = ln(d₁·f₁/(d₀·f₀)), of which a series where it is small
    growth = np.diff(np.log(powers), axis=0)
    small = np.abs(growth) < 1e-3
    series = powers[:-1] * (1.0 + growth * (0.5 + growth * (1.0 / 6.0 + growth / 24.0)))
    pieces = np.where(small, series, np.diff(powers, axis=0) / np.where(small, 1.0, growth))
    return np.where(density.any(axis=0), np.sum(pieces * ratio, axis=0), 0.0)
