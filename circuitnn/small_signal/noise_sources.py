"""Noise sources of a circuit: their densities at a point, and the equations that they enter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.elements import element
from circuitnn.equations.evaluate import Evaluator, evaluate
from circuitnn.equations.expr import ONE, Expr, symbols
from circuitnn.errors import AnalysisError
from circuitnn.flat import FlatCircuit, of_nodes
from circuitnn.operating_point.simulation import Simulation
from circuitnn.records import dataclass, field, replace
from circuitnn.system.derivatives import values_at
from circuitnn.system.groups import Placed
from circuitnn.system.lines import lossy, noise_gain

_KINDS = (
    "b3soipd "
    "bjt bjt2 vbic bsim3 bsim4 diode diode3 hfet1 hfet2 hicum jfet jfet2 o mesfet mesa2 mesa3 mesa4 "
    "mosfet1 mosfet2 mosfet3 mosfet6 mosfet9 r switch vdmos"
)
AT_A_TIME = 4096  # instances times points at which noise is evaluated at a time
NO_FACTORS = np.zeros((0, 1, 0))
_RANK = {kind: rank for rank, kind in enumerate(_KINDS.split())}


@dataclass(frozen=True, eq=False)
class Fluctuation:
    """Noise currents of one kind in several instances, at one point or at m points.

    Parameters
    ----------
    names : tuple of str, length n
        ``r1_thermal``, ``d1_id``.
    devices : tuple of str, length n
    plus, minus : ndarray of int, shape (n,)
        Equations between which the current flows; -1 is ground.
    white, flicker, exponent : ndarray, shape (n,) or (m, n)
        The density is white + flicker/f^exponent. [A²/Hz, A² Hz^(exponent - 1), 1]
    rows, factors : ndarray, shape (k, n), optional
        Equations that the currents enter and their factors, shape (k, m, n) at m points, where `plus` and `minus` do
        not describe them.
    spectrum : callable, optional
        Densities by frequencies [Hz], of shape (n, m); `white` is 1 then. [A²/Hz]
    """

    names: tuple[str, ...]
    devices: tuple[str, ...]
    plus: np.ndarray
    minus: np.ndarray
    white: np.ndarray
    flicker: np.ndarray
    exponent: np.ndarray
    rows: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=int))
    factors: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    spectrum: Callable[[np.ndarray], np.ndarray] | None = None

    def audible(self) -> Fluctuation:
        """The instances with a nonzero density; all, if it depends on frequency."""
        if self.spectrum is not None:
            return self
        some = np.flatnonzero((self.white != 0.0) | (self.flicker != 0.0))
        names, devices = (tuple(names[k] for k in some) for names in (self.names, self.devices))
        numbers = self.plus, self.minus, self.white, self.flicker, self.exponent
        plus, minus, white, flicker, exponent = (a[some] for a in numbers)
        rows, factors = (a[:, some] if len(a) else a for a in (self.rows, self.factors))
        return Fluctuation(names, devices, plus, minus, white, flicker, exponent, rows, factors)


def fluctuations(simulation: Simulation) -> Iterator[Fluctuation]:
    """Noise currents of all elements and devices at the operating point."""
    for f in fluctuations_along(simulation, simulation.x[None], np.zeros(1)):
        yield replace(
            f, white=f.white[0], flicker=f.flicker[0], exponent=f.exponent[0], factors=f.factors[:, 0]
        )


def fluctuations_along(simulation: Simulation, x: np.ndarray, t: np.ndarray) -> Iterator[Fluctuation]:
    """Noise currents of all elements and devices at several points, with the present memories.

    Parameters
    ----------
    simulation : Simulation
    x : ndarray, shape (m, n + 1)
        Unknowns; ground is last.
    t : ndarray, shape (m,)
        Times. [s]
    """
    system, options = simulation.system, simulation.options
    for table in simulation.circuit.elements:
        density = element(table.kind).noise(table, options.temp, options.tnom)
        if density is not None:
            plus, minus = of_nodes(table.nodes[:, :2]).T
            names = tuple(f"{name}_thermal" for name in table.names)
            shape = (len(x), len(names))
            none, unity = np.broadcast_to(0.0, shape), np.broadcast_to(1.0, shape)
            white = np.broadcast_to(density, shape)
            yield Fluctuation(names, table.names, plus, minus, white, none, unity, factors=NO_FACTORS)
            across = x[:, plus] - x[:, minus]
            flicker, exponent = element(table.kind).flicker(table, across, options.temp, options.tnom) or (
                none,
                unity,
            )
            exponent = np.broadcast_to(exponent, shape)
            names = tuple(f"{name}_1overf" for name in table.names)
            yield Fluctuation(names, table.names, plus, minus, none, flicker, exponent, factors=NO_FACTORS)
    for placed in system.devices:  # a linear one, too: a resistor that is a module
        yield from _of_devices(placed, simulation, x, t)


def in_order(circuit: FlatCircuit, devices: Iterable[str]) -> list[str]:
    """Devices in ngspice's order: kind by kind, those of one kind last first.

    Parameters
    ----------
    circuit : FlatCircuit
    devices : iterable of str
    """
    tables = [(table.model, table.names) for table in circuit.devices]
    tables += [(table.kind, table.names) for table in circuit.elements]
    place = {
        name: (_RANK.get(kind, len(_RANK)), number, -k)
        for number, (kind, names) in enumerate(tables)
        for k, name in enumerate(names)
    }
    return sorted(devices, key=place.__getitem__)


def with_devices(
    circuit: FlatCircuit, names: Sequence[str], devices: Sequence[str], parts: np.ndarray
) -> dict[str, Any]:
    """Values of parts and, after those of each device, their sum, in ngspice's order.

    Parameters
    ----------
    circuit : FlatCircuit
    names, devices : sequence of str
        ``r1_thermal`` and ``r1`` of each part.
    parts : ndarray, shape (parts, …)
    """
    of_device: dict[str, list[int]] = {}
    for k, device in enumerate(devices):
        of_device.setdefault(device, []).append(k)
    values: dict[str, Any] = {}
    for device in in_order(circuit, of_device):
        inside = len(device) + 1  # resistances inside a device come first: m1_rd, m1_rs, m1_id
        rows = sorted(of_device[device], key=lambda k: names[k][inside : inside + 1] != "r")
        values |= {names[k]: parts[k] for k in rows}
        values[device] = sum(parts[k] for k in rows)
    return values


def _of_devices(
    placed: Placed, simulation: Simulation, x: np.ndarray, t: np.ndarray
) -> Iterator[Fluctuation]:
    if placed.kernel.compiled:
        yield from _of_compiled(placed, simulation, x)
        return
    inputs, noises = placed.kernel.inputs, placed.kernel.noises
    for name, into, *expressions in noises:
        evaluator = Evaluator([*expressions, *(factor for _, factor in into)])
        numbers = _along(evaluator, placed, simulation, x, t)
        (white, flicker, exponent), factors = numbers[:3], numbers[3:]
        rows = np.array([placed.nodes[inputs.index(target)] for target, _ in into])
        names = tuple(f"{instance}_{name}" for instance in placed.instances)
        spectrum = None
        if "hertz" in symbols(expressions):
            values, n = values_at(placed, simulation.system, x[0]), len(names)
            spectrum, white, flicker = (
                _spectrum(expressions[0], values, n),
                np.ones_like(white),
                np.zeros_like(flicker),
            )
        if [factor for _, factor in into] == [ONE, -ONE] and spectrum is None:
            yield Fluctuation(
                names, placed.instances, rows[0], rows[1], white, flicker, exponent, factors=NO_FACTORS
            )
        else:
            nowhere = np.full(len(names), -1)
            yield Fluctuation(
                names, placed.instances, nowhere, nowhere, white, flicker, exponent, rows, factors, spectrum
            )


def _of_compiled(placed: Placed, simulation: Simulation, x: np.ndarray) -> Iterator[Fluctuation]:
    """Noise of compiled modules, which tell densities by frequency."""
    kernel: Any = placed.kernel
    module, nodes, n = kernel.module, kernel.layout.nodes, len(placed.instances)
    if len(x) > 1 and module.noises:
        raise AnalysisError(
            f"{placed.instances[0]}: the noise of a compiled module is known at an operating point only; load its "
            "Verilog-A source for noise along an orbit"
        )
    local = x[0][placed.nodes]
    for k, (name, *between) in enumerate(module.noises):
        ends = [
            placed.nodes[nodes[node]] if node >= 0 and nodes[node] >= 0 else np.full(n, -1)
            for node in between
        ]
        names = tuple(f"{instance}_{name}" for instance in placed.instances)
        one, nowhere = np.ones((1, n)), np.full(n, -1)

        def spectrum(hertz: np.ndarray, k: int = k) -> np.ndarray:
            return kernel.densities(local, placed.columns, simulation.options.gmin, hertz)[k]

        factors = np.array([one, -one])
        yield Fluctuation(
            names, placed.instances, nowhere, nowhere, one, 0.0 * one, one, np.array(ends), factors, spectrum
        )


def _along(
    evaluator: Evaluator, placed: Placed, simulation: Simulation, x: np.ndarray, t: np.ndarray
) -> np.ndarray:
    """Values of k expressions, shape (k, m, instances), at some points at a time: each has many parts."""
    n = len(placed.instances)
    step, parts = max(1, AT_A_TIME // n), []
    for first in range(0, len(x), step):
        part = slice(first, first + step)
        values = values_at(placed, simulation.system, x[part], t[part, None]) | {"hertz": 1.0}
        shape = (len(x[part]), n)
        parts.append(np.array([np.broadcast_to(value, shape) for value in evaluator(values)]))
    return np.concatenate(parts, axis=1)


def _spectrum(
    density: Expr, values: Mapping[str, np.ndarray | float], n: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Densities of n instances by frequencies."""
    known = {name: np.reshape(value, (-1, 1)) for name, value in values.items()}

    def at(hertz: np.ndarray) -> np.ndarray:
        densities = evaluate([density], {**known, "hertz": hertz[None, :]})[0]
        return np.broadcast_to(densities, (n, len(hertz)))

    return at


