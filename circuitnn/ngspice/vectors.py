"""Results with the vectors that ngspice makes of controlled sources.

ngspice replaces a source that states an expression, ``e1 p n value={…}``, by a B source at a node ``e1_int1`` and a
linear source, and a polynomial by a code model ``a$poly$e1``. Tools look vectors up by these names and count them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import CircuitnnError
from circuitnn.flat import Behavioural, Devices, FlatCircuit
from circuitnn.models import named
from circuitnn.records import replace
from circuitnn.results.result import Result
from circuitnn.system.unknowns import branches, inner, ports

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit

_ANALYSES = ("op", "dc", "ac", "tran")
# Inner nodes of devices that ngspice lists, in its order and by its names; it omits the rest.
_INNER = {
    "bsim4": {"gate_inner": "gate", "drain_body": "dbody", "body": "body", "source_body": "sbody"},
    "vbic": {"s": "substrate", "ci": "collCI"},
    "vdmos": {"gate_inner": "gate", "diode_inner": "body_diode"},
}
_BEFORE_BRANCHES = ("bsim4", "vbic")
_LINES = "ot"  # whose currents ngspice lists as voltages, in this order
Column = tuple[str, str, np.ndarray]  # name, kind, values


def with_inner(circuit: Circuit) -> Circuit:
    """The circuit; if it saves everything, it also saves the inner nodes that ngspice lists.

    Parameters
    ----------
    circuit : Circuit
    """
    flat = circuit.flat
    names = [n for table in flat.devices if table.model in _INNER for n in _inner_names(table)]
    names += [
        f"i({end})"
        for table in flat.elements
        if table.kind in _LINES
        for n in table.names
        for end in ports(n)
    ]
    if not names or flat.saves:
        return circuit
    return circuit.with_card(".save", f"all {' '.join(names)}", keep=True)


def _inner_names(table: Devices) -> list[str]:
    """Our names of inner nodes, last device first; nodes merged with terminals are left out."""
    collapse = named(table.model).collapse
    names = []
    for k in range(len(table.names))[::-1]:
        for node in _INNER[table.model]:
            column = collapse.get(node, ("", ""))[1]
            if not column or np.broadcast_to(table.columns[column], len(table.names))[k] != 0.0:
                names.append(f"v({table.names[k]}#{node})")
    return names


def listed(result: Result, circuit: FlatCircuit) -> Result:
    """Give a result the names, vectors and order that it has in ngspice.

    Parameters
    ----------
    result : Result
        Of an analysis of `circuit`; returned unchanged if there is nothing to change.
    circuit : FlatCircuit

    Returns
    -------
    Result
    """
    forms = {source.form for source in circuit.behavioural}
    if result.analysis not in _ANALYSES or isinstance(result.data, np.memmap):
        return result  # data in a file are not copied
    result = _with_lines(_with_inner_names(result, circuit), circuit)
    if not forms & {"value", "poly"}:
        return result
    names = _renamed(result.names, circuit)
    everything = not circuit.saves or "all" in circuit.saves
    if "value" not in forms or not everything:
        return replace(result, names=names)
    return _of_columns(result, list(_columns(replace(result, names=names), circuit)))


def _of_columns(result: Result, columns: list[Column]) -> Result:
    """The result with other variables."""
    names, types, values = zip(*columns, strict=True)
    return replace(result, names=names, types=types, data=np.column_stack(values))


def _with_inner_names(result: Result, circuit: FlatCircuit) -> Result:
    """Give inner nodes of devices ngspice's names and places: for most kinds before the branches."""
    tables = [table for table in circuit.devices if table.model in _INNER]
    if not tables or not any("#" in name for name in result.names):
        return result
    first = next((k for k, name in enumerate(result.names) if name.startswith("i(")), len(result.names))
    order = list(range(len(result.names)))
    written = {}
    for table in tables:
        for name in (n for n in _inner_names(table) if n in result.names):
            device, _, node = name[2:-1].rpartition("#")
            written[name] = f"v({device}#{_INNER[table.model][node]})"
            order.remove(result.names.index(name))
            if table.model in _BEFORE_BRANCHES:
                order.insert(order.index(first) if first in order else len(order), result.names.index(name))
            else:
                order.append(result.names.index(name))
    if result.probes is not None:  # values of the devices are computed from our names
        ours = {name: result.data[:, result.names.index(name)] for name in written}
        result.probes.hidden = {**result.probes.hidden, **ours}
    names = tuple(written.get(result.names[k], result.names[k]) for k in order)
    return replace(
        result, names=names, types=tuple(result.types[k] for k in order), data=result.data[:, order]
    )


