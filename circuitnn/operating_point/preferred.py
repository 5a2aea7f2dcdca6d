"""Which operating point is taken where a circuit has several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.operating_point import implausible, stability

if TYPE_CHECKING:
    from circuitnn.operating_point.simulation import Simulation


def prefer(simulation: Simulation, iterations: int) -> bool:
    """Move from the operating point at `x` to a nearer one, or from an unstable one to a stable one; notes say so.

    Parameters
    ----------
    simulation : Simulation
    iterations : int
        Newton iterations a solve may take.

    Returns
    -------
    bool
        Whether no way is known by which the circuit leaves its point.
    """
    implausible.come_nearer(simulation, iterations)
    return stability.leave(simulation, iterations)
