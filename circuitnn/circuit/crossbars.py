"""Crossbar arrays in circuits: methods of `circuitnn.Circuit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from circuitnn.errors import AnalysisError, CircuitnnError, nearest
from circuitnn.flat import FlatCircuit
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.text import lowered
from circuitnn.models.spread import SEED
from circuitnn.results.result import Result
from circuitnn.units import number_of

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.crossbar.bias import Scheme
    from circuitnn.crossbar.description import Array
    from circuitnn.crossbar.placement import Placement
    from circuitnn.crossbar.signals import CellSignals
    from circuitnn.crossbar.waves import Waves

Ends = str | int | Sequence[str | int | None]


@checked_arguments
def crossbar(
    self: Circuit,
    name: str,
    array: Array,
    *,
    left: Ends | None = None,
    right: Ends | None = None,
    top: Ends | None = None,
    bottom: Ends | None = None,
    gate: Ends | None = None,
    wordlines: str | None = None,
    bitlines: str | None = None,
    scheme: Scheme | None = None,
    waves: Waves | None = None,
) -> Circuit:
    """Add a crossbar array whose line ends are connected to nodes of this circuit.

    The data of the array stay NumPy arrays; no text is written. Its nodes are ``name.wI_J`` and
    ``name.bI_J``. Drivers, amplifiers and neurons at the ends are ordinary elements.

    Parameters
    ----------
    name : str
    array : Crossbar
        Spreads of its cells (``ron.dev``) are drawn with the circuit's ``.options seed`` and `name`, unless it has its
        own `seed`.
    left, right, top, bottom, gate : str, 0 or sequence of (str, int or None), optional
        A node for the end of each line; None leaves it open. ``"in"`` stands for ``in0``, ``in1``, …, and 0
        grounds all. The driver and sense resistances of the array lie between node and line.
    wordlines, bitlines : str, optional
        Lines shared with an array added before, as in stacks: ``"x1.bitlines"``.
    scheme : Scheme, optional
        Sources at the sides that are not connected, as for ``array.op(scheme)``.
    waves : Pulse or mapping, optional
        Waveforms of these sources, as for ``array.tran``.

    Returns
    -------
    Circuit
        This circuit.

    Raises
    ------
    AnalysisError
        If a name is taken, or nodes do not fit the lines.
    """
    from circuitnn.crossbar.placement import Placement, nodes_of

    where, name = f"crossbar {name}", lowered(name)
    if any(placement.name == name for placement in self.source.arrays):
        raise AnalysisError(f"{where}: there is an array of that name already")
    given = {"left": left, "right": right, "top": top, "bottom": bottom, "gate": gate}
    shared = {"wordlines": wordlines, "bitlines": bitlines}
    planes = {side: lowered(plane) for side, plane in shared.items() if plane is not None}
    if not (any(nodes is not None for nodes in given.values()) or planes or scheme is not None):
        raise AnalysisError(f"{where}: no line is connected: give left=, bottom=, …, or scheme=")
    if waves is not None and scheme is None:
        raise AnalysisError(f"{where}: waves are those of the sources of a scheme, which is not given")
    try:
        joins = {side: nodes_of(array, side, nodes) for side, nodes in given.items() if nodes is not None}
    except CircuitnnError as error:
        raise AnalysisError(f"{where}: {error}") from None
    m, n = array.shape
    placement = Placement(name, array, joins, planes, scheme, waves, where)
    return self.place(placement, f"* crossbar {name}: {m} word lines, {n} bit lines, added in Python")


@checked_arguments
def cells(self: Circuit, name: str, result: Result) -> CellSignals:
    """Return voltages, currents and states of the cells of an array in a result, by index.

    Parameters
    ----------
    name : str
        Name of the array, added by `crossbar` or by a ``.crossbar`` card.
    result : Result
        Result of any analysis of this circuit in its present form, without ``.step`` cards.

    Returns
    -------
    CellSignals

    Raises
    ------
    AnalysisError
        If there is no such array.
    """
    from circuitnn.crossbar.signals import CellSignals

    flat = self.flat
    key = lowered(name)
    if key not in flat.placed:
        raise AnalysisError(f"there is no array {name}{nearest(key, list(flat.placed))}")
    tables = flat.placed[key]
    added = any(placement.name == key for placement in self.source.arrays)  # its numbers are not expressions
    changes = [target for target, _ in self.source.values if f"{key}." in target]
    for target in (s.target for s in result.sweeps):
        if target == "temp" or f"{key}." in target or (target.startswith("param:") and not added):
            changes.append(target.removeprefix("param:"))
    return CellSignals(
        tables.array, tables, flat.node_names, result, options=self.options(), changes=", ".join(changes)
    )


def placed(flat: FlatCircuit, path: str | None, added: Sequence[Placement]) -> FlatCircuit:
    """Put the arrays of a circuit's cards, and those added in Python, into the flat circuit."""
    from circuitnn.crossbar.placement import drawn, place

    cards: list[Placement] = []
    if flat.arrays:
        from pathlib import Path

        from circuitnn.crossbar.arraycards import placements

        cards = placements(flat, Path(path).parent if path is not None else None)
    seed = flat.options.get("seed", SEED)
    seed = seed if isinstance(seed, int) else int(number_of(seed, "option seed"))
    return place(flat, [*cards, *(drawn(placement, seed) for placement in added)])
