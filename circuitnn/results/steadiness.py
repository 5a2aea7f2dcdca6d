"""Whether the cycles of a signal are alike, and the period and duty cycle of those that are, with their errors.

A period means something only of a signal that goes on repeating itself. So cycles are compared first: by their lengths,
means and root mean squares. What is at rest, dies away, grows, drifts, sweeps its frequency, or repeats no pattern is
refused, and the message says which of these it is.
"""

from __future__ import annotations

import math

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.records import dataclass

FEWEST = 3  # cycles that are compared; two do not tell a trend from an accident
MOST = 256  # rises of a cycle
# Largest standard deviations of lengths, and of means and sizes, relative to their averages.
LENGTHS, SHAPES = 0.03, 0.05
TREND = 0.02  # largest change of length and size from the first cycle to the last; of the mean, relative to the size
# If cycles scatter by more, a longer pattern that repeats so much better is the cycle.
FINE, FINER = 2e-3, 8.0
STOPPED = 1.5  # longest intervals without a rise after which an oscillation is over
BLURRED = 1e-3  # of a cycle: if points resolve less, patterns of rises may be patterns of the points
CLEARER = 2.5  # factor by which patterns of several rises must scatter less than single cycles
LARGEST = 0.05  # largest relative error of a period that is reported
COVERED = 0.9995  # quantile of Student's distribution: errors cover 99.9 %


@dataclass(frozen=True, eq=False)
class Cycles:
    """What a signal does from each rise through its level to the next.

    Parameters
    ----------
    rises : ndarray, shape (n + 1,)
        [s]
    falls : ndarray, shape (n,)
        The fall between two rises. [s]
    shapes : ndarray, shape (n, 2)
        Size and mean of each cycle, relative to the average size.
    level : float
    blur : float
        Error of the time of a rise, by which the cubic and the straight line differ. [s]
    """

    rises: np.ndarray
    falls: np.ndarray
    shapes: np.ndarray
    level: float
    blur: float = 0.0

    @property
    def lengths(self) -> np.ndarray:
        """Times between rises, shape (n,). [s]"""
        return np.diff(self.rises)


@dataclass(frozen=True, eq=False, repr=False)
class Oscillation:
    """An oscillation whose cycles are alike.

    Parameters
    ----------
    signal : str
    level : float
        That a cycle begins by rising through.
    rises, falls : ndarray, shape (n + 1,) and (n,)
        Of whole cycles. [s]
    pattern : int
        Number of rises of a cycle.
    blur : float
        Error of the time of a rise. [s]
    """

    signal: str
    level: float
    rises: np.ndarray
    falls: np.ndarray
    pattern: int = 1
    blur: float = 0.0

    def __len__(self) -> int:
        return len(self.falls) // self.pattern

    def __repr__(self) -> str:
        rises = f" of {self.pattern} rises each" if self.pattern > 1 else ""
        return (
            f"Oscillation of {self.signal}: {len(self)} cycles{rises}, period {self.period:.8g} s ± "
            f"{self.period_error:.2g} s, duty cycle {self.duty:.6g} ± {self.duty_error:.2g}"
        )

    @property
    def lengths(self) -> np.ndarray:
        """Length of each cycle, shape (cycles,). [s]"""
        return np.diff(self.rises[:: self.pattern])

    @property
    def duties(self) -> np.ndarray:
        """Fraction of each cycle above the level, shape (cycles,)."""
        above = (self.falls - self.rises[:-1]).reshape(-1, self.pattern).sum(axis=1)
        return np.asarray(above / self.lengths)

    @property
    def period(self) -> float:
        """Mean length of the cycles. [s]"""
        return float((self.rises[-1] - self.rises[0]) / len(self))

    @property
    def period_error(self) -> float:
        """Error of the period: of the mean (99.9 %), by a trend, and by the points' distance. [s]"""
        last = (len(self) - 1) * self.pattern
        by_falls = (self.falls[last] - self.falls[0] - self.rises[last] + self.rises[0]) / (len(self) - 1)
        rounding = 4.0 * float(np.spacing(np.abs(self.rises).max()))
        return _error_of_mean(self.lengths) + abs(float(by_falls)) + (2.0 * self.blur + rounding) / len(self)

    @property
    def frequency(self) -> float:
        """Inverse of the period; its relative error is that of the period. [Hz]"""
        return 1.0 / self.period

    @property
    def duty(self) -> float:
        """Fraction of the time above the level."""
        above = float(np.sum(self.falls - self.rises[:-1]))
        return above / float(self.rises[-1] - self.rises[0])

    @property
    def duty_error(self) -> float:
        """Error of the duty cycle, as of the period."""
        return _error_of_mean(self.duties) + 6.0 * self.pattern * self.blur / self.period


def _error_of_mean(values: np.ndarray) -> float:
    """Error of the mean of numbers that scatter and may have a trend."""
    from scipy.special import stdtrit  # not with every import of a result

    n = len(values)
    student = float(stdtrit(n - 1, COVERED))
    return student * float(np.std(values, ddof=1)) / math.sqrt(n) + 0.5 * abs(float(_trend(values)))


def _trend(values: np.ndarray) -> np.ndarray:
    """Change from the first value to the last, by the straight line that fits best, shape () or (columns,)."""
    n = len(values)
    place = np.arange(n) - 0.5 * (n - 1)
    return np.asarray((n - 1) * np.tensordot(place, values, (0, 0)) / np.sum(place**2))


# ---------------------------------------------------------------------- whether they are alike


