"""Parameters that a card may leave out, and what then stands in their place."""

from __future__ import annotations

from circuitnn.equations.graph import Expr, where
from circuitnn.models.declarations import UNSET


def is_given(value: Expr) -> Expr:
    """Whether a card gives a parameter whose default is `UNSET`."""
    return value < 0.5 * UNSET


def given(value: Expr, otherwise: Expr | float) -> Expr:
    """A parameter, or its replacement if the card does not give it."""
    return where(is_given(value), value, otherwise)
