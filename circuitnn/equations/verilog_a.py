"""An expression as Verilog-A text, and the analog functions that such texts need.

Numbers always have a point or an exponent: in Verilog-A, 1/2 is 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from circuitnn.equations.expr import TRUTHS, Expr
from circuitnn.equations.infix import ATOM, EQUAL, INFIX, OR, PRODUCT, SIGN, TERNARY

_INFIX = {**INFIX, "mul": (" * ", PRODUCT), "div": (" / ", PRODUCT), "ratio": (" / ", PRODUCT)}
_NAMES = {"log10": "log"}  # functions with other names in Verilog-A; the others have the same
# Operations that Verilog-A has no function for, as bodies of analog functions of x, or of x and y.
_BODIES: dict[str, tuple[str, str]] = {
    "sgn": ("sign", "x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : 0.0)"),
    "trunc": ("trunc", "x < 0.0 ? ceil(x) : floor(x)"),
    # halves go to the even number
    "nint": (
        "nearest",
        "x - floor(x) == 0.5 ? 2.0 * floor(0.5 * x + 0.5) : floor(x + 0.5)",
    ),
    # what exp(x) - 1 and ln(1 + x) lose near 0
    "expm1": ("expm1_", "abs(x) < 0.5 ? 2.0 * exp(0.5 * x) * sinh(0.5 * x) : exp(x) - 1.0"),
    "log1p": ("log1p_", "abs(x) < 0.5 ? 2.0 * atanh(x / (2.0 + x)) : ln(1.0 + x)"),
    "pow": ("power", "pow(abs(x), y)"),
    "pwr": ("signed_power", "x < 0.0 ? -pow(-x, y) : pow(x, y)"),
    # for operations that have no value, or no slope, everywhere
    "div": ("quotient", "x / (abs(y) >= 1e-32 ? y : (y < 0.0 ? -1e-32 : 1e-32))"),
    "ratio": ("ratio", "x / (abs(y) >= 1e-300 ? y : (y < 0.0 ? -1e-32 : 1e-32))"),
    "sqrt": ("root_of", "x > 0.0 ? sqrt(x) : 0.0"),
    "ln": ("ln_of", "x > 0.0 ? ln(x) : -1e99"),
    "log10": ("log_of", "x > 0.0 ? log(x) : -1e99"),
    "fmod": ("remainder", "y == 0.0 ? 0.0 : x - y * (x / y < 0.0 ? ceil(x / y) : floor(x / y))"),
}
_SOMETIMES = frozenset(("div", "ratio", "sqrt", "ln", "log10"))  # those that are plain operations elsewhere


class Text(NamedTuple):
    """A text and how strongly its outermost operator binds."""

    text: str
    strength: int
    truth: bool = False

    def within(self, strength: int) -> str:
        """The text as an operand of an operator that binds so strongly."""
        return self.text if self.strength >= strength else f"({self.text})"

    def as_number(self, strength: int) -> str:
        """The text as an operand of arithmetic."""
        return f"({self.text} ? 1.0 : 0.0)" if self.truth else self.within(strength)

    def as_truth(self, strength: int) -> str:
        """The text as a condition."""
        return self.within(strength) if self.truth else f"({self.within(EQUAL + 1)} != 0.0)"


def number(value: float) -> Text:
    """A number."""
    if value == int(value) and abs(value) < 1e6:
        return Text(f"{value:.1f}", SIGN if value < 0.0 else ATOM)
    return Text(repr(value), SIGN if value < 0.0 else ATOM)


class Writer:
    """Writes expressions.

    Attributes
    ----------
    functions : dict of str to str
        Analog functions that the texts so far call: name → declaration.
    guarded : set of Expr
        Quotients, roots and logarithms that have no value everywhere: functions give them the one that the graph does.
    """

    def __init__(self, names: Mapping[Expr, str], taken: frozenset[str] = frozenset()) -> None:
        """Start with texts of symbols and of whatever has a name.

        Parameters
        ----------
        names : mapping of Expr to str
            It may grow.
        taken : frozenset of str
            Names that no function may have.
        """
        self.names = names
        self.taken = taken
        self.functions: dict[str, str] = {}
        self.guarded: set[Expr] = set()

    def __call__(self, expr: Expr) -> Text:
        """Text of an expression."""
        texts: dict[Expr, Text] = {}
        waiting = [expr]
        while waiting:
            node = waiting[-1]
            if node in texts:
                waiting.pop()
                continue
            if node in self.names:
                texts[node] = Text(self.names[node], ATOM)
            elif node.op == "const":
                texts[node] = number(node.number)
            elif all(a in texts for a in node.args):
                texts[node] = self._operation(node, [texts[a] for a in node.args])
            else:
                waiting += [a for a in node.args if a not in texts]
        return texts[expr]

    def value(self, expr: Expr) -> str:
        """Text of an expression whose value is a number."""
        text = self(expr)
        return text.as_number(TERNARY)

    def spelled(self, node: Expr) -> Text:
        """Text of an operation without its own name, if it has one."""
        return self._operation(node, [self(a) for a in node.args]) if node.args else self(node)

    def _operation(self, node: Expr, args: list[Text]) -> Text:
        op = node.op
        if op in ("and", "or"):
            word, strength = _INFIX[op]
            return Text(word.join(a.as_truth(strength + 1) for a in args), strength, True)
        if op in _INFIX and node not in self.guarded:
            word, strength = _INFIX[op]
            # the right operand of - and / needs brackets at equal strength; comparisons do not chain
            left = args[0].as_number(strength + (op in TRUTHS))
            return Text(f"{left}{word}{args[1].as_number(strength + 1)}", strength, op in TRUTHS)
        if op == "neg":
            return Text(f"-{args[0].as_number(ATOM)}", SIGN)
        if op == "where":
            yes, no = (a.as_number(OR) for a in args[1:])
            return Text(f"{args[0].as_truth(OR)} ? {yes} : {no}", TERNARY)
        if op == "ddt":
            return Text(f"ddt({args[0].as_number(TERNARY)})", ATOM)
        name = self._table(node) if op in ("pwl", "pwc") else self._function(node)
        return Text(f"{name}({', '.join(a.as_number(TERNARY) for a in args)})", ATOM)

    def _function(self, node: Expr) -> str:
        if node.op not in _BODIES or (node.op in _SOMETIMES and node not in self.guarded):
            return _NAMES.get(node.op, node.op)
        name, body = _BODIES[node.op]
        return self._declared(name, body, "x, y" if len(node.args) == 2 else "x")

    def _declared(self, name: str, body: str, arguments: str = "x") -> str:
        while name in self.taken:
            name += "_"
        self.functions[name] = "\n".join(
            (
                f"analog function real {name};",
                f"  input {arguments};",
                f"  real {arguments};",
                f"  {name} = {body};",
                "endfunction",
            )
        )
        return name

    def _table(self, node: Expr) -> str:
        """A function of straight lines through points, or of their slopes."""
        xs, ys = node.table
        slopes = [(b - a) / (d - c) for a, b, c, d in zip(ys, ys[1:], xs, xs[1:], strict=False)]
        pieces = [f"{slope!r}" for slope in slopes]
        if node.op == "pwl":
            pieces = [
                f"{y!r} + {s!r} * (x - {number(x).within(ATOM)})"
                for x, y, s in zip(xs, ys, slopes, strict=False)
            ]
        body = pieces[-1]
        for edge, piece in reversed(list(zip(xs[1:-1], pieces[:-1], strict=True))):
            body = f"x < {number(edge).within(ATOM)} ? {piece} : ({body})"
        name = next(
            (n for n, text in self.functions.items() if f" = {body};\n" in text),
            f"table{sum(n.startswith('table') for n in self.functions) + 1}",
        )
        return self._declared(name, body)
