"""Modules that instances may be of: those of a file, primitives of the language, paramsets; what items declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from circuitnn.errors import nearest
from circuitnn.veriloga import tree
from circuitnn.veriloga.source import Fault

PLAIN = (tree.Parameter, tree.Alias, tree.Variable, tree.Function, tree.Analog)


def answered(child: tree.Module, given: set[str] | None, connected: set[str]) -> tree.Module:
    """The module with answers in place of ``$port_connected`` and, if they are known, of ``$param_given``."""
    aliases = {item.name: item.parameter for item in child.items if isinstance(item, tree.Alias)}
    known = {"$port_connected": connected, **({} if given is None else {"$param_given": given})}

    def answer(node: Any) -> Any:
        if isinstance(node, tree.Call) and node.name in known:
            asked = node.arguments[0] if len(node.arguments) == 1 else None
            if not isinstance(asked, tree.Name):
                raise Fault(f"'{node.name}' takes a name", node.at)
            return tree.Number(int(aliases.get(asked.name, asked.name) in known[node.name]), node.at)
        if isinstance(node, tuple):
            parts = [answer(part) for part in node]
            return type(node)(*parts) if hasattr(node, "_fields") else tuple(parts)
        return node

    result: tree.Module = answer(child)
    return result


def without_last(module: tree.Module, count: int) -> tree.Module:
    """The module of a device whose card leaves its last ports out: they are inner nodes."""
    kept, left_out = module.ports[:-count], {port.name for port in module.ports[-count:]}
    items: list[tree.Item] = []
    for item in module.items:
        if isinstance(item, tree.Net) and item.name in left_out and item.direction:
            item = item._replace(direction="")
        items.append(item)
    shorter = module._replace(ports=kept, items=tuple(items))
    return answered(shorter, None, {port.name for port in kept})


def library_of(file: tree.File) -> dict[str, tree.Module]:
    """Modules that instances may be of: those of the file, its paramsets, and the standard ones."""
    library = {module.name: module for module in (*file.standard, *file.modules)}
    for paramset in file.paramsets:
        with suppress(Fault):  # reported where the paramset is read
            library[paramset.name] = module_of(paramset, library)
    return library


def module_of(paramset: tree.Paramset, library: Mapping[str, tree.Module]) -> tree.Module:
    """A paramset as a module that has one instance of the other."""
    of = library.get(paramset.of)
    if of is None:
        near = nearest(paramset.of, [*library])
        raise Fault(f"there is no module '{paramset.of}' before this paramset{near}", paramset.at)
    at = paramset.at
    ports = tuple(tree.Name(port.name, at) for port in of.ports)
    nets = [item for item in of.items if isinstance(item, tree.Net) and item.name in {p.name for p in ports}]
    if any(net.bounds is not None for net in nets):
        raise Fault("a paramset of a module with arrays of ports is not supported", at)
    connections = tuple(("", tree.Name(port.name, at)) for port in ports)
    instance = tree.Instance(of.name, paramset.values, "of", None, connections, at)
    items = (*nets, *paramset.items, instance)
    return tree.Module(paramset.name, ports, items, paramset.attributes, at, paramset.end)


def between(first: int, last: int) -> range:
    """Indices from the first to the last, upwards or downwards."""
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)


def check_index(name: str, index: int, bounds: tuple[int, int] | None, at: int) -> None:
    """Report an index outside an array, or of what is none."""
    if bounds is None:
        raise Fault(f"'{name}' is no array of nodes", at)
    if not min(bounds) <= index <= max(bounds):
        raise Fault(f"'{name}' has elements {bounds[0]} to {bounds[1]}, and no {index}", at)


def declared(items: Sequence[tree.Item]) -> Iterator[str]:
    """Names that items declare, also those of blocks within them, whose variables must not be shared."""
    for item in items:
        if isinstance(item, tree.Analog):
            yield from _blocks(item.body)
        elif isinstance(item, tree.Instance):
            yield from () if item.bounds else (item.name,)
        elif isinstance(item, (*PLAIN, tree.Net, tree.Branch)):
            yield item.name
        elif isinstance(item, tree.GenerateIf):
            for name, inner in (item.yes, item.no):
                yield from (name,) if name else declared(inner)
        elif isinstance(item, tree.GenerateCase):
            for _, name, inner in item.choices:
                yield from (name,) if name else declared(inner)


def _blocks(node: Any) -> Iterator[str]:
    """Names of the blocks within a statement."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tree.Block) and part.name:
            yield part.name
        if isinstance(part, tuple):
            waiting += part
