"""Syntax trees with other names: what an instance of a module has in place of the module's own text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from circuitnn.veriloga import tree

Names = Mapping[
    str, "str | tree.Expression"
]  # what stands for a name: another one, or the number of a genvar


def renamed(node: Any, names: Names) -> Any:
    """A part of a syntax tree with its names replaced; variables of functions and blocks hide others."""
    special = _SPECIAL.get(type(node))
    if special is not None:
        return special(node, names)
    if isinstance(node, tuple):
        parts = [renamed(part, names) for part in node]
        return type(node)(*parts) if hasattr(node, "_fields") else tuple(parts)
    return node


def new_name(name: str, names: Names) -> str | tree.Expression:
    """What stands for a name; of a hierarchical one the first part that is known is replaced."""
    if name in names:
        return names[name]
    first, point, rest = name.partition(".")
    while point:
        known = names.get(first)
        if isinstance(known, str):
            return f"{known}.{rest}"
        more, point, rest = rest.partition(".")
        first = f"{first}.{more}"
    return name


def _text(name: str, names: Names) -> str:
    other = new_name(name, names)
    return other if isinstance(other, str) else name


def _name(node: tree.Name, names: Names) -> tree.Expression:
    other = new_name(node.name, names)
    return tree.Name(other, node.at) if isinstance(other, str) else other


def _index(node: tree.Index, names: Names) -> tree.Expression:
    return tree.Index(_text(node.name, names), renamed(node.place, names), node.at)


def _slice(node: tree.Slice, names: Names) -> tree.Expression:
    first, last = (renamed(end, names) for end in (node.first, node.last))
    return tree.Slice(_text(node.name, names), first, last, node.at)


def _port(node: tree.PortFlow, names: Names) -> tree.PortFlow:
    return tree.PortFlow(_text(node.port, names), node.at)


def _call(node: tree.Call, names: Names) -> tree.Call:
    return tree.Call(_text(node.name, names), renamed(node.arguments, names), node.at)


def _without(names: Names, hidden: set[str]) -> Names:
    return {name: new for name, new in names.items() if name not in hidden} if hidden else names


def _block(node: tree.Block, names: Names) -> tree.Block:
    inner = _without(names, {item.name for item in node.declarations})
    name = _text(f"{node.name}", names) if node.name else ""
    declarations = tuple(renamed(item, inner) for item in node.declarations)
    return tree.Block(name, declarations, renamed(node.statements, inner), node.at)


def _function(node: tree.Function, names: Names) -> tree.Function:
    hidden = {name for name, _ in node.arguments} | {item.name for item in node.declarations}
    inner = _without(names, hidden - {node.name})
    declarations = tuple(
        renamed(item, inner)._replace(name=_text(item.name, inner)) for item in node.declarations
    )
    name = _text(node.name, names)
    return tree.Function(name, node.kind, node.arguments, declarations, renamed(node.body, inner), node.at)


_SPECIAL: dict[type, Callable[..., Any]] = {
    tree.Name: _name,
    tree.Index: _index,
    tree.Slice: _slice,
    tree.PortFlow: _port,
    tree.Call: _call,
    tree.Block: _block,
    tree.Function: _function,
    str: lambda node, names: node,
    dict: lambda node, names: node,
}
