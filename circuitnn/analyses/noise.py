"""Noise: fluctuations of devices, carried to an output and back to an input source."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuitnn.analyses.simulation import Simulation, make_table
from circuitnn.analyses.transfer import output_vector
from circuitnn.circuit import Elements, FlatCircuit
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
    found, losses = list(fluctuations(simulation)), list(lossy(circuit.elements))
    whole, gain = np.empty(len(at)), np.empty(len(at))
    densities: dict[str, np.ndarray] = {}
    # Without the parts of devices, in blocks of frequencies: their solutions need not leave the cache.
    block = len(at) if by_device else max(BLOCK // simulation.system.n, 64)
    for first in range(0, len(at), block):
        now = slice(first, first + block)
        omega = 2.0 * np.pi * at[now]
        y = small.solve(omega, e, transposed=True)
        gain[now] = np.abs(y @ influence) ** 2
        y = np.concatenate([y, np.zeros((len(y), 1))], axis=1)  # ground is last
        lines = _of_lines(losses, simulation, y, omega)
        if by_device:
            parts, devices = _densities(found, y, at)
            devices |= lines
            whole[now] = sum(devices.values(), np.zeros(len(at)))
            densities = {**parts, **devices}
        else:
            parts_now = [*(_density(f, y, at[now]) for f in found), *lines.values()]
            whole[now] = sum(parts_now, np.zeros(len(y)))
    if not np.all(gain > 0.0):
        raise AnalysisError(
            f"noise: {source} does not reach the output, so that nothing can be referred to it"
        )
    return _spectrum(simulation, densities, whole, gain, at), _totals(simulation, densities, whole, gain, at)


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


def _of_lines(
    tables: list[Elements], simulation: Simulation, y: np.ndarray, omega: np.ndarray
) -> dict[str, np.ndarray]:
    """Output density of every line with losses. [V²/Hz]"""
    made: dict[str, np.ndarray] = {}
    for table in tables:
        kelvin = simulation.options.temp + KELVIN
        density = BOLTZMANN * kelvin * noise_gain(table, simulation.system.unknowns, y, omega)
        made |= dict(zip(table.names, density.T, strict=True))
    return made


def _density(f: Fluctuation, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Output density of all instances together. [V²/Hz]"""
    some = (f.white != 0.0) | (f.flicker != 0.0)
    difference = y[:, f.plus[some]] - y[:, f.minus[some]]
    carried = difference.real**2 + difference.imag**2
    return carried @ f.white[some] + carried @ f.flicker[some] / at


def _densities(
    found: list[Fluctuation], y: np.ndarray, at: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Output densities of every part, and of every device. [V²/Hz]"""
    columns: dict[str, np.ndarray] = {}
    devices: dict[str, np.ndarray] = {}
    for f in found:
        carried = np.abs(y[:, f.plus] - y[:, f.minus]) ** 2
        density = carried * (f.white + f.flicker / at[:, None])
        for k, (name, device) in enumerate(zip(f.names, f.devices, strict=True)):
            columns[name] = density[:, k]
            devices[device] = devices.get(device, 0.0) + density[:, k]
    return columns, devices


def _spectrum(
    simulation: Simulation,
    densities: dict[str, np.ndarray],
    whole: np.ndarray,
    gain: np.ndarray,
    at: np.ndarray,
) -> Result:
    named = {f"onoise_{name}": np.sqrt(density) for name, density in densities.items()}
    named |= {"onoise_spectrum": np.sqrt(whole), "inoise_spectrum": np.sqrt(whole / gain)}
    return make_table(simulation, "noise", "Noise Spectral Density Curves", named, DENSITY, ("frequency", at))


def _totals(
    simulation: Simulation,
    densities: dict[str, np.ndarray],
    whole: np.ndarray,
    gain: np.ndarray,
    at: np.ndarray,
) -> Result:
    named: dict[str, np.ndarray | float] = {}
    for name, density in [*((f"_{n}", d) for n, d in densities.items()), ("", whole)]:
        named[f"onoise_total{name}"] = np.sqrt(integral(at, density))
        named[f"inoise_total{name}"] = np.sqrt(integral(at, density / gain))
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
