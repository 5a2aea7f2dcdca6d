"""Warnings about accepted points that rest on an operation without a value: ``sqrt(-1)``, a divisor of 0.

The equations are finite everywhere, so that Newton's method can continue, but a solution that uses a substitute value
deserves a warning. Every operating point is checked, and a bounded number of points of sweeps and transients, by
separate expressions (see `circuitnn.equations.domains`), so that the solver does not slow down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, cycle, repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.models import known
from circuitnn.results.notes import Undefined
from circuitnn.system import System
from circuitnn.system.groups import Placed

if TYPE_CHECKING:
    from circuitnn._cext.group import DeviceGroup
    from circuitnn.equations.guard import UndefinedOperation

MOST_POINTS = 256  # points checked in one analysis
# The same for SPICE's own devices: points, and instances at all points but the first.
FEW_POINTS, FEW_INSTANCES = 8, 256
# Steps between checked points: dense at the start, then aperiodic.
FIRST = (5, 8, 13, 21, 34, 55, 89, 144)
LATER = (233, 89, 377, 144, 55, 311, 199)
SELDOM = (25, 100, 400, 1600, 6400)  # the same if only SPICE's devices are checked
MOST_NUMBERS = 1 << 22  # numbers kept of the points
MOST_EXPLAINED = 4096  # points, over all instances, for which the operation is identified
MOST_NAMED = 6  # operands shown
MOST_TOLD = 3  # operations reported per group of devices


class _Seen(NamedTuple):
    """Devices of one kernel, and the points and instances to check."""

    placed: Placed
    points: np.ndarray
    instances: np.ndarray


class DomainWatch:
    """Collects accepted points and reports at the end which rest on operations without a value.

    Parameters
    ----------
    system : System
    gmin : float
    """

    def __init__(self, system: System, gmin: float) -> None:
        self.system = system
        self.gmin = gmin
        self._placed = [p for p in system.placed if p.kernel.quick_guard or p.guard]
        self._moved = [p for p in self._placed if p.kernel.moving]
        self._points: list[np.ndarray] = []
        self._times: list[float] = []
        self._labels: list[str] = []
        self._moving: list[dict[int, dict[str, np.ndarray]]] = []
        self._most = max(2, min(MOST_POINTS, MOST_NUMBERS // (system.n + 1)))

    def __bool__(self) -> bool:
        """Whether there is anything to check."""
        return bool(self._placed)

    def strides(self) -> Iterator[int]:
        """Steps from one checked point to the next."""
        return chain(FIRST, cycle(LATER)) if self.closely else chain(SELDOM, repeat(SELDOM[-1]))

    @property
    def sweep(self) -> int:
        """Approximate number of points of a sweep to check."""
        return MOST_POINTS // 2 if self.closely else FEW_POINTS

    @property
    def closely(self) -> bool:
        """Whether compact models or a user's equations are checked."""
        return not all(p.plain for p in self._placed)

    def see(self, x: np.ndarray, label: str, time: float = 0.0) -> None:
        """Keep an accepted point.

        Parameters
        ----------
        x : ndarray, shape (n + 1,)
            Kept by reference.
        label : str
            Description of the point, ``"at v1 = 0.5"``; empty for a point in time.
        time : float
            [s]
        """
        if self._points and np.array_equal(self._points[-1], x):
            self._labels[-1] = label or self._labels[-1]  # an operating point within a sweep
            return
        if not self._placed or len(self._points) == self._most:
            return
        self._points.append(x)
        self._times.append(time)
        self._labels.append(label)
        self._moving.append({id(p): self._columns_now(p) for p in self._moved})

    def _columns_now(self, p: Placed) -> dict[str, np.ndarray]:
        """Memories and random numbers as events have left them."""
        kernel, group = p.kernel, self._group(p)
        if group is None:
            return {}
        return {name: group.columns[kernel.columns.index(name)].copy() for name in kernel.moving}

    def _group(self, p: Placed) -> DeviceGroup | None:
        group = next((g for g in self.system.groups if g.name == p.name), None)
        if group is None or group.columns.shape != (len(p.kernel.columns), p.nodes.shape[1]):
            return None
        return group

    def notes(self) -> list[Undefined]:
        """Notes about the collected points, which are then dropped."""
        notes = [note for p in self._placed for note in self._examine(p)] if self._points else []
        for kept in (self._points, self._times, self._labels, self._moving):
            kept.clear()
        return notes

    def _examine(self, p: Placed) -> list[Undefined]:
        count, n = len(self._points), p.nodes.shape[1]
        every = np.arange(n)
        if not p.plain:
            return self._of(p, np.arange(count), every)
        points = np.linspace(0, count - 1, min(count, FEW_POINTS)).astype(int)
        if n <= FEW_INSTANCES:
            return self._of(p, points, every)
        some = np.linspace(0, n - 1, FEW_INSTANCES).astype(int)
        notes = self._of(p, points[:1], every)
        reported = {note.about for note in notes}
        return notes + [note for note in self._of(p, points[1:], some) if note.about not in reported]

    def _of(self, p: Placed, points: np.ndarray, instances: np.ndarray) -> list[Undefined]:
        """Notes about some instances at some of the points."""
        guard = p.guard
        if guard is None or not len(points) or self._all_defined(p, points, instances):
            return []
        seen = _Seen(p, points, instances)
        x = np.stack([self._points[k] for k in points], axis=1)
        x = np.moveaxis(x[p.nodes[:, instances]], -1, 1)  # ground is last: -1
        values = {name: self._values(name, seen) for name in guard.columns}
        outside = np.flatnonzero(guard.outside(x, values, self.gmin))[:MOST_EXPLAINED]
        if not len(outside):
            return []
        names = p.columns.keys() | p.kernel.moving | {"time"}
        symbols = {n: self._values(n, seen) for n in names} | {"gmin": np.full((1, 1), self.gmin)}
        symbols = {n: np.broadcast_to(v, x.shape[1:]).ravel()[outside] for n, v in symbols.items()}
        symbols |= dict(zip(p.kernel.inputs, x.reshape(len(x), -1)[:, outside], strict=True))
        operations = guard.operations_without_value(symbols)
        notes = [
            Undefined(self._sentence(seen, operation, outside, symbols), (p.name, operation.op))
            for operation in operations[:MOST_TOLD]
        ]
        if len(operations) > MOST_TOLD:
            remainder = f"{p.instances[0]}: {len(operations) - MOST_TOLD} more operations without a value"
            notes.append(Undefined(remainder, (p.name, "more")))
        return notes

    def _all_defined(self, p: Placed, points: np.ndarray, instances: np.ndarray) -> bool:
        """Whether the stored guard shows that all operations have values."""
        group = self._group(p)
        handle = p.kernel.quick_guard
        if group is None or handle is None:
            return False
        every = len(instances) == p.nodes.shape[1]
        nodes, columns = p.nodes if every else p.nodes[:, instances], group.columns.copy()
        gmin = (0.0, self.gmin)
        for k in points:
            for name, values in self._moving[k].get(id(p), {}).items():
                columns[p.kernel.columns.index(name)] = values
            x, numbers = self._points[k][nodes], columns if every else columns[:, instances]
            if handle.evaluate(x, numbers, gmin).max() > 0.0:
                return False
        return True

    def _values(self, name: str, seen: _Seen) -> np.ndarray:
        """A column of the instances at the points, in a shape that broadcasts to (points, instances)."""
        p, points, instances = seen
        if name == "time":
            return np.array(self._times)[points, None]
        if p in self._moved:
            moving = [self._moving[k][id(p)] for k in points]
            if name in moving[0]:
                return np.array([of_point[name][instances] for of_point in moving])
        return p.columns[name][None, instances]

    def _sentence(
        self,
        seen: _Seen,
        operation: UndefinedOperation,
        outside: np.ndarray,
        symbols: Mapping[str, np.ndarray],
    ) -> str:
        p, points, instances = seen
        first, numbers = int(operation.points[0]), outside[operation.points]
        of_point, of_instance = np.divmod(numbers, len(instances))
        instance, point = int(instances[of_instance[0]]), int(points[of_point[0]])
        behavioural = p.name not in known()
        names = [name for name in operation.names if name in p.kernel.inputs or not behavioural]
        operands = [
            f"{self._called(p, name, instance)} = {symbols[name][first]:.6g}" for name in names[:MOST_NAMED]
        ]
        others = len(set(of_instance.tolist())) - 1
        who = p.instances[instance] + (f" and {others} more" if others else "")
        kind = "" if behavioural else f" ({p.name})"
        so = (
            f"; so at {len(set(of_point.tolist()))} of {len(points)} points looked at"
            if len(points) > 1
            else ""
        )
        values = f", with {', '.join(operands)}" if operands else ""
        return f"{who}{kind} {self._label(point)}: {operation.text}{values}{so}"

    def _label(self, point: int) -> str:
        return self._labels[point] or f"at t = {self._times[point]:.6g} s"

    def _called(self, p: Placed, name: str, instance: int) -> str:
        """Public name of a symbol: unknowns of behavioural sources have internal names."""
        if name not in p.kernel.inputs or p.name in known():
            return name
        unknown = int(p.nodes[p.kernel.inputs.index(name), instance])
        return self.system.unknowns.names[unknown] if unknown >= 0 else "0"
