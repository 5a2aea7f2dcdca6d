"""Transients of a compact model between resistors and capacitors by SciPy, for `bench.twins`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import ZERO, Expr, symbols
from circuitnn.flat import Elements, FlatCircuit
from circuitnn.models import known
from circuitnn.models.latches import sets_back

NUDGE = 1e-6  # of a derivative by differences


class Unsuited(ValueError):
    """The circuit is no ordinary differential equation."""


@dataclass(frozen=True)
class Source:
    """A waveform of SPICE: kind and numbers, all of them given.

    Parameters
    ----------
    kind : str
        ``DC``, ``SIN`` (offset, amplitude, frequency), ``PULSE`` (low, high, delay, rise, fall, width) or ``PWL``.
    numbers : tuple of float
    """

    kind: str
    numbers: tuple[float, ...]

    def __str__(self) -> str:
        words = " ".join(map(repr, self.numbers))
        return f"DC {words}" if self.kind == "DC" else f"{self.kind}({words})"

    @property
    def corners(self) -> list[tuple[float, float]]:
        """Times [s] and values [V] between which it is a straight line."""
        if self.kind == "PWL":
            return list(zip(self.numbers[::2], self.numbers[1::2], strict=True))
        if self.kind == "PULSE":
            low, high, delay, rise, fall, width = self.numbers
            top = delay + rise
            return [(0.0, low), (delay, low), (top, high), (top + width, high), (top + width + fall, low)]
        return []

    def at(self, t: float) -> float:
        """Value at a time. [V]"""
        if self.kind == "DC":
            return self.numbers[0]
        if self.kind == "SIN":
            offset, amplitude, rate = self.numbers
            return offset + amplitude * math.sin(2.0 * math.pi * rate * t)
        times, values = zip(*self.corners, strict=True)
        return float(np.interp(t, times, values))


@dataclass(frozen=True, eq=False)
class Trajectory:
    """States, at given times; looks like a result.

    Parameters
    ----------
    time : ndarray, shape (points,)
        [s]
    values : dict of str to ndarray, shape (points,)
    """

    time: np.ndarray
    values: dict[str, np.ndarray]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the states."""
        return tuple(self.values)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]


class _Network:
    """Nodes with capacitors to ground between resistors, a source at the node ``in``, and one device."""

    def __init__(self, flat: FlatCircuit) -> None:
        (devices,) = flat.devices
        if len(devices.names) != 1:
            raise Unsuited("more than one device")
        self.model = known()[devices.model]
        self.m = self.model.stated()
        if self.model.internal or self.model.memories or self.model.control or self.m.randoms:
            raise Unsuited("inner nodes, memories or random numbers")
        if any(not sets_back(e, self.m.states) for e in self.m.events.values()):
            raise Unsuited("events")
        if any(self.m.q[s.name] is ZERO for s in self.model.states):
            raise Unsuited("states that follow at once")
        self.values = {n: float(np.asarray(v).ravel()[0]) for n, v in devices.columns.items() if n != "model"}
        temperature = self.values.get("temp", math.nan)
        self.values |= {"temp": flat.temperature if math.isnan(temperature) else temperature}
        self.values |= {"tnom": 27.0, "gmin": 1e-12, "time": 0.0}
        names = flat.node_names
        self.driven = names.index("in")
        self.places = dict(zip(self.model.terminals, devices.nodes[0].tolist(), strict=True))
        self.tables = {t.kind: t for t in flat.elements}
        self.free = [k for k in range(1, len(names)) if k != self.driven]
        self.capacitance = np.zeros((len(names), len(names)))
        self.conductance = np.zeros_like(self.capacitance)
        _stamp(self.capacitance, self.tables.get("c"), power=1.0)
        _stamp(self.conductance, self.tables.get("r"), power=-1.0)
        own = [n for n in self.places if self.m.q[n] is not ZERO]
        if any(symbols([self.m.q[n]]) & {s.name for s in self.model.states} for n in own):
            raise Unsuited("charges that depend on states")
        self.charged = own

    def start(self) -> np.ndarray:
        """Voltages of the free nodes, which are 0, and states."""
        states = [float(np.asarray(evaluate([s.start()], self.values)[0])) for s in self.model.states]
        return np.array([0.0] * len(self.free) + states)

    def _at(self, voltages: np.ndarray, states: np.ndarray) -> dict[str, float]:
        at = {name: float(voltages[node]) for name, node in self.places.items()}
        return self.values | at | dict(zip((s.name for s in self.model.states), states.tolist(), strict=True))

    def rate(self, t: float, x: np.ndarray, source: Callable[[float], float]) -> np.ndarray:
        """Derivatives of voltages and states by the time."""
        voltages, states = np.zeros(len(self.capacitance)), x[len(self.free) :]
        voltages[self.driven], voltages[self.free] = source(t), x[: len(self.free)]
        at = self._at(voltages, states)
        current = self.conductance @ voltages
        for name, node in self.places.items():
            current[node] += _value(self.m.f[name], at)
        capacitance = self.capacitance.copy()
        for name in self.charged:
            for other in self.charged:
                capacitance[self.places[name], self.places[other]] += _slope(self.m.q[name], other, at)
        held = capacitance[np.ix_(self.free, self.free)]
        drift = -current[self.free]
        if self.free:
            along = (
                (source(t + 1e-15) - source(t)) / 1e-15 if capacitance[self.free, self.driven].any() else 0.0
            )
            drift = np.linalg.solve(held, drift - capacitance[self.free, self.driven] * along)
        moved = [
            -_value(self.m.f[s.name], at) / _slope(self.m.q[s.name], s.name, at) for s in self.model.states
        ]
        return np.concatenate([drift, moved])


