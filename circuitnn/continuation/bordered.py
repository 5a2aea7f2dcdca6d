"""Extended systems with the special points of curves as regular solutions: folds, Hopf points, branch points.

    fold    f = 0, G·v = 0, l·v = 1
    Hopf    f = 0, G·a - ω·C·b = 0, G·b + ω·C·a = 0, l·a = 1, l·b = 0      (v = a + j·b, s = j·ω)
    Bogdanov-Takens  f = 0, G·a = 0, G·b + C·a = 0, l·a = 1, l·b = 0       (two knobs)
    branch  f + μ·φ = 0, Gᵀ·φ = 0, φ·∂f/∂λ = 0, φ·φ = 1                     (μ = 0 at the point)

With one knob λ each system has as many unknowns as equations; with two its solutions form curves.

References
----------
W. J. F. Govaerts, "Numerical Methods for Bifurcations of Dynamical Equilibria", SIAM (2000),
doi:10.1137/1.9780898719543.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np

from circuitnn.continuation.parameter import ContinuationParameter, turn
from circuitnn.operating_point.modes import matrices

At = tuple[np.ndarray, np.ndarray]  # unknowns and values of the knobs

ITERATIONS = 30
# Newton updates relative to the scales: where Newton's method may stop, and the largest final one of a solution.
FINE, ENOUGH = 1e-14, 1e-9
# Steps, in scales, of the central differences of G and C.
SHIFT = 1e-6


class Extended:
    """An extended system; a point is (x, further unknowns, λ, perhaps λ₂).

    Parameters
    ----------
    knobs : sequence of ContinuationParameter
        One or two knobs of the same circuit.
    scale : ndarray, shape (n,)
        Sizes of the unknowns.
    """

    kind = ""

    def __init__(self, knobs: Sequence[ContinuationParameter], scale: np.ndarray) -> None:
        self.knobs, self.nx = knobs, len(scale)
        self.x_scale = scale
        self.spans = np.array([knob.span for knob in knobs])

    def with_knobs(self, knobs: Sequence[ContinuationParameter]) -> Extended:
        """The same system with other knobs."""
        system = copy(self)
        system.knobs, system.spans = knobs, np.array([knob.span for knob in knobs])
        return system

    # What defines a kind of point: its further unknowns, and the equations in addition to f = 0.

    def further(self, G: np.ndarray, C: np.ndarray, at: At, extra: np.ndarray) -> np.ndarray:
        """Residual of the equations in addition to f = 0; the influence of the knobs, which is expensive, on demand."""
        raise NotImplementedError

    def by_extra(self, G: np.ndarray, C: np.ndarray, influence: np.ndarray, extra: np.ndarray) -> np.ndarray:
        """Derivatives of `further` with respect to the further unknowns."""
        raise NotImplementedError

    def push(self, extra: np.ndarray) -> np.ndarray:
        """Term added to f, shape (n,)."""
        return np.zeros(self.nx)

    def push_by_extra(self, extra: np.ndarray) -> np.ndarray:
        """Derivatives of `push` with respect to the further unknowns."""
        return np.zeros((self.nx, len(extra)))

    # ------------------------------------------------------------------ the whole

    def split(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, the further unknowns, and the knobs' values."""
        return point[: self.nx], point[self.nx : -len(self.knobs)], point[-len(self.knobs) :]

    def evaluate(self, x: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, ...]:
        """f, G, C and ∂f/∂λ at a point, dense."""
        simulation = turn(self.knobs, values.tolist())
        full = np.append(x, 0.0)
        simulation.regularisation.follow(full)
        f = simulation.system.assembly.evaluate(full, conditions=simulation.conditions)[0]
        G, C = (m.toarray() for m in matrices(simulation, full, self.knobs[0].settled))
        return f, simulation.regularisation.resolved(G), C

    def influences(self, x: np.ndarray, values: np.ndarray) -> np.ndarray:
        """∂f/∂λ of each knob, shape (n, knobs)."""
        full = np.append(x, 0.0)
        turn(self.knobs, values.tolist())
        columns = []
        for knob, value in zip(self.knobs, values, strict=True):
            columns.append(knob.influence(full, float(value)))
            for other in self.knobs:
                other.simulation = knob.simulation
        return np.column_stack(columns)

    def rest(self, point: np.ndarray) -> np.ndarray:
        """Residual of all equations at a point."""
        x, extra, values = self.split(point)
        f, G, C = self.evaluate(x, values)
        return np.concatenate([f + self.push(extra), self.further(G, C, (x, values), extra)])

    def jacobian(self, point: np.ndarray) -> np.ndarray:
        """Jacobian of all equations at a point; derivatives of G and C are central differences."""
        x, extra, values = self.split(point)
        _, G, C = self.evaluate(x, values)
        influences = self.influences(x, values)
        n, m = self.nx, len(extra)
        by_extra = self.by_extra(G, C, influences[:, 0], extra)
        J = np.zeros((n + len(by_extra), n + m + len(values)))
        J[:n, :n], J[:n, n : n + m], J[:n, n + m :] = G, self.push_by_extra(extra), influences
        J[n:, n : n + m] = by_extra

        def further(x: np.ndarray, values: np.ndarray) -> np.ndarray:
            _, G, C = self.evaluate(x, values)
            return self.further(G, C, (x, values), extra)

        for j in range(n):
            h = np.zeros(n)
            h[j] = SHIFT * self.x_scale[j]
            J[n:, j] = (further(x + h, values) - further(x - h, values)) / (2.0 * h[j])
        for j in range(len(values)):
            h = np.zeros(len(values))
            h[j] = SHIFT * self.spans[j]
            J[n:, n + m + j] = (further(x, values + h) - further(x, values - h)) / (2.0 * h[j])
        return J

    def scales(self, point: np.ndarray) -> np.ndarray:
        """Scales of the unknowns of a point."""
        _, extra, _ = self.split(point)
        part = np.maximum(np.abs(extra), 1e-3 * np.max(np.abs(extra), initial=0.0))
        return np.concatenate([np.maximum(self.x_scale, np.abs(point[: self.nx])), part + 1e-300, self.spans])

    def tangent(self, point: np.ndarray, before: np.ndarray) -> np.ndarray:
        """Unit tangent, in scales, of the curve of a system with two knobs; it continues `before`."""
        J = self.jacobian(point) * self.scales(point)
        size = np.max(np.abs(J), axis=1)
        along = np.linalg.svd(J / np.where(size > 0.0, size, 1.0)[:, None])[2][-1]
        unit: np.ndarray = along * (np.sign(along @ before) or 1.0)
        return unit

    def solve(self, point: np.ndarray, row: np.ndarray | None = None) -> np.ndarray | None:
        """Solve by Newton's method from a point; returns None if it does not converge.

        With two knobs the update is orthogonal to `row`, in scales.
        """
        point, last = point.copy(), np.inf
        for _ in range(ITERATIONS):
            scale = self.scales(point)
            rest, J = self.rest(point), self.jacobian(point) * scale
            if row is not None:
                rest, J = np.append(rest, 0.0), np.vstack([J, row])
            size = np.max(np.abs(J), axis=1)
            if not (np.all(np.isfinite(J)) and np.all(np.isfinite(rest)) and np.all(size > 0.0)):
                return None
            try:
                step = np.linalg.solve(J / size[:, None], -rest / size)
            except np.linalg.LinAlgError:
                return None
            length = float(np.max(np.abs(step)))
            if not np.isfinite(length) or (length > 1e3 and last < np.inf):
                return None
            if length >= 0.5 * last and last < ENOUGH:
                return point
            point += scale * step
            last = length
            if length < FINE:
                return point
        return point if last < ENOUGH else None


