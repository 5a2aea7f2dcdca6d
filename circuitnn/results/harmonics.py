"""Fourier analysis of a transient, for ``.four`` cards."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.machine.arguments import checked_arguments
from circuitnn.results.evaluation import evaluate
from circuitnn.results.periodic import PeriodicResult
from circuitnn.results.result import Result
from circuitnn.results.statistics import Statistics
from circuitnn.units import number_of

LEAKS = 1e-4  # relative error of a frequency that hardly changes harmonics
UNSETTLED = 1e-2  # difference of the last two periods, relative to the fundamental (both rms), that is noted
GRID, HARMONICS = 200, 10  # ngspice's fourgridsize and nfreqs


@checked_arguments
def fourier(
    result: Result, frequency: float, *signals: str, grid: int = GRID, harmonics: int = HARMONICS
) -> Result:
    """Harmonics of signals over the last period of a transient.

    Parameters
    ----------
    result : Result
        Of a transient, or of a periodic steady state, which goes on periodically.
    frequency : float
        Fundamental. [Hz]
    *signals : str
        Variables or expressions, such as ``"v(out)"``.
    grid, harmonics : int
        Points of a period, and harmonics, the mean included.

    Returns
    -------
    Result
        Over ``frequency`` (mean and nine harmonics, by default): ``mag(v(out))``, amplitude, and ``phase(v(out))``
        against a sine [deg]; in `measures`, ``thd(v(out))``, the total harmonic distortion. [%]

    Raises
    ------
    AnalysisError
        If the transient is shorter than a period, or a period shorter than the rounding of time.

    Warns
    -----
    DeckWarning
        If a periodic steady state has another frequency.

    Notes
    -----
    ngspice's method: 200 points of the signal, interpolated linearly, over one period up to the end.
    Harmonics that consist of rounding errors have meaningless phases. A note says by how much the last two periods of a
    transient differ, if that is more than 1 % of the fundamental: the harmonics are uncertain by as much.
    """
    if result.axis != "time":
        raise AnalysisError(f"fourier: only a transient has harmonics, not '{result.analysis}'")
    frequency = number_of(frequency, "frequency")
    if not frequency > 0.0:
        raise AnalysisError(f"fourier: a fundamental of {frequency:g} Hz makes no sense")
    time, period = np.asarray(result.time), 1.0 / frequency
    periodic = isinstance(result, PeriodicResult) and len(time) > 1
    if not periodic and (len(time) < 2 or (time[-1] - time[0]) * (1.0 + 1e-9) < period):
        raise AnalysisError(
            f"fourier: the transient does not hold a period of {frequency:g} Hz; let it run {period:g} s at least"
        )
    if not 2 <= harmonics <= grid // 2 + 1:
        raise AnalysisError(
            f"fourier: {grid} points determine 2 to {grid // 2 + 1} harmonics, not {harmonics}"
        )
    if period < grid * np.spacing(float(time[-1])):
        raise AnalysisError(
            f"fourier: at {time[-1]:g} s numbers do not resolve a period of {frequency:g} Hz, {period:g} s"
        )
    points = time[-1] - period + period / grid * np.arange(grid)
    if periodic:
        _compare(frequency, 1.0 / (time[-1] - time[0]), grid // (2 * harmonics))
        points = time[0] + (points - time[0]) % (time[-1] - time[0])
    names, columns, types = ["frequency"], [frequency * np.arange(harmonics)], ["frequency"]
    distortions, notes = {}, []
    earlier = points - period if not periodic and points[0] - period >= time[0] - 1e-9 * period else None
    for signal in signals:
        curve = evaluate(result, signal)
        values = np.interp(points, time, curve)
        phasors = np.fft.rfft(values)[:harmonics] * 2j / grid  # phases of sines, as ngspice's
        phasors[0] = np.mean(values)
        size = np.abs(phasors)
        size[0] = phasors[0].real
        phase = np.degrees(np.angle(phasors))
        phase[0] = 0.0
        names += [f"mag({signal})", f"phase({signal})"]
        columns += [size, phase]
        types += ["notype", "notype"]
        rest = math.hypot(*size[2:].tolist())  # does not overflow
        distortions[f"thd({signal})"] = 100.0 * rest / size[1] if size[1] else 0.0
        if earlier is not None:
            notes += _unsettled(signal, values - np.interp(earlier, time, curve), float(size[1]))
    return Result(
        title=result.title,
        analysis="four",
        plotname="Fourier Analysis",
        axis="frequency",
        names=tuple(names),
        types=tuple(types),
        data=np.column_stack(columns),
        statistics=Statistics(points=harmonics, notes=notes),
        measures=distortions,
    )


def _unsettled(signal: str, change: np.ndarray, fundamental: float) -> list[str]:
    """A note if a signal has changed from one period to the next, by `change`."""
    rms = float(np.sqrt(np.mean(change * change)))
    if not rms > UNSETTLED * fundamental / math.sqrt(2.0) > 0.0:
        return []
    relative = 100.0 * math.sqrt(2.0) * rms / fundamental
    return [
        f"{signal} has not settled, or its frequency is another: its last two periods differ by {relative:.2g} % of "
        "the fundamental, and its harmonics are uncertain by as much"
    ]


def _compare(asked: float, frequency: float, most: int) -> None:
    """Compare the fundamental with the frequency of an orbit, of which it may hold so many periods. [Hz]

    Raises
    ------
    AnalysisError
        If the grid is too coarse for so many periods of the orbit.
    """
    if frequency > most * asked:
        raise AnalysisError(
            f"fourier: a period of {asked:g} Hz holds {frequency / asked:.3g} periods of the orbit, whose frequency is "
            f"{frequency:.6g} Hz; ask for harmonics of that"
        )
    if abs(frequency / asked - max(1, round(frequency / asked))) > LEAKS:
        warnings.warn(
            f"fourier: the frequency of the orbit is {frequency:.8g} Hz; its periodic continuation over a period of "
            f"{asked:.8g} Hz is analysed, which is no whole number of its own",
            DeckWarning,
            stacklevel=3,
        )


def table(result: Result, grid: int = GRID) -> Iterator[str]:
    """Format harmonics as ngspice's table.

    Parameters
    ----------
    result : Result
        Of `fourier`.
    grid : int
        Points of a period.

    Yields
    ------
    str
        Lines.
    """
    frequencies = result.array("frequency")
    for signal in (name[4:-1] for name in result.names if name.startswith("mag(")):
        size, phase = result.array(f"mag({signal})"), result.array(f"phase({signal})")
        yield f"Fourier analysis for {signal}:"
        yield (
            f"  No. Harmonics: {len(frequencies)}, THD: {result.measures[f'thd({signal})']:g} %, "
            f"Gridsize: {grid}, Interpolation Degree: 1"
        )
        yield ""
        yield "Harmonic Frequency   Magnitude   Phase       Norm. Mag   Norm. Phase"
        yield "-------- ---------   ---------   -----       ---------   -----------"
        for k, row in enumerate(zip(frequencies, size, phase, strict=True)):
            relative = (row[1] / size[1] if size[1] else 0.0, row[2] - phase[1]) if k else (0.0, 0.0)
            yield f" {k:<7} " + "".join(f"{value:<11g} " for value in (*row, *relative)).rstrip()
        yield ""
