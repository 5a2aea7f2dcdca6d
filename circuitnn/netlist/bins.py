"""Binned models: cards ``name.1``, ``name.2`` … for different channel sizes act as one model ``name``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from circuitnn.netlist.definition import ModelCard, Table
    from circuitnn.netlist.parameters import Environment

EDGES = ("lmin", "lmax", "wmin", "wmax")
CLOSE = 1e-15  # relative tolerance of sizes at the edges of bins, against rounding


def families(models: dict[str, ModelCard]) -> dict[str, list[ModelCard]]:
    """Find the bins of each binned model; the last card comes first."""
    bins: dict[str, list[ModelCard]] = {}
    for name, card in models.items():
        stem, dot, number = name.rpartition(".")
        if dot and number.isdigit() and set(EDGES) <= card.texts.keys():
            bins.setdefault(stem, []).insert(0, card)
    return bins


def flattened(cards: list[ModelCard]) -> list[ModelCard]:
    """Replace binned models by their bins."""
    return list({id(c): c for card in cards for c in (card.bins or (card,))}.values())


def chosen(
    environment: Environment,
    table: Table,
    cards: list[ModelCard],
    sizes: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Find the number of the card that applies to each device in each instance; report devices that fit no bin.

    Parameters
    ----------
    environment : Environment
    table : Table
        Devices of one definition.
    cards : list of ModelCard
        From `flattened`.
    sizes : two ndarrays, shape (instances, devices)
        Lengths and widths. [m]

    Returns
    -------
    ndarray of int, shape (instances, devices)
    """
    number = {id(card): k for k, card in enumerate(cards)}
    numbers = np.zeros((environment.count, len(table.names)), dtype=int)
    for row, card in enumerate(table.models):
        if not card.bins:
            numbers[:, row] = number[id(card)]
            continue
        own = np.full(environment.count, -1)
        for bin_ in card.bins:
            inside = np.ones(environment.count, dtype=bool)
            for size, (low, high) in zip(sizes, (EDGES[:2], EDGES[2:]), strict=True):
                least, most = (_edge(environment, bin_, name) for name in (low, high))
                inside &= (size[:, row] >= least * (1.0 - CLOSE)) & (size[:, row] <= most * (1.0 + CLOSE))
            own[inside & (own < 0)] = number[id(bin_)]
        lost = np.flatnonzero(own < 0)
        if lost.size:
            length, width = (float(size[lost[0], row]) for size in sizes)
            message = (
                f"'{table.names[row]}': no bin of model '{card.name}' holds for l={length:g} and w={width:g}"
            )
            environment.world.fault(table.origins[row], message, card.name)
        numbers[:, row] = np.maximum(own, 0)
    return numbers


def _edge(environment: Environment, card: ModelCard, name: str) -> np.ndarray:
    """An edge of a bin; NaN if its card cannot be read, which is a fault of its own."""
    edges = card.parameters or {}
    return np.asarray(environment.value(edges[name], card.origin, card.owner) if name in edges else np.nan)
