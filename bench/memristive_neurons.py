"""``python -m bench.memristive_neurons [--size 64] [--time 8u]``: memristive cells feed neurons, beside NumPy.

The circuit of `bench.neurons`, whose cells are memristors of ``vteam`` that drift while they are read. NumPy solves the
array once per step, by conjugate gradients with SuperLU's factors of the cells at t = 0 as preconditioner; states take
steps of Adams' second-order formulas. The reference is the same loop in 16,000 steps.
"""

from __future__ import annotations

import argparse
from functools import partial

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from bench import neurons
from bench.neurons import CAPACITANCE, FEEDBACK, GAIN, LOAD, Problem
from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import Device
from circuitnn.units import number_of

RON, ROFF, SPEED, THRESHOLD = 5e3, 2.5e5, 2.5e3, 0.05  # of the cells [Ohm, Ohm, 1/s, V]
FINE = 16_000


def states(of: Problem) -> np.ndarray:
    """States of the cells at t = 0, shape (n, n)."""
    return (1.0 / of.conductances - RON) / (ROFF - RON)


def circuit(of: Problem) -> Circuit:
    """The circuit, with the voltages of the neurons recorded."""
    n, d = len(of.start), 10e-9
    waves = zip(*(part.tolist() for part in (of.offset, of.swing, of.frequency)), strict=True)
    cards = ["memristors feed neurons"]
    cards += [f"vin{i} in{i} 0 sin({a!r} {b!r} {f!r})" for i, (a, b, f) in enumerate(waves)]
    for j, start in enumerate(of.start.tolist()):
        cards += [f"ea{j} out{j} 0 0 bl{j} {GAIN!r}", f"rf{j} bl{j} out{j} {FEEDBACK!r}"]
        cards += [
            f"n{j} out{j} n{j} vo2",
            f"rl{j} n{j} 0 {LOAD!r}",
            f"c{j} n{j} 0 {CAPACITANCE!r} ic={start!r}",
        ]
    cards += [".model vo2 vo2_switch", ".save " + " ".join(f"v(n{j})" for j in range(n)), ".end"]
    drift = {
        "koff": SPEED * d,
        "kon": -SPEED * d,
        "aoff": 1.0,
        "aon": 1.0,
        "voff": THRESHOLD,
        "von": -THRESHOLD,
    }
    cell = Device("vteam", ron=RON, roff=ROFF, d=d, x0=states(of), **drift)
    line = of.segment
    array = Crossbar(n, n, cell, line_resistance=line, driver_resistance=line, sense_resistance=line)
    return Circuit.from_text("\n".join(cards)).crossbar("x1", array, left="in", bottom="bl")


class Solved:
    """The array with amplifiers, solved for states that change little.

    Parameters
    ----------
    of : Problem
    """

    def __init__(self, of: Problem) -> None:
        n = len(of.start)
        word, bit = np.arange(2 * n * n).reshape(2, n, n)
        self.of, self.word, self.bit = of, word.ravel(), bit.ravel()
        self.first, self.amplifiers = word[:, 0], 2 * n * n + np.arange(n)
        p = np.concatenate([word[:, :-1].ravel(), bit[:-1].ravel(), bit[-1]])
        q = np.concatenate([word[:, 1:].ravel(), bit[1:].ravel(), self.amplifiers])
        g, size = np.full(len(p), 1.0 / of.segment), 2 * n * n + n
        ends = np.full(n, 1.0 / of.segment), np.full(n, (1.0 + GAIN) / FEEDBACK)
        rows = np.concatenate([p, q, p, q, self.first, self.amplifiers])
        columns = np.concatenate([p, q, q, p, self.first, self.amplifiers])
        values = np.concatenate([g, g, -g, -g, *ends])
        self.lines = coo_array((values, (rows, columns)), shape=(size, size)).tocsr()
        matrix = (self.lines + self._cells(self._conductances(states(of)))).tocsc()
        more = {"SymmetricMode": True}
        self.factors = splu(matrix, permc_spec="MMD_AT_PLUS_A", options=more, diag_pivot_thresh=0.0)

    def _conductances(self, x: np.ndarray) -> np.ndarray:
        return 1.0 / (RON + (ROFF - RON) * x.ravel())

    def _cells(self, g: np.ndarray) -> coo_array:
        w, b = self.word, self.bit
        entries = np.concatenate([g, g, -g, -g]), (np.concatenate([w, b, w, b]), np.concatenate([w, b, b, w]))
        return coo_array(entries, shape=self.lines.shape)

    def at(self, t: float, x: np.ndarray, guess: np.ndarray) -> np.ndarray:
        """Voltages of all nodes, by conjugate gradients from a guess. [V]"""
        g, w, b = self._conductances(x), self.word, self.bit

        def currents(v: np.ndarray) -> np.ndarray:
            found, through = self.lines @ v, g * (v[w] - v[b])
            found[w] += through
            found[b] -= through
            return found

        drive = np.zeros(len(guess))
        drive[self.first] = self.of.driven(t) / self.of.segment
        v, left, limit = guess.copy(), drive - currents(guess), 1e-10 * np.linalg.norm(drive)
        direction, before = np.zeros(len(v)), 1.0
        while np.linalg.norm(left) > limit:
            better = self.factors.solve(left)
            size = left @ better
            direction = better + size / before * direction if direction.any() else better
            image = currents(direction)
            step = size / (direction @ image)
            v, left, before = v + step * direction, left - step * image, size
        return v

    def rates(self, v: np.ndarray) -> np.ndarray:
        """Rates of the states. [1/s]"""
        return -SPEED * np.maximum((v[self.bit] - v[self.word]) / THRESHOLD - 1.0, 0.0)


def looped(of: Problem, tstop: float, steps: int) -> np.ndarray:
    """Voltages of the neurons at the end, by NumPy in equal steps."""
    array, h, x = Solved(of), tstop / steps, states(of).ravel()
    nodes = array.at(0.0, x, np.zeros(array.lines.shape[0]))
    earlier, rate = nodes, array.rates(nodes)
    last, bank = rate, neurons.Neurons(of.start, -GAIN * nodes[array.amplifiers], h)
    for k in range(steps):
        ahead = x + h * (1.5 * rate - 0.5 * last)
        nodes, earlier = array.at((k + 1) * h, ahead, 2.0 * nodes - earlier), nodes
        last, rate = rate, array.rates(nodes)
        x = x + 0.5 * h * (last + rate)
        bank.step(-GAIN * nodes[array.amplifiers])
    return bank.v


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--time", default="8u")
    given = parser.parse_args()
    of, tstop = neurons.problem(given.size), number_of(given.time, "time")
    made = circuit(of)
    _ = made.flat
    spent, result = neurons.fastest(lambda: made.tran(tstop, 20e-9, uic=True), 1)
    exact = looped(of, tstop, FINE)
    ours = neurons.off([result[f"v(n{j})"][-1] for j in range(given.size)], exact)
    print(f"circuitnn {spent:8.3f} s, error {ours:.1e} V, {result.statistics.iterations} iterations")
    for steps in (500, 1000, 2000, 4000, 8000):
        loop, values = neurons.fastest(partial(looped, of, tstop, steps), 1)
        error = neurons.off(values.tolist(), exact)
        print(f"NumPy     {loop:8.3f} s, error {error:.1e} V, {steps} steps: ratio {spent / loop:.2f}")
        if error <= ours:
            break


if __name__ == "__main__":
    main()
