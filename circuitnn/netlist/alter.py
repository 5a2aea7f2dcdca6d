"""Change values of a flat circuit."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from math import nan

import numpy as np

from circuitnn.constants import ABSOLUTE_ZERO
from circuitnn.elements import copies, element, too_few
from circuitnn.elements.card import CardError
from circuitnn.elements.waveform_numbers import doubtful, finished
from circuitnn.elements.waveforms import WAVEFORMS, scaled
from circuitnn.errors import AnalysisError, DeckWarning, nearest
from circuitnn.flat import Devices, Elements, FlatCircuit
from circuitnn.models import named
from circuitnn.models.dependence import without_temperature
from circuitnn.netlist.definition import Deck, ModelCard
from circuitnn.netlist.ranges import outside, range_fault
from circuitnn.records import replace

Number = float | tuple[float, ...]


def altered(flat: FlatCircuit, changes: Mapping[tuple[str, str], Number]) -> FlatCircuit:
    """Return a copy of a circuit with some values changed.

    Parameters
    ----------
    flat : FlatCircuit
    changes : mapping of (str, str) to float or tuple of float
        (name of the element or device, name of the quantity) → new value. An empty quantity means the main
        one: resistance, dc value, gain, … A waveform of a source takes all its numbers at once:
        ``("v1", "pulse")`` → ``(0.0, 1.0, 1e-9)``.

    Raises
    ------
    AnalysisError
        There is no such element or number.
    """
    tables: list[Elements | Devices] = [*flat.elements, *flat.devices]
    for (name, key), value in changes.items():
        k = _table_of(tables, name)
        if isinstance(value, tuple):
            tables[k] = _with_waveform(tables[k], name, key, value)
        else:
            tables[k] = _with_value(tables[k], name, key, value)
    return replace(
        flat,
        elements=tuple(t for t in tables if isinstance(t, Elements)),
        devices=tuple(t for t in tables if isinstance(t, Devices)),
    )


def value_of(flat: FlatCircuit, name: str, key: str) -> float:
    """Return a value of an element or device, by the names that `altered` takes.

    Raises
    ------
    AnalysisError
        There is no such element or number.
    """
    tables: list[Elements | Devices] = [*flat.elements, *flat.devices]
    table = tables[_table_of(tables, name)]
    values = values_of(table, key)
    if values is None:
        raise AnalysisError(f"{name} has no number '{key}'{nearest(key, list(_columns(table)))}")
    return float(values[table.names.index(name)])


def values_of(table: Elements | Devices, key: str) -> np.ndarray | None:
    """Return a value of each of a table's elements or devices, of one copy; None if they have none of this name."""
    columns, column = _columns(table), _column(table, key)
    if column not in columns:
        return None
    values = np.broadcast_to(columns[column], len(table.names))
    if not isinstance(table, Elements):
        return values
    if element(table.kind).source and column == element(table.kind).main:
        values = np.nan_to_num(values)  # a source that has only a waveform
    return values / copies(table, column)


def model_of(deck: Deck, name: str) -> ModelCard | None:
    """Find the model card of a device.

    Parameters
    ----------
    deck : Deck
    name : str
        Flat name (``q.x1.q1``).

    Returns
    -------
    ModelCard or None
        None if it has no model.
    """
    definition, own = deck.home(name)
    for table in definition.tables.values() if definition is not None else ():
        if table.models and own in table.names:
            return table.models[table.names.index(own)]
    return None


def _table_of(tables: Sequence[Elements | Devices], name: str) -> int:
    """Number of the table that has an element.

    Raises
    ------
    AnalysisError
        None has it.
    """
    for k, table in enumerate(tables):
        if name in table.names:
            return k
    known = [n for table in tables for n in table.names]
    raise AnalysisError(f"there is no element {name}{nearest(name, known)}")


def _columns(table: Elements | Devices) -> Mapping[str, np.ndarray]:
    return table.values if isinstance(table, Elements) else table.columns


def _column(table: Elements | Devices, key: str) -> str:
    """Map the name used in a deck to a column; no name means the main value."""
    if key in _columns(table):
        return key
    if key == "m":
        return "multiplier"
    if isinstance(table, Devices):
        return key
    return element(table.kind).aliases.get(key, key) if key else element(table.kind).main


