"""A flat circuit as a deck for ngspice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import inf, isnan

import numpy as np

from circuitnn.elements import element
from circuitnn.elements.card import digits
from circuitnn.elements.device import Device
from circuitnn.elements.element import MODEL
from circuitnn.elements.metering import readings
from circuitnn.equations.expr import ZERO
from circuitnn.equations.ngspice import to_ngspice
from circuitnn.errors import NoTwinError
from circuitnn.flat import Behavioural, Devices, Elements, FlatCircuit
from circuitnn.models import Model, named
from circuitnn.models.bounds import bound_parameters
from circuitnn.models.declarations import Parameter
from circuitnn.models.spread import spread
from circuitnn.models.twins import FLIP, STATE, WARM, parameter_name, storage_for, twin
from circuitnn.netlist import dot_cards, logic_cards
from circuitnn.netlist.alter import altered
from circuitnn.registry.analyses import ANALYSES


def write(circuit: FlatCircuit) -> str:
    """Write a flat circuit as a deck that ngspice and `parse` read.

    Parameters
    ----------
    circuit : FlatCircuit

    Returns
    -------
    str
        Names are kept, but a behavioural element other than B gets the prefix ``b``. Compact models become
        their twins: ``n1`` is the subcircuit ``xn1``, its state ``@n1[x]`` the node ``xn1.x``. A flat deck
        has no parameters to sweep: sweeps of parameters, ``.step`` and ``.arc`` become comments.
    """
    circuit = _read_out(circuit)
    nodes = circuit.node_names
    renamed, bridges = _renamed(circuit), logic_cards.bridge_sources(circuit)
    lines = [circuit.title or "flat circuit"]
    for table in circuit.elements:
        lines += _elements(table, nodes, renamed, bridges)
    for group in circuit.behavioural:
        lines += _behavioural(group, nodes, renamed, bridges)
    lines += logic_cards.cards(circuit)
    for number, devices in enumerate(circuit.devices):
        if named(devices.model).has_twin():
            lines += _twins(devices, number, circuit, renamed)
        else:
            lines += _devices(devices, nodes, number)
    moving = _moves(circuit)
    lines += dot_cards.settings(circuit, moving, moving and _rings(circuit))
    lines += dot_cards.analyses(circuit, moving)
    lines += dot_cards.outputs(circuit, {mine: other for other, mine in signals(circuit).items()})
    return "\n".join([*lines, ".end", ""])


def _moves(circuit: FlatCircuit) -> bool:
    """Whether twins' states are followed in time: by an analysis of the deck, or by one that someone adds to it."""
    moving = any(named(d.model).has_twin() and named(d.model).states for d in circuit.devices)
    timed = any(ANALYSES[c.kind].intervals is not None for c in circuit.analyses)
    return moving and (timed or not circuit.analyses)


def _rings(circuit: FlatCircuit) -> bool:
    """Whether twins have nodes that follow others at once, at which the trapezoidal rule would ring."""
    models = [m for m in (named(d.model) for d in circuit.devices) if m.has_twin() and m.states]
    following = (m.kernel().q[m.kernel().inputs.index(s.name)] is ZERO for m in models for s in m.states)
    return any(m.internal or m.memories for m in models) or any(following)


def signals(circuit: FlatCircuit) -> dict[str, str]:
    """Map the vectors that ngspice computes for a written deck to our names.

    Parameters
    ----------
    circuit : FlatCircuit

    Returns
    -------
    dict of str to str
        Name of ngspice's vector → our name; inner nodes of twins are left out.
    """
    names = {f"v({n})": f"v({n})" for n in circuit.node_names[1:]}
    names |= {f"i({n})": f"i({n})" for t in circuit.elements for n in t.names if not element(t.kind).ends}
    names |= {f"i({b})": f"i({n})" for n, b in _renamed(circuit).items()}
    for devices in circuit.devices:
        model = named(devices.model)
        if model.has_twin():
            names |= {f"v(x{n}.{s.name})": f"@{n}[{s.name}]" for n in devices.names for s in model.states}
    return names


def _renamed(circuit: FlatCircuit) -> dict[str, str]:
    """Names of elements whose first letter says another one: behavioural ones, and code models and ports as sources."""
    renamed = {n: n if n[0] == "b" else f"b{n}" for table in circuit.behavioural for n in table.names}
    sources = (t for t in circuit.elements if t.kind in ("v", "i"))
    return renamed | {n: f"{t.kind}{n}" for t in sources for n in t.names if n[0] in "ap"}


