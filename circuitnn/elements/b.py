"""B: behavioural sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, Node, Number, no_copies, times, unwrap
from circuitnn.elements.element import Element
from circuitnn.elements.laplace import filter_of
from circuitnn.elements.temperature import factors
from circuitnn.errors import AnalysisError

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader

_SOURCE = re.compile(r"(\S+)\s+([^\s,]+)[\s,]+([^\s,]+)[\s,]+([ivr])\s*=\s*(.+)$")
_TRAILING = re.compile(
    r"\s+(rpar|cpar|tc1|tc2|tc|temp|dtemp|m|reciproctc|reciprocm)\s*=(?!=)\s*(\{[^{}]*\}|'[^']*'|[^\s'{}]+)\s*$"
)


def _fields(text: str) -> tuple[str, str, str, str, str]:
    """Name, nodes, ``i`` or ``v``, and the rest of a card."""
    field = text.split(None, 3)
    if len(field) == 4 and field[3][1:2] == "=" and field[3][0] in "iv" and "," not in field[1] + field[2]:
        name, a, b, expression = field
        return name, a, b, expression[0], expression[2:]
    match = _SOURCE.match(text)
    if match is None:
        raise CardError(f"'{field[0]}' needs two nodes and then r=…, i=… or v=…", field[0])
    name, a, b, kind, expression = match.groups()
    return name, a, b, kind, expression


def _copies(reader: ElementReader, name: str, kind: str, texts: dict[str, str], origin: int) -> str:
    """Take ``m`` and ``reciprocm`` from the texts: number of parallel sources, or its reciprocal."""
    copies, reciprocal = texts.pop("m", None), texts.pop("reciprocm", None)
    if kind == "v" and copies is not None:
        reader.idle(origin, no_copies(name))
    if kind == "v" or copies is None:
        return "1"
    return copies if reciprocal is None else f"(({reciprocal}) != 0 ? 1/({copies}) : ({copies}))"


def _closed(reader: ElementReader, name: str, expression: str, origin: int) -> str:
    """Drop brackets at the end that close nothing, as ngspice does."""
    more = expression.count(")") - expression.count("(")
    text = expression.rstrip()
    if more <= 0 or not text.endswith(")" * more):
        return expression
    reader.idle(origin, f"the last ')' of '{name}' closes nothing and has no effect")
    return text[:-more]


class BehaviouralSource(Element):
    """A current or a voltage that is an expression; expressions on cards of other letters become B sources, too."""

    letter, name, plural = "b", "behavioural source", "behavioural sources"
    title = "ASRC: Arbitrary Source"
    example = "B1 p n I='v(a)*v(b)' m=2"
    meaning = (
        "behavioural: `V=` or `I=` an expression in `v(a)`, `v(a,b)`, `i(v1)`, `time`, `temper`, functions; "
        "`i(r1)` of other elements is the current into the first node"
    )
    currents = ("i",)

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card with ``i=`` or ``v=``, perhaps with a transfer function."""
        laplace = filter_of(reader, text, origin)
        if laplace is not None:
            match = _SOURCE.match(laplace.before)
            if match is None or match[4] == "r":
                raise CardError(f"'{text.split()[0]}' needs i=… or v=… before laplace", "laplace")
            name, a, b, kind, expression = match.groups()
            reader.claim(name, origin)
            nodes = [reader.node(a), reader.node(b)]
            m = laplace.m if kind == "i" else ""
            reader.behaviour.filtered(
                kind, name, nodes, unwrap(expression.strip()), laplace.transfer, origin, m
            )
            return
        name, a, b, kind, expression = _fields(text)
        reader.claim(name, origin)
        texts: dict[str, str] = {}
        while "=" in expression:
            trailing = _TRAILING.search(expression)
            if trailing is None:
                break
            texts[trailing.group(1)] = unwrap(trailing.group(2))
            expression = expression[: trailing.start()]
        for word in ("rpar", "cpar"):  # in LTspice, elements across the source
            if word in texts:
                ends = [reader.node(a), reader.node(b)]
                reader.row(word[0], f"{word[0]}{name}#{word}", ends, reader.value(texts.pop(word)), origin)
        expression = _closed(reader, name, expression, origin)
        if kind == "r":  # LTspice's resistor with a value that is an expression
            kind, expression = "i", f"v({a},{b})/({unwrap(expression.strip())})"
        copies = _copies(reader, name, kind, texts, origin)
        if texts:
            expression = times(expression, *factors(texts))
        group = reader.behaviour.add(kind, name, [reader.node(a), reader.node(b)], expression, origin)
        if copies != "1":
            reader.behaviour.copied(group, copies)

    @staticmethod
    def build(name: str, p: Node, n: Node, *, I: Number = "", V: Number = "") -> str:  # noqa: E741
        """Add a behavioural source: an expression for its current [A] or its voltage [V]."""
        if bool(I) == bool(V):
            raise AnalysisError(f"b{name}: give one of I and V")
        return f"b{name} {p} {n} {'i' if I else 'v'}={I or V}"
