"""Temperatures of instances of compact models, which PSPICE's model cards may give, too."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.temperature import TEMPERATURES
from circuitnn.models.dependence import without_temperature
from circuitnn.netlist.instance_sizes import fill, from_cards

if TYPE_CHECKING:
    from circuitnn.models.model import Model
    from circuitnn.netlist.definition import ModelCard, Table
    from circuitnn.netlist.parameters import Environment, World


def takes_temperature(name: str, model: type[Model], world: World) -> bool:
    """Whether a parameter of a model card is a temperature of the model's instances, as PSPICE has it."""
    known = world.deck.dialect.pspice and any(p.name == "temp" for p in model.instance_parameters)
    return known and name in TEMPERATURES


def set_temperatures(
    environment: Environment,
    table: Table,
    cards_of_rows: tuple[list[ModelCard], np.ndarray],
    column: np.ndarray,
) -> None:
    """Write the temperatures [°C] that instances or, with PSPICE's rules, their cards give, into a column."""
    world = environment.world
    absolute, relative = TEMPERATURES
    rise, of_cards = np.full((2, *column.shape), nan)
    if world.deck.dialect.pspice:
        from_cards(environment, relative, cards_of_rows, rise)
        from_cards(environment, absolute, cards_of_rows, of_cards)
    fill(environment, table, "dtemp", rise)
    column[:] = np.where(np.isnan(of_cards), world.temperature + rise, of_cards)
    fill(environment, table, "temp", column)


def check_temperatures(table: Table, model: type[Model], world: World) -> None:
    """Warn if an instance gives a temperature that the equations of its model do not use."""
    rows = [row for name in ("temp", "dtemp") for row in table.extras.get(name, {})]
    message = without_temperature(model, table.names[min(rows)]) if rows else ""
    if message:
        world.warn(table.origins[min(rows)], message)
