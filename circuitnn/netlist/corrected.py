"""Bring parameters of cards into the ranges that their models set right themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from circuitnn.elements.device import Device
    from circuitnn.models.model import Model
    from circuitnn.netlist.definition import Table
    from circuitnn.netlist.parameters import World


def correct(
    model: type[Model], device: Device, table: Table, columns: dict[str, np.ndarray], world: World
) -> None:
    """Correct columns as `Model.corrections` say, and warn of each.

    Parameters
    ----------
    model : type of Model
    device : Device
    table : Table
    columns : dict of str to ndarray
        Shape (instances times devices,).
    world : World
    """
    for rule in model.corrections:
        values = device.at_size(rule.name, columns)
        held = np.clip(values, rule.low, rule.high)
        bad = held != values
        if rule.asked:
            bad &= columns[rule.asked] != 0.0
        rows = np.flatnonzero(bad & ~np.isnan(values))
        if not rows.size:
            continue
        row = rows[0] % len(table.names)
        cleared = f", {rule.cleared} as 0" if rule.cleared and values[rows[0]] > rule.high else ""
        message = (
            f"'{rule.name}' of the model of '{table.names[row]}' is {values[rows[0]]:g} at its size; "
            f"it counts as {held[rows[0]]:g}{cleared}, as the model's own check of its card has it"
        )
        world.warn(table.models[row].origin, message)
        if rule.cleared:
            above = rows[values[rows] > rule.high]
            _shift(columns, rule.cleared, above, -device.at_size(rule.cleared, columns)[above])
        _shift(columns, rule.name, rows, (held - values)[rows])


def _shift(columns: dict[str, np.ndarray], name: str, rows: np.ndarray, by: np.ndarray) -> None:
    """Change a column of some rows; the sizes' shares in it stay. Other columns may share its array."""
    columns[name] = columns[name].copy()
    columns[name][rows] += by
