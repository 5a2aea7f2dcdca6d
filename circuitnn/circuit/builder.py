"""Builder of decks: one method an element letter, each of which writes a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.errors import AnalysisError
from circuitnn.units import number_of

if TYPE_CHECKING:
    from typing_extensions import Self

    from circuitnn.circuit.source import Source
    from circuitnn.crossbar.placement import Placement

Value = float | int | str


def _field(value: Value) -> str:
    """A value as it stands in a deck."""
    return value if isinstance(value, str) else repr(number_of(value))


class Builder:
    """What can be added to a circuit; the methods return the circuit, so that calls chain.

    Names are given without their letter, nodes as strings, values as numbers in SI units or as text of
    the deck (``"4.7k"``, ``"{r0*2}"``).

    Parameters
    ----------
    source : Source
        What is there before anything is added.
    """

    def __init__(self, source: Source) -> None:
        self._added: list[str] = []  # grows only, so that its length says which source belongs to it
        self._made = (0, source)

    @property
    def source(self) -> Source:
        """What the circuit is now, a frozen value; lines added later do not change it."""
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
        """Add an array, and a line that says so."""
        source = self.source
        placed = source.changed(arrays=(*source.arrays, placement)).with_lines([comment])
        self._made = (len(self._added), placed)
        return self

    def element(self, name: str, *fields: Value, **parameters: Value) -> Self:
        """Add any element card: name with its letter, nodes and values, ``key=value`` parameters."""
        words = [name, *map(_field, fields), *(f"{k}={_field(v)}" for k, v in parameters.items())]
        return self.add(" ".join(words))

    def R(self, name: str, p: str, n: str, value: Value, **parameters: Value) -> Self:
        """Add a resistor between `p` and `n`. [Ohm]"""
        return self.element(f"r{name}", p, n, value, **parameters)

    def C(self, name: str, p: str, n: str, value: Value, **parameters: Value) -> Self:
        """Add a capacitor; ``ic=`` is its initial voltage. [F]"""
        return self.element(f"c{name}", p, n, value, **parameters)

    def L(self, name: str, p: str, n: str, value: Value, **parameters: Value) -> Self:
        """Add an inductor; ``ic=`` is its initial current. [H]"""
        return self.element(f"l{name}", p, n, value, **parameters)

    def K(self, name: str, first: str, second: str, value: Value) -> Self:
        """Couple two inductors, named with their letter."""
        return self.element(f"k{name}", first, second, value)

    def V(self, name: str, p: str, n: str, *value: Value) -> Self:
        """Add a voltage source: a number [V], or as on a card: ``"dc 1 sin(0 1 1k)"``."""
        return self.element(f"v{name}", p, n, *value)

    def I(self, name: str, p: str, n: str, *value: Value) -> Self:  # noqa: E743  (the element's letter)
        """Add a current source from `p` through the source to `n`. [A]"""
        return self.element(f"i{name}", p, n, *value)

    def E(self, name: str, p: str, n: str, *rest: Value) -> Self:
        """Add a voltage-controlled voltage source: controlling nodes and gain."""
        return self.element(f"e{name}", p, n, *rest)

    def F(self, name: str, p: str, n: str, control: str, gain: Value) -> Self:
        """Add a current source controlled by the current of source `control`."""
        return self.element(f"f{name}", p, n, control, gain)

    def G(self, name: str, p: str, n: str, *rest: Value) -> Self:
        """Add a voltage-controlled current source: controlling nodes and gain [S]."""
        return self.element(f"g{name}", p, n, *rest)

    def H(self, name: str, p: str, n: str, control: str, gain: Value) -> Self:
        """Add a voltage source controlled by the current of source `control`. [Ohm]"""
        return self.element(f"h{name}", p, n, control, gain)

    def B(self, name: str, p: str, n: str, *, I: str = "", V: str = "") -> Self:  # noqa: E741
        """Add a behavioural source: an expression for its current [A] or its voltage [V]."""
        if bool(I) == bool(V):
            raise AnalysisError(f"b{name}: give one of I and V")
        return self.add(f"b{name} {p} {n} {'i' if I else 'v'}={I or V}")

    def D(self, name: str, anode: str, cathode: str, model: str, **parameters: Value) -> Self:
        """Add a diode."""
        return self.element(f"d{name}", anode, cathode, model, **parameters)

    def Q(
        self,
        name: str,
        collector: str,
        base: str,
        emitter: str,
        model: str,
        substrate: str = "0",
        **parameters: Value,
    ) -> Self:
        """Add a bipolar transistor."""
        return self.element(f"q{name}", collector, base, emitter, substrate, model, **parameters)

    def J(self, name: str, drain: str, gate: str, source: str, model: str, **parameters: Value) -> Self:
        """Add a junction field-effect transistor."""
        return self.element(f"j{name}", drain, gate, source, model, **parameters)

    def M(
        self, name: str, drain: str, gate: str, source: str, bulk: str, model: str, **parameters: Value
    ) -> Self:
        """Add a MOSFET."""
        return self.element(f"m{name}", drain, gate, source, bulk, model, **parameters)

    def Z(self, name: str, drain: str, gate: str, source: str, model: str, **parameters: Value) -> Self:
        """Add a metal-semiconductor field-effect transistor."""
        return self.element(f"z{name}", drain, gate, source, model, **parameters)

    def S(self, name: str, p: str, n: str, cp: str, cn: str, model: str) -> Self:
        """Add a switch controlled by the voltage between `cp` and `cn`."""
        return self.element(f"s{name}", p, n, cp, cn, model)

    def W(self, name: str, p: str, n: str, control: str, model: str) -> Self:
        """Add a switch controlled by the current of source `control`."""
        return self.element(f"w{name}", p, n, control, model)

    def T(self, name: str, p: str, n: str, q: str, m: str, **parameters: Value) -> Self:
        """Add a lossless line with ends `p`, `n` and `q`, `m`: ``z0=`` [Ohm], ``td=`` [s]."""
        return self.element(f"t{name}", p, n, q, m, **parameters)

    def U(self, name: str, p: str, n: str, common: str, model: str, /, **parameters: Value) -> Self:
        """Add a distributed RC line of length ``l=`` with a model card of type ``urc``."""
        return self.element(f"u{name}", p, n, common, model, **parameters)

    def O(self, name: str, p: str, n: str, q: str, m: str, model: str, **parameters: Value) -> Self:  # noqa: E743
        """Add a lossy line with ends `p`, `n` and `q`, `m` and a model card of type ``ltra``."""
        return self.element(f"o{name}", p, n, q, m, model, **parameters)

    def X(self, name: str, *nodes_and_subcircuit: str, **parameters: Value) -> Self:
        """Add an instance of a subcircuit: nodes, then the subcircuit's name."""
        return self.element(f"x{name}", *nodes_and_subcircuit, **parameters)

    def model(self, name: str, kind: str, **parameters: Value) -> Self:
        """Add a ``.model`` card."""
        words = " ".join(f"{k}={_field(v)}" for k, v in parameters.items())
        return self.add(f".model {name} {kind}({words})")

    def param(self, **parameters: Value) -> Self:
        """Add ``.param`` cards."""
        return self.add(*(f".param {k}={_field(v)}" for k, v in parameters.items()))
