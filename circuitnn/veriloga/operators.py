"""What operators of the language put into expressions: symbols for noise, integrals and flows, and rates.

Contributions are linear in these. `split` takes an expression apart: static part, charge, noise.
"""

from __future__ import annotations

from collections.abc import Iterable

from circuitnn.equations.expr import ZERO, Expr, order, symbols
from circuitnn.equations.rules import add, make, mul, neg, quotient, sub, where
from circuitnn.equations.scalar import QUOTIENTS
from circuitnn.equations.substitution import rebuild
from circuitnn.records import dataclass

NOISE = "noise "  # how symbols of noise sources begin; no name of the language has a blank
FLOW = "flow "
BEFORE = "before "
PORT = "port "
ANALYSIS = "analysis "
HELD = "held "  # memories of operators
RANDOM = "random "
DDX = "ddx "
DELAYED = "delayed "
STIMULUS = "ac_stim "  # name of a source that is no noise: its power and exponent are magnitude and phase
STARTED = "started "  # 0 until the first point is accepted, then 1


@dataclass(frozen=True)
class NoiseSource:
    """A white or flicker noise source: its power, and the exponent of the frequency (0: white)."""

    name: str
    power: Expr
    exponent: Expr


@dataclass(frozen=True)
class Slope:
    """A `ddx`: what is derived, and the symbol by which."""

    of: Expr
    by: str


@dataclass(frozen=True)
class Integral:
    """An `idt`: what is integrated, the initial value, and whether that changes with voltages."""

    name: str
    rate: Expr
    initial: Expr | None
    follows: bool
    tolerance: float


@dataclass(frozen=True)
class Delay:
    """An `absdelay`: what is delayed, by how much [s], and whether it is made of flows alone."""

    name: str
    signal: Expr
    delay: Expr
    of_flow: bool


def has_rate(expressions: Iterable[Expr]) -> bool:
    """Whether a time derivative occurs."""
    return any(node.op == "ddt" for node in order(expressions))


def split(expression: Expr, varying: frozenset[str]) -> tuple[Expr, Expr]:
    """Split an expression into a + d(b)/dt; time derivatives that are not terms of a sum stay in a.

    Parameters
    ----------
    expression : Expr
    varying : frozenset of str
        Symbols that may change with time: other factors may go inside a derivative.

    Returns
    -------
    a, b : Expr
    """
    nodes = order([expression])
    if not any(node.op == "ddt" for node in nodes):
        return expression, ZERO
    rates: dict[Expr, bool] = {}
    moves: dict[Expr, bool] = {}
    parts: dict[Expr, tuple[Expr, Expr]] = {}
    for node in nodes:
        rates[node] = node.op == "ddt" or any(rates[a] for a in node.args)
        moves[node] = node.op == "ddt" or any(moves[a] for a in node.args) or node.value in varying
        parts[node] = _parts(node, parts, rates, moves)
    return parts[expression]


def _parts(
    node: Expr, parts: dict[Expr, tuple[Expr, Expr]], rates: dict[Expr, bool], moves: dict[Expr, bool]
) -> tuple[Expr, Expr]:
    """Parts of a node from those of its arguments."""
    args = node.args
    if not rates[node]:
        return node, ZERO
    if node.op == "ddt" and not rates[args[0]]:
        return ZERO, args[0]
    if node.op in ("add", "sub"):
        join = add if node.op == "add" else sub
        (a0, b0), (a1, b1) = (parts[a] for a in args)
        return join(a0, a1), join(b0, b1)
    if node.op == "neg":
        a, b = parts[args[0]]
        return neg(a), neg(b)
    if node.op == "where" and not rates[args[0]]:
        (a0, b0), (a1, b1) = parts[args[1]], parts[args[2]]
        return where(args[0], a0, a1), where(args[0], b0, b1)
    if node.op == "mul":
        for factor, other in (args, args[::-1]):
            if not moves[factor]:
                a, b = parts[other]
                return mul(factor, a), mul(factor, b)
    if node.op in QUOTIENTS and not moves[args[1]]:
        a, b = parts[args[0]]
        return quotient(node.op, a, args[1]), quotient(node.op, b, args[1])
    return node, ZERO


def lift(expressions: list[Expr]) -> tuple[list[Expr], list[tuple[str, Expr]]]:
    """Replace every time derivative that is left by a symbol; also return these symbols with what is derived."""
    names: dict[Expr, str] = {}
    replaced: dict[Expr, Expr] = {}
    lifted: list[tuple[str, Expr]] = []
    for node in order(expressions):
        args = tuple(replaced[a] for a in node.args)
        if node.op == "ddt":
            name = names.setdefault(args[0], f"rate{len(names) + 1}")
            if len(lifted) < len(names):
                lifted.append((name, args[0]))
            replaced[node] = make("symbol", (), name)
        else:
            replaced[node] = rebuild(node, args) if args else node
    return [replaced[e] for e in expressions], lifted


def named(expressions: Iterable[Expr], prefix: str) -> list[str]:
    """Symbols with this prefix, without it."""
    return sorted(name.removeprefix(prefix) for name in symbols(expressions) if name.startswith(prefix))
