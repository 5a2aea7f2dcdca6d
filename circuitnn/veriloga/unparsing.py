"""Expressions of the syntax tree as text again."""

from __future__ import annotations

from circuitnn.veriloga import tree


def text_of(e: tree.Expression) -> str:
    """Text of an expression; brackets wherever an operator lies within another.

    Parameters
    ----------
    e : tree.Expression

    Returns
    -------
    str
    """
    if isinstance(e, tree.Number):
        return repr(e.value)
    if isinstance(e, tree.String):
        return '"' + e.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(e, tree.Name):
        return e.name
    if isinstance(e, tree.Index):
        return f"{e.name}[{text_of(e.place)}]"
    if isinstance(e, tree.Slice):
        return f"{e.name}[{text_of(e.first)}:{text_of(e.last)}]"
    if isinstance(e, tree.PortFlow):
        return f"<{e.port}>"
    if isinstance(e, tree.Unary):
        return f"{e.operator}{_inner(e.operand)}"
    if isinstance(e, tree.Binary):
        return f"{_inner(e.left)} {e.operator} {_inner(e.right)}"
    if isinstance(e, tree.Conditional):
        return f"{_inner(e.condition)} ? {_inner(e.yes)} : {_inner(e.no)}"
    if isinstance(e, tree.Call):
        return (
            f"{e.name}({', '.join('' if a is None else text_of(a) for a in e.arguments)})"
            if e.arguments
            else e.name
        )
    return "'{" + ", ".join(map(text_of, e.items)) + "}"


def _inner(e: tree.Expression) -> str:
    text = text_of(e)
    return f"({text})" if isinstance(e, tree.Binary | tree.Conditional | tree.Unary) else text
