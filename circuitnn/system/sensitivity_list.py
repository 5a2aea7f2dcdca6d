"""The numbers that ngspice's ``.sens`` lists, in its order: also those without any influence here, or there.

Kinds of elements come in a fixed order; within a kind first the instances of the model that was used last, and of each
model first the instance that came last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from circuitnn.elements.element import MODEL
from circuitnn.flat import Behavioural, Devices, Elements, FlatCircuit
from circuitnn.machine.text import lines_of, read_text
from circuitnn.models import known
from circuitnn.models.model import Model

SMALL_SIGNAL = "~"  # marks numbers that are listed over frequencies only
ITSELF = "="  # the element's main value, which has its name


def listed(circuit: FlatCircuit, derivatives: Iterable[str], small_signal: bool) -> Iterator[tuple[str, str]]:
    """Pair the names of ngspice's list with the names of derivatives; derivatives that are not listed follow.

    Parameters
    ----------
    circuit : FlatCircuit
    derivatives : iterable of str
        Names of derivatives.
    small_signal : bool
        Whether they are those of phasors.

    Yields
    ------
    (str, str)
        Name in the list, and name of the derivative; the latter is empty for a number without influence.
    """
    left = dict.fromkeys(derivatives)
    known_names = frozenset(left)
    for kinds, suffixes in _lists(small_signal):
        tables = [table for table in _tables(circuit) if _kind(table) in kinds]
        for name, meanings in _instances(tables, suffixes):
            for suffix, ours in meanings:
                of = name + ours
                present = of in known_names
                if present:
                    left.pop(of, None)
                yield name + suffix, of if present else ""
    yield from ((name, name) for name in left)


@cache
def _lists(small_signal: bool) -> tuple[tuple[frozenset[str], tuple[str, ...]], ...]:
    """Kinds of elements and their numbers' suffixes."""
    text = read_text(Path(__file__).with_suffix(".txt"))
    lists = []
    for line in lines_of(text.replace("\n  ", " ").rstrip()):
        kinds, _, numbers = line.partition(" | ")
        words = [w for w in numbers.split() if small_signal or not w.endswith(SMALL_SIGNAL)]
        suffixes = (word.removesuffix(SMALL_SIGNAL).replace(ITSELF, "") for word in words)
        lists.append((frozenset(kinds.split()), tuple(suffixes)))
    return tuple(lists)


def _tables(circuit: FlatCircuit) -> Iterator[Elements | Behavioural | Devices]:
    yield from circuit.elements
    yield from circuit.behavioural
    yield from circuit.devices


def _kind(table: Elements | Behavioural | Devices) -> str:
    if isinstance(table, Devices):
        return table.model
    return table.kind if isinstance(table, Elements) else "b"


def _instances(
    tables: Sequence[Elements | Behavioural | Devices], suffixes: Sequence[str]
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Names in order, and for each the suffixes of its numbers there and here."""
    rows: list[tuple[int, str, tuple[int, int], list[tuple[str, str]]]] = []
    for number, table in enumerate(tables):
        models, meanings = _models(table), _meanings(table, suffixes)
        places = table.places if len(table.places) else range(len(rows), len(rows) + len(table.names))
        rows += [
            (int(place), name, (number, int(model)), meanings)
            for place, name, model in zip(places, table.names, models, strict=True)
            if name[0] == "b" or not isinstance(table, Behavioural)
        ]
    rows.sort(key=lambda row: row[0])
    groups: dict[tuple[int, int], list[tuple[str, list[tuple[str, str]]]]] = {}
    for _, name, model, meanings in rows:
        groups.setdefault(model, []).append((name, meanings))
    for group in reversed(groups.values()):
        yield from reversed(group)


def _models(table: Elements | Behavioural | Devices) -> np.ndarray:
    """A number for each instance: the same where the model is the same."""
    count = len(table.names)
    if isinstance(table, Elements):
        return np.nan_to_num(table.values.get(MODEL, np.zeros(count)))
    if isinstance(table, Behavioural):
        return np.zeros(count)
    names = [p.name for p in known()[table.model].parameters]
    names += [MODEL] if MODEL in table.columns else []
    stacked = np.array([np.broadcast_to(table.columns[name], count) for name in names])
    stacked = np.where(np.isnan(stacked), np.inf, stacked)  # of rows, np.unique takes no NaN for another
    return np.unique(stacked, axis=1, return_inverse=True)[1].reshape(-1)


def _meanings(table: Elements | Behavioural | Devices, suffixes: Sequence[str]) -> list[tuple[str, str]]:
    """Suffixes of ngspice's numbers, and of ours that mean the same."""
    if not isinstance(table, Devices):
        return [(suffix, suffix) for suffix in suffixes]
    ours = _names(known()[table.model])
    return [(suffix, ours.get(suffix, suffix)) for suffix in suffixes]


def _names(model: type[Model]) -> Mapping[str, str]:
    """Suffix of a number by each of its names → suffix of the derivative."""
    suffixes = {"_m": "_m", "_dtemp": "_temp"}
    for separator, parameters in ((":", model.parameters), ("_", model.instance_parameters)):
        for parameter in parameters:
            for name in (parameter.name, *parameter.aliases):
                suffixes.setdefault(separator + name, separator + parameter.name)
    return suffixes
