"""Division of circuits: what of a circuit a transient need not solve in each iteration.

The driven block follows from the sources alone, and is left out. Meshes of resistors are eliminated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.records import dataclass, field
from circuitnn.transient import driven_block, driven_points, mesh, mesh_points
from circuitnn.transient.driven_points import Undivided

if TYPE_CHECKING:
    from circuitnn.flat import FlatCircuit
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.options import Options
    from circuitnn.results.state import State
    from circuitnn.transient.driven_points import Driven
    from circuitnn.transient.mesh_points import Reduced

ENGINES = ("driven", "mesh")


@dataclass(frozen=True, eq=False)
class Division:
    """How a transient solves a circuit.

    Parameters
    ----------
    whole : FlatCircuit
    made : Driven or Reduced, optional
        Its parts; None: it is solved as it is.
    declined : dict of str to str
        Why other divisions were not made, by their engines.
    """

    whole: FlatCircuit
    made: Driven | Reduced | None = None
    declined: dict[str, str] = field(default_factory=dict)

    @property
    def circuit(self) -> FlatCircuit:
        """What is left to solve."""
        return self.whole if self.made is None else self.made.circuit

    def begun(self, start: State | None) -> State | None:
        """The state of what is left, from that of the whole circuit."""
        return start if self.made is None else self.made.begun(start)

    def followed(self, simulation: Simulation, saved: np.ndarray) -> Undivided:
        """What the points of a transient tell of the whole circuit.

        Parameters
        ----------
        simulation : Simulation
            Of what is left.
        saved : ndarray of int32
            What it records.
        """
        statistics = simulation.statistics
        statistics.declined = {**self.declined, **statistics.declined}
        if self.made is None:
            return Undivided(simulation, saved)
        statistics.linear_solver = f"{self.made.engine}, {statistics.linear_solver}"
        return self.made.followed(self.whole, simulation, saved)


def divided(circuit: FlatCircuit, options: Options, continues: bool, is_watched: bool) -> Division:
    """Divide a circuit if that is worth while; nothing is said of a small one.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    continues : bool
        Whether the transient continues from a state.
    is_watched : bool
        Whether somebody looks at its points while it runs.

    Raises
    ------
    AnalysisError
        The options demand a division that cannot be made.
    """
    wanted = options.linear_solver
    small = len(circuit.node_names) <= min(driven_block.WORTHWHILE, mesh.WORTHWHILE)
    if wanted not in ("auto", *ENGINES) or (small and wanted == "auto"):
        return Division(circuit)
    driven: Driven | str = "it was not asked for"
    meshes: Reduced | str = "it was not asked for"
    if wanted != "mesh":
        driven = _without_driven(circuit, options, continues, is_watched)
    alone = isinstance(driven, str) or mesh.exists(driven.circuit, options)
    if wanted != "driven" and alone:
        meshes = _without_meshes(circuit, options, is_watched)
    if not isinstance(meshes, str):
        return Division(circuit, meshes, {"driven": driven if isinstance(driven, str) else "meshes are left"})
    if not isinstance(driven, str):
        return Division(circuit, driven)
    declined = {"driven": driven, "mesh": meshes}
    if wanted in ENGINES:
        raise AnalysisError(f"linear_solver = {wanted}: {declined[wanted]}")
    return Division(circuit, declined=declined)


def _without_driven(
    circuit: FlatCircuit, options: Options, continues: bool, is_watched: bool
) -> Driven | str:
    """The circuit without its driven block, or why it is not made."""
    if not (circuit.devices or circuit.behavioural):
        return "the circuit is linear"
    if continues or is_watched:
        return "the transient continues from a state, or is watched while it runs"
    if circuit.logic is not None or options.noisestep or options.gshunt:
        return "logic, noise or shunts at its nodes"
    return driven_points.split(circuit, options)


def _without_meshes(circuit: FlatCircuit, options: Options, is_watched: bool) -> Reduced | str:
    """The circuit without its meshes, or why it is not made."""
    if is_watched:
        return "the transient is watched while it runs"
    if circuit.logic is not None or options.noisestep or options.gshunt or options.cshunt:
        return "logic, noise, shunts or capacitances at its nodes"
    return mesh_points.split(circuit, options)
