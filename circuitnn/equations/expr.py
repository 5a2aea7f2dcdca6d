"""Nodes of the expression graph: interned, immutable, nothing else.

Building the same structure twice gives the same object, so that common subexpressions are
found by identity. Nothing here recurses into a graph; a sum of a million terms is as good as
a sum of two. The operators simplify; the rules are in ``rules.py``.
"""

from __future__ import annotations

import struct
import weakref
from collections.abc import Iterable, Iterator
from zlib import crc32

Number = int | float
GLOBALS = ("time", "gmin")  # symbols that every kernel may read
Table = tuple[tuple[float, ...], tuple[float, ...]]
TRUTHS = frozenset(("lt", "le", "eq", "ne", "and", "or"))  # operations that are 1 or 0
STEPS = TRUTHS | {"sgn", "floor", "ceil", "trunc", "nint", "pwc"}  # their derivative is zero


class Expr:
    """An immutable node of the graph; ``a is b`` if and only if the structure is the same.

    Attributes
    ----------
    op : str
        ``"const"``, ``"symbol"`` or the name of an operation.
    args : tuple of Expr
    value : float, str, tuple or None
        Number of a constant, name of a symbol, table of ``pwl`` and ``pwc``; else None.
    key : int
        Hash of the structure, the same in every process.
    """

    __slots__ = ("__weakref__", "args", "key", "op", "value")

    op: str
    args: tuple[Expr, ...]
    value: float | str | Table | None
    key: int

    @property
    def number(self) -> float:
        """Value of a constant."""
        return self.value  # type: ignore[return-value]

    @property
    def table(self) -> Table:
        """Table of ``pwl`` or ``pwc``."""
        return self.value  # type: ignore[return-value]

    def __add__(self, other: Expr | Number) -> Expr:
        return rules.add(self, as_expr(other))

    def __radd__(self, other: Number) -> Expr:
        return rules.add(as_expr(other), self)

    def __sub__(self, other: Expr | Number) -> Expr:
        return rules.sub(self, as_expr(other))

    def __rsub__(self, other: Number) -> Expr:
        return rules.sub(as_expr(other), self)

    def __mul__(self, other: Expr | Number) -> Expr:
        return rules.mul(self, as_expr(other))

    def __rmul__(self, other: Number) -> Expr:
        return rules.mul(as_expr(other), self)

    def __truediv__(self, other: Expr | Number) -> Expr:
        return rules.div(self, as_expr(other))

    def __rtruediv__(self, other: Number) -> Expr:
        return rules.div(as_expr(other), self)

    def __pow__(self, other: Expr | Number) -> Expr:
        """Mathematical power: an integer exponent keeps the sign of the base.

        A deck's ``**``, ``^`` and ``pow`` are `power`, which drops it.
        """
        exponent = as_expr(other)
        n = exponent.value
        if isinstance(n, float) and n == int(n) and abs(n) <= rules.MAX_INTEGER_POWER:
            return rules.integer_power(self, int(n))
        return rules.power(self, exponent)

    def __rpow__(self, other: Number) -> Expr:
        return as_expr(other) ** self

    def __neg__(self) -> Expr:
        return rules.neg(self)

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return rules.unary("abs", self)

    def __lt__(self, other: Expr | Number) -> Expr:
        return rules.compare("lt", self, as_expr(other))

    def __le__(self, other: Expr | Number) -> Expr:
        return rules.compare("le", self, as_expr(other))

    def __gt__(self, other: Expr | Number) -> Expr:
        return rules.compare("lt", as_expr(other), self)

    def __ge__(self, other: Expr | Number) -> Expr:
        return rules.compare("le", as_expr(other), self)

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth value; choose with where(condition, a, b)")

    def __repr__(self) -> str:
        from circuitnn.equations.ngspice import to_ngspice

        return to_ngspice(self, limit=2000)

    def __reduce__(self) -> tuple[object, ...]:
        return make, (self.op, self.args, self.value)

    def __copy__(self) -> Expr:
        return self

    def __deepcopy__(self, memo: object) -> Expr:
        return self


class _Reference(weakref.ref):
    """Weak reference with its key in the table of nodes."""

    __slots__ = ("place",)
    place: tuple[object, ...]


_nodes: dict[tuple[object, ...], _Reference] = {}


def _forget(reference: _Reference) -> None:
    if _nodes.get(reference.place) is reference:
        del _nodes[reference.place]


def make(op: str, args: tuple[Expr, ...] = (), value: float | str | Table | None = None) -> Expr:
    """Return the node with this structure without simplifying anything."""
    place = (op, args, value)
    known = _nodes.get(place)
    if known is not None:
        node = known()
        if node is not None:
            return node
    node = object.__new__(Expr)
    node.op = op
    node.args = args
    node.value = value
    node.key = _key(op, args, value)
    reference = _Reference(node, _forget)
    reference.place = place
    _nodes[place] = reference
    return node


def _key(op: str, args: tuple[Expr, ...], value: float | str | Table | None) -> int:
    # Python's hash of str differs from process to process; that of int and tuple does not.
    code = crc32(op.encode())
    if value is None:
        return hash((code, *[a.key for a in args]))
    if isinstance(value, float):
        return hash((code, struct.unpack("<q", struct.pack("<d", value))[0]))
    return hash((code, crc32(repr(value).encode()), *[a.key for a in args]))


def const(value: Number) -> Expr:
    """Return the node of a number."""
    # + 0.0 makes one node of -0.0 and 0.0, which are equal as keys of the table
    return make("const", (), float(value) + 0.0)


def symbol(name: str) -> Expr:
    """Return the node of a name."""
    return make("symbol", (), name)


ZERO = const(0.0)
ONE = const(1.0)
TWO = const(2.0)
MINUS_ONE = const(-1.0)


def as_expr(value: Expr | Number) -> Expr:
    """Return a number as a node; leave a node alone."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, (int, float)):
        return const(value)
    try:
        return const(float(value))
    except (TypeError, ValueError):
        raise TypeError(f"{value!r} is neither a number nor an expression") from None


def simple(e: Expr) -> Expr | float:
    """Return the value of a constant, and any other node itself."""
    return e.number if e.op == "const" else e


def is_const(e: Expr, value: float | None = None) -> bool:
    """Whether the node is a constant (of this value)."""
    return e.op == "const" and (value is None or e.value == value)


def order(exprs: Iterable[Expr]) -> list[Expr]:
    """All nodes below these, each once, arguments before the nodes that use them."""
    done: set[Expr] = set()
    ordered: list[Expr] = []
    for root in exprs:
        stack: list[tuple[Expr, Iterator[Expr]]] = []
        if root in done:
            continue
        stack.append((root, iter(root.args)))
        while stack:
            node, rest = stack[-1]
            for child in rest:
                if child not in done:
                    stack.append((child, iter(child.args)))
                    break
            else:
                stack.pop()
                if node not in done:
                    done.add(node)
                    ordered.append(node)
    return ordered


def symbols(exprs: Iterable[Expr]) -> set[str]:
    """Names of all symbols in these expressions."""
    return {str(e.value) for e in order(exprs) if e.op == "symbol"}


# last, because the rules need the class above
from circuitnn.equations import rules  # noqa: E402
