"""Analyses of an array at another temperature than its own."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TypeVar

from circuitnn.crossbar.description import Array
from circuitnn.errors import DeckWarning
from circuitnn.models.dependence import without_temperature
from circuitnn.units import number_of

Kind = TypeVar("Kind", bound=Array)


def at_temperature(array: Kind, options: Mapping[str, float | str]) -> Kind:
    """Make a copy of an array at the temperature among the options of an analysis.

    Parameters
    ----------
    array : Array
    options : mapping
        With ``temp``, or without. [°C]

    Returns
    -------
    Array
        The array itself if the temperature is its own.
    """
    temperature = number_of(options.get("temp", array.temp))
    if temperature == array.temp:
        return array
    message = without_temperature(array.made.model, array.name) if array.made.model else ""
    if message:
        warnings.warn(message, DeckWarning, stacklevel=3)
    return array.changed(temp=temperature)
