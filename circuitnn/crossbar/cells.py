"""Cells in the form that solvers need: one model, every parameter as numbers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.bias import ALONG
from circuitnn.crossbar.checks import checked, numbers
from circuitnn.crossbar.crossing import AXES, Cell, Complementary, Conductance, Device, Gated, Series, as_cell
from circuitnn.crossbar.stack import SHARED, Part, Resistor, compose, find
from circuitnn.errors import AnalysisError, DeckWarning, nearest
from circuitnn.models import Model, Parameter, known, register
from circuitnn.models.dependence import without_temperature
from circuitnn.models.logit import logit


@dataclass(frozen=True, eq=False)
class SolverCell:
    """A cell in the form that solvers need.

    Parameters
    ----------
    model : type of Model or None
        None for linear cells.
    columns : mapping of str to ndarray
        Every parameter, scalar or of shape (rows, columns).
    conductance : ndarray, shape (rows, columns)
        Of linear cells; otherwise the conductance in parallel with the device (stuck cells). [S]
    gate : str
        ``""``, ``"rows"`` or ``"columns"``.
    """

    model: type[Model] | None
    columns: Mapping[str, np.ndarray]
    conductance: np.ndarray | None
    gate: str = ""

    @property
    def kind(self) -> str:
        """Name of the model, or ``conductances``."""
        return self.model.name if self.model else "conductances"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle for other processes: models of stacks are sent as recipes, since no module defines them."""
        model = getattr(self.model, "recipe", self.model)
        return _unpickled, (model, dict(self.columns), self.conductance, self.gate)


def _unpickled(
    model: type[Model] | tuple[str, tuple[str, ...], tuple[Part, ...]] | None,
    columns: Mapping[str, np.ndarray],
    conductance: np.ndarray | None,
    gate: str,
) -> SolverCell:
    """Unpickle cells."""
    return SolverCell(_registered(*model) if isinstance(model, tuple) else model, columns, conductance, gate)


def _registered(name: str, terminals: tuple[str, ...], parts: tuple[Part, ...]) -> type[Model]:
    """The model of a stack, registered under its name."""
    model = compose(name, terminals, parts)
    if known().get(model.name) is not model:
        register(model)
    return model


def make(cell: Cell, rows: int, cols: int) -> SolverCell:
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
        return SolverCell(None, {}, values)
    model, parameters_by_name, gate = _resolve(cell)
    parameters = _parameters(model)
    columns = {
        name: checked(parameters[name], value, (rows, cols))
        for name, value in _named(model, parameters_by_name).items()
    }
    message = without_temperature(model, "the cells") if "temp" in columns else ""
    if message:
        warnings.warn(message, DeckWarning, stacklevel=2)
    _warn_vanishing(model, columns)
    for p in parameters.values():
        if p.name not in columns and not isinstance(p.default, str):
            columns[p.name] = np.asarray(p.default, dtype=float)
    for p in parameters.values():  # a default may be another parameter's value
        if p.name not in columns:
            columns[p.name] = columns[str(p.default)]
    return SolverCell(_kind(model, columns, rows, cols), columns, None, gate)


def _kind(model: type[Model], columns: Mapping[str, np.ndarray], rows: int, cols: int) -> type[Model]:
    """The model for these parameters: where parameters choose between equations, all cells must choose the same."""
    flat = {name: np.broadcast_to(column, (rows, cols)).reshape(-1) for name, column in columns.items()}
    kind, *others = (kind for kind, _ in model.kinds(flat, rows * cols))
    if others:
        raise AnalysisError(
            f"the parameters of {model.name} ask for different equations in different cells; an array has cells of one "
            "kind, a flat deck may mix them"
        )
    return kind


def _warn_vanishing(model: type[Model], columns: Mapping[str, np.ndarray]) -> None:
    """Warn where the state's own variable cannot tell how close it is to an end of its range."""
    if model.vanishing is None or logit(model) or model.vanishing[0] not in columns:
        return
    parameter, values = model.vanishing
    if np.any(np.isin(columns[parameter], values)):
        message = (
            f"cells with {parameter} {', '.join(f'{v:g}' for v in values)}: their state comes no closer than about "
            f"1e-4 to an end of its range and returns from there too soon; Device('{model.name}_logit') follows it"
        )
        warnings.warn(message, DeckWarning, stacklevel=3)


