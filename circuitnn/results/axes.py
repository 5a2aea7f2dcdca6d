"""Axes of a result: time, frequency, or the sweeps of a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements import element
from circuitnn.results.quantities import UNITS

if TYPE_CHECKING:
    from circuitnn.results.result import Result


def axes(result: Result) -> list[tuple[str, str, np.ndarray]]:
    """Name, unit and values of each axis, outermost first; one axis unless the sweep is a full grid."""
    grid = [len(s.values) for s in result.sweeps]
    if len(grid) > 1 and int(np.prod(grid)) == len(result):
        return [
            (s.target.removeprefix("param:"), _target_unit(s.target), np.asarray(s.values, dtype=float))
            for s in reversed(result.sweeps)
        ]
    if result.axis is None:
        return []
    if len(grid) == 1:
        target = result.sweeps[0].target
        return [(target.removeprefix("param:"), _target_unit(target), result.data[:, 0])]
    return [(result.axis, result.units[0], result.data[:, 0])]


def _target_unit(target: str) -> str:
    if target.startswith("param:"):
        return ""
    if target.lower() == "temp":
        return "degC"
    sweep = element(target.lower()[0]).sweep
    return UNITS.get(sweep[1], "") if sweep else ""
