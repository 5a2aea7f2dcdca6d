"""Trace curves of operating points: detect and locate their special points, and switch branches there.

At folds dλ of the tangent (dx, dλ) and det G both change sign; at branch points only det G does; at Hopf points, where
an oscillation begins, two modes begin to grow at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from circuitnn.continuation.bordered import Branch, Extended, Fold, Hopf
from circuitnn.continuation.curve import Curve, Walk, correct, tangent
from circuitnn.continuation.normal_form import onset
from circuitnn.continuation.null_vectors import left_kernel, nearest_mode, orthogonal, sign_of_determinant
from circuitnn.operating_point.modes import MOST, Modes, grow, matrices, modes, modes_of
from circuitnn.records import replace
from circuitnn.results.special_points import Special

HALVINGS = 12  # bisections of a step that contains a special point, before the extended system is solved
APART = 1e-4  # distance, in scales, below which two special points are the same
OFF = 0.02  # distance from a branch point at which another branch is sought, in steps; …
FARTHEST = 10  # … attempts, each twice as far
EXACT = 1e-3 * 0.025 / float(np.finfo(float).eps)  # voltage whose rounding affects a junction [V]
CLOSED = 20  # points after which a branch is checked for closing on itself


class Place(NamedTuple):
    """A point of a curve with its tangent, sign of det G and modes.

    Parameters
    ----------
    point : ndarray, shape (n + 1,)
    tangent : ndarray, shape (n + 1,)
    sign : float
        Of det G.
    modes : Modes
    """

    point: np.ndarray
    tangent: np.ndarray
    sign: float
    modes: Modes

    @property
    def along(self) -> float:
        """Sign of dλ."""
        return float(np.sign(self.tangent[-1]))


class Line(NamedTuple):
    """One branch of a curve.

    Parameters
    ----------
    points : list of ndarray, shape (n + 1,)
    growing : list of int
    special : list of (Special, ndarray)
        Special points with their coordinates.
    """

    points: list[np.ndarray]
    growing: list[int]
    special: list[tuple[Special, np.ndarray]]


class Tracer:
    """Follows curves of one knob.

    Parameters
    ----------
    curve : Curve
    start, stop : float
        Values of the knob; branches other than the first end where they leave this range.
    wanted : float
        Largest step, in units of the scale.
    ask : callable
        Called before each point with the number of points so far; raises to stop.
    """

    def __init__(
        self, curve: Curve, start: float, stop: float, wanted: float, ask: Callable[[int], None]
    ) -> None:
        self.curve, self.start, self.stop, self.wanted, self.ask = curve, start, stop, wanted, ask
        self.count = 0
        self.unlocated = 0
        self.lines: list[Line] = []
        self.systems: list[tuple[Extended, np.ndarray]] = []  # with their solutions
        self.known: list[tuple[Special, np.ndarray]] = []

    def place(self, point: np.ndarray, direction: np.ndarray) -> Place | None:
        """Describe a point on the curve."""
        curve = self.curve
        if curve.linearise(point) is None:
            return None
        ahead = tangent(curve, direction)
        if ahead is None:
            return None
        x = np.append(point[:-1], 0.0)
        G, C = matrices(curve.simulation, x, curve.knob.settled)
        return Place(point, ahead, sign_of_determinant(G), modes_of(curve.simulation, G, C))

    # ------------------------------------------------------------------ one line

    def line(self, walk: Walk, last: bool) -> tuple[Line, str]:
        """Follow one branch, the last of `lines`; returns it, and what went wrong if anything did.

        With `last` the branch ends at the knob's end value.
        """
        line = Line([], [], [])
        self.lines.append(line)  # what there is of it is kept if a limit is reached
        here = self.place(walk.point, walk.direction)
        if here is None:
            return line, "no tangent"
        first = here.point
        self._add(line, here)
        while True:
            self.ask(self.count)
            before = here
            if not walk.advance(self.stop if last else None):
                return line, "lost"
            after = self.place(walk.point, walk.direction)
            if after is None:
                return line, "no tangent"
            if np.max(np.abs(walk.point[: self.curve.simulation.nodes]), initial=0.0) > EXACT:
                self._add(line, after)
                return line, "high"
            ends = self._examine(line, before, after, walk)
            self._add(line, after)
            here = after
            if ends or walk.last:
                return line, ""
            position = (walk.point[-1] - self.start) / (self.stop - self.start)
            if last and position < -1.0:
                return line, "away"
            if not last and not -1e-9 <= position <= 1.0 + 1e-9:
                self._clip(line, before.point, walk)
                return line, ""
            if not last and len(line.points) > CLOSED and self._near(walk.point, first, self.wanted):
                return line, ""

    def _add(self, line: Line, place: Place) -> None:
        line.points.append(place.point)
        line.growing.append(place.modes.growing)
        self.count += 1

    def _near(self, a: np.ndarray, b: np.ndarray, distance: float) -> bool:
        return bool(np.max(np.abs(a - b) / self.curve.scale) < distance)

    def _clip(self, line: Line, before: np.ndarray, walk: Walk) -> None:
        """End a branch where it leaves the range of the knob."""
        low, high = sorted((self.start, self.stop))
        after = walk.point
        edge = low if after[-1] < low else high
        point = before + (edge - before[-1]) / (after[-1] - before[-1]) * (after - before)
        point[-1] = edge
        if correct(self.curve, point, self.curve.n):
            line.points[-1] = point
        else:
            line.points.pop()
            line.growing.pop()

    # ------------------------------------------------------------------ special points

    def _examine(self, line: Line, before: Place, after: Place, walk: Walk) -> bool:
        """Locate special points within a step; returns whether the line ends at a known branch point."""
        turned = before.along * after.along < 0.0
        crossed = before.sign * after.sign < 0.0
        if turned:
            self._locate(line, "fold", before, after, walk)
        if crossed != turned:
            point = self._locate(line, "branch", before, after, walk)
            if point is not None and any(
                s.kind == "branch" and self._near(p, point, APART) for s, p in self.known
            ):
                return True
        change = abs(grow(after.modes.values) - grow(before.modes.values)) - int(crossed)
        if change >= 2 and not after.modes.assumed:
            self._locate(line, "hopf", before, after, walk)
        return False

    def _locate(self, line: Line, kind: str, before: Place, after: Place, walk: Walk) -> np.ndarray | None:
        """Add a special point to a line, or count it as not located."""
        if self.curve.n <= MOST:
            low, high = self._narrowed(kind, before, after, walk.held)
            solved = self._solved(kind, low, high)
            if solved is not None:
                special, point = solved
                if any(s.kind == kind and self._near(p, point, APART) for s, p in line.special):
                    return point  # two steps found the same one
                line.special.append((special, point))
                line.points.append(point)
                line.growing.append(min(before.modes.growing, after.modes.growing))
                return point
        self.unlocated += 1
        return None

    def _narrowed(self, kind: str, low: Place, high: Place, held: int) -> tuple[Place, Place]:
        """Bisect a piece of the curve that contains a special point of a kind."""
        for _ in range(HALVINGS):
            middle = 0.5 * (low.point + high.point)
            if not correct(self.curve, middle, held):
                break
            between = self.place(middle, high.point - low.point)
            if between is None:
                break
            if _changes(kind, low, between):
                high = between
            elif _changes(kind, between, high):
                low = between
            else:
                break
        return low, high

    def _solved(self, kind: str, low: Place, high: Place) -> tuple[Special, np.ndarray] | None:
        """Solve the extended system from a piece of the curve."""
        curve = self.curve
        start = 0.5 * (low.point + high.point)
        x, value = start[:-1], start[-1]
        system, extra = self._system(kind, low, high, start)
        if system is None:
            return None
        point = system.solve(np.concatenate([x, extra, [value]]))
        if point is None:
            return None
        located = np.append(point[: curve.n], point[-1])
        reach = np.abs(high.point - low.point) + 0.5 * self.wanted * curve.scale
        if np.any(np.abs(located - start) > reach):
            return None  # it converged to another one
        self.systems.append((system, point))
        return self.described(kind, located, abs(point[-2]) * getattr(system, "rate", 0.0)), located

    def described(self, kind: str, point: np.ndarray, omega: float) -> Special:
        """Describe the special point at a point; ω [rad/s] is the frequency of a beginning oscillation."""
        simulation = self.curve.simulation
        x = np.append(point[:-1], 0.0)
        values = modes(simulation, x, self.curve.knob.settled, exact=True).values
        nearest = values[np.argmin(np.abs(values - 1j * omega))] if len(values) else 0.0
        if kind != "hopf" and np.min(np.abs(values), initial=np.inf) < np.inf:
            nearest = values[np.argmin(np.abs(values))]
        state = dict(zip(simulation.system.unknowns.names, point[:-1].tolist(), strict=True))
        frequency = omega / (2.0 * np.pi) if kind == "hopf" else 0.0
        eigenvalue = 1j * omega if kind == "hopf" else complex(nearest)
        special = Special(kind, self.curve.knob.name, float(point[-1]), state, eigenvalue, float(frequency))
        return replace(special, onset=onset(self.curve, point, omega)) if kind == "hopf" else special

    def _system(
        self, kind: str, low: Place, high: Place, start: np.ndarray
    ) -> tuple[Extended | None, np.ndarray]:
        """The extended system of a kind, and an initial guess of its further unknowns."""
        curve = self.curve
        knobs, scale = [curve.knob], curve.scale[:-1]
        if kind == "fold":
            v = (low.tangent + high.tangent)[:-1]
            return Fold(knobs, scale, v), v
        curve.knob.set(float(start[-1]))
        x = np.append(start[:-1], 0.0)
        G, C = (m.toarray() for m in matrices(curve.simulation, x, curve.knob.settled))
        if kind == "branch":
            influence = curve.knob.influence(x, float(start[-1]))
            return Branch(knobs, scale), np.append(left_kernel(G, influence, scale, curve.knob.span), 0.0)
        values = np.concatenate([low.modes.values, high.modes.values])
        pairs = values[values.imag > 0.0]
        if not len(pairs):
            return None, np.zeros(0)
        omega = float(pairs[np.argmin(np.abs(pairs.real) / np.abs(pairs))].imag)
        v = nearest_mode(G, C, omega, scale)
        return Hopf(knobs, scale, v, omega), np.concatenate([v.real, v.imag, [1.0]])

    # ------------------------------------------------------------------ other branches

    def switched(self, at: np.ndarray) -> list[Walk]:
        """Walks along the other curve through a branch point, one in each direction."""
        curve = self.curve
        simulation_point = np.append(at[:-1], 0.0)
        curve.knob.set(float(at[-1]))
        G = matrices(curve.simulation, simulation_point, curve.knob.settled)[0].toarray()
        influence = curve.knob.influence(simulation_point, float(at[-1]))
        A = np.column_stack([G, influence]) * curve.scale
        size = np.max(np.abs(A), axis=1)
        kernel = np.linalg.svd(A / np.where(size > 0.0, size, 1.0)[:, None])[2][-2:]
        known = self._tangents_at(at)
        across = orthogonal(kernel, known)
        walks = []
        for sign in (1.0, -1.0):
            reach = OFF * self.wanted
            for _ in range(FARTHEST):
                trial = at + sign * reach * across * curve.scale
                row = across / curve.scale
                aside = _corrected(curve, trial, row)
                if aside:
                    walks.append(Walk(curve, trial, trial - at, self.wanted))
                    break
                reach *= 2.0
        return walks

    def _tangents_at(self, at: np.ndarray) -> np.ndarray | None:
        """Tangent, in scales, of the line on which a branch point was found."""
        for line in self.lines:
            for k, point in enumerate(line.points):
                if np.array_equal(point, at) and 0 < k < len(line.points) - 1:
                    along = (line.points[k + 1] - line.points[k - 1]) / self.curve.scale
                    return along / np.linalg.norm(along)
        return None

    def run(self, start: np.ndarray, branches: int) -> tuple[list[Line], str]:
        """Trace the line from a point to the end value, and this many branches off it."""
        direction = np.append(np.zeros(self.curve.n), self.stop - self.start)
        line, fault = self.line(Walk(self.curve, start, direction, self.wanted), last=True)
        queue = [p for s, p in line.special if s.kind == "branch"]
        self.known += line.special
        while queue and len(self.lines) <= branches and not fault:
            at = queue.pop(0)
            for walk in self.switched(at):
                if len(self.lines) > branches:
                    break
                side, _ = self.line(walk, last=False)
                side.points.insert(0, at)
                side.growing.insert(0, side.growing[0] if side.growing else 0)
                fresh = [
                    (s, p)
                    for s, p in side.special
                    if not any(k.kind == s.kind and self._near(q, p, APART) for k, q in self.known)
                ]
                self.known += fresh
                queue += [p for s, p in fresh if s.kind == "branch"]
        return self.lines, fault


def _changes(kind: str, low: Place, high: Place) -> bool:
    """Whether the indicator of a kind of special point changes between two places."""
    turned, crossed = low.along * high.along < 0.0, low.sign * high.sign < 0.0
    if kind == "fold":
        return turned
    if kind == "branch":
        return crossed != turned
    return abs(grow(high.modes.values) - grow(low.modes.values)) - int(crossed) >= 2


def _corrected(curve: Curve, point: np.ndarray, row: np.ndarray) -> bool:
    """Newton's method in the plane through a point orthogonal to a row; overwrites the point."""
    for _ in range(20):
        residual = curve.linearise(point)
        if residual is None:
            return False
        with np.errstate(all="ignore"):
            step, slope = np.append(-curve.correction(residual), 0.0), curve.slope()
            step -= slope * ((row @ step) / (row @ slope))
        if not np.all(np.isfinite(step)):
            return False
        point += step
        size = curve.reltol * np.abs(point) + curve.tolerance
        if np.max(np.abs(step) / size) < 1e-3:
            return True
    return False
