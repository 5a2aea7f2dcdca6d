"""Accepted points that rest on an operation without a value: ``sqrt(-1)``, a divisor of 0.

The equations are finite whatever happens, so that Newton's iterations survive; of a solution the user is told.
Looked at are every operating point, and of sweeps and transients a bounded number of accepted points, by an
expression of their own that only says whether (see `circuitnn.equations.domains`): what solves knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.later import pattern
from circuitnn.models import known
from circuitnn.system import System
from circuitnn.system.groups import Placed

if TYPE_CHECKING:
    from circuitnn.equations.guard import Guard, Rest

MOST_POINTS = 256  # looked at in one analysis
MOST_NUMBERS = 1 << 22  # kept of them
MOST_EXPLAINED = 4096  # points, of all instances, of which the operation is looked for
MOST_NAMED = 6  # values of what an operation depends on
MOST_TOLD = 3  # operations told of one group of devices


_NUMBERS = pattern(r" at [^:]*:|, with .*|; so at .*|[-+\d.e]+")


def without_numbers(note: str) -> str:
    """What a note says, wherever and of whatever numbers: of the points of a sweep one is enough."""
    return _NUMBERS.sub("", note)


class Watch:
    """Keeps accepted points, and says at the end which rest on what has no value.

    Parameters
    ----------
    system : System
    gmin : float
    """

    def __init__(self, system: System, gmin: float) -> None:
        self.system = system
        self.gmin = gmin
        self._placed = [p for p in system.placed if p.guard]
        self._moved = [p for p in self._placed if p.kernel.moving]
        self._points: list[np.ndarray] = []
        self._times: list[float] = []
        self._labels: list[str] = []
        self._moving: list[dict[int, dict[str, np.ndarray]]] = []
        self._most = max(2, min(MOST_POINTS, MOST_NUMBERS // (system.n + 1)))

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self._placed)

    def see(self, x: np.ndarray, label: str, time: float = 0.0) -> None:
        """Keep an accepted point.

        Parameters
        ----------
        x : ndarray, shape (n + 1,)
            Kept as it is.
        label : str
            Where it is: ``"at v1 = 0.5"``; empty for a point in time.
        time : float
            [s]
        """
        if self._points and np.array_equal(self._points[-1], x):
            self._labels[-1] = label  # an operating point that is one of a sweep
            return
        if not self._placed or len(self._points) == self._most:
            return
        self._points.append(x)
        self._times.append(time)
        self._labels.append(label)
        self._moving.append({id(p): self._columns_now(p) for p in self._moved})

    def _columns_now(self, p: Placed) -> dict[str, np.ndarray]:
        """Memories and random numbers as events have left them."""
        kernel = p.kernel
        group = next((g for g in self.system.groups if g.name == p.name), None)
        if group is None or group.columns.shape != (len(kernel.columns), p.nodes.shape[1]):
            return {}
        return {name: group.columns[kernel.columns.index(name)].copy() for name in kernel.moving}

    def notes(self) -> list[str]:
        """What is to be said of the points kept; they are forgotten."""
        found = [note for p in self._placed for note in self._of(p, p.guard)] if self._points else []
        for kept in (self._points, self._times, self._labels, self._moving):
            kept.clear()
        return found

    def _of(self, p: Placed, guard: Guard | None) -> list[str]:
        if guard is None:
            return []
        x = np.moveaxis(np.stack(self._points, axis=1)[p.nodes], -1, 1)  # ground is last: -1
        moving = [of_point[id(p)] for of_point in self._moving] if p in self._moved else []
        values = {name: self._values(name, p, moving) for name in guard.columns}
        outside = np.flatnonzero(guard.outside(x, values, self.gmin))[:MOST_EXPLAINED]
        if not len(outside):
            return []
        names = p.columns.keys() | p.kernel.moving | {"time"}
        at = {n: self._values(n, p, moving) for n in names} | {"gmin": np.full((1, 1), self.gmin)}
        at = {n: np.broadcast_to(v, x.shape[1:]).ravel()[outside] for n, v in at.items()}
        at |= dict(zip(p.kernel.inputs, x.reshape(len(x), -1)[:, outside], strict=True))
        told = guard.told(at)
        notes = [self._sentence(p, rest, outside, at) for rest in told[:MOST_TOLD]]
        if len(told) > MOST_TOLD:
            notes.append(f"{p.instances[0]}: {len(told) - MOST_TOLD} more operations without a value")
        return notes

    def _values(self, name: str, p: Placed, moving: list[dict[str, np.ndarray]]) -> np.ndarray:
        """A number of the instances at the points, of a shape that broadcasts to (points, instances)."""
        if name == "time":
            return np.array(self._times)[:, None]
        if moving and name in moving[0]:
            return np.array([of_point[name] for of_point in moving])
        return p.columns[name][None, :]

    def _sentence(self, p: Placed, rest: Rest, outside: np.ndarray, at: Mapping[str, np.ndarray]) -> str:
        count, n = len(self._points), p.nodes.shape[1]
        first, numbers = int(rest.points[0]), outside[rest.points]
        instance = int(numbers[0]) % n
        behavioural = p.name not in known()
        names = [name for name in rest.names if name in p.kernel.inputs or not behavioural]
        given = [f"{self._called(p, name, instance)} = {at[name][first]:.6g}" for name in names[:MOST_NAMED]]
        others = len(set((numbers % n).tolist())) - 1
        who = p.instances[instance] + (f" and {others} more" if others else "")
        kind = "" if behavioural else f" ({p.name})"
        seen = len(set((numbers // n).tolist()))
        points = f"; so at {seen} of {count} points looked at" if count > 1 else ""
        values = f", with {', '.join(given)}" if given else ""
        return f"{who}{kind} {self._label(int(numbers[0]) // n)}: {rest.text}{values}{points}"

    def _label(self, point: int) -> str:
        return self._labels[point] or f"at t = {self._times[point]:.6g} s"

    def _called(self, p: Placed, name: str, instance: int) -> str:
        """What a symbol is called outside: unknowns of behavioural sources have names of their own."""
        if name not in p.kernel.inputs or p.name in known():
            return name
        unknown = int(p.nodes[p.kernel.inputs.index(name), instance])
        return self.system.unknowns.names[unknown] if unknown >= 0 else "0"
