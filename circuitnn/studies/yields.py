"""Shares of successes among samples, with their intervals.

References
----------
E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927), doi:10.1080/01621459.1927.10502953.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray

NAMES = ("success", "success_low", "success_high")


def wilson(good: int, samples: int, confidence: float = 0.95) -> tuple[float, float, float]:
    """Share of good samples, and Wilson's interval for it.

    Parameters
    ----------
    good, samples : int
    confidence : float

    Returns
    -------
    share, low, high : float
        NaN, 0 and 1 if there are no samples.
    """
    from scipy.stats import binomtest

    if not samples:
        return float("nan"), 0.0, 1.0
    interval = binomtest(good, samples).proportion_ci(confidence, method="wilson")
    return good / samples, float(interval.low), float(interval.high)


def counted(data: xarray.Dataset) -> xarray.Dataset:
    """Add how often samples were the best ones.

    Parameters
    ----------
    data : xarray.Dataset
        With ``best``, 0 or 1, whose last dimension is ``sample``; NaN for samples that failed, which do not count.

    Returns
    -------
    xarray.Dataset
        With ``success`` and the ends of its 95 % interval, ``success_low`` and ``success_high``.
    """
    best = data["best"]
    intervals = np.apply_along_axis(
        lambda row: wilson(int(np.nansum(row)), int(np.sum(np.isfinite(row)))), -1, best.values
    )
    return data.assign({name: (best.dims[:-1], intervals[..., k]) for k, name in enumerate(NAMES)})
