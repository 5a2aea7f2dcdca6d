"""Arrays of ``.crossbar`` cards."""

from __future__ import annotations

import io
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from circuitnn.crossbar.crossing import Cell, Conductance, Device, Gated, Resistance, Series
from circuitnn.crossbar.description import Array
from circuitnn.crossbar.placement import PLANES, Placement, nodes_of
from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.flat import ArrayCard, FlatCircuit
from circuitnn.machine.access import content_of
from circuitnn.machine.text import decoded, lines_of

# Parameters of a card: the array's arguments that they set.
ARGUMENTS = {
    "rw": "wordline_resistance",
    "rb": "bitline_resistance",
    "rd": "driver_resistance",
    "rs": "sense_resistance",
    "rc": "contact_resistance",
    "cw": "wordline_capacitance",
    "cb": "bitline_capacitance",
    "cc": "cell_capacitance",
}


def placements(circuit: FlatCircuit, folder: Path | None = None) -> list[Placement]:
    """The arrays of a circuit's cards.

    Parameters
    ----------
    circuit : FlatCircuit
        With ``arrays``.
    folder : path, optional
        Folder in which files of numbers are searched.

    Raises
    ------
    AnalysisError
        With the card's place, if an array cannot be made.
    """
    arrays = []
    for card in circuit.arrays:
        where = f"{card.where}: .crossbar {card.name}"
        try:
            array = make(card, folder)
            joins = {
                side: nodes_of(array, side, prefix)
                for side, prefix in card.joins.items()
                if side not in PLANES
            }
        except CircuitnnError as error:
            raise AnalysisError(f"{where}: {error}") from None
        planes = {side: plane for side, plane in card.joins.items() if side in PLANES}
        arrays.append(Placement(card.name, array, joins, planes, where=where))
    return arrays


def make(card: ArrayCard, folder: Path | None = None) -> Array:
    """The array of a card."""
    shape = (card.rows, card.cols)
    values = {k: _load(v, shape, folder) for k, v in card.values.items()}
    parts: list[Cell] = []
    for model, columns in card.parts:
        parts.append(Device(model, **{k: _load(v, shape, folder) for k, v in columns.items()}))
    if "g" in values and "r" in values:
        raise AnalysisError("give one of g and r")
    gated = "gate" in card.joins
    linear = [Conductance(values["g"])] if "g" in values else []
    linear = [Resistance(values["r"])] if "r" in values else linear
    chain = [*(parts[:-1] if gated else parts), *linear]
    if not chain or (gated and not parts):
        raise AnalysisError("the cells need g, r or model; cells with a gate a transistor as the last model")
    cell = chain[0]
    for other in chain[1:]:
        cell = Series(cell, other)
    if gated:
        transistor = parts[-1]
        assert isinstance(transistor, Device)
        cell = Gated(cell, transistor)
    arguments = {ARGUMENTS[k]: v for k, v in values.items() if k in ARGUMENTS}
    return Array(card.rows, card.cols, cell, name=card.name, seed=card.seed, **arguments)


def _load(value: Any, shape: tuple[int, int], folder: Path | None) -> Any:
    """A number, an array, or the contents of a file (``.npy``, else text)."""
    if not isinstance(value, str):
        return value
    path = Path(value) if folder is None else folder / value
    wanted = f"{shape[0]} rows of {shape[1]} numbers"
    try:
        content = content_of(path)
    except OSError as error:
        raise AnalysisError(f"cannot read {value} ({wanted}): {error.strerror or error}") from None
    try:
        return _array(content) if path.suffix == ".npy" else _table(decoded(content))
    except ValueError as error:
        raise AnalysisError(f"{value} does not hold {wanted}: {error}") from None


def _table(text: str) -> np.ndarray:
    """Parse lines of comma-separated numbers."""
    rows: list[list[float]] = []
    for number, line in enumerate(lines_of(text), 1):
        words = line.partition("#")[0].split(",")
        if words == [""] or not "".join(words).strip():
            continue
        try:
            rows.append([float(word) for word in words])
        except ValueError:  # the message omits the text: a deck must not reveal other files' contents
            raise ValueError(f"line {number} has a word that is not a number") from None
        if len(rows[-1]) != len(rows[0]):
            raise ValueError(f"line {number} has {len(rows[-1])} numbers, the first {len(rows[0])}")
    if not rows:
        raise ValueError("there are no numbers in it")
    return np.array(rows)


def _array(content: bytes) -> np.ndarray:
    """NumPy's file of one array; its size must match its header, so that no memory is allocated on trust."""
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        counts, by_columns, kind = read(file)
    except Exception:  # an invalid header can raise anything
        raise ValueError("it is not an array written by numpy.save") from None
    left = content[file.tell() :]
    if kind.kind not in "fiu" or len(left) != kind.itemsize * prod(counts):
        raise ValueError("its data do not fit its header")
    values = np.frombuffer(left, kind).reshape(counts, order="F" if by_columns else "C")
    return np.asarray(values, dtype=float)
