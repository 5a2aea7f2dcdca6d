"""Records and graphs as plain data, which `marshal` writes, and back.

An expression becomes a number of a step in a list of steps. A record becomes the number of its type and its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from circuitnn.equations.expr import Expr, make, order
from circuitnn.equations.kernel import Event, Kept
from circuitnn.models.declarations import State, Stimulus
from circuitnn.models.messages import Message
from circuitnn.records import fields
from circuitnn.veriloga.design import Bounded
from circuitnn.veriloga.keeping import Keeping
from circuitnn.veriloga.source import Place

# Records that may be kept; named tuples among them make themselves of their fields, too.
_RECORDS: tuple[Callable[..., Any], ...] = (Bounded, Event, Keeping, Kept, Message, Place, State, Stimulus)
_NUMBERS = {record: number for number, record in enumerate(_RECORDS)}
_NESTED = (list, tuple)
_EXPRESSION, _TUPLE, _DICT, _SET, _FROZEN = "expression", "tuple", "dict", "set", "frozenset"
_BACK: dict[str, Callable[[Any], Any]] = {_TUPLE: tuple, _DICT: dict, _SET: set, _FROZEN: frozenset}


def _parts(value: Any) -> Sequence[Any]:
    """What a record consists of."""
    return value if isinstance(value, tuple) else [getattr(value, part.name) for part in fields(value)]


def _expressions(value: Any) -> Iterator[Expr]:
    """Expressions within a value."""
    if isinstance(value, Expr):
        yield value
        return
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        inner = (part for item in value.items() for part in item)
    elif type(value) in _NUMBERS:
        inner = _parts(value)
    elif isinstance(value, (list, tuple)):
        inner = value
    for part in inner:
        yield from _expressions(part)


def written(value: Any) -> tuple[Any, list[tuple[Any, ...]]]:
    """Turn a value into plain data.

    Parameters
    ----------
    value : object
        Of numbers, texts, expressions, records, lists, tuples, sets and dictionaries.

    Returns
    -------
    object, list of tuple
        The data, and the steps of its expressions.
    """
    number = {node: k for k, node in enumerate(order(_expressions(value)))}

    def plain(part: Any) -> Any:
        if isinstance(part, Expr):
            return (_EXPRESSION, number[part])
        if type(part) in _NUMBERS:
            return (_NUMBERS[type(part)], [plain(each) for each in _parts(part)])
        if isinstance(part, dict):
            return (_DICT, [[plain(key), plain(each)] for key, each in part.items()])
        if isinstance(part, (set, frozenset)):
            return (_SET if isinstance(part, set) else _FROZEN, sorted(part))
        if isinstance(part, (list, tuple)):
            items = [plain(each) for each in part]
            return (_TUPLE, items) if isinstance(part, tuple) else items
        return part

    return plain(value), [(node.op, [number[a] for a in node.args], node.value) for node in number]


def read(data: Any, steps: Sequence[Any]) -> Any:
    """Return the value of what `written` made of it.

    Parameters
    ----------
    data : object
    steps : sequence of tuple

    Returns
    -------
    object

    Raises
    ------
    ValueError, TypeError, KeyError, IndexError
        For data that `written` did not make.
    """
    nodes: list[Expr] = []
    for op, args, number in steps:
        nodes.append(make(op, tuple([nodes[a] for a in args]), number))

    def values(parts: list[Any]) -> list[Any]:
        # most are numbers and texts, of which a large module has ten thousands: no call for each
        return [value(each) if type(each) in _NESTED else each for each in parts]

    def value(part: Any) -> Any:
        if isinstance(part, list):
            return values(part)
        if not isinstance(part, tuple):
            return part
        kind, inner = part
        if kind == _EXPRESSION:
            return nodes[inner]
        if isinstance(kind, int):
            return _RECORDS[kind](*values(inner))
        return _BACK[kind](values(inner))

    return value(data)