class Fold(Extended):
    """The curve turns back: v spans the kernel of G."""

    kind = "fold"

    def __init__(self, knobs: Sequence[ContinuationParameter], scale: np.ndarray, v: np.ndarray) -> None:
        super().__init__(knobs, scale)
        self.l = v / float(v @ v)

    def further(self, G: np.ndarray, C: np.ndarray, at: At, extra: np.ndarray) -> np.ndarray:
        """G·v and l·v - 1."""
        return np.append(G @ extra, self.l @ extra - 1.0)

    def by_extra(self, G: np.ndarray, C: np.ndarray, influence: np.ndarray, extra: np.ndarray) -> np.ndarray:
        """Derivatives with respect to v."""
        return np.vstack([G, self.l])


class Hopf(Extended):
    """Two eigenvalues are imaginary; the further unknowns are a, b and ω in units of `rate`."""

    kind = "hopf"

    def __init__(
        self, knobs: Sequence[ContinuationParameter], scale: np.ndarray, v: np.ndarray, omega: float
    ) -> None:
        super().__init__(knobs, scale)
        self.rate = omega
        self.l = v.real / float(v.real @ v.real)

    def further(self, G: np.ndarray, C: np.ndarray, at: At, extra: np.ndarray) -> np.ndarray:
        """G·a - ω·C·b, G·b + ω·C·a, l·a - 1, l·b."""
        n, w = self.nx, extra[-1] * self.rate
        a, b = extra[:n], extra[n : 2 * n]
        return np.concatenate([G @ a - w * (C @ b), G @ b + w * (C @ a), [self.l @ a - 1.0, self.l @ b]])

    def by_extra(self, G: np.ndarray, C: np.ndarray, influence: np.ndarray, extra: np.ndarray) -> np.ndarray:
        """Derivatives with respect to a, b, ω."""
        n, w = self.nx, extra[-1] * self.rate
        a, b = extra[:n], extra[n : 2 * n]
        J = np.zeros((2 * n + 2, 2 * n + 1))
        J[:n, :n], J[:n, n : 2 * n], J[:n, -1] = G, -w * C, -self.rate * (C @ b)
        J[n : 2 * n, :n], J[n : 2 * n, n : 2 * n], J[n : 2 * n, -1] = w * C, G, self.rate * (C @ a)
        J[-2, :n] = J[-1, n : 2 * n] = self.l
        return J


