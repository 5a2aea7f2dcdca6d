"""Columns of device tables: values of instances, else of model cards, else defaults."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.elements import too_few
from circuitnn.elements.element import MODEL
from circuitnn.errors import nearest
from circuitnn.models.bounds import bound_parameters
from circuitnn.models.dependence import idle
from circuitnn.models.spread import spread_parameters
from circuitnn.netlist import instance_sizes
from circuitnn.netlist.bins import chosen, flattened
from circuitnn.netlist.corrected import correct
from circuitnn.netlist.definition import ModelCard, Table, Value
from circuitnn.netlist.device_models import device_of, instance_words, parameters_of
from circuitnn.netlist.instance_temperatures import check_temperatures, set_temperatures
from circuitnn.netlist.local_models import model_numbers
from circuitnn.netlist.multiplicity import warn_nested
from circuitnn.netlist.parameters import Environment, World
from circuitnn.netlist.ranges import outside, range_fault

if TYPE_CHECKING:
    from circuitnn.elements.device import Device
    from circuitnn.models.model import Model, Parameter


class _Doubt(NamedTuple):
    """A value of a model parameter that is out of range: its row in the column, and the card's origin."""

    parameter: Parameter
    row: int
    origin: int


def device_columns(environment: Environment, table: Table, model: type[Model]) -> dict[str, np.ndarray]:
    """Evaluate every parameter of the model for every device in every instance.

    Parameters
    ----------
    environment : Environment
    table : Table
        Devices of one definition.
    model : type of Model
    """
    device, world = device_of(table), environment.world
    cards = flattened(table.models)
    used, rows = np.unique(_cards_of_rows(environment, table, model, cards), return_inverse=True)
    rows = rows.reshape(environment.count, len(table.names))
    cards = [cards[k] for k in used]  # foundries' models have hundreds of bins
    binned = any(card.bins for card in table.models)
    columns: dict[str, np.ndarray] = {}
    doubts: list[_Doubt] = []
    spreads = _spreads(model, cards, table) if device.ours else ()
    bounds = bound_parameters(model.bounds, [name for card in cards for name in card.parameters or {}])
    parameters = (*model.parameters, *spreads, *bounds)
    given = [parameters_of(card, model, parameters, device, world) for card in cards]
    own = _own_values(table, parameters) if device.ours else {}
    somewhere = set(own).union(*given)
    for parameter in parameters:
        key = parameter.name, environment.count
        if parameter.name not in somewhere:
            if isinstance(parameter.default, str):
                continue
            if key not in table.constant:
                table.constant[key] = np.full(environment.count * len(table.names), parameter.default)
        elif key not in table.constant:
            own_values = own.get(parameter.name, {})
            column, doubt = _column(environment, table, parameter, (cards, given, rows), own_values)
            doubts += doubt
            values = (*(names.get(parameter.name, 0.0) for names in given), *own_values.values())
            if doubt or binned or not all(isinstance(v, float) for v in values):
                columns[parameter.name] = column
                continue
            table.constant[key] = column
        columns[parameter.name] = table.constant[key]
    for parameter in model.parameters:  # a default may be another parameter's value
        if isinstance(parameter.default, str):
            other, known = columns[parameter.default], columns.get(parameter.name)
            columns[parameter.name] = other if known is None else np.where(np.isnan(known), other, known)
    _instance_columns(environment, table, model, spreads, columns, (cards, rows))
    _judge(model, device, columns, doubts, world)
    correct(model, device, table, columns, world)
    if device.parallel:
        _multiply(environment, table, columns)
    if (numbers := model_numbers(environment, table)) is not None:
        columns[MODEL] = numbers
    device.check(table, columns, world)
    return columns


def _cards_of_rows(
    environment: Environment, table: Table, model: type[Model], cards: list[ModelCard]
) -> np.ndarray:
    """Number of each device's card in each instance, shape (instances, devices); bins are chosen by size."""
    if not any(card.bins for card in table.models):
        number = {id(c): k for k, c in enumerate(cards)}
        rows = np.array([number[id(c)] for c in table.models], dtype=int)
        return np.broadcast_to(rows, (environment.count, len(rows)))
    sizes = {
        p.name: instance_sizes.size(environment, table, model, p)
        for p in (*model.instance_parameters, *model.parameters)  # a module has them all in one list
        if p.name in ("l", "w", "nf", "wnflag")
    }
    if lost := next((name for name in "lw" if name not in sizes), ""):
        message = f"model '{table.models[0].name}' has bins, but '{model.name}' has no size '{lost}' to choose them by"
        environment.world.fault(cards[0].origin, message, table.models[0].name)
        return np.zeros((environment.count, len(table.names)), dtype=int)
    width = sizes["w"]
    if "wnflag" in sizes:  # whether bins refer to the width of one finger
        width = np.where(sizes["wnflag"] > 0.5, width / sizes["nf"], width)
    return chosen(environment, table, cards, (sizes["l"], width))


