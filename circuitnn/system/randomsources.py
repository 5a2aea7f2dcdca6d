"""Sources that follow a random process: ``trnoise`` and ``trrandom``, drawn as straight lines from sample to sample."""

from __future__ import annotations

import math
from zlib import crc32

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.flat import Waveform

KINDS = ("trnoise", "trrandom")
MAX_SAMPLES = 10_000_000
EDGE = 1e-3  # fraction of the interval that a step of trrandom takes


def drawn(waveform: Waveform, name: str, dc: float, seed: int, tstop: float) -> Waveform:
    """The points of one realisation.

    Parameters
    ----------
    waveform : Waveform
        ``trnoise``: standard deviation, interval; ``trrandom``: distribution (1 uniform, 2 normal,
        3 exponential, 4 Poisson), interval, delay, and its two parameters.
    name : str
        Of the source; together with the seed it determines the numbers.
    dc : float
        Value to which the process is added.
    seed : int
    tstop : float
        [s]

    Returns
    -------
    Waveform
        ``pwl``.

    Raises
    ------
    AnalysisError
        The transient has too many samples.
    """
    given = [*(0.0 if math.isnan(v) else v for v in waveform.values), *[0.0] * 5]
    interval = given[1]
    count = tstop / interval + 2.0
    if count > MAX_SAMPLES:
        raise AnalysisError(
            f"{name}: {count:.3g} random numbers up to {tstop:g} s; at most {MAX_SAMPLES:,d} are drawn"
        )
    generator = np.random.default_rng((seed, crc32(name.encode())))
    if waveform.kind == "trnoise":
        times = interval * np.arange(int(count))
        values = dc + given[0] * generator.standard_normal(len(times))
        values[0] = dc
    else:
        times, values = _steps(given, generator, int(count))
        values += dc
    return Waveform("pwl", tuple(np.column_stack([times, values]).ravel().tolist()))


def _steps(given: list[float], generator: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Values held for one interval each; before the delay, the offset."""
    kind, interval, delay, scale, offset = int(given[0]), *given[1:5]
    sample = {
        1: lambda: generator.uniform(-1.0, 1.0, count) * scale,
        2: lambda: generator.standard_normal(count) * scale,
        3: lambda: generator.exponential(1.0, count) * scale,
        4: lambda: generator.poisson(scale, count).astype(float),
    }[kind]()
    starts = delay + interval * np.arange(count)
    before, after = np.concatenate([[offset], offset + sample[:-1]]), offset + sample
    times = np.column_stack([starts, starts + EDGE * interval]).ravel()
    values = np.column_stack([before, after]).ravel()
    return (np.concatenate([[0.0], times]), np.concatenate([[offset], values])) if delay else (times, values)


def at_rest(waveform: Waveform) -> float:
    """Value without the process."""
    return waveform.values[4] if waveform.kind == "trrandom" and len(waveform.values) > 4 else 0.0
