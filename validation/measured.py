"""Deviations of ``.meas`` cards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from circuitnn.errors import CircuitnnError
from circuitnn.flat.measure_request import Measure
from circuitnn.results.measure import evaluate
from circuitnn.results.result import Result
from validation.compare import SPAN, Deviation, span_of

STATIC = 1e-5  # of sweeps and phasors: both read the same points, ngspice prints six digits
FREQUENCY = 1e-3  # of an oscillator's frequency or period
SLOPE = 2e-2  # of derivatives, which ngspice takes over one time step
COMBINED = 5e-3  # of formulas in transient measures


def compare_measures(
    cards: Sequence[Measure],
    ours: Sequence[Result],
    theirs: dict[str, float],
    edge: float = 0.0,
    oscillator: str = "",
) -> list[Deviation]:
    """Deviations of the measures; for an oscillator only that of its frequency or period.

    Parameters
    ----------
    cards : sequence of Measure
    ours : sequence of Result
        With their measures.
    theirs : dict of str to float
        By name; NaN where ngspice's measure failed.
    edge : float
        Shift in time that passes. [s]
    oscillator : str
        Name of the measure that counts, if only one does.
    """
    values = {name: value for r in ours for name, value in r.measures.items()}
    found = []
    for card in cards:
        name = card.name
        if oscillator and name != oscillator:
            continue
        mine, other = values.get(name), theirs.get(name, np.nan)
        if mine is None and np.isnan(other):
            continue
        if mine is None or np.isnan(other):
            lacking = np.nan if mine is None else mine
            found.append(Deviation("meas", name, np.inf, 1.0, 0.0, lacking, other))
            continue
        result = next(r for r in ours if name in r.measures)
        allowed = FREQUENCY * abs(other) if name == oscillator else _allowed(card, result, other, edge)
        found.append(Deviation("meas", name, abs(mine - other), allowed, 0.0, mine, other))
    return found


def within(name: str, ours: float, theirs: float | None, relative: float) -> Deviation:
    """Deviation of a measure whose budget a deck states."""
    if theirs is None or np.isnan(theirs):
        return Deviation("meas", name, np.inf, 1.0, 0.0, ours, np.nan)
    return Deviation("meas", name, abs(ours - theirs), relative * abs(theirs), 0.0, ours, theirs)


def _allowed(card: Measure, result: Result, value: float, edge: float) -> float:
    if card.analysis != "tran":
        return STATIC * abs(value) + 1e-12
    time = result.array("time")
    step = float(np.max(np.diff(time)))
    if card.kind in ("delay", "when"):
        return SPAN * abs(value) + edge + 0.05 * step
    if card.kind in ("min_at", "max_at"):  # near an extremum all values are alike
        return SPAN * abs(value) + edge + 3.0 * step
    if card.kind == "param":
        return COMBINED * abs(value)
    try:
        span = span_of(card.signal, evaluate(result, card.signal))
    except CircuitnnError:
        span = 0.0
    if card.kind == "integ":
        window = np.nanmin([card.stop, time[-1]]) - np.nanmax([card.start, time[0]])
        return SPAN * (abs(value) + span * float(window))
    if card.kind == "deriv":
        return SLOPE * abs(value) + SPAN * span / float(time[-1])
    return SPAN * (abs(value) + span)
