"""Current of a two-terminal model under a given voltage, with exact derivatives with respect to its parameters.

The states follow the trapezoidal rule, x₁ = x₀ + h/2·(r(v₀, x₀) + r(v₁, x₁)), or the backward Euler rule where
x₀ + h/2·r₀ is beyond the bounds of the state. The sensitivity equations of the same rules,
S₁ = S₀ + h·(w·dr₁/dp + (1 - w)·dr₀/dp), are solved for all points and parameters together as one banded system, so that
the derivatives are exact for the discretised model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from circuitnn.equations.bytecode import compile_program
from circuitnn.equations.derivative import differentiate_all
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import Expr, symbols
from circuitnn.equations.substitution import substitute
from circuitnn.errors import AnalysisError, ConvergenceError, nearest
from circuitnn.machine.cached import cached_property
from circuitnn.models import Model, known

SLOPPY = 1e-6  # tolerated residual of the rule, over a state's range


class Response:
    """A model's current and its derivatives.

    Parameters
    ----------
    name : str
        Of a two-terminal model without inner nodes, events, memories or random numbers.
    free : sequence of str
        Parameters with respect to which derivatives are taken; may include initial states.

    Raises
    ------
    AnalysisError
        If the model is of another kind, or lacks a parameter.
    """

    def __init__(self, name: str, free: Sequence[str]) -> None:
        if name not in known():
            raise AnalysisError(f"there is no model {name}{nearest(name, list(known()))}")
        self.model: type[Model] = known()[name]
        self.free = list(free)
        self._check()
        kernel = self.model.kernel()
        exprs = substitute([*kernel.f], dict(kernel.setup))
        plus = self.model.terminals[0]
        self.states = [s for s in self.model.states if s.name in kernel.inputs]
        rows = [kernel.inputs.index(s.name) for s in self.states]
        for s, row in zip(self.states, rows, strict=True):
            if str(kernel.q[row]) != s.name:
                raise AnalysisError(
                    f"{name}: what its state {s.name} stores is not the state itself; fit() cannot"
                )
        self._starts = [s.start() for s in self.states]
        current = exprs[kernel.inputs.index(plus)]
        rates = [-exprs[row] for row in rows]
        self._compile(current, rates)

    def _check(self) -> None:
        model = self.model
        kernel = model.kernel()
        if len(model.terminals) != 2 or model.internal or model.control:
            raise AnalysisError(f"fit: {model.name} must have two terminals and no inner nodes")
        if kernel.events or model.memories or model.randoms:
            raise AnalysisError(f"fit: {model.name} has events, memories or random numbers")
        names = {p.name for p in model.parameters}
        for name in self.free:
            if name not in names:
                raise AnalysisError(
                    f"model {model.name} has no parameter {name}{nearest(name, sorted(names))}"
                )

    def _compile(self, current: Expr, rates: list[Expr]) -> None:
        """Compile the current, the rates, and their derivatives by states and free parameters into one program."""
        wanted = [current, *rates]
        by = [s.name for s in self.states] + self.free
        outputs = list(wanted)
        for name in by:
            outputs += differentiate_all(wanted, name)
        plus, minus = self.model.terminals
        inputs = [plus, minus, *(s.name for s in self.states)]
        self._columns = sorted(symbols(outputs) - set(inputs) - {"time", "gmin"})
        self._program = compile_program(outputs, self._columns, inputs).handle()
        self._width = 1 + len(rates)

    @cached_property
    def defaults(self) -> dict[str, float]:
        """Default of every parameter; one that follows another parameter has that one's value."""
        defaults: dict[str, float] = {}
        every = [*self.model.parameters, *self.model.instance_parameters]
        for p in every:
            if not isinstance(p.default, str):
                defaults[p.name] = float(p.default)
        for p in every:
            if isinstance(p.default, str):
                defaults[p.name] = defaults[p.default]
        return defaults

    def values(self, parameters: Mapping[str, float]) -> dict[str, float]:
        """All parameters: those given, and defaults for the others."""
        unknown = set(parameters) - set(self.defaults)
        if unknown:
            name = min(unknown)
            raise AnalysisError(
                f"model {self.model.name} has no parameter {name}{nearest(name, list(self.defaults))}"
            )
        values = {**self.defaults, **parameters}
        for p in self.model.parameters:
            if isinstance(p.default, str) and p.name not in parameters:
                values[p.name] = values[p.default]
        for name in ("temp", "tnom"):
            if name in values and np.isnan(values[name]):
                values[name] = 27.0
        return values

    def _evaluate(self, v: np.ndarray, x: np.ndarray, p: Mapping[str, float]) -> np.ndarray:
        """Outputs, shape (1 + states + parameters, 1 + states, points)."""
        rows = np.vstack([v, np.zeros_like(v), x])
        columns = np.array([p[name] for name in self._columns])
        spread = np.repeat(columns[:, None], len(v), axis=1)
        return self._program.evaluate(rows, spread, (0.0, 0.0)).reshape(-1, self._width, len(v))

    def solve(
        self, t: np.ndarray, v: np.ndarray, parameters: Mapping[str, float], refine: int = 1
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Solve for one voltage over time.

        Parameters
        ----------
        t : ndarray, shape (points,)
            Increasing. [s]
        v : ndarray, shape (points,)
            Linear between the points. [V]
        given : mapping of str to float
            Parameters that differ from the model's defaults.
        refine : int
            Steps between two points.

        Returns
        -------
        current : ndarray, shape (points,)
            [A]
        slopes : ndarray, shape (free parameters, points)
            Derivatives of the current.
        states : ndarray, shape (states, points)

        Raises
        ------
        ConvergenceError
            If Newton's method does not find the states.
        """
        p = self.values(parameters)
        if not self.states:
            out = self._evaluate(v, np.zeros((0, len(v))), p)
            return out[0, 0], out[1:, 0], np.zeros((0, len(v)))
        fine = np.interp(np.arange((len(t) - 1) * refine + 1) / refine, np.arange(len(t)), t)
        voltage = np.interp(fine, t, v)
        x, out, weight = self._states(fine, voltage, p)
        slopes = self._sensitivities(fine, out, weight, p)
        n = len(self.states)
        direct, by_state = out[1 + n :, 0], out[1 : 1 + n, 0]
        total = direct + np.einsum("st,pst->pt", by_state, slopes)
        return out[0, 0, ::refine], total[:, ::refine], x[:, ::refine]

    def _states(
        self, t: np.ndarray, v: np.ndarray, p: Mapping[str, float]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """States, outputs and weights of all points."""
        x, weight = self._march(t, v, np.array(evaluate(self._starts, p)), p)
        h = np.diff(t)
        out = self._evaluate(v, x, p)
        residual = self._residual(h, x, out, weight)
        size = float(np.max(np.abs(residual) / self._scale[:, None]))
        if size > SLOPPY:
            raise ConvergenceError(
                f"{self.model.name}: its states are not found (off by {size:.2g}); give more points, or refine"
            )
        return x, out, weight

    @cached_property
    def _scale(self) -> np.ndarray:
        spans = [s.high - s.low for s in self.states]
        return np.array([span if np.isfinite(span) and span > 0.0 else 1.0 for span in spans])

    def _residual(self, h: np.ndarray, x: np.ndarray, out: np.ndarray, weight: np.ndarray) -> np.ndarray:
        rates = out[0, 1:]
        residual = np.zeros_like(x)
        residual[:, 1:] = np.diff(x, axis=1) - h * (weight * rates[:, 1:] + (1.0 - weight) * rates[:, :-1])
        return residual

    def _march(
        self, t: np.ndarray, v: np.ndarray, start: np.ndarray, p: Mapping[str, float]
    ) -> tuple[np.ndarray, np.ndarray]:
        """States and weights of the new rates, step by step."""
        from circuitnn._cext.response import march

        low, high = (np.array([float(getattr(s, end)) for s in self.states]) for end in ("low", "high"))
        columns = np.array([p[name] for name in self._columns])
        x, weight = np.empty((len(t), len(start))), np.empty(len(t) - 1)
        x[0] = np.clip(start, low, high)
        march(self._program, t, v, columns, low, high, x, weight)
        return np.ascontiguousarray(x.T), weight

    def _banded(self, h: np.ndarray, out: np.ndarray, weight: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Solve the linearised rule for right-hand sides of shape (sides, states, points)."""
        from scipy.linalg import solve_banded

        n, points = len(self.states), out.shape[2]
        jacobian = out[1 : 1 + n, 1:].transpose(1, 0, 2)  # (rate, state, point)
        # Unknowns are (point, state): entries of a point itself, and of the point before.
        lower, upper = 2 * n - 1, n - 1
        ab = np.zeros((lower + upper + 1, n * points))
        for i in range(n):
            for j in range(n):
                here = np.full(points, float(i == j))
                here[1:] -= h * weight * jacobian[i, j, 1:]
                ab[upper + i - j, j::n] = here
                before = -float(i == j) - h * (1.0 - weight) * jacobian[i, j, :-1]
                ab[upper + n + i - j, j : n * (points - 1) : n] = before
        sides = right.transpose(2, 1, 0).reshape(n * points, -1)
        solution = solve_banded((lower, upper), ab, sides, check_finite=False)
        return solution.reshape(points, n, -1).transpose(2, 1, 0)

    def _sensitivities(
        self, t: np.ndarray, out: np.ndarray, weight: np.ndarray, p: Mapping[str, float]
    ) -> np.ndarray:
        """Derivatives of the states, shape (parameters, states, points)."""
        n = len(self.states)
        h = np.diff(t)
        direct = out[1 + n :, 1:]
        right = np.zeros_like(direct)
        right[:, :, 1:] = h * (weight * direct[:, :, 1:] + (1.0 - weight) * direct[:, :, :-1])
        for k, name in enumerate(self.free):
            right[k, :, 0] = evaluate(differentiate_all(self._starts, name), p)
        return self._banded(h, out, weight, right)
