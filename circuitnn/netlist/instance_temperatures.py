"""Temperatures of instances of compact models, which model cards may give, too."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.temperature import OWN, TEMPERATURES
from circuitnn.models.dependence import without_temperature
from circuitnn.netlist.instance_sizes import fill, from_cards

if TYPE_CHECKING:
    from circuitnn.models.model import Model
    from circuitnn.netlist.definition import ModelCard, Table
    from circuitnn.netlist.parameters import Environment, World


def takes_temperature(name: str, model: type[Model], world: World) -> bool:
    """Whether a parameter of a model card is a temperature of the model's instances."""
    return name in (*OWN, *TEMPERATURES) and any(name in names for names in _names(model, world))


def _names(model: type[Model], world: World) -> tuple[list[str], list[str]]:
    """What a model card may call the temperature of its instances, and its rise; as in ngspice, or as in PSPICE."""
    if not any(p.name == "temp" for p in model.instance_parameters):
        return [], []
    pairs = [*([OWN] if model.letter != "n" else []), *([TEMPERATURES] if world.deck.dialect.pspice else [])]
    taken = {*model.warned, *(name for p in model.parameters for name in (p.name, *p.aliases))}
    absolute, relative = ([pair[k] for pair in pairs if pair[k] not in taken] for k in (0, 1))
    return absolute, relative


def set_temperatures(
    environment: Environment,
    table: Table,
    model: type[Model],
    cards_of_rows: tuple[list[ModelCard], np.ndarray],
    column: np.ndarray,
) -> None:
    """Write the temperatures [°C] that instances or their cards give into a column."""
    world = environment.world
    rise, of_cards = np.full((2, *column.shape), nan)
    for names, temperatures in zip(_names(model, world), (of_cards, rise), strict=True):
        for name in names:
            from_cards(environment, name, cards_of_rows, temperatures)
    fill(environment, table, "dtemp", rise)
    column[:] = np.where(np.isnan(of_cards), world.temperature + rise, of_cards)
    fill(environment, table, "temp", column)


def check_temperatures(table: Table, model: type[Model], world: World) -> None:
    """Warn if an instance gives a temperature that the equations of its model do not use."""
    rows = [row for name in ("temp", "dtemp") for row in table.extras.get(name, {})]
    message = without_temperature(model, table.names[min(rows)]) if rows else ""
    if message:
        world.warn(table.origins[min(rows)], message)
