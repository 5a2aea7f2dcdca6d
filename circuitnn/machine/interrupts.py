"""Interrupts that a run has answered by keeping its points: whoever repeats such runs learns of them, and ends."""

from __future__ import annotations

_answered = 0


def answer() -> None:
    """Take note of an interrupt that ends a run and goes no further."""
    global _answered
    _answered += 1


def answered() -> int:
    """Count the interrupts answered so far.

    Returns
    -------
    int
    """
    return _answered
