"""The flat circuit for one value of a deck's parameters after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.circuit.value import Source, reading
from circuitnn.flat import FlatCircuit
from circuitnn.flat.rows import same_rows
from circuitnn.records import replace

if TYPE_CHECKING:
    from circuitnn.netlist.variation import Variation

FEW = 2  # circuits that are elaborated before one is kept from which others are had


class Rebuilder:
    """Makes the flat circuit of a source for other values of its parameters.

    The first ones are elaborated. If more are asked for, only the numbers that these parameters reach are evaluated
    again, after it has been seen once that this gives what elaboration gives.

    Parameters
    ----------
    source : Source
    parameters : mapping of str to float
        Values that stay.
    """

    def __init__(self, source: Source, parameters: Mapping[str, float]) -> None:
        self._source, self._parameters = source, parameters
        self._names, self._count = frozenset[str](), 0
        self._variation: Variation | None = None
        self._trusted = False

    def __call__(self, values: Mapping[str, float]) -> FlatCircuit:
        """The flat circuit with these values in place of those of the deck."""
        if frozenset(values) != self._names:
            self._names, self._count, self._variation, self._trusted = frozenset(values), 0, None, False
        self._count += 1
        if self._count == FEW + 1 and not self._source.arrays:
            return self._kept(values)
        if self._variation is None:
            return self._elaborated(values)
        with reading:
            circuit = self._variation.at({**self._parameters, **values})
        if circuit is None:
            return self._elaborated(values)
        if self._trusted:
            return self._completed(circuit)
        whole = self._elaborated(values)
        self._trusted = alike(self._completed(circuit), whole)
        self._variation = self._variation if self._trusted else None
        return whole

    def _all(self, values: Mapping[str, float]) -> dict[str, float]:
        """All parameters in place of those of the deck."""
        return {**self._source.parameters, **self._parameters, **values}

    def _elaborated(self, values: Mapping[str, float]) -> FlatCircuit:
        return self._source.changed(parameters=self._all(values)).flat

    def _kept(self, values: Mapping[str, float]) -> FlatCircuit:
        """The circuit, which is kept to have others from it."""
        from circuitnn.netlist.variation import Variation  # few runs ask for so many circuits

        source = self._source
        with reading:
            variation = Variation(source.deck, self._all(values), source.options, values)
        self._variation = variation if variation.possible else None
        return self._elaborated(values) if variation.circuit.arrays else self._completed(variation.circuit)

    def _completed(self, circuit: FlatCircuit) -> FlatCircuit:
        """The circuit with what the source has besides its deck."""
        source = self._source
        if source.values:
            from circuitnn.netlist.alter import altered

            circuit = altered(circuit, source.values)
        return replace(circuit, external=source.external) if source.external else circuit


def alike(circuit: FlatCircuit, other: FlatCircuit) -> bool:
    """Whether two circuits have the same elements, devices and sources with the same numbers."""
    for name, columns in (("elements", "values"), ("devices", "columns"), ("behavioural", "columns")):
        tables, others = getattr(circuit, name), getattr(other, name)
        if len(tables) != len(others):
            return False
        for a, b in zip(tables, others, strict=True):
            if not same_rows(a, b):
                return False
            of, its = getattr(a, columns), getattr(b, columns)
            if of.keys() != its.keys():
                return False
            if not all(np.array_equal(of[n], its[n], equal_nan=True) for n in of):
                return False
    return circuit.parameters == other.parameters
