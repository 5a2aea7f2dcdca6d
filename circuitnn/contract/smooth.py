"""Jumps and kinks of currents, charges and rates at which conditions of the equations change.

Every comparison, ``min``, ``max``, ``abs``, table and step in the equations defines a surface between two regions.
Pairs of points on both sides converge to it by bisection; there the values of both sides must agree (a jump is an
error: Newton's method cannot converge on it) and, if a model claims to be smooth, the slopes too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from circuitnn.contract.case import GMIN, TIME, Case
from circuitnn.contract.report import Outcome
from circuitnn.equations.evaluate import Evaluator
from circuitnn.equations.expr import ZERO, Expr, const, order, symbols
from circuitnn.equations.ngspice import to_ngspice
from circuitnn.equations.rules import div, mul, sub, unary
from circuitnn.equations.substitution import substitute

JUMP = 1e-6  # allowed jump, relative to a quantity's magnitude next to the surface
NOISE = 1e-10  # allowance for rounding, relative to its magnitude on the way between the two points
KINK = 1e-4  # allowed change of the slopes, relative to those next to the surface
PAIRS, SECTIONS, ROUNDS = 60, 16, 13  # 16^13 is 2^52: the resolution of doubles
BESIDE = 2e-15  # share of the way by which both points are moved off the surface, since one may lie on it
ZOOMS = 4  # number of refinements of the way where a surface comes nearest
STEP = 1e-6  # share of the way over which a steep but continuous quantity visibly changes
SPREADS = (1.0, 0.1, 10.0)
ENOUGH = 8  # sufficient crossings of a surface with one spread of voltages


def jumps(case: Case) -> Outcome:
    """Currents, charges and rates are continuous, and have no kinks if the model claims so."""
    smooth = "smooth" in case.model.claims
    outcome = Outcome(
        "jumps and kinks",
        f"on both sides of every condition currents, charges and rates agree to {JUMP:g} of their sizes"
        + (
            "; so do their slopes, to 1e-4"
            if smooth
            else "; kinks are reported (a failure if `smooth` is claimed)"
        ),
    )
    case = Case(case.model, PAIRS, seed=5) if case.n != PAIRS else case
    sides = _Sides(case)
    for surface, text in sides.surfaces():
        for spread in SPREADS:
            if sides.look(outcome, surface, text, spread, smooth) >= ENOUGH:
                break
    return outcome


class _Sides:
    """Compares both sides of the surfaces at which a model's conditions change."""

    def __init__(self, case: Case) -> None:
        k, states = case.kernel, {s.name for s in case.model.states}
        self.case = case
        self.full = substitute([*k.f, *k.q], dict(k.setup))
        size = len(k.inputs)
        self.names, self.rows = [], []
        for number, e in enumerate(self.full):
            name = k.inputs[number % size]
            if e.args and (number < size or name not in states):
                what = "charge of" if number >= size else "rate of" if name in states else "current of"
                self.names.append(f"{what} {name}")
                self.rows.append(number)
        entries = [(r, c, e) for r, c, e in k.G] + [(r + size, c, e) for r, c, e in k.C]
        self.entries = [(self.rows.index(r), c, e) for r, c, e in entries if r in self.rows]
        inner = case.nodes[len(case.model.terminals) :]
        self.following = [*(i for i in inner if k.q[i] is ZERO), *case.static_states()]
        self._values = Evaluator([self.full[row] for row in self.rows])
        self._slopes = Evaluator([e for _, _, e in self.entries])

    def surfaces(self) -> Iterator[tuple[Expr, str]]:
        """Yield expressions that change their sign where a condition changes, and the condition as text."""
        varying, seen = set(self.case.kernel.inputs), set()
        for node in order(self.full):
            for surface, text in _changes(node):
                if surface not in seen and symbols([surface]) & varying:
                    seen.add(surface)
                    yield surface, text

    def look(self, outcome: Outcome, surface: Expr, text: str, spread: float, smooth: bool) -> int:
        """Compare both sides of a surface; return at how many places."""
        case = self.case
        a, b = case.points(spread), case.points(spread)
        evaluator = Evaluator([surface])
        low, high, crossed = _bracket(
            lambda t: self._on_way(evaluator, a, b, t), ZOOMS if spread == SPREADS[0] else 1
        )
        if not np.any(crossed):
            return 0
        way = np.where(crossed, b - a, 0.0)
        ends = a + (low - BESIDE) * way, a + (high + BESIDE) * way
        self._kink(outcome, ends, way, crossed, text, smooth)
        off, allowed = self._differences(ends, way)
        if np.any((off > allowed) & crossed):
            # Repeat in extended precision, since parts of a model may be small differences of large numbers,
            # and with the unknowns that follow instantly solved for on each side.
            (before, good), (after, too) = (case.settled(x, self.following) for x in ends)
            exact = before.astype(np.longdouble), after.astype(np.longdouble)
            self._jump(outcome, exact, way.astype(np.longdouble), crossed & good & too, text)
        return int(np.count_nonzero(crossed))

    def _on_way(self, evaluator: Evaluator, a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
        """An expression at shares of the way from a to b, shape (marks, pairs)."""
        x = a[:, None, :] + t * (b - a)[:, None, :]
        values = self.case.values | dict(zip(self.case.kernel.inputs, x, strict=True))
        return np.broadcast_to(evaluator(values | {"time": TIME, "gmin": GMIN})[0], t.shape)

    def _at(self, evaluator: Evaluator, x: np.ndarray) -> np.ndarray:
        values = self.case.values | dict(zip(self.case.kernel.inputs, x, strict=True))
        evaluated = evaluator(values | {"time": TIME, "gmin": GMIN})
        return np.array([np.broadcast_to(v, self.case.n) for v in evaluated])

    def _differences(
        self, ends: tuple[np.ndarray, np.ndarray], way: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Difference of the values on both sides, and its budget."""
        before, after = (self._at(self._values, x) for x in ends)
        steep = np.abs(before - self._at(self._values, ends[0] - STEP * way))
        steep += np.abs(after - self._at(self._values, ends[1] + STEP * way))
        size = np.maximum(np.abs(before), np.abs(after))
        usual = np.median(np.abs(self._at(self._values, ends[0] - 0.1 * way)), axis=1, keepdims=True)
        return np.abs(after - before), JUMP * size + NOISE * usual + 1e-3 * steep + 1e-300

    def _jump(
        self,
        outcome: Outcome,
        ends: tuple[np.ndarray, np.ndarray],
        way: np.ndarray,
        crossed: np.ndarray,
        text: str,
    ) -> None:
        differences, allowed = self._differences(ends, way)
        off = np.where(crossed, differences, 0.0)
        for row, name in enumerate(self.names):
            what = f"jump of the {name} at {text}"
            if not self.case.model.jumps:
                outcome.compare(what, off[row], allowed[row], self.case.place(ends[0]))
            elif np.any(off[row] > allowed[row]):
                outcome.note(f"{what}: {self.case.model.jumps}")

    def _kink(
        self,
        outcome: Outcome,
        ends: tuple[np.ndarray, np.ndarray],
        way: np.ndarray,
        crossed: np.ndarray,
        text: str,
        smooth: bool,
    ) -> None:
        slopes = []
        for x in ends:
            derivatives, sums = self._at(self._slopes, x), np.zeros((len(self.rows), self.case.n))
            for (row, col, _), value in zip(self.entries, derivatives, strict=True):
                sums[row] += value * way[col]
            slopes.append(sums)
        size = np.maximum(np.abs(slopes[0]), np.abs(slopes[1]))
        usual = np.median(size, axis=1, keepdims=True)
        off = np.where(crossed, np.abs(slopes[1] - slopes[0]), 0.0)
        allowed = KINK * size + 1e-9 * usual + 1e-300
        for row, name in enumerate(self.names):
            what = f"kink of the {name} at {text}"
            if smooth:
                outcome.compare(what, off[row], allowed[row], self.case.place(ends[0]))
            elif np.any(off[row] > allowed[row]):
                outcome.note(what)


def _changes(node: Expr) -> Iterator[tuple[Expr, str]]:
    """Yield the surfaces between an operation's regions."""
    a = node.args
    if node.op in ("lt", "le", "eq", "ne", "min", "max"):
        yield sub(a[0], a[1]), f"{_text(a[0])} = {_text(a[1])}"
    elif node.op in ("abs", "sgn", "pwr"):
        yield a[0], f"{_text(a[0])} = 0"
    elif node.op in ("floor", "ceil", "trunc"):
        yield unary("sin", mul(const(math.pi), a[0])), f"whole {_text(a[0])}"
    elif node.op == "nint":
        yield unary("cos", mul(const(math.pi), a[0])), f"half of an odd {_text(a[0])}"
    elif node.op == "fmod":
        yield unary("sin", mul(const(math.pi), div(a[0], a[1]))), f"whole {_text(a[0])}/{_text(a[1])}"
    elif node.op in ("pwl", "pwc"):
        for x in node.table[0][1:-1]:
            yield sub(a[0], const(x)), f"{_text(a[0])} = {x:g}"


def _text(e: Expr) -> str:
    return to_ngspice(e, limit=80)


def _bracket(
    surface: Callable[[np.ndarray], np.ndarray], zooms: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bracket the first change of sign between 0 and 1, to the resolution of doubles; and whether there is one.

    `surface` takes shares of the way, shape (marks, pairs).
    """
    marks = np.linspace(0.0, 1.0, SECTIONS + 1)[:, None]
    pairs, low, high = np.arange(PAIRS), np.zeros(PAIRS), np.ones(PAIRS)
    crossed = np.zeros(PAIRS, dtype=bool)
    for turn in range(zooms + ROUNDS):
        t = low + marks * (high - low)
        t[-1] = high
        values = surface(t)
        change = (values[1:] > 0.0) != (values[:-1] > 0.0)
        now = np.any(change, axis=0)
        crossed |= now
        if turn >= zooms - 1 and not np.any(crossed):
            break
        # zoom to the first change, or, if there is none yet, to where the surface comes nearest
        first = np.argmax(change, axis=0)
        nearest = np.argmin(np.abs(values), axis=0)
        below, above = np.maximum(nearest - 1, 0), np.minimum(nearest + 1, SECTIONS)
        low, high = t[np.where(now, first, below), pairs], t[np.where(now, first + 1, above), pairs]
    return low, high, crossed