def _read_out(circuit: FlatCircuit) -> FlatCircuit:
    """The circuit with what meters show at its temperature as values of sources."""
    if not circuit.meters:
        return circuit
    shown = readings(circuit, circuit.temperature, circuit.tnom)
    return altered(circuit, {(name, "dc"): value for name, value in shown.items()})


def _elements(
    table: Elements, nodes: tuple[str, ...], renamed: Mapping[str, str], without: frozenset[str]
) -> Iterator[str]:
    kind = element(table.kind)
    for row, name in enumerate(table.names):
        if name in without:
            continue
        words = [renamed.get(name, name), *(nodes[n] for n in table.nodes[row])]
        if table.controls:
            words += [renamed.get(c, c) for c in table.controls[row]]
        yield from kind.write(table, row, words)


def _behavioural(
    group: Behavioural, nodes: tuple[str, ...], renamed: Mapping[str, str], without: frozenset[str]
) -> Iterator[str]:
    for row, name in enumerate(group.names):
        if name in without:
            continue
        names = {s: f"v({nodes[numbers[row]]})" for s, numbers in group.voltages.items()}
        names |= {s: f"i({renamed.get(sources[row], sources[row])})" for s, sources in group.currents.items()}
        # a negative number in place of a symbol needs its own brackets
        names |= {s: f"({digits(values[row])})" for s, values in group.columns.items()}
        a, b = (nodes[n] for n in group.nodes[row])
        value = group.expression if group.spectral is None else group.spectral
        yield f"{renamed[name]} {a} {b} {group.kind}={to_ngspice(value, names)}"


def _devices(table: Devices, nodes: tuple[str, ...], number: int) -> Iterator[str]:
    """Write the devices, and a model card for each distinct set of model parameters."""
    model = named(table.model)
    parameters = (*model.parameters, *bound_parameters(model.bounds, table.columns))
    stacked = np.array([np.broadcast_to(table.columns[p.name], len(table.names)) for p in parameters])
    sets, which = np.unique(stacked, axis=1, return_inverse=True, equal_nan=True)
    for k, values in enumerate(sets.T.tolist()):
        yield _model_card(model, f"m{number}_{k}", parameters, values)
    count, device = len(model.named_terminals()), element(model.letter)
    assert isinstance(device, Device)
    initial = [name for name, _, _ in device.initial if name in table.columns]
    for row, name in enumerate(table.names):
        words = [name, *model.written_nodes([nodes[n] for n in table.nodes[row][:count]])]
        words += [table.controls[row]] if table.controls else []
        words.append(f"m{number}_{which.reshape(-1)[row]}")
        for parameter in model.instance_parameters:
            value = float(np.broadcast_to(table.columns[parameter.name], len(table.names))[row])
            if not isnan(value) and value != parameter.default and parameter.name not in model.unwritten:
                shown = "m" if parameter.name == "multiplier" else parameter.name
                words.append(f"{shown}={digits(value)}")
        words += device.starting({n: float(table.columns[n][row]) for n in initial})
        words += [
            word
            for word, (target, setting) in model.flags.items()
            if target in model.memories and table.columns[target][row] == setting != model.memories[target]
        ]
        yield " ".join(words)


def _model_card(
    model: type[Model], name: str, parameters: Sequence[Parameter], given: Sequence[float]
) -> str:
    """Model card with those of the values that differ from their defaults, or that its type does not imply."""
    values = dict(zip((p.name for p in parameters), given, strict=True))
    defaults = {p.name: values.get(str(p.default), p.default) for p in parameters}
    variants = {t: model.variants.get(t, {}) for t in model.types()}
    matching = [t for t, v in variants.items() if all(values[n] == x for n, x in v.items())]
    implied = {n for v in variants.values() for n in v}
    written = (n for n, v in values.items() if not isnan(v) and v != defaults[n] and n not in implied)
    kind = max(matching, key=lambda t: len(variants[t]))
    return model.card(name, kind, [f"{n}={digits(values[n])}" for n in written])


