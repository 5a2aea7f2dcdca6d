"""Points of a whole circuit from those of a transient without its meshes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.records import dataclass, replace
from circuitnn.system.unknowns import Unknowns
from circuitnn.transient import mesh
from circuitnn.transient.driven_points import Divided, Undivided

if TYPE_CHECKING:
    from circuitnn.flat import FlatCircuit
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.options import Options
    from circuitnn.results.state import State
    from circuitnn.transient.mesh import Mesh


@dataclass(frozen=True, eq=False)
class Reduced:
    """A circuit's meshes and the rest.

    Parameters
    ----------
    mesh : Mesh
    nodes : frozenset of str
        Voltages of the inner nodes, by their names as unknowns.
    """

    mesh: Mesh
    nodes: frozenset[str]
    engine = "mesh"

    @property
    def circuit(self) -> FlatCircuit:
        """What is left to solve."""
        return self.mesh.circuit

    def begun(self, start: State | None) -> State | None:
        """The state of the rest, from that of the whole circuit."""
        if start is None:
            return None
        left = {name: value for name, value in start.unknowns.items() if name not in self.nodes}
        return replace(start, unknowns=left)

    def followed(self, circuit: FlatCircuit, simulation: Simulation, saved: np.ndarray) -> Undivided:
        """What the points of the rest tell of the whole circuit."""
        return Whole(circuit, self.mesh, simulation, saved)


def split(circuit: FlatCircuit, options: Options) -> Reduced | str:
    """Split a circuit; or say why it is not done.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    """
    meshes = mesh.find(circuit, options)
    if isinstance(meshes, str):
        return meshes
    inner = np.concatenate([block.nodes for block in meshes.blocks]).tolist()
    return Reduced(meshes, frozenset(f"v({circuit.node_names[k]})" for k in inner))


class Whole(Divided):
    """The unknowns of a whole circuit, by those of the rest.

    Parameters
    ----------
    circuit : FlatCircuit
        The whole one.
    mesh : Mesh
    simulation : Simulation
        Of the rest.
    recorded_rest : ndarray of int
        The unknowns of the rest in the order of its points.
    """

    def __init__(
        self, circuit: FlatCircuit, mesh: Mesh, simulation: Simulation, recorded_rest: np.ndarray
    ) -> None:
        super().__init__(circuit, Unknowns(circuit), simulation, recorded_rest)
        self.mesh = mesh
        self._kept = np.flatnonzero(self.same[self.saved] >= 0)
        self._inner = [self._chosen(block) for block in mesh.blocks]

    def _chosen(self, block: mesh.Block) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Recorded unknowns inside of a block, those of the rest at its ports, and the weights of these."""
        chosen = np.flatnonzero(np.isin(self.saved, block.nodes - 1))
        weights = block.influences(np.searchsorted(block.nodes, self.saved[chosen] + 1))
        ports = np.flatnonzero(block.ports > 0)
        return chosen, self._place[self.same[block.ports[ports] - 1]], weights[:, ports].T

    def points(self, block: np.ndarray, out: np.ndarray) -> None:
        """Turn time and all unknowns of the rest into time and the recorded unknowns, shape (n, saved + 1)."""
        x = block[:, 1:]
        out[:, 0] = block[:, 0]
        out[:, 1 + self._kept] = x[:, self._place[self.same[self.saved[self._kept]]]]
        for chosen, ports, weights in self._inner:
            out[:, 1 + chosen] = x[:, ports] @ weights

    def everything(self, time: float, x: np.ndarray) -> np.ndarray:
        """All unknowns at a point of the rest, whose unknowns are `x`."""
        unknowns = np.where(self.same >= 0, x[self.same], 0.0)
        voltages = np.append(0.0, unknowns)
        for block in self.mesh.blocks:
            unknowns[block.nodes - 1] = block.at(voltages[block.ports])
        return unknowns
