"""Independent sources for the compiled core, with ngspice's defaults filled in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from circuitnn._cext.waveforms import Sources
from circuitnn.flat import Waveform
from circuitnn.system.randomsources import KINDS, at_rest

# Number of parameters that the core needs for each kind.
LENGTHS = {"pulse": 8, "sin": 7, "exp": 6, "sffm": 8, "am": 8}


def _padded(waveform: Waveform) -> list[float]:
    numbers = list(waveform.values) + [math.nan] * LENGTHS[waveform.kind]
    return numbers[: LENGTHS[waveform.kind]]


def _filled(value: float, default: float, zero_too: bool = True) -> float:
    """`value`, or the default if it was left out (ngspice also takes 0 as left out)."""
    return default if math.isnan(value) or (zero_too and value == 0.0) else value


def complete(waveform: Waveform, tstep: float, tstop: float) -> list[float]:
    """The numbers of a waveform, with ngspice's defaults, which depend on the transient card.

    Parameters
    ----------
    waveform : Waveform
    tstep, tstop : float
        Of the transient card. [s]

    Returns
    -------
    list of float
        In the order of `circuitnn._cext.waveforms`, angles in radians.
    """
    if waveform.kind == "external":
        return []
    if waveform.kind in ("pwl", "ramp", "mixed"):
        return list(waveform.values)
    n = _padded(waveform)
    zero = [0.0 if math.isnan(x) else x for x in n]
    if waveform.kind == "pulse":
        rise, fall = _filled(n[3], tstep), _filled(n[4], tstep)
        # Without a period there is one pulse, even if it began before the run.
        width, period = _filled(n[5], tstop), _filled(n[6], tstop - min(zero[2], 0.0))
        return [*zero[:3], rise, fall, width, period, zero[7]]
    if waveform.kind == "sin":
        return [*zero[:2], _filled(n[2], 1.0 / tstop), *zero[3:5], math.radians(zero[5]), zero[6]]
    if waveform.kind == "exp":
        td1, tau1 = _filled(n[2], tstep), _filled(n[3], tstep)
        td2, tau2 = _filled(n[4], td1 + tstep), _filled(n[5], tstep)
        return [*zero[:2], td1, tau1, td2, tau2]
    if waveform.kind == "sffm":
        modulating, carrier = _filled(n[2], 5.0 / tstop, False), _filled(n[4], 500.0 / tstop)
        # ngspice clamps the modulation index to 0 … carrier / modulating frequency.
        index = max(_filled(n[3], 90.0, False), 0.0)
        index = min(index, carrier / modulating) if modulating else index
        return [*zero[:2], modulating, index, carrier, zero[5], *map(math.radians, zero[6:])]
    amplitude = _filled(n[2], 1.0, False)
    modulating, carrier = _filled(n[3], 5.0 / tstop, False), _filled(n[4], 500.0 / tstop, False)
    return [*zero[:2], amplitude, modulating, carrier, zero[5], *map(math.radians, zero[6:])]


def make_sources(
    constants: np.ndarray,
    waveforms: Sequence[Waveform | None],
    tstep: float,
    tstop: float,
    functions: Sequence[Callable[[float], float] | None] = (),
    rising: float = 0.0,
) -> Sources:
    """Sources of the core.

    Parameters
    ----------
    constants : ndarray, shape (n,)
        DC values; kept by reference, so that a sweep may write to it.
    waveforms : sequence of Waveform or None, length n
    tstep, tstop : float
        Of the transient card. [s]
    functions : sequence of callable or None, length n
        Of external sources: value at a time; may be empty if there are none.
    rising : float
        Until when they rise from 0 in a transient; 0: they do not. [s]
    """
    kinds = ["dc" if w is None else w.kind for w in waveforms]
    # A source without a waveform keeps its value in transients: one number, its constant.
    numbers = [[] if w is None else complete(w, tstep, tstop) for w in waveforms]
    offsets = np.concatenate([[0], np.cumsum([len(x) for x in numbers])]).astype(np.int32)
    flat = np.array([x for row in numbers for x in row] + [0.0])
    repeats = np.array([-1.0 if w is None or math.isnan(w.repeat) else w.repeat for w in waveforms] + [0.0])
    delays = np.array([0.0 if w is None else w.delay for w in waveforms] + [0.0])
    return Sources(constants, kinds, offsets, flat, repeats, delays, functions, rising)


def resting(dc: float, waveform: Waveform | None) -> float:
    """DC value of a source: the given one, else its waveform at t = 0, else 0."""
    if not math.isnan(dc):
        return dc
    return 0.0 if waveform is None else value_at_zero(waveform)


def value_at_zero(waveform: Waveform) -> float:
    """Value of a waveform at t = 0, at rest if it is random."""
    if waveform.kind == "external":
        return 0.0
    if waveform.kind in KINDS:
        return at_rest(waveform)
    source = make_sources(np.zeros(1), [waveform], 1.0, 1.0)
    return source.values(0.0)[0]
