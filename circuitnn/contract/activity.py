"""Check of the claim that a device is passive: the currents give no power, the charges no energy.

Where a device gives power, it may do so in a corner of its range alone, at a high voltage in one state. Such a place
is looked for: from points of which many coordinates lie at the ends of their ranges, a random search goes to where the
power is least, in all instances at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.contract.report import Outcome

SPREADS = (0.1, 1.0, 3.0)  # V
ROUNDS = 30  # steps of the search
WIDEST, FINEST = 0.5, 1e-3  # first and last length of a step, as a share of the range
AT_ENDS = 0.5  # share of the coordinates that start at an end of their range, or at 0 V
LED = 0.25  # share of the instances that try a place beside the best of another one
RECIPROCAL = 1e-6  # allowed difference of two capacitances, relative to the largest one
ABSCISSAE = 16  # of the integral of the energy


def passive(case: Case) -> Outcome:
    """The device delivers no power, and its charges no energy."""
    outcome = Outcome(
        "passive",
        "the power that the currents take up is never below 0, within 1e-12 of its parts, where a search finds it "
        "least; capacitances between terminals are reciprocal, and the energy in them is never below 0",
    )
    if "passive" not in case.model.claims:
        outcome.skipped = "not claimed"
        return outcome
    for spread in SPREADS:
        x, good = _least_power(case, spread)
        parts = _parts(case, x)
        out = np.where(good, np.maximum(-parts.sum(axis=0), 0.0), 0.0)
        outcome.compare("power delivered [W]", out, 1e-12 * np.abs(parts).sum(axis=0) + 1e-300, case.place(x))
        outcome.require_most(good, "the states without storage could not be solved for")
        if (
            case.model.letter == "n"
        ):  # charges of SPICE's transistors, as of Ward and Dutton, are not reciprocal
            _charges(case, outcome, case.points(spread))
    return outcome


def _parts(case: Case, x: np.ndarray) -> np.ndarray:
    """Power that enters at each node. [W]"""
    voltages = x[case.electrical] - x[case.terminals[-1]]
    return voltages * case.evaluate([case.kernel.f[i] for i in case.electrical], x)


def _least_power(case: Case, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Unknowns where the power per squared voltage is least, and where states without storage were solved for."""
    low, high = _box(case, spread)
    rng, static = case.rng, case.static_states()

    def at(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, good = case.settled(x, static)
        voltages = x[case.electrical] - x[case.terminals[-1]]
        share = _parts(case, x).sum(axis=0) / np.maximum((voltages**2).sum(axis=0), 1e-300)
        return x, good, np.where(good & np.isfinite(share), share, np.inf)

    x, good, least = at(_start(case, spread, low, high))
    for scale in np.geomspace(WIDEST, FINEST, ROUNDS):
        lead = np.argsort(least)[: max(1, case.n // 10)]
        led = rng.random(case.n) < LED
        base = np.where(led, x[:, rng.choice(lead, case.n)], x)
        moved = rng.random(x.shape) < 0.5
        step = np.where(moved, scale * (high - low) * rng.standard_normal(x.shape), 0.0)
        new, solved, value = at(np.clip(base + step, low, high))
        better = value < least
        x, good = np.where(better, new, x), np.where(better, solved, good)
        least = np.where(better, value, least)
    return x, good


def _box(case: Case, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the range of each unknown, in each instance."""
    low, high = (np.full((len(case.kernel.inputs), case.n), end) for end in (-spread, spread))
    for state in case.model.states:
        row = case.kernel.inputs.index(state.name)
        low[row], high[row] = case.at(state, np.zeros(case.n)), case.at(state, np.ones(case.n))
    for row in case.thermal:
        low[row], high[row] = case.extent
    return low, high


def _start(case: Case, spread: float, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Points of which many coordinates lie at an end of their range, or at 0 V."""
    x, rng = case.points(spread), case.rng
    ends = np.where(rng.random(x.shape) < 0.5, low, high)
    nodes = np.zeros(x.shape, dtype=bool)
    nodes[case.electrical] = True
    ends = np.where(nodes & (rng.random(x.shape) < 1.0 / 3.0), 0.0, ends)
    return np.where(rng.random(x.shape) < AT_ENDS, ends, x)


def _charges(case: Case, outcome: Outcome, x: np.ndarray) -> None:
    """Compare capacitances in both directions, and the energy that voltages from 0 on leave in them with 0."""
    entries = [(r, c, e) for r, c, e in case.kernel.C if r in case.electrical and c in case.electrical]
    if not entries:
        return
    names = case.kernel.inputs
    size = len(names)

    def capacitances(point: np.ndarray) -> np.ndarray:
        matrix = np.zeros((size, size, case.n))
        for (row, column, _), value in zip(
            entries, case.evaluate([e for _, _, e in entries], point), strict=True
        ):
            matrix[row, column] += value
        return matrix

    matrix = capacitances(x)
    allowed = RECIPROCAL * np.max(np.abs(matrix), axis=(0, 1)) + 1e-300
    for row, column in {(r, c) for r, c, _ in entries if r < c} | {(c, r) for r, c, _ in entries if c < r}:
        what = f"charges are not reciprocal: ∂q[{names[row]}]/∂{names[column]} - ∂q[{names[column]}]/∂{names[row]} [F]"
        outcome.compare(what, matrix[row, column] - matrix[column, row], allowed, case.place(x))
    _energy(case, outcome, x, capacitances)


def _energy(
    case: Case, outcome: Outcome, x: np.ndarray, capacitances: Callable[[np.ndarray], np.ndarray]
) -> None:
    """The energy that charges take up on the way from no voltage to the voltages at hand. [J]"""
    reference = x[case.terminals[-1]]
    voltages = np.zeros_like(x)
    voltages[case.electrical] = x[case.electrical] - reference
    shares, weights = np.polynomial.legendre.leggauss(ABSCISSAE)
    total, size = np.zeros(case.n), np.zeros(case.n)
    for share, weight in zip(0.5 * (shares + 1.0), 0.5 * weights, strict=True):
        point = x.copy()
        point[case.electrical] = reference + share * voltages[case.electrical]
        parts = share * voltages[:, None] * capacitances(point) * voltages[None, :]
        total += weight * parts.sum(axis=(0, 1))
        size += weight * np.abs(parts).sum(axis=(0, 1))
    outcome.compare(
        "energy delivered by the charges [J]", np.maximum(-total, 0.0), 1e-9 * size + 1e-300, case.place(x)
    )
