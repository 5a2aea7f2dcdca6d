"""Builder of decks: a method for each element letter, which writes a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from circuitnn.circuit.element_methods import ElementMethods
from circuitnn.elements import Element, element
from circuitnn.elements.card import Node, Number, given, shown
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.text import lowered
from circuitnn.machine.user_input import node_of
from circuitnn.options import Options

if TYPE_CHECKING:
    from typing_extensions import Self

    from circuitnn.circuit.value import Source
    from circuitnn.crossbar.placement import Placement

Value = Number


class Builder(ElementMethods):
    """Adds cards to a circuit. Every method returns the circuit, so that calls chain.

    Each element letter is a method with the arguments of its file in `circuitnn.elements`:
    ``circuit.R("1", "in", "out", 1e3)``. Names are given with or without their letter: ``"r1"`` and ``"1"`` are the
    same resistor. Nodes are names or integers, 0 is ground; values are numbers in SI units or text of the deck
    (``"4.7k"``, ``"{r0*2}"``).

    Parameters
    ----------
    source : Source
        The circuit before anything is added.
    """

    def __init__(self, source: Source) -> None:
        self._added: list[str] = []  # only grows, so its length identifies the source
        self._latest = (0, source)

    @property
    def source(self) -> Source:
        """The circuit at this moment, as a frozen value; lines added later do not change it."""
        count, source = self._latest
        if count != len(self._added):
            lines = self._added[count:]
            source = source.with_lines(lines)
            self._latest = (count + len(lines), source)
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

        Raises
        ------
        AnalysisError
            If a line is not text.
        """
        for line in lines:
            if not isinstance(line, str):
                raise AnalysisError(f"line = {line!r}: a card is text; `add` takes one line after the other")
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
        self._latest = (len(self._added), placed)
        return self

    def element(self, name: str, *fields: Number, **parameters: Number | Sequence[Number]) -> Self:
        """Add any element card.

        Parameters
        ----------
        name : str
            Name with its letter.
        *fields : str, int or float
            Nodes and values.
        **parameters : str, float or sequence
            Written as ``key=value``; a sequence is an array of a Verilog-A module.

        Returns
        -------
        Circuit
            This circuit.

        Raises
        ------
        AnalysisError
            If an argument is not what its place on the card asks for.
        """
        of = node_of(name, "name")
        from circuitnn.circuit.builder_arguments import leading_nodes

        nodes = leading_nodes(_kind(of[0].lower()), fields, of)
        pairs = (f"{k}={given(v, f'{of}: {k}')}" for k, v in parameters.items())
        return self.add(" ".join([of, *(shown(f, of) for f in nodes), *pairs]))

    def __setattr__(self, name: str, value: object) -> None:
        if name[:1] != "_":
            how = (
                f"with_options({name}=…)" if lowered(name) in Options.table else "with_parameters, altered, …"
            )
            raise AttributeError(f"cannot set {name!r} of a circuit: {how} makes a changed copy")
        object.__setattr__(self, name, value)

    @checked_arguments
    def model(self, name: Node, kind: str, **parameters: Number | Sequence[Number]) -> Self:
        """Add a ``.model`` card.

        Parameters
        ----------
        name : str
        kind : str
            Type of the model.
        **parameters : str, float or sequence
            A sequence is an array of a Verilog-A module.

        Returns
        -------
        Circuit
            This circuit.
        """
        of, type_ = node_of(name, "name"), node_of(kind, "kind")
        words = " ".join(f"{k}={given(v, f'model {of}: {k}')}" for k, v in parameters.items())
        return self.add(f".model {of} {type_}({words})")

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
        return self.add(*(f".param {k}={shown(v, k)}" for k, v in parameters.items()))


def _kind(letter: str) -> Element:
    try:
        return element(letter)
    except KeyError:
        raise AnalysisError(f"name: no element begins with '{letter}'") from None
