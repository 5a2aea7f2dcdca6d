"""``python -m bench.neurons [--size 64] [--time 8u] [--recurrent] [--all]``: an array among neurons, beside NumPy.

Sines drive the word lines of an array with line resistance, amplifiers read its bit lines, and each feeds a neuron of
vanadium dioxide. In the recurrent form each neuron adds a share of its voltage to the sine of a word line. Prints
processor times from the circuit to the voltages of the neurons (the fastest of three), the memory that the run adds,
and the error of these voltages at the end, root mean square over the neurons. The reference of the driven form is
exact: between two events a neuron is linear, and its drive is a sum of sines. That of the recurrent form is SciPy's
DOP853, with events, to 1e-11.

NumPy solves the array once, by SciPy, and then takes exponential steps with the mean drive; of the recurrent form, with
neurons that go on as in the step before. A switch that turns within a step does so where its voltage, interpolated
linearly, passes the threshold. The steps are halved until the error is that of the package or less. `--all` records
every node; `--whole` solves the array in every iteration, as other simulators do.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from circuitnn import Circuit, Crossbar
from circuitnn.units import number_of

INSULATOR, METAL, TURN_ON, TURN_OFF = 100.2e3, 0.99e3, 1.99, 1.0  # vo2_switch [Ohm, V]
LOAD, CAPACITANCE, FEEDBACK, GAIN = 47e3, 300e-12, 42e3, 1e6
Result = TypeVar("Result")


class Problem(NamedTuple):
    """Numbers of the circuit.

    Parameters
    ----------
    conductances : ndarray, shape (n, n)
        [S]
    offset, swing, frequency : ndarray, shape (n,)
        Of the sines at the word lines. [V, V, Hz]
    start : ndarray, shape (n,)
        Voltages of the neurons at t = 0. [V]
    segment : float
        Resistance of a segment of a line. [Ohm]
    feedback : ndarray, shape (n,)
        Share of each neuron's voltage at the word line of its number.
    """

    conductances: np.ndarray
    offset: np.ndarray
    swing: np.ndarray
    frequency: np.ndarray
    start: np.ndarray
    segment: float
    feedback: np.ndarray

    def driven(self, t: float | np.ndarray) -> np.ndarray:
        """Voltages at the word lines without feedback, shape (..., n). [V]"""
        return self.offset + self.swing * np.sin(np.multiply.outer(t, 2.0 * np.pi * self.frequency))


def problem(n: int, seed: int = 1, segment: float = 1.0, recurrent: bool = False) -> Problem:
    """Draw a circuit of n word lines and n neurons."""
    rng = np.random.default_rng(seed)
    conductances = rng.uniform(5e-6, 1e-4, (n, n))
    offset = -rng.uniform(0.09, 0.11, n) * 64.0 / n
    frequency, feedback = rng.uniform(1e5, 1e6, n), (-0.1 if recurrent else 0.0) * offset
    lines = Problem(conductances, offset, -0.05 * offset, frequency, np.zeros(n), segment, feedback)
    gain, across = gains(lines), rng.uniform(1.1, 1.9, n)  # between the thresholds of the switches
    return lines._replace(start=np.linalg.solve(np.eye(n) - gain * feedback, gain @ offset - across))


def circuit(of: Problem) -> Circuit:
    """The circuit, with the voltages of the neurons recorded."""
    n, cards = len(of.start), ["an array feeds neurons"]
    waves = zip(*(part.tolist() for part in (of.offset, of.swing, of.frequency)), strict=True)
    source = "s" if of.feedback.any() else "in"
    cards += [f"vin{i} {source}{i} 0 sin({a!r} {b!r} {f!r})" for i, (a, b, f) in enumerate(waves)]
    if of.feedback.any():
        cards += [f"e{i} in{i} s{i} n{i} 0 {share!r}" for i, share in enumerate(of.feedback.tolist())]
    for j in range(n):
        cards += [
            f"ea{j} out{j} 0 0 bl{j} {GAIN!r}",
            f"rf{j} bl{j} out{j} {FEEDBACK!r}",
            f"n{j} out{j} n{j} vo2",
            f"rl{j} n{j} 0 {LOAD!r}",
            f"c{j} n{j} 0 {CAPACITANCE!r} ic={float(of.start[j])!r}",
        ]
    cards += [".model vo2 vo2_switch", ".save " + " ".join(f"v(n{j})" for j in range(n)), ".end"]
    array = Crossbar(
        n,
        n,
        of.conductances,
        wordline_resistance=of.segment,
        bitline_resistance=of.segment,
        driver_resistance=of.segment,
        sense_resistance=of.segment,
    )
    return Circuit.from_text("\n".join(cards)).crossbar("x1", array, left="in", bottom="bl")


def gains(of: Problem) -> np.ndarray:
    """Outputs of the amplifiers per volt at the word lines, shape (neurons, lines), by a sparse solution."""
    n = len(of.start)
    word, bit = np.arange(2 * n * n).reshape(2, n, n)
    along = np.array(1.0 / of.segment)
    ends = [(word[:, :-1], word[:, 1:], along), (bit[:-1], bit[1:], along), (word, bit, of.conductances)]
    p, q, g = (
        np.concatenate([np.broadcast_to(end[k], np.shape(end[0])).ravel() for end in ends]) for k in range(3)
    )
    amplifiers = 2 * n * n + np.arange(n)  # bit lines' ends; the outputs are -GAIN times their voltages
    first, last = word[:, 0], bit[-1]
    p = np.concatenate([p, last])
    q = np.concatenate([q, amplifiers])
    g = np.concatenate([g, np.full(n, 1.0 / of.segment)])
    driven, read = np.full(n, 1.0 / of.segment), np.full(n, (1.0 + GAIN) / FEEDBACK)
    rows = np.concatenate([p, q, p, q, first, amplifiers])
    columns = np.concatenate([p, q, q, p, first, amplifiers])
    values = np.concatenate([g, g, -g, -g, driven, read])
    size = 2 * n * n + n
    lu = splu(coo_array((values, (rows, columns)), shape=(size, size)).tocsc())
    found = np.empty((n, n))
    for i in range(n):
        b = np.zeros(size)
        b[first[i]] = 1.0 / of.segment
        found[:, i] = -GAIN * lu.solve(b)[amplifiers]
    return found


class Neurons:
    """The neurons of a NumPy loop with exponential steps, each under the mean of its drive.

    Parameters
    ----------
    v, drive : ndarray, shape (n,)
        At t = 0. [V]
    h : float
        Step. [s]
    """

    threshold = np.array([TURN_ON, TURN_OFF])

    def __init__(self, v: np.ndarray, drive: np.ndarray, h: float) -> None:
        conductance = np.array([1.0 / INSULATOR, 1.0 / METAL])
        total = conductance + 1.0 / LOAD
        self.share, self.rate, self.h = conductance / total, total / CAPACITANCE, h
        self.v, self.drive, self.across = v, drive, np.abs(drive - v)
        self.metal = np.zeros(len(v), dtype=int)

    def step(self, drive: np.ndarray) -> None:
        """Go on to the next drive; a switch turns where its voltage, interpolated linearly, passes the threshold."""
        v, h, metal = self.v, self.h, self.metal
        middle = 0.5 * (self.drive + drive)
        rest = self.share[metal] * middle
        end = rest + (v - rest) * np.exp(-h * self.rate[metal])
        beyond = np.abs(drive - end)
        turned = np.flatnonzero((beyond - self.threshold[metal]) * (1 - 2 * metal) >= 0.0)
        if len(turned):
            old, new, was = metal[turned], 1 - metal[turned], self.across[turned]
            part = (self.threshold[old] - was) / (beyond[turned] - was)
            at = rest[turned] + (v[turned] - rest[turned]) * np.exp(-part * h * self.rate[old])
            other = self.share[new] * middle[turned]
            end[turned] = other + (at - other) * np.exp(-(1.0 - part) * h * self.rate[new])
            metal[turned] = new
        self.v = end
        self.drive_by(drive)

    def drive_by(self, drive: np.ndarray) -> None:
        """Set the drive that the next step begins with."""
        self.drive, self.across = drive, np.abs(drive - self.v)


def looped(of: Problem, tstop: float, steps: int) -> np.ndarray:
    """Voltages of the neurons at the ends of equal steps, by NumPy, shape (steps + 1, n)."""
    gain, h = gains(of), tstop / steps
    turn = 2.0 * np.pi * of.frequency
    back = gain * of.feedback if of.feedback.any() else None
    neurons = Neurons(of.start, gain @ (of.offset + of.feedback * of.start), h)
    before = of.start
    found = np.empty((steps + 1, len(of.start)))
    found[0] = of.start
    for k in range(steps):
        lines = of.offset + of.swing * np.sin(turn * ((k + 1) * h))
        if back is None:
            neurons.step(gain @ lines)
        else:
            expected = 2.0 * neurons.v - before
            before = neurons.v
            neurons.step(gain @ (lines + of.feedback * expected))
            neurons.drive_by(neurons.drive + back @ (neurons.v - expected))
        found[k + 1] = neurons.v
    return found


def integrated(of: Problem, tstop: float) -> tuple[np.ndarray, int]:
    """Voltages of the neurons at the end, and how often their switches turn, by SciPy, each event located."""
    gain = gains(of)
    metal = np.zeros(len(of.start), dtype=bool)
    t, v, turns = 0.0, of.start, 0

    def drive(t: float, v: np.ndarray) -> np.ndarray:
        return gain @ (of.driven(t) + of.feedback * v)

    def rate(t: float, v: np.ndarray) -> np.ndarray:
        return ((drive(t, v) - v) / np.where(metal, METAL, INSULATOR) - v / LOAD) / CAPACITANCE

    def beyond(t: float, v: np.ndarray) -> np.ndarray:
        across = np.abs(drive(t, v) - v)
        return np.where(metal, TURN_OFF - across, across - TURN_ON)

    def most(t: float, v: np.ndarray) -> float:
        return float(np.max(beyond(t, v)))

    most.terminal, most.direction = True, 1.0  # type: ignore[attr-defined]
    while t < tstop:
        run = solve_ivp(
            rate, (t, tstop), v, "DOP853", rtol=1e-11, atol=1e-13, max_step=tstop / 400.0, events=most
        )
        t, v = float(run.t[-1]), run.y[:, -1]
        if run.status == 1:
            past = beyond(t, v)
            passed = past >= min(0.0, past.max())
            metal, turns = metal ^ passed, turns + int(passed.sum())
    return v, turns


def exact(of: Problem, tstop: float, neuron: int, weight: np.ndarray) -> tuple[float, int]:
    """Voltage of a neuron at the end, and how often its switch has turned, from the closed form between events.

    Parameters
    ----------
    of : Problem
    tstop : float
        [s]
    neuron : int
    weight : ndarray, shape (n,)
        Of the word lines in its drive.
    """
    turn, fine = 2.0 * np.pi * of.frequency, tstop / 40_000.0
    t, v, metal, turns = 0.0, float(of.start[neuron]), False, 0

    def drive(s: np.ndarray) -> np.ndarray:
        return of.driven(s) @ weight

    while True:
        total = 1.0 / (METAL if metal else INSULATOR) + 1.0 / LOAD
        tau, share = CAPACITANCE / total, 1.0 - 1.0 / (LOAD * total)
        begun, was, threshold = t, v, TURN_OFF if metal else TURN_ON

        def steady(s: np.ndarray, tau: float = tau, share: float = share) -> np.ndarray:
            """Solution of tau·v' + v = share·drive without exponential."""
            angle = np.multiply.outer(s, turn)
            wave = (np.sin(angle) - turn * tau * np.cos(angle)) / (1.0 + (turn * tau) ** 2)
            return share * ((of.offset + of.swing * wave) @ weight)

        rest = was - float(steady(np.array([begun]))[0])

        def voltage(s: np.ndarray, tau: float = tau, begun: float = begun, rest: float = rest) -> np.ndarray:
            return steady(s) + rest * np.exp((begun - s) / tau)

        def beyond(s: float, threshold: float = threshold) -> float:
            at = np.array([s])
            return float(np.abs(drive(at) - voltage(at))[0]) - threshold

        while True:
            grid = np.minimum(t + fine * np.arange(500), tstop)
            across = np.abs(drive(grid) - voltage(grid)) - threshold
            past = np.flatnonzero(across <= 0.0 if metal else across >= 0.0)
            if len(past) or grid[-1] >= tstop:
                break
            t = float(grid[-1])
        if not len(past):
            return float(voltage(np.array([tstop]))[0]), turns
        last = int(past[0])
        t = brentq(beyond, grid[last - 1], grid[last], xtol=1e-20)
        v, metal, turns = float(voltage(np.array([t]))[0]), not metal, turns + 1


