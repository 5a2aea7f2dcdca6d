"""``.probe``: currents, voltages and powers of the deck's own elements, under ngspice's names.

    .probe alli                 currents of all elements of the top level; .probe alone is the same
    .probe i(r1) i(q1,2) i(q1:b) i(q1)
    .probe p(d1) vd(r1) vd(m1:d:s)

Values follow from the results. Only at switches and at the ports of instances, ``i(x1)``, ``i(x1:out)``, do sources of
0 V measure, as ngspice's do everywhere.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from circuitnn.elements import element
from circuitnn.elements.element import Element
from circuitnn.elements.pins import owner
from circuitnn.errors import DeckWarning, nearest
from circuitnn.flat import FlatCircuit
from circuitnn.netlist.signal_names import canonical, tokens

_FORM = re.compile(r"(i|p|vd)\((\w[^(),:]*)(?:[,:](\w+))?(?:[,:](\w+))?\)")


def columns(circuit: FlatCircuit, asked: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Names of the columns that ``.probe`` cards add to results, and their expressions.

    Parameters
    ----------
    circuit : FlatCircuit
    asked : list of (str, str)
        What a card names, without blanks, and the card's place.

    Returns
    -------
    tuple of (str, str)
        Without what does not exist, which a warning names.
    """
    nodes, pins = dict(_elements(circuit)), dict(_pins(circuit))
    by_name: dict[str, str] = {}
    for word, where in asked:
        if word == "alli":
            by_name |= {k: e for name in nodes for k, e in _currents(name, nodes[name])}
            for own in pins.values():
                by_name |= own
            lacking = [n for n in nodes if not (element(n[0]).branch or element(n[0]).currents or n in pins)]
            if lacking:
                _warn(where, f"'.probe alli' has no current of {', '.join(lacking[:5])}")
            continue
        try:
            by_name |= _of_pins(word, pins) or _read(word, nodes, circuit.node_names)
        except ValueError as error:
            _warn(where, f"'.probe {word}' has no effect: {error}")
    return tuple(by_name.items())


def _warn(where: str, message: str) -> None:
    warnings.warn(f"{where}: {message}", DeckWarning, stacklevel=3)


def _elements(circuit: FlatCircuit) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Elements of the top level, and their nodes."""
    tables: tuple[Any, ...] = (*circuit.elements, *circuit.devices, *circuit.behavioural)
    for table in tables:
        for name, row in zip(table.names, table.nodes.tolist(), strict=True):
            if "." not in name and "#" not in name:
                yield name, tuple(row)


def _pins(circuit: FlatCircuit) -> Iterator[tuple[str, dict[str, str]]]:
    """Instances and switches whose pins are measured, and the columns of these, in order."""
    pins: dict[str, dict[str, str]] = {}
    for table in circuit.elements:
        for source in table.names if table.kind == "v" else ():
            name, port = owner(source)
            if name:
                column = f"i({name}:{port})" if port else f"i({name})"
                pins.setdefault(name, {})[column] = f"@{source}[i]"
    yield from pins.items()


def _currents(name: str, nodes: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    """Columns of an element's currents that are not unknowns."""
    kind = element(name[0])
    if kind.branch:
        return
    if len(kind.currents) > 1:
        for terminal in kind.terminals[: len(nodes)]:
            if f"i{terminal[0]}" in kind.currents:
                yield f"i({name}:{terminal[0]})", f"@{name}[into_{terminal}]"
    elif kind.currents:
        yield f"i({name})", f"@{name}[{kind.currents[0]}]"


def _of_pins(word: str, pins: Mapping[str, dict[str, str]]) -> dict[str, str]:
    """Columns of a word that names an instance or a switch; none if it does not.

    Raises
    ------
    ValueError
        It has no such pin.
    """
    form = _FORM.fullmatch(word)
    if form is None or form[1] != "i" or form[2] not in pins:
        return {}
    columns, port = pins[form[2]], form[3]
    if port is None:
        return columns
    named = f"i({form[2]}:{port})"
    if port.isdecimal() and named not in columns and 1 <= int(port) <= len(columns):
        named = list(columns)[int(port) - 1]
    if named not in columns:
        raise ValueError(f"{form[2]} has no port '{port}', but {', '.join(columns)}")
    return {named: columns[named]}


def measured_instances(cards: Iterable[tuple[str, str, int]]) -> frozenset[str]:
    """Instances and switches whose currents ``.probe`` cards ask for; ``*``: all."""
    instances: set[str] = set()
    for keyword, text, _ in cards:
        for word in (tokens(text) or ["alli"]) if keyword == ".probe" else ():
            form = _FORM.fullmatch(canonical(word))
            if canonical(word) == "alli":
                instances.add("*")
            elif form is not None and form[1] == "i" and form[2][0] in "xsw":
                instances.add(form[2])
    return frozenset(instances)


def _read(word: str, nodes: Mapping[str, tuple[int, ...]], names: tuple[str, ...]) -> dict[str, str]:
    """Columns that a word of the card asks for.

    Raises
    ------
    ValueError
        There are none; the message says why.
    """
    form = _FORM.fullmatch(word)
    if form is None:
        raise ValueError("it takes alli, i(r1), i(q1:b), p(r1), vd(r1) and vd(q1:c:e)")
    quantity, name, first, second = form.groups()
    if name not in nodes:
        near = nearest(name, list(nodes))
        raise ValueError(f"there is no element '{name}' at the top level{near}")
    kind = element(name[0])
    if quantity == "p":
        return {f"{name}:power": f"@{name}[p]"}
    if quantity == "vd":
        ends = [_terminal(kind, nodes[name], t) for t in (first or "1", second or "2")]
        plus, minus = (f"v({names[nodes[name][k]]})" if nodes[name][k] else "0" for k in ends)
        marks = "".join(f":{t}" for t in (first, second) if t)
        return {f"v(vd_{name}{marks})": f"{plus}-{minus}"}
    if kind.branch:
        return {}  # an unknown, already among the results
    every = dict(_currents(name, nodes[name]))
    if not every:
        raise ValueError(f"{kind.name} '{name}' has no such value")
    if first is None:
        return every
    letter = kind.terminals[_terminal(kind, nodes[name], first)][0]
    return {k: e for k, e in every.items() if k in (f"i({name}:{letter})", f"i({name})")}


def _terminal(kind: Element, nodes: tuple[int, ...], word: str) -> int:
    """Number of a terminal, from 0, by its number from 1 or by the letter its name begins with."""
    letters = [terminal[0] for terminal in kind.terminals[: len(nodes)]]
    if word.isdecimal() and 1 <= int(word) <= len(letters):
        return int(word) - 1
    if word in letters:
        return letters.index(word)
    raise ValueError(
        f"{kind.name} has no terminal '{word}', but 1 to {len(letters)} and {', '.join(letters)}"
    )
