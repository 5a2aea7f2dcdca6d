"""Behavioural sources: many cards share few expressions.

In a flat deck of a thousand cells every cell has its own card, and the cards differ only in node names and
numbers. Each text is split at node names and numbers. What remains, the skeleton, is parsed once; each card
adds a row of nodes and numbers to the group of its skeleton.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from circuitnn.elements.card import SplitError, closing, mask, unwrap
from circuitnn.equations.graph import Expr, as_expr, symbols
from circuitnn.netlist.definition import Group, Value
from circuitnn.netlist.expressions import CONSTANTS, RANDOM, ExpressionError, parse_expression, probed_names
from circuitnn.netlist.reader import CardError, Reader
from circuitnn.units import NUMBER, parse_number

_READING = r"\b[vi]\s*\([^()]*\)"
_WORD = r"[a-z_][\w.]*(?:\[\d+\]|\b)(?!\s*[({])"  # what is no function
SLOT = re.compile(rf"({_READING}|(?<![\w.#]){NUMBER}|\b(?!(?:time|temper|hertz)\b){_WORD})")
# Entries of tables must stay numbers: a piecewise function is built from constants.
_PROBE = re.compile(rf"({_READING}|\b(?!(?:{'|'.join(['time', 'temper', *CONSTANTS])})\b){_WORD})")
_TEMP = re.compile(r"\btemp\b(?!\s*[({])")
_CURRENT = 1_000_000_000  # codes of branch currents start here
_BAD = re.compile(r"[#\0]")
_INTEGRAL = re.compile(r"(?<![\w.#])(idt|sdt)\s*\(")
_RANDOM = re.compile(rf"(?<![\w.#])({'|'.join(RANDOM)})\s*\(")

_Slot = tuple[int, object, object]  # 0: number or parameter; 1: v(a); 2: v(a,b); 3: i(x)
# Patterns of the slots; (?=(?P<n>…))(?P=n) makes the match of a number atomic, like that of SLOT.
_NUMBER = rf"(?=(?P<n{{0}}>{NUMBER}))(?P=n{{0}})(?![\w.])"
_NAME = r"([^(),\s]+)"


class _Pattern:
    """A regular expression for the cards of one group: most cards look like the one before.

    Parameters
    ----------
    group : Group
    kind : str
    parts : list of str
        Texts between the slots and texts of the slots, alternating.
    sorts : list of int
        Sort of each slot, see `_Slot`.
    slots : list of int
        Index of the node that each slot refers to.
    """

    def __init__(self, group: Group, kind: str, parts: list[str], sorts: list[int], slots: list[int]) -> None:
        self.group = group
        self.kind = kind
        self.slots = slots
        self.count = len(set(slots))
        self.numbers: list[int] = []
        self.nodes: list[int] = []
        pieces, groups = [re.escape(parts[0])], 0
        for token, sort, literal in zip(parts[1::2], sorts, parts[2::2], strict=True):
            if sort == 0 and not token[0].isalpha() and token[0] != "_":
                self.numbers.append(groups)
                groups += 1
                pieces.append(_NUMBER.format(groups))
            elif sort in (1, 2):
                self.nodes += range(groups, groups + sort)
                groups += sort
                pieces.append(rf"v\({','.join([_NAME] * sort)}\)")
            else:
                pieces.append(re.escape(token))
            pieces.append(re.escape(literal))
        self.match = re.compile("".join(pieces)).fullmatch


class _Row:
    """Contents of the slots of one source, in order of first use; `code` identifies the slots."""

    def __init__(self) -> None:
        self.code: list[int] = []
        self.sorts: list[int] = []
        self.voltages: dict[int, int] = {}
        self.currents: dict[str, int] = {}
        self.numbers: list[float | str] = []

    def take(self, slot: _Slot) -> None:
        """Read the next slot."""
        sort, value, second = slot
        self.sorts.append(sort)
        voltages, currents = self.voltages, self.currents
        if sort == 0:
            self.numbers.append(value)  # type: ignore[arg-type]
            self.code.append(0)
        elif sort == 1:
            self.code.append(1 + voltages.setdefault(value, len(voltages)))  # type: ignore[arg-type]
        elif sort == 2:
            self.code.append(-1 - voltages.setdefault(value, len(voltages)))  # type: ignore[arg-type]
            self.code.append(1 + voltages.setdefault(second, len(voltages)))  # type: ignore[arg-type]
        else:
            self.code.append(_CURRENT + currents.setdefault(value, len(currents)))  # type: ignore[arg-type]


def _arguments(text: str) -> list[str]:
    """Arguments of a call, separated by its own commas."""
    commas = [-1, *(k for k, letter in enumerate(mask(text)) if letter == ","), len(text)]
    return [text[first + 1 : last].strip() for first, last in pairwise(commas)]


class Behaviour:
    """Collector of the behavioural sources of a definition.

    Parameters
    ----------
    reader : Reader
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.definition = reader.definition
        self._slots: dict[str, _Slot] = {}
        self._pattern: _Pattern | None = None

    def _is_parameter(self, name: str) -> bool:
        return any(name in scope.parameters or name in scope.header for scope in self.definition.scopes())

    def add(self, kind: str, name: str, nodes: list[int], text: str, origin: int, form: str = "") -> Group:
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
        form : str
            How the card states the expression: ``value``, ``poly``, ``table``; empty for B sources.

        Returns
        -------
        Group
            The sources of equal form, of which this is the last one.
        """
        if "temp" in text and not self._is_parameter("temp"):
            text = _TEMP.sub("temper", text)  # PSPICE's word
        text = self._with_draws(text)
        if _INTEGRAL.search(text) is not None:
            text = self._with_integrals(name, text, origin)
        pattern = self._pattern
        alike = pattern is not None and pattern.kind == kind and pattern.group.form == form
        if pattern is not None and alike and self._again(pattern, name, nodes, text, origin):
            return pattern.group
        tabulated = "pwl" in text or "table" in text
        parts = (_PROBE if tabulated else SLOT).split(text)
        if _BAD.search("".join(parts[::2])):
            raise CardError("unexpected '#' in an expression", "#")
        row = _Row()
        for token in parts[1::2]:
            row.take(self._slot(token, origin))
        key = (kind, form, "\0".join(parts[::2]), *row.code)
        group = self.definition.groups.get(key)
        if group is None:
            group = self.definition.groups[key] = Group(
                kind, self._template(parts, row.code, text), form=form
            )
            for probed in symbols([group.template]):  # nodes that the body of a function reads
                if probed.startswith("v("):
                    self.reader.reference(probed[2:-1], origin)
        elif not row.currents and not tabulated and all(type(n) is float for n in row.numbers):
            slots = [abs(c) - 1 for c in row.code if c]
            self._pattern = _Pattern(group, kind, parts, row.sorts, slots)
        group.add(name, origin, nodes, tuple(row.voltages), tuple(row.currents), row.numbers)
        return group

    def copied(self, group: Group, copies: str) -> None:
        """Let the last source of a group stand for a number of parallel ones."""
        group.copies[len(group.names) - 1] = self.reader.value(copies)

    def filtered(
        self, kind: str, name: str, nodes: list[int], text: str, transfer: str, origin: int, m: str = ""
    ) -> None:
        """Add a source: an expression filtered by a transfer function, a text in ``s``, times `m` if it is given."""
        from circuitnn.netlist.transfer_functions import Block, read_transfer  # few decks have one

        read_transfer(self, Block(kind, name, nodes, text, origin, m), transfer)

    def held(
        self,
        kind: str,
        name: str,
        nodes: list[int],
        text: str,
        transfer: tuple[Sequence[Value], Sequence[Value], Sequence[Value], Value],
        origin: int,
    ) -> None:
        """Add a source: an expression filtered by a transfer function whose states operating points hold fixed.

        `transfer` has the numerator, the denominator and the initial values, each from the lowest power of s, and
        the unit of s. [rad/s]
        """
        from circuitnn.netlist.transfer_functions import Block, add_transfer

        num, den, initial, unit = transfer
        scaled = [
            [as_expr(c) / as_expr(unit) ** k for k, c in enumerate(coefficients)]
            for coefficients in (num, den)
        ]
        start = [as_expr(c) for c in initial]
        add_transfer(self, Block(kind, name, nodes, text, origin, initial=start), (scaled[0], scaled[1]))

    def _with_draws(self, text: str) -> str:
        """Put a slot in the place of each call that draws a random number, so that each card draws its own."""
        start = 0
        while (call := _RANDOM.search(text, start)) is not None:
            name, start = call[1], call.end()
            try:
                end = closing(text, start - 1) + 1
                arguments = mask(text[start : end - 1]).count(",") + 1
            except SplitError:
                return text  # the parser says which bracket is open
            if name in self.reader.functions or arguments not in RANDOM[name]:
                continue  # PSPICE's limit, with three; a wrong number is an error of the parser
            drawn = self.reader.value(text[call.start() : end])
            word = f"__draw{len(self.reader.deck.draws)}__"
            self._slots[word] = 0, str(drawn.value) if isinstance(drawn, Expr) else drawn, None
            text, start = text[: call.start()] + word + text[end:], call.start() + len(word)
        return text

    def _with_integrals(self, name: str, text: str, origin: int) -> str:
        """Put the voltage of an inner node in the place of each integral over time, ``idt(x)`` or ``idt(x,start)``.

        Its equation is d(v)/dt = x, and operating points hold it at its start, which is 0 if it is not given.
        """
        start, count = 0, 0
        while (call := _INTEGRAL.search(text, start)) is not None:
            start = call.end()
            if call[1] in self.reader.functions:
                continue
            try:
                end = closing(text, start - 1)
            except SplitError:
                return text  # the parser says which bracket is open
            given = _arguments(text[start:end])
            if not 1 <= len(given) <= (2 if call[1] == "idt" else 1):
                raise CardError(f"'{call[1]}' takes an expression and perhaps its start; no reset", call[1])
            node = f"{name}#idt{count}"
            while node in self.definition.index:
                count += 1
                node = f"{name}#idt{count}"
            number = self.definition.inner_node(node)
            value = self.reader.value(unwrap(given[1])) if len(given) == 2 else 0.0
            self.definition.conditions.append(("held", number, value, origin))
            self.add("i", node, [number, 0], f"ddt(v({node}))-({given[0]})", origin)
            text = f"{text[: call.start()]}v({node}){text[end + 1 :]}"
            start = call.start()
        return text

    def _slot(self, token: str, origin: int) -> _Slot:
        slot = self._slots.get(token)
        if slot is None:
            node = self.definition.index.get(token[2:-1]) if token[:2] == "v(" else None
            slot = self._classify(token, origin) if node is None else (1, node, None)
            self._slots[token] = slot
        return slot

    def _again(self, pattern: _Pattern, name: str, nodes: list[int], text: str, origin: int) -> bool:
        """Add a source if it matches the pattern of the previous one; return whether it does."""
        match = pattern.match(text)
        if match is None:
            return False
        fields = match.groups()
        index = self.definition.index
        try:
            numbers: list[float | str] = [float(fields[k]) for k in pattern.numbers]
            read = [index[fields[k]] for k in pattern.nodes]
        except (ValueError, KeyError):  # a suffix, or a node not met before
            return False
        voltages = tuple(dict.fromkeys(read))
        if len(voltages) != pattern.count or [voltages[s] for s in pattern.slots] != read:
            return False
        if any(number - number != 0.0 for number in numbers):  # type: ignore[operator]
            return False
        pattern.group.add(name, origin, nodes, voltages, (), numbers)
        return True

    def _classify(self, token: str, origin: int) -> _Slot:
        if token[0] in "vi" and token[-1] == ")":
            try:
                names = probed_names(token[0], token[token.index("(") + 1 : -1])
            except ExpressionError as error:
                raise CardError(str(error), token) from None
            if token[0] == "i":
                return 3, names[0], None
            numbers = [self.reader.reference(n, origin) for n in names]
            return (1, numbers[0], None) if len(names) == 1 else (2, numbers[0], numbers[1])
        if token[0].isdigit() or token[0] == ".":
            try:
                return 0, parse_number(token), None
            except ValueError as error:
                raise CardError(str(error), token) from None
        return 0, token, None

    def _template(self, parts: list[str], code: list[int], text: str) -> Expr:
        """Parse the skeleton with names of slots in the gaps."""
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
