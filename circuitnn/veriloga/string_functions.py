"""Strings: what the language computes with them."""

from __future__ import annotations

import re
from collections.abc import Callable

from circuitnn.equations.expr import Expr, const
from circuitnn.veriloga.source import Fault

Value = Expr | str | list
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "==": lambda a, b: a == b,
    "===": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "!==": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _leading(text: str, pattern: str, base: int) -> int:
    """The integer at the beginning of a text; 0 if there is none."""
    match = re.match(pattern, text.replace("_", ""))
    return int(match[0], base) if match else 0


def _real(text: str) -> float:
    match = re.match(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", text)
    return float(match[0]) if match else 0.0


def _order(a: str, b: str) -> int:
    return (a > b) - (a < b)


# Methods of strings by name, with the kinds of their arguments.
METHODS: dict[str, tuple[tuple[type, ...], Callable[..., str | float]]] = {
    "len": ((), len),
    "substr": ((float, float), lambda s, i, j: s[int(i) : int(j) + 1] if 0 <= i <= j < len(s) else ""),
    "toupper": ((), str.upper),
    "tolower": ((), str.lower),
    "compare": ((str,), _order),
    "icompare": ((str,), lambda a, b: _order(a.lower(), b.lower())),
    "atoi": ((), lambda s: _leading(s, r"[+-]?\d+", 10)),
    "atohex": ((), lambda s: _leading(s, r"[\da-fA-F]+", 16)),
    "atooct": ((), lambda s: _leading(s, r"[0-7]+", 8)),
    "atobin": ((), lambda s: _leading(s, r"[01]+", 2)),
    "atoreal": ((), _real),
}
INTEGER_METHODS = METHODS.keys() - {"substr", "toupper", "tolower", "atoreal"}


def called(text: str, method: str, arguments: list[str | float], at: int) -> Value:
    """Value of a method of a string, as ``s.len()``."""
    kinds, function = METHODS[method]
    fits = len(arguments) == len(kinds)
    if not fits or not all(isinstance(a, k) for a, k in zip(arguments, kinds, strict=True)):
        wanted = ", ".join("a string" if kind is str else "a number" for kind in kinds) or "nothing"
        raise Fault(f"'{method}' of a string takes {wanted}", at)
    result = function(text, *arguments)
    return result if isinstance(result, str) else const(float(result))
