"""Signals that are made by formula, whose figures are known, and the points at which a simulator might sample them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

Waveform = Callable[[np.ndarray], np.ndarray]
TURN = 2.0 * np.pi
TOLD, REFUSED, EITHER = "told", "refused", "either"


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
