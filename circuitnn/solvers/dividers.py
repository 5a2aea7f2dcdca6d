"""Operating points of networks that only divide voltages, accurate to rounding for any ratio of conductances.

A network has conductances and devices between nodes, some of which are held. Newton's method uses an elimination
without subtraction (`Elimination`). Each voltage is a pair of numbers, value and rounding error: differences of
voltages are accurate to rounding, however small, and so are all currents.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from circuitnn._cext.elimination import Elimination
from circuitnn.records import dataclass

MAX_NODES = 2048
MAX_ITERATIONS = 300
# Steps below this, relative to the largest voltage, are not damped; iteration ends when they stop shrinking.
NEAR = 1e-9
ROUNDING = 4.0 * float(np.finfo(float).eps)
# Further steps that refine small differences of voltages.
MORE = 2
# Relative to the largest voltage; nodes of a line that differ by less count as equal during iteration.
FLAT = 1e-3
# Damping of a step if rounding hides whether it improves the solution.
STALLED = 1e-3
LEAST_DAMPING = 1e-9
# Slopes that should vanish may be this fraction of the others.
NOTHING = 1e-9
# Sums of slopes below this fraction of their terms are rounding errors.
LEFT = 1e-12


class Unsuited(Exception):
    """The circuit is not such a network, or was not solved; the message says why."""


@dataclass(frozen=True, eq=False)
class Look:
    """Currents and slopes of devices at given voltages.

    Parameters
    ----------
    current : ndarray, shape (nodes + 1,)
        Current that leaves each node; ground is last. [A]
    rows, columns, slopes : ndarray
        Derivatives of currents with respect to voltages; entries at one place are added. [S]
    devices : ndarray of int
        Number of the device of each derivative. What flows through one from node to node cancels in its sum exactly.
    """

    current: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    slopes: np.ndarray
    devices: np.ndarray


@dataclass(frozen=True, eq=False)
class Voltages:
    """Voltages as pairs of value and rounding error, each of shape (nodes + 1,); ground is last. [V]"""

    high: np.ndarray
    low: np.ndarray

    def moved(self, step: np.ndarray) -> Voltages:
        """The voltages after a step."""
        total, rest = _two_sum(self.high, step)
        return Voltages(*_two_sum(total, self.low + rest))


def _two_sum(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """a + b and its rounding error."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def summed(places: np.ndarray, values: np.ndarray, size: int = 0) -> np.ndarray:
    """Sums of the values at each of `size` places; of no values they are numbers, too, not integers."""
    return np.bincount(places, values, size).astype(float, copy=False)


class Places:
    """Map from entries of the matrix of all nodes to that of the free nodes; the last row and column sum up the others.

    Entries at one place are added.
    """

    def __init__(self, rows: np.ndarray, columns: np.ndarray, index: np.ndarray, free: int) -> None:
        self.rows = rows
        i, j = index[rows], index[columns]
        self.width = free + 1
        self.flat = (i % self.width) * self.width + j % self.width
        self.column = j % self.width
        self.inside = i >= 0

    def matrix(self, values: np.ndarray) -> np.ndarray:
        """The matrix."""
        return summed(self.flat, values, self.width**2).reshape(self.width, self.width)

    def columns(self, values: np.ndarray, among: np.ndarray) -> np.ndarray:
        """Sums of the columns of the free nodes over some of the entries."""
        return summed(self.column, np.where(among, values, 0.0), self.width)[:-1]