def _column(
    environment: Environment,
    table: Table,
    parameter: Parameter,
    cards_of_rows: tuple[list[ModelCard], list[dict[str, Value]], np.ndarray],
    own: dict[int, Value],
) -> tuple[np.ndarray, list[_Doubt]]:
    """Evaluate one parameter for all devices in all instances."""
    cards, given, rows = cards_of_rows
    values = np.full((len(cards), environment.count), nan)
    for k, card in enumerate(cards):
        if parameter.name in given[k]:
            values[k] = environment.value(given[k][parameter.name], card.origin, card.owner)
        elif not isinstance(parameter.default, str):
            values[k] = parameter.default
    column = values[rows, np.arange(environment.count)[:, None]]
    origins = [c.origin for c in table.models]
    for row, value in own.items():
        origins[row] = table.origins[row]
        column[:, row] = environment.value(value, origins[row])
    column = column.reshape(-1)
    return column, _doubts(parameter, column, table, origins, environment.world)


def _spreads(model: type[Model], cards: list[ModelCard], table: Table) -> tuple[Parameter, ...]:
    """Parameters that spread others (``ron.dev``) and are given somewhere."""
    return spread_parameters(model, [*table.extras, *(name for c in cards for name in c.parameters or {})])


def _own_values(table: Table, parameters: tuple[Parameter, ...]) -> dict[str, dict[int, Value]]:
    """Values that instances give in place of those of the card: name → row → value."""
    values: dict[str, dict[int, Value]] = {}
    for parameter in parameters:
        for name in (parameter.name, *parameter.aliases):
            if name in table.extras and name != "m":
                values.setdefault(parameter.name, {}).update(table.extras[name])
    return values


def _multiply(environment: Environment, table: Table, columns: dict[str, np.ndarray]) -> None:
    """Replace m devices in parallel by one with scaled parameters."""
    m = instance_sizes.fill(environment, table, "m", np.ones((environment.count, len(table.names))))
    m = _times_outer(environment, table, m)
    for instance, row in np.argwhere(~(m > 0.0))[:1]:
        message = f"'{table.names[row]}': {too_few(m[instance, row])}"
        environment.world.fault(table.origins[row], message, "m")
    m = np.where(m > 0.0, m, 1.0)
    for name, power in device_of(table).parallel.items():
        columns[name] = columns[name] * m.reshape(-1) ** power


def _times_outer(environment: Environment, table: Table, m: np.ndarray) -> np.ndarray:
    """Copies of each device, shape (instances, devices), times those of the subcircuits they are in."""
    outer = np.broadcast_to(np.reshape(environment.multiplier, (-1, 1)), m.shape)
    warn_nested(environment.world, table.names, table.origins, m.reshape(-1), outer.reshape(-1))
    product: np.ndarray = m * outer
    return product


def _doubts(
    parameter: Parameter, values: np.ndarray, table: Table, origins: list[int], world: World
) -> list[_Doubt]:
    """Clip values out of range, or return the first that cannot be."""
    for index in outside(parameter, values)[:1]:
        origin = origins[index % len(table.names)]
        held = np.clip(values, parameter.low, parameter.high)
        if not parameter.clipped or outside(parameter, held).size:
            return [_Doubt(parameter, index, origin)]
        world.warn(origin, f"{range_fault(parameter, values[index])}; it counts as {held[index]:g}")
        values[:] = held
    return []


def _check_range(parameter: Parameter, values: np.ndarray, table: Table, world: World) -> None:
    """Clip or report values of an instance parameter."""
    for _, row, origin in _doubts(parameter, values, table, table.origins, world):
        world.fault(origin, range_fault(parameter, values[row]), parameter.name)