def alike(cycles: Cycles, signal: str, end: float) -> Oscillation:
    """Make an oscillation of cycles that are alike.

    Parameters
    ----------
    cycles : Cycles
        Three at least.
    signal : str
    end : float
        Of the time over which the signal is known. [s]

    Returns
    -------
    Oscillation

    Raises
    ------
    AnalysisError
        They are not, or the oscillation has stopped before the end.
    """
    going_on(cycles, signal, end)
    pattern = _pattern(cycles)
    if not pattern:
        raise AnalysisError(f"{signal} {_difference(cycles)}")
    whole = len(cycles.falls) // pattern * pattern
    rises, falls = cycles.rises[-whole - 1 :], cycles.falls[-whole:]
    oscillation = Oscillation(signal, cycles.level, rises, falls, pattern, cycles.blur)
    if oscillation.period_error > LARGEST * oscillation.period:
        raise AnalysisError(
            f"{signal} has cycles of {oscillation.period:.4g} s ± {oscillation.period_error:.2g} s, which scatter too "
            "much or have too few points to tell a period: run longer, or with a smaller tmax"
        )
    return oscillation


def going_on(cycles: Cycles, signal: str, end: float) -> None:
    """Check that an oscillation lasts until the end. [s]

    Raises
    ------
    AnalysisError
        It has stopped.
    """
    last, longest = float(cycles.rises[-1]), float(cycles.lengths.max())
    if end - last > STOPPED * longest:
        raise AnalysisError(
            f"{signal} no longer oscillates: its cycles took {longest:.3g} s at most, and from {last:g} s to {end:g} s "
            "it does not rise"
        )


def even(cycles: Cycles, signal: str) -> None:
    """Check that sizes and means of cycles are alike, whatever their lengths.

    Raises
    ------
    AnalysisError
        They are not.
    """
    stretched = Cycles(np.arange(len(cycles.rises), dtype=float), cycles.falls, cycles.shapes, cycles.level)
    if not _pattern(stretched):
        raise AnalysisError(f"{signal} {_difference(cycles)}")


def _pattern(cycles: Cycles) -> int:
    """Number of rises of the shortest pattern that repeats; 0 if there is none."""
    numbers = range(2, min(len(cycles.falls) // FEWEST, MOST) + 1)
    count, factor = (1, FINER) if _repeats(cycles, 1) else (0, CLEARER)
    single, blur = max(_scatters(cycles, 1)), cycles.blur / float(np.mean(cycles.lengths))
    if single > max(FINE, 4.0 * blur) and blur < BLURRED:
        count = next((k for k in numbers if _clearer(cycles, k, factor) and _repeats(cycles, k)), count)
    return count


def _clearer(cycles: Cycles, k: int, factor: float) -> bool:
    """Whether patterns of `k` rises scatter so much less than the single cycles they consist of.

    Whole patterns leave out some of the first cycles, which may differ because the oscillation settles.
    """
    same = len(cycles.falls) // k * k
    there = Cycles(cycles.rises[-same - 1 :], cycles.falls[-same:], cycles.shapes[-same:], cycles.level)
    return factor * max(_scatters(there, k)) < max(_scatters(there, 1))


def _scatters(cycles: Cycles, k: int) -> tuple[float, float]:
    """Largest standard deviations of lengths and shapes at the same place of patterns of `k` rises."""
    lengths, shapes = _rows(cycles, k)
    return float(np.std(lengths, axis=0).max()), float(np.std(shapes, axis=0).max())


def _repeats(cycles: Cycles, k: int) -> bool:
    """Whether every `k` rises the same happens."""
    by_length, by_shape = _scatters(cycles, k)
    if by_length > LENGTHS or by_shape > SHAPES:
        return False
    lengths, shapes = _rows(cycles, k)
    means = np.column_stack([lengths.mean(axis=1), shapes.mean(axis=1)])
    rows, changes = len(means), _trend(means)
    scatter = np.maximum(
        means.var(axis=0) - changes**2 * (rows + 1) / (12.0 * (rows - 1)), 0.0
    )  # beside the trend
    by_chance = 3.0 * np.sqrt(12.0 * scatter / max(rows - 2, 1))
    return bool(
        np.all(
            np.abs(changes)
            <= np.maximum(TREND, by_chance) + 2.0 * cycles.blur / float(np.mean(cycles.lengths))
        )
    )


def _rows(cycles: Cycles, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Relative lengths and shapes, a pattern of `k` rises a row."""
    rows = len(cycles.falls) // k
    lengths = cycles.lengths[-rows * k :].reshape(rows, k)
    return lengths / np.mean(lengths), cycles.shapes[-rows * k :].reshape(rows, k, -1)


def _difference(cycles: Cycles) -> str:
    """In what cycles differ."""
    lengths, shapes = _rows(cycles, 1)
    columns = np.column_stack([lengths, shapes[:, 0]])
    changes, spread = _trend(columns), np.std(columns, axis=0)
    count = len(cycles.falls)
    by_trend = changes**2 * (count + 1) / (12.0 * (count - 1))  # variance of that straight line
    by_length, by_size, by_mean = ((np.abs(changes) > TREND) & (by_trend > 0.5 * spread**2)).tolist()
    if by_size:
        how = "dies away" if changes[1] < 0.0 else "grows"
        change = 100.0 * (shapes[-1, 0, 0] / shapes[0, 0, 0] - 1.0)
        return f"{how}: its size changes by {change:+.3g} % over {count} cycles"
    if by_mean:
        return f"drifts: its mean moves by {changes[2]:+.3g} of its size over {count} cycles"
    if by_length:
        first, last = cycles.lengths[[0, -1]]
        return f"sweeps its frequency: its cycles take {first:.4g} s at first and {last:.4g} s at last"
    low, high = cycles.lengths.min(), cycles.lengths.max()
    return (
        f"repeats no pattern (it has several frequencies, noise or chaos): its {count} cycles take {low:.4g} s to "
        f"{high:.4g} s, and their sizes scatter by {100.0 * spread[1]:.3g} %"
    )
