"""Checks of the equations themselves: Kirchhoff's current law, derivatives, back ends, finite everywhere."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.contract.report import Outcome
from circuitnn.equations.bytecode import assemble
from circuitnn.equations.expr import Expr
from circuitnn.equations.kernel import handle


def kirchhoff(case: Case) -> Outcome:
    """Currents and charges of all nodes sum to zero."""
    outcome = Outcome(
        "Kirchhoff's current law", "currents and charges of all nodes sum to 0 within 1e-14 of their sizes"
    )
    x = case.points(3.0)
    for what, exprs in (("currents", case.kernel.f), ("charges", case.kernel.q)):
        values = case.evaluate([exprs[i] for i in case.nodes], x)
        allowed = 1e-14 * np.abs(values).sum(axis=0) + 1e-300
        outcome.compare(f"sum of the {what}", values.sum(axis=0), allowed, case.place(x))
    return outcome


def derivatives(case: Case) -> Outcome:
    """G and C are the derivatives of f and q."""
    outcome = Outcome(
        "derivatives",
        "G = ∂f/∂x and C = ∂q/∂x agree with differences of 4th order to 1e-5, with steps of 2e-5 or, "
        "beside the edge of a branch, 5e-7",
    )
    # In extended precision, where the machine has it: parts of a model may be the small difference of
    # two large numbers (1 - tanh² far out), whose rounding would hide the slope.
    k, x = case.kernel, case.points(0.9).astype(np.longdouble)
    for name, residuals, entries in (("f", k.f, k.G), ("q", k.q, k.C)):
        exact = {(row, col): e for row, col, e in entries}
        for col, unknown in enumerate(k.inputs):
            rough = [_differences(case, residuals, x, col, h) for h in (2e-5, 5e-7)]
            for row, equation in enumerate(k.inputs):
                e = exact.get((row, col))
                got = case.evaluate([e], x)[0] if e is not None else np.zeros(case.n)
                share = [_share(got, numeric[row], error[row]) for numeric, error in rough]
                outcome.compare(
                    f"∂{name}[{equation}]/∂{unknown}, as a share of what differences allow,",
                    np.minimum(*share),
                    np.ones(case.n),
                    case.place(x),
                )
    return outcome


def _share(got: np.ndarray, numeric: np.ndarray, error: np.ndarray) -> np.ndarray:
    scale = np.maximum(np.abs(got), np.abs(numeric))
    return np.abs(got - numeric) / (1e-5 * scale + error + 1e-18)


def _differences(
    case: Case, residuals: Iterable[Expr], x: np.ndarray, col: int, h: float
) -> tuple[np.ndarray, np.ndarray]:
    """Differences of 4th order, and what rounding makes of them."""
    listed = list(residuals)
    step = h * np.maximum(1.0, np.abs(x[col]))

    def moved(steps: int) -> np.ndarray:
        y = x.copy()
        y[col] += steps * step
        return case.evaluate(listed, y)

    numeric = (8.0 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12.0 * step)
    size = np.max(np.abs(case.evaluate(listed, x)), axis=1, keepdims=True)
    return numeric, 20.0 * np.finfo(np.longdouble).eps * size / step


def back_ends(case: Case) -> Outcome:
    """Bytecode, compiled code and numpy give the same numbers."""
    native = handle(case.kernel).backend == "native"
    named = "compiled code, bytecode and numpy" if native else "bytecode and numpy"
    outcome = Outcome("back ends", f"{named} agree to 1e-12; one device alone gives what it gives in a group")
    backends = (handle, assemble) if native else (assemble,)
    size = np.zeros((len(case.kernel.outputs), 1))
    for spread in (1.0, 0.1, 10.0):
        x = case.points(spread, everything=spread > 1.0)
        oracle = case.evaluate(case.kernel.outputs, x)
        # numpy's own functions differ by an ulp, which subtraction may amplify
        size = np.maximum(size, np.max(np.abs(oracle), axis=1, keepdims=True))
        allowed = 1e-12 * np.abs(oracle) + 1e-15 * size + 1e-300
        made = [case.run(x, backend) for backend in backends]
        for got, what in zip(made, ("compiled code", "bytecode") if native else ("bytecode",), strict=True):
            off = np.max(np.abs(got - oracle) / allowed, axis=0)
            outcome.compare(f"{what} against numpy, as a share,", off, np.ones(case.n), case.place(x))
        for got in made[1:]:
            off = np.max(np.abs(got - made[0]) / (1e-12 * np.abs(oracle) + 1e-300), axis=0)
            outcome.compare(
                "bytecode against compiled code, as a share,", off, np.ones(case.n), case.place(x)
            )
    for backend, group in zip(backends, made, strict=True):
        ones = range(0, case.n, 37)
        alone = [
            backend(case.kernel).evaluate(x[:, k : k + 1], case.columns[:, k : k + 1], (1e-3, 1e-12))[:, 0]
            for k in ones
        ]
        same = all(np.array_equal(one, group[:, k]) for k, one in zip(ones, alone, strict=True))
        outcome.require(same, "a device alone gives other bits than in a group")
    return outcome


def finite(case: Case) -> Outcome:
    """No NaN and no infinity, however far outside."""
    outcome = Outcome("finite", "f, q, G and C are finite with unknowns up to ±1e6, and with all of them 0")
    zero = np.zeros((len(case.kernel.inputs), case.n))
    outcome.require(
        bool(np.all(np.isfinite(case.columns))), "numbers made from the parameters are not finite"
    )
    for spread in (0.0, 1e2, 1e3, 1e6):
        x = case.points(spread, everything=True) if spread else zero
        for backend in (handle, assemble):
            bad = ~np.all(np.isfinite(case.run(x, backend)), axis=0)
            what = f"not finite at unknowns within ±{spread:g}"
            outcome.compare(what, bad.astype(float), np.full(case.n, 0.5), case.place(x))
    return outcome
