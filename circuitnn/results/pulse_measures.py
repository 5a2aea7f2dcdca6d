"""Xyce's measures of pulses: ``freq``, ``duty``, ``on_time`` and ``off_time`` of ``.measure tran``.

A signal goes on when it rises above `on`, and off when it falls below `off`. Its frequency, and the times above `on`
and below `off` per cycle, are those of the whole cycles, from the first time it goes on to the last; its duty is the
share of the whole window in which it is on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.results.evaluation import MeasureFailure

if TYPE_CHECKING:
    from circuitnn.flat.measure_request import Measure
    from circuitnn.results.path import Outcome, Path


def of_pulses(card: Measure, path: Path) -> Outcome:
    """Evaluate a measure of one of these kinds.

    Parameters
    ----------
    card : Measure
    path : Path

    Raises
    ------
    MeasureFailure
        The window has no whole cycle.
    """
    xa, ya, xb, yb = path.within(card)
    moments, goes_on = _events(np.stack([xa, ya, xb, yb]), card.on, card.off)
    starts = moments[goes_on]
    if card.kind == "duty":
        if not xb[-1] > xa[0]:
            raise MeasureFailure("there is no time between from and to")
        begun = bool(ya[0] > card.on) if not len(moments) else not goes_on[0]
        turns = np.concatenate(
            [[xa[0]] if begun else [], moments, [xb[-1]] if _ends_on(begun, goes_on) else []]
        )
        return float((turns[1::2] - turns[::2]).sum() / (xb[-1] - xa[0])), ("from", xa[0]), ("to", xb[-1])
    if len(starts) < 2:
        raise MeasureFailure(f"{card.signal} goes on {len(starts)} times: there is no whole cycle")
    cycles, ends = len(starts) - 1, (("from", float(starts[0])), ("to", float(starts[-1])))
    if card.kind == "freq":
        return cycles / float(starts[-1] - starts[0]), *ends
    pieces = path.within(card, float(starts[0]), float(starts[-1]))
    level, sign = (card.on, 1.0) if card.kind == "on_time" else (card.off, -1.0)
    return float(_time_above(pieces, level, sign)) / cycles, *ends


def _ends_on(begun: bool, goes_on: np.ndarray) -> bool:
    return bool(goes_on[-1]) if len(goes_on) else begun


def _events(pieces: np.ndarray, on: float, off: float) -> tuple[np.ndarray, np.ndarray]:
    """Moments at which a signal goes on or off in turn, and which of them they are."""
    xa, ya, xb, yb = pieces
    with np.errstate(all="ignore"):
        rises, falls = (ya <= on) & (yb > on), (ya >= off) & (yb < off)
        up = xa[rises] + ((on - ya) / (yb - ya) * (xb - xa))[rises]
        down = xa[falls] + ((off - ya) / (yb - ya) * (xb - xa))[falls]
    moments = np.concatenate([up, down])
    order = np.argsort(moments, kind="stable")
    moments, goes_on = moments[order], (np.arange(len(moments)) < len(up))[order]
    if len(moments) and ya[0] <= on and not goes_on[0]:  # off already
        first = int(np.argmax(goes_on)) if goes_on.any() else len(moments)
        moments, goes_on = moments[first:], goes_on[first:]
    changes = np.ones(len(moments), dtype=bool)
    changes[1:] = goes_on[1:] != goes_on[:-1]
    if len(moments) and ya[0] > on and goes_on[0]:  # on already
        changes[0] = False
    return moments[changes], goes_on[changes]


def _time_above(pieces: tuple[np.ndarray, ...], level: float, sign: float) -> float:
    """Time that straight lines spend above a level, or with sign -1 below it."""
    xa, ya, xb, yb = pieces
    before, after = sign * (ya - level), sign * (yb - level)
    high, low = np.maximum(before, after), np.minimum(before, after)
    with np.errstate(all="ignore"):
        share = np.where(low >= 0.0, high > 0.0, np.where(high <= 0.0, 0.0, high / (high - low)))
    return float(np.sum(share * (xb - xa)))
