"""Behavioural sources: many cards, few expressions.

In a flat deck of a thousand cells every cell has its own card, and all have the same text but
for node names and numbers. The text is cut at these: what is left, the skeleton, is parsed
once, and each card adds a row of nodes and numbers to the group of its skeleton.
"""

from __future__ import annotations

import re

from circuitnn.equations.graph import Expr, symbols
from circuitnn.netlist.definition import Group
from circuitnn.netlist.expressions import CONSTANTS, ExpressionError, parse_expression
from circuitnn.netlist.reader import CardError, Reader
from circuitnn.units import NUMBER, parse_number

SLOT = re.compile(
    rf"(\b[vi]\s*\([^()]*\)|(?<![\w.#]){NUMBER}|\b(?!(?:time|temper|hertz)\b)[a-z_][\w.]*\b(?!\s*\())"
)
# Tables must stay numbers: a piecewise function is built from constants.
_PROBE = re.compile(
    rf"(\b[vi]\s*\([^()]*\)|\b(?!(?:{'|'.join(['time', 'temper', *CONSTANTS])})\b)[a-z_][\w.]*\b(?!\s*\())"
)
_CURRENT = 1_000_000_000  # codes from here on are slots of branch currents
_BAD = re.compile(r"[#\0]")

_Slot = tuple[int, object, object]  # 0: number or parameter; 1: v(a); 2: v(a,b); 3: i(x)


class Behaviour:
    """Collects the behavioural sources of a definition.

    Parameters
    ----------
    reader : Reader
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.definition = reader.definition
        self._slots: dict[str, _Slot] = {}

    def add(self, kind: str, name: str, nodes: list[int], text: str, origin: int) -> None:
        """Add a source.

        Parameters
        ----------
        kind : {"i", "v"}
        name : str
        nodes : list of int
            Two local nodes.
        text : str
            The expression; brackets and quotes in it count as parentheses.
        origin : int
        """
        parts = (_PROBE if "pwl" in text else SLOT).split(text)
        known, index = self._slots, self.definition.index
        code: list[int] = []
        voltages: dict[int, int] = {}
        currents: dict[str, int] = {}
        numbers: list[float | str] = []
        for token in parts[1::2]:
            slot = known.get(token)
            if slot is None:
                node = index.get(token[2:-1]) if token[:2] == "v(" else None
                slot = self._classify(token, origin) if node is None else (1, node, None)
                known[token] = slot
            sort, value, second = slot
            if sort == 0:
                numbers.append(value)  # type: ignore[arg-type]
                code.append(0)
            elif sort == 1:
                code.append(1 + voltages.setdefault(value, len(voltages)))  # type: ignore[arg-type]
            elif sort == 2:
                code.append(-1 - voltages.setdefault(value, len(voltages)))  # type: ignore[arg-type]
                code.append(1 + voltages.setdefault(second, len(voltages)))  # type: ignore[arg-type]
            else:
                code.append(_CURRENT + currents.setdefault(value, len(currents)))  # type: ignore[arg-type]
        key = (kind, "\0".join(parts[::2]), *code)
        group = self.definition.groups.get(key)
        if group is None:
            group = self.definition.groups[key] = Group(kind, self._template(parts, code, text))
            for probed in symbols([group.template]):  # nodes that the body of a function reads
                if probed.startswith("v("):
                    self.reader.reference(probed[2:-1], origin)
        group.names.append(name)
        group.origins.append(origin)
        group.nodes += nodes
        group.voltages.append(tuple(voltages))
        group.currents.append(tuple(currents))
        group.numbers.append(numbers)

    def _classify(self, token: str, origin: int) -> _Slot:
        if token[0] in "vi" and token[-1] == ")":
            names = [n.strip() for n in token[token.index("(") + 1 : -1].split(",")]
            allowed = 2 if token[0] == "v" else 1
            if len(names) > allowed or not all(names) or any(" " in n for n in names):
                takes = "one or two nodes" if token[0] == "v" else "one source"
                raise CardError(f"{token[0]}(…) takes {takes}", token)
            if token[0] == "i":
                return 3, names[0], None
            numbers = [self.reader.reference(n, origin) for n in names]
            return (1, numbers[0], None) if len(names) == 1 else (2, numbers[0], numbers[1])
        if token[0].isdigit() or token[0] == ".":
            try:
                value = float(token)
                if value - value == 0.0:
                    return 0, value, None
            except ValueError:
                pass  # a suffix
            try:
                return 0, parse_number(token), None
            except ValueError as error:
                raise CardError(str(error), token) from None
        return 0, token, None

    def _template(self, parts: list[str], code: list[int], text: str) -> Expr:
        """Parse the skeleton with names of slots in the gaps."""
        if _BAD.search(text):
            raise CardError("unexpected '#' in an expression", "#")
        pieces, codes, count = [parts[0]], iter(code), 0
        for literal in parts[2::2]:
            n = next(codes)
            if n == 0:
                pieces.append(f"#p{count}")
                count += 1
            elif n >= _CURRENT:
                pieces.append(f"#i{n - _CURRENT}")
            elif n > 0:
                pieces.append(f"#v{n - 1}")
            else:
                pieces.append(f"(#v{-1 - n}-#v{next(codes) - 1})")
            pieces.append(literal)
        language = self.reader.source_language
        try:
            return parse_expression("".join(pieces), language)
        except ExpressionError as error:
            self._explain(text)  # the same fault with its place in the card's own text
            raise CardError(str(error), text) from None

    def _explain(self, text: str) -> None:
        try:
            parse_expression(text, self.reader.source_language)
        except ExpressionError as error:
            raise CardError(str(error), text, error.position) from None


def times(text: str, *factors: str | None) -> str:
    """Multiply the text of an expression by the texts of factors."""
    for factor in factors:
        if factor is not None:
            text = f"({text})*({factor})"
    return text
