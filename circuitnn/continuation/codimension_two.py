"""Points of codimension two on curves of folds and Hopf points: where a second condition holds as well.

On both kinds of curves a function is followed whose sign changes there; the point is then found by a bracketed secant
method along the curve:

    fold   cusp              ψ·F₂(v, v)        where two folds meet
           Bogdanov-Takens   ψ·C·v             a second eigenvalue 0
           zero-Hopf         Re s of a pair    beside the eigenvalue 0
    Hopf   Bautin            Re c              between super- and subcritical
           zero-Hopf         det G             beside the imaginary pair
           double Hopf       Re s of another pair

v and ψ span the kernels of G, c is the coefficient of the normal form. A curve of Hopf points ends in a Bogdanov-Takens
point, where its frequency becomes 0: that is solved for with a system of its own.

References
----------
Y. A. Kuznetsov, "Elements of Applied Bifurcation Theory", 3rd ed. (2004), chapter 8, doi:10.1007/978-1-4757-3978-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from circuitnn.continuation.bordered import BogdanovTakens, Extended, Hopf
from circuitnn.continuation.normal_form import PHASES, Pencil, normal_form, reaches
from circuitnn.solvers.pencil import quick_eigenvalues

TURNS = 60
NARROW = 1e-13  # width of the bracket, in units of a step between two points
ENOUGH = 1e-5  # what is left of the function at a point, relative to its size beside it
LEVELS = 10  # of differences, for Re c
STEP = 1e-3  # of the difference for F₂, in sizes
ROUNDED, REAL = 1e-12, 1e-9  # relative values that are rounding: of the functions, of parts of eigenvalues
NEAR = 4.0  # steps between the end of a curve and a Bogdanov-Takens point there


class Tests:
    """The functions that change sign at points of codimension two.

    Parameters
    ----------
    system : Extended
        Of folds or Hopf points, with two knobs.

    Attributes
    ----------
    left : ndarray, shape (n,)
        The last ψ of a fold: the next one has its sign.
    errors : dict of str to float
        Of the last values: smaller ones are rounding.
    """

    def __init__(self, system: Extended) -> None:
        self.system = system
        self.left, self.errors = np.zeros(system.nx), dict[str, float]()

    def at(self, point: np.ndarray) -> dict[str, float]:
        """Values at a point of the curve, by kind; those that have none there are left out."""
        x, extra, values = self.system.split(point)
        _, G, C = self.system.evaluate(x, values)
        if isinstance(self.system, Hopf):
            tests = self._hopf(x, float(extra[-1]) * self.system.rate, values, G, C)
        else:
            tests = self._fold(x, extra, values, G, C)
        return {kind: value for kind, value in tests.items() if np.isfinite(value)}

    def _fold(
        self, x: np.ndarray, v: np.ndarray, values: np.ndarray, G: np.ndarray, C: np.ndarray
    ) -> dict[str, float]:
        scale = self.system.x_scale
        rows = np.max(np.abs(G * scale), axis=1)
        rows = np.where(rows > 0.0, rows, 1.0)
        left = np.linalg.svd(G * scale / rows[:, None])[0][:, -1] / rows
        left *= (np.sign(left @ self.left) or 1.0) / np.linalg.norm(left)
        self.left = left
        h = STEP / np.max(np.abs(v) / np.maximum(scale, np.abs(x)))
        slopes = [
            (self.system.evaluate(x + k * h * v, values)[1] - self.system.evaluate(x - k * h * v, values)[1])
            / (2 * k * h)
            for k in (1.0, 2.0)
        ]
        bend = (4.0 * slopes[0] - slopes[1]) / 3.0
        sizes = [float(np.abs(left) @ np.abs(matrix) @ np.abs(v)) for matrix in (G, C)]
        self.errors = {
            "cusp": ROUNDED * sizes[0] / float(h),
            "bogdanov-takens": ROUNDED * sizes[1],
            "zero-hopf": REAL,
        }
        return {
            "cusp": float(left @ bend @ v),
            "bogdanov-takens": float(left @ C @ v),
            "zero-hopf": _nearest_pair(_modes(G, C)),
        }

    def _hopf(
        self, x: np.ndarray, omega: float, values: np.ndarray, G: np.ndarray, C: np.ndarray
    ) -> dict[str, float]:
        scale, system = self.system.x_scale, self.system
        currents = system.knobs[0].simulation.system.unknowns.of_kind("current")

        def pencil_at(at: np.ndarray) -> Pencil:
            _, G, C = system.evaluate(at, values)
            return G, C

        form = normal_form(pencil_at, x, omega, reaches(currents, scale, x), LEVELS, PHASES[:1])
        rows = np.max((np.abs(G) + omega * np.abs(C)) * scale, axis=1)
        modes = _modes(G, C)
        self.errors = {
            "bautin": np.inf if form is None else form.error,
            "zero-hopf": ROUNDED,
            "double hopf": REAL,
        }
        own = [int(np.argmin(np.abs(modes - s))) for s in (1j * omega, -1j * omega)] if len(modes) else []
        return {
            "bautin": np.nan if form is None else form.c.real,
            "zero-hopf": float(np.linalg.det(G * scale / np.where(rows > 0.0, rows, 1.0)[:, None])),
            "double hopf": _nearest_pair(np.delete(modes, own)),
        }


def _modes(G: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Eigenvalues; none where G + s·C is singular for every s."""
    try:
        return quick_eigenvalues(G, C)
    except np.linalg.LinAlgError:
        return np.zeros(0, dtype=complex)


