"""Builder of decks: a method for each element letter, which writes a card."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from circuitnn.elements import element, known
from circuitnn.elements.card import Number, card, shown

if TYPE_CHECKING:
    from typing_extensions import Self

    from circuitnn.circuit.value import Source
    from circuitnn.crossbar.placement import Placement

Value = Number


class Builder:
    """Adds cards to a circuit. Every method returns the circuit, so that calls chain.

    Each element letter is a method with the arguments of its file in `circuitnn.elements`:
    ``circuit.R("1", "in", "out", 1e3)``. Names are given without their letter, nodes as strings, values as
    numbers in SI units or as text of the deck (``"4.7k"``, ``"{r0*2}"``).

    Parameters
    ----------
    source : Source
        The circuit before anything is added.
    """

    def __init__(self, source: Source) -> None:
        self._added: list[str] = []  # only grows, so its length identifies the source
        self._made = (0, source)

    @property
    def source(self) -> Source:
        """The circuit at this moment, as a frozen value; lines added later do not change it."""
        count, source = self._made
        if count != len(self._added):
            lines = self._added[count:]
            source = source.with_lines(lines)
            self._made = (count + len(lines), source)
        return source

    def __getstate__(self) -> Source:
        return self.source

    def __setstate__(self, source: Source) -> None:
        Builder.__init__(self, source)

    def add(self, *lines: str) -> Self:
        """Add deck lines, before ``.end``.

        Parameters
        ----------
        *lines : str
            Cards as in a deck.

        Returns
        -------
        Circuit
            This circuit, so that calls chain.
        """
        self._added += lines
        return self

    def place(self, placement: Placement, comment: str) -> Self:
        """Add an array, and a comment line for it.

        Parameters
        ----------
        placement : Placement
        comment : str

        Returns
        -------
        Circuit
            This circuit.
        """
        source = self.source
        placed = source.changed(arrays=(*source.arrays, placement)).with_lines([comment])
        self._made = (len(self._added), placed)
        return self

    def element(self, name: str, *fields: Number, **parameters: Number) -> Self:
        """Add any element card.

        Parameters
        ----------
        name : str
            Name with its letter.
        *fields : str or float
            Nodes and values.
        **parameters : str or float
            Written as ``key=value``.

        Returns
        -------
        Circuit
            This circuit.
        """
        return self.add(card(name, *fields, **parameters))

    def __getattr__(self, name: str) -> Callable[..., Self]:
        if len(name) != 1 or not name.isupper():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        try:
            build = element(name.lower()).build
        except KeyError:
            raise AttributeError(f"no element has the letter {name}") from None
        if build is None:
            return lambda of, *fields, **parameters: self.element(
                f"{name.lower()}{of}", *fields, **parameters
            )

        @wraps(build)
        def method(*fields: Number, **parameters: Number) -> Any:
            return self.add(build(*fields, **parameters))

        method.__name__ = name
        return method

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(letter.upper() for letter in known())})

    def model(self, name: str, kind: str, **parameters: Number) -> Self:
        """Add a ``.model`` card.

        Parameters
        ----------
        name : str
        kind : str
            Type of the model.
        **parameters : str or float

        Returns
        -------
        Circuit
            This circuit.
        """
        words = " ".join(f"{k}={shown(v)}" for k, v in parameters.items())
        return self.add(f".model {name} {kind}({words})")

    def param(self, **parameters: Number) -> Self:
        """Add ``.param`` cards.

        Parameters
        ----------
        **parameters : str or float

        Returns
        -------
        Circuit
            This circuit.
        """
        return self.add(*(f".param {k}={shown(v)}" for k, v in parameters.items()))
