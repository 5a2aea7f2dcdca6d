"""Expressions rebuilt with other arguments or symbols, and simplified again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from circuitnn.equations import rules, scalar
from circuitnn.equations.expr import Expr, Number, as_expr, order

_OPERATIONS: dict[str, Callable[..., Expr]] = {
    "add": rules.add,
    "sub": rules.sub,
    "neg": rules.neg,
    "mul": rules.mul,
    "div": rules.div,
    "ratio": rules.ratio,
    "pow": rules.power,
    "pwr": rules.pwr,
    "where": rules.where,
    "ddt": rules.ddt,
}
# Rules for several operations, with the operation as their first argument.
_FAMILIES: dict[str, Callable[..., Expr]] = {
    **dict.fromkeys(scalar.UNARY, rules.unary),
    **dict.fromkeys(("lt", "le", "eq", "ne"), rules.compare),
    **dict.fromkeys(("and", "or"), rules.logical),
    **dict.fromkeys(("min", "max"), rules.minmax),
    **dict.fromkeys(("atan2", "fmod"), rules.binary),
}


def rebuild(node: Expr, args: tuple[Expr, ...]) -> Expr:
    """The same operation on other arguments, simplified again."""
    if args == node.args:
        return node
    if node.op in _OPERATIONS:
        return _OPERATIONS[node.op](*args)
    if node.op in ("pwl", "pwc"):
        return rules.piecewise(node.op, args[0], *node.table)
    return _FAMILIES[node.op](node.op, *args)


def substitute(exprs: Iterable[Expr], mapping: Mapping[str, Expr | Number]) -> list[Expr]:
    """The expressions with symbols replaced, simplified again.

    Parameters
    ----------
    exprs : iterable of Expr
    mapping : mapping of str to Expr or number
        Symbol name → replacement. Other symbols stay.
    """
    exprs = list(exprs)
    replaced: dict[Expr, Expr] = {}
    for node in order(exprs):
        if node.op == "symbol" and node.value in mapping:
            replaced[node] = as_expr(mapping[str(node.value)])
        elif node.args:
            replaced[node] = rebuild(node, tuple(replaced[a] for a in node.args))
        else:
            replaced[node] = node
    return [replaced[e] for e in exprs]


def resolved(definitions: Mapping[str, Expr]) -> dict[str, Expr]:
    """Definitions of symbols with all references to earlier ones substituted."""
    resolved: dict[str, Expr] = {}
    for name, value in definitions.items():
        resolved[name] = substitute([value], resolved)[0]
    return resolved
