"""Run time of an analysis by phase; the phases add up to the total."""

from __future__ import annotations

from collections.abc import Mapping


def by_phase(setup: float, sampled: Mapping[str, float], total: float) -> dict[str, float]:
    """Divide the time of an analysis into phases.

    Parameters
    ----------
    setup, total : float
        Measured. [s]
    sampled : mapping of str to float
        Phases after the set-up. They may be estimates: if their sum exceeds the time left after the set-up, they
        are scaled down to it. [s]

    Returns
    -------
    dict of str to float
        ``setup``; the phases; ``other``, the rest; ``total``, their sum. [s]
    """
    available = max(total - setup, 0.0)
    claimed = sum(sampled.values())
    share = min(1.0, available / claimed) if claimed > 0.0 else 0.0
    phases = {"setup": setup, **{name: share * spent for name, spent in sampled.items()}}
    phases["other"] = max(available - share * claimed, 0.0)
    return {**phases, "total": sum(phases.values())}
