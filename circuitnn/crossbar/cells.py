"""What sits at the crossings: conductances, compact models, stacks of them.

A cell is a value: which model, and its parameters as numbers or one number a crossing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.stack import Resistor, compose, find
from circuitnn.errors import AnalysisError, nearest
from circuitnn.models import Model, known, register

AXES = ("row", "column")


class Cell:
    """Base of all cells."""

    def then(self, other: Cell) -> Series:
        """This cell at the word line, another one in series at the bit line."""
        return Series(self, other)


@dataclass(frozen=True, eq=False)
class Conductance(Cell):
    """Linear cells (1R).

    Parameters
    ----------
    values : array_like, scalar or shape (rows, columns)
        0 is an open cell. [S]
    """

    values: ArrayLike


def Resistance(values: ArrayLike) -> Conductance:
    """Linear cells by resistance; infinity is an open cell. [Ohm]"""
    array = np.asarray(values, dtype=float)
    bad = ~(array > 0.0)
    if np.any(bad):
        index = tuple(int(k) for k in np.argwhere(bad)[0])
        at = f" at row {index[0]}, column {index[1]}" if len(index) == 2 else ""
        raise AnalysisError(
            f"cell resistance is {float(array[index]):g}{at}: must be positive (Faults() makes shorts)"
        )
    return Conductance(1.0 / array)


@dataclass(frozen=True, eq=False, init=False)
class Device(Cell):
    """Cells of one compact model.

    Parameters
    ----------
    model : str
        Name of a model, see ``circuitnn models``.
    **parameters : array_like
        Its parameters (initial states among them), numbers or one a cell, shape (rows, columns).
    """

    model: str
    parameters: Mapping[str, ArrayLike] = field(default_factory=dict)

    def __init__(self, model: str, /, **parameters: ArrayLike) -> None:
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "parameters", parameters)


@dataclass(frozen=True, eq=False)
class Series(Cell):
    """Two cells in series (1S1R, 1D1R): `first` at the word line, `second` at the bit line."""

    first: Cell
    second: Cell


@dataclass(frozen=True, eq=False)
class Gated(Cell):
    """A cell in series with a transistor (1T1R), whose gate is on a line of its own.

    Parameters
    ----------
    cell : Cell
        At the word line.
    transistor : Device
        A model with gate: its first terminal is the inner node, its third the bit line; a fourth
        (bulk) is joined to the third.
    along : {"rows", "columns"}
        Whether cells of one row or of one column share a gate line.
    """

    cell: Cell
    transistor: Device
    along: str = "rows"


@dataclass(frozen=True, eq=False)
class Made:
    """A cell as the solvers want it.

    Parameters
    ----------
    model : type of Model or None
        None for linear cells.
    columns : mapping of str to ndarray
        Every parameter, scalar or of shape (rows, columns).
    conductance : ndarray, shape (rows, columns)
        Of linear cells, else of what lies beside the device (stuck cells). [S]
    gate : str
        ``""``, ``"rows"`` or ``"columns"``.
    """

    model: type[Model] | None
    columns: Mapping[str, np.ndarray]
    conductance: np.ndarray | None
    gate: str = ""


def as_cell(cell: Cell | ArrayLike | str) -> Cell:
    """Conductances for numbers, a device for the name of a model."""
    if isinstance(cell, Cell):
        return cell
    return Device(cell) if isinstance(cell, str) else Conductance(cell)


def make(cell: Cell, rows: int, cols: int) -> Made:
    """Resolve and check a cell.

    Raises
    ------
    AnalysisError
        For unknown models and parameters, shapes that do not fit, values out of range.
    """
    if isinstance(cell, Conductance):
        values = numbers(cell.values, "cell conductance [S]", [(rows, cols)], AXES, infinite=False)
        return Made(None, {}, values)
    model, given, gate = _resolve(cell)
    columns: dict[str, np.ndarray] = {}
    parameters = {p.name: p for p in (*model.parameters, *model.instance_parameters)}
    aliases = {alias: p.name for p in parameters.values() for alias in p.aliases}
    for name, value in given.items():
        own = aliases.get(name, name)
        if own not in parameters:
            raise AnalysisError(
                f"model {model.name} has no parameter '{name}'{nearest(name, list(parameters))}"
            )
        p = parameters[own]
        what = f"cell parameter '{own}'" + (f" [{p.unit}]" if p.unit else "")
        array = numbers(value, what, [(), (rows, cols)], AXES, low=p.low)
        beyond = np.argwhere(array > p.high)
        if len(beyond):
            at = f" at row {beyond[0][0]}, column {beyond[0][1]}" if array.ndim else ""
            raise AnalysisError(
                f"{what} is {float(array[tuple(beyond[0])]):g}{at}: must be at most {p.high:g}"
            )
        columns[own] = array
    for p in parameters.values():
        if p.name not in columns and not isinstance(p.default, str):
            columns[p.name] = np.asarray(p.default, dtype=float)
    for p in parameters.values():  # a default may be another parameter's value
        if p.name not in columns:
            columns[p.name] = columns[str(p.default)]
    return Made(model, columns, None, gate)


def _resolve(cell: Cell) -> tuple[type[Model], dict[str, ArrayLike], str]:
    """The model of a cell, what is given of its parameters, and where its gate line runs."""
    if isinstance(cell, Device):
        model = _lookup(cell.model)
        if model.control or len(model.terminals) != 2:
            raise AnalysisError(
                f"model {model.name} has terminals {', '.join(model.terminals)}: a cell has two; Gated() takes "
                "transistors"
            )
        return model, dict(cell.parameters), ""
    if isinstance(cell, Series):
        parts = [*_parts(cell.first), *_parts(cell.second)]
        return (*_stacked(parts, ("plus", "minus"), []), "")
    if isinstance(cell, Gated):
        transistor = _lookup(cell.transistor.model)
        if len(transistor.terminals) not in (3, 4):
            raise AnalysisError(
                f"model {transistor.name} has no gate: it has {len(transistor.terminals)} terminals"
            )
        if cell.along not in ("rows", "columns"):
            raise AnalysisError(f"gate lines run along 'rows' or 'columns', not {cell.along!r}")
        last = (transistor.name, dict(cell.transistor.parameters))
        return (*_stacked(_parts(cell.cell), ("plus", "minus", "gate"), [last]), cell.along)
    raise AnalysisError(f"{type(cell).__name__} is no cell of an array")


def _lookup(name: str) -> type[Model]:
    if name not in known():
        raise AnalysisError(f"there is no model {name}{nearest(name, list(known()))}")
    return known()[name]


def _parts(cell: Cell) -> list[tuple[str, dict[str, ArrayLike]]]:
    """Models of a stack from the word line on, with their parameters."""
    if isinstance(cell, Series):
        return [*_parts(cell.first), *_parts(cell.second)]
    if isinstance(cell, Device):
        return [(_lookup(cell.model).name, dict(cell.parameters))]
    if isinstance(cell, Conductance):
        with np.errstate(divide="ignore"):
            return [(Resistor.name, {"r": 1.0 / np.asarray(cell.values, dtype=float)})]
    raise AnalysisError(
        f"{type(cell).__name__} cannot be part of a stack: it takes Device(…), Resistance(…) or Conductance(…)"
    )


def _stacked(
    chain: list[tuple[str, dict[str, ArrayLike]]],
    terminals: tuple[str, ...],
    transistor: list[tuple[str, dict[str, ArrayLike]]],
) -> tuple[type[Model], dict[str, ArrayLike]]:
    """Model of parts in a chain, a transistor last; the parameters under their new names."""
    everything = [*chain, *transistor]
    count: dict[str, int] = {}
    parts, given = [], {}
    for k, (name, parameters) in enumerate(everything):
        count[name] = count.get(name, 0) + 1
        prefix = name if count[name] == 1 else f"{name}{count[name]}"
        here = "plus" if k == 0 else f"mid{k}"
        there = "minus" if k == len(everything) - 1 else f"mid{k + 1}"
        nodes: tuple[str, ...] = (here, there)
        if transistor and k == len(everything) - 1:
            nodes = (here, "gate", there, there)[: len(find(name).terminals)]
        parts.append((prefix, name, nodes))
        given.update({f"{prefix}_{p}": value for p, value in _named(find(name), parameters).items()})
    model = compose("stack_" + "_".join(name for name, _ in everything), terminals, tuple(parts))
    if known().get(model.name) is not model:
        register(model)
    return model, given


def _named(model: type[Model], parameters: Mapping[str, ArrayLike]) -> dict[str, ArrayLike]:
    """Parameters under the model's own names, aliases resolved; unknown ones are an error here."""
    own = {p.name: p for p in (*model.parameters, *model.instance_parameters)}
    names = {alias: p.name for p in own.values() for alias in (p.name, *p.aliases)}
    for name in parameters:
        if name not in names:
            raise AnalysisError(f"model {model.name} has no parameter '{name}'{nearest(name, list(names))}")
    return {names[name]: value for name, value in parameters.items()}
