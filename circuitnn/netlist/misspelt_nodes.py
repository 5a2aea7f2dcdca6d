"""Nodes whose names look like slips of another node's name: only one terminal is connected to them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import numpy as np

from circuitnn.errors import DeckWarning
from circuitnn.flat import Behavioural, Devices, Elements, FlatCircuit

SHORTEST = 4  # letters of the longer name: shorter ones often differ by a letter on purpose, as vd and vdd

_DOUBLED = re.compile(r"([a-z])\1")
_LETTER = re.compile(r"[a-z]")
_PAIR = re.compile(r"(?=([a-z])([a-z]))")
_ALIKE = {"o": "0", "0": "o", "l": "1", "1": "l"}


def warn_of_misspelt_nodes(circuit: FlatCircuit) -> None:
    """Warn of nodes that one terminal touches and whose names are those of other nodes but for a slip.

    A slip is a letter typed twice, or once instead of twice, two letters in the wrong order, or o for 0 and l for 1.
    """
    if circuit.logic is not None or circuit.arrays:
        return
    lonely = np.flatnonzero(_terminals(circuit) == 1).tolist()
    suspects = [name for name in (circuit.node_names[k] for k in lonely) if _LETTER.search(name)]
    if not suspects:
        return
    names: set[str] = {*circuit.node_names}
    told: set[str] = set()  # of several instances of a subcircuit, one is told
    for name in sorted(suspects, key=len, reverse=True):
        local = name[name.rfind(".") + 1 :]
        scope = name[: len(name) - len(local)]
        meant = next((slip for slip in _slips(local) if scope + slip in names), "")
        if meant and local not in told:
            told |= {local, meant}
            _warn(circuit, name, meant)


def _terminals(circuit: FlatCircuit) -> np.ndarray:
    """How many terminals, and expressions, each node has."""
    nodes = [table.nodes.ravel() for table in circuit.elements]
    nodes += [table.nodes.ravel() for table in circuit.devices]
    nodes += [source.nodes.ravel() for source in circuit.behavioural]
    nodes += [read.ravel() for source in circuit.behavioural for read in source.voltages.values()]
    nodes += [np.array([*circuit.initial, *circuit.nodesets], dtype=np.int64)]
    counts: np.ndarray = np.bincount(np.concatenate(nodes), minlength=len(circuit.node_names))
    return counts


def _slips(name: str) -> Iterator[str]:
    """Names for which `name` may have been typed by mistake."""
    if len(name) >= SHORTEST:
        yield from (name[: m.start()] + name[m.start() + 1 :] for m in _DOUBLED.finditer(name))
    if len(name) + 1 >= SHORTEST:
        yield from (name[: m.start()] + m[0] + name[m.start() :] for m in _LETTER.finditer(name))
    for m in _PAIR.finditer(name):
        if m[1] != m[2]:
            yield name[: m.start()] + m[2] + m[1] + name[m.start() + 2 :]
    if len(name) > 1:
        yield from (name[:k] + _ALIKE[c] + name[k + 1 :] for k, c in enumerate(name) if c in _ALIKE)


def _warn(circuit: FlatCircuit, name: str, meant: str) -> None:
    number = circuit.node_names.index(name)
    tables: list[Elements | Behavioural | Devices] = [
        *circuit.elements,
        *circuit.behavioural,
        *circuit.devices,
    ]
    rows = ((table, np.flatnonzero((np.asarray(table.nodes) == number).any(axis=1))) for table in tables)
    where = next((circuit.where(table.names[int(places[0])]) for table, places in rows if places.size), "")
    message = f"{where}: node '{name}' is connected to one element only: is '{meant}' meant?"
    warnings.warn(message.removeprefix(": "), DeckWarning, stacklevel=2)
