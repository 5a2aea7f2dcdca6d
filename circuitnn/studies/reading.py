"""Reading one cell of an array in a data pattern: levels of both states, margin, and the worst pattern."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from circuitnn.crossbar import Access, Crossbar, CrossbarResult, PullUp
from circuitnn.crossbar.bias import UNSELECTED, Scheme
from circuitnn.errors import AnalysisError
from circuitnn.studies.two_state_cells import bistable
from circuitnn.studies.uniform_arrays import uniform
from circuitnn.units import whole_of

SCHEMES = ("one", "all", *UNSELECTED)
LARGEST_PROOF = 8  # cells besides the selected one whose patterns are enumerated


@dataclass(frozen=True)
class Reading:
    """Settings of the read of one cell of an array.

    Parameters
    ----------
    size : int
        Word lines, and bit lines.
    lrs, ratio, nonlinearity, kind
        As for `bistable`; K½ and the resistance are those at `cell_voltage`.
    voltage : float
        Of the pull-up resistor, or of the selected word line. [V]
    pull_up : float
        Pull-up resistor over low resistance.
    line_resistance : float
        Of a segment, a driver and a sense end. [Ohm]
    scheme : str
        ``one`` or ``all``: pull-up of the selected or of all bit lines, read by voltage; ``half``, ``third``,
        ``floating``, ``grounded``: bias of the other lines, read by current.
    gate : float
        Of the selected word line's transistors. [V]
    """

    size: int
    lrs: float = 1e4
    ratio: float = 100.0
    nonlinearity: float = 2.0
    kind: str = "sinh"
    voltage: float = 1.0
    pull_up: float = 1.0
    line_resistance: float = 0.0
    scheme: str = "one"
    gate: float = 3.0

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise AnalysisError(f"scheme = {self.scheme!r}: must be one of {', '.join(SCHEMES)}")
        if whole_of(self.size, "size") < 2:
            raise AnalysisError(f"size = {self.size}: must be at least 2")

    @property
    def pulled(self) -> bool:
        """Whether the cell is read as the voltage of a pulled-up bit line."""
        return self.scheme in ("one", "all")

    @property
    def cell_voltage(self) -> float:
        """Voltage at a cell of low resistance: half of the supply with a pull-up resistor of its size. [V]"""
        return self.voltage / (1.0 + self.pull_up) if self.pulled else self.voltage

    @property
    def selected(self) -> tuple[int, int]:
        """The cell farthest from drivers (left) and sense ends (bottom)."""
        return 0, self.size - 1

    def bias(self) -> Scheme:
        """The bias."""
        row, col = self.selected
        on = self.gate if self.kind == "1T1R" else 0.0
        gate = np.zeros(self.size)
        gate[row] = on
        if self.pulled:
            supply = -self.voltage if self.kind == "1D1R" else self.voltage  # diodes conduct to the bit line
            return PullUp(row, col, supply, self.pull_up * self.lrs, self.scheme, gate=gate)
        return Access(row, col, self.voltage, self.scheme, gate=on)

    def array(self, on: np.ndarray, state: bool) -> Crossbar:
        """The array with a pattern, the selected cell in a given state."""
        on = np.array(on, dtype=bool)
        on[self.selected] = state
        cell = bistable(on, self.lrs, self.ratio, self.nonlinearity, self.cell_voltage, self.kind)
        return uniform(self.size, self.size, cell, self.line_resistance)

    def read(self, on: np.ndarray) -> Read:
        """Read both states of the selected cell among others."""
        low, high = (self.array(on, state).op(self.bias()) for state in (True, False))
        return Read(self, np.array(on, dtype=bool), low, high)

    def all_on(self) -> Read:
        """Read with all other cells in their low-resistance state."""
        if self.line_resistance == 0.0 and self.kind != "1T1R":
            return self.merged()
        return self.read(np.ones((self.size, self.size), dtype=bool))

    def merged(self) -> Read:
        """Read both states exactly for lines without resistance, by a reduced array.

        By symmetry all other lines of a family are at one voltage. An array of two by two lines therefore has the
        selected cell, the cells of its word line, those of its bit line and all others, each group in parallel.
        """
        others = float(self.size - 1)
        parallel = np.array([[others, 1.0], [others**2, others]])
        # All conductances are scaled, so that the sum over millions of cells stays within the limits of one cell.
        scale = others**2 if self.kind != "1D1R" else 1.0  # diodes have unscaled elements beside them
        small = replace(self, size=2, lrs=self.lrs * scale)
        bias = small.bias().bias(2, 2)
        if self.scheme == "all":
            ends = self.pull_up * small.lrs / np.array([others, 1.0])
            bias = replace(bias, resistance={**bias.resistance, "bottom": ends})
        read = []
        for state in (True, False):
            on = np.array([[True, state], [True, True]])
            cell = bistable(
                on, small.lrs, self.ratio, self.nonlinearity, self.cell_voltage, self.kind, parallel
            )
            read.append(Crossbar(2, 2, cell).op(bias))
        return Read(small, np.ones((2, 2), dtype=bool), read[0], read[1], scale)

    def of_size(self, size: int) -> Reading:
        """The same array in another size."""
        return replace(self, size=size)


@dataclass(eq=False)
class Read:
    """Both states of a cell, read in one data pattern.

    Parameters
    ----------
    reading : Reading
    on : ndarray of bool
        The pattern.
    low, high : CrossbarResult
        With the selected cell in its low- and high-resistance state.
    scale : float
        Currents of the array over those of the results.
    """

    reading: Reading
    on: np.ndarray
    low: CrossbarResult
    high: CrossbarResult
    scale: float = 1.0

    def _level(self, result: CrossbarResult) -> float:
        col = self.reading.selected[1]
        return float(result.bit_voltage[-1, col] if self.reading.pulled else result.sensed[col] * self.scale)

    @property
    def power(self) -> float:
        """Power of a read of the low-resistance state. [W]"""
        return self.low.total_power * self.scale

    @property
    def levels(self) -> tuple[float, float]:
        """Sensed voltage or current in the low- and the high-resistance state. [V] or [A]"""
        return self._level(self.low), self._level(self.high)

    @property
    def margin(self) -> float:
        """Difference of the levels, over the supply [V/V], or over the larger current [A/A]."""
        on, off = self.levels
        return abs(off - on) / abs(self.reading.voltage) if self.reading.pulled else (on - off) / on

    def flips(self) -> np.ndarray:
        """First-order change of the margin by the flip of each cell, from one adjoint solution for each state."""
        col, ratio = self.reading.selected[1], self.reading.ratio
        on, off = self.levels
        changes = []
        for result in (self.low, self.high):
            voltage = result.cell_voltage
            slope = result.array.sensitivity(result, col)  # type: ignore[attr-defined]
            secant = np.divide(result.cell_current, voltage, out=np.zeros_like(voltage), where=voltage != 0.0)
            changes.append(slope * secant * np.where(self.on, 1.0 / ratio - 1.0, ratio - 1.0))
        if self.reading.pulled:
            flips = (changes[1] - changes[0]) * self.reading.pull_up * self.reading.lrs
            flips /= abs(self.reading.voltage)
            flips *= np.sign(off - on)
        else:
            flips = (off / on * changes[0] - changes[1]) / on
        flips[self.reading.selected] = 0.0
        return flips


@dataclass(eq=False)
class Worst:
    """The worst pattern that a search found.

    Parameters
    ----------
    read : Read
    tried : int
        Patterns that were solved.
    proven : bool
        Whether enumeration has proven it the worst of all.
    """

    read: Read
    tried: int
    proven: bool


def search(reading: Reading, starts: int = 3, seed: int = 1) -> Worst:
    """Search for the data pattern of least margin, by descent along sensitivities from several patterns.

    Every step flips the cells whose flips reduce the margin to first order; if the margin does not fall, the stronger
    half of them, and so on down to a single cell. Last, the strongest single flips are tried. Patterns of
    few cells are enumerated instead, which proves the result.

    Parameters
    ----------
    reading : Reading
    starts : int
        Patterns to start from: all on, all off, random ones.
    seed : int
        Of the random ones.

    Returns
    -------
    Worst

    Raises
    ------
    AnalysisError
        If there is no start.
    """
    n = reading.size
    if starts < 1:
        raise AnalysisError(f"starts = {starts}: at least one pattern to start from is needed")
    if n * n - 1 <= LARGEST_PROOF:
        return _enumerated(reading)
    rng = np.random.default_rng(seed)
    begins = [np.ones((n, n), bool), np.zeros((n, n), bool)]
    begins += [rng.random((n, n)) < 0.5 for _ in range(starts - 2)]
    best, tried = None, 0
    for begin in begins[:starts]:
        read, count = _descend(reading, begin)
        tried += count
        if best is None or read.margin < best.margin:
            best = read
    assert best is not None
    return Worst(best, tried, False)


def _descend(reading: Reading, on: np.ndarray) -> tuple[Read, int]:
    current, tried = reading.read(on), 1
    while True:
        flips = current.flips()
        order = np.argsort(flips, axis=None)
        count = int(np.sum(flips < 0.0))
        while count:
            pattern = current.on.copy()
            chosen = order[:count]
            pattern.flat[chosen] = ~pattern.flat[chosen]
            trial, tried = reading.read(pattern), tried + 1
            if trial.margin < current.margin - 1e-12:
                break
            count //= 2
        if not count:
            better, more = _single(reading, current, order)
            tried += more
            if better is None:
                return current, tried
            trial = better
        current = trial


def _single(reading: Reading, current: Read, order: np.ndarray) -> tuple[Read | None, int]:
    """A flip of one cell that reduces the margin, among the strongest ones to first order."""
    for k, cell in enumerate(order[: 2 * reading.size].tolist(), 1):
        if np.unravel_index(cell, current.on.shape) == reading.selected:
            continue
        pattern = current.on.copy()
        pattern.flat[cell] = ~pattern.flat[cell]
        trial = reading.read(pattern)
        if trial.margin < current.margin - 1e-12:
            return trial, k
    return None, min(2 * reading.size, len(order))


def _enumerated(reading: Reading) -> Worst:
    """The worst of all patterns."""
    n = reading.size
    others = [k for k in range(n * n) if k != reading.selected[0] * n + reading.selected[1]]
    best = None
    for bits in itertools.product((True, False), repeat=len(others)):
        on = np.ones(n * n, dtype=bool)
        on[others] = bits
        read = reading.read(on.reshape(n, n))
        if best is None or read.margin < best.margin - 1e-15:
            best = read
    assert best is not None
    return Worst(best, 2 ** len(others), True)


def largest(reading: Reading, target: float, limit: int) -> tuple[int, float, float]:
    """Find the largest array whose margin, with all other cells on, reaches a target.

    Sizes are doubled until the margin falls below the target and then bisected, so that both sides of the answer
    are solved arrays.

    Parameters
    ----------
    reading : Reading
    target : float
    limit : int
        Largest size to look at, at least 2.

    Returns
    -------
    size : int
        1 if not even 2 reaches the target; `limit` if that still reaches it.
    margin, next_margin : float
        Of this size (NaN for 1), and of the next one (NaN at the limit).

    Raises
    ------
    AnalysisError
        If the limit is below 2, or the target is no margin.
    """
    if whole_of(limit, "limit") < 2:
        raise AnalysisError(f"limit = {limit}: must be at least 2")
    if not 0.0 < target < 1.0:
        raise AnalysisError(f"target = {target:g}: a margin must lie between 0 and 1")
    known: dict[int, float] = {}

    def margin(size: int) -> float:
        if size not in known:
            known[size] = reading.of_size(size).all_on().margin
        return known[size]

    good, bad = 1, 2
    while margin(bad) >= target:
        good, bad = bad, min(2 * bad, limit)
        if good == limit:
            return limit, known[limit], float("nan")
    while bad - good > 1:
        middle = (good + bad) // 2
        if margin(middle) >= target:
            good = middle
        else:
            bad = middle
    return good, known.get(good, float("nan")), known[bad]