class Parts:
    """All sources of noise of a circuit at its operating point.

    Parameters
    ----------
    simulation : Simulation
    silent : bool
        Whether to include sources without noise.
    """

    def __init__(self, simulation: Simulation, silent: bool) -> None:
        self.simulation = simulation
        everything = [f if silent else f.audible() for f in fluctuations(simulation)]
        self.spread = [f for f in everything if len(f.rows)]
        lumped = [f for f in everything if not len(f.rows)]
        ground = simulation.system.n

        def concatenated(parts: list[np.ndarray]) -> np.ndarray:
            return np.concatenate([np.zeros(0), *parts])

        self.plus, self.minus = (
            np.where(nodes < 0, ground, nodes).astype(np.int32)
            for nodes in (concatenated([f.plus for f in lumped]), concatenated([f.minus for f in lumped]))
        )
        self.white, self.flicker = (
            concatenated([f.white for f in lumped]),
            concatenated([f.flicker for f in lumped]),
        )
        self.exponent = concatenated([f.exponent for f in lumped])
        self.lines = list(lossy(simulation.circuit.elements))
        names = [
            *((f.names, f.devices) for f in (*lumped, *self.spread)),
            *((t.names, t.names) for t in self.lines),
        ]
        self.names = [name for labels, _ in names for name in labels]
        self.devices = [device for _, owners in names for device in owners]

    def densities(self, y: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Density of each part at the output, shape (parts, m), by the adjoint y, shape (n + 1, m). [V²/Hz]

        Raises
        ------
        AnalysisError
            A density is not finite.
        """
        density = np.empty((len(self.names), len(at)))
        done = len(self.plus)
        _densities(at, y, (self.plus, self.minus), self.white, self.flicker, self.exponent, density[:done])
        for f in self.spread:
            seen = np.zeros((len(f.names) + 1, len(at)), dtype=complex)  # ground last
            for rows, factors in zip(f.rows, f.factors, strict=True):
                seen[:-1] += factors[:, None] * y[rows]
            first, last = np.arange(len(f.names), dtype=np.int32), np.full(len(f.names), -1, dtype=np.int32)
            part = density[done : done + len(f.names)]
            _densities(at, seen, (first, last % len(seen)), f.white, f.flicker, f.exponent, part)
            if f.spectrum is not None:
                part *= f.spectrum(at)
            done += len(f.names)
        heat = BOLTZMANN * (self.simulation.options.temp + KELVIN)
        for table in self.lines:
            gain = noise_gain(table, self.simulation.system.unknowns, y.T, 2.0 * np.pi * at)
            density[done : done + len(table.names)] = heat * gain.T
            done += len(table.names)
        self._check(density, at)
        return density

    def _check(self, density: np.ndarray, at: np.ndarray) -> None:
        """Refuse densities that are not finite."""
        if np.isfinite(density).all():
            return
        part, k = (int(first[0]) for first in np.nonzero(~np.isfinite(density)))
        raise AnalysisError(
            f"the noise of {self.names[part]} is {density[part, k]:g} V²/Hz at {at[k]:g} Hz: "
            "look for a value that was not meant"
        )

    def with_devices(self, parts: np.ndarray) -> dict[str, Any]:
        """Values of the parts and, after those of each device, their sum, in ngspice's order."""
        return with_devices(self.simulation.circuit, self.names, self.devices, parts)


def _densities(
    at: np.ndarray,
    y: np.ndarray,
    between: tuple[np.ndarray, np.ndarray],
    white: np.ndarray,
    flicker: np.ndarray,
    exponent: np.ndarray,
    density: np.ndarray,
) -> None:
    """Write densities at the output to `density`; exponents other than 1 scale the transfer of unit white noise."""
    from circuitnn._cext.noise import densities

    bent = exponent != 1.0
    if not bent.any():
        densities(at, y, *between, white, flicker, density)
        return
    densities(at, y, *between, np.where(bent, 1.0, white), np.where(bent, 0.0, flicker), density)
    with np.errstate(all="ignore"):  # the caller checks for values that are not finite
        density[bent] *= white[bent, None] + flicker[bent, None] / at ** exponent[bent, None]
