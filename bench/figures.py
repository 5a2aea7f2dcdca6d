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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.networks.phase_drift import drift
from circuitnn.results.harmonics import fourier
from circuitnn.results.result import Result

Waveform = Callable[[np.ndarray], np.ndarray]
TURN = 2.0 * np.pi
TOLD, REFUSED, EITHER = "told", "refused", "either"
CLEAR = 0.03  # of the period: errors stated of clean oscillations are smaller
RESOLVED = 30.0  # points of a cycle, besides its corners, from which figures of an oscillation must be told
DENSE = 40_001  # points of a period by which a duty cycle is known


@dataclass(frozen=True)
class Signal:
    """A waveform over time in cycles, 0 … `cycles`, of which the second half counts.

    Attributes
    ----------
    kind : str
    y : callable
        Without noise.
    expected : {"told", "refused", "either"}
        Whether period and duty cycle must be told.
    period : float
        In cycles.
    noise : float
        Standard deviation.
    why : str
        Part of the reason for which figures are refused.
    steady : bool
        Whether sizes are alike, so that amplitude and phase may be told without a warning.
    """

    kind: str
    y: Waveform
    expected: str
    period: float = 1.0
    noise: float = 0.0
    why: str = ""
    steady: bool = True


@dataclass
class Found:
    """Outcomes so far."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def check(self, good: bool, where: str, what: str) -> None:
        """Count an outcome; one that is not good is a failure."""
        if not good:
            self.failures.append(f"{where}: {what}")


# ---------------------------------------------------------------------- waveforms


@dataclass(frozen=True)
class Shape:
    """An oscillation of period 1 and of amplitude about 1, and the corners of its cycle."""

    name: str
    y: Waveform
    corners: tuple[float, ...] = ()


def shape(rng: np.random.Generator) -> Shape:
    """Draw an oscillation."""
    angle = rng.uniform(0.0, 1.0)
    name = str(rng.choice(["sine", "harmonics", "pulses", "relaxation", "spikes"]))
    a, b = rng.uniform(-0.3, 0.3, 2)
    duty, edge = rng.uniform(0.2, 0.8), rng.uniform(0.02, 0.1)
    waves: dict[str, Waveform] = {
        "sine": lambda p: np.sin(TURN * p),
        "harmonics": lambda p: np.sin(TURN * p) + a * np.sin(2.0 * TURN * p) + b * np.cos(3.0 * TURN * p),
        "pulses": lambda p: np.interp(
            p % 1.0, [0.0, edge, duty, duty + edge, 1.0], [-1.0, 1.0, 1.0, -1.0, -1.0]
        ),
        "relaxation": lambda p: np.interp(p % 1.0, [0.0, duty, 1.0], [-1.0, 1.0, -1.0]) ** 3,
        "spikes": lambda p: np.exp(-(((p % 1.0 - 0.5) / 0.08) ** 2)),
    }
    corners = {
        "pulses": (0.0, edge, duty, duty + edge),
        "relaxation": (0.0, duty),
        "spikes": (0.4, 0.45, 0.5, 0.55, 0.6),
    }
    return Shape(name, lambda x: waves[name](x + angle), tuple(c - angle for c in corners.get(name, ())))


def oscillations(rng: np.random.Generator, cycles: float, drawn: Shape) -> Iterator[Signal]:
    """Signals of which figures must be told."""
    name, wave = drawn.name, drawn.y
    by = 10.0 ** rng.uniform(-1.0, 3.0)
    yield Signal(name, wave, TOLD)
    yield Signal(f"{name} on an offset", lambda x: by + wave(x), TOLD)
    if cycles >= 16.0:
        part = rng.uniform(0.3, 0.8)
        yield Signal("two tones, 2:3", lambda x: np.sin(TURN * x) + part * np.sin(1.5 * TURN * x), TOLD, 2.0)
        yield Signal(
            "subharmonic",
            lambda x: wave(x) * (1.0 + 0.5 * part * np.sin(0.5 * TURN * x + 0.3)),
            EITHER,
            float("nan"),
        )


def without_period(rng: np.random.Generator, cycles: float, drawn: Shape) -> Iterator[Signal]:
    """Signals of which figures must be refused."""
    size, half = rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-2.0, 2.0), 0.5 * cycles
    wave = drawn.y
    loss = rng.uniform(0.1, 3.0) / half
    yield Signal("rest", lambda x: np.full(len(x), size), REFUSED, why="at rest")
    yield Signal("rounding", lambda x: size * (1.0 + 1e-15 * np.sin(9e3 * x * x)), REFUSED, why="at rest")
    yield Signal("settling", lambda x: size * np.exp(-4.0 * x / cycles), REFUSED, why="only", steady=False)
    yield Signal(
        "decay",
        lambda x: np.exp(-loss * x) * np.sin(TURN * x),
        REFUSED,
        why="dies|no longer|rises",
        steady=False,
    )
    yield Signal(
        "growth", lambda x: np.exp(loss * x) * np.sin(TURN * x), REFUSED, why="grows|rises", steady=False
    )
    slope = rng.uniform(0.3, 3.0) / half
    yield Signal(
        "drift",
        lambda x: slope * x + np.sin(TURN * x),
        REFUSED,
        why="drifts|rises|sweeps|pattern|no longer",
        steady=False,
    )
    sweep = rng.uniform(0.3, 1.0) / cycles * rng.choice([-0.4, 1.0])
    yield Signal(
        "sweep",
        lambda x: np.sin(TURN * (x + 0.5 * sweep * x * x)),
        REFUSED,
        why="sweeps|pattern|rises|no longer|scatter|grows|dies",
    )
    part, ratio = rng.uniform(0.4, 0.9), rng.uniform(0.31, 0.47) + 0.00314
    yield Signal(
        "two tones",
        lambda x: np.sin(TURN * x) + part * np.sin(TURN * ratio * x),
        EITHER,
        float("nan"),
        steady=False,
    )
    end = rng.uniform(0.55, 0.8) * cycles
    yield Signal(
        "stopped",
        lambda x: np.where(x < end, wave(x), wave(np.full(1, end))),
        REFUSED,
        why="no longer|rises|dies|grows|only",
        steady=False,
    )
    seed = int(rng.integers(2**32))
    yield Signal(
        "noise",
        lambda x: np.random.default_rng(seed).normal(0.0, 1.0, len(x)),
        REFUSED,
        why="points|pattern|dies|grows|drifts|sweeps|rises|no longer|scatter",
        steady=False,
    )
    yield Signal(
        "alternating",
        lambda x: 1.0 + 1e-3 * (-1.0) ** np.arange(len(x)),
        REFUSED,
        why="points a cycle",
        steady=False,
    )


def doubtful(rng: np.random.Generator, cycles: float, drawn: Shape) -> Iterator[Signal]:
    """Signals of which figures may be refused, but must be right if told."""
    name, wave = drawn.name, drawn.y
    little = 10.0 ** rng.uniform(-4.0, -0.7)
    yield Signal(f"noisy {name}", wave, EITHER, noise=little)
    more, first = rng.uniform(0.01, 0.3), 0.5 * cycles + rng.uniform(-0.3, 0.2) * cycles
    lasting = rng.uniform(0.3, 6.0)
    yield Signal(
        f"{name} that settles",
        lambda x: wave(x) * (1.0 + more * np.exp(np.clip((first - x) / lasting, -50.0, 2.0))),
        EITHER,
        steady=False,
    )
    yield Signal("slow decay", lambda x: np.exp(-little * x / cycles) * np.sin(TURN * x), EITHER)
    yield Signal("slow growth", lambda x: np.exp(little * x / cycles) * np.sin(TURN * x), EITHER)
    yield Signal("slow drift", lambda x: little * x / cycles + np.sin(TURN * x), EITHER)
    rate = rng.uniform(0.03, 0.4)
    yield Signal(
        "modulated",
        lambda x: (1.0 + little * np.sin(TURN * rate * x)) * np.sin(TURN * x),
        EITHER,
        float("nan"),
    )
    yield Signal(
        "slow sweep", lambda x: np.sin(TURN * (x + 0.5 * little / cycles * x * x)), EITHER, float("nan")
    )


def times(
    rng: np.random.Generator, cycles: float, per_cycle: float, corners: tuple[float, ...]
) -> np.ndarray:
    """Points of 0 … `cycles`, as a simulator might place them: also at the corners of each cycle."""
    count = max(int(cycles * per_cycle), 8)
    steps = {
        "uniform": np.ones(count),
        "jittered": rng.uniform(0.4, 1.6, count),
        "clustered": 10.0 ** (0.4 * np.sin(np.cumsum(rng.normal(0.0, 0.2, count)))),
    }[str(rng.choice(["uniform", "jittered", "clustered"]))]
    at = (np.arange(-1.0, cycles + 1.0)[:, None] + np.array(corners)).ravel()
    return np.unique(
        np.concatenate([[0.0], np.cumsum(steps) * cycles / np.sum(steps), at[(at > 0.0) & (at < cycles)]])
    )


# ---------------------------------------------------------------------- figures of one signal


def result(t: np.ndarray, **columns: np.ndarray) -> Result:
    """A transient with these signals."""
    names, types = ("time", *(f"v({name})" for name in columns)), ("time", *["voltage"] * len(columns))
    data = np.column_stack([t, *columns.values()])
    return Result("s", "tran", "Transient Analysis", "time", names, types, data)


def one(rng: np.random.Generator, found: Found, where: str) -> None:
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
    found.counts[signal.kind.split(" on ")[0]] += 1
    enough = (
        0.5 * cycles / (2.0 if signal.period == 2.0 else 1.0) >= 4.01
        and per_cycle >= RESOLVED * signal.period
    )
    _oscillation(run, signal, second, size, cycles, enough, found, where)
    _amplitude(run, signal, found, where)
    _phase(run, signal, second, found, where)


def _oscillation(
    run: Result,
    signal: Signal,
    second: float,
    size: float,
    cycles: float,
    enough: bool,
    found: Found,
    where: str,
) -> None:
    try:
        told = run.oscillation("v(a)")
    except AnalysisError as refusal:
        found.counts["refused"] += 1
        found.check(signal.expected != TOLD or not enough, where, f"refused: {refusal}")
        if signal.expected == REFUSED:
            found.check(
                any(word in str(refusal) for word in signal.why.split("|")),
                where,
                f"another reason: {refusal}",
            )
        return
    found.counts["told"] += 1
    found.check(signal.expected != REFUSED, where, f"told a period of {told.period / second:.6g} cycles")
    found.check(told.period == run.period("v(a)") and told.duty == run.duty("v(a)"), where, "two answers")
    period, error = told.period / second, told.period_error / second
    if np.isnan(signal.period):  # no period in truth: what is told must repeat itself
        late = np.linspace(0.5 * cycles, cycles - 2.0 * period, 4001)
        if late[-1] > late[0]:
            away = np.sqrt(np.mean((signal.y(late + period) - signal.y(late)) ** 2)) / np.std(signal.y(late))
            found.check(
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
    found.check(
        abs(period - signal.period) <= error,
        where,
        f"period {period:.9g} ± {error:.3g}, not {signal.period:g}",
    )
    found.check(
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
        found.check(good, where, f"duty {told.duty:.7g} ± {told.duty_error:.3g}, not {truth:.7g}")


def _amplitude(run: Result, signal: Signal, found: Found, where: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeckWarning)
        value = run.amplitude("v(a)")
    late = run.time >= 0.5 * (run.time[0] + run.time[-1])
    found.check(value == 0.5 * np.ptp(run.array("v(a)")[late]), where, f"amplitude {value}")
    if signal.expected == REFUSED and not signal.steady:
        found.check(bool(caught), where, "an amplitude without a warning")


def _phase(run: Result, signal: Signal, second: float, found: Found, where: str) -> None:
    try:
        phase = run.phase("v(a)")
    except AnalysisError:
        return
    found.check(signal.expected != REFUSED or signal.kind == "sweep", where, "told a phase")
    if signal.expected == TOLD and signal.period == 1.0:
        t = run.time / second
        slope = (phase[-1] - phase[0]) / (TURN * (t[-1] - t[0]))
        found.check(abs(slope - 1.0) < 0.02, where, f"the phase gains {slope:.6g} turns a cycle")


# ---------------------------------------------------------------------- pairs of oscillators


def pair(rng: np.random.Generator, found: Found, where: str) -> None:
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
    found.counts[kind] += 1
    if seen is None:
        found.check(count < 14, where, "too few")
        return
    rate = -rate if kind == "drifting" else 0.0  # later rises are a phase that lags
    if kind in ("drifting", "locked"):
        found.check(abs(seen.rate - rate) <= seen.error + 1e-3 * abs(rate) + rate**2, where, f"drift {seen}")
    if locked is False:
        found.check(
            not seen.none or (not seen.resting and abs(seen.rate) + seen.error > abs(rate)),
            where,
            f"locked: {seen}",
        )
    elif locked:
        found.check(not seen.certain, where, f"not locked: {seen}")
        found.counts[f"{kind}, not told"] += not seen.none
    elif abs(phase[-1] - phase[len(phase) // 2]) > 0.2:
        found.check(not seen.none, where, f"locked: {seen}")


def _slips(n: np.ndarray, rate: float) -> np.ndarray:
    """Phase, in turns, of an oscillator that slips past another: dp/dn = rate·(1 - 0.9·sin(2π·p))."""
    p, found = 0.0, []
    for _ in n:
        found.append(p)
        for _ in range(20):
            p += rate / 20.0 * (1.0 - 0.9 * np.sin(TURN * p))
    return np.array(found)


# ---------------------------------------------------------------------- harmonics


def harmonics(rng: np.random.Generator, found: Found, where: str) -> None:
    """Draw harmonics, and check the distortion that they make."""
    parts, angles = rng.uniform(0.0, 0.5, 3), rng.uniform(0.0, TURN, 3)
    x = np.linspace(0.0, rng.uniform(2.5, 9.0), 20_001)

    def y(x: np.ndarray) -> np.ndarray:
        waves = [a * np.sin(TURN * k * x + b) for k, (a, b) in enumerate(zip(parts, angles, strict=True), 2)]
        return np.asarray(np.sin(TURN * x) + sum(waves))

    made = fourier(result(x, a=y(x)), 1.0, "v(a)")
    found.counts["harmonics"] += 1
    expected = 100.0 * float(np.hypot.reduce(parts))
    found.check(
        abs(made.measures["thd(v(a))"] - expected) < 0.2, where, f"THD {made.measures}, not {expected:.6g}"
    )


# ---------------------------------------------------------------------- the campaign


def run(count: int, seed: int) -> Found:
    """Check so many draws."""
    found = Found()
    for k in range(count):
        rng, where = np.random.default_rng([seed, k]), f"draw {k}"
        (one, one, one, pair, harmonics)[k % 5](rng, found, where)
    return found


def main() -> int:
    """Run the campaign; the status is 1 if anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = run(given.count, given.seed)
    print("\n".join(found.failures))
    print(", ".join(f"{name} {number}" for name, number in sorted(found.counts.items())))
    print(f"{given.count} draws, seed {given.seed}: {len(found.failures)} failures")
    return bool(found.failures)


if __name__ == "__main__":
    sys.exit(main())
