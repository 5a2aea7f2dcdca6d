"""Arguments of the builder's methods: each is checked by what it stands for, and errors name it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter, Signature, signature
from typing import Any

from circuitnn.elements.card import Node, Number, card, given, shown
from circuitnn.elements.element import Element
from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import node_of


def text_of_call(kind: Element, fields: tuple[Any, ...], parameters: Mapping[str, Any]) -> str:
    """Text of the card that the method of an element letter makes.

    Parameters
    ----------
    kind : Element
    fields : tuple
        Name, nodes and values as the user gives them.
    parameters : mapping of str to object

    Raises
    ------
    AnalysisError
        If an argument is missing, unknown or of the wrong type.
    """
    letter = kind.letter.upper()
    build = kind.build or _plain(kind.letter)
    wanted = _signature(build)
    try:
        bound = wanted.bind(*fields, **parameters)
    except TypeError as error:
        known = ", ".join(str(p).partition(":")[0] for p in wanted.parameters.values())
        raise AnalysisError(
            f"{letter}{_brief(fields)}: {error}; {letter}({known}), the name comes first"
        ) from None
    first = next(iter(bound.arguments))
    bound.arguments[first] = _without_letter(bound.arguments[first], kind.letter)
    call = f"{letter}{bound.arguments[first]}"
    for name, value in bound.arguments.items():
        declared = wanted.parameters[name]
        said = f"{call}: {name}"
        if declared.kind is Parameter.VAR_KEYWORD:
            bound.arguments[name] = {k: given(v, f"{call}: {k}") for k, v in value.items()}
        elif declared.kind is Parameter.VAR_POSITIONAL:
            bound.arguments[name] = tuple(_text(declared, v, said) for v in value)
        else:
            bound.arguments[name] = _text(declared, value, said)
    return build(*bound.args, **bound.kwargs)


def _without_letter(name: Any, letter: str) -> Any:
    """A name as the methods take it: V("v1") and V("1") are the same source."""
    whole = isinstance(name, str) and len(name) > 1 and name[0].lower() == letter
    return name[1:] if whole else name


def leading_nodes(kind: Element, fields: tuple[Any, ...], name: str) -> list[Any]:
    """Fields of a card, those in the place of a node checked; others stay as they are."""
    declared = list(_signature(kind.build or _plain(kind.letter)).parameters.values())[1:]
    every = bool(declared) and declared[0].kind is Parameter.VAR_POSITIONAL
    nodes = sum(1 for p in declared if p.annotation in ("Node", "Port") and p.default is Parameter.empty)
    count = len(fields) if every else nodes
    return [
        node_of(f, f"{name}: node") if k < count and not isinstance(f, str) else f
        for k, f in enumerate(fields)
    ]


def _text(declared: Parameter, value: Any, label: str) -> str:
    # A letter of one's own need not say what its arguments are.
    name = declared.annotation in ("Node", "str")
    node = name or (declared.annotation == "Port" and not isinstance(value, str))
    return node_of(value, label) if node else shown(value, label)


@cache
def _signature(build: Callable[..., str]) -> Signature:
    return signature(build)


@cache
def _plain(letter: str) -> Callable[..., str]:
    """The method of a letter whose number of nodes depends on the model."""

    def build(name: str, *nodes_and_model: Node, **parameters: Number) -> str:
        return card(f"{letter}{name}", *nodes_and_model, **parameters)

    return build


def _brief(fields: tuple[Any, ...]) -> str:
    return f"({', '.join(repr(f)[:40] for f in fields)})"
