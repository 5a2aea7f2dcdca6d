"""Mathematical functions of the language as expressions."""

from __future__ import annotations

import math
from collections.abc import Callable

from circuitnn.equations import graph, rules
from circuitnn.equations.expr import Expr, const
from circuitnn.equations.graph import where


def divide(a: Expr, b: Expr) -> Expr:
    """Quotient; constants divide as numbers, whatever their size."""
    if a.op == "const" and b.op == "const" and b.number != 0.0:
        return const(a.number / b.number)
    return rules.ratio(a, b)


def power(a: Expr, b: Expr, whole: bool = False) -> Expr:
    """a to the power of b; whole: b is an integer, for which a may be negative."""
    if a.op == "const" and b.op == "const":
        try:
            value = a.number**b.number
        except (OverflowError, ZeroDivisionError):
            return rules.power(a, b)
        return const(value) if isinstance(value, float) and math.isfinite(value) else rules.power(a, b)
    if b.op == "const":
        n = b.number
        if not math.isfinite(n):
            return rules.binary("pow", a, b)
        if n == int(n) and abs(n) <= rules.MAX_INTEGER_POWER:
            return rules.integer_power(a, int(n))
        if n == int(n) and int(n) % 2:
            return rules.pwr(a, b)
        return graph.sqrt(a) if n == 0.5 else rules.power(a, b)
    result = rules.power(a, b)
    if whole:
        odd = graph.fmod(graph.abs_(b), 2.0)
        result = where(graph.and_(a < 0.0, odd), -result, result)
    return result


def rounded(x: Expr) -> Expr:
    """Nearest integer, halves away from zero, as in an assignment to an integer."""
    if x.op in ("lt", "le", "eq", "ne", "and", "or", "trunc", "floor", "ceil"):
        return x
    return where(x >= 0.0, graph.floor(x + 0.5), graph.ceil(x - 0.5))


def subtract(a: Expr, b: Expr) -> Expr:
    """Difference; a constant that was added is taken off exactly, as of $temperature - 273.15."""
    if b.op == "const" and a.op == "add" and a.args[0] is b:
        return a.args[1]
    return rules.sub(a, b)


def hypot(x: Expr, y: Expr) -> Expr:
    """Length of a vector."""
    return graph.sqrt(x * x + y * y)


def remainder(a: Expr, b: Expr) -> Expr:
    """The operator ``%``: the remainder has the sign of a."""
    return graph.fmod(a, b)


_ONE: dict[str, Callable[..., Expr]] = {
    "exp": graph.exp,
    "limexp": graph.limexp,
    "expm1": graph.expm1,
    "ln": graph.ln,
    "ln1p": graph.log1p,
    "log": graph.log10,
    "log10": graph.log10,
    "sqrt": graph.sqrt,
    "abs": graph.abs_,
    "floor": graph.floor,
    "ceil": graph.ceil,
    "int": graph.trunc,
    **{name: getattr(graph, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh")},
    **{name: getattr(graph, name) for name in ("tanh", "asinh", "acosh", "atanh")},
}
_TWO: dict[str, Callable[..., Expr]] = {
    "pow": power,
    "min": graph.min_,
    "max": graph.max_,
    "atan2": graph.atan2,
    "hypot": hypot,
}
# Functions by name, with their number of arguments; the names with $ are those of Verilog's system functions.
FUNCTIONS: dict[str, tuple[int, Callable[..., Expr]]] = {
    **{prefix + name: (1, f) for name, f in _ONE.items() for prefix in ("", "$")},
    **{prefix + name: (2, f) for name, f in _TWO.items() for prefix in ("", "$")},
    "$log10": (1, graph.log10),
    "$rtoi": (1, graph.trunc),
    "$itor": (1, lambda x: x),
}

# Bitwise operators of two conditions.
OF_TRUTHS: dict[str, Callable[[Expr, Expr], Expr]] = {
    "&": lambda a, b: rules.logical("and", a, b),
    "|": lambda a, b: rules.logical("or", a, b),
    "^": lambda a, b: rules.compare("ne", a, b),
}
ARITHMETIC: dict[str, Callable[[Expr, Expr], Expr]] = {
    "+": rules.add,
    "-": subtract,
    "*": rules.mul,
    "/": divide,
    "%": remainder,
    "**": power,
    "<": lambda a, b: rules.compare("lt", a, b),
    "<=": lambda a, b: rules.compare("le", a, b),
    ">": lambda a, b: rules.compare("lt", b, a),
    ">=": lambda a, b: rules.compare("le", b, a),
    "==": lambda a, b: rules.compare("eq", a, b),
    "===": lambda a, b: rules.compare("eq", a, b),
    "!=": lambda a, b: rules.compare("ne", a, b),
    "!==": lambda a, b: rules.compare("ne", a, b),
    "&&": lambda a, b: rules.logical("and", a, b),
    "||": lambda a, b: rules.logical("or", a, b),
}
