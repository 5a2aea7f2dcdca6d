"""The ``.crossbar`` card: arrays inside a deck.

.crossbar x1 rows=64 cols=64 model=mem x0={(row+col)/126} rw=2 rb=2 left=in bottom=out
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from circuitnn.elements.card import CardError
from circuitnn.errors import nearest
from circuitnn.flat import ArrayCard
from circuitnn.machine import budget
from circuitnn.machine.text import lowered
from circuitnn.models import known
from circuitnn.models.spread import SUFFIX
from circuitnn.netlist.cellvalues import cell_value
from circuitnn.netlist.device_models import part_of_cell
from circuitnn.netlist.parameters import Environment
from circuitnn.netlist.reader import Reader

JOINS = ("left", "right", "top", "bottom", "gate", "wordlines", "bitlines")
VALUES = ("g", "r", "rw", "rb", "rd", "rs", "rc", "cw", "cb", "cc")
FILE = "file."
MOST = 1 << 28  # rows or columns


def read_array(reader: Reader, environment: Environment, text: str, origin: int) -> ArrayCard:
    """Read a card; expressions may use ``row`` and ``col``.

    Raises
    ------
    CardError
        If it cannot be used.
    """
    card = reader.split(text, origin)
    pairs = dict(card.pairs)
    for word in (*card.words[1:], *card.trailing):
        raise CardError(f"'{word}' is not a parameter of the form name=value", word)
    rows, cols = (_count(reader, environment, pairs, name, origin) for name in ("rows", "cols"))
    budget.ask_memory(8.0 * rows * cols, f".crossbar {card.words[0]} of {rows} x {cols} cells")
    names: list[str] = []
    parts: list[tuple[str, dict[str, object]]] = []
    for name, type_, given in _models(reader, environment, pairs.pop("model", "")):
        names.append(name)
        parts.append((type_, given))
    joins = {name: pairs.pop(name) for name in JOINS if name in pairs}
    written = _as_written(reader, origin)
    values: dict[str, object] = {}
    for key, word in pairs.items():
        plain = key.removeprefix(FILE)
        if key != plain:
            value: object = written.get(key, word)
        else:
            random = f"{card.words[0]}.{plain}"
            value = cell_value(reader, environment, word, random, _shape(plain, rows, cols), origin)
        spread = SUFFIX if plain.endswith(SUFFIX) else ""
        part, _, parameter = plain.removesuffix(SUFFIX).rpartition(".")
        parameter += spread
        if plain in VALUES:
            values[plain] = value
        elif part in names:
            parts[names.index(part)][1][parameter] = value
        elif not part and len(parts) == 1:
            parts[0][1][parameter] = value
        else:
            everything = ["rows", "cols", "model", *JOINS, *VALUES]
            raise CardError(f"'.crossbar' has no parameter '{key}'{nearest(key, everything)}", key)
    where = reader.sources.where(origin)
    seed = environment.world.seed
    sized = tuple((type_, _scaled(type_, given, environment.world.scale)) for type_, given in parts)
    return ArrayCard(card.words[0], rows, cols, sized, values, joins, where, seed)


def _scaled(type_: str, given: dict[str, object], scale: float) -> dict[str, object]:
    """Sizes of transistors times option ``scale``."""
    powers = known()[type_].scaled if scale != 1.0 else {}
    for name in powers.keys() & given.keys():
        value = given[name]
        if isinstance(value, str):
            raise CardError(f"'{FILE}{name}': sizes from a file do not go with option scale", name)
        given[name] = np.asarray(value) * scale ** powers[name]
    return given


def _shape(key: str, rows: int, cols: int) -> tuple[int, ...]:
    """Return the shape of a value given per line, per segment or per cell."""
    shapes: dict[str, tuple[int, ...]] = {
        "rw": (rows, cols - 1),
        "rb": (rows - 1, cols),
        "rd": (rows,),
        "cw": (rows,),
        "rs": (cols,),
        "cb": (cols,),
    }
    return shapes.get(key, (rows, cols))


def _count(reader: Reader, environment: Environment, pairs: dict[str, str], name: str, origin: int) -> int:
    if name not in pairs:
        raise CardError(f"'.crossbar' needs {name}=", ".crossbar")
    text = pairs.pop(name)
    number = float(environment.value(reader.value(text), origin))
    if not 1 <= number <= MOST or number != int(number):
        raise CardError(f"'.crossbar': {name} = {number:g} must be a whole number from 1 to {MOST}", text)
    return int(number)


def _models(
    reader: Reader, environment: Environment, text: str
) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Models of a cell, ``selector,memristor``: name of the card, name of the model, numbers on the card."""
    types = tuple(word for model in known().values() for word in model.types())
    for name in filter(None, text.split(",")):
        card = reader.model(name, types, "an array")
        if card.bins:
            raise CardError(f"model '{name}' has bins: name one of them, '{card.bins[0].name}'", name)
        part = part_of_cell(environment, card)
        if part is not None:
            model, given = part
            yield (
                name,
                model.name,
                {k: environment.value(v, card.origin, card.owner) for k, v in given.items()},
            )


def _as_written(reader: Reader, origin: int) -> dict[str, str]:
    """Return the ``file.…=`` pairs with file names in their original case."""
    raw = reader.sources.raw_text(origin)
    pairs = re.findall(r"(file\.[\w.]+)\s*=\s*(\S+)", raw, flags=re.IGNORECASE)
    return {lowered(key): name.strip("'\"") for key, name in pairs}
