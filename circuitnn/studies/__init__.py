"""Studies: many runs of one circuit or array, and questions answered by them.

>>> from circuitnn.studies import Grid, MonteCarlo, study

Names are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from circuitnn.later import submodules

if TYPE_CHECKING:
    from circuitnn.studies.engine import opened, study
    from circuitnn.studies.gathered import Study
    from circuitnn.studies.spaces import Corners, Grid, LatinHypercube, MonteCarlo, Points, Sobol
    from circuitnn.studies.verbs import corners, monte_carlo

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
    "Study": "gathered",
    "corners": "verbs",
    "monte_carlo": "verbs",
    "opened": "engine",
    "study": "engine",
    **dict.fromkeys(("Corners", "Grid", "LatinHypercube", "MonteCarlo", "Points", "Sobol"), "spaces"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        return submodules(__name__)(name)
    value = getattr(import_module(f"circuitnn.studies.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
