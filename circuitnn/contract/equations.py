"""Checks of the equations themselves: Kirchhoff's current law, derivatives, back ends, finite everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from circuitnn._cext.kernel import KernelHandle
from circuitnn.contract.case import Case
from circuitnn.contract.report import Outcome
from circuitnn.equations import host
from circuitnn.equations.bytecode import assemble
from circuitnn.equations.expr import Expr
from circuitnn.equations.kernel import Kernel, handle

STEPS = (2e-5, 5e-7, 5e-9)  # of differences; the smaller ones stay clear of nearby edges


def kirchhoff(case: Case) -> Outcome:
    """Currents and charges of all nodes sum to zero and do not depend on ground."""
    outcome = Outcome(
        "Kirchhoff's current law",
        "currents and charges of all nodes (but a thermal one) sum to 0 within 1e-14 of their sizes, at voltages of "
        "some mV and of some kV too; with the same voltage more at every node they are what they were, to 1e-6",
    )
    if case.model.grounded:
        outcome.skipped = case.model.grounded
        return outcome
    for spread in (3.0, 3e-2, 3e3):
        x = case.points(spread)
        for what, exprs in (("currents", case.kernel.f), ("charges", case.kernel.q)):
            values = case.evaluate([exprs[i] for i in case.electrical], x)
            allowed = 1e-14 * np.abs(values).sum(axis=0) + 1e-300
            outcome.compare(f"sum of the {what}", values.sum(axis=0), allowed, case.place(x))
    _shifted(case, outcome)
    return outcome


def _shifted(case: Case, outcome: Outcome) -> None:
    """Check that no current depends on a voltage against ground: it would leave by a terminal that does not exist."""
    x = case.points(1.0).astype(np.longdouble)
    raised = x.copy()
    raised[case.electrical] += case.rng.choice([-2.0, 2.0], case.n)  # exact in floating point
    for what, exprs in (("current of", case.kernel.f), ("charge of", case.kernel.q)):
        before, after = (case.evaluate(exprs, point) for point in (x, raised))
        for name, a, b in zip(case.kernel.inputs, before, after, strict=True):
            allowed = 1e-6 * np.maximum(np.abs(a), np.abs(b)) + 1e-12 * np.median(np.abs(a)) + 1e-300
            is_state = any(s.name == name for s in case.model.states)
            called = what.replace("current of", "rate of") if is_state else what
            outcome.compare(
                f"{called} {name} changes with the voltage of all nodes against ground",
                b - a,
                allowed,
                case.place(x),
            )


def derivatives(case: Case) -> Outcome:
    """G and C are the derivatives of f and q."""
    outcome = Outcome(
        "derivatives",
        "G = ∂f/∂x and C = ∂q/∂x agree with differences of 4th order to 1e-5, with steps of 2e-5 or, "
        "beside the edge of a branch, less",
    )
    # In extended precision, if the machine has it: parts of a model may be small differences of
    # large numbers (1 - tanh² far out), whose rounding would hide the slope.
    k, x = case.kernel, case.points(0.9).astype(np.longdouble)
    for name, residuals, entries in (("f", k.f, k.G), ("q", k.q, k.C)):
        exact = {(row, col): e for row, col, e in entries}
        for col, unknown in enumerate(k.inputs):
            rough = [_differences(case, residuals, x, col, h) for h in STEPS]
            for row, equation in enumerate(k.inputs):
                e = exact.get((row, col))
                got = case.evaluate([e], x)[0] if e is not None else np.zeros(case.n)
                off, allowed = _nearest(got, [(n[row], error[row]) for n, error in rough])
                outcome.compare(f"∂{name}[{equation}]/∂{unknown}", off, allowed, case.place(x))
    return outcome


def _nearest(got: np.ndarray, rough: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Deviation from differences, and its budget, with the best step for each point."""
    off = np.array([np.abs(got - numeric) for numeric, _ in rough])
    allowed = np.array(
        [1e-5 * np.maximum(np.abs(got), np.abs(numeric)) + error + 1e-30 for numeric, error in rough]
    )
    best = np.argmin(off / allowed, axis=0), np.arange(got.size)
    return off[best], allowed[best]


