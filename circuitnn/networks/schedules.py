"""Schedules: amplitudes and factors that change while a machine runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import real
from circuitnn.units import number_of

Schedule = float | Sequence[float] | Callable[[float], float]
"""A number, values that follow each other at equal distances with straight lines between them, or a function of the
fraction of the run, 0 … 1."""


def schedule_of(given: Any, label: str) -> Any:
    """A schedule, checked as far as it can be before the run."""
    if callable(given):
        return given
    if not isinstance(given, list | tuple | np.ndarray) or not np.ndim(given):
        return number_of(given, label)
    values = real(given, label)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise AnalysisError(
            f"{label}: a number, a row of finite numbers, or a function of the fraction is needed"
        )
    return values


def value_at(schedule: Any, fraction: float, label: str) -> float:
    """Value of a schedule at a fraction of the run."""
    if callable(schedule):
        return number_of(schedule(fraction), label)
    if np.ndim(schedule):
        return float(np.interp(fraction, np.linspace(0.0, 1.0, len(schedule)), schedule))
    return float(schedule)
