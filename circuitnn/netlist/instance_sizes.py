"""Numbers of an instance that its model card, options or defaults may give: sizes of transistors above all."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from circuitnn.models.model import Model, Parameter
    from circuitnn.netlist.definition import ModelCard, Table
    from circuitnn.netlist.parameters import Environment, World


def size(
    environment: Environment,
    table: Table,
    model: type[Model],
    parameter: Parameter,
    cards_of_rows: tuple[list[ModelCard], np.ndarray] | None = None,
) -> np.ndarray:
    """Size given by instances, else by `cards_of_rows`, times option ``scale``; else the usual one.

    Returns
    -------
    ndarray
        Shape (instances, devices).
    """
    given = np.full((environment.count, len(table.names)), nan)
    if cards_of_rows is not None:
        from_cards(environment, parameter.name, cards_of_rows, given)
    fill(environment, table, parameter.name, given)
    factor = _factors(environment, table, model) ** model.scaled.get(parameter.name, 0)
    return np.where(np.isnan(given), usual(parameter, model, environment.world), factor * given)


def usual(parameter: Parameter, model: type[Model], world: World) -> float:
    """Value where no card gives one: of an option (``defl``, …), or the default; NaN if that is another parameter's."""
    if model.settable and parameter.name in world.transistor:
        return world.transistor[parameter.name]
    if parameter.name == "wnflag":
        return world.fingers
    return nan if isinstance(parameter.default, str) else parameter.default


def fill(environment: Environment, table: Table, name: str, column: np.ndarray) -> np.ndarray:
    """Write what rows give for a name into a column, shape (instances, rows), and return it."""
    for row, value in table.extras.get(name, {}).items():
        column[:, row] = environment.value(value, table.origins[row])
    return column


def from_cards(
    environment: Environment, name: str, cards_of_rows: tuple[list[ModelCard], np.ndarray], column: np.ndarray
) -> None:
    """Write what cards give into a column of an instance parameter, shape (instances, devices)."""
    cards, rows = cards_of_rows
    for number, card in enumerate(cards):
        given = (card.parameters or {}).get(name)
        if given is not None:
            value = np.broadcast_to(environment.value(given, card.origin, card.owner), environment.count)
            column[:] = np.where(rows == number, np.reshape(value, (-1, 1)), column)


def _factors(environment: Environment, table: Table, model: type[Model]) -> np.ndarray | float:
    """Option ``scale`` for each device; 1 at levels where it has no effect."""
    scale = environment.world.scale
    if scale == 1.0 or not model.unscaled:
        return scale
    cards = [card.bins[0] if card.bins else card for card in table.models]
    levels = [environment.value((c.parameters or {}).get("level", 1.0), c.origin, c.owner) for c in cards]
    return np.where([np.any(np.isin(level, model.unscaled)) for level in levels], 1.0, scale)