def _differences(
    case: Case, residuals: Iterable[Expr], x: np.ndarray, col: int, h: float
) -> tuple[np.ndarray, np.ndarray]:
    """Differences of 4th order, and their rounding errors."""
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
    backends = _back_ends(case.kernel)
    named = ", ".join(backends)
    outcome = Outcome(
        "back ends", f"{named} and numpy agree to 1e-12; one device alone gives what it gives in a group"
    )
    size = rounding = np.zeros((len(case.kernel.outputs), 1))
    for spread in (1.0, 0.1, 10.0):
        x = case.points(spread, everything=spread > 1.0)
        oracle = case.evaluate(case.kernel.outputs, x)
        # numpy's own functions differ by an ulp, which subtraction may amplify: 1 - tanh² far out is only rounding
        size = np.maximum(size, np.max(np.abs(oracle), axis=1, keepdims=True))
        rounding = np.maximum(rounding, _rounding(case, x, oracle))
        allowed = 1e-12 * np.abs(oracle) + 1e-300
        rounded = allowed + 1e-15 * size + 4.0 * rounding
        values = {what: case.run(x, backend) for what, backend in backends.items()}
        for what, got in values.items():
            _worst_row(case, outcome, f"{what} against numpy", x, got - oracle, rounded)
        (first, compiled), *rest = values.items()
        for what, got in rest:
            _worst_row(case, outcome, f"{what} against {first}", x, got - compiled, allowed)
    for what, backend in backends.items():
        ones = range(0, case.n, 37)
        alone = [
            backend(case.kernel).evaluate(x[:, k : k + 1], case.columns[:, k : k + 1], (1e-3, 1e-12))[:, 0]
            for k in ones
        ]
        same = all(np.array_equal(one, values[what][:, k]) for k, one in zip(ones, alone, strict=True))
        outcome.require(same, f"a device alone gives other bits than in a group ({what})")
    return outcome


def _rounding(case: Case, x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Largest rounding error of each output, in extended precision if the machine has it."""
    exact = case.evaluate(case.kernel.outputs, x.astype(np.longdouble))
    return np.max(np.abs(values - exact), axis=1, keepdims=True).astype(float)


def _back_ends(kernel: Kernel) -> dict[str, Callable[[Kernel], KernelHandle]]:
    """Back ends: compiled code, from the package's build or the host's compiler if there is one, and bytecode."""
    if handle(kernel).backend == "native":
        return {"compiled code": handle, "bytecode": assemble}
    try:
        code = host.compiled(kernel)
    except host.HostCompileError:
        return {"bytecode": assemble}
    return {"code of the host's compiler": lambda _: code, "bytecode": assemble}


def _worst_row(
    case: Case, outcome: Outcome, what: str, x: np.ndarray, off: np.ndarray, allowed: np.ndarray
) -> None:
    """Compare the output with the largest deviation."""
    share = np.max(np.nan_to_num(np.abs(off) / allowed, nan=np.inf), axis=1)
    row = int(np.argmax(share))
    outcome.compare(f"{what}, {_outputs(case)[row]}", off[row], allowed[row], case.place(x))


def _outputs(case: Case) -> list[str]:
    """Names of a kernel's outputs."""
    k = case.kernel
    names = [f"f[{k.inputs[i]}]" for i in k.f_rows] + [f"q[{k.inputs[i]}]" for i in k.q_rows]
    names += [f"∂f[{k.inputs[r]}]/∂{k.inputs[c]}" for r, c, _ in k.G]
    names += [f"∂q[{k.inputs[r]}]/∂{k.inputs[c]}" for r, c, _ in k.C]
    names += [f"condition of event {n + 1}" for n, _ in enumerate(k.events)]
    return names + [f"new {name}" for event in k.events for name, _ in event.updates]


def finite(case: Case) -> Outcome:
    """No NaN and no infinity, however extreme the unknowns."""
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
