"""Choices between numbers: what a condition has left of counters and flags.

A loop that ends early sets its counter or a flag under a condition on voltages. The counter is then a choice between
numbers. Arithmetic with it is done in each of its cases, and a comparison becomes the conditions themselves, so that
the loop is seen to end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from circuitnn.equations.expr import ONE, TRUTHS, ZERO, Expr, is_const
from circuitnn.equations.rules import compare, logical, logical_not, where

CASES = 256  # of a choice, at most: beyond that arithmetic is done once, with the choice as an operand


def facts(condition: Expr, holds: bool = True) -> Iterator[tuple[Expr, bool]]:
    """Conditions that are known where this one holds, or does not."""
    waiting = [(condition, holds)]
    while waiting:
        known, truth = waiting.pop()
        yield known, truth
        yield logical_not(known), not truth
        if known.op == ("and" if truth else "or"):
            waiting += ((part, truth) for part in known.args)
        elif known.op in ("eq", "ne") and (is_const(known.args[0], 0.0) or is_const(known.args[1], 0.0)):
            part = known.args[0] if is_const(known.args[1], 0.0) else known.args[1]
            waiting.append((part, truth == (known.op == "ne")))


def chosen(value: Expr, known: Mapping[Expr, bool]) -> Expr:
    """What is left of a choice where these conditions are known."""
    while value.op == "where" and (truth := known.get(value.args[0])) is not None:
        value = value.args[1 if truth else 2]
    return value


def over_cases(operation: Callable[[Expr, Expr], Expr], a: Expr, b: Expr) -> Expr | None:
    """An operation on choices between numbers, done in each case; None if an operand is something else."""
    if a.op != "where" and b.op != "where":
        return None
    first, second = _cases(a), _cases(b)
    if first * second > CASES or first * second == 0:
        return None
    return _each(operation, a, b, {})


def _cases(value: Expr) -> int:
    """Number of cases of a choice between numbers; 0 if it is none."""
    count = 0
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if node.op == "where":
            waiting += node.args[1:]
        elif node.op != "const":
            return 0
        count += 1
        if count > CASES:
            return 0
    return count


def _each(
    operation: Callable[[Expr, Expr], Expr], a: Expr, b: Expr, done: dict[tuple[Expr, Expr], Expr]
) -> Expr:
    known = done.get((a, b))
    if known is not None:
        return known
    if a.op == "where":
        condition, yes, no = a.args
        result = _choice(condition, _each(operation, yes, b, done), _each(operation, no, b, done))
    elif b.op == "where":
        condition, yes, no = b.args
        result = _choice(condition, _each(operation, a, yes, done), _each(operation, a, no, done))
    else:
        result = operation(a, b)
    done[a, b] = result
    return result


def _truth(value: Expr) -> bool:
    return value.op in TRUTHS or value is ONE or value is ZERO


def _choice(condition: Expr, yes: Expr, no: Expr) -> Expr:
    """A choice; between truths it is their combination."""
    if yes is no or not (_truth(yes) and _truth(no)):
        return where(condition, yes, no)
    holds = condition if condition.op in TRUTHS else compare("ne", condition, ZERO)
    if yes is ONE:
        return logical("or", holds, no)
    if yes is ZERO:
        return logical("and", logical_not(holds), no)
    if no is ZERO:
        return logical("and", holds, yes)
    return logical("or", logical_not(holds), yes) if no is ONE else where(condition, yes, no)
