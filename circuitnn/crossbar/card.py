"""Arrays put into circuits: ``.crossbar`` cards of decks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from circuitnn.circuit import ArrayCard, Elements, FlatCircuit
from circuitnn.crossbar import flat
from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.cells import Cell, Conductance, Device, Gated, Resistance, Series
from circuitnn.crossbar.description import Array
from circuitnn.errors import AnalysisError, CircuitnnError, nearest

# What a card's values are of an array.
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


def place(circuit: FlatCircuit, folder: Path | None = None) -> FlatCircuit:
    """The circuit with its arrays in its tables.

    Parameters
    ----------
    circuit : FlatCircuit
        With ``arrays``.
    folder : path, optional
        Where files of numbers are looked for.

    Raises
    ------
    AnalysisError
        With the card's place, if an array cannot be made.
    """
    names = list(circuit.node_names)
    numbers = {name: k for k, name in enumerate(names)}
    elements, devices = list(circuit.elements), list(circuit.devices)
    made: dict[str, flat.Flat] = {}
    for card in circuit.arrays:
        try:
            array = make(card, folder)
            ends = _end_nodes(card, array, names, numbers)
            planes = _planes(card, array, made)
        except CircuitnnError as error:
            raise AnalysisError(f"{card.where}: .crossbar {card.name}: {error}") from None
        tables = flat.build(
            array, None, prefix=f"{card.name}.", first=len(names), end_nodes=ends, planes=planes
        )
        made[card.name] = tables
        names += tables.circuit.node_names[1:]
        elements += tables.circuit.elements
        devices += tables.circuit.devices
    return replace(
        circuit,
        node_names=tuple(names),
        elements=_joined(elements),
        devices=tuple(devices),
        arrays=(),
    )


def make(card: ArrayCard, folder: Path | None = None) -> Array:
    """The array of a card."""
    shape = (card.rows, card.cols)
    values = {k: _load(v, shape, folder) for k, v in card.values.items()}
    parts: list[Cell] = []
    for model, given in card.parts:
        parts.append(Device(model, **{k: _load(v, shape, folder) for k, v in given.items()}))
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
    return Array(card.rows, card.cols, cell, name=card.name, **arguments)


def _load(value: Any, shape: tuple[int, int], folder: Path | None) -> Any:
    """A number, an array, or what a file (``.npy``, else text) holds."""
    if not isinstance(value, str):
        return value
    path = Path(value) if folder is None else folder / value
    try:
        return np.load(path) if path.suffix == ".npy" else np.loadtxt(path, delimiter=",", ndmin=2)
    except (OSError, ValueError) as error:
        raise AnalysisError(f"cannot read {value} ({shape[0]} rows of {shape[1]} numbers): {error}") from None


def _end_nodes(
    card: ArrayCard, array: Array, names: list[str], numbers: dict[str, int]
) -> dict[str, np.ndarray]:
    """Nodes at the ends that the card names; those that nothing else touches are new."""
    found = {}
    for side, count in zip(
        (*SIDES, "gate"), (array.rows, array.rows, array.cols, array.cols, array.rows), strict=True
    ):
        if side not in card.joins:
            continue
        prefix = card.joins[side]
        own = []
        for k in range(count):
            name = prefix if prefix in ("0", "gnd") else f"{prefix}{k}"
            name = "0" if name == "gnd" else name
            if name not in numbers:
                numbers[name] = len(names)
                names.append(name)
            own.append(numbers[name])
        found[side] = np.array(own, dtype=np.int32)
    return found


def _planes(card: ArrayCard, array: Array, made: Mapping[str, flat.Flat]) -> dict[str, np.ndarray]:
    """Lines that are another array's: its bit lines as word lines, or the like."""
    planes = {}
    for mine in ("wordlines", "bitlines"):
        if mine not in card.joins:
            continue
        name, _, which = card.joins[mine].partition(".")
        if name not in made:
            raise AnalysisError(
                f"{mine}: there is no array {name} before this one{nearest(name, list(made))}"
            )
        if which not in ("wordlines", "bitlines"):
            raise AnalysisError(f"{mine} = {card.joins[mine]}: say {name}.wordlines or {name}.bitlines")
        nodes = made[name].word if which == "wordlines" else made[name].bit
        nodes = nodes if which == mine else nodes.T
        if nodes.shape != array.shape:
            raise AnalysisError(f"{mine} = {card.joins[mine]}: {nodes.shape} nodes do not fit {array.shape}")
        planes[mine] = nodes
    return planes


def _joined(tables: list[Elements]) -> tuple[Elements, ...]:
    """One table a kind."""
    kinds: dict[str, list[Elements]] = {}
    for table in tables:
        kinds.setdefault(table.kind, []).append(table)
    made = []
    for kind, parts in kinds.items():
        if len(parts) == 1:
            made.append(parts[0])
            continue
        keys = dict.fromkeys(k for t in parts for k in t.values)
        values = {key: np.concatenate([_column(t, key) for t in parts]) for key in keys}
        controls = [c for t in parts for c in (t.controls or ((),) * len(t.names))]
        waveforms = [w for t in parts for w in (t.waveforms or (None,) * len(t.names))]
        made.append(
            Elements(
                kind,
                tuple(n for t in parts for n in t.names),
                np.concatenate([t.nodes for t in parts]),
                values,
                tuple(waveforms) if any(t.waveforms for t in parts) else (),
                tuple(controls) if any(t.controls for t in parts) else (),
            )
        )
    return tuple(made)


def _column(table: Elements, key: str) -> np.ndarray:
    """A column of a table; what is not given is 0 of temperature coefficients, else missing."""
    missing = 0.0 if key in ("tc1", "tc2") else np.nan
    return np.broadcast_to(np.asarray(table.values.get(key, missing), dtype=float), len(table.names))
