"""Sources that follow a random process: ``trnoise`` and ``trrandom``, linear between samples."""

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
    """Draw one realisation as a piecewise linear waveform.

    Parameters
    ----------
    waveform : Waveform
        ``trnoise``: standard deviation and interval of white noise; exponent and amplitude of 1/f noise; amplitude of
        telegraph noise and its mean times to capture and to emission; ``trrandom``: distribution (1 uniform,
        2 normal, 3 exponential, 4 Poisson), interval, delay, and its two parameters.
    name : str
        Name of the source; together with the seed it determines the numbers.
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
    parameters = [*(0.0 if math.isnan(v) else v for v in waveform.values), *[0.0] * 5]
    interval = parameters[1]
    count = tstop / interval + 2.0 if interval else 2.0
    if waveform.kind == "trnoise" and parameters[4]:
        count += 2.0 * tstop / (parameters[5] + parameters[6])
    if count > MAX_SAMPLES:
        raise AnalysisError(
            f"{name}: {count:.3g} random numbers up to {tstop:g} s; at most {MAX_SAMPLES:,d} are drawn"
        )
    generator = np.random.default_rng((seed, crc32(name.encode())))
    samples = (
        _noise(parameters, generator, tstop)
        if waveform.kind == "trnoise"
        else _steps(parameters, generator, int(count))
    )
    times, values = samples
    return Waveform("pwl", tuple(np.column_stack([times, dc + values]).ravel().tolist()))


def _noise(
    parameters: list[float], generator: np.random.Generator, tstop: float
) -> tuple[np.ndarray, np.ndarray]:
    """White and 1/f noise, linear between samples, plus telegraph noise, which jumps."""
    amplitude, interval, exponent, flicker, telegraph, capture, emission = parameters[:7]
    times = interval * np.arange(int(tstop / interval) + 2) if interval else np.array([0.0, tstop])
    values = np.zeros(len(times))
    if amplitude:
        values += amplitude * generator.standard_normal(len(times))
    if flicker:
        values += flicker * _flicker(len(times), exponent, generator)
    values[0] = 0.0
    if not telegraph:
        return times, values
    flips = _flips(capture, emission, tstop, generator)
    moments = np.concatenate([times, np.repeat(flips, 2)])  # before a jump, and after it
    high = np.concatenate([np.searchsorted(flips, times) % 2, np.arange(1, 2 * len(flips) + 1) // 2 % 2])
    order = np.argsort(moments, kind="stable")
    return moments[order], (np.interp(moments, times, values) + telegraph * high)[order]


def _flicker(count: int, exponent: float, generator: np.random.Generator) -> np.ndarray:
    """Numbers with density 1/f^exponent: white noise through a filter of half that order.

    References
    ----------
    N. J. Kasdin, "Discrete simulation of colored noise and stochastic processes and 1/f^α power law noise generation",
    Proc. IEEE 83, 802 (1995), doi:10.1109/5.381848, equations (104) and (116).
    """
    k = np.arange(1, count)
    response = np.cumprod(np.concatenate([[1.0], (0.5 * exponent + k - 1.0) / k]))
    size = 2 * count
    white = generator.standard_normal(count)
    return np.fft.irfft(np.fft.rfft(white, size) * np.fft.rfft(response, size), size)[:count]


def _flips(capture: float, emission: float, tstop: float, generator: np.random.Generator) -> np.ndarray:
    """Times at which a trap alternately captures and emits; it is empty at first."""
    pairs = int(1.2 * tstop / (capture + emission)) + 20
    flips = np.zeros(0)
    while not len(flips) or flips[-1] < tstop:
        waits = generator.exponential((capture, emission), (pairs, 2)).ravel()
        flips = np.concatenate([flips, (flips[-1] if len(flips) else 0.0) + np.cumsum(waits)])
    return flips[flips < tstop]


def _steps(
    arguments: list[float], generator: np.random.Generator, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Values held for one interval each; the offset before the delay."""
    kind, interval, delay, scale, offset = int(arguments[0]), *arguments[1:5]
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
    """Value of the source without the process."""
    return waveform.values[4] if waveform.kind == "trrandom" and len(waveform.values) > 4 else 0.0
