"""An expression as ngspice text, for twins, deck export and error messages."""

from __future__ import annotations

from collections.abc import Mapping

from circuitnn.equations.expr import Expr, order
from circuitnn.equations.infix import ATOM, COMPARE, EQUAL, INFIX, OR, SIGN, SUM, TERNARY

Text = tuple[str, int]


def _wrap(text: Text, strength: int) -> str:
    return text[0] if text[1] >= strength else f"({text[0]})"


def _number(value: float) -> Text:
    text = repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return text, SIGN if value < 0 else ATOM


def _points(node: Expr) -> str:
    xs, ys = node.table
    return ", ".join(f"{x!r}, {y!r}" for x, y in zip(xs, ys, strict=True))


def _slopes(node: Expr, x: Text) -> Text:
    xs, ys = node.table
    slopes = [(b - a) / (d - c) for a, b, c, d in zip(ys, ys[1:], xs, xs[1:], strict=False)]
    text: Text = _number(slopes[-1])
    for edge, slope in reversed(list(zip(xs[1:-1], slopes[:-1], strict=True))):
        text = f"{_wrap(x, SUM)} < {_number(edge)[0]} ? {_wrap(_number(slope), OR)} : ({text[0]})", TERNARY
    return text


def _call(name: str, args: list[Text]) -> Text:
    return f"{name}({', '.join(a[0] for a in args)})", ATOM


# Operations missing in ngspice, in terms of those it has; {0}, {1} are atoms.
_SPELLED = {
    "trunc": "({0} < 0 ? ceil({0}) : floor({0}))",
    "expm1": "(exp({0}) - 1)",
    "log1p": "ln(1 + {0})",
    "fmod": "({0} - {1}*({0}/{1} < 0 ? ceil({0}/{1}) : floor({0}/{1})))",
    "atan2": "({1} > 0 ? atan({0}/{1}) : ({1} < 0 ? atan({0}/{1}) + ({0} < 0 ? -pi : pi) : sgn({0})*pi/2))",
}


def _node(node: Expr, args: list[Text]) -> Text:
    op = node.op
    if op in INFIX:
        word, strength = INFIX[op]
        # the right operand of - and / needs brackets at equal strength; comparisons do not chain
        left = strength + (strength in (EQUAL, COMPARE))
        return f"{_wrap(args[0], left)}{word}{_wrap(args[1], strength + 1)}", strength
    if op == "neg":
        return f"-{_wrap(args[0], ATOM)}", SIGN
    if op == "where":
        condition, yes, no = (_wrap(a, OR) for a in args)
        return f"{condition} ? {yes} : {no}", TERNARY
    if op == "pwl":
        return f"pwl({args[0][0]}, {_points(node)})", ATOM
    if op == "pwc":
        return _slopes(node, args[0])
    if op in _SPELLED:
        return _SPELLED[op].format(*(_wrap(a, ATOM) for a in args)), ATOM
    return _call(op, args)


def to_ngspice(expr: Expr, names: Mapping[str, str] | None = None, limit: int = 100_000) -> str:
    """Write an expression as ngspice's behavioural sources read it.

    Parameters
    ----------
    expr : Expr
    names : mapping of str to str, optional
        Symbol → text in its place, such as ``v(out)``; other symbols stay as they are.
    limit : int, default 100000
        Longest text of a subexpression; a longer one becomes ``…``.

    Returns
    -------
    str
    """
    names = names or {}
    texts: dict[Expr, Text] = {}
    for node in order([expr]):
        if node.op == "const":
            text = _number(node.number)
        elif node.op == "symbol":
            text = names.get(str(node.value), str(node.value)), ATOM
        else:
            text = _node(node, [texts[a] for a in node.args])
        texts[node] = text if len(text[0]) <= limit else ("…", ATOM)
    return texts[expr][0]
