"""Compare the cycles of free-running oscillators, whose phase is arbitrary.

Compared are figures that do not depend on the start of the oscillation: the period; for every voltage, averaged over
the cycles of the second half, its least and greatest value, when in the cycle it rises and falls through the middle,
its duty, and the durations of its edges; for every voltage source the energy it delivers per cycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from circuitnn.equations.graph import symbols
from circuitnn.flat import FlatCircuit
from circuitnn.flat.measure_request import Measure
from circuitnn.results.measure import evaluate
from circuitnn.results.result import Result
from validation.compare import SPAN, Deviation, column, common_names, span_of

BOUNDS = 10 * SPAN  # an event detected a step late affects the bounds
PERIOD = 1e-3
PHASE = 3e-3  # of a period: moments within the cycle, duty, durations of edges
ENERGY = 5e-3  # of the energy of the strongest source
REGULAR = 0.01  # cycles that differ by more are not averaged


def compare_cycles(ours: Result, theirs: Result, flat: FlatCircuit, oscillator: str) -> list[Deviation]:
    """Deviations of an oscillator's transient.

    Parameters
    ----------
    ours, theirs : Result
    flat : FlatCircuit
    oscillator : str
        Measure of its frequency or period, whose signal and level define the start of a cycle.
    """
    names = common_names(ours, theirs)
    found = [_bounds(ours, theirs, name) for name in names]
    starts = [_starts(r, *_reference(flat.measures, oscillator)) for r in (ours, theirs)]
    if not all(_regular(s) for s in starts):
        return found  # bursts: only the named measure and the bounds
    (start_a, start_b), waves = starts, [n for n in names if n.startswith("v(")]
    period = float(np.mean(np.diff(start_b)))
    mine = float(np.mean(np.diff(start_a)))
    found.append(Deviation("tran", "period", abs(mine - period), PERIOD * period, 0.0, mine, period))
    for name in waves:
        found += _shape(name, (ours, start_a), (theirs, start_b), period)
    return found + _energies(flat, (ours, start_a), (theirs, start_b))


Cycles = tuple[Result, np.ndarray]


def _bounds(ours: Result, theirs: Result, name: str) -> Deviation:
    """Deviation of the least and greatest value over the second half."""
    half = []
    for result in (ours, theirs):
        time, values = column(result, "time"), column(result, name)
        late = values[time >= time[-1] / 2]
        half.append((float(late.min()), float(late.max())))
    errors = [abs(p - q) for p, q in zip(*half, strict=True)]
    k = int(np.argmax(errors))
    allowed = BOUNDS * span_of(name, np.array(half[1]))
    return Deviation("tran", f"{name} (bounds)", errors[k], allowed, 0.0, half[0][k], half[1][k])


def _reference(measures: Iterable[Measure], name: str) -> tuple[str, float]:
    """Signal and level of a measure, or of the first one that a formula reads."""
    known = {m.name: m for m in measures}
    card = known[name]
    while card.expression is not None:
        card = known[min(symbols([card.expression]))]
    crossing = card.trigger if card.trigger is not None else card.when
    if crossing is None or isinstance(crossing, float) or isinstance(crossing.level, str):
        raise ValueError(f"measure {name} is not of times at which a signal crosses a number")
    return crossing.signal, crossing.level


def _crossings(time: np.ndarray, values: np.ndarray, level: float, rising: bool) -> np.ndarray:
    """Times at which a waveform crosses a level."""
    above = values >= level
    (k,) = np.nonzero((above[1:] != above[:-1]) & (above[1:] == rising))
    return time[k] + (level - values[k]) / (values[k + 1] - values[k]) * (time[k + 1] - time[k])


def _starts(result: Result, signal: str, level: float) -> np.ndarray:
    """Start times of the cycles in the second half."""
    time = column(result, "time")
    found = _crossings(time, evaluate(result, signal), level, rising=True)
    return found[found >= time[-1] / 2]


def _regular(starts: np.ndarray) -> bool:
    periods = np.diff(starts)
    return len(periods) >= 2 and np.ptp(periods) <= REGULAR * np.mean(periods)


def _shape(name: str, a: Cycles, b: Cycles, period: float) -> list[Deviation]:
    """Times of the edges within the cycle, duty, and durations of edges."""
    values = column(b[0], name)[column(b[0], "time") >= b[1][0]]
    low, high = float(values.min()), float(values.max())
    if high - low <= span_of(name, np.zeros(1)):
        return []
    levels = [low + share * (high - low) for share in (0.1, 0.5, 0.9)]
    sides = [_moments(cycles, name, levels) for cycles in (a, b)]
    if any(side is None for side in sides):
        return []  # it does not rise and fall once a cycle
    found = []
    for what in ("rise", "fall", "duty", "rise time", "fall time"):
        mine, other = (side[what] for side in sides if side is not None)
        error = abs(mine - other)
        error = min(error, 1.0 - error) if what in ("rise", "fall") else error
        # a long edge is told from a short one, a short one by when it is
        allowed = PHASE * (1.0 + 3.0 * other if what.endswith("time") else 1.0)
        unit = period  # fractions of a period are reported in seconds
        found.append(
            Deviation(
                "tran", f"{name} ({what})", error * unit, allowed * unit, 0.0, mine * unit, other * unit
            )
        )
    return found


def _moments(cycles: Cycles, name: str, levels: list[float]) -> Mapping[str, float] | None:
    """Times as fractions of the period; None unless the signal crosses each level twice in every cycle."""
    result, starts = cycles
    time, values = column(result, "time"), column(result, name)
    period = float(np.mean(np.diff(starts)))
    up, down = (
        [_within(_crossings(time, values, level, rising), starts) for level in levels]
        for rising in (True, False)
    )
    if any(len(c) != len(starts) - 1 for c in (*up, *down)):
        return None

    def share(later: np.ndarray, earlier: np.ndarray) -> float:
        """Mean distance from one time of the cycle to another, as a fraction of the period, on the circle."""
        turns = np.exp(2j * np.pi * np.mod(later - earlier, period) / period)
        return float(np.mod(np.angle(np.mean(turns)) / (2.0 * np.pi), 1.0))

    start = starts[:-1]
    return {
        "rise": share(up[1], start),
        "fall": share(down[1], start),
        "duty": share(down[1], up[1]),
        "rise time": share(up[2], up[0]),
        "fall time": share(down[0], down[2]),
    }


def _within(moments: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return moments[(moments >= starts[0]) & (moments < starts[-1])]


def _energies(flat: FlatCircuit, a: Cycles, b: Cycles) -> list[Deviation]:
    """Energy that every voltage source delivers per cycle."""
    pairs = {}
    for table in flat.elements:
        if table.kind == "v":
            for name, ends in zip(table.names, np.asarray(table.nodes).tolist(), strict=True):
                nodes = [flat.node_names[n] for n in ends]
                needed = {f"i({name})", *(f"v({n})" for n in nodes if n != "0")}
                if needed <= {*a[0].names} & {*b[0].names}:  # a deck may save less
                    pairs[name] = nodes
    given = {name: [_energy(cycles, name, nodes) for cycles in (a, b)] for name, nodes in pairs.items()}
    most = max((abs(other) for _, other in given.values()), default=0.0)
    return [
        Deviation("tran", f"{name} (energy a cycle)", abs(mine - other), ENERGY * most, 0.0, mine, other)
        for name, (mine, other) in given.items()
        if most > 0.0
    ]


def _energy(cycles: Cycles, name: str, nodes: list[str]) -> float:
    """Mean over the cycles of the integral of -v·i. [J]"""
    result, starts = cycles
    time = column(result, "time")
    plus, minus = (np.zeros(len(time)) if n == "0" else column(result, f"v({n})") for n in nodes)
    power = -(plus - minus) * column(result, f"i({name})")
    total = np.concatenate([[0.0], np.cumsum(np.diff(time) * (power[1:] + power[:-1]) / 2.0)])
    ends = np.interp(starts[[0, -1]], time, total)
    return float((ends[1] - ends[0]) / (len(starts) - 1))
