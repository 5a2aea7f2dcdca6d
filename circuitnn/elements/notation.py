"""How an element is written in decks: its names and columns; cards are read, checked and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from circuitnn.elements.card import CardError, digits, unexpected

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.flat import Elements
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.netlist.expansion import Expansion


class Notation:
    """An element letter as decks have it.

    Attributes
    ----------
    letter, name, plural : str
        ``r``, ``resistor``, ``resistors``.
    title : str
        Its title in ngspice's ``show``.
    example, meaning : str
        A card, and a sentence about it, for the manual.
    order : int
        Place among the tables of a flat circuit, which decides the order of branch currents in results.
    terminals : tuple of str
        Names of the nodes; `probes` uses them as symbols of the node voltages.
    plain : bool
        Whether a card may be ``r1 a b 1.5``: a name, two nodes and the main value.
    main : str
        Column of the main value; empty if there is none.
    columns : mapping of str to float
        Further columns and their defaults; NaN: not given.
    rare : mapping of str to float
        The same for columns that a table has only if some card gives them.
    aliases : mapping of str to str
        Other name of a column in decks → the column.
    parallel : mapping of str to int
        Column → power of the multiplier ``m`` by which m parallel copies scale it.
    yields : bool
        Whether a user's own element may take its letter.
    ours : bool
        Whether SPICE does not have it: instances may give any parameter of the model card.
    model_words : mapping of str to frozenset of str
        Type of a model card → words without a value on it that have no effect.
    model_flags : mapping of str to frozenset of str
        Type of a model card → words without a value on it that are parameters of value 1.
    narrower : mapping of (str, str) to str
        Type of a model card, and a word on it → the type that the word makes it.
    summarised : bool
        Whether ``show`` omits it unless it is named.
    build : callable or None
        Arguments of the builder's method → text of the card; None: name, fields and ``name=value`` as given.
    """

    letter: ClassVar[str]
    name: ClassVar[str]
    plural: ClassVar[str]
    title: ClassVar[str] = ""
    example: ClassVar[str]
    meaning: ClassVar[str]
    order: ClassVar[int] = 100
    terminals: ClassVar[tuple[str, ...]] = ("plus", "minus")
    plain: ClassVar[bool] = False
    main: ClassVar[str] = ""
    columns: ClassVar[Mapping[str, float]] = {}
    rare: ClassVar[Mapping[str, float]] = {}
    aliases: ClassVar[Mapping[str, str]] = {}
    parallel: ClassVar[Mapping[str, int]] = {}
    yields: ClassVar[bool] = False
    ours: ClassVar[bool] = False
    model_words: ClassVar[Mapping[str, frozenset[str]]] = {}
    model_flags: ClassVar[Mapping[str, frozenset[str]]] = {}
    narrower: ClassVar[Mapping[tuple[str, str], str]] = {}
    summarised: ClassVar[bool] = False
    build: ClassVar[Callable[..., str] | None] = None

    @property
    def keywords(self) -> tuple[str, ...]:
        """What its card takes as ``name=value`` beside what `build` names; empty: the model or subcircuit says."""
        return ()

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card: two nodes or more, the main value, and columns as ``name=value``.

        Raises
        ------
        CardError
        """
        card, nodes = self.begin(reader, text, origin)
        given = card.words[len(nodes) + 1 :]
        value = reader.value(given.pop(0)) if given and self.main else reader.take(card, self.main)
        for word in given:
            raise unexpected(card.words[0], word)
        if value is None and self.main:
            raise CardError(f"'{card.words[0]}' has no value", card.words[0])
        known = [*self.columns, *(["m"] if self.parallel else [])]
        extras = {name: reader.take(card, name) for name in known}
        reader.leftover(card, " ".join([self.main, *known]))
        reader.row(self.letter, card.words[0], nodes, value or 0.0, origin).set(**extras)

    def begin(self, reader: ElementReader, text: str, origin: int) -> tuple[Card, list[int]]:
        """Split a card and claim its name; return the card and its nodes."""
        card = reader.split(text, origin)
        reader.claim(card.words[0], origin)
        return card, reader.nodes(card, len(self.terminals))

    def senseless(
        self, columns: dict[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[np.ndarray, str]:
        """Find rows with invalid values, shape (n,), and say what is wrong with them.

        Parameters
        ----------
        columns : dict of str to ndarray
            Columns that follow from others are filled in here.
        controls : sequence of tuple of str, optional
            Names on each card; length n, or a divisor of n if the columns are those of several instances.
        """
        main = columns[self.main] if self.main else np.zeros(0)
        return np.isinf(main), "its value is not finite"

    def doubts(
        self, columns: Mapping[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[int, str] | None:
        """Return a row whose value deserves a warning, and the warning; arguments as for `senseless`."""
        return None

    def untimely(self, table: Elements) -> tuple[int, str] | None:
        """Return a row that makes transients impossible, but not other analyses, and the reason."""
        return None

    def expand(
        self, names: list[str], nodes: np.ndarray, columns: dict[str, np.ndarray], into: Expansion
    ) -> bool:
        """Replace these elements by others; return False if they stay."""
        return False

    def write(self, table: Elements, row: int, words: list[str]) -> Iterator[str]:
        """Card of one element for ngspice; `words` are its name, nodes and controlling elements."""
        if self.main:
            words = [*words, digits(table.values[self.main][row])]
        yield " ".join([*words, *self.given(table, row)])

    def given(self, table: Elements, row: int) -> Iterator[str]:
        """``name=value`` of columns that are given and differ from their defaults."""
        for name, default in self.columns.items():
            value = float(table.values[name][row]) if name in table.values else default
            if not isnan(value) and value != default:
                yield f"{name}={digits(value)}"