def with_value(
    cells: SolverCell,
    crossing: tuple[int, int],
    value: ArrayLike,
    parameter: str | None,
    shape: tuple[int, int],
) -> SolverCell:
    """The cells with one value of a parameter changed; parameters whose default is that parameter follow it.

    Raises
    ------
    AnalysisError
        If there is no such parameter, or the value is out of its range.
    """
    assert cells.model is not None
    parameters = _parameters(cells.model)
    name = names_of(cells.model).get(parameter or "")
    if name is None:
        near = nearest(str(parameter), list(cells.columns))
        raise AnalysisError(f"parameter = {parameter!r}: one of {', '.join(cells.columns)} is needed{near}")
    before = cells.columns[name]
    follow = (p for p in parameters if parameters[p].default == name and cells.columns[p] is before)
    values = np.array(np.broadcast_to(before, shape))
    values[crossing] = checked(parameters[name], value, ())
    return replace(cells, columns={**cells.columns, **dict.fromkeys((name, *follow), values)})


def _interleaved(cell: Complementary, rows: int, cols: int) -> SolverCell:
    """Both cells of each pair in adjacent columns."""
    parts = []
    for which, part in (("positive", cell.positive), ("negative", cell.negative)):
        try:
            parts.append(make(as_cell(part), rows, cols))
        except AnalysisError as error:
            raise AnalysisError(f"{which} cells: {error}") from None
    positive, negative = parts
    if positive.model is not negative.model or positive.gate != negative.gate:
        kinds = " and ".join(p.kind for p in parts)
        raise AnalysisError(f"the cells of a complementary pair are {kinds}: both must be of one model")

    def beside(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        if not a.ndim and not b.ndim and (a == b or (np.isnan(a) and np.isnan(b))):
            return a
        pair = np.broadcast_to(a, (rows, cols)), np.broadcast_to(b, (rows, cols))
        return np.stack(pair, axis=-1).reshape(rows, 2 * cols)

    columns = {name: beside(value, negative.columns[name]) for name, value in positive.columns.items()}
    linear = positive.conductance is not None and negative.conductance is not None
    conductance = beside(positive.conductance, negative.conductance) if linear else None  # type: ignore[arg-type]
    return SolverCell(positive.model, columns, conductance, positive.gate)


def _resolve(cell: Cell) -> tuple[type[Model], dict[str, ArrayLike], str]:
    """The model of a cell, its given parameters, and the direction of its gate line."""
    if isinstance(cell, Device):
        return _two_terminals(cell.model), dict(cell.parameters), ""
    if isinstance(cell, Series):
        parts = [*_parts(cell.first), *_parts(cell.second)]
        return (*_stacked(parts, ("plus", "minus"), []), "")
    if isinstance(cell, Gated):
        if not isinstance(cell.transistor, Device):
            raise AnalysisError(f"transistor = {cell.transistor!r}: must be a Device, as Device('ekv')")
        transistor = _lookup(cell.transistor.model)
        if len(transistor.terminals) not in (3, 4) or transistor.terminals[1] == "minus":
            raise AnalysisError(
                f"model {transistor.name} has no gate: its terminals are {', '.join(transistor.terminals)}"
            )
        if cell.along not in ALONG:
            raise AnalysisError(f"gate lines run along 'rows' or 'columns', not {cell.along!r}")
        last = (transistor.name, dict(cell.transistor.parameters))
        return (*_stacked(_parts(cell.cell), ("plus", "minus", "gate"), [last]), cell.along)
    raise AnalysisError(f"{type(cell).__name__} is not a cell of an array")


def _lookup(name: str) -> type[Model]:
    if not isinstance(name, str) or name not in known():
        raise AnalysisError(f"there is no model {name}{nearest(str(name), list(known()))}")
    return known()[name]


def _two_terminals(name: str) -> type[Model]:
    model = _lookup(name)
    if model.control or len(model.terminals) != 2:
        raise AnalysisError(
            f"model {model.name} has terminals {', '.join(model.terminals)}: a cell has two; Gated(), or "
            "gate= on a .crossbar card, takes transistors"
        )
    return model


def _parts(cell: Cell) -> list[tuple[str, dict[str, ArrayLike]]]:
    """Models of a stack, starting at the word line, with their parameters."""
    if isinstance(cell, Series):
        return [*_parts(cell.first), *_parts(cell.second)]
    if isinstance(cell, Device):
        return [(_two_terminals(cell.model).name, dict(cell.parameters))]
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
    """Model of a chain of parts, a transistor last, and the parameters under their new names."""
    everything = [*chain, *transistor]
    count: dict[str, int] = {}
    parts, renamed, name_of_all = [], {}, "stack"
    for k, (name, parameters) in enumerate(everything):
        count[name] = count.get(name, 0) + 1
        if find(name).kinds.__func__ is not Model.kinds.__func__:  # type: ignore[attr-defined]
            raise AnalysisError(
                f"{name}: a module of Verilog-A cannot be part of a stack yet; write the whole cell as a module"
            )
        prefix = name if count[name] == 1 else f"{name}{count[name]}"
        here = "plus" if k == 0 else f"mid{k}"
        there = "minus" if k == len(everything) - 1 else f"mid{k + 1}"
        nodes: tuple[str, ...] = (here, there)
        if transistor and k == len(everything) - 1:
            nodes = (here, "gate", there, there)[: len(find(name).terminals)]
        merged = _merged(find(name), parameters)
        name_of_all += f"_{name}" + "".join(f"_without_{node}" for node in merged)
        parts.append((prefix, name, nodes, merged))
        values = _named(find(name), parameters)
        for shared in SHARED & values.keys():
            raise AnalysisError(
                f"'{shared}' of {name} in a cell of several parts: these have one temperature, that of the array "
                "(temp=…), and are not multiplied"
            )
        renamed.update({f"{prefix}_{p}": value for p, value in values.items()})
    return _registered(name_of_all, terminals, tuple(parts)), renamed


def _merged(model: type[Model], parameters: Mapping[str, ArrayLike]) -> tuple[str, ...]:
    """Inner nodes merged with a terminal in every cell, such as a diode's without series resistance."""
    card = _named(model, parameters)
    declared = _parameters(model)

    def value(name: str) -> ArrayLike:  # a default may be another parameter's value
        nominal = card.get(name, declared[name].default)
        return value(nominal) if isinstance(nominal, str) else nominal

    return tuple(inner for inner, (_, p) in model.collapse.items() if np.all(np.asarray(value(p)) == 0.0))


def _parameters(model: type[Model]) -> dict[str, Parameter]:
    """Parameters of a model's cards and instances by name."""
    return {p.name: p for p in (*model.parameters, *model.instance_parameters)}


def names_of(model: type[Model]) -> dict[str, str]:
    """Own name of each parameter of a model by all its names."""
    declared = _parameters(model)
    names = {alias: name for name, p in declared.items() for alias in p.aliases}
    return names | {
        name: name for name in declared
    }  # a diode's m is its grading coefficient, not the multiplier


def _named(model: type[Model], parameters: Mapping[str, ArrayLike]) -> dict[str, ArrayLike]:
    """Parameters under the model's own names, aliases resolved; unknown and repeated ones are an error."""
    names = names_of(model)
    named: dict[str, ArrayLike] = {}
    for name, value in parameters.items():
        if name not in names:
            raise AnalysisError(f"model {model.name} has no parameter '{name}'{nearest(name, list(names))}")
        if names[name] in named:
            raise AnalysisError(
                f"parameter '{names[name]}' of {model.name} is given twice, the second time as '{name}'"
            )
        named[names[name]] = value
    return named
