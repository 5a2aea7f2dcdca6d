"""A system takes over the numbers of another circuit with the same unknowns, elements and equations.

What depends on numbers alone is written in place: stamps, dc values of sources, columns of devices. The pattern, the
order of elimination and the factors stay, so that a new value costs no more than its numbers.
"""

from __future__ import annotations

import numpy as np

from circuitnn.elements import element
from circuitnn.equations.evaluate import evaluate
from circuitnn.flat import Behavioural, Devices, FlatCircuit
from circuitnn.flat.rows import Table, same_rows
from circuitnn.models import named
from circuitnn.records import replace
from circuitnn.system.devicegroups import linear_numbers, numbers
from circuitnn.system.groups import Placed, columns_of
from circuitnn.system.sources import resting
from circuitnn.system.stamps import Stamping
from circuitnn.system.system import System
from circuitnn.system.triples import concatenated


def renewed(system: System, circuit: FlatCircuit) -> bool:
    """Take over the numbers of a circuit; False, and nothing is changed, if the system has to be made anew.

    Parameters
    ----------
    system : System
    circuit : FlatCircuit
        With the same rows in all tables, at the same temperature.
    """
    before = system.circuit
    if (
        before.mesh is not None
        or before.initial_states
        or before.initial_currents
        or before.meters
        or system.lines.dispersive
    ):
        return False
    if not all(
        _fits(getattr(before, kind), getattr(circuit, kind))
        for kind in ("elements", "devices", "behavioural")
    ):
        return False
    changed = _changed(system, circuit)
    if changed is None:
        return False
    stamps = _stamps(system, circuit, changed)
    if stamps is None:
        return False
    G, C, constants = stamps
    system.restamp(G, C)
    system.constants[:] = constants
    _set_columns(system, changed)
    swept = [
        table for table in circuit.elements if element(table.kind).sweep and not element(table.kind).source
    ]
    system.swept = [(table, first) for table, (_, first) in zip(swept, system.swept, strict=True)]
    sources = zip(circuit.behavioural, before.behavioural, strict=True)
    kept = tuple(new if new.moving == old.moving else replace(new, moving=old.moving) for new, old in sources)
    system.circuit = replace(circuit, behavioural=kept)
    return True


def _fits(tables: tuple[Table, ...], others: tuple[Table, ...]) -> bool:
    """Whether tables differ in numbers only."""
    return len(tables) == len(others) and all(
        a is b or same_rows(a, b) for a, b in zip(tables, others, strict=True)
    )


def _changed(system: System, circuit: FlatCircuit) -> dict[int, Placed] | None:
    """Kernels with other numbers, by their place; None if one of them needs other equations or unknowns."""
    before, changed = system.circuit, {}
    for k, (old, new) in enumerate(zip(before.behavioural, circuit.behavioural, strict=True)):
        names = _other_columns(old, new)
        if any(n not in old.moving and np.all(old.columns[n] == old.columns[n][0]) for n in names):
            return None  # it is a constant of the equations
        if names:
            placed = system.placed[k]
            columns = {n: new.columns[n] if n in names else v for n, v in placed.columns.items()}
            changed[k] = replace(placed, columns=columns)
    first = len(before.behavioural)
    for k, (table, other) in enumerate(zip(before.devices, circuit.devices, strict=True), first):
        if not _other_columns(table, other):
            continue
        renewed_device = _device(system, other, system.placed[k])
        if renewed_device is None:
            return None
        changed[k] = renewed_device
    return changed


def _other_columns(old: Devices | Behavioural, new: Devices | Behavioural) -> list[str]:
    """Names of the columns that differ."""
    if old is new:
        return []
    names = old.columns.keys() | new.columns.keys()
    return [
        n
        for n in names
        if n not in old.columns
        or n not in new.columns
        or not np.array_equal(old.columns[n], new.columns[n], equal_nan=True)
    ]


def _device(system: System, table: Devices, placed: Placed) -> Placed | None:
    """Devices with other numbers; None if their unknowns, or how they start, would be others."""
    model, options = named(table.model), system.options
    columns = columns_of(table, options.temp, options.tnom, options.seed)
    if (
        model.delays
        or placed.kernel.randoms
        or model.unfit(columns)
        or columns.keys() - placed.columns.keys()
    ):
        return None
    for _, column in model.collapse.values():
        if not np.array_equal(columns[column] == 0.0, placed.columns[column] == 0.0):
            return None
    for state in model.states:
        start, before = (evaluate([state.start()], of)[0] for of in (columns, placed.columns))
        if not np.array_equal(start, before):
            return None
    return replace(placed, columns={**placed.columns, **columns})


def _stamps(
    system: System, circuit: FlatCircuit, changed: dict[int, Placed]
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Entries of G and C and the sources' values of a circuit; None if they have other places."""
    stamping = Stamping(system.unknowns, system.options)
    for table in circuit.elements:
        element(table.kind).stamp(table, stamping)
    stamping.parasitics(circuit.elements)
    entries = []
    for now, before in ((stamping.G, system.G), (stamping.C, system.C)):
        rows, columns, values = now.joined()
        known_rows, known_columns, known_values = before.joined()
        count = len(rows)
        if not (np.array_equal(rows, known_rows[:count]) and np.array_equal(columns, known_columns[:count])):
            return None
        entries.append(np.concatenate([values, known_values[count:]]))
    constants = system.constants.copy()
    _set_sources(system, circuit, constants)
    of = {id(system.placed[k]): placed for k, placed in changed.items()}
    for old, in_G, in_C, source in system.linear:
        placed = of.get(id(old))
        if placed is None:
            continue
        G, C, offsets = linear_numbers(placed, system.options.gmin)
        shown = [bool(np.any(offset)) for offset in offsets]
        if shown != [bool(np.any(offset)) for offset in linear_numbers(old, system.options.gmin)[2]]:
            return None
        offsets = [offset for offset, some in zip(offsets, shown, strict=True) if some]
        parts = ((entries[0], in_G, G), (entries[1], in_C, C), (constants, source, offsets))
        for target, start, evaluated in parts:
            joined = concatenated(evaluated)
            target[start : start + len(joined)] = joined
    return entries[0], entries[1], constants


def _set_sources(system: System, circuit: FlatCircuit, constants: np.ndarray) -> None:
    """Write the dc values of sources that have changed."""
    for old, new in zip(system.circuit.elements, circuit.elements, strict=True):
        of = element(new.kind)
        if old is new or not of.source:
            continue
        before, now = old.values[of.main], new.values[of.main]
        for k in np.flatnonzero(~((before == now) | (np.isnan(before) & np.isnan(now)))).tolist():
            constants[system.source_index(new.names[k])] = resting(now[k], new.each_waveform[k])


def _set_columns(system: System, changed: dict[int, Placed]) -> None:
    """Write the columns of devices, but not what they remember."""
    of = {id(system.placed[k]): placed for k, placed in changed.items()}
    for c, group in zip(system.condensed, system.groups, strict=True):
        placed = of.get(id(c.placed))
        if placed is None:
            continue
        kernel = placed.kernel
        kept = kernel.moving | set(kernel.carried_columns)
        rows = [k for k, name in enumerate(kernel.columns) if name not in kept]
        group.columns[rows] = numbers(placed)[rows]
        c.placed = placed
    system.linear = [(of.get(id(p), p), G, C, source) for p, G, C, source in system.linear]
    system.devices = [of.get(id(p), p) for p in system.devices]
    system.placed = [of.get(id(p), p) for p in system.placed]
