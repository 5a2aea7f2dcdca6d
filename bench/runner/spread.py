"""Medians, spreads and ratios of samples that were taken in turn."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Median, least and greatest of some samples, and how many there are."""

    median: float
    least: float
    greatest: float
    count: int


def spread(samples: Sequence[float]) -> Spread | None:
    """Summarise samples.

    Parameters
    ----------
    samples : sequence of float
        Those that are not a number, from runs that failed, are left out.

    Returns
    -------
    Spread or None
        None if there is no sample.
    """
    kept = [sample for sample in samples if not math.isnan(sample)]
    if not kept:
        return None
    return Spread(statistics.median(kept), min(kept), max(kept), len(kept))


def ratios(theirs: Sequence[float], ours: Sequence[float]) -> Spread | None:
    """Summarise the ratios of a peer's times to ours, pair by pair.

    A machine that is slow for a while is slow for both runs of a turn; the ratio of the two medians does not have
    this property.

    Parameters
    ----------
    theirs, ours : sequence of float
        One sample a turn, in the order of the turns. A peer that is slow may have fewer turns.

    Returns
    -------
    Spread or None
        Above 1: the peer takes longer. None if no turn has both.
    """
    return spread([a / b for a, b in zip(theirs, ours, strict=False) if b > 0.0])


def geometric_mean(values: Sequence[float]) -> float:
    """Geometric mean; NaN of nothing."""
    return math.exp(statistics.fmean(map(math.log, values))) if values else math.nan