def _twins(table: Devices, number: int, circuit: FlatCircuit, renamed: Mapping[str, str]) -> Iterator[str]:
    """Write the twin of a compact model and its instances; parameters that differ stay parameters."""
    model, count, nodes = named(table.model), len(table.names), circuit.node_names
    drawn = spread(model, table.columns, table.names, int(circuit.options.get("seed", 1)))  # type: ignore[call-overload]
    columns = {n: np.broadcast_to(np.asarray(v, dtype=float), count) for n, v in drawn.items() if n != MODEL}
    swept = any(s.target == "temp" for c in circuit.analyses for s in c.arguments.get("sweeps", ()))
    temperature = inf if swept else circuit.temperature
    columns["temp"] = np.nan_to_num(columns.get("temp", np.full(count, np.nan)), nan=temperature, posinf=inf)
    gmin = {"gmin": float(circuit.options["gmin"])} if "gmin" in circuit.options else {}  # type: ignore[arg-type]
    static = bool(circuit.analyses) and all(ANALYSES[c.kind].intervals is None for c in circuit.analyses)
    for k, rows in enumerate(_alike(model, columns, count)):
        here = {n: v[rows] for n, v in columns.items()}
        same = {n: float(v[0]) for n, v in here.items() if np.array_equal(v, np.full_like(v, v[0]), True)}
        free = [n for n in here if n not in same]
        if set(free) & set(model.memories):
            raise NoTwinError(f"{model.name}: a twin's memories start from the same values in all instances")
        name = f"{re.sub(r'[~#.]', '_', model.name)}{number}_{k}"
        warm = _first_heat(model, table.nodes[rows], circuit)
        more = (_flip(circuit), static, bool(np.any(warm)), _storage(circuit))
        yield twin(model, name, same | gmin, free, *more).rstrip()
        for row, first in zip(rows, warm.tolist(), strict=True):
            instance = table.names[row]
            words = [f"x{instance}", *(nodes[n] for n in table.nodes[row])]
            if model.control:
                control = table.controls[row]
                yield f"hcontrol_{instance} control_{instance} 0 {renamed.get(control, control)} 1"
                words.append(f"control_{instance}")
            words += [name, *(f"{parameter_name(n)}={digits(columns[n][row])}" for n in free)]
            words += [f"{WARM}={digits(first)}"] if first else []
            yield " ".join(words)


def _first_heat(model: type[Model], nodes: np.ndarray, circuit: FlatCircuit) -> np.ndarray:
    """Voltages from which the thermal nodes of instances start with uic, shape (n,): of .ic, or of a capacitor. [K]"""
    if not model.heat_node:
        return np.zeros(len(nodes))
    first: dict[int, float] = {}
    for table in circuit.elements:
        if table.kind == "c":
            for (p, n), voltage in zip(table.nodes.tolist(), table.values["ic"].tolist(), strict=True):
                if p * n == 0 and not isnan(voltage):
                    first[p + n] = voltage if p else -voltage
    first |= circuit.initial
    return np.array(
        [first.get(node, 0.0) for node in nodes[:, model.terminals.index(model.heat_node)].tolist()]
    )


def _alike(model: type[Model], columns: Mapping[str, np.ndarray], count: int) -> list[np.ndarray]:
    """Group instances that one subcircuit can be: by their inner nodes, and whether a sweep sets the temperature."""
    collapsed = [columns[parameter] == 0.0 for _, parameter in model.collapse.values()]
    _, which = np.unique(np.stack([*collapsed, np.isinf(columns["temp"])]), axis=1, return_inverse=True)
    return [np.flatnonzero(which.reshape(-1) == k) for k in range(which.max() + 1)]


def _flip(circuit: FlatCircuit) -> float:
    """Transition time of a twin's memory: a thousandth of the shortest print interval or largest step."""
    asked = [(ANALYSES[c.kind].intervals, c.arguments) for c in circuit.analyses]
    steps = [t for intervals, arguments in asked if intervals is not None for t in intervals(arguments)]
    given = [t for t in steps if not isnan(t) and t > 0]
    return 1e-3 * min(given) if given else FLIP


def _storage(circuit: FlatCircuit) -> float:
    """Capacitance on which twins' states are. [F]"""
    longest = [dot_cards.longest_step(c.arguments) for c in circuit.analyses if c.kind == "tran"]
    return storage_for(max(longest)) if longest else STATE
