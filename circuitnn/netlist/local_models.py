"""Models that subcircuits define: each instance of the subcircuit has its own."""

from __future__ import annotations

import numpy as np

from circuitnn.netlist.definition import Definition, Table
from circuitnn.netlist.parameters import Environment

LINES = 1e8  # more than a file has lines, so that places plus multiples of it are distinct


def model_numbers(environment: Environment, table: Table) -> np.ndarray | None:
    """A number for each device in each instance, the same where they share a model, shape (instances · devices,).

    None if the top level defines all models.
    """
    root = environment.world.deck.root
    if all(card.owner is root for card in table.models):
        return None
    numbers = np.empty((environment.count, len(table.names)))
    for row, card in enumerate(table.models):
        numbers[:, row] = card.origin + LINES * _owners(environment, card.owner)
    return numbers.reshape(-1)


def _owners(environment: Environment, owner: Definition) -> np.ndarray:
    """Number of the instance of the definition that each instance lies in."""
    if owner is environment.definition:
        return np.arange(environment.count, dtype=float)
    return np.broadcast_to(environment.from_callers(lambda e: _owners(e, owner)), environment.count)
