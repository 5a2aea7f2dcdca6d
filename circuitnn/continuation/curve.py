"""Continuation of solutions of F(x, λ) = 0: tangents, a corrector that passes folds, and steps along the curve.

References
----------
W. C. Rheinboldt, J. V. Burkardt, "A locally parameterized continuation process", ACM Trans. Math. Softw. 9, 215
(1983), doi:10.1145/357456.357460.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from circuitnn.continuation.parameter import ContinuationParameter
from circuitnn.operating_point.simulation import Simulation

MAX_ITERATIONS = 12
# Newton update, in tolerances, at which only rounding is left of the residual: convergence is quadratic.
TIGHT = 1e-2
# Scale of the unknowns along the curve, in tolerances.
FLOOR = 1e5
# Largest step accepted, relative to the predicted one.
STRETCH = 1.3
SMALLEST, LARGEST = 1e-7, 1.0  # step, in units of the wanted one
UNCHANGED = 2e-3  # distance, in scales, over which an expensive ∂f/∂λ is reused
QUICK = 4  # iterations up to which the next step is lengthened


class Followed(Protocol):
    """Something whose solutions form a curve; the last component of a point is λ."""

    n: int
    scale: np.ndarray
    tolerance: np.ndarray
    reltol: float

    def linearise(self, point: np.ndarray) -> np.ndarray | None:
        """Factor the Jacobian at a point; returns F, or None where there are no factors."""

    def correction(self, residual: np.ndarray) -> np.ndarray:
        """∂F/∂x⁻¹·residual, with the present factors."""

    def slope(self) -> np.ndarray:
        """Direction of the curve, with dλ = 1."""


class Curve:
    """The operating points of a circuit along a knob.

    Local parametrisation: the component that changes most along the curve is held, and all others, λ among them,
    are solved for. The Jacobian of this system is regular at folds.

    Parameters
    ----------
    knob : ContinuationParameter
    """

    def __init__(self, knob: ContinuationParameter) -> None:
        self.knob, self.n = knob, knob.simulation.system.n
        self.tolerance = np.append(knob.simulation.system.tolerances()[0], 1e-9 * knob.span)
        self.scale = np.append(FLOOR * self.tolerance[:-1], knob.span)
        self.reltol = knob.simulation.options.reltol
        self._influence, self._known_at = np.zeros(self.n), np.full(self.n + 1, np.inf)

    @property
    def simulation(self) -> Simulation:
        """The simulation, with λ of the last point."""
        return self.knob.simulation

    def linearise(self, point: np.ndarray) -> np.ndarray | None:
        """Factor the Jacobian at a point; returns F, or None where there are no factors."""
        x, value = np.append(point[:-1], 0.0), float(point[-1])
        if not np.all(np.isfinite(point)):
            return None
        self.knob.set(value)
        # where a new value rebuilds the simulation, the slope at a nearby point will do
        if not (self.knob.dear and np.max(np.abs(point - self._known_at) / self.scale) < UNCHANGED):
            self._influence, self._known_at = self.knob.influence(x, value), point.copy()
        simulation = self.simulation
        simulation.regularisation.follow(x)
        status, residual = simulation.newton.linearise(x, simulation.conditions)
        return residual if status == 0 and np.all(np.isfinite(residual)) else None

    def correction(self, residual: np.ndarray) -> np.ndarray:
        """∂F/∂x⁻¹·residual, with the present factors."""
        return self.simulation.regularisation.corrected(self.simulation.factors.correction, residual)

    def slope(self) -> np.ndarray:
        """dx/dλ along the curve, from the present factors, with dλ/dλ = 1 at the end."""
        return np.append(-self.correction(self._influence), 1.0)


class Injected:
    """The solutions of f(x) + λ·b = 0: currents λ·b [A] drawn from the nodes.

    Parameters
    ----------
    simulation : Simulation
    b : ndarray, shape (n,)
    span : float
        Scale of λ.
    """

    def __init__(self, simulation: Simulation, b: np.ndarray, span: float) -> None:
        self.simulation, self.b, self.n = simulation, b, simulation.system.n
        self.tolerance = np.append(simulation.system.tolerances()[0], 1e-9 * span)
        self.scale = np.append(FLOOR * self.tolerance[:-1], span)
        self.reltol = simulation.options.reltol

    def linearise(self, point: np.ndarray) -> np.ndarray | None:
        """Factor the Jacobian at a point; returns F, or None where there are no factors."""
        if not np.all(np.isfinite(point)):
            return None
        simulation, x = self.simulation, np.append(point[:-1], 0.0)
        simulation.regularisation.follow(x)
        status, f = simulation.newton.linearise(x, simulation.conditions)
        return f + point[-1] * self.b if status == 0 and np.all(np.isfinite(f)) else None

    def correction(self, residual: np.ndarray) -> np.ndarray:
        """∂f/∂x⁻¹·residual, with the present factors."""
        return self.simulation.regularisation.corrected(self.simulation.factors.correction, residual)

    def slope(self) -> np.ndarray:
        """dx/dλ, with dλ/dλ = 1 at the end."""
        return np.append(-self.correction(self.b), 1.0)


def tangent(curve: Followed, before: np.ndarray) -> np.ndarray | None:
    """Direction of the curve that continues `before`; its largest component is 1 in units of scale."""
    with np.errstate(all="ignore"):
        slope = curve.slope()
        if not np.all(np.isfinite(slope)):
            return None
        slope *= np.sign(np.dot(slope / curve.scale, before / curve.scale)) or 1.0
        size = np.max(np.abs(slope) / curve.scale)
        direction: np.ndarray = slope / size
    return direction if np.isfinite(size) and np.all(np.isfinite(direction)) else None


def correct(curve: Followed, point: np.ndarray, held: int, tight: float = TIGHT) -> int:
    """Newton's method with one component held; returns the iterations taken, 0 for failure."""
    for iteration in range(1, MAX_ITERATIONS + 1):
        residual = curve.linearise(point)
        if residual is None:
            return 0
        with np.errstate(all="ignore"):
            step, slope = np.append(-curve.correction(residual), 0.0), curve.slope()
            step -= slope * (step[held] / slope[held])
        if not np.all(np.isfinite(step)):
            return 0
        point += step
        size = curve.reltol * np.abs(point) + curve.tolerance
        if np.max(np.abs(step) / size) < tight:
            return iteration
    return 0