class DevicePlaces(Places):
    """The same for derivatives of devices, whose columns are summed up device by device.

    A microohm beside picoamperes would leave nothing of them in a sum over all devices.
    """

    def __init__(self, look: Look, index: np.ndarray, free: int) -> None:
        super().__init__(look.rows, look.columns, index, free)
        keys, self.sum = np.unique(look.devices * self.width + self.column, return_inverse=True)
        self.column_of_sum = keys % self.width

    def leaving(self, slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums of the columns of the free nodes over the free nodes' rows, and sums of the devices' magnitudes."""
        inside = np.where(self.inside, slopes, 0.0)
        net, gross = summed(self.sum, inside), summed(self.sum, np.abs(inside))
        net = np.where(np.abs(net) > LEFT * gross, net, 0.0)
        leaving, across = (summed(self.column_of_sum, of, self.width)[:-1] for of in (net, np.abs(net)))
        return leaving, across


class DividerNetwork:
    """Nodes, conductances, devices.

    Parameters
    ----------
    held : ndarray, shape (nodes,)
        Voltages of nodes that are held, NaN of others. [V]
    auxiliary : ndarray of bool, shape (nodes,)
        Entries that are not voltages but auxiliary quantities used by devices.
    links : tuple of ndarray
        Nodes i and j (`nodes`: ground) of currents g·(v_i - v_j) that leave node i; the current into node j is an entry
        of its own.
    g : ndarray
        Their conductances. [S]
    look : callable
        Evaluates the devices at voltages of shape (nodes + 1,) and returns a `Look`; raises `Unsuited` if their slopes
        are not those of such a network.

    Raises
    ------
    Unsuited
        If it is too large.
    """

    def __init__(
        self,
        held: np.ndarray,
        auxiliary: np.ndarray,
        links: tuple[np.ndarray, np.ndarray],
        g: np.ndarray,
        look: Callable[[np.ndarray], Look],
    ) -> None:
        self.size = len(held)
        self.i, self.j = links
        self.look = look
        self.free = np.flatnonzero(np.isnan(held))
        if len(self.free) > MAX_NODES:
            raise Unsuited(f"{len(self.free)} nodes are too many for a dense elimination")
        self.known = np.append(np.flatnonzero(~np.isnan(held) & ~auxiliary), self.size)
        self.index = np.full(self.size + 1, -1)
        self._sort(held)
        self.links = Places(self.i, self.j, self.index, len(self.free))
        self.from_held = ~self.links.inside & (self.index[self.j] >= 0)
        self.devices: DevicePlaces | None = None  # of the last look
        self._find_lines()
        self.change(held, g)
        self.iterations = 0

    def change(self, held: np.ndarray, g: np.ndarray) -> None:
        """Set new voltages of the held nodes and new conductances of the links."""
        self.g = g
        self.start = self._start(held)
        self.scale = max(float(np.abs(self.start[self.known]).max()), 1e-300)
        self.coupling = self.links.matrix(g)
        self.outside = self.links.columns(g, self.from_held)

    def _start(self, held: np.ndarray) -> np.ndarray:
        """Voltages to start from: free nodes lie between those that are held."""
        start = np.zeros(self.size + 1)
        start[:-1] = held
        known = start[self.known]
        start[self.free] = 0.5 * (known.min() + known.max())
        return start

    def _sort(self, held: np.ndarray) -> None:
        """Sort free nodes for elimination: those with few neighbours first, to limit fill-in."""
        neighbours = np.bincount(self.i, minlength=self.size + 1)
        neighbours += np.bincount(self.look(self._start(held)).rows, minlength=self.size + 1)
        self.free = self.free[np.argsort(neighbours[self.free], kind="stable")]
        self.index[self.free] = np.arange(len(self.free))

    def currents(self, v: Voltages, look: Look) -> np.ndarray:
        """Currents that leave all nodes, shape (nodes + 1,). [A]"""
        low_part = summed(look.rows, look.slopes * v.low[look.columns], self.size + 1)
        return self._through_links(v) + look.current + low_part

    def _through_links(self, v: Voltages) -> np.ndarray:
        flow = self.g * ((v.high[self.i] - v.high[self.j]) + (v.low[self.i] - v.low[self.j]))
        return summed(self.i, flow, self.size + 1)

    def factors(self, look: Look) -> Elimination:
        """Factors of the matrix of the free nodes.

        Raises
        ------
        Unsuited
            A slope has the wrong sign, or nothing holds a node.
        """
        n = len(self.free)
        if self.devices is None or self.devices.rows is not look.rows:
            self.devices = DevicePlaces(look, self.index, n)
        places = self.devices
        coupling, gross = -places.matrix(look.slopes), places.matrix(np.abs(look.slopes))
        leaving, across = places.leaving(look.slopes)
        coupling.flat[:: n + 2] = 0.0
        if (coupling[:n, :n] < -NOTHING * gross[:n, :n].max(axis=0, initial=0.0)).any():
            raise Unsuited("a differential conductance is negative")
        if (leaving < -NOTHING * across).any():
            raise Unsuited("a device gives more than it takes")
        # Several behavioural sources may form one device: terms that should cancel leave rounding errors.
        coupling[coupling <= LEFT * gross] = 0.0
        outside = np.where(leaving > LEFT * across, leaving, 0.0)
        factors = Elimination(
            np.ascontiguousarray((coupling + self.coupling)[:n, :n]), outside + self.outside
        )
        if factors.singular >= 0:
            raise Unsuited("a part floats, or a conductance is not a number")
        return factors

    def solve(self, near: np.ndarray | None = None) -> Voltages:
        """The operating point.

        Parameters
        ----------
        near : ndarray, shape (nodes + 1,), optional
            Voltages of an approximate solution, which selects one of several operating points. They are
            ignored if they lie outside the range of the sources, which no solution does. [V]

        Raises
        ------
        Unsuited
        """
        start = self.start.copy()
        if near is not None:
            held, inside = near[self.known], near[self.free]
            if np.all((held.min() <= inside) & (inside <= held.max())):
                start[self.free] = inside
        v = Voltages(start, np.zeros(self.size + 1))
        if not len(self.free):
            return v
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return self._newton(v)

    def _newton(self, v: Voltages) -> Voltages:
        """Newton's method with Deuflhard's natural test: the next step by the same matrix must be shorter."""
        damping, before, left, near, stalled = 1.0, np.inf, MORE, False, False
        look = self.look(v.high)
        for _ in range(MAX_ITERATIONS):
            self.iterations += 1
            factors = self.factors(look)
            step = self._step(factors, v, look, near)
            size = _size(step)
            if near and (size <= ROUNDING * self.scale or size > 0.5 * before):
                left -= 1
                if left < 0:
                    if size > NEAR * self.scale:
                        raise Unsuited("the last steps did not shrink")
                    return v.moved(step)
            before = size if near else np.inf
            near = near or size <= NEAR * self.scale or (stalled and size <= FLAT * self.scale)
            damping = 1.0 if near else min(1.0, 4.0 * damping)
            while True:
                trial = v.moved(damping * step)
                look_trial = self.look(trial.high)
                if near or damping < LEAST_DAMPING:
                    break
                if _size(self._step(factors, trial, look_trial, False)) <= (1.0 - damping / 4.0) * size:
                    break
                damping *= 0.5
            stalled = damping < STALLED
            v, look = trial, look_trial
        raise Unsuited("the iteration did not converge")

    def _step(self, factors: Elimination, v: Voltages, look: Look, near: bool) -> np.ndarray:
        """Newton's step from the residual of Kirchhoff's current law.

        During iteration, lines whose voltages are nearly equal count as one node, because a large conductance turns
        rounding errors of voltages into false currents. Linear currents are computed from the
        solution, so that nothing is lost.
        """
        flat = v if near else self._flattened(v)
        change = (flat.high - v.high) + (flat.low - v.low)
        moved = change + v.low if near else change
        lacking = self._through_links(flat) + look.current
        lacking += summed(look.rows, look.slopes * moved[look.columns], self.size + 1)
        step = np.zeros(self.size + 1)
        step[self.free] = factors.solve(-lacking[self.free])
        return step + change

    def _flattened(self, v: Voltages) -> Voltages:
        """Replace the voltages of a line by one value where they hardly differ."""
        rest = np.abs(v.high - v.high[self.first])
        widest = np.zeros(self.size + 1)
        np.maximum.at(widest, self.first, rest)
        flat = widest[self.first] <= FLAT * self.scale
        return Voltages(np.where(flat, v.high[self.first], v.high), np.where(flat, v.low[self.first], v.low))

    def _find_lines(self) -> None:
        """First node of the line of each node; lines are joined by links without held nodes."""
        apart = np.isin(self.i, self.free) & np.isin(self.j, self.free)
        i, j = self.i[apart], self.j[apart]
        self.first, before = np.arange(self.size + 1), np.arange(0)
        while not np.array_equal(
            self.first, before
        ):  # SciPy's graphs take longer to import than a small run takes
            before = self.first.copy()
            least = np.minimum(before[i], before[j])
            np.minimum.at(self.first, before[i], least)
            np.minimum.at(self.first, before[j], least)
            self.first = self.first[self.first]


def _size(step: np.ndarray) -> float:
    size = float(np.abs(step).max(initial=0.0))
    return size if np.isfinite(size) else np.inf