def _with_waveform(table: Elements | Devices, name: str, kind: str, values: tuple[float, ...]) -> Elements:
    if not isinstance(table, Elements) or not element(table.kind).source or kind not in WAVEFORMS:
        known = ", ".join(WAVEFORMS)
        raise AnalysisError(f"{name} {kind}: only waveforms of sources ({known}) take several numbers")
    low, high = WAVEFORMS[kind]
    if not low <= len(values) <= high or (kind == "pwl" and len(values) % 2):
        raise AnalysisError(f"{kind} of {name} takes {low} to {high} numbers, {len(values)} given")
    try:
        waveform = finished(kind, [nan, 0.0, *values])
    except CardError as error:
        raise AnalysisError(f"{name}: {error}") from None
    doubt = doubtful(kind, [*values])
    if doubt:
        warnings.warn(f"{name}: {doubt}", DeckWarning, stacklevel=2)
    row = table.names.index(name)
    waveforms = list(table.each_waveform)
    waveforms[row] = scaled(waveform, float(copies(table, "dc")[row]))
    return replace(table, waveforms=tuple(waveforms))


def _checked(table: Elements | Devices, row: int, column: str, value: float) -> tuple[float, str]:
    """Return the value as the element reads it, and an error message (empty if it is valid)."""
    if isinstance(table, Elements):
        if column == "temp" and value <= ABSOLUTE_ZERO:
            return value, f"temp = {value:g} °C is at or below absolute zero"
        columns = {name: values[row : row + 1] for name, values in table.values.items()}
        columns[column] = np.array([value])
        doubt = element(table.kind).doubts(columns, table.controls[row : row + 1])
        if doubt is not None:
            warnings.warn(f"{table.names[row]}: {doubt[1]}", DeckWarning, stacklevel=2)
        bad, why = element(table.kind).senseless(columns, table.controls[row : row + 1])
        return float(columns[column][0]), why if bad.any() else ""
    model = named(table.model)
    parameters = (p for p in (*model.parameters, *model.instance_parameters) if p.name == column)
    faults = (range_fault(p, value) for p in parameters if outside(p, np.array([value])).size)
    return value, next(faults, "")


def _with_value(table: Elements | Devices, name: str, key: str, value: float) -> Elements | Devices:
    columns, column = _columns(table), _column(table, key)
    if isinstance(table, Elements):
        if column == "acmag" and "acphase" in columns:
            columns = {**columns, "acphase": np.nan_to_num(columns["acphase"])}
        if column == "multiplier" and element(table.kind).parallel:
            return _with_copies(table, name, value)
    if column not in columns:
        if not column:
            raise AnalysisError(f"say which parameter of {name} to alter")
        raise AnalysisError(f"{name} has no number '{key}' to alter{nearest(key, list(columns))}")
    changed = np.array(np.broadcast_to(columns[column], len(table.names)), dtype=float)
    row = table.names.index(name)
    value, problem = _checked(table, row, column, value)
    if problem:
        raise AnalysisError(f"{name}: {problem}")
    changed[row] = value * (copies(table, column)[row] if isinstance(table, Elements) else 1.0)
    if isinstance(table, Elements):
        return replace(table, values={**columns, column: changed})
    message = without_temperature(named(table.model), name) if column == "temp" else ""
    if message:
        warnings.warn(message, DeckWarning, stacklevel=2)
    _check_form(table, row, column, value)
    return replace(table, columns={**columns, column: changed})


def _check_form(table: Devices, row: int, column: str, value: float) -> None:
    """Refuse a value for which the device has another state."""
    model = named(table.model)
    if model.vanishing is None or column != model.vanishing[0]:
        return
    before = float(np.broadcast_to(table.columns[column], len(table.names))[row])
    if (before in model.vanishing[1]) != (value in model.vanishing[1]):
        raise AnalysisError(
            f"{table.names[row]}: with {column} = {value:g} its state is another one than with {before:g}; "
            "change the card and run the circuit again"
        )


def _with_copies(table: Elements, name: str, value: float) -> Elements:
    """The table with `value` copies of an element in parallel."""
    if not value > 0.0:
        raise AnalysisError(f"{name}: {too_few(value)}")
    row = table.names.index(name)
    m = np.array(table.values.get("multiplier", np.ones(len(table.names))))
    ratio, m[row] = value / m[row], value
    values = {**table.values, "multiplier": m}
    for column, power in element(table.kind).parallel.items():
        if column not in values:
            continue
        values[column] = np.array(table.values[column])
        values[column][row] *= ratio**power
    waveforms = list(table.waveforms)
    moving = waveforms[row] if waveforms else None
    if moving is not None:
        waveforms[row] = scaled(moving, ratio)
    return replace(table, values=values, waveforms=tuple(waveforms))