def _judge(
    model: type[Model], device: Device, columns: dict[str, np.ndarray], doubts: list[_Doubt], world: World
) -> None:
    """Report values out of range, or warn of them where others leave them without effect, and take the default."""
    for parameter, _, origin in doubts:
        values = device.at_size(parameter.name, columns)
        rows = outside(parameter, values)
        if not rows.size:
            continue
        message = range_fault(parameter, values[rows[0]])
        changing = {parameter.name, *model.memories}  # memories begin with a value, and do not stay there
        others = {name: column[rows] for name, column in columns.items() if name not in changing}
        known = {name: float(own[0]) for name, own in others.items() if np.all(own == own[0])}
        if not idle(model, parameter.name, known):
            world.fault(origin, message, parameter.name)
            continue
        world.warn(origin, f"{message}; it has no effect beside the other parameters")
        default = parameter.default
        columns[parameter.name][rows] = others[default] if isinstance(default, str) else default


def _instance_columns(
    environment: Environment,
    table: Table,
    model: type[Model],
    spreads: tuple[Parameter, ...],
    columns: dict[str, np.ndarray],
    cards_of_rows: tuple[list[ModelCard], np.ndarray],
) -> None:
    """Columns of instance parameters and memories."""
    extras, device, world = table.extras, device_of(table), environment.world
    shape = (environment.count, len(table.names))
    used = {"dtemp", "temp", "m", *(name for name, _, _ in device.initial)}
    if device.ours:
        used.update(name for p in (*model.parameters, *spreads) for name in (p.name, *p.aliases))
    for parameter in model.instance_parameters:
        names = (parameter.name, *parameter.aliases)
        used.update(names)
        if parameter.name in model.scaled:
            on_cards = cards_of_rows if parameter.name in device.sizes_on_cards else None
            size = instance_sizes.size(environment, table, model, parameter, on_cards)
            columns[parameter.name] = size.reshape(-1)
            _check_range(parameter, columns[parameter.name], table, world)
            continue
        column = np.full(shape, instance_sizes.usual(parameter, model, world))
        if parameter.name in device.sizes_on_cards:
            instance_sizes.from_cards(environment, parameter.name, cards_of_rows, column)
        for name in names:
            instance_sizes.fill(environment, table, name, column)
        if parameter.name == "multiplier":
            column = _times_outer(environment, table, column)
        if parameter.name == "temp":
            set_temperatures(environment, table, model, cards_of_rows, column)
        columns[parameter.name] = column.reshape(-1)
        _check_range(parameter, columns[parameter.name], table, world)
    check_temperatures(table, model, world)
    for name in (name for name, _, _ in device.initial if name in extras):
        columns[name] = instance_sizes.fill(environment, table, name, np.full(shape, nan)).reshape(-1)
    for memory, before in model.memories.items():
        if isinstance(before, int | float):  # computed ones wait until the parameters are complete
            columns[memory] = np.full(environment.count * len(table.names), float(before))
    for word, (target, value) in model.flags.items():
        if word in extras:
            columns[target] = columns[target].copy()  # it may be one of table.constant
        for row in extras.get(word, {}):
            columns[target].reshape(shape)[:, row] = value
    _report_unused(table, model, {*used, *model.flags}, world)


def _report_unused(table: Table, model: type[Model], used: set[str], world: World) -> None:
    """Warn of instance parameters without effect, and report unknown ones."""
    lacking: dict[int, list[str]] = {}  # words of SPICE's devices that a module in their place does not know
    for name, given in table.extras.items():
        row = next(iter(given))
        if name in model.instance_warned:
            message = f"'{name}' of '{table.names[row]}' is ignored: {model.instance_warned[name]}"
            world.warn(table.origins[row], message)
        elif name in used | device_of(table).harmless:
            continue
        elif all(_spice_knows(name, table.models[k]) for k in given):
            lacking.setdefault(row, []).append(name)
        else:
            message = f"'{table.names[row]}' has no parameter '{name}'{nearest(name, sorted(used))}"
            world.fault(table.origins[row], message, name)
    for row, names in lacking.items():
        message = (
            f"the module of '{table.names[row]}' has no parameter {', '.join(names)}, which "
            "SPICE's devices of this letter have: ignored"
        )
        world.warn(table.origins[row], message)


def _spice_knows(name: str, card: ModelCard) -> bool:
    """Whether instances of the SPICE devices whose model a module replaces may give this word."""
    letter = (card.bins[0] if card.bins else card).spice
    return bool(letter) and name in instance_words(letter)
