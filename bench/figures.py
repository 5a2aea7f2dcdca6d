"""``python -m bench.figures [--count N] [--seed S]``: figures of signals that are made by formula.

Each draw is a waveform whose truth is known: at rest, decaying, growing, drifting, swept, noisy, of two tones,
modulated, stopped, or an oscillation of some shape; on uniform, jittered, clustered or few points; cut anywhere; over
many decades of time and size. Period, duty cycle, phase, amplitude and harmonics must be right within their stated
errors, or refused (or warned of) with the reason. Pairs of oscillators with known phases are locked, drift, slip or
approach each other. What is told of a signal that has no such figure, what is wrong, and what is refused of a clean
oscillation counts as a failure.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from bench.signals import REFUSED, TOLD, TURN, Signal, doubtful, oscillations, shape, times, without_period
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.networks.phase_drift import drift
from circuitnn.results.harmonics import fourier
from circuitnn.results.result import Result

CLEAR = 0.03  # of the period: errors stated of clean oscillations are smaller
RESOLVED = 30.0  # points of a cycle, besides its corners, from which figures of an oscillation must be told
DENSE = 40_001  # points of a period by which a duty cycle is known


@dataclass
class Outcomes:
    """Outcomes so far."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def check(self, good: bool, where: str, what: str) -> None:
        """Count an outcome; one that is not good is a failure."""
        if not good:
            self.failures.append(f"{where}: {what}")


# ---------------------------------------------------------------------- figures of one signal


def result(t: np.ndarray, **columns: np.ndarray) -> Result:
    """A transient with these signals."""
    names, types = ("time", *(f"v({name})" for name in columns)), ("time", *["voltage"] * len(columns))
    data = np.column_stack([t, *columns.values()])
    return Result("s", "tran", "Transient Analysis", "time", names, types, data)


def one(rng: np.random.Generator, outcomes: Outcomes, where: str) -> None:
    """Draw a signal and check its figures."""
    cycles, per_cycle = 10.0 ** rng.uniform(0.95, 1.9), 10.0 ** rng.uniform(1.2, 2.2)
    drawn = shape(rng)
    x = times(rng, cycles, per_cycle, drawn.corners)
    kinds = [k for draw in (oscillations, without_period, doubtful) for k in draw(rng, cycles, drawn)]
    signal = kinds[int(rng.integers(len(kinds)))]
    second, size = 10.0 ** rng.uniform(-12.0, 3.0), 10.0 ** rng.uniform(-9.0, 3.0)
    y = signal.y(x) + (rng.normal(0.0, signal.noise, len(x)) if signal.noise else 0.0)
    run, where = (
        result(second * x, a=size * y),
        f"{where} {signal.kind}, {cycles:.3g} cycles of {per_cycle:.3g} points",
    )
    outcomes.counts[signal.kind.split(" on ")[0]] += 1
    enough = (
        0.5 * cycles / (2.0 if signal.period == 2.0 else 1.0) >= 4.01
        and per_cycle >= RESOLVED * signal.period
    )
    _oscillation(run, signal, second, size, cycles, enough, outcomes, where)
    _amplitude(run, signal, outcomes, where)
    _phase(run, signal, second, outcomes, where)


def _oscillation(
    run: Result,
    signal: Signal,
    second: float,
    size: float,
    cycles: float,
    enough: bool,
    outcomes: Outcomes,
    where: str,
) -> None:
    try:
        told = run.oscillation("v(a)")
    except AnalysisError as refusal:
        outcomes.counts["refused"] += 1
        outcomes.check(signal.expected != TOLD or not enough, where, f"refused: {refusal}")
        if signal.expected == REFUSED:
            outcomes.check(
                any(word in str(refusal) for word in signal.why.split("|")),
                where,
                f"another reason: {refusal}",
            )
        return
    outcomes.counts["told"] += 1
    outcomes.check(signal.expected != REFUSED, where, f"told a period of {told.period / second:.6g} cycles")
    outcomes.check(told.period == run.period("v(a)") and told.duty == run.duty("v(a)"), where, "two answers")
    period, error = told.period / second, told.period_error / second
    if np.isnan(signal.period):  # no period in truth: what is told must repeat itself
        late = np.linspace(0.5 * cycles, cycles - 2.0 * period, 4001)
        if late[-1] > late[0]:
            away = np.sqrt(np.mean((signal.y(late + period) - signal.y(late)) ** 2)) / np.std(signal.y(late))
            outcomes.check(
                away < 0.25,
                where,
                f"after the period told, {period:.6g}, it differs by {away:.3g} of its size",
            )
        return
    if not enough:  # so few points may make a longer pattern of the shortest one
        error, period = (
            error / max(round(period / signal.period), 1),
            period / max(round(period / signal.period), 1),
        )
    outcomes.check(
        abs(period - signal.period) <= error,
        where,
        f"period {period:.9g} ± {error:.3g}, not {signal.period:g}",
    )
    outcomes.check(
        not enough or signal.noise > 0.0 or error < CLEAR * signal.period,
        where,
        f"error of the period {error:.3g}",
    )
    if (
        signal.expected == TOLD and signal.period == 1.0
    ):  # two tones have crossings that a band of levels counts once
        dense = signal.y(np.linspace(0.0, signal.period, DENSE)[:-1]) * size
        truth = float(np.mean(dense >= told.level))
        good = abs(told.duty - truth) <= told.duty_error + 2.0 / DENSE
        outcomes.check(good, where, f"duty {told.duty:.7g} ± {told.duty_error:.3g}, not {truth:.7g}")