def polish(curve: Followed, point: np.ndarray, held: int) -> None:
    """Improve a converged point until rounding stops progress."""
    last = np.inf
    for _ in range(MAX_ITERATIONS):
        residual = curve.linearise(point)
        if residual is None:
            return
        with np.errstate(all="ignore"):
            step, slope = np.append(-curve.correction(residual), 0.0), curve.slope()
            step -= slope * (step[held] / slope[held])
            size = float(np.max(np.abs(step) / curve.scale))
        if not size < 0.5 * last:
            return
        point += step
        last = size


class Walk:
    """Steps along a curve.

    Parameters
    ----------
    curve : Followed
    point : ndarray, shape (n + 1,)
        On the curve.
    direction : ndarray, shape (n + 1,)
        Approximate direction to walk in.
    wanted : float
        Largest step, in units of scale.

    Attributes
    ----------
    point : ndarray, shape (n + 1,)
    tangent : ndarray, shape (n + 1,)
        At the point before the last step.
    held : int
        Component held in the last step.
    """

    def __init__(self, curve: Followed, point: np.ndarray, direction: np.ndarray, wanted: float) -> None:
        self.curve, self.point, self.direction, self.wanted = curve, point, direction, wanted
        self.step, self.held = 1.0, curve.n
        self.tangent = direction
        self.last = False

    def advance(self, stop: float | None = None, allowed: Callable[[np.ndarray], bool] | None = None) -> bool:
        """Go to the next point; returns False if there is none.

        Parameters
        ----------
        stop : float, optional
            Value of λ not to be passed; `last` tells whether it is reached.
        allowed : callable, optional
            Whether a trial point may be accepted; otherwise a shorter step is tried.
        """
        curve = self.curve
        while True:
            if curve.linearise(self.point) is None:
                return False
            np.maximum(curve.scale[:-1], np.abs(self.point[:-1]), out=curve.scale[:-1])
            ahead = tangent(curve, self.direction)
            if ahead is None:
                return False
            self.tangent = ahead
            while True:
                reach, held = self.step * self.wanted, int(np.argmax(np.abs(ahead) / curve.scale))
                self.last = False
                if stop is not None and ahead[-1] and 0.0 < (stop - self.point[-1]) / ahead[-1] <= reach:
                    reach, held, self.last = (stop - self.point[-1]) / ahead[-1], curve.n, True
                trial = self.point + reach * ahead
                iterations = correct(curve, trial, held)
                near = (
                    iterations and np.max(np.abs(trial - self.point) / curve.scale) <= STRETCH * reach + 1e-9
                )
                if near and (allowed is None or allowed(trial)):
                    break
                self.step *= 0.25
                if self.step < SMALLEST:
                    return False
                if curve.linearise(self.point) is None:
                    return False
            if stop is not None and not self.last:
                trial, held = self._ended(trial, held, stop)
            self.direction, self.point, self.held = trial - self.point, trial, held
            self.step = min(LARGEST, self.step * (2.0 if iterations <= QUICK else 1.0))
            return True

    def _ended(self, trial: np.ndarray, held: int, stop: float) -> tuple[np.ndarray, int]:
        """The point at the end value of λ, and what is held there, if a step has come to it or gone beyond."""
        before, after = float(self.point[-1]), float(trial[-1])
        if (after - stop) * (stop - before) < 0.0 or before == after:
            return trial, held
        end = self.point + (stop - before) / (after - before) * (trial - self.point)
        end[-1] = stop
        self.last = bool(correct(self.curve, end, self.curve.n))
        return (end, self.curve.n) if self.last else (trial, held)