def _with_lines(result: Result, circuit: FlatCircuit) -> Result:
    """Give the currents of lines ngspice's names, ``v(t1#i1)``, and add the nodes behind lossless ones."""
    lines = [t for kind in _LINES for t in circuit.elements if t.kind == kind]
    if not lines or not any(f"i({ports(t.names[0])[0]})" in result.names for t in lines):
        return result
    line_columns: list[Column] = []
    for table in lines:
        for k in range(len(table.names))[::-1]:
            name = table.names[k]
            currents = [result.array(f"i({end})") for end in ports(name)]
            line_columns += [
                (f"v({end})", "voltage", i) for end, i in zip(ports(name), currents, strict=True)
            ]
            if table.kind != "t":
                continue
            z0 = float(np.broadcast_to(table.values["z0"], len(table.names))[k])
            nodes = [circuit.node_names[n] for n in table.nodes[k, [0, 2]]]
            line_columns += [
                (f"v({name}#int{end})", "voltage", result.array(f"v({node})") - z0 * i)
                for end, node, i in zip((1, 2), nodes, currents, strict=True)
            ]
    taken = {f"i({end})" for t in lines for n in t.names for end in ports(n)}
    columns = [
        (n, k, result.data[:, c])
        for c, (n, k) in enumerate(zip(result.names, result.types, strict=True))
        if n not in taken
    ]
    first = next((k for k, (name, _, _) in enumerate(columns) if _after_lines(name)), len(columns))
    return _of_columns(result, [*columns[:first], *line_columns, *columns[first:]])


def _after_lines(name: str) -> bool:
    """Whether ngspice lists a vector after the currents of lines: branches, and inner nodes of VBIC transistors."""
    return name.startswith("i(") or (name.startswith("v(q") and "#" in name)


def resting(result: Result, circuit: FlatCircuit) -> Result:
    """List the operating point that a transient starts from as ngspice does, as `listed` does for results.

    Parameters
    ----------
    result : Result
        Its stored operating point is replaced.
    circuit : FlatCircuit
    """
    rest = result.probes.more.get("rest") if result.probes is not None else None
    if rest is None:
        return result
    names, values = rest
    first = replace(
        result,
        analysis="op",
        axis=None,
        names=tuple(names),
        types=tuple("current" if name.startswith("i(") else "voltage" for name in names),
        data=np.asarray(values)[None, :],
    )
    of_all = listed(first, replace(circuit, saves=()))
    kept = [k for k, name in enumerate(of_all.names) if "#" not in name]  # no inner nodes of devices or lines
    result.probes.more["rest"] = tuple(of_all.names[k] for k in kept), of_all.data[0, kept]
    return result


def _renamed(names: tuple[str, ...], circuit: FlatCircuit) -> tuple[str, ...]:
    """Names, with ngspice's names for polynomial sources."""
    models = {
        f"i({name})": f"i(a$poly${name})"
        for source in circuit.behavioural
        if source.form == "poly" and source.kind == "v"
        for name in source.names
    }
    return tuple(models.get(name, name) for name in names)


def _columns(result: Result, circuit: FlatCircuit) -> Iterator[Column]:
    """All columns in ngspice's order: axis, nodes, branches, the rest."""
    columns: list[Column] = [
        (n, k, result.data[:, c]) for c, (n, k) in enumerate(zip(result.names, result.types, strict=True))
    ]
    if result.axis is not None:
        yield columns.pop(0)
    place = {
        f"v({name})": position
        for name, position in zip(circuit.node_names, circuit.touched.tolist(), strict=False)
    }
    nodes = [column for column in columns if column[0] in place]
    added = sorted(_made_nodes(result, circuit), key=lambda one: one[0])
    for column in nodes:
        while added and added[0][0] <= place[column[0]]:
            yield added.pop(0)[1]
        yield column
    yield from (column for _, column in added)
    known = {column[0]: column for column in columns}
    none = np.zeros(len(result))
    done = set(place)
    phantoms = {inner(n, "b") for s in circuit.behavioural if s.form == "value" for n in s.names}
    of_branches = _renamed(tuple(f"i({name})" for name in branches(circuit)), circuit)
    for name in of_branches:
        if name in known:
            yield known[name]
        elif name[2:-1] in phantoms:
            yield name, "current", none
        done.add(name)
    yield from (column for column in columns if column[0] not in done)


def _made_nodes(result: Result, circuit: FlatCircuit) -> Iterator[tuple[int, Column]]:
    """Nodes that ngspice adds for its B sources: their positions among the other nodes, and their columns."""
    for source in circuit.behavioural:
        if source.form != "value" or not len(source.places):
            continue
        for k, name in enumerate(source.names):
            values = _stated(result, circuit, source, k)
            if values is not None:
                above, dot, leaf = name[name.find(".") + 1 :].rpartition(".")
                yield int(source.places[k]) + 2, (f"v({above}{dot}{leaf}_int1)", "voltage", values)


def _stated(result: Result, circuit: FlatCircuit, source: Behavioural, k: int) -> np.ndarray | None:
    """Values of a source's expression; None if they are not known."""
    try:
        if source.kind == "v":
            plus, minus = (
                result.array(f"v({circuit.node_names[node]})") if node else np.zeros(len(result))
                for node in source.nodes[k]
            )
            return plus - minus
        copies = source.columns["m"][k] if "m" in source.columns else 1.0
        return result.array(f"@{source.names[k]}[i]") / copies if copies else None
    except CircuitnnError:
        return None
