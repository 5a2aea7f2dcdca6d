"""Which numbers of devices lie outside of what their parameters allow, and the sentence about it."""

from __future__ import annotations

import numpy as np

from circuitnn.constants import ABSOLUTE_ZERO, LEAST
from circuitnn.models.declarations import Parameter


def outside(parameter: Parameter, values: np.ndarray) -> np.ndarray:
    """Indices of values outside of a parameter's range; NaN is not given.

    Infinite ones are, those whose inverse is, and temperatures that do not exist.
    """
    bad = parameter.refuses(values) | np.isinf(values) | ((values != 0.0) & (np.abs(values) < LEAST))
    if parameter.unit == "°C":
        bad |= values <= ABSOLUTE_ZERO
    return np.flatnonzero(bad)


def range_fault(parameter: Parameter, value: float) -> str:
    """What is wrong with such a value."""
    if parameter.unit == "°C" and value <= ABSOLUTE_ZERO:
        return f"'{parameter.name}' = {value:g} °C is at or below absolute zero"
    if 0.0 < abs(value) < LEAST:
        return f"'{parameter.name}' = {value:g} is nearer to zero than {LEAST:g} ({parameter.meaning})"
    return f"'{parameter.name}' = {value:g} lies outside {parameter.range} ({parameter.meaning})"
