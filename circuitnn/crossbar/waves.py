"""Waveforms of the voltages at an array's ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from circuitnn.crossbar.bias import SIDES, Pulse
from circuitnn.crossbar.description import Ends
from circuitnn.errors import AnalysisError
from circuitnn.flat import Waveform

# One pulse for all lines, or waveforms by side: one for all of them, or one per line (None: constant).
Waves = Pulse | Mapping[str, Pulse | Waveform | Sequence[Waveform | None]]


def waveforms(ends: Ends, waves: Waves) -> dict[str, list[Waveform | None]]:
    """A waveform, or None, for each end of each side."""
    by_side = dict.fromkeys(SIDES, waves) if isinstance(waves, Pulse) else dict(waves)
    unknown = set(by_side) - {*SIDES, "gate"}
    if unknown:
        raise AnalysisError(f"waves of '{min(unknown)}': the sides are {', '.join(SIDES)} and gate")
    made: dict[str, list[Waveform | None]] = {}
    for side, wave in by_side.items():
        heights = ends.gate if side == "gate" else ends.voltage[side]
        if heights is None:
            raise AnalysisError("waves of the gates: the cells have none")
        if isinstance(wave, Pulse):
            made[side] = [wave.waveform(float(v)) if v and not np.isnan(v) else None for v in heights]
        elif isinstance(wave, Waveform):
            made[side] = [wave] * len(heights)
        else:
            made[side] = list(wave)
            if len(made[side]) != len(heights):
                raise AnalysisError(f"waves of the {side} ends: {len(made[side])} for {len(heights)} lines")
    return made
