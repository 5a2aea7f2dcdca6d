"""Elaboration: a deck becomes a flat circuit. Each definition is processed once for all its instances.

Callers come before the subcircuits that they call. Instances are rows of arrays: node numbers follow from
indexing, parameters from the numpy back end, names from joining strings. A million cells of one subcircuit cost a
few array operations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from circuitnn.errors import Fault, NetlistError, nearest
from circuitnn.flat import Behavioural, Devices, Elements, FlatCircuit
from circuitnn.machine.text import lowered
from circuitnn.netlist.deck_order import place, renumber
from circuitnn.netlist.definition import Calls, Deck, Definition, Group, Table
from circuitnn.netlist.flatten import Flattener, flat_names, meters_of
from circuitnn.netlist.multiplicity import warn_nested
from circuitnn.netlist.parameters import Call, Environment, World
from circuitnn.netlist.statements import Statements
from circuitnn.records import replace
from circuitnn.units import number_of

MAX_ELEMENTS = 50_000_000
MAX_HIERARCHY = 100


def elaborate(
    deck: Deck,
    parameters: Mapping[str, float] | None = None,
    options: Mapping[str, float | str | bool] | None = None,
) -> FlatCircuit:
    """Turn a deck into a flat circuit.

    Parameters
    ----------
    deck : Deck
        From `parse` or `read`.
    parameters : mapping of str to float, optional
        Values that replace those of the top level's ``.param`` cards. ``temper`` replaces the
        temperature. [°C]
    options : mapping of str to float, str or bool, optional
        Options that replace those of ``.options`` cards. ``temp`` also replaces ``.temp`` cards; ``seed`` changes the
        random numbers.

    Returns
    -------
    FlatCircuit

    Raises
    ------
    NetlistError
        With every fault found.
    """
    return _flat(_world(deck, parameters, options))


def reread(
    deck: Deck,
    circuit: FlatCircuit,
    parameters: Mapping[str, float] | None = None,
    options: Mapping[str, float | str | bool] | None = None,
) -> FlatCircuit:
    """Make a flat circuit whose deck has other analyses, measures or output cards; its elements are shared.

    Parameters
    ----------
    deck : Deck
    circuit : FlatCircuit
        From the same deck apart from those cards, and for the same `parameters` and `options`.
    parameters : mapping of str to float, optional
        Values in place of those of the top level's ``.param`` cards. [SI]
    options : mapping of str to float, str or bool, optional
        In place of those of ``.options`` cards.

    Returns
    -------
    FlatCircuit

    Raises
    ------
    NetlistError
        With every fault of the cards.
    """
    root = Environment(_world(deck, parameters, options), deck.root, [])
    statements = Statements(deck, root)
    statements.conditions()
    statements.read(circuit.elements)
    deck.sources.check()
    return _saving(
        replace(
            circuit,
            title=deck.title,
            watched=deck.watched,
            analyses=tuple(statements.analyses),
            refused=tuple(statements.refused),
            steps=tuple(statements.steps),
            saves=tuple(statements.saves),
            prints=tuple(statements.prints),
            measures=tuple(statements.measures),
            fouriers=tuple(statements.fouriers),
        ),
        statements,
    )


def _world(
    deck: Deck,
    parameters: Mapping[str, float] | None,
    options: Mapping[str, float | str | bool] | None,
) -> World:
    """Settings of an elaboration, which begins without faults."""
    deck.sources.faults.clear()
    overrides = {lowered(name): number_of(value, name) for name, value in (parameters or {}).items()}
    return World(deck, overrides, options=options or {})


def elaborated(
    deck: Deck, parameters: Mapping[str, float], options: Mapping[str, float | str | bool]
) -> tuple[FlatCircuit, list[Environment], Flattener]:
    """Turn a deck into a flat circuit, as `elaborate` does; also returns what it was made with."""
    return _parts(_world(deck, parameters, options))


def more_faults(deck: Deck) -> None:
    """Report the faults that elaboration finds in a deck whose cards have faults already."""
    try:
        _flat(World(deck, partial=True))
    except NetlistError as error:
        deck.sources.faults[:] = list(dict.fromkeys(error.faults))


def _flat(world: World) -> FlatCircuit:
    return _parts(world)[0]


def _parts(world: World) -> tuple[FlatCircuit, list[Environment], Flattener]:
    deck = world.deck
    root = Environment(world, deck.root, [])
    statements = Statements(deck, root)
    statements.conditions()
    _check_overrides(world)
    environments = environments_of(root)
    number_nodes(environments, placed="savecurrents" in statements.options)
    flattener = assemble(environments)
    statements.read(flattener.elements)
    circuit = statements.circuit(environments, flattener)
    deck.sources.check()
    return _saving(circuit, statements), environments, flattener


def assemble(environments: list[Environment]) -> Flattener:
    """Put the elements of all instances into tables; the top level comes first."""
    flattener = Flattener(environments[0].world)
    for environment in environments:
        flattener.add(environment)
    if _has_logic(environments):
        from circuitnn.netlist.nets import NetList  # with all digital parts

        flattener.logic = NetList(environments, flattener).circuit()
    flattener.meters = tuple(meter for environment in environments for meter in meters_of(environment))
    flattener.finish(environments[0].node_names)
    _check_names(environments, flattener)
    return flattener


def _has_logic(environments: list[Environment]) -> bool:
    return any(environment.definition.logic for environment in environments)


def _check_names(environments: list[Environment], flattener: Flattener) -> None:
    """Report elements whose name is the flat name of an element inside an instance: ``r.x1.r2``."""
    dotted = []
    for environment in environments:
        definition = environment.definition
        parts: list[Table | Group] = [*definition.tables.values(), *definition.groups.values()]
        for part in parts:
            cards = zip(part.names, part.origins, strict=True)
            dotted += [(environment, name, origin) for name, origin in cards if "." in name]
    if not dotted:
        return
    tables: list[Elements | Devices | Behavioural] = [
        *flattener.elements,
        *flattener.devices,
        *flattener.behavioural,
    ]
    count = Counter(name for table in tables for name in table.names)
    for environment, name, origin in dotted:
        if any(count[flat] > 1 for flat in flat_names(environment, [name])):
            environment.world.fault(origin, f"an element inside an instance is named '{name}', too", name)


def _saving(circuit: FlatCircuit, statements: Statements) -> FlatCircuit:
    """Add to the saved signals what ``.probe`` cards and the options of the circuit ask for."""
    if statements.probes:
        from circuitnn.netlist import probe_card

        circuit = replace(circuit, probed=probe_card.columns(circuit, statements.probes))
    if circuit.options.get("savecurrents"):
        from circuitnn.netlist.savecurrents import with_currents

        return with_currents(circuit)
    return circuit


def _check_overrides(world: World) -> None:
    known = world.deck.root.parameters
    for name in world.overrides:
        if name not in known and name != "temper":
            world.deck.sources.faults.append(
                Fault(f"no parameter '{name}' to set{nearest(name, list(known))}")
            )


def environments_of(root: Environment) -> list[Environment]:
    """Environments of all definitions in use, callers first."""
    world = root.world
    order = _callers_first(world.deck)
    _check_size(world.deck, order)
    by_definition: dict[int, Environment] = {id(root.definition): root}
    root.prefixes, root.multiplier = [""], 1.0
    waiting: dict[int, list[Call]] = {}
    environments = []
    for definition in order:
        environment = by_definition.get(id(definition))
        if environment is None:
            environment = Environment(world, definition, waiting[id(definition)])
            _name_instances(environment)
        environments.append(environment)
        for calls in definition.calls.values():
            waiting.setdefault(id(calls.callee), []).append(Call(environment, calls))
    return environments


def _callers_first(deck: Deck) -> list[Definition]:
    """Definitions in use, each after all that call it.

    Raises
    ------
    NetlistError
        If a subcircuit contains itself.
    """
    done: list[Definition] = []
    state: dict[int, int] = {id(deck.root): 1}  # 1: being visited, 2: done
    path: list[tuple[Definition, list[Calls]]] = [(deck.root, list(deck.root.calls.values()))]
    while path:
        definition, rest = path[-1]
        if not rest:
            state[id(definition)] = 2
            done.append(definition)
            path.pop()
            continue
        calls = rest.pop()
        mark = state.get(id(calls.callee), 0)
        if mark == 1:
            names = [d.name for d, _ in path]
            chain = " → ".join([*names[names.index(calls.callee.name) :], calls.callee.name])
            deck.sources.fault(calls.origins[0], f"a subcircuit contains itself: {chain}", calls.callee.name)
            raise NetlistError(deck.sources.faults)
        if mark == 0:
            state[id(calls.callee)] = 1
            path.append((calls.callee, list(calls.callee.calls.values())))
            if len(path) > MAX_HIERARCHY:
                deck.sources.fault(calls.origins[0], f"subcircuits are nested more than {MAX_HIERARCHY} deep")
                raise NetlistError(deck.sources.faults)
    return done[::-1]


def _name_instances(environment: Environment) -> None:
    """Prefix (``x1.x2.``) and multiplier of each instance."""
    prefixes: list[str] = []
    multipliers = []
    for call in environment.callers:
        names = [f"{name}." for name in call.calls.names]
        prefixes += [p + n for p in call.environment.prefixes for n in names]
        # a subcircuit that declares a parameter m applies it itself
        own = 1.0 if "m" in environment.definition.header else call.given("m", default=1.0)[0]
        outer = call.spread(call.environment.multiplier)
        warn_nested(environment.world, call.calls.names, call.calls.origins, own, outer)
        multipliers.append((call.count, own * outer))
    environment.prefixes = prefixes
    environment.multiplier = environment.join(multipliers)


def _check_size(deck: Deck, order: list[Definition]) -> None:
    """Count the elements before creating any: a few cards can ask for 1e20."""
    counts = {id(deck.root): 1}
    total = 0
    for definition in order:
        count = counts[id(definition)]
        tables, groups = definition.tables.values(), definition.groups.values()
        own = sum(len(t.names) for t in tables) + sum(len(g.names) for g in groups)
        total += count * max(own, len(definition.locals), 1)
        for calls in definition.calls.values():
            counts[id(calls.callee)] = counts.get(id(calls.callee), 0) + count * len(calls.names)
    if total > MAX_ELEMENTS:
        message = f"the deck expands to more than {MAX_ELEMENTS} elements or nodes ({total:.2g})"
        raise NetlistError([*deck.sources.faults, Fault(message)])


def number_nodes(environments: list[Environment], placed: bool = False) -> None:
    """Number and name every node of every instance; `placed`: record positions of cards even in a flat deck."""
    names = ["0"]
    root = environments[0]
    shared = root.world.deck.globals
    for name in shared:
        root.definition.node(name)
    unresolved: list[tuple[Environment, str, int]] = []
    for environment in environments:
        definition = environment.definition
        count, locals_ = environment.count, definition.locals
        numbers = np.zeros((len(locals_), count), dtype=np.int32)
        first = 1 + len(definition.ports)
        _connect_ports(environment, numbers)
        untouched = _untouched(definition) if definition.referenced or definition.hinted else set()
        own = list(range(first, len(locals_)))
        if shared or untouched:
            inner, own = own, []
            for local in inner:
                name = locals_[local]
                if name in shared and environment is not root:
                    numbers[local] = root.numbers[root.definition.index[name], 0]
                elif local in untouched:
                    unresolved.append((environment, name, local))
                else:
                    own.append(local)
        if own:
            block = np.arange(len(names), len(names) + count * len(own), dtype=np.int32)
            numbers[own] = block.reshape(count, len(own)).T
            if environment is root:
                names += map(locals_.__getitem__, own)
            else:
                own_names = [locals_[o] for o in own]
                names += [p + n for p in environment.prefixes for n in own_names]
        environment.numbers = numbers
    names = _joined(names, environments)
    if len(environments) > 1 or root.definition.groups or placed:
        place(environments)
        names, root.touched = renumber(environments, names)
    if _has_logic(environments):
        from circuitnn.netlist.nets import set_apart

        names = set_apart(environments, names)
    root.node_names = names
    _resolve_references(root, unresolved)


def _joined(names: list[str], environments: list[Environment]) -> list[str]:
    """Merge nodes with the same name: an element may be connected to ``x1.n``, a node inside x1."""
    if not any("." in name for e in environments for name in e.definition.locals):
        return names
    places: dict[str, int] = {}
    number = np.array([places.setdefault(name, len(places)) for name in names], dtype=np.int32)
    if len(places) < len(names):
        for environment in environments:
            environment.numbers = number[environment.numbers]
    return list(places)


def _connect_ports(environment: Environment, numbers: np.ndarray) -> None:
    ports = len(environment.definition.ports)
    if not ports:
        return
    column = 0
    for call in environment.callers:
        rows = len(call.calls.names)
        local = np.array(call.calls.nodes, dtype=np.intp).reshape(rows, ports)
        outside = call.environment.numbers[local]  # (rows, ports, instances of the caller)
        numbers[1 : ports + 1, column : column + call.count] = outside.transpose(1, 2, 0).reshape(ports, -1)
        column += call.count


def _untouched(definition: Definition) -> set[int]:
    """Find nodes that expressions or initial conditions name but that no terminal of the definition touches."""
    touched = {0}
    for table in definition.tables.values():
        touched.update(table.nodes)
    for group in definition.groups.values():
        touched.update(group.nodes)
    for calls in definition.calls.values():
        touched.update(calls.nodes)
    ports = range(1, len(definition.ports) + 1)
    named = definition.referenced | definition.hinted
    return {definition.index[name] for name in named} - touched - set(ports)


def _resolve_references(root: Environment, unresolved: list[tuple[Environment, str, int]]) -> None:
    """Resolve hierarchical names, ``v(x1.n)``; an unknown one is a fault in an expression, else it has no effect."""
    if not unresolved or root.world.partial:
        return
    by_name = {name: number for number, name in enumerate(root.node_names)}
    absent = {name for _, name, _ in unresolved}
    for environment, name, local in unresolved:
        for row, prefix in enumerate(environment.prefixes):
            number = by_name.get(prefix + name)
            if number is None:
                known = by_name if "." in name else environment.definition.index
                _missing(environment, name, prefix, [k for k in known if k not in absent])
                break
            environment.numbers[local, row] = number


def _missing(environment: Environment, name: str, prefix: str, known: list[str]) -> None:
    """Report a node that no element is connected to."""
    definition = environment.definition
    message = f"no element is connected to node '{prefix + name}'{nearest(name, known)}"
    if name in definition.referenced:
        environment.world.fault(definition.referenced[name], message, name)
        return
    environment.world.warn(definition.hinted[name], f"its initial voltage has no effect: {message}")
