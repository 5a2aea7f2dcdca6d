"""Waveforms of the voltages at an array's ends."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from circuitnn.crossbar.bias import SIDES, Pulse
from circuitnn.crossbar.description import Ends
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.flat import Waveform
from circuitnn.machine.user_input import mapping_of

Wave = Pulse | Waveform | None
# One pulse for all lines, or waveforms by side: one for all of them, or one per line (None: constant).
Waves = Pulse | Mapping[str, Wave | Sequence[Wave]]


def waveforms(ends: Ends, waves: Waves) -> dict[str, list[Waveform | None]]:
    """A waveform, or None, for each end of each side."""
    if isinstance(waves, Pulse):
        return {side: [_wave(waves, v, side) for v in ends.voltage[side]] for side in SIDES}
    by_side = mapping_of(waves, "waves", "{'left': Pulse(…)}, or a Pulse for all ends")
    by_end: dict[str, list[Waveform | None]] = {}
    for side, side_waves in by_side.items():
        if side not in (*SIDES, "gate"):
            raise AnalysisError(f"waves of '{side}': the sides are {', '.join(SIDES)} and gate")
        heights = ends.gate if side == "gate" else ends.voltage[side]
        if heights is None:
            raise AnalysisError("waves of the gates: the cells have none")
        uniform = side_waves is None or isinstance(side_waves, Pulse | Waveform | str)
        each = [side_waves] * len(heights) if uniform else list(side_waves)
        if len(each) != len(heights):
            raise AnalysisError(f"waves of the {side} ends: {len(each)} for {len(heights)} lines")
        by_end[side] = [_wave(wave, v, side) for wave, v in zip(each, heights, strict=True)]
        moved = np.array([wave is not None for wave in each])
        idle = moved & np.isnan(heights)
        if np.any(idle) and (not uniform or np.all(idle)):
            k = int(np.flatnonzero(idle)[0])
            warnings.warn(
                f"waves of the {side} ends: that of line {k} floats: no effect", DeckWarning, stacklevel=3
            )
    return by_end


def _wave(wave: object, height: float, side: str) -> Waveform | None:
    """A wave as the source of one end follows it."""
    if isinstance(wave, Pulse):
        return wave.waveform(float(height)) if height and not np.isnan(height) else None
    if wave is not None and not isinstance(wave, Waveform):
        raise AnalysisError(f"waves of the {side} ends: {wave!r} is neither a Pulse nor a Waveform")
    return wave
