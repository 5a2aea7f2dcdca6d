"""Commands that resample transients to even points and compute spectra."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine.text import lowered
from circuitnn.ngspice.control.functions import padded
from circuitnn.ngspice.control.tokens import separate
from circuitnn.ngspice.control.words import number, whole
from circuitnn.records import fill_in
from circuitnn.results.result import Result

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter
    from circuitnn.ngspice.control.plots import Plot

MAX_POINTS = 10_000_000
LIMITS = ("lin-tstart", "lin-tstop", "lin-tstep")
UNEVEN = 1e-6  # of a step; points that deviate by more are not evenly spaced


def _cosines(*coefficients: float) -> Callable[[np.ndarray], np.ndarray]:
    """Window a0 - a1 cos 2πu + a2 cos 4πu …, u from 0 to 1, of mean 1."""
    return lambda u: sum(
        (-1) ** k * a / coefficients[0] * np.cos(2.0 * np.pi * k * u) for k, a in enumerate(coefficients)
    )


WINDOWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "none": np.ones_like,
    "rectangular": np.ones_like,
    **dict.fromkeys(("triangle", "bartlet", "bartlett"), lambda u: 2.0 - np.abs(4.0 * u - 2.0)),
    **dict.fromkeys(("hann", "hanning", "cosine"), _cosines(0.5, 0.5)),
    "hamming": _cosines(0.54, 0.46),
    "blackman": _cosines(0.42, 0.5, 0.08),
    "flattop": _cosines(1.0, 1.93, 1.29, 0.388, 0.032),
}


def linearize(interpreter: Interpreter, text: str) -> None:
    """``linearize [vectors]``: a new plot with even points at intervals of tstep, by linear interpolation.

    The vectors ``lin-tstart``, ``lin-tstop``, ``lin-tstep`` override the transient's card.
    """
    plot = _transient(interpreter, "linearize")
    time = np.real(plot.axis())
    limits = {name: float(np.real(plot.own[name][0])) for name in LIMITS if name in plot.own}
    card = plot.result.arguments if plot.result is not None else {}
    start, stop = limits.get("lin-tstart", card.get("tstart", 0.0)), limits.get("lin-tstop", float(time[-1]))
    step = limits.get("lin-tstep", card.get("tstep", float("nan")))
    if not (0.0 <= start < stop and step > 0.0 and (stop - start) / step < MAX_POINTS):
        raise AnalysisError(f"'linearize': from {start:g} to {stop:g} s by {step:g} s makes no sense here")
    grid = start + step * np.arange(int((stop - start) / step * (1.0 + 1e-12) + 1e-9) + 1)
    grid = grid[(grid >= time[0]) & (grid <= time[-1] * (1.0 + 1e-12))]
    if not len(grid):
        raise AnalysisError(f"'linearize': the transient has no points from {start:g} to {stop:g} s")
    names = separate(lowered(text)) or [
        n for n in plot.names() if n != "time" and len(plot.vector(n)) == len(time)
    ]
    waves = _waves(interpreter, "linearize", names, len(time))
    columns = {name: np.interp(grid, time, values) for name, values in waves.items()}
    _keep(interpreter, plot, "Transient Analysis (linearized)", "time", grid, columns)
    result = interpreter.plots.current.result
    assert result is not None
    fill_in(result, arguments={"tstep": step, "tstart": start})


def _waves(interpreter: Interpreter, command: str, names: list[str], count: int) -> dict[str, np.ndarray]:
    """Vectors with as many numbers as the transient has points."""
    waves = {name: interpreter.plots.compute(name) for name in names}
    other = next((name for name, values in waves.items() if len(values) != count), None)
    if other is not None:
        raise AnalysisError(f"'{command}': {other} has {len(waves[other])} numbers, the transient {count}")
    return waves


def _refuse_complex(waves: Mapping[str, np.ndarray], command: str, way: str) -> None:
    """Refuse waves whose imaginary parts a one-sided spectrum would lose."""
    for name, values in waves.items():
        if np.iscomplexobj(values):
            raise AnalysisError(f"'{command}': {name} is complex; {way}")


def fft(interpreter: Interpreter, text: str) -> None:
    """``fft vectors``: amplitudes over frequency, from even points (``linearize``).

    The points are padded with zeros to N, a power of two. The window is ``specwindow`` (Hann by default) with mean 1;
    amplitudes are 2/N of the sums. Frequencies are exact; ngspice's are too high by a factor of 1 + 1/points.
    """
    frequency, columns = _transformed(interpreter, "fft", _asked(text, "fft"))
    for column in columns.values():
        column[0] /= 2.0
    plot = interpreter.plots.current
    _keep(interpreter, plot, "Spectrum", "frequency", frequency, columns)


def psd(interpreter: Interpreter, text: str) -> None:
    """``psd number vectors``: power spectral densities of even points, averaged over `number` frequencies.

    The squared sums of `fft` as one-sided powers: the densities times the frequency spacing 1/(N·step) add up to the
    mean square over the N points, padding included. ngspice's are higher by 2/N, since its spacing is smaller, and by
    1/points. At both ends the average uses fewer frequencies.
    """
    words = _asked(text, "psd")
    width = whole(words[0])
    if width is None or len(words) < 2:
        raise AnalysisError("'psd' takes the number of frequencies to average over, and vectors")
    frequency, columns = _transformed(interpreter, "psd", words[1:])
    half = width // 2
    k, count = np.arange(len(frequency)), len(frequency)
    low = np.where(k + half >= count, np.maximum(k - half + 1, 0), np.maximum(k - half, 0))
    high = np.where(k < half, k + half, np.where(k + half >= count, count, k - half + max(width, 1)))
    low, high = (np.clip(edge, 0, count) for edge in (low, high))
    for name, column in columns.items():
        power = 0.5 * np.abs(column) ** 2
        power[[0, -1]] *= 0.5  # the two sides share these frequencies
        total = power.sum()
        interpreter.say(
            f"Total noise power up to Nyquist frequency {frequency[-1]:5.3e} Hz: {total:e} V^2 (or A^2),"
        )
        interpreter.say(f"Noise voltage or current: {np.sqrt(total):e} V (or A)")
        sums = np.concatenate([[0.0], np.cumsum(power)])
        smooth = (sums[high] - sums[low]) / (high - low) if width > 1 else power
        columns[name] = smooth / frequency[1] + 0j
    _keep(interpreter, interpreter.plots.current, "PSD", "frequency", frequency, columns)


def _transformed(
    interpreter: Interpreter, command: str, names: list[str]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Frequencies, and 2/N of the sums of even points, windowed and padded with zeros."""
    time = np.real(_transient(interpreter, command).axis())
    waves = _waves(interpreter, command, names, len(time))
    _refuse_complex(waves, command, "the function fft() gives both sides")
    steps = np.diff(time)
    if np.ptp(steps) > UNEVEN * steps.mean():
        interpreter.warn(
            f"'{command}' needs even points: {len(time)} of them are interpolated; linearize chooses others"
        )
        grid = np.linspace(time[0], time[-1], len(time))
        waves = {name: np.interp(grid, time, values) for name, values in waves.items()}
    count = padded(len(time))
    window = _window(interpreter, np.linspace(0.0, 1.0, len(time)))
    columns = {name: np.fft.rfft(values * window, count) / (count / 2.0) for name, values in waves.items()}
    span, head = float(time[-1] - time[0]), command.upper()
    padding = count - len(time)
    interpreter.tell(f"{head}: Time span: {span:g} s, input length: {len(time)}, zero padding: {padding}")
    interpreter.tell(f"{head}: Frequency resolution: {1.0 / span:g} Hz, output length: {count // 2 + 1}")
    return np.arange(count // 2 + 1) / (count * steps.mean()), columns


def spec(interpreter: Interpreter, text: str) -> None:
    """``spec start stop step vectors``: amplitudes at the given frequencies."""
    plot = _transient(interpreter, "spec")
    words = separate(lowered(text))
    if len(words) < 4:
        raise AnalysisError("'spec' takes start, stop, step and vectors")
    start, stop, step = (number(word) for word in words[:3])
    time = np.real(plot.axis())
    span = float(time[-1] - time[0])
    if not (0.0 <= start <= stop and step > 0.0 and (stop - start) / step < MAX_POINTS):
        raise AnalysisError(f"'spec': from {start:g} to {stop:g} Hz by {step:g} Hz makes no sense")
    if step * span < 1.0 - 1e-6:
        raise AnalysisError(
            f"'spec': a transient of {span:g} s resolves frequencies {1.0 / span:g} Hz apart at best"
        )
    frequency = start + step * np.arange(int((stop - start) / step + 1e-9) + 1)
    window = _window(interpreter, (time - time[0]) / span)
    columns = {}
    waves = {name: interpreter.plots.compute(name) for name in words[3:]}
    _refuse_complex(waves, "spec", "take its parts, real(…) and imag(…)")
    for name, values in waves.items():
        mean = np.trapezoid(values, time) / span
        weighted = (values - mean) * window
        columns[name] = np.array(
            [
                np.trapezoid(weighted * np.exp(-2j * np.pi * f * (time - time[0])), time) * 2.0 / span
                for f in frequency
            ]
        )
        columns[name][frequency == 0.0] = mean
    _keep(interpreter, plot, "Spectrum", "frequency", frequency, columns)


def _transient(interpreter: Interpreter, command: str) -> Plot:
    plot = interpreter.plots.current
    if plot.result is None or plot.result.axis != "time" or len(plot.result) < 2:
        raise AnalysisError(
            f"'{command}' takes the vectors of a transient, and the current plot is {plot.name}"
        )
    return plot


def _asked(text: str, command: str) -> list[str]:
    names = separate(lowered(text))
    if not names:
        raise AnalysisError(f"'{command}' takes vectors")
    return names


def _window(interpreter: Interpreter, u: np.ndarray) -> np.ndarray:
    """The window that ``specwindow`` names, at places u of the transient from 0 to 1."""
    name = " ".join(interpreter.variables.get("specwindow", ["hanning"])).lower()
    if name not in WINDOWS:
        raise AnalysisError(f"there is no window {name}{nearest(name, list(WINDOWS))}")
    return WINDOWS[name](u)


def _keep(
    interpreter: Interpreter,
    plot: Plot,
    plotname: str,
    axis: str,
    x: np.ndarray,
    columns: dict[str, np.ndarray],
) -> None:
    """Make a result of columns over an axis the current plot."""
    assert plot.result is not None
    kinds = dict(zip(plot.result.names, plot.result.types, strict=True))
    interpreter.plots.add(
        Result(
            title=plot.result.title,
            analysis="tran" if axis == "time" else "spectrum",
            plotname=plotname,
            axis=axis,
            names=(axis, *columns),
            types=(axis, *(kinds.get(name, "notype") for name in columns)),
            data=np.column_stack([x, *columns.values()]),
        )
    )