def _amplitude(run: Result, signal: Signal, outcomes: Outcomes, where: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeckWarning)
        value = run.amplitude("v(a)")
    late = run.time >= 0.5 * (run.time[0] + run.time[-1])
    outcomes.check(value == 0.5 * np.ptp(run.array("v(a)")[late]), where, f"amplitude {value}")
    if signal.expected == REFUSED and not signal.steady:
        outcomes.check(bool(caught), where, "an amplitude without a warning")


def _phase(run: Result, signal: Signal, second: float, outcomes: Outcomes, where: str) -> None:
    try:
        phase = run.phase("v(a)")
    except AnalysisError:
        return
    outcomes.check(signal.expected != REFUSED or signal.kind == "sweep", where, "told a phase")
    if signal.expected == TOLD and signal.period == 1.0:
        t = run.time / second
        slope = (phase[-1] - phase[0]) / (TURN * (t[-1] - t[0]))
        outcomes.check(abs(slope - 1.0) < 0.02, where, f"the phase gains {slope:.6g} turns a cycle")


# ---------------------------------------------------------------------- pairs of oscillators


def pair(rng: np.random.Generator, outcomes: Outcomes, where: str) -> None:
    """Draw the rises of two oscillators with known phases and check the drift between them."""
    count = int(10.0 ** rng.uniform(1.2, 2.6))
    n, jitter = np.arange(count, dtype=float), 10.0 ** rng.uniform(-9.0, -2.5)
    rate, offset = 10.0 ** rng.uniform(-6.0, -1.5), rng.uniform(0.0, 1.0)
    decay = rng.uniform(2.0, 12.0) / count
    drifts: dict[str, tuple[np.ndarray, bool | None]] = {
        "locked": (np.zeros(count), True),
        "alternating": (0.05 * (-1.0) ** n, True),
        "drifting": (rate * n, False),
        "approaching": (0.05 * np.exp(-decay * n), True),
        "spiralling": (0.05 * np.exp(-decay * n) * np.cos(0.3 * n), True),
        "slipping": (_slips(n, 10.0 ** rng.uniform(-2.5, -1.0)), None),
    }
    kind = str(rng.choice([*drifts]))
    phase, locked = drifts[kind]
    second = 10.0 ** rng.uniform(-12.0, 0.0)
    first, other = (second * (n + rng.normal(0.0, jitter, count) + by) for by in (0.0, offset + phase))
    seen, where = (
        drift(first, np.sort(other)),
        f"{where} {kind}, {count} cycles, jitter {jitter:.2g}, rate {rate:.2g}",
    )
    outcomes.counts[kind] += 1
    if seen is None:
        outcomes.check(count < 14, where, "too few")
        return
    rate = -rate if kind == "drifting" else 0.0  # later rises are a phase that lags
    if kind in ("drifting", "locked"):
        outcomes.check(
            abs(seen.rate - rate) <= seen.error + 1e-3 * abs(rate) + rate**2, where, f"drift {seen}"
        )
    if locked is False:
        outcomes.check(
            not seen.none or (not seen.resting and abs(seen.rate) + seen.error > abs(rate)),
            where,
            f"locked: {seen}",
        )
    elif locked:
        outcomes.check(not seen.certain, where, f"not locked: {seen}")
        outcomes.counts[f"{kind}, not told"] += not seen.none
    elif abs(phase[-1] - phase[len(phase) // 2]) > 0.2:
        outcomes.check(not seen.none, where, f"locked: {seen}")


def _slips(n: np.ndarray, rate: float) -> np.ndarray:
    """Phase, in turns, of an oscillator that slips past another: dp/dn = rate·(1 - 0.9·sin(2π·p))."""
    phase, phases = 0.0, []
    for _ in n:
        phases.append(phase)
        for _ in range(20):
            phase += rate / 20.0 * (1.0 - 0.9 * np.sin(TURN * phase))
    return np.array(phases)


# ---------------------------------------------------------------------- harmonics


def harmonics(rng: np.random.Generator, outcomes: Outcomes, where: str) -> None:
    """Draw harmonics, and check the distortion that they make."""
    parts, angles = rng.uniform(0.0, 0.5, 3), rng.uniform(0.0, TURN, 3)
    x = np.linspace(0.0, rng.uniform(2.5, 9.0), 20_001)

    def y(x: np.ndarray) -> np.ndarray:
        waves = [a * np.sin(TURN * k * x + b) for k, (a, b) in enumerate(zip(parts, angles, strict=True), 2)]
        return np.asarray(np.sin(TURN * x) + sum(waves))

    distortion = fourier(result(x, a=y(x)), 1.0, "v(a)")
    outcomes.counts["harmonics"] += 1
    expected = 100.0 * float(np.hypot.reduce(parts))
    outcomes.check(
        abs(distortion.measures["thd(v(a))"] - expected) < 0.2,
        where,
        f"THD {distortion.measures}, not {expected:.6g}",
    )


# ---------------------------------------------------------------------- the campaign


def run(count: int, seed: int) -> Outcomes:
    """Check so many draws."""
    outcomes = Outcomes()
    for k in range(count):
        rng, where = np.random.default_rng([seed, k]), f"draw {k}"
        (one, one, one, pair, harmonics)[k % 5](rng, outcomes, where)
    return outcomes


def main() -> int:
    """Run the campaign; the status is 1 if anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    outcomes = run(given.count, given.seed)
    print("\n".join(outcomes.failures))
    print(", ".join(f"{name} {number}" for name, number in sorted(outcomes.counts.items())))
    print(f"{given.count} draws, seed {given.seed}: {len(outcomes.failures)} failures")
    return bool(outcomes.failures)


if __name__ == "__main__":
    sys.exit(main())
