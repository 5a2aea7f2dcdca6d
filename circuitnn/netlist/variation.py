"""Flat circuits of one deck for one value of its parameters after another, without flattening it anew.

Names, nodes and the order of rows do not depend on parameters: they are kept, and only the columns of tables that a
parameter can reach are evaluated again. What a parameter reaches is judged by names alone, whatever their scope.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from circuitnn.equations.graph import Expr, symbols
from circuitnn.flat import FlatCircuit
from circuitnn.netlist.chunks import behavioural_of, devices_of, elements_of
from circuitnn.netlist.definition import Deck, Definition, Group, Table
from circuitnn.netlist.elaborate import elaborated
from circuitnn.netlist.flatten import Flattener, Key
from circuitnn.netlist.language import draw_number
from circuitnn.netlist.parameters import Environment
from circuitnn.records import replace

SETTINGS = (".options", ".option", ".opt", ".temp")


class _Part(NamedTuple):
    """A table or group that changes, and its chunks: kind of flat table, key, and place among the chunks of these."""

    environment: Environment
    part: Table | Group
    places: list[tuple[str, Any, int]]


class Variation:
    """The circuits that a deck gives for values of some of its parameters.

    Parameters
    ----------
    deck : Deck
    parameters : mapping of str to float
        Values in place of those of top-level ``.param`` cards; those that vary among them.
    options : mapping of str to float, str or bool
        In place of those of ``.options`` cards.
    varying : iterable of str
        Parameters that vary.

    Attributes
    ----------
    circuit : FlatCircuit
        That of `parameters`.
    possible : bool
        Whether others can be had from it; else they must be elaborated.
    """

    def __init__(
        self,
        deck: Deck,
        parameters: Mapping[str, float],
        options: Mapping[str, float | str | bool],
        varying: Iterable[str],
    ) -> None:
        self.deck = deck
        reached = reach(deck, varying)
        self.circuit, self._environments, self._flattener = elaborated(deck, parameters, options)
        self._parts = list(self._changing(reached))
        self.possible = (
            not _obstructed(deck, reached)
            and self.circuit.logic is None
            and not self.circuit.meters
            and not self.circuit.arrays
            and not self._flattener.expanded
        )

    def _changing(self, reached: set[str]) -> Iterator[_Part]:
        """The parts that a parameter can reach."""
        counts: dict[Key, int] = {}
        for environment, part, added in self._flattener.order:
            places = []
            for kind, key in added:
                places.append((kind, key, counts.get((kind, key), 0)))
                counts[kind, key] = places[-1][2] + 1
            if places and not reached.isdisjoint(_symbols_of(self.deck, part)):
                yield _Part(environment, part, places)

    def at(self, values: Mapping[str, float]) -> FlatCircuit | None:
        """The circuit with other values of the parameters that vary; None if its rows are others.

        Raises
        ------
        NetlistError
            With every fault found.
        """
        world = self._environments[0].world
        self.deck.sources.faults.clear()
        world.overrides = {**world.overrides, **values}
        world.reported.clear()
        for environment in self._environments:
            environment.forget()
        chunks = {kind: {k: list(c) for k, c in of.items()} for kind, of in self._flattener.chunks.items()}
        for environment, part, places in self._parts:
            fresh = Flattener(world)
            fresh.add_part(environment, part)
            ((_, _, added),) = fresh.order
            if list(added) != [(kind, key) for kind, key, _ in places]:
                return None
            for kind, key, place in places:
                chunk = fresh.chunks[kind][key].pop(0)
                if len(chunk.names) != len(chunks[kind][key][place].names):
                    return None
                chunks[kind][key][place] = chunk
        self.deck.sources.check()
        return self._joined(chunks)

    def _joined(self, chunks: dict[str, dict[Any, list[Any]]]) -> FlatCircuit:
        """The circuit with the tables that changed made of their chunks again."""
        changed = {(kind, key) for _, _, places in self._parts for kind, key, _ in places}
        elements = [
            elements_of(table.kind, chunks["elements"][table.kind])
            if ("elements", table.kind) in changed
            else table
            for table in self.circuit.elements
        ]
        devices = [
            devices_of(table.model, chunks["devices"][table.model])
            if ("devices", table.model) in changed
            else table
            for table in self.circuit.devices
        ]
        behavioural = [
            behavioural_of(key[0], key[1], key[2], key[3], of) if ("behavioural", key) in changed else table
            for table, (key, of) in zip(self.circuit.behavioural, chunks["behavioural"].items(), strict=True)
        ]
        root = self._environments[0]
        parameters = {name: root.get(name) for name in self.deck.root.parameters}
        return replace(
            self.circuit,
            elements=tuple(elements),
            devices=tuple(devices),
            behavioural=tuple(behavioural),
            parameters={name: float(value) for name, value in parameters.items() if value is not None},
        )


def reach(deck: Deck, varying: Iterable[str]) -> set[str]:
    """Names of parameters whose values may depend on some of them, in whatever scope."""
    definitions = [deck.root, *_nested(deck.root)]
    given: list[tuple[str, object]] = [
        pair
        for d in definitions
        for of in (d.expressions, *(row for calls in d.calls.values() for row in calls.parameters))
        for pair in of.items()
    ]
    reached, count = set(varying), 0
    while len(reached) > count:
        count = len(reached)
        reached |= {name for name, value in given if not reached.isdisjoint(_names(deck, [value]))}
    return reached


def _nested(root: Definition) -> list[Definition]:
    """Definitions in use below the top level."""
    definitions: dict[int, Definition] = {}
    waiting = [root]
    while waiting:
        for calls in waiting.pop().calls.values():
            if id(calls.callee) not in definitions:
                definitions[id(calls.callee)] = calls.callee
                waiting.append(calls.callee)
    return list(definitions.values())


def _symbols_of(deck: Deck, part: Table | Group) -> set[str]:
    """Names on which the numbers of a table or group depend."""
    if isinstance(part, Group):
        numbers = [value for row in part.numbers for value in row]
        return _names(deck, [part.template, *numbers, *part.copies.values()])
    waves = [value for card in part.waveforms.values() for value in (card.repeat, card.delay, *card.values)]
    extras = [value for rows in part.extras.values() for value in rows.values()]
    cards = {id(card): card for model in part.models for card in (model, *model.bins)}.values()
    given = [value for card in cards for value in (card.parameters or {}).values()]
    return _names(deck, [*part.values, *waves, *extras, *given])


def _names(deck: Deck, values: Sequence[object]) -> set[str]:
    """Names in some values, and in the arguments of the random numbers among them."""
    names = {value for value in values if isinstance(value, str)}
    names |= symbols([value for value in values if isinstance(value, Expr)])
    for number in [draw_number(name) for name in names]:
        if number is not None:
            names |= _names(deck, deck.draws[number].arguments)
    return names


def _obstructed(deck: Deck, reached: set[str]) -> bool:
    """Whether more than the columns of tables depends on some names."""
    if deck.decided_by is not None or "m" in reached:  # .if cards; how many of each there are
        return True
    for definition in (deck.root, *_nested(deck.root)):
        values = [value for _, _, value, _ in definition.conditions]
        values += [value for _, value, _ in definition.states]
        if not reached.isdisjoint(_names(deck, values)):
            return True
    words = {
        word for keyword, text, _ in deck.cards if keyword in SETTINGS for word in re.findall(r"[\w.]+", text)
    }
    return not reached.isdisjoint(words)
