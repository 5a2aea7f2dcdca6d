"""Initial point and time span of a transient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Initial(NamedTuple):
    """The first point of a transient.

    Parameters
    ----------
    t : float
        [s]
    x : ndarray, shape (n + 1,)
        Unknowns; ground is last.
    q : ndarray, shape (n + 1,)
        Charges.
    static : bool
        Whether `x` is a solution with d/dt = 0.
    """

    t: float
    x: np.ndarray
    q: np.ndarray
    static: bool


class Span(NamedTuple):
    """Times and steps of a transient.

    Parameters
    ----------
    keep : float
        Points before it are not kept. [s]
    stop : float
        [s]
    largest, first : float
        Steps. [s]
    """

    keep: float
    stop: float
    largest: float
    first: float