def _stamp(matrix: np.ndarray, table: Elements | None, power: float) -> None:
    """Add values of two-terminal elements, or their reciprocals, as the nodal matrix has them."""
    if table is None:
        return
    for (a, b), value in zip(table.nodes.tolist(), table.values[table.kind].tolist(), strict=True):
        for row, column, sign in ((a, a, 1.0), (b, b, 1.0), (a, b, -1.0), (b, a, -1.0)):
            matrix[row, column] += sign * value**power


def _value(expr: Expr, at: dict[str, float]) -> float:
    return float(np.asarray(evaluate([expr], at)[0]))


def _slope(expr: Expr, name: str, at: dict[str, float]) -> float:
    if str(expr) == name:
        return 1.0
    step = NUDGE * max(abs(at[name]), 1.0)
    ends = (_value(expr, at | {name: at[name] + sign * step}) for sign in (1.0, -1.0))
    return (next(ends) - next(ends)) / (2.0 * step)


def integrated(flat: FlatCircuit, source: Source, time: np.ndarray) -> Trajectory:
    """States of the only device of a circuit, by LSODA.

    Parameters
    ----------
    flat : FlatCircuit
        Resistors, capacitors, a voltage source from the node ``in`` to ground, one device. Starts without charge.
    source : Source
    time : ndarray, shape (points,)
        [s]

    Raises
    ------
    Unsuited
    """
    network = _Network(flat)
    if network.free and np.linalg.matrix_rank(network.capacitance[np.ix_(network.free, network.free)]) < len(
        network.free
    ):
        raise Unsuited("nodes without capacitance")
    x = network.start()
    ends = sorted({0.0, *(t for t, _ in source.corners if 0.0 < t < time[-1]), float(time[-1])})
    found = np.empty((len(x), len(time)))
    for left, right in pairwise(ends):
        run = solve_ivp(
            lambda t, y: network.rate(t, y, source.at),
            (left, right),
            x,
            "LSODA",
            dense_output=True,
            rtol=1e-8,
            atol=1e-10,
            max_step=(time[-1] - time[0]) / 200.0,
        )
        if not run.success:
            raise Unsuited(str(run.message))
        here = (time >= left) & (time <= right)
        found[:, here], x = run.sol(time[here]), run.y[:, -1]
    names = [f"@n1[{s.name}]" for s in network.model.states]
    return Trajectory(time, dict(zip(names, found[len(network.free) :], strict=True)))
