"""Studies: many runs of one circuit or array, and questions answered by them.

>>> from circuitnn.studies import Grid, MonteCarlo, study

Names are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.later import public

if TYPE_CHECKING:
    from circuitnn.studies.circuit_studies import corners, monte_carlo
    from circuitnn.studies.dataset import opened
    from circuitnn.studies.engine import study
    from circuitnn.studies.spaces import Corners, Grid, LatinHypercube, MonteCarlo, Points, Sobol
    from circuitnn.studies.study_result import Study

__all__ = [
    "Corners",
    "Grid",
    "LatinHypercube",
    "MonteCarlo",
    "Points",
    "Sobol",
    "Study",
    "corners",
    "monte_carlo",
    "opened",
    "study",
]

_HOMES = {
    "Study": "study_result",
    "corners": "circuit_studies",
    "monte_carlo": "circuit_studies",
    "opened": "dataset",
    "study": "engine",
    **dict.fromkeys(("Corners", "Grid", "LatinHypercube", "MonteCarlo", "Points", "Sobol"), "spaces"),
}

__getattr__, __dir__ = public(__name__, _HOMES)
