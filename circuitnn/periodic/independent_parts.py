"""Parts of a circuit that do not influence each other: each of them may oscillate with a period of its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuitnn.operating_point.simulation import Simulation
from circuitnn.periodic.start import COUNTS, swinging

RESTS = 1e-12  # relative movement up to which an unknown is a constant


def parts(simulation: Simulation, moving: np.ndarray) -> list[np.ndarray]:
    """Split a circuit where nothing leads from one unknown to another.

    Constants, such as supplies, connect nothing, nor do unknowns that only show what others do, such as the current of
    a supply.

    Parameters
    ----------
    simulation : Simulation
    moving : ndarray of bool, shape (n,)

    Returns
    -------
    list of ndarray of int
        Unknowns of each part.
    """
    starts, rows = simulation.system.assembly.pattern[:2]
    n = len(starts) - 1  # further unknowns are states inside devices, eliminated between these
    rows_of = {
        c: {r for r in rows[starts[c] : starts[c + 1]].tolist() if r < n}
        for c in np.flatnonzero(moving[:n]).tolist()
    }
    for c, triggered in _by_events(simulation, moving[:n]):
        rows_of[c] |= triggered
    columns_of: dict[int, set[int]] = {}
    for c, own_rows in rows_of.items():
        for r in own_rows:
            columns_of.setdefault(r, set()).add(c)
    alone = [c for c, own_rows in rows_of.items() if len(own_rows) <= 1]
    while alone:
        c = alone.pop()
        if any(columns_of[r] == {c} for r in rows_of.get(c, ())):
            continue  # it depends on nothing else
        for r in rows_of.pop(c, set()):
            for other in columns_of.pop(r, set()) - {c}:
                rows_of[other].discard(r)
                if len(rows_of[other]) <= 1:
                    alone.append(other)
    separate: list[np.ndarray] = []
    while rows_of:
        part: set[int] = set()
        front = [next(iter(rows_of))]
        while front:
            c = front.pop()
            if c not in rows_of:
                continue
            part.add(c)
            for r in rows_of.pop(c):
                front += columns_of.get(r, set())
        separate.append(np.array(sorted(part)))
    return separate


def _by_events(simulation: Simulation, moving: np.ndarray) -> Iterator[tuple[int, set[int]]]:
    """Unknowns, and those that they influence by events, which no derivative shows: what controls a switch."""
    for placed in simulation.system.placed:
        if placed.kernel.events:
            for instance in placed.nodes.T.tolist():
                connected = {u for u in instance if 0 <= u < len(moving) and moving[u]}
                for c in connected:
                    yield c, connected


def oscillators(simulation: Simulation, late: np.ndarray) -> list[int]:
    """The unknown that moves most in each part that oscillates by itself.

    Parameters
    ----------
    simulation : Simulation
    late : ndarray, shape (m, n + 1)
        Time and unknowns of a transient, near its end.
    """
    x = late[:, 1:]
    span = np.ptp(x, axis=0)
    moving = span > RESTS * np.maximum(np.abs(x).max(axis=0), 1e-3)
    voltages = np.arange(len(span)) < simulation.nodes
    nodes = []
    for part in parts(simulation, moving):
        k = swinging(x, part[voltages[part]], COUNTS * span[voltages].max())
        if k is not None:
            nodes.append(k)
    return nodes
