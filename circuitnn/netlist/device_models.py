"""Compact models of devices: which model a card stands for, and what its parameters are called there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements import element
from circuitnn.elements.device import Device
from circuitnn.errors import nearest
from circuitnn.models import catalogue, known, levels, lookup
from circuitnn.models.nodes import of_nodes
from circuitnn.models.spread import spread_parameters
from circuitnn.netlist.bins import EDGES
from circuitnn.netlist.definition import ModelCard, Table, Value
from circuitnn.netlist.instance_temperatures import takes_temperature
from circuitnn.netlist.parameters import Environment, World

if TYPE_CHECKING:
    from circuitnn.models.model import Model, Parameter


def device_of(table: Table) -> Device:
    """The element of a table of devices."""
    device = element(table.kind[0])
    assert isinstance(device, Device)
    return device


def device_models(environment: Environment, table: Table) -> Iterator[tuple[type[Model], Table]]:
    """Find the compact models of a table of devices and the rows of each; cards of one type may differ in level.

    A row whose model is unknown is left out and reported.
    """
    cards = {id(c): c for c in table.models}
    letter = device_of(table).letter
    by_card = {
        k: _model_of(environment, letter, card.bins[0] if card.bins else card) for k, card in cards.items()
    }
    if letter == "n":  # other cards name the nodes that they need
        by_card = {k: None if m is None else of_nodes(m, table.stride) for k, m in by_card.items()}
    models = list(dict.fromkeys(m for m in by_card.values() if m is not None))
    if len(models) == 1 and None not in by_card.values():
        yield models[0], table
        return
    for model in models:
        rows = [row for row, card in enumerate(table.models) if by_card[id(card)] is model]
        yield model, table.part(rows)


def kinds(
    model: type[Model], table: Table, columns: dict[str, np.ndarray], count: int, world: World
) -> Iterator[tuple[type[Model], np.ndarray]]:
    """Models of devices whose parameters are known, and the rows of each, of `count`."""
    if model.vanishing is None:
        yield from model.kinds(columns, count)
        return
    from circuitnn.models.logit import ends, parted  # few decks ask for it

    parameter, _ = model.vanishing
    for kind, rows in parted(model, columns, count):
        for row in rows[ends(kind, columns)[rows]][:1] if kind is not model else ():
            name, value = str(kind.states[-1].initial), columns[parameter][row]
            world.warn(
                table.origins[row % len(table.names)],
                f"'{table.names[row % len(table.names)]}' starts at {name} = {columns[name][row]:g}, where "
                f"{parameter} {value:g} vanishes: its state stays there",
            )
        yield kind, rows


def _model_of(environment: Environment, letter: str, card: ModelCard) -> type[Model] | None:
    """Find the compact model of a card."""
    world, supported = environment.world, levels(letter, card.type)
    level: float = 1.0
    stated = (card.parameters or {}).get("level")
    if supported and stated is not None:
        # not np.unique, which imports numpy.ma (20 ms)
        given = set(np.ravel(environment.value(stated, card.origin, card.owner)).tolist())
        if len(given) > 1:
            message = f"model '{card.name}': its level differs from instance to instance of the subcircuit"
            world.fault(card.origin, message, "level")
            return None
        level = float(given.pop())
    model = lookup(letter, card.type, level)
    if model is None and supported and getattr(element(letter), "lenient", False):
        message = f"model '{card.name}': level {level:g} of type '{card.type}' is taken as level 1, as ngspice takes it"
        world.warn(card.origin, message)
        model = lookup(letter, card.type)
    if model is not None and model.fuller is not None:
        names, other = model.fuller
        if any((card.parameters or {}).get(name, 0.0) != 0.0 for name in names):
            model = lookup(letter, card.type, other)
    if model is not None and model.instead is not None:
        names, type_ = model.instead
        if any(name in (card.parameters or {}) for name in names):
            model = lookup(letter, type_)
    if model is None and supported:
        listed = ", ".join(map(str, supported))
        message = (
            f"model '{card.name}': level {level:g} of type '{card.type}' is not supported, only {listed}; later "
            "compact models are read from their Verilog-A files (.hdl)"
        )
        world.fault(card.origin, message, "level")
    elif model is None:
        world.fault(card.origin, f"models of type '{card.type}' are not supported", card.type)
    if world.conserving and letter == "m" and model is not None:
        from circuitnn.models.semiconductors.mosfet_charge import with_charges  # few decks ask for it

        return with_charges(model)
    return model


def part_of_cell(environment: Environment, card: ModelCard) -> tuple[type[Model], dict[str, Value]] | None:
    """Find the compact model of the card of an array's cells, and the card's parameters by the model's names.

    If there is no such model, report it and return None.
    """
    letter = next(m.letter for m in known().values() if card.type in m.types())
    model, device = _model_of(environment, letter, card), element(letter)
    if model is None:
        return None
    assert isinstance(device, Device)
    world = environment.world
    for name in card.parameters or {}:
        if takes_temperature(name, model, world):
            message = f"'{name}' of model '{card.name}' has no effect on cells of arrays: give the array one"
            world.warn(card.origin, message)
    spreads = spread_parameters(model, [*(card.parameters or {})]) if device.ours else ()
    sizes = tuple(p for p in model.instance_parameters if p.name in device.sizes_on_cards)
    parameters = (*model.parameters, *spreads, *sizes)
    return model, parameters_of(card, model, parameters, device, environment.world)


@cache
def instance_words(letter: str) -> frozenset[str]:
    """Words that instances of the built-in devices of a letter may give."""
    words: set[str] = set()
    for model in catalogue().values():
        if model.letter == letter:
            words |= {word for p in model.instance_parameters for word in (p.name, *p.aliases)}
            words |= model.instance_warned.keys() | model.flags.keys()
    return frozenset(words)


def parameters_of(
    card: ModelCard, model: type[Model], parameters: tuple[Parameter, ...], device: Device, world: World
) -> dict[str, Value]:
    """Translate parameters of a model card to the names used by the model."""
    own = {name: p.name for p in parameters for name in (p.name, *p.aliases)}
    translated: dict[str, Value] = {}
    lacking = model.lacking(card.parameters or {})
    unknown: list[str] = []  # words of SPICE's models that a module in their place does not know
    for name, value in (card.parameters or {}).items():
        if name in lacking:
            world.warn(card.origin, f"'{name}' of model '{card.name}' is ignored: {lacking[name]}")
        elif name in own:
            translated[own[name]] = value
        elif name in model.warned:
            if name in model.switches and value == 0.0:
                continue
            world.warn(card.origin, f"'{name}' of model '{card.name}' is ignored: {model.warned[name]}")
        elif name in device.sizes_on_cards and any(name == p.name for p in model.instance_parameters):
            continue  # a size of instances
        elif takes_temperature(name, model, world):
            continue
        elif name in EDGES and {*EDGES} <= card.texts.keys() and card.name.rpartition(".")[2].isdigit():
            continue  # bin edges: they only select the card
        elif name in model.refused:
            message = f"'{name}' of model '{card.name}' is not supported: {model.refused[name]}"
            world.fault(card.origin, message, name)
        elif name in (bound.name for bound in model.bounds):
            continue  # safe operating areas are not checked in cells of arrays
        elif name not in model.ignored and name not in device.harmless_of_models:
            message = f"model '{card.name}' has no parameter '{name}'{nearest(name, list(own))}"
            if card.spice and name not in card.altered:
                unknown.append(name)
            elif device.ours or name in card.altered:
                world.fault(card.origin, message, name)
            else:  # cards of vendors contain parameters of many simulators
                world.warn(card.origin, f"{message}; it is ignored")
    if unknown:
        message = f"the module of model '{card.name}' has no parameter {', '.join(unknown)}: ignored"
        world.warn(card.origin, message)
    return {**translated, **model.variants.get(card.type, {})}
