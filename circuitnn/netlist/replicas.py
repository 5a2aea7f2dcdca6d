"""Many samples of one circuit as one flat circuit: a sample is an instance of the top level.

The samples have no node in common but ground. They are elaborated as instances of a subcircuit are, with arrays in
place of numbers, and solved as one system whose matrix has a block for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from circuitnn.errors import NetlistError
from circuitnn.flat import FlatCircuit
from circuitnn.machine.text import lowered
from circuitnn.models import named
from circuitnn.netlist.definition import Calls, Deck, Definition
from circuitnn.netlist.elaborate import assemble, environments_of, number_nodes
from circuitnn.netlist.parameters import Environment, World
from circuitnn.netlist.statements import Statements
from circuitnn.records import replace
from circuitnn.units import number_of


def obstacle(deck: Deck, circuit: FlatCircuit) -> str:
    """Say why samples of a circuit cannot be solved together; empty: they can.

    Parameters
    ----------
    deck : Deck
    circuit : FlatCircuit
        Of one sample.
    """
    if circuit.arrays or circuit.placed:
        return "it has arrays"
    if deck.globals:
        return "it has global nodes"
    if circuit.steps:
        return "it has .step cards"
    texts = [t for d in deck.root.everything() for m in d.models.values() for t in m.texts]
    spread = any(t.endswith(".dev") for t in texts) or any(
        ".dev" in c for d in deck.root.everything() for c in d.cards
    )
    if spread:
        return "parameters of models are spread (.dev)"
    for table in circuit.devices:
        model = named(table.model)
        if model.randoms or model.memories:
            return f"model {model.name} has memories or random numbers"
    return ""


def replicated(
    deck: Deck,
    seeds: Sequence[int],
    rows: Sequence[Mapping[str, float]],
    options: Mapping[str, float | str | bool],
) -> FlatCircuit:
    """Elaborate samples of a deck together.

    Parameters
    ----------
    deck : Deck
    seeds : sequence of int
        Seed of the random numbers of each sample.
    rows : sequence of mapping of str to float
        Values of top-level parameters of each sample.
    options : mapping of str to float, str or bool
        In place of those on ``.options`` cards.

    Returns
    -------
    FlatCircuit
        Node ``c`` of the third sample is ``2.c``, its element ``q1`` is ``q.2.q1``. Analyses are not read.

    Raises
    ------
    NetlistError
        With every fault found.
    """
    deck.sources.faults.clear()
    world = World(deck, options=options)
    conditions = Statements(deck, Environment(world, deck.root, []))
    conditions.conditions()
    world.seeds = tuple(seeds)
    outer = Definition("", deck.root.origin)
    given = [{lowered(name): number_of(value, name) for name, value in row.items()} for row in rows]
    names = [str(k) for k in range(len(seeds))]
    outer.calls["samples"] = Calls(deck.root, names, [deck.root.origin] * len(names), [], given)  # type: ignore[arg-type]
    world.deck = whole = replace(deck, root=outer)
    root = Environment(world, outer, [])
    statements = Statements(whole, root)
    statements.options = conditions.options
    environments = environments_of(root)
    number_nodes(environments)
    circuit = statements.circuit(environments, assemble(environments))
    if deck.sources.faults:
        raise NetlistError(deck.sources.faults)
    return circuit


def places(names: Sequence[str], everything: Mapping[str, int], samples: int) -> np.ndarray:
    """Find the unknowns of each sample.

    Parameters
    ----------
    names : sequence of str
        Unknowns of one sample: ``v(c)``, ``i(vcc)``, ``i(v.x1.v2)``.
    everything : mapping of str to int
        Unknowns of the replicated circuit and their numbers.
    samples : int

    Returns
    -------
    ndarray of int, shape (samples, unknowns)

    Raises
    ------
    KeyError
        If an unknown has no replica.
    """
    patterns = [_pattern(name) for name in names]
    return np.array([[everything[a + str(k) + b] for a, b in patterns] for k in range(samples)])


def _pattern(name: str) -> tuple[str, str]:
    """Parts of a replica's name before and after the number of the sample."""
    if name.startswith("v(") and "#" not in name:
        return "v(", f".{name[2:]}"
    head = "@" if name[0] == "@" else name[:2]  # v(q1#b) is inside q1
    rest = name[len(head) :]
    end = min(k for k in (rest.find("["), rest.find(")"), rest.find("#"), len(rest)) if k >= 0)
    element = rest[:end]
    inner = element[2:] if element[1:2] == "." else element
    return f"{head}{element[0]}.", f".{inner}{rest[end:]}"