class BogdanovTakens(Extended):
    """Two eigenvalues are 0 with one mode a; the further unknowns are a and b, in units of `rate`."""

    kind = "bogdanov-takens"

    def __init__(
        self, knobs: Sequence[ContinuationParameter], scale: np.ndarray, a: np.ndarray, rate: float
    ) -> None:
        super().__init__(knobs, scale)
        self.rate = rate
        self.l = a / float(a @ a)

    def further(self, G: np.ndarray, C: np.ndarray, at: At, extra: np.ndarray) -> np.ndarray:
        """G·a, G·b + C·a, l·a - 1, l·b."""
        a, b = extra[: self.nx], extra[self.nx :]
        return np.concatenate([G @ a, G @ b + self.rate * (C @ a), [self.l @ a - 1.0, self.l @ b]])

    def by_extra(self, G: np.ndarray, C: np.ndarray, influence: np.ndarray, extra: np.ndarray) -> np.ndarray:
        """Derivatives with respect to a and b."""
        n = self.nx
        J = np.zeros((2 * n + 2, 2 * n))
        J[:n, :n] = J[n : 2 * n, n:] = G
        J[n : 2 * n, :n] = self.rate * C
        J[-2, :n] = J[-1, n:] = self.l
        return J


class Branch(Extended):
    """Another curve crosses: φ spans the left kernel of (G, ∂f/∂λ); the further unknowns are φ and μ."""

    kind = "branch"

    def further(self, G: np.ndarray, C: np.ndarray, at: At, extra: np.ndarray) -> np.ndarray:
        """Gᵀ·φ, φ·∂f/∂λ, φ·φ - 1."""
        phi = extra[:-1]
        return np.concatenate([G.T @ phi, [phi @ self.influences(*at)[:, 0], phi @ phi - 1.0]])

    def by_extra(self, G: np.ndarray, C: np.ndarray, influence: np.ndarray, extra: np.ndarray) -> np.ndarray:
        """Derivatives with respect to φ and μ."""
        phi = extra[:-1]
        return np.column_stack([np.vstack([G.T, influence, 2.0 * phi]), np.zeros(self.nx + 2)])

    def push(self, extra: np.ndarray) -> np.ndarray:
        """μ·φ."""
        return extra[-1] * extra[:-1]

    def push_by_extra(self, extra: np.ndarray) -> np.ndarray:
        """Derivatives with respect to φ and μ."""
        return np.column_stack([extra[-1] * np.eye(self.nx), extra[:-1]])
