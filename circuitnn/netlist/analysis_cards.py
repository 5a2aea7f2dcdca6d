"""The cards of analyses as their readers see them, and ``.step``, which repeats all analyses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.constants import ABSOLUTE_ZERO
from circuitnn.elements import element
from circuitnn.elements.card import CardError, words
from circuitnn.errors import nearest
from circuitnn.flat import Sweep
from circuitnn.machine.cached import cached_property
from circuitnn.netlist.signal_names import canonical, tokens
from circuitnn.netlist.sweep_points import Frequencies, added_up, linear, logarithmic

if TYPE_CHECKING:
    from circuitnn.netlist.statements import Statements

MOST = 2.0**53  # doubles represent all integers up to here


class DotCard:
    """A dot card of a deck.

    Parameters
    ----------
    statements : Statements
        The reader of all dot cards.
    keyword : str
        Including the dot.
    text : str
        The rest of the card.
    origin : int
        Its place in the deck, see `Sources`.
    """

    def __init__(self, statements: Statements, keyword: str, text: str, origin: int) -> None:
        self.statements, self.keyword, self.text, self.origin = statements, keyword, text, origin

    @cached_property
    def words(self) -> list[str]:
        """Words of the card, separated by blanks, commas and brackets."""
        return words(self.text)

    @cached_property
    def signals(self) -> list[str]:
        """Words of the card; brackets stay with the word before them, as in ``v(a,b)``."""
        return tokens(self.text)

    @property
    def partial(self) -> bool:
        """Whether the deck has faults and some of its names are therefore unknown."""
        return self.statements.environment.world.partial

    def error(self, message: str, token: str | None = None) -> CardError:
        """Return the error to raise; `token` is the word at fault (default: the keyword)."""
        return CardError(message, self.keyword if token is None else token)

    def number(self, text: str) -> float:
        """Evaluate a number or an expression of parameters."""
        return self.statements.number(text, self.origin)

    def whole(self, text: str) -> int:
        """Evaluate a whole number; a fractional part is dropped with a warning.

        Raises
        ------
        CardError
            It is not finite.
        """
        value = self.number(text)
        if not abs(value) < MOST:
            raise self.error(f"'{self.keyword}': {value:g} where a whole number is needed", text)
        if value != int(value):
            self.idle(f"'{text}' in '{self.keyword}' counts as {int(value)}")
        return int(value)

    def idle(self, message: str) -> None:
        """Warn that something on the card is accepted without effect."""
        self.statements.deck.sources.warn(self.origin, message)

    def no_more_than(self, most: int) -> None:
        """Warn that words beyond the first `most` have no effect."""
        if len(self.signals) > most:
            self.idle(f"'{' '.join(self.signals[most:])}' on '{self.keyword}' has no effect")

    def settings(self, given: list[str], known: Mapping[str, str]) -> dict[str, int]:
        """Read whole numbers with their names, ``maxsideband=3``.

        Parameters
        ----------
        given : list of str
            Words of the card.
        known : mapping of str to str
            Names on the card, and those of the arguments that they set.

        Raises
        ------
        CardError
        """
        words = [word for word in given if word != "="]
        numbers: dict[str, int] = {}
        for name, value in zip(words[::2], [*words[1::2], ""], strict=False):
            if name not in known or not value:
                forms = ", ".join(f"{name}=" for name in known)
                near = nearest(name, list(known)) if name not in known else ""
                raise self.error(
                    f"'{name}' on '{self.keyword}': after the frequencies it takes {forms}{near}", name
                )
            numbers[known[name]] = self.whole(value)
        return numbers

    def target(self, name: str) -> str:
        """Find the target of a sweep: a source, a resistor, ``temp``, or ``param:`` and a parameter.

        Raises
        ------
        CardError
            If nothing has that name.
        """
        if name == "temp":
            return name
        swept = (table for table in self.statements.elements if element(table.kind).sweep)
        names = {name for table in swept for name in table.names}
        if name in names:
            return name
        parameters = self.statements.deck.root.parameters
        if name in parameters:
            return f"param:{name}"
        if self.partial:
            return name
        near = nearest(name, [*sorted(names)[:10000], *parameters])
        purpose = "to sweep" if self.keyword in (".dc", ".step", ".data") else f"for '{self.keyword}'"
        raise self.error(f"no source, resistor or parameter '{name}' {purpose}{near}", name)

    def sweep(self, name: str, scale: str, numbers: list[str]) -> Sweep:
        """Read a sweep: start, stop and step; ``dec`` or ``oct``, points, start and stop; or ``list`` and values.

        Raises
        ------
        CardError
        """
        values, target = [self.number(text) for text in numbers], self.target(name)
        try:
            if scale == "list":
                points = tuple(values)
            elif scale != "lin":
                points = logarithmic(scale, *values)
            elif self.keyword == ".dc":
                start, stop, step = values
                points = added_up(start, stop, step, -ABSOLUTE_ZERO if target == "temp" else 0.0)
            else:
                points = linear(*values)
        except ValueError as error:
            raise self.error(str(error), numbers[2 if scale == "lin" else 0]) from None
        return Sweep(target, temperatures(points, name) if target == "temp" else points)

    def frequencies(self, given: list[str], stretched: bool = False, signed: bool = False) -> Frequencies:
        """Frequencies of ``dec 10 1 1k``, or offsets.

        Raises
        ------
        CardError
        """
        points = self.whole(given[1])
        start, stop = (self.number(text) for text in given[2:])
        frequencies = Frequencies(given[0], points, start, stop, stretched, signed)
        try:
            frequencies.values()
        except ValueError as error:
            raise self.error(f"'{self.keyword}': {error}") from None
        return frequencies

    def output(self, text: str) -> tuple[str, str] | str:
        """Two nodes, or the source whose current it is.

        Raises
        ------
        CardError
        """
        signal = canonical(text)
        nodes = signal[2:-1].split(",")
        if signal[-1:] != ")" or signal[:2] not in ("v(", "i(") or len(nodes) > 2:
            raise self.error("an output is v(node), v(node,node) or i(source)", text)
        return nodes[0] if signal[0] == "i" else (nodes[0], nodes[1] if len(nodes) == 2 else "0")


def shown(output: tuple[str, str] | str) -> str:
    """An output as on a card: ``v(a)``, ``v(a,b)``, ``i(v1)``."""
    if isinstance(output, str):
        return f"i({output})"
    return f"v({output[0]})" if output[1] == "0" else f"v({','.join(output)})"


def read_step(card: DotCard, tables: Mapping[str, tuple[Sweep, ...]]) -> tuple[Sweep, ...]:
    """Read the sweep of a ``.step`` card, or the columns of the ``.data`` table that it names.

    Raises
    ------
    CardError
    """
    forms = ("lin", "dec", "oct", "list")
    scales = [w for w in card.words if w in forms]
    rest = [w for w in card.words if w not in forms]
    if rest[:1] == ["data"] and len(rest) == 2:
        if rest[1] not in tables:
            raise card.error(f"there is no table '.data {rest[1]}'{nearest(rest[1], list(tables))}", rest[1])
        return tables[rest[1]]
    is_parameter = bool(rest) and rest[0] in ("param", "parameter")
    rest = rest[1:] if is_parameter else rest
    if len(scales) > 1 or len(rest) < 2:
        raise card.error(
            "'.step' takes a target and then start stop step, list …, dec … or oct …, or data=table"
        )
    scale = scales[0] if scales else "lin"
    if scale != "list" and len(rest) != 4:
        raise card.error(f"'.step' needs start, stop and step, {len(rest) - 1} numbers given")
    return (card.sweep(rest[0], scale, rest[1:]),)


def read_sweep(card: DotCard, tables: Mapping[str, tuple[Sweep, ...]]) -> tuple[Sweep, ...]:
    """Read what follows ``sweep`` on HSPICE's cards: as `read_step`, but the number of points comes first.

    ``rl 1k 3k 1k``, ``rl lin 3 1k 3k``, ``rl dec 10 1k 3k``, ``rl poi 3 1k 2k 3k``, ``data=table``.

    Raises
    ------
    CardError
    """
    target, scale, numbers = card.words[0], "".join(card.words[1:2]), card.words[2:]
    if scale == "poi" and len(numbers) > 1:
        return (card.sweep(target, "list", numbers[1:]),)
    if scale in ("dec", "oct", "lin"):
        if len(numbers) != 3:
            raise card.error(
                f"'sweep {target} {scale}' takes points, start and stop; {len(numbers)} given", scale
            )
        points, start, stop = numbers
        if scale != "lin":
            return (card.sweep(target, scale, [start, stop, points]),)
        first, last, count = card.number(start), card.number(stop), card.whole(points)
        if count < 1:
            raise card.error(f"'sweep {target} lin': {count} points", points)
        return (card.sweep(target, "list", [repr(float(v)) for v in np.linspace(first, last, count)]),)
    return read_step(card, tables)


def temperatures(values: tuple[float, ...], token: str) -> tuple[float, ...]:
    """Check that the temperatures of a card are above absolute zero and return them. [°C]

    Raises
    ------
    CardError
    """
    if min(values) <= ABSOLUTE_ZERO:
        raise CardError(f"a temperature of {min(values):g} °C is at or below absolute zero", token)
    return values
