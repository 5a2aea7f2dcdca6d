"""Transfer functions: a rational function of s becomes states, each the voltage of a node inside.

With den(s)·x = g·u and y = num(s)·x/g the states are x and its derivatives by w·t, where w is near the poles and g
makes the magnitudes of the output's coefficients add up to 1, so that tolerances mean for states what they mean for
voltages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError
from circuitnn.equations.expr import ONE, ZERO, order, simple
from circuitnn.equations.graph import Expr, abs_, as_expr, pwr, symbol, symbols, where
from circuitnn.equations.scalar import QUOTIENTS
from circuitnn.netlist.definition import Group
from circuitnn.netlist.expressions import ExpressionError, is_probe, parse_expression
from circuitnn.netlist.language import Language
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.netlist.behavioural import Behaviour

HIGHEST = 60  # degree
Polynomial = list[Expr]  # coefficients, of the lowest power first
Rational = tuple[Polynomial, Polynomial]


@dataclass(frozen=True)
class Block:
    """A source whose value is a filtered expression.

    Parameters
    ----------
    kind : {"i", "v"}
    name : str
    nodes : list of int
        Two local nodes.
    text : str
        The expression that is filtered.
    origin : int
    factor : str
        Factor of the output; empty: 1.
    initial : sequence of Expr or None
        Values of x, its rate, … that operating points hold fixed, as in XSPICE; None: all rates are 0 there.
    """

    kind: str
    name: str
    nodes: list[int]
    text: str
    origin: int
    factor: str = ""
    initial: Sequence[Expr] | None = None


def read_transfer(behaviour: Behaviour, block: Block, text: str) -> None:
    """Add a source with the transfer function that a text in ``s`` states.

    Raises
    ------
    CardError
        It is not a rational function.
    """
    # Powers in ngspice take magnitudes, which make no sense for s: no dialect here, and abs() is ignored.
    language = Language(behaviour.reader.functions)
    try:
        rational = _rational(parse_expression(text, language))
    except ExpressionError as error:
        raise CardError(f"'{block.name}': laplace: {error}", text) from None
    add_transfer(behaviour, block, rational)


def _rational(expr: Expr) -> Rational:
    """Numerator and denominator of an expression in ``s``."""
    rationals: dict[Expr, Rational] = {}
    for node in order([expr]):
        if "s" not in symbols([node]):
            for name in symbols([node]):
                if is_probe(name) or name in ("time", "hertz"):
                    raise ExpressionError(
                        f"'{name}' in a transfer function: it may depend on s and parameters only"
                    )
            rationals[node] = [node], [ONE]
        elif node.op == "symbol":
            rationals[node] = [ZERO, ONE], [ONE]
        elif node.op in _RULES:
            rationals[node] = _RULES[node.op](*(rationals[a] for a in node.args))
        else:
            operation = "powers that are not numbers" if node.op in ("pow", "pwr") else f"{node.op}()"
            raise ExpressionError(f"a transfer function is a ratio of polynomials in s, without {operation}")
        if max(map(len, rationals[node])) > HIGHEST + 1:
            raise ExpressionError(f"the degree in s is above {HIGHEST}")
    return rationals[expr]


def _sum(a: Polynomial, b: Polynomial) -> Polynomial:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    return _trimmed([x + y for x, y in zip(longer, [*shorter, *[ZERO] * len(longer)], strict=False)])


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    product = [ZERO] * (len(a) + len(b) - 1)
    for j, x in enumerate(a):
        for k, y in enumerate(b):
            product[j + k] = product[j + k] + x * y
    return _trimmed(product)


def _trimmed(a: Polynomial) -> Polynomial:
    """Drop zero coefficients of the highest powers."""
    while len(a) > 1 and a[-1] is ZERO:
        a.pop()
    return a


def _add(a: Rational, b: Rational) -> Rational:
    if a[1] == b[1]:
        return _sum(a[0], b[0]), a[1]
    return _sum(_product(a[0], b[1]), _product(b[0], a[1])), _product(a[1], b[1])


def _neg(a: Rational) -> Rational:
    return [-x for x in a[0]], a[1]


_RULES: dict[str, Callable[..., Rational]] = {
    "add": _add,
    "sub": lambda a, b: _add(a, _neg(b)),
    "neg": _neg,
    "mul": lambda a, b: (_product(a[0], b[0]), _product(a[1], b[1])),
    **dict.fromkeys(QUOTIENTS, lambda a, b: (_product(a[0], b[1]), _product(a[1], b[0]))),
    "abs": lambda a: a,  # of an odd power
}


def add_transfer(behaviour: Behaviour, block: Block, transfer: Rational) -> None:
    """Add a source with a transfer function.

    Raises
    ------
    CardError
        The numerator's degree exceeds the denominator's by more than one, or the denominator is 0.
    """
    num, den = (_trimmed(list(part)) for part in transfer)
    n, m = len(den) - 1, len(num) - 1
    if den[-1] is ZERO:
        raise CardError(f"'{block.name}': the denominator of its transfer function is 0", block.name)
    if m > n + 1:
        message = f"'{block.name}': the numerator has degree {m}, the denominator {n}; one more is possible"
        raise CardError(message, block.name)
    _Filter(behaviour, block).put(num, den)


class _Filter:
    """A source with a transfer function under construction."""

    def __init__(self, behaviour: Behaviour, block: Block) -> None:
        self.behaviour, self.reader, self.block = behaviour, behaviour.reader, block
        self.name, self.origin = block.name, block.origin

    def put(self, num: Polynomial, den: Polynomial) -> None:
        """Add the states and the source itself."""
        n, m = len(den) - 1, len(num) - 1
        entry = self._entry()
        unit = _unit(den)
        low = [a * unit**k / (den[-1] * unit**n) for k, a in enumerate(den)]  # its last is 1
        up = [b * unit**k / (den[-1] * unit**n) for k, b in enumerate(num)] + [ZERO] * (n + 2 - len(num))
        direct = up[n] if m == n else ZERO
        out = [b - direct * a for a, b in zip(low, up, strict=False)][: n + (m > n)]
        rate = up[n + 1]
        size = sum((abs_(b) for b in (*out, rate)), ZERO)
        gain = ONE if size is ZERO else where(size > 0.0, size, 1.0)
        states = self._states(low, len(out), (entry, gain), unit)
        if self.block.initial is not None:
            self._hold(states, gain * den[-1] * unit**n, unit)
        terms = [*zip(states, (b / gain for b in out), strict=True), (entry, direct)]
        if rate is not ZERO:
            terms.append((self._rate(states[-1], unit), rate / gain))
        self._output(terms)

    def _entry(self) -> int:
        """Add the node whose voltage is the input of the filter."""
        entry = self.reader.definition.inner_node(f"{self.name}#in")
        self.behaviour.add("i", f"{self.name}#u", [0, entry], self.block.text, self.origin)
        self._row(entry, [(entry, ONE)])
        return entry

    def _states(self, low: Polynomial, count: int, source: tuple[int, Expr], unit: Expr) -> list[int]:
        """Add nodes of x and its derivatives; the last may follow from the others instead of being a state."""
        entry, gain = source
        states = [self.reader.definition.inner_node(f"{self.name}#x{k}") for k in range(count)]
        last = len(low) - 1  # power of s whose coefficient is 1
        for k, node in enumerate(states):
            terms, rate = [(states[k + 1], -ONE)] if k + 1 < count else [], ONE / unit
            if k == count - 1:
                terms = [*zip(states, low[:count], strict=False), (entry, -gain)]
                rate = rate if count == last else ZERO
            self._row(node, terms, rate)
        return states

    def _hold(self, states: list[int], scale: Expr, unit: Expr) -> None:
        """Set the values at which operating points hold the states."""
        given = [*(self.block.initial or ()), *[ZERO] * len(states)]
        for k, node in enumerate(states):
            value = given[k] * scale / unit**k
            self.behaviour.definition.conditions.append(("held", node, simple(value), self.origin))

    def _rate(self, state: int, unit: Expr) -> int:
        """Add a node whose voltage is the rate of a state, over w: an inductance carries the state as a current."""
        node = self.reader.definition.inner_node(f"{self.name}#rate")
        self.reader.row("g", f"g{self.name}#rate", [0, node, state, 0], 1.0, self.origin)
        self.reader.row("l", f"l{self.name}#rate", [node, 0], simple(ONE / unit), self.origin)
        return node

    def _output(self, terms: list[tuple[int, Expr]]) -> None:
        """Add the source itself, as a row in the group of all sums of as many terms."""
        factor = as_expr(self.reader.value(self.block.factor)) if self.block.factor else ONE
        terms = [(node, c * factor) for node, c in terms if c is not ZERO] or terms[:1]
        groups, key = self.behaviour.definition.groups, (self.block.kind, "sum", len(terms))
        if key not in groups:
            sum_ = ZERO
            for k in range(len(terms)):
                sum_ = sum_ + symbol(f"#p{k}") * symbol(f"#v{k}")
            groups[key] = Group(self.block.kind, sum_)
        nodes, numbers = [node for node, _ in terms], [simple(c) for _, c in terms]
        groups[key].add(self.name, self.origin, self.block.nodes, tuple(nodes), (), numbers)

    def _row(self, node: int, terms: list[tuple[int, Expr]], rate: Expr = ZERO) -> None:
        """Add the equation of an internal node: rate · d/dt of its voltage plus a weighted sum of voltages is 0."""
        inside = f"{self.name}#{node}"
        if rate is not ZERO:
            self.reader.row("c", f"c{inside}", [node, 0], simple(rate), self.origin)
        for k, (control, gain) in enumerate(terms):
            if gain is not ZERO:
                self.reader.row("g", f"g{inside}_{k}", [node, 0, control, 0], simple(gain), self.origin)


def _unit(den: Polynomial) -> Expr:
    """A frequency near the poles, 1 if all are 0. [rad/s]"""
    n = len(den) - 1
    lowest = next(k for k, a in enumerate(den) if a is not ZERO)
    if lowest == n:
        return ONE
    ratio = abs_(den[lowest] / den[-1])
    return where(ratio > 0.0, pwr(ratio, 1.0 / (n - lowest)), 1.0)
