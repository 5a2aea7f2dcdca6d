"""Spread from cell to cell: ``ron.dev=0.1`` lets every cell draw its own number, as instances do.

See `circuitnn.models.spread` for the distribution. A draw follows from the seed, the array's name, the cell's row and
bit line, the device's place in the cell and the parameter's name. It does not depend on the array's size or contacts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.checks import checked, numbers
from circuitnn.crossbar.crossing import AXES, Cell, Complementary, Device, Gated, Series, as_cell
from circuitnn.errors import AnalysisError
from circuitnn.models import Model, known
from circuitnn.models.spread import SUFFIX, cell_keys, spread_by

# Keys of all cells for the name of a random number, shape (rows, columns).
Keys = Callable[[str], np.ndarray]


def spreads(cell: Cell) -> bool:
    """Whether some parameter of some device varies randomly from cell to cell."""
    if isinstance(cell, Device):
        return any(name.endswith(SUFFIX) for name in cell.parameters)
    if isinstance(cell, Series):
        return spreads(cell.first) or spreads(cell.second)
    if isinstance(cell, Gated):
        return spreads(cell.cell) or spreads(cell.transistor)
    if isinstance(cell, Complementary):
        return spreads(as_cell(cell.positive)) or spreads(as_cell(cell.negative))
    return False


def drawn(cell: Cell, rows: int, cols: int, name: str, seed: int) -> Cell:
    """The cell with every spread parameter drawn, one number per cell, and without the spreads.

    Parameters
    ----------
    cell : Cell
    rows, cols : int
        Size of the array of cells; for complementary ones, columns are pairs of bit lines.
    name : str
        Name of the array.
    seed : int
    """
    if not spreads(cell):
        return cell
    if not isinstance(cell, Complementary):
        return _drawn(
            cell,
            (rows, cols),
            lambda parameter: cell_keys(seed, f"{name}.{parameter}", (rows, cols)),
            count(),
        )

    def drawn_part(part: Cell, which: int) -> Cell:
        def keys(parameter: str) -> np.ndarray:
            return cell_keys(seed, f"{name}.{parameter}", (rows, 2 * cols))[:, which::2]

        return _drawn(part, (rows, cols), keys, count())

    return Complementary(
        drawn_part(as_cell(cell.positive), 0), drawn_part(as_cell(cell.negative), 1), cell.scale
    )


def _drawn(cell: Cell, shape: tuple[int, int], keys: Keys, devices: count[int]) -> Cell:
    """Draw one cell; devices are numbered from the word line on."""
    if isinstance(cell, Series):
        first = _drawn(cell.first, shape, keys, devices)
        return Series(first, _drawn(cell.second, shape, keys, devices))
    if isinstance(cell, Gated):
        inner = _drawn(cell.cell, shape, keys, devices)
        transistor = _device(cell.transistor, shape, keys, next(devices))
        return replace(cell, cell=inner, transistor=transistor)
    return _device(cell, shape, keys, next(devices)) if isinstance(cell, Device) else cell


def _device(cell: Device, shape: tuple[int, int], keys: Keys, number: int) -> Device:
    """A device with its spread parameters drawn; spreads of unknown parameters stay, to be refused later."""
    model = known().get(cell.model)
    if model is None:
        return cell
    name_of = {alias: p.name for p in model.parameters for alias in (p.name, *p.aliases)}
    widths: dict[str, ArrayLike] = {}
    card: dict[str, ArrayLike] = {}
    for name, value in cell.parameters.items():
        plain = name.removesuffix(SUFFIX)
        if name.endswith(SUFFIX) and plain in name_of:
            widths[name_of[plain]] = value
        else:
            card[name_of.get(name, name)] = value
    if not widths:
        return cell
    columns = _nominal(model, card, shape)
    for name, value in widths.items():
        if np.any(np.isnan(columns[name])):
            raise AnalysisError(f"'{name}{SUFFIX}': {name} has no value that could be spread")
        columns[name + SUFFIX] = numbers(
            value, f"spread '{name}{SUFFIX}' of cells", [(), shape], AXES, infinite=False
        )
    values = spread_by(
        model,
        {name: np.broadcast_to(column, shape).ravel() for name, column in columns.items()},
        shape[0] * shape[1],
        lambda name: np.ascontiguousarray(keys(f"{number}.{name}")).ravel(),
    )
    for p in model.parameters:  # a parameter that follows another one follows its nominal value
        if p.name in widths or (p.name not in card and p.default in widths):
            card[p.name] = values[p.name].reshape(shape)
    return Device(cell.model, **card)


def _nominal(
    model: type[Model], card: Mapping[str, ArrayLike], shape: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Every parameter of the card, scalar or one number per cell."""
    columns = {p.name: checked(p, card[p.name], shape) for p in model.parameters if p.name in card}
    rest = [p for p in model.parameters if p.name not in card]
    columns |= {p.name: np.asarray(p.default, float) for p in rest if not isinstance(p.default, str)}
    return columns | {p.name: columns[p.default] for p in rest if isinstance(p.default, str)}
