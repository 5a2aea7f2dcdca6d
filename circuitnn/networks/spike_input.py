"""Spikes that come in from outside: a row of times for each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.checks import numbers
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import Given, Seed, checked_arguments
from circuitnn.machine.frozen_values import owned

if TYPE_CHECKING:
    from typing_extensions import Self

MOST = 3_000_000  # spikes of a line, as many as its waveform takes


@dataclass(frozen=True, eq=False)
class SpikeInput(Given):
    """Voltage spikes on lines: trapezoids above 0 V, and tails below if they are asked for.

    Parameters
    ----------
    times : sequence of array_like
        For each line, the times at which its spikes begin to rise, in increasing order; ``[]`` for a silent line. [s]
    height : array_like, scalar or shape (lines,)
        [V]
    width : float
        Time at the full height. Spikes that overlap are one longer spike. [s]
    rise : float
        Time of the rise, and of the fall. [s]
    tail, decay : float
        As of `Driver`: the line has the spikes, less their low-passed form, whose time constant is `decay`, times
        `tail`. [1, s]

    Raises
    ------
    AnalysisError
        There are no lines, times are negative or do not increase, or the spikes have no shape.

    Examples
    --------
    >>> from circuitnn.networks import SpikeInput
    >>> SpikeInput([[1e-6, 3e-6], []])
    <SpikeInput of 2 lines, 2 spikes>
    """

    times: Sequence[ArrayLike]
    height: ArrayLike = 0.2
    width: float = 1e-7
    rise: float = 1e-9
    tail: float = 0.0
    decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.times:
            raise AnalysisError("times: a row of times for each line is needed, and at least one line")
        for k, row in enumerate(self.times):
            _check_times(row, k)
        height = numbers(self.height, "height [V]", [(), (len(self),)], ("line",), -np.inf, False)
        object.__setattr__(self, "height", owned(np.array(np.broadcast_to(height, (len(self),)))))
        if not (self.width >= 0.0 and self.rise > 0.0):
            raise AnalysisError(
                f"spikes of width {self.width:g} s that rise in {self.rise:g} s: needs a width of at least 0, a rise "
                "above 0"
            )
        check_tail(self.tail, self.decay)

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        return f"<SpikeInput of {len(self)} lines, {sum(map(np.size, self.times))} spikes>"

    @classmethod
    @checked_arguments
    def poisson(
        cls,
        rates: ArrayLike,
        tstop: float,
        seed: Seed = 0,
        dead_time: float | None = None,
        **shape: Any,
    ) -> Self:
        """Draw spikes at random: Poisson processes with a dead time after each spike, and the mean rates given.

        Parameters
        ----------
        rates : array_like, shape (lines,)
            Mean rate of each line. [Hz]
        tstop : float
            No spike begins later. [s]
        seed : int
            Of the random numbers; those of a line do not depend on how many lines there are.
        dead_time : float, optional
            Least time between two spikes of a line. Default: the duration of a spike, so that none overlap. [s]
        **shape
            ``height``, ``width``, ``rise``, ``tail``, ``decay``.

        Returns
        -------
        SpikeInput

        Raises
        ------
        AnalysisError
            A rate is negative, or so large that the dead time leaves no room for it.
        """
        like = cls([()], **{name: value for name, value in shape.items() if name != "height"})
        dead = 2.0 * like.rise + like.width if dead_time is None else dead_time
        rates = np.atleast_1d(rates)
        if rates.ndim != 1 or not rates.size:
            raise AnalysisError(f"rates: one for each line is needed, not shape {rates.shape}")
        numbers(rates, "rates [Hz]", [rates.shape], ("line",), infinite=False)
        if tstop < 0.0 or dead < 0.0:
            raise AnalysisError(f"tstop = {tstop:g}, dead_time = {dead:g}: must not be negative")
        largest = float(rates.max())
        if largest * dead >= 1.0:
            raise AnalysisError(
                f"rates: {largest:g} Hz is impossible with a dead time of {dead:g} s: must be below {1.0 / dead:g} Hz"
            )
        if largest * tstop > MOST:
            raise AnalysisError(f"rates: {largest:g} Hz up to {tstop:g} s is more than {MOST} spikes")
        times = [_renewal(rate, dead, tstop, seed, k) for k, rate in enumerate(rates.tolist())]
        return cls(times, **shape)


def check_tail(tail: float, decay: float) -> None:
    """Refuse a tail that does not fade, and a decay of nothing."""
    if decay < 0.0 or bool(tail) != bool(decay):
        raise AnalysisError(
            f"tail = {tail:g}, decay = {decay:g} s: a tail needs a positive decay, and a decay a tail"
        )


def _check_times(row: ArrayLike, line: int) -> None:
    """Refuse times that are not those of a train."""
    times = np.asarray(row)
    if times.ndim != 1:
        raise AnalysisError(
            f"times of line {line}: a row of numbers is needed, not one number or a table; [t] is a single spike"
        )
    numbers(times, f"times of line {line} [s]", [times.shape], ("spike",), infinite=False)
    if np.any(falling := np.diff(times) <= 0.0):
        k = int(np.argmax(falling))
        raise AnalysisError(
            f"times of line {line} must increase: spike {k + 1} at {times[k + 1]:g} s, after {times[k]:g} s"
        )


def _renewal(rate: float, dead: float, tstop: float, seed: int, line: int) -> np.ndarray:
    """Times of one line: a process that has been going on for long, so that its rate is the same from 0 on."""
    if rate == 0.0:
        return np.zeros(0)
    random = np.random.default_rng((seed, line))
    mean = 1.0 / rate - dead  # of what an interval is longer than the dead time
    first = random.uniform(0.0, dead) if random.random() < rate * dead else dead + random.exponential(mean)
    times = [np.array([first])]
    while times[-1][-1] <= tstop:
        count = int(1.2 * rate * max(tstop - times[-1][-1], 0.0)) + 16
        times.append(times[-1][-1] + np.cumsum(dead + random.exponential(mean, count)))
    drawn = np.concatenate(times)
    return drawn[drawn <= tstop]
