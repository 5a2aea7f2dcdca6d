"""The kernel of devices whose equations are compiled code: it has places and no expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from circuitnn._cext.kernel import KernelHandle
from circuitnn._cext.osdi import Devices, Module
from circuitnn.equations.evaluate import Evaluator
from circuitnn.equations.expr import ZERO, Expr, symbol
from circuitnn.equations.kernel import Kernel
from circuitnn.records import dataclass

SURROUNDINGS = ("temp", "multiplier")  # the last columns
MULTIPLIER = "$mfactor"


class Layout(NamedTuple):
    """Where a module's numbers come from and go to, for devices with the same nodes joined.

    Parameters
    ----------
    inputs : tuple of str
        Local unknowns.
    nodes : tuple of int
        Number of each node's unknown; -1 is ground.
    columns : tuple of str
        Names of the parameters that cards may give.
    parameters : tuple of int
        Their numbers in the module.
    """

    inputs: tuple[str, ...]
    nodes: tuple[int, ...]
    columns: tuple[str, ...]
    parameters: tuple[int, ...]


@dataclass(frozen=True)
class CompiledKernel(Kernel):
    """A kernel without expressions: what its outputs are, only the library knows.

    Parameters
    ----------
    module : Module, optional
    layout : Layout, optional
    """

    module: Module | None = None
    layout: Layout | None = None
    compiled = True
    linear = False
    steep = True  # nobody knows
    time_dependent = True  # nobody knows
    quick_guard = None
    derived = (), Evaluator(())

    def callable_form(self) -> KernelHandle:
        """The kernel in callable form, with devices of its own."""
        return self._devices().handle()

    def densities(
        self, x: np.ndarray, columns: Mapping[str, np.ndarray], gmin: float, hertz: np.ndarray
    ) -> np.ndarray:
        """Densities of the module's sources of noise, shape (sources, n, m). [A²/Hz] of a current

        Parameters
        ----------
        x : ndarray, shape (inputs, n)
        columns : mapping of str to ndarray, shape (n,)
        gmin : float
            [S]
        hertz : ndarray, shape (m,)
        """
        rows = np.array([np.broadcast_to(columns[name], x.shape[1]) for name in self.columns], dtype=float)
        return self._devices().noise(np.ascontiguousarray(x), rows, gmin, np.ascontiguousarray(hertz))

    def _devices(self) -> Devices:
        layout, module = self.layout, self.module
        assert layout is not None and module is not None
        rows, count = _rows(module, layout, self)
        return Devices(
            module,
            layout.parameters,
            multiplier_of(module),
            layout.nodes,
            (len(layout.inputs), count),
            rows,
        )


def multiplier_of(module: Module) -> int:
    """Number of the parameter for devices in parallel; -1 if there is none."""
    return next((k for k, p in enumerate(module.parameters) if MULTIPLIER in p[0]), -1)


def compiled_kernel(name: str, module: Module, layout: Layout) -> CompiledKernel:
    """Make the kernel of a module.

    Parameters
    ----------
    name : str
    module : Module
    layout : Layout
    """
    rows = tuple({layout.nodes[k] for k, node in enumerate(module.nodes) if node[at]} for at in (3, 4))
    places: tuple[dict[tuple[int, int], None], dict[tuple[int, int], None]] = ({}, {})
    for row, column, *has in module.entries:
        place = layout.nodes[row], layout.nodes[column]
        for part, own, there in zip(places, rows, has, strict=True):
            if there and min(place) >= 0:
                part[place] = None
                own.add(place[0])

    def unknown(kind: str, own: set[int]) -> tuple[Expr, ...]:
        return tuple(symbol(f"_{kind}{k}") if k in own else ZERO for k in range(len(layout.inputs)))

    G, C = (
        tuple((row, column, symbol(f"_{kind}{row}_{column}")) for row, column in part)
        for kind, part in zip("GC", places, strict=True)
    )
    return CompiledKernel(
        name,
        layout.inputs,
        (*layout.columns, *SURROUNDINGS),
        unknown("f", rows[0]),
        unknown("q", rows[1]),
        G,
        C,
        module=module,
        layout=layout,
    )


def _rows(module: Module, layout: Layout, kernel: Kernel) -> tuple[Sequence[np.ndarray], int]:
    """Outputs of each node's current and charge, and of each entry's conductance and capacitance; and their number."""
    starts = np.cumsum([0, len(kernel.f_rows), len(kernel.q_rows), len(kernel.G), len(kernel.C)]).tolist()
    of_nodes: list[Any] = []
    for rows, start in ((kernel.f_rows, starts[0]), (kernel.q_rows, starts[1])):
        at = {row: start + k for k, row in enumerate(rows)}
        of_nodes.append(np.array([at.get(node, -1) for node in layout.nodes]))
    of_entries: list[Any] = []
    for which, places, start in ((2, kernel.G_places, starts[2]), (3, kernel.C_places, starts[3])):
        at_place = {place: start + k for k, place in enumerate(places)}
        of_entries.append(
            np.array(
                [
                    at_place.get((layout.nodes[entry[0]], layout.nodes[entry[1]]), -1) if entry[which] else -1
                    for entry in module.entries
                ],
                dtype=int,
            )
        )
    return [*of_nodes, *of_entries], starts[-1]
