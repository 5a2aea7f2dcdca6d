"""Checks that equations have values: no root of a negative number, no divisor of 0, over the declared ranges."""

from __future__ import annotations

import math

import numpy as np

from circuitnn.contract.case import GMIN, TIME, Case
from circuitnn.contract.points import at_edges, over_ranges
from circuitnn.contract.report import Outcome
from circuitnn.equations import scalar
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import symbols
from circuitnn.equations.ngspice import to_ngspice

# Functions that stop at 1e99: beyond, they do have a value, which is merely not computed.
STOPPED = frozenset(("exp", "expm1", "sinh", "cosh", "pwr"))


def values(case: Case) -> Outcome:
    """Every relevant operation has a value, at the drawn points and at the ends of the ranges."""
    outcome = Outcome(
        "values",
        "no root or logarithm of a negative number and no division by 0, with voltages within "
        "±1 V, states between and at their bounds, parameters within and at the ends of their ranges",
    )
    if not case.kernel.guard:
        return outcome
    _ask(outcome, case, case.points(1.0))
    _ask(outcome, case, _at_bounds(case))
    edges = at_edges(case.model)
    if edges is not None:
        _ask(outcome, edges, edges.points(1.0))
    _over_ranges(outcome, case)
    return outcome


def _over_ranges(outcome: Outcome, case: Case) -> None:
    """Note operations without a value for some parameters within their ranges, which cannot express relations."""
    guard, drawn = case.kernel.guard, over_ranges(case)
    names = {p.name for p in (*case.model.parameters, *case.model.instance_parameters)}
    for node in guard.domains.operations:
        asked = node.args[1] if node.op in scalar.DIVIDING else node.args[0]
        if node.op in STOPPED or not asked.args or not symbols([asked]) <= names:
            continue
        (values,) = evaluate([asked], drawn)
        # if a divisor changes its sign between two draws, it is 0 somewhere between them
        bad = values < 0.0
        if np.any(bad) and (node.op not in scalar.DIVIDING or np.any(values > 0.0)):
            what = "divisor" if node.op in scalar.DIVIDING else f"argument of {node.op}"
            outcome.note(
                f"the {what} {to_ngspice(asked, limit=80)} may be 0 or negative within the ranges of its parameters"
            )


def _at_bounds(case: Case) -> np.ndarray:
    """Points with every state at one of its bounds, and all voltages 0 at some."""
    x = case.points(1.0)
    for state in case.model.states:
        row = case.kernel.inputs.index(state.name)
        for bound in (state.low, state.high):
            if math.isfinite(bound):
                x[row] = np.where(case.rng.random(case.n) < 0.4, bound, x[row])
    x[case.nodes, : case.n // 8] = 0.0
    return x


def _ask(outcome: Outcome, case: Case, x: np.ndarray) -> None:
    """Let the kernel's guard say which operations have no value."""
    guard = case.kernel.guard
    known = {n: np.broadcast_to(v, case.n) for n, v in case.values.items()}
    known |= {"time": np.full(case.n, TIME), "gmin": np.full(case.n, GMIN)}
    outside = np.flatnonzero(guard.outside(x, known, GMIN))
    if not len(outside):
        return
    symbols = {n: v[outside] for n, v in known.items()} | dict(
        zip(case.kernel.inputs, x[:, outside], strict=True)
    )
    for operation in guard.operations_without_value(symbols):
        if operation.op in STOPPED:
            continue
        bad = np.zeros(case.n)
        bad[outside[operation.points]] = 1.0
        first = operation.points[0]
        operands = ", ".join(f"{name} = {symbols[name][first]:.6g}" for name in operation.names)
        what = f"{operation.text}" + (f", with {operands}" if operands else "")
        outcome.compare(what, bad, np.full(case.n, 0.5), case.place(x))
