"""``python -m bench.spiking_layers [--size 64] [--time 8u] [--segment 2]``: spiking neurons in a layer, and NumPy.

Spikes at random times come in on the word lines of an array with line resistance; the currents of its bit lines, held
at 0 V, go into neurons of vanadium dioxide (`SpikingNetwork`). Prints processor times from the circuit to the spikes
(the fastest of three), the memory that the run adds, and within which time 95 % of the spikes are right. The reference
is exact: the drive is linear between corners of the inputs, hence the neurons have a closed form between corners and
events.

NumPy solves the array once, by SciPy, which counts in the ratios, and then takes exponential steps with the mean drive,
as in `bench.neurons`. The steps are halved until the error is that of the package or less.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from bench.neurons import INSULATOR, METAL, TURN_OFF, TURN_ON, fastest
from circuitnn import Crossbar
from circuitnn.networks import Cell, Layer, SpikeInput, SpikingNetwork, SpikingResult
from circuitnn.units import number_of

HEIGHT, WIDTH, RISE, LEVEL = 0.4, 20e-9, 1e-9, 1.5  # of spikes [V, s, s]; where a neuron spikes [V]


class Problem(NamedTuple):
    """Numbers of the network.

    Parameters
    ----------
    conductances : ndarray, shape (n, n)
        [S]
    segment : float
        Resistance of a segment of a line. [Ohm]
    times : list of ndarray, length n
        When spikes of each line begin. [s]
    capacitance : ndarray, shape (n,)
        Of the neurons. [F]
    """

    conductances: np.ndarray
    segment: float
    times: list[np.ndarray]
    capacitance: np.ndarray

    def corners(self) -> np.ndarray:
        """Times at which a line turns, in order. [s]"""
        begins = np.concatenate([np.zeros(1), *self.times])
        return np.unique(np.add.outer(begins, np.array(_SHAPE)).ravel())

    def lines(self, t: np.ndarray) -> np.ndarray:
        """Voltages of the lines, shape (len(t), n). [V]"""
        found = np.zeros((len(t), len(self.times)))
        for k, begins in enumerate(self.times):
            if len(begins):
                corners = np.add.outer(begins, np.array(_SHAPE)).ravel()
                found[:, k] = np.interp(t, corners, np.tile([0.0, HEIGHT, HEIGHT, 0.0], len(begins)))
        return found


_SHAPE = (0.0, RISE, RISE + WIDTH, 2.0 * RISE + WIDTH)


def problem(n: int, tstop: float, seed: int = 1, segment: float = 2.0) -> Problem:
    """Draw a network of n lines and n neurons; the lines spike at 1 to 8 MHz."""
    rng = np.random.default_rng(seed)
    conductances = rng.uniform(1e-6, 5e-5, (n, n)) * 64.0 / n
    drawn = SpikeInput.poisson(np.linspace(1e6, 8e6, n), tstop, seed=seed, width=WIDTH, rise=RISE)
    times = [np.asarray(row) for row in drawn.times]
    return Problem(conductances, segment, times, 10e-12 * rng.uniform(0.8, 1.2, n))


def network(of: Problem) -> SpikingNetwork:
    """The network."""
    neuron = Cell("c1 out 0 {c}\nn1 out 0 vo2\n.model vo2 vo2_switch", {"c": of.capacitance}, level=LEVEL)
    array = Crossbar(len(of.times), len(of.capacitance), of.conductances, line_resistance=of.segment)
    inputs = SpikeInput(of.times, height=HEIGHT, width=WIDTH, rise=RISE)
    return SpikingNetwork(inputs, Layer(array, neuron))


def gains(of: Problem) -> np.ndarray:
    """Currents out of the bit lines per volt at the word lines, shape (neurons, lines), by a sparse solution. [S]"""
    rows, cols = of.conductances.shape
    word, bit = np.arange(2 * rows * cols).reshape(2, rows, cols)
    along = np.array(1.0 / of.segment)
    ends = [(word[:, :-1], word[:, 1:], along), (bit[:-1], bit[1:], along), (word, bit, of.conductances)]
    p, q, g = (
        np.concatenate([np.broadcast_to(end[k], np.shape(end[0])).ravel() for end in ends]) for k in range(3)
    )
    size = 2 * rows * cols
    each = (np.concatenate([p, q, p, q]), np.concatenate([p, q, q, p]))
    A = coo_array((np.concatenate([g, g, -g, -g]), each), shape=(size, size)).tocsr()
    first, last = word[:, 0], bit[-1]
    free = np.setdiff1d(np.arange(size), np.concatenate([first, last]))
    inner = -splu(A[free][:, free].tocsc()).solve(A[free][:, first].toarray())
    return -(A[last][:, free] @ inner + A[last][:, first].toarray())


def looped(of: Problem, gain: np.ndarray, tstop: float, steps: int) -> list[list[float]]:
    """Times at which each neuron spikes, by NumPy with equal steps. [s]"""
    h, n = tstop / steps, len(of.capacitance)
    lines = of.lines(np.linspace(0.0, tstop, steps + 1))
    drives = (0.5 * (lines[1:] + lines[:-1])) @ gain.T
    resistance = np.array([INSULATOR, METAL])
    factors = np.exp(-h / np.outer(resistance, of.capacitance))
    v, metal = np.zeros(n), np.zeros(n, dtype=int)
    spikes: list[list[float]] = [[] for _ in range(n)]
    own, factor = np.full(n, INSULATOR), factors[0].copy()
    limit, sign = np.full(n, TURN_ON), np.ones(n)
    for k, drive in enumerate(drives):
        rest = own * drive
        end = rest + (v - rest) * factor
        for j in np.flatnonzero((v < LEVEL) & (end >= LEVEL)):
            spikes[j].append((k + (LEVEL - v[j]) / (end[j] - v[j])) * h)
        turned = np.flatnonzero(sign * (end - limit) >= 0.0)
        if len(turned):
            left = 1.0 - (limit[turned] - v[turned]) / (end[turned] - v[turned])
            at = limit[turned]
            metal[turned] ^= 1
            own[turned], factor[turned] = resistance[metal[turned]], factors[metal[turned], turned]
            limit[turned] = np.where(metal[turned], TURN_OFF, TURN_ON)
            sign[turned] = 1 - 2 * metal[turned]
            new = own[turned] * drive[turned]
            end[turned] = new + (at - new) * factor[turned] ** left
        v = end
    return spikes


class Exact:
    """Neurons whose drives are linear between corners: v = c + b·s + d·exp(-s/tau), s the time since the corner.

    Parameters
    ----------
    of : Problem
    gain : ndarray, shape (neurons, lines)
        Of the array. [S]
    """

    def __init__(self, of: Problem, gain: np.ndarray) -> None:
        n = len(of.capacitance)
        self.capacitance, self.gain = of.capacitance, gain
        self.v, self.metal = np.zeros(n), np.zeros(n, dtype=bool)
        self.spikes: list[list[float]] = [[] for _ in range(n)]

    def run(self, of: Problem, tstop: float) -> list[list[float]]:
        """Times at which each neuron spikes. [s]"""
        corners = of.corners()
        corners = np.append(corners[corners < tstop], tstop)
        drives = of.lines(corners) @ self.gain.T
        for k in range(len(corners) - 1):
            self.advance(corners[k], corners[k + 1] - corners[k], drives[k], drives[k + 1])
        return self.spikes

    def advance(self, t: float, h: float, drive: np.ndarray, after: np.ndarray) -> None:
        """Go on to the next corner."""
        slope = (after - drive) / h
        R = np.where(self.metal, METAL, INSULATOR)
        tau = R * self.capacitance
        b = R * slope
        c = R * drive - b * tau
        d = self.v - c
        end = c + b * h + d * np.exp(-h / tau)
        with np.errstate(divide="ignore", invalid="ignore"):
            turn = tau * np.log(d / (b * tau))  # where the voltage has an extremum
        turn = np.where((turn > 0.0) & (turn < h), turn, h)
        peak = c + b * turn + d * np.exp(-turn / tau)
        low, high = np.minimum(np.minimum(self.v, end), peak), np.maximum(np.maximum(self.v, end), peak)
        passes = (low < LEVEL) & (high >= LEVEL)
        passes |= np.where(self.metal, low <= TURN_OFF, high >= TURN_ON)
        for j in np.flatnonzero(passes):
            end[j] = self.neuron(int(j), t, h, drive[j], slope[j])
        self.v = end

    def neuron(self, j: int, t: float, h: float, drive: float, slope: float) -> float:
        """Voltage of one neuron after a time `h`; notes its spikes and turns its switch."""
        s, v = 0.0, float(self.v[j])
        while True:
            metal = bool(self.metal[j])
            R = METAL if metal else INSULATOR
            tau = R * self.capacitance[j]
            b = R * slope
            c = R * (drive + slope * s) - b * tau
            d = v - c

            def at(u: float, c: float = c, b: float = b, d: float = d, tau: float = tau) -> float:
                return c + b * u + d * np.exp(-u / tau)

            pieces = [0.0, h - s]
            if b and d / (b * tau) > 0.0 and 0.0 < tau * np.log(d / (b * tau)) < h - s:
                pieces.insert(1, tau * np.log(d / (b * tau)))
            event = _first(at, pieces, TURN_OFF if metal else TURN_ON, not metal)
            last = h - s if event is None else event
            rise = _first(at, [p for p in pieces if p < last] + [last], LEVEL, True)
            if rise is not None and v < LEVEL:
                self.spikes[j].append(t + s + rise)
            if event is None:
                return at(h - s)
            s, v = s + event, TURN_OFF if metal else TURN_ON
            self.metal[j] = not metal


def _first(at: Callable[[float], float], pieces: list[float], level: float, upward: bool) -> float | None:
    """First time at which a function that is monotonous in each piece passes a level; None: it does not."""
    sign = 1.0 if upward else -1.0
    for a, b in pairwise(pieces):
        if sign * (at(a) - level) < 0.0 <= sign * (at(b) - level):
            return float(brentq(lambda u: at(u) - level, a, b, xtol=1e-22, rtol=1e-14))
    return None


def error(found: list[np.ndarray], exact: list[list[float]]) -> float:
    """Time within which 95 % of the spikes are right; one without a partner is not. [s]

    A neuron that hardly reaches the level spikes or not by the last digits, so that a mean square says little.
    """
    off: list[np.ndarray] = []
    for own, true in zip(found, map(np.asarray, exact), strict=True):
        count = max(len(own), len(true))
        far = np.full(count, np.inf)
        if len(own) and len(true):
            apart = np.abs(np.subtract.outer(own, true))
            nearest = apart.argmin(axis=1)
            mutual = apart[:, nearest].argmin(axis=0) == np.arange(len(own))
            far[: np.count_nonzero(mutual)] = apart[mutual, nearest[mutual]]
        off.append(far)
    return float(np.quantile(np.concatenate(off), 0.95, method="higher"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--time", default="8u")
    parser.add_argument("--segment", type=float, default=2.0, help="resistance of a segment of a line [Ohm]")
    given = parser.parse_args()
    tstop = number_of(given.time, "time")
    of = problem(given.size, tstop, segment=given.segment)
    layered = network(of)
    made = layered.circuit()
    _ = made.flat
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent, result = fastest(lambda: made.spikes(tstop, layered.levels, uic=True))
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
    array, gain = fastest(partial(gains, of), 1)
    exact = Exact(of, gain).run(of, tstop)
    ours = error([train.times for train in SpikingResult(layered, result).trains[0]], exact)
    print(
        f"{given.size} x {given.size}, {given.size} neurons that spike {sum(map(len, exact))} times in {tstop:g} s"
    )
    print(
        f"  circuitnn {spent:8.3f} s, error {ours:.1e} s, {result.statistics.points} points, "
        f"{held / 1024:.0f} MB, {result.statistics.iterations} iterations, {result.statistics.linear_solver}"
    )
    print(f"  the array alone, by SciPy: {array:.3f} s")
    steps = 2000
    while steps < 2**20:
        loop, found = fastest(partial(looped, of, gain, tstop, steps))
        off = error([np.array(times) for times in found], exact)
        print(
            f"  NumPy     {loop:8.3f} s, error {off:.1e} s, {steps} steps: ratio {spent / (array + loop):.2f}"
        )
        if off <= ours:
            break
        steps *= 2


if __name__ == "__main__":
    main()
