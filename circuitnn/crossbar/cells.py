"""What sits at the crossings: conductances, compact models, stacks of them.

A cell is a value: which model, and its parameters as numbers or one number a crossing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.checks import numbers, place
from circuitnn.crossbar.stack import Part, Resistor, compose, find
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
class Complementary(Cell):
    """Signed weights: two cells of one kind, each on a bit line of its own, whose currents are subtracted.

    Every column of the array becomes a pair of bit lines: the cells of column j lie on line 2j (`positive`) and on
    line 2j + 1 (`negative`), and the column's output is the difference of the two lines' currents.

    Parameters
    ----------
    positive, negative : Cell or array_like
        Of one model; conductances [S] and parameters are numbers or of shape (rows, columns).
    scale : float
        Weight of a conductance: ``w = scale * (positive - negative)``. [1/S]
    """

    positive: Cell | ArrayLike
    negative: Cell | ArrayLike
    scale: float = 1.0

    @classmethod
    def from_weights(
        cls, weights: ArrayLike, g_min: float, g_max: float, largest: float | None = None
    ) -> Complementary:
        """Conductances of signed weights; of each pair, one cell carries the weight, the other is at `g_min`.

        g⁺ = g_min + max(w, 0) / scale, g⁻ = g_min + max(-w, 0) / scale, scale = largest / (g_max - g_min).

        Parameters
        ----------
        weights : array_like, shape (rows, columns)
        g_min, g_max : float
            Range of the cells. [S]
        largest : float, optional
            Weight that takes the whole range; the largest magnitude among `weights` by default.

        Raises
        ------
        AnalysisError
            For NaN, weights beyond `largest` (row and column are named), an empty range.
        """
        w = np.asarray(weights, dtype=float)
        if w.ndim != 2:
            raise AnalysisError(f"weights: shape {w.shape} is no matrix of rows and columns")
        w = numbers(w, "weight", [w.shape], AXES, low=-np.inf, infinite=False)
        if not 0.0 <= g_min < g_max < np.inf:
            raise AnalysisError(
                f"conductances from {g_min:g} to {g_max:g} S: 0 <= g_min < g_max, both finite, is needed"
            )
        most = float(np.max(np.abs(w), initial=0.0)) or 1.0 if largest is None else float(largest)
        if not 0.0 < most < np.inf:
            raise AnalysisError(f"largest = {most:g}: the weight of the whole range must be positive")
        beyond = np.argwhere(np.abs(w) > most)
        if len(beyond):
            i, j = beyond[0]
            raise AnalysisError(f"weight is {w[i, j]:g} at {place((i, j), AXES)}: beyond largest = {most:g}")
        scale = most / (g_max - g_min)
        return cls(
            Conductance(g_min + np.maximum(w, 0.0) / scale),
            Conductance(g_min + np.maximum(-w, 0.0) / scale),
            scale,
        )


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

    def __reduce__(self) -> tuple[object, ...]:
        """For other processes: models of stacks go as their recipes, no module has them."""
        model = getattr(self.model, "recipe", self.model)
        return _made, (model, dict(self.columns), self.conductance, self.gate)


def _made(
    model: type[Model] | tuple[str, tuple[str, ...], tuple[Part, ...]] | None,
    columns: Mapping[str, np.ndarray],
    conductance: np.ndarray | None,
    gate: str,
) -> Made:
    """Made cells as they come out of a pickle."""
    return Made(_registered(*model) if isinstance(model, tuple) else model, columns, conductance, gate)


def _registered(name: str, terminals: tuple[str, ...], parts: tuple[Part, ...]) -> type[Model]:
    """The model of a stack, known by its name from now on."""
    model = compose(name, terminals, parts)
    if known().get(model.name) is not model:
        register(model)
    return model


def as_cell(cell: Cell | ArrayLike | str) -> Cell:
    """Conductances for numbers, a device for the name of a model."""
    if isinstance(cell, Cell):
        return cell
    return Device(cell) if isinstance(cell, str) else Conductance(cell)


def behind_contact(cell: Cell, resistance: float) -> Cell:
    """The cell, if it is no conductance, with a contact resistance in series. [Ohm]"""
    if isinstance(cell, Complementary):
        one, two = (behind_contact(as_cell(part), resistance) for part in (cell.positive, cell.negative))
        return Complementary(one, two, cell.scale)
    if isinstance(cell, Conductance):
        return cell
    if isinstance(cell, Gated):
        return Gated(_in_series(cell.cell, resistance), cell.transistor, cell.along)
    return _in_series(cell, resistance)


def _in_series(cell: Cell, resistance: float) -> Cell:
    """A resistor more; a stack that has one gets no other, since that would be one more inner node."""
    if isinstance(cell, Conductance):
        own = np.asarray(cell.values, dtype=float)
        return Conductance(own / (1.0 + own * resistance))
    if isinstance(cell, Series):
        if _has_resistor(cell.second):
            return Series(cell.first, _in_series(cell.second, resistance))
        if _has_resistor(cell.first):
            return Series(_in_series(cell.first, resistance), cell.second)
    return Series(Conductance(1.0 / resistance), cell)


def _has_resistor(cell: Cell) -> bool:
    parts = (cell.first, cell.second) if isinstance(cell, Series) else ()
    return isinstance(cell, Conductance) or any(map(_has_resistor, parts))


def make(cell: Cell, rows: int, cols: int) -> Made:
    """Resolve and check a cell.

    Raises
    ------
    AnalysisError
        For unknown models and parameters, shapes that do not fit, values out of range.
    """
    if isinstance(cell, Complementary):
        return _interleaved(cell, rows, cols)
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


def _interleaved(cell: Complementary, rows: int, cols: int) -> Made:
    """Both cells of each pair beside each other, in columns of their own."""
    parts = []
    for which, part in (("positive", cell.positive), ("negative", cell.negative)):
        try:
            parts.append(make(as_cell(part), rows, cols))
        except AnalysisError as error:
            raise AnalysisError(f"{which} cells: {error}") from None
    one, two = parts
    if one.model is not two.model or one.gate != two.gate:
        kinds = " and ".join(p.model.name if p.model else "conductances" for p in parts)
        raise AnalysisError(f"the cells of a complementary pair are {kinds}: both must be of one model")

    def beside(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        if not a.ndim and not b.ndim and (a == b or (np.isnan(a) and np.isnan(b))):
            return a
        pair = np.broadcast_to(a, (rows, cols)), np.broadcast_to(b, (rows, cols))
        return np.stack(pair, axis=-1).reshape(rows, 2 * cols)

    columns = {name: beside(value, two.columns[name]) for name, value in one.columns.items()}
    linear = one.conductance is not None and two.conductance is not None
    conductance = beside(one.conductance, two.conductance) if linear else None  # type: ignore[arg-type]
    return Made(one.model, columns, conductance, one.gate)


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
    parts, given, name_of_all = [], {}, "stack"
    for k, (name, parameters) in enumerate(everything):
        count[name] = count.get(name, 0) + 1
        prefix = name if count[name] == 1 else f"{name}{count[name]}"
        here = "plus" if k == 0 else f"mid{k}"
        there = "minus" if k == len(everything) - 1 else f"mid{k + 1}"
        nodes: tuple[str, ...] = (here, there)
        if transistor and k == len(everything) - 1:
            nodes = (here, "gate", there, there)[: len(find(name).terminals)]
        merged = _merged(find(name), parameters)
        name_of_all += f"_{name}" + "".join(f"_without_{node}" for node in merged)
        parts.append((prefix, name, nodes, merged))
        given.update({f"{prefix}_{p}": value for p, value in _named(find(name), parameters).items()})
    return _registered(name_of_all, terminals, tuple(parts)), given


def _merged(model: type[Model], parameters: Mapping[str, ArrayLike]) -> tuple[str, ...]:
    """Inner nodes that are one with a terminal in every cell, as a diode's without series resistance."""
    given, own = _named(model, parameters), {p.name: p.default for p in model.parameters}
    return tuple(
        inner for inner, (_, p) in model.collapse.items() if np.all(np.asarray(given.get(p, own[p])) == 0.0)
    )


def _named(model: type[Model], parameters: Mapping[str, ArrayLike]) -> dict[str, ArrayLike]:
    """Parameters under the model's own names, aliases resolved; unknown ones are an error here."""
    own = {p.name: p for p in (*model.parameters, *model.instance_parameters)}
    names = {alias: p.name for p in own.values() for alias in (p.name, *p.aliases)}
    for name in parameters:
        if name not in names:
            raise AnalysisError(f"model {model.name} has no parameter '{name}'{nearest(name, list(names))}")
    return {names[name]: value for name, value in parameters.items()}
