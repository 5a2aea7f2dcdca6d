"""Device groups: tables of the instances of one kernel for the compiled core."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn._cext.group import DeviceGroup, Happenings
from circuitnn._cext.kernel import KernelHandle
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.kernel import DISTRIBUTIONS
from circuitnn.models.messages import COUNT
from circuitnn.system.condensed import Condensed
from circuitnn.system.groups import Placed
from circuitnn.system.pattern import Pattern

# Size of a group above which the search for instances at rest pays off.
RESTFUL = 16
# Columns are cached for at most this many instances, and this many groups.
MANY = 32


def numbers(p: Placed) -> np.ndarray:
    """The kernel's own columns, computed from the instances' numbers, shape (columns, n)."""
    kernel = p.kernel
    n = p.nodes.shape[1]
    names, evaluated = kernel.derived
    remembered = n <= MANY and bool(names)
    if remembered:
        key = tuple(p.columns), b"".join([c.tobytes() for c in p.columns.values()])
        if key in kernel.computed:
            return kernel.computed[key].copy()
    # A single instance is computed with numbers: arrays of length one are ten times slower.
    values = {name: float(c[0]) for name, c in p.columns.items()} if n == 1 else p.columns
    computed = {**values, **dict(zip(names, evaluated(values), strict=True))}
    rows = np.empty((len(kernel.columns), n))
    if n == 1:
        rows[:, 0] = [computed.get(name, 0.0) for name in kernel.columns]
    else:
        for row, name in zip(rows, kernel.columns, strict=True):
            row[:] = computed.get(name, 0.0)
    if remembered:
        if len(kernel.computed) == MANY:
            kernel.computed.clear()
        kernel.computed[key] = rows.copy()
    return rows


def linear_numbers(p: Placed, gmin: float) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Entries of G and C, and currents at 0, of a linear kernel, each for all instances."""
    kernel, n = p.kernel, p.nodes.shape[1]
    values = dict(zip(kernel.columns, numbers(p), strict=True)) | {"gmin": gmin}
    at_zero = values | dict.fromkeys(kernel.inputs, 0.0) | {"time": 0.0}
    G, C = ([e for _, _, e in entries] for entries in (kernel.G, kernel.C))
    wanted = ((G, values), (C, values), ([kernel.f[row] for row in kernel.f_rows], at_zero))
    evaluated = [[np.broadcast_to(value, n) for value in evaluate(of, at)] for of, at in wanted]
    return evaluated[0], evaluated[1], evaluated[2]


def device_group(
    c: Condensed, pattern: Pattern, n: int, kernel_handle: KernelHandle, columns: np.ndarray
) -> DeviceGroup:
    """Make the tables of a group for the compiled side.

    Parameters
    ----------
    c : Condensed
    pattern : Pattern
    n : int
        Number of unknowns, which is also the index of ground.
    kernel_handle : KernelHandle
    columns : ndarray, shape (columns, instances)
        The kernel's own columns, see `numbers`.
    """
    p = c.placed
    kernel, nodes = p.kernel, p.nodes
    slots = {
        "f": equations(nodes, kernel.f_rows, n),
        "q": equations(nodes, kernel.q_rows, n),
        "G": _entries(c, kernel.G_places, pattern),
        "C": _entries(c, kernel.C_places, pattern),
    }
    rows: dict[str, list] = {
        "f": list(kernel.f_rows),
        "q": list(kernel.q_rows),
        "G": list(kernel.G_places),
        "C": list(kernel.C_places),
    }
    column = {name: i for i, name in enumerate(kernel.columns)}
    junctions = [
        (limit.plus, limit.minus, column[limit.vt], column[limit.vcrit], limit.on) for limit in kernel.limits
    ]
    ground = np.where(nodes < 0, n, nodes).astype(np.int32)
    return DeviceGroup(
        p.name,
        kernel_handle,
        ground,
        columns,
        slots,
        (n, pattern.nonzeros),
        rows,
        _happenings(p, column),
        c.inner(pattern),
        junctions,
        [column[name] for name in kernel.carried_columns],
        kernel.steep,
        kernel.time_dependent,
        nodes.shape[1] >= RESTFUL and not (kernel.events or kernel.time_dependent or kernel.kept is not None),
        kernel.kept is not None,
    )


def _happenings(p: Placed, column: Mapping[str, int]) -> Happenings:
    """Targets of the group's events: columns or rows of local unknowns, and random numbers."""
    kernel, randoms = p.kernel, [name for name, _ in p.kernel.randoms]
    row = {name: i for i, name in enumerate(kernel.inputs)}
    numbered = list(enumerate(kernel.events))
    return Happenings(
        events=len(kernel.events),
        updates=[
            (k, column.get(target, -1), row.get(target, -1))
            for k, event in numbered
            for target, _ in event.updates
        ],
        redraws=[(k, randoms.index(name)) for k, event in numbered for name in event.redraw],
        randoms=[(column[name], DISTRIBUTIONS.index(kind)) for name, kind in kernel.randoms],
        keys=p.keys,
        shown=tuple(k for k, e in numbered if any(target.startswith(COUNT) for target, _ in e.updates)),
    )


def equations(nodes: np.ndarray, local_rows: tuple[int, ...], n: int) -> np.ndarray:
    """Equations of local rows, shape (rows, instances); `n` is that of ground."""
    chosen = nodes[list(local_rows)] if local_rows else np.zeros((0, nodes.shape[1]), dtype=int)
    return np.where(chosen < 0, n, chosen).astype(np.int32)


def _entries(c: Condensed, entries: tuple, pattern: Pattern) -> np.ndarray:
    """Matrix positions of entries; condensed ones have none."""
    nodes = c.placed.nodes
    if not entries:
        return np.zeros((0, nodes.shape[1]), dtype=np.int32)
    rows, columns = (list(part) for part in zip(*entries, strict=True))
    positions = pattern.positions(nodes[rows], nodes[columns])
    inner = [row in c.rows or column in c.rows for row, column in entries]
    positions[inner] = pattern.nonzeros
    return positions
