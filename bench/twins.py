"""``python -m bench.twins [--count N] [--seed S] [--scipy K] [NAME …]``: exported decks of compact models in ngspice.

Every model with a twin is driven `count` times, those that draw random numbers with typical ones instead: with
parameters, resistors and capacitors drawn around those of the circuit in which tests show it, and with a sine, a pulse,
a triangle or a constant voltage. Nobody sets an option. The exported file goes to ngspice exactly as it is. Currents
and states of ngspice and of ourselves are compared with a tight run of ours, and in the first `scipy` drives of each
model that is an ordinary differential equation, the tight run with SciPy's LSODA. Prints what is off; the exit status
is 1 if anything is.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from bench.twin_reference import Source, Trajectory, Unsuited, integrated
from circuitnn import Circuit
from circuitnn.contract import ngspice_run
from circuitnn.contract.overlay import distance
from circuitnn.errors import CircuitnnError, NoTwinError
from circuitnn.models import compact, register
from circuitnn.models.fixed_random_numbers import frozen
from circuitnn.models.model import Model
from circuitnn.netlist.writer import signals, write
from circuitnn.results.result import Result
from circuitnn.units import parse_number

TESTS = Path(__file__).resolve().parent.parent / "tests" / "ngspice"
BUDGET = 0.02  # of a signal's span
SHIFT = 0.005  # of the time that has passed, by which an edge may be early or late
FREQUENCY = 0.01  # allowed deviation
STEPS = 100  # print intervals
TIGHT = {"reltol": 1e-5, "vntol": 1e-9, "abstol": 1e-15, "chgtol": 1e-21}
FINER = 20
LEAST = {"@": 1e-3, "i": 1e-12}  # span of a signal that hardly moves: states are of order one; [A]
RISES = 5  # of an oscillation
PARAMETERS = 3  # of a card that are drawn
# Circuits for what the tests' own do not show: model → highest and lowest voltage, elements, end, kind of source.
MORE = {
    "josephson": [((28e-3, 13e-3), "rb in a 100\nrs a 0 3\nn1 a 0 m", 100e-12, "DC")],
    "pcm_neuron": [((4.5, 0.0), "rb in a 10\nrs s 0 10k\nn1 a 0 s m", 1.5e-6, "PULSES")],
    "smtj": [((0.05, 0.02), "rb in a 100\nn1 a 0 m", 400e-6, "DC")],
}
PULSES = 25  # of a train
# Models that are not driven here, and why.
ELSEWHERE = {
    "oneshot": "is part of a code model: tests/ngspice/test_oneshots.py compares it with ngspice's own",
    "sampler": "is part of a code model without a twin: tests/ngspice/test_sampled.py has ngspice's own real_delay",
}
_NUMBER = re.compile(r"(?<![\w.])-?\d[\w.]*")


@dataclass(frozen=True)
class Drive:
    """A deck without options, the waveform of its source, and its end [s]."""

    deck: str
    source: Source
    end: float


def shown(name: str, model: type[Model]) -> list[tuple[tuple[float, float], str, float, str]]:
    """Circuits that show a model: highest and lowest voltage, elements, end, and the kind of source, if not any."""
    sys.path.insert(0, str(TESTS))
    cases = import_module("twin_cases").CASES
    if model.drive is not None:
        source, elements, times = model.drive.source, model.drive.elements, model.drive.times
    elif name in cases:
        source, elements, times = cases[name][:3]
    else:
        return list(MORE.get(name, []))
    elements = "\n".join(line for line in elements.splitlines() if not line.startswith(".options"))
    kind = "DC" if source.startswith("DC") else ""
    return [(_range(source), elements, parse_number(times.split()[1]), kind), *MORE.get(name, [])]


def _range(source: str) -> tuple[float, float]:
    kind, numbers = source.split("(")[0].split()[0], [parse_number(w) for w in _NUMBER.findall(source)]
    if kind == "DC":
        return 1.1 * numbers[0], 0.9 * numbers[0]
    values = {"SIN": [numbers[0] + numbers[1], numbers[0] - numbers[1]] if len(numbers) > 1 else numbers}
    values |= {"PULSE": numbers[:2], "PWL": numbers[1::2]}
    return max(values[kind]), min(values[kind])


def drawn(name: str, model: type[Model], rng: random.Random) -> Drive | None:
    """A random drive of a model; None if no circuit shows it."""
    circuits = shown(name, model)
    if not circuits:
        return None
    (high, low), elements, end, kind = rng.choice(circuits)
    end *= rng.uniform(0.7, 1.4)
    cards = [_moved(line, rng) if line[0] in "rc" else line for line in elements.splitlines()]
    source = _source(high, low, end, rng, kind)
    lines = [f"{name}, driven", f"v1 in 0 {source}", *cards, _card(model, rng)]
    return Drive("\n".join([*lines, f".tran {end / STEPS!r} {end!r} uic", ".end", ""]), source, end)


def _moved(card: str, rng: random.Random) -> str:
    words = card.split()
    words[3] = repr(parse_number(words[3]) * rng.uniform(0.8, 1.25))
    return " ".join(words)


def _source(high: float, low: float, end: float, rng: random.Random, kind: str) -> Source:
    if kind == "DC":
        return Source("DC", (rng.uniform(low, high),))
    if kind == "PULSES":
        period = end / PULSES
        width, edge = rng.uniform(0.13, 0.23) * period, period / 60.0
        return Source("PULSE", (low, high * rng.uniform(0.85, 1.0), 0.1 * period, edge, edge, width, period))
    high, low = high * rng.uniform(0.85, 1.1), low * rng.uniform(0.85, 1.1)
    edge = rng.uniform(0.02, 0.1) * end
    level, delay = rng.choice([high, low or high]), rng.uniform(0.0, 0.2) * end
    sources = [
        Source("PULSE", (0.0, level, delay, edge, edge, 0.3 * end)),
        Source("PWL", (0.0, 0.0, 0.4 * end, high, 0.8 * end, low, end, 0.0)),
    ]
    if abs(high + low) < 0.5 * (high - low):  # all start from 0 V, as devices in circuits do
        sources.append(Source("SIN", (0.0, 0.5 * (high - low), rng.uniform(1.0, 3.0) / end)))
    return rng.choice(sources)


def _card(model: type[Model], rng: random.Random) -> str:
    """A model card with some parameters drawn near their defaults."""
    free = [
        p for p in model.parameters if isinstance(p.default, float) and p.unit and 0.0 < abs(p.default) < 1e20
    ]
    chosen = rng.sample(free, min(PARAMETERS, len(free)))
    values = {p.name: min(max(p.default * rng.uniform(0.95, 1.05), p.low), p.high) for p in chosen}  # type: ignore[operator]
    return f".model m {model.name} {' '.join(f'{n}={v!r}' for n, v in values.items())}"


def frequency(t: np.ndarray, x: np.ndarray) -> float:
    """Of a signal with several rises through its middle in the last two thirds; otherwise NaN. [Hz]"""
    late = t > t[-1] / 3.0
    t, x = t[late], x[late] - 0.5 * (x[late].max() + x[late].min())
    up = np.flatnonzero((x[:-1] < 0.0) & (x[1:] >= 0.0))
    at = t[up] - x[up] * (t[up + 1] - t[up]) / (x[up + 1] - x[up])
    return float((len(at) - 1) / (at[-1] - at[0])) if len(at) >= RISES else float("nan")


def deviations(
    exact: Result, other: Result | Trajectory, names: Mapping[str, str], drive: Drive
) -> Iterator[tuple[str, float]]:
    """Deviations of signals in units of what is allowed; `names` are those of `other` by ours."""
    for mine, theirs in names.items():
        wanted, made = np.asarray(exact[mine]), np.asarray(other[theirs])
        span = max(float(np.ptp(wanted)), 1e-6 * float(np.max(np.abs(wanted))), LEAST[mine[0]])
        one, two = frequency(exact.time, wanted), frequency(other.time, made)
        if drive.source.kind == "DC" and np.isfinite(one):  # an oscillation: errors of its phase add up
            yield f"frequency of {mine}", abs(two / one - 1.0) / FREQUENCY if np.isfinite(two) else np.inf
            off = np.subtract(_swing(exact.time, wanted), _swing(other.time, made))
        else:
            off = distance(exact.time, wanted, other.time, made, SHIFT * drive.end)
        yield mine, float(np.max(np.abs(off))) / (BUDGET * span)


def _swing(t: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    late = np.append(x[t > t[-1] / 3.0], np.interp(t[-1] / 3.0, t, x))
    return float(late.max()), float(late.min())


def compared(drive: Drive, scipy: bool = False) -> dict[str, tuple[str, float]]:
    """Worst deviations of ngspice, of ourselves and of SciPy: which signal, and in units of what is allowed."""
    circuit = Circuit.from_text(drive.deck)
    ours, text = circuit.run()[0], write(circuit.flat)
    tight = Circuit.from_text(drive.deck.replace(" uic\n", f" 0 {drive.end / STEPS / FINER!r} uic\n"))
    exact = tight.with_options(**TIGHT).run()[0]
    theirs = {own: twin for twin, own in signals(circuit.flat).items() if own.startswith("@n1[")} | {
        "i(v1)": "i(v1)"
    }
    # Angles are not set back in ngspice, and the height of smtj's sawtooth is that of its last point; what depends on
    # them is compared.
    sawtooth = "@n1[h]" if " smtj_frozen" in drive.deck else ""
    left = [own for own in theirs if own not in exact.names or "phi" in own or own == sawtooth]
    theirs = {own: twin for own, twin in theirs.items() if own not in left}
    plain = {own: own for own in theirs}
    runs: dict[str, tuple[Result | Trajectory, dict[str, str]]] = {
        "ngspice": (ngspice_run.run(text, timeout=600.0)[0], theirs),
        "circuitnn": (ours, plain),
    }
    if scipy:
        reference = integrated(circuit.flat, drive.source, exact.time)
        runs["scipy"] = (reference, {n: n for n in plain if n in reference.names})
    return {
        who: max(deviations(exact, run, names, drive), key=lambda pair: pair[1])
        for who, (run, names) in runs.items()
        if names
    }


def _held(model: type[Model]) -> type[Model]:
    """The model, with typical numbers in place of random ones."""
    return register(frozen(model)) if model.stated().randoms else model


def campaign(names: list[str], count: int, seed: int, scipy: int) -> int:
    """Run it; the number of drives that are off."""
    failed = done = 0
    for name in names:
        model, worst = _held(compact()[name]), {"ngspice": 0.0, "circuitnn": 0.0, "scipy": 0.0}
        for k in range(count):
            drive = drawn(name, model, random.Random(f"{seed} {name} {k}"))
            if drive is None:
                print(f"{name:20} {ELSEWHERE.get(name, 'no circuit shows it')}")
                break
            try:
                found = compared(drive, k < scipy)
            except (NoTwinError, Unsuited) as error:
                if isinstance(error, NoTwinError):
                    print(f"{name:20} {str(error)[:80]}")
                    break
                found = compared(drive)
            except (CircuitnnError, ngspice_run.NgspiceError) as error:
                found = {"ngspice": (str(error).splitlines()[0][:200], np.inf)}
            done += 1
            bad = {who: pair for who, pair in found.items() if not pair[1] <= 1.0}
            failed += bool(bad)
            worst |= {who: max(worst[who], pair[1]) for who, pair in found.items()}
            for who, (signal, off) in bad.items():
                print(
                    f"{name} {k}: {who}: {signal} is off by {off:.3g} of what is allowed\n{drive.deck}",
                    flush=True,
                )
        else:
            print(f"{name:20} " + "  ".join(f"{who} {off:8.2g}" for who, off in worst.items()), flush=True)
    print(f"{failed} of {done} drives are off")
    return failed


def main() -> int:
    """Run a campaign."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", help="models; default: all that are compact")
    parser.add_argument("--count", type=int, default=10, help="drives of each model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--scipy", type=int, default=1, help="drives of each model to compare with SciPy, too"
    )
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    failed = campaign(chosen.names or sorted(compact()), chosen.count, chosen.seed, chosen.scipy)
    print(f"{time.perf_counter() - start:.0f} s")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
