"""Distances between the outcome of a contender and a reference."""

from __future__ import annotations

import math

import numpy as np

from bench.runner.case import Outcome


def _common(found: Outcome, reference: Outcome) -> list[tuple[np.ndarray, np.ndarray]]:
    """Vectors that both have, on the reference's axis."""
    pairs = []
    for name, exact in reference.vectors.items():
        if name not in found.vectors:
            continue
        values = found.vectors[name]
        if found.axis is not None and reference.axis is not None:
            values = np.interp(reference.axis, found.axis, values)
        if values.shape == exact.shape:
            pairs.append((values, exact))
    return pairs


# Signals whose span is a smaller share of the largest one's are at rest.
AT_REST = 1e-9


def of_span(found: Outcome, reference: Outcome) -> float:
    """Root mean square of the differences, relative to the span of the reference; the worst vector counts.

    For waveforms: over time, on the reference's points, between which the outcome is interpolated linearly. Signals at
    rest do not count.
    """
    pairs = _common(found, reference)
    spans = [float(np.ptp(exact)) for _, exact in pairs]
    least = AT_REST * max(spans, default=0.0)
    errors = [
        math.sqrt(_mean(np.abs(values - exact) ** 2, reference.axis)) / span
        for (values, exact), span in zip(pairs, spans, strict=True)
        if span > least
    ]
    return max(errors, default=math.nan)


def _mean(values: np.ndarray, axis: np.ndarray | None) -> float:
    """Mean over the axis, whose points need not be evenly spaced."""
    if axis is None:
        return float(values.mean())
    widths = np.diff(axis)
    return float(np.sum(0.5 * (values[1:] + values[:-1]) * widths) / np.sum(widths))


def of_largest(found: Outcome, reference: Outcome) -> float:
    """Largest difference relative to the largest value of any vector: for operating points."""
    pairs = _common(found, reference)
    largest = max((float(np.abs(exact).max()) for _, exact in pairs), default=0.0)
    if largest == 0.0:
        return math.nan
    return max(float(np.abs(values - exact).max()) for values, exact in pairs) / largest


def relative(found: Outcome, reference: Outcome) -> float:
    """Largest difference of a value relative to itself."""
    errors = [
        float(np.max(np.abs(values - exact)[exact != 0.0] / np.abs(exact)[exact != 0.0]))
        for values, exact in _common(found, reference)
        if np.any(exact)
    ]
    return max(errors, default=math.nan)