def _nearest_pair(modes: np.ndarray) -> float:
    """Real part of the pair of complex modes nearest to the imaginary axis, relative to it; NaN if all are real."""
    pairs = modes[modes.imag > REAL * np.abs(modes)]
    if not len(pairs):
        return np.nan
    parts = pairs.real / np.abs(pairs)
    return float(parts[np.argmin(np.abs(parts))])


def along(
    system: Extended, curve: list[np.ndarray], box: np.ndarray, wanted: float
) -> Iterator[tuple[np.ndarray, str]]:
    """The points of a curve, and those of codimension two between them, each with its kind; empty: an ordinary one.

    Parameters
    ----------
    system : Extended
    curve : list of ndarray
    box : ndarray, shape (2, 2)
        Range of both quantities.
    wanted : float
        Largest step between them, in scales.
    """
    tests = Tests(system)
    ends = (
        [_bogdanov_takens(system, curve[k], box, wanted) for k in (0, -1)]
        if isinstance(system, Hopf)
        else [None, None]
    )
    if ends[0] is not None:
        yield ends[0], "bogdanov-takens"
    before, known = tests.at(curve[0]), tests.errors
    yield curve[0], ""
    for low, high in pairwise(curve):
        left, after = tests.left, tests.at(high)
        errors, inside = tests.errors, []
        for kind in before.keys() & after.keys():
            clear = abs(before[kind]) > known[kind] and abs(after[kind]) > errors[kind]
            if clear and before[kind] * after[kind] < 0.0:
                part = _located(tests, kind, (low, before[kind]), (high, after[kind]), left)
                inside += [] if part is None else [(*part, kind)]
        for _, point, kind in sorted(inside, key=lambda found: found[0]):
            yield point, kind
        yield high, ""
        before, known = tests.at(high) if inside else after, errors
    if ends[1] is not None and len(curve) > 1:
        yield ends[1], "bogdanov-takens"


def _located(
    tests: Tests, kind: str, low: tuple[np.ndarray, float], high: tuple[np.ndarray, float], left: np.ndarray
) -> tuple[float, np.ndarray] | None:
    """Where a function is 0 between two points, as the part of the step, and the point; None if it only jumps."""
    system, (first, f0), (last, f1) = tests.system, low, high
    scale = system.scales(first)
    row = (last - first) / scale
    row /= np.linalg.norm(row)
    a, b, fa, fb = 0.0, 1.0, f0, f1
    best: tuple[float, np.ndarray] | None = None
    size, rest = max(abs(f0), abs(f1)), np.inf
    for turn in range(TURNS):
        part = b - fb * (b - a) / (fb - fa) if turn % 3 < 2 else 0.5 * (a + b)
        point = system.solve(first + part * (last - first), row)
        tests.left = left
        value = tests.at(point).get(kind) if point is not None else None
        if point is None or value is None:
            return None
        if abs(value) < rest:
            rest, best = abs(value), (part, point)
        if value == 0.0 or b - a < NARROW:
            break
        a, b, fa, fb = (part, b, value, fb) if value * fa > 0.0 else (a, part, fa, value)
    return best if rest < ENOUGH * size else None


def _bogdanov_takens(system: Hopf, end: np.ndarray, box: np.ndarray, wanted: float) -> np.ndarray | None:
    """The point in which a curve of Hopf points ends, if its frequency becomes 0 near its last known point."""
    n, x = system.nx, end[: system.nx]
    a, b, frequency = end[n : 2 * n], end[2 * n : 3 * n], float(end[3 * n])
    if frequency <= 0.0:
        return None
    double = BogdanovTakens(system.knobs, system.x_scale, a, system.rate)
    with np.errstate(all="ignore"):  # the frequency may be far from 0
        solved = double.solve(np.concatenate([x, a, -b / frequency, end[-2:]]))
    if solved is None or np.any(solved[-2:] < box[:, 0]) or np.any(solved[-2:] > box[:, 1]):
        return None
    scale = np.concatenate([np.maximum(system.x_scale, np.abs(x)), system.spans])
    gap = np.abs(np.append(solved[:n], solved[-2:]) - np.append(x, end[-2:])) / scale
    if np.max(gap) > NEAR * wanted:
        return None
    return np.concatenate([solved[: 2 * n], np.zeros(n + 1), solved[-2:]])
