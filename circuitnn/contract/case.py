"""A model with many drawn instances: the points at which the checks evaluate it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from circuitnn._cext.kernel import KernelHandle
from circuitnn.constants import NOMINAL_TEMPERATURE
from circuitnn.contract.report import SEED, Place
from circuitnn.equations import evaluate as oracle
from circuitnn.equations.expr import ZERO, Expr
from circuitnn.equations.kernel import Kernel
from circuitnn.models.model import Model, Parameter, State

TIME, GMIN = 1e-3, 1e-12
ITERATIONS = 60  # Newton iterations in which states must settle
WARMER = 90.0  # K; how far thermal nodes are from the surroundings, as states that start at 300 K are
NEVER = 1e29  # a default of 1e30 means "not given", or that the effect it limits never happens
# Largest drawn value if the default is 0 or missing, by unit.
SCALES = {"Ohm": 10.0, "s": 1e-9, "F": 1e-12, "V": 0.2, "A": 1e-3, "m": 1e-9, "m²": 1e-12}
Columns = dict[str, Any]  # arrays, one number per instance


class Case:
    """A model's kernel with instances drawn around its defaults and its published sets.

    Parameters
    ----------
    model : type of Model
    count : int
        Number of instances, and of points.
    seed : int
    change : callable, optional
        Modifies the drawn parameters before memories are initialised from them.
    """

    def __init__(
        self,
        model: type[Model],
        count: int = 400,
        seed: int = SEED,
        change: Callable[[Columns], None] | None = None,
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.model = model
        self.n = count
        self.kernel: Kernel = model.kernel()
        self.parameters = self._drawn(change)
        setup = dict(self.kernel.setup)
        evaluated = oracle.evaluate(setup.values(), self.parameters)
        self.values: Columns = self.parameters | dict(zip(setup, evaluated, strict=True))
        self.columns = np.array([np.broadcast_to(self.values[c], count) for c in self.kernel.columns])
        self.rates = list(self.kernel.rate_rows)
        rows = (self.kernel.inputs.index(n) for n in (*model.terminals, *model.internal))
        self.nodes = [row for row in rows if row not in self.rates]
        self.thermal = [self.kernel.inputs.index(model.heat_node)] if model.heat_node else []
        self.electrical = [row for row in self.nodes if row not in self.thermal]
        # the electrical terminals, of which the last is what voltages are measured from
        self.terminals = [row for row in self.nodes[: len(model.terminals)] if row not in self.thermal]
        self.starts = {
            s.name: np.broadcast_to(oracle.evaluate([s.start()], self.values)[0], count) for s in model.states
        }

    def _drawn(self, change: Callable[[Columns], None] | None) -> Columns:
        rng, n = self.rng, self.n
        centres = [{}, *(chosen.values for chosen in self.model.sets.values())]
        which = rng.integers(0, len(centres), n)
        values: Columns = {}
        for p in (*self.model.parameters, *self.model.instance_parameters):
            centre_values = np.array([centre.get(p.name, math.nan) for centre in centres])[which]
            if isinstance(p.default, str):
                values[p.name] = np.where(np.isnan(centre_values), values[p.default], centre_values)
            else:
                values[p.name] = self._around(p, np.where(np.isnan(centre_values), p.default, centre_values))
        if change is not None:
            change(values)
        values |= {"temp": rng.uniform(-40.0, 125.0, n), "tnom": np.full(n, NOMINAL_TEMPERATURE)}
        draws: dict[str, Any] = {
            "uniform": rng.uniform,
            "normal": rng.standard_normal,
            "exponential": rng.exponential,
        }
        values |= {name: draws[kind](size=n) for name, kind in self.kernel.randoms}
        for name, before in self.kernel.memories:
            flag = before.op == "const" and before.number in (0.0, 1.0)
            start = np.array(np.broadcast_to(oracle.evaluate([before], values)[0], n))
            values[name] = rng.integers(0, 2, n).astype(float) if flag else start
        return values

    def _around(self, p: Parameter, centre: np.ndarray) -> np.ndarray:
        """Values within 25 % of the centre; for choices (0, 1, 2 …), every other value is drawn among these."""
        rng, n = self.rng, self.n
        if isinstance(p.default, float) and math.isnan(p.default):
            return np.full(n, NOMINAL_TEMPERATURE) if p.unit == "°C" else np.zeros(n)
        some = rng.uniform(0.0, SCALES.get(p.unit, 1.0) if math.isnan(p.usual) else p.usual, n)
        drawn = np.where(centre == 0.0, some, centre * rng.uniform(0.8, 1.25, n))
        drawn = np.where(np.abs(centre) >= NEVER, centre, drawn)
        if is_choice(p):
            choice = rng.integers(int(p.low), int(p.high) + 1, n)
            choice = np.where((choice == 0) & p.nonzero, int(p.high), choice)
            drawn = np.where(rng.random(n) < 0.5, choice, drawn)
        return np.clip(drawn, p.low, p.high)

    @property
    def extent(self) -> tuple[float, float]:
        """How much colder and warmer than the surroundings thermal nodes are. [K]"""
        return -WARMER, WARMER

    def points(self, spread: float = 1.0, everything: bool = False) -> np.ndarray:
        """Draw unknowns: voltages and currents within ±spread, states between their bounds.

        Parameters
        ----------
        spread : float
            [V], [A]
        everything : bool
            Draw states within ±spread as well.

        Returns
        -------
        ndarray, shape (unknowns, points)
        """
        x = self.rng.uniform(-spread, spread, (len(self.kernel.inputs), self.n))
        for state in () if everything else self.model.states:
            x[self.kernel.inputs.index(state.name)] = self.at(state, self.rng.uniform(0.0, 1.0, self.n))
        for node in () if everything else self.thermal:
            x[node] = self.rng.uniform(-WARMER, WARMER, self.n)
        return x

    def at(self, state: State, share: np.ndarray) -> np.ndarray:
        """Return values of a state between its bounds, or around its initial value if it has none.

        Parameters
        ----------
        state : State
        share : ndarray, shape (points,)
            Position in the range, 0 to 1.

        Returns
        -------
        ndarray, shape (points,)
        """
        start = self.starts[state.name]
        span = np.maximum(0.6 * np.abs(start), 2e3 * state.tolerance)
        low = np.full(self.n, state.low) if math.isfinite(state.low) else start - 0.5 * span
        high = (
            np.full(self.n, state.high) if math.isfinite(state.high) else np.maximum(start, low) + 0.5 * span
        )
        return low + share * (high - low)

    def evaluate(self, exprs: Iterable[Expr], x: np.ndarray) -> np.ndarray:
        """Evaluate expressions at points with NumPy.

        Parameters
        ----------
        exprs : iterable of Expr
        x : ndarray, shape (unknowns, points)

        Returns
        -------
        ndarray, shape (expressions, points)
        """
        values = self.values | dict(zip(self.kernel.inputs, x, strict=True)) | {"time": TIME, "gmin": GMIN}
        return np.array([np.broadcast_to(v, self.n) for v in oracle.evaluate(exprs, values)])

    def run(self, x: np.ndarray, backend: Callable[[Kernel], KernelHandle]) -> np.ndarray:
        """Evaluate all outputs of the kernel at points with a back end.

        Parameters
        ----------
        x : ndarray, shape (unknowns, points)
        backend : callable
            Makes a handle of the kernel.

        Returns
        -------
        ndarray, shape (outputs, points)
        """
        return backend(self.kernel).evaluate(x, self.columns, (TIME, GMIN))

    def place(self, x: np.ndarray) -> Callable[[int], Place]:
        """Make a function that describes a point.

        Parameters
        ----------
        x : ndarray, shape (unknowns, points)

        Returns
        -------
        callable
            Number of a point → its unknowns and parameters.
        """
        shown = [p.name for p in (*self.model.parameters, *self.model.instance_parameters)]
        shown += [name for name in self.kernel.moving if name in self.values]

        def at(k: int) -> Place:
            numbers = {n: float(np.broadcast_to(self.values[n], self.n)[k]) for n in shown}
            unknowns = {n: float(v) for n, v in zip(self.kernel.inputs, x[:, k], strict=True)}
            return {"unknowns": unknowns, "parameters": numbers}

        return at

    def static_states(self) -> list[int]:
        """List the states without storage, whose equations hold at every moment.

        Returns
        -------
        list of int
            Rows of these states.
        """
        rows = (self.kernel.inputs.index(s.name) for s in self.model.states)
        return [row for row in rows if self.kernel.q[row] is ZERO]

    def settled(self, x: np.ndarray, rows: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Solve some rows for their own unknowns by Newton's method, with time derivatives set to zero.

        Parameters
        ----------
        x : ndarray, shape (unknowns, points)
        rows : list of int

        Returns
        -------
        x : ndarray, shape (unknowns, points)
        good : ndarray of bool, shape (points,)
            Points at which it converged.
        """
        x = x.copy()
        x[self.rates] = 0.0
        if not rows:
            return x, np.ones(self.n, dtype=bool)
        k, size = self.kernel, len(rows)
        entries = [(rows.index(r), rows.index(c), e) for r, c, e in k.G if r in rows and c in rows]
        exprs = [*(k.f[r] for r in rows), *(e for _, _, e in entries)]
        step = np.full((self.n, size), np.inf)
        for _ in range(ITERATIONS):
            evaluated = self.evaluate(exprs, x)
            jacobian = np.zeros((self.n, size, size))
            for (row, col, _), value in zip(entries, evaluated[size:], strict=True):
                jacobian[:, row, col] += value
            step = _newton_step(jacobian, evaluated[:size].T)
            x[rows] -= np.where(np.isfinite(step), step, 0.0).T
            if np.all(np.abs(step) <= 1e-13 * np.abs(x[rows].T) + 1e-30):
                break
        return x, np.all(np.abs(step) <= 1e-9 * np.abs(x[rows].T) + 1e-20, axis=1)


def _newton_step(jacobian: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """J⁻¹·residual of each point; infinite where J is singular."""
    size = residual.shape[1]
    rows = np.max(np.abs(jacobian), axis=2, keepdims=True)
    scaled = jacobian / np.maximum(rows, 1e-300)
    singular = np.abs(np.linalg.det(scaled)) < 1e-12
    scaled[singular] = np.eye(size)
    right = residual / np.maximum(rows[:, :, 0], 1e-300)
    step = np.linalg.solve(scaled, right[:, :, None])[:, :, 0]
    step[singular] = np.inf
    return step


def is_choice(p: Parameter) -> bool:
    """Whether a parameter looks like a choice among a few whole numbers."""
    if p.unit or isinstance(p.default, str) or not (math.isfinite(p.low) and math.isfinite(p.high)):
        return False
    return all(float(v).is_integer() for v in (p.default, p.low, p.high)) and p.high - p.low <= 5.0
