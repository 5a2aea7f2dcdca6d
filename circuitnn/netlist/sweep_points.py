"""Points of sweeps."""

from __future__ import annotations

from math import floor, log, log2, log10

import numpy as np

from circuitnn.errors import AnalysisError, nearest
from circuitnn.records import dataclass, replace
from circuitnn.units import number_of, whole_of

VARIATIONS = ("dec", "oct", "lin")
MAX_POINTS = 10_000_000
BEYOND_STOP = 1e3 * np.finfo(float).eps  # V, A, Ohm or K, however large or small the steps
HIGHEST = 1e300  # Hz; beyond, the angular frequency may overflow


@dataclass(frozen=True)
class Frequencies:
    """Frequencies of a small-signal analysis as on its card.

    Parameters
    ----------
    variation : {"dec", "oct", "lin"}
    points : int
        Per decade, per octave, or in all.
    start, stop : float
        [Hz]
    stretched : bool
        Whether to spread the points of decades so that the last is `stop`, as ngspice does for ``.ac`` only.
    signed : bool
        Whether they are offsets from another frequency, which may be negative.
    """

    variation: str
    points: int
    start: float
    stop: float
    stretched: bool = False
    signed: bool = False

    @classmethod
    def of(
        cls,
        start: float | str,
        stop: float | str | None,
        points: int,
        variation: str,
        stretched: bool = False,
        signed: bool = False,
    ) -> Frequencies:
        """Make frequencies from the arguments of a Python method; without `stop` there is only one.

        Raises
        ------
        AnalysisError
            If they make no sense.
        """
        first = number_of(start, "start")
        last = first if stop is None else number_of(stop, "stop")
        frequencies = cls(variation, whole_of(points, "points"), first, last, stretched, signed)
        try:
            frequencies.values()
        except ValueError as error:
            raise AnalysisError(str(error)) from None
        return frequencies

    def __str__(self) -> str:
        return f"{self.variation} {self.points} {self.start!r} {self.stop!r}"

    def values(self) -> np.ndarray:
        """Frequencies, shape (m,). [Hz]

        Raises
        ------
        ValueError
            For other variations, or frequencies that are too high, not positive or not in order.
        """
        variation, points, start, stop = self.variation, self.points, self.start, self.stop
        if self.signed and start <= stop < 0.0:
            return -replace(self, start=-stop, stop=-start).values()[::-1]
        if variation not in VARIATIONS:
            near = nearest(str(variation), ("dec", "oct", "lin"))
            raise ValueError(f"variation {variation}: must be dec, oct or lin{near}")
        least = -HIGHEST if self.signed else 0.0
        if points < 1 or not (0.0 < start <= stop or (variation == "lin" and least <= start <= stop)):
            raise ValueError(
                f"{points} points from {start:g} to {stop:g} Hz: must be positive, and in ascending order"
            )
        if stop > HIGHEST:
            raise ValueError(f"{stop:g} Hz: frequencies beyond {HIGHEST:g} Hz are too high to compute with")
        if variation == "lin":
            return np.linspace(start, stop, points) if points > 1 else np.array([start], dtype=float)
        base = 10.0 if variation == "dec" else 2.0
        intervals = log(stop / start, base) * points
        if intervals > MAX_POINTS:
            raise ValueError(f"{intervals:.3g} points; at most {MAX_POINTS:,d} are allowed")
        count = floor(intervals + 1e-6)
        if self.stretched and variation == "dec" and count:
            return start * (stop / start) ** (np.arange(count + 1) / count)
        return start * base ** (np.arange(count + 1) / points)


def linear(start: float, stop: float, step: float) -> tuple[float, ...]:
    """Equidistant points from `start` to `stop`; `stop` is included if the step fits.

    Raises
    ------
    ValueError
        If there are none, or too many.
    """
    if start == stop:
        return (start,)
    if step == 0.0 or (stop - start) / step < 0.0:
        raise ValueError(f"a step of {step:g} does not lead from {start:g} to {stop:g}")
    count = (stop - start) / step * (1.0 + 1e-12) + 1e-9
    if count >= MAX_POINTS:
        raise ValueError(f"a sweep of {count:.3g} points; at most {MAX_POINTS} are allowed")
    return tuple([start + k * step for k in range(floor(count) + 1)])


def added_up(start: float, stop: float, step: float, offset: float = 0.0) -> tuple[float, ...]:
    """Points of a ``.dc`` card, as many as ngspice has: it adds up steps until they are `BEYOND_STOP` past `stop`.

    Parameters
    ----------
    start, stop, step : float
    offset : float
        Added to both ends before the steps are summed: ngspice's temperatures are in Kelvin.

    Raises
    ------
    ValueError
        If there are none, or too many.
    """
    if start == stop:
        return (start,)
    most = len(linear(start, stop, step)) + BEYOND_STOP / abs(step)
    if most >= MAX_POINTS:
        raise ValueError(f"a sweep of {most:.3g} points; at most {MAX_POINTS} are allowed")
    sums = np.full(int(most) + 2, step)
    sums[0] = start + offset
    with np.errstate(over="ignore"):  # infinity is past the end, too
        np.add.accumulate(sums, out=sums)
    past = (sums - (stop + offset)) * np.sign(step)
    return tuple([start + k * step for k in range(int(np.searchsorted(past, BEYOND_STOP)))])


def logarithmic(scale: str, start: float, stop: float, per: float) -> tuple[float, ...]:
    """Points of a sweep with `per` points a decade or octave.

    Raises
    ------
    ValueError
    """
    if start <= 0.0 or stop <= start or per < 1.0:
        raise ValueError(f"'{scale}' needs 0 < start < stop and at least one point")
    base = 10.0 if scale == "dec" else 2.0
    count = (log10(stop / start) if scale == "dec" else log2(stop / start)) * per + 1e-9
    if count >= MAX_POINTS:
        raise ValueError(f"a sweep of {count:.3g} points; at most {MAX_POINTS} are allowed")
    return tuple([start * base ** (k / per) for k in range(floor(count) + 1)])
