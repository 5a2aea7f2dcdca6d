"""Range checks of device parameters."""

from __future__ import annotations

import numpy as np

from circuitnn.constants import ABSOLUTE_ZERO, LEAST
from circuitnn.models.declarations import Parameter


def outside(parameter: Parameter, values: np.ndarray) -> np.ndarray:
    """Find values outside a parameter's range. NaN means not given.

    Infinite values, values whose inverse is infinite, and temperatures below absolute zero are outside too.
    """
    bad = parameter.refuses(values) | np.isinf(values) | ((values != 0.0) & (np.abs(values) < LEAST))
    if parameter.unit == "°C":
        bad |= values <= ABSOLUTE_ZERO
    return np.flatnonzero(bad)


def range_fault(parameter: Parameter, value: float) -> str:
    """Return the message for a value out of range."""
    if parameter.unit == "°C" and value <= ABSOLUTE_ZERO:
        return f"'{parameter.name}' = {value:g} °C is at or below absolute zero"
    if 0.0 < abs(value) < LEAST:
        return f"'{parameter.name}' = {value:g} is nearer to zero than {LEAST:g} ({parameter.meaning})"
    return f"'{parameter.name}' = {value:g} lies outside {parameter.range} ({parameter.meaning})"
