"""Decks run without their own tolerances, judged by what SPICE's default tolerances promise.

The rule, for every deck the same. Newton's method stops when updates are below reltol·|x| + vntol, or abstol: operating
points, sweeps, small-signal and noise analyses are held to the budget of tight tolerances with its 1e-6 replaced by
reltol. A time step may err by trtol·reltol of each charge: mean and rms of every node voltage over the second half of a
transient (which know no phase), and every measure, are held to twice that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from circuitnn.contract.expectations import measures, value_of
from circuitnn.options import Options
from circuitnn.results.result import Result
from validation.compare import RELATIVE, Deviation, common_names, compare
from validation.decks import Deck

_TOLERANCE = re.compile(r"\b(?:reltol|vntol|abstol|chgtol|trtol)\s*=\s*\S+", re.IGNORECASE)
_OPTIONS = re.compile(r"^\.opt\w*[^\n]*$", re.IGNORECASE | re.MULTILINE)
DEFAULT = Options()
TRANSIENT = 2.0 * DEFAULT.trtol * DEFAULT.reltol


def without_tolerances(text: str) -> str:
    """A deck's text without the tolerances on its ``.options`` cards."""
    return _OPTIONS.sub(lambda card: _TOLERANCE.sub("", card[0]), text)


def judge(deck: Deck, ours: Sequence[Result], exact: Sequence[Result]) -> str:
    """The first wrong number of a run with default tolerances; empty if there is none.

    Parameters
    ----------
    deck : Deck
        For its ``expect`` cards.
    ours : sequence of Result
        The run to judge.
    exact : sequence of Result
        The same analyses with tight tolerances.
    """
    for card in deck.expectations:
        value = value_of(card, list(ours))
        scale = TRANSIENT if card.analysis in ("tran", "meas") else DEFAULT.reltol
        if not abs(value - card.value) <= card.allowed + scale * abs(card.value) + DEFAULT.vntol:
            return f"{card} is {value:.6g}, not {card.value:.6g}"
    for name, value in measures(list(exact)).items():
        measured = measures(list(ours)).get(name, np.nan)
        if not abs(measured - value) <= TRANSIENT * abs(value):
            return f"measure {name} is {measured:.6g}, not {value:.6g}"
    for mine, theirs in zip(ours, exact, strict=True):
        worst = _worst(mine, theirs)
        if worst.share > 1.0:
            return str(worst)
    return ""


def _worst(ours: Result, exact: Result) -> Deviation:
    if ours.analysis != "tran":
        worst = compare(ours, exact)[0]
        return replace(worst, allowed=worst.allowed * DEFAULT.reltol / RELATIVE)
    found = [_moments(ours, exact, n) for n in common_names(ours, exact) if n.startswith("v(")]
    return max(found, key=lambda d: d.share)


def _moments(ours: Result, exact: Result, name: str) -> Deviation:
    """Deviation of mean and rms over the second half."""
    a, b = _mean_and_rms(ours, name), _mean_and_rms(exact, name)
    allowed = TRANSIENT * float(np.abs(exact[name]).max()) + DEFAULT.vntol
    return Deviation("tran", f"{name} (mean, rms)", float(np.abs(a - b).max()), allowed)


def _mean_and_rms(result: Result, name: str) -> np.ndarray:
    late = result.time >= result.time[-1] / 2
    time, values = result.time[late], result[name][late]
    means = [np.trapezoid(values**power, time) / (time[-1] - time[0]) for power in (1, 2)]
    return np.array([means[0], np.sqrt(means[1])])