def fastest(run: Callable[[], Result], count: int = 3) -> tuple[float, Result]:
    """Processor time of the fastest of some runs [s], and what the last returns."""
    best = float("inf")
    for _ in range(count):
        began = time.process_time()
        result = run()
        best = min(best, time.process_time() - began)
    return best, result


def reference(of: Problem, tstop: float) -> tuple[np.ndarray, int]:
    """Voltages of the neurons at the end, and how often their switches turn."""
    if of.feedback.any():
        return integrated(of, tstop)
    gain = gains(of)
    ends = [exact(of, tstop, j, gain[j]) for j in range(len(of.start))]
    return np.array([v for v, _ in ends]), sum(turns for _, turns in ends)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--time", default="8u")
    parser.add_argument("--recurrent", action="store_true", help="the neurons act on the word lines")
    parser.add_argument("--all", action="store_true", help="record every node")
    parser.add_argument("--whole", action="store_true", help="solve the array in every iteration")
    given = parser.parse_args()
    of, tstop = problem(given.size, recurrent=given.recurrent), number_of(given.time, "time")
    made = circuit(of)
    made = made.with_card(".save", "all") if given.all else made
    _ = made.flat
    solver = "lines" if given.whole else "auto"
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent, result = fastest(
        lambda: made.tran(tstop, 20e-9, uic=True, linear_solver=solver), 1 if given.whole else 3
    )
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
    ends, turns = reference(of, tstop)
    ours = off([result[f"v(n{j})"][-1] for j in range(given.size)], ends)
    print(
        f"{given.size} x {given.size}, {given.size} neurons whose switches turn {turns} times in {tstop:g} s"
    )
    print(
        f"  circuitnn {spent:8.3f} s, error {ours:.1e} V, {len(result)} points, {held / 1024:.0f} MB, "
        f"{result.statistics.iterations} iterations, {result.statistics.linear_solver}"
    )
    steps = 500
    while steps < 2**22:
        loop, values = fastest(partial(looped, of, tstop, steps))
        values = values[-1]
        print(
            f"  NumPy     {loop:8.3f} s, error {off(values, ends):.1e} V, {steps} steps: ratio {spent / loop:.2f}"
        )
        if off(values, ends) <= ours:
            break
        steps *= 2


def off(values: Sequence[float], reference: np.ndarray) -> float:
    """Root mean square of the errors. [V]"""
    return float(np.sqrt(np.mean(np.square(np.asarray(values) - reference))))


if __name__ == "__main__":
    main()
