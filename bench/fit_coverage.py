"""Coverage of the confidence intervals of `circuitnn study fit`, by replicates with known parameters.

    python -m bench.fit_coverage --count 200 --seed 1 [--only wox]

Of every model currents are computed, with noise that is drawn anew in each replicate, and fitted from a wrong start.
Printed are the share of intervals that hold the true value, and the bounds between which 99 % of such shares lie if the
level is kept.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from scipy.stats import binom

from circuitnn.studies.questions.fit import fit
from circuitnn.studies.response import Response

LEVEL = 0.95
VTEAM = {
    "ron": 1e3, "roff": 1e5, "d": 3e-9, "koff": 2e-6, "kon": -2e-6, "aoff": 2.0, "aon": 2.0, "voff": 0.3,
    "von": -0.3, "x0": 0.5,
}  # fmt: skip
# Model: true values, free parameters, amplitude [V], frequency [Hz]. The states of some reach their bounds.
CASES: dict[str, tuple[dict[str, float], list[str], float, float]] = {
    "wox": ({"w0": 0.05, "tau": 5.0}, ["gamma", "delta", "eta1", "w0"], 1.2, 0.2),
    "vteam": (VTEAM, ["ron", "roff", "kon", "koff"], 0.9, 1e3),
    "drift": ({"ron": 2e3, "x0": 0.3}, ["ron", "roff", "mu", "x0"], 1.0, 1.0),
    "yakopcic": ({}, ["a1", "b", "ap", "xp"], 0.5, 100.0),
    "sinh_selector": ({"i0": 1e-9, "v0": 0.1}, ["i0", "v0"], 0.5, 1.0),
}
POINTS = 121
NOISE = 0.02  # of the largest current


def data(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, float]]:
    """Times, voltages, exact currents and true values of a case."""
    given, free, amplitude, frequency = CASES[name]
    t = np.linspace(0.0, 2.0 / frequency, POINTS)
    v = amplitude * np.sin(2.0 * np.pi * frequency * t)
    response = Response(name, free)
    every = response.values(given)
    return t, v, response.solve(t, v, given, 2)[0], {**given, **{n: every[n] for n in free}}


def replicate(name: str, seed: int) -> tuple[np.ndarray, Any]:
    """Which intervals of one fit hold the true value; and the fit."""
    t, v, exact, true = data(name)
    rng = np.random.default_rng([seed, len(name)])
    i = exact + NOISE * np.abs(exact).max() * rng.standard_normal(t.size)
    free = CASES[name][1]
    start = {k: x * (rng.uniform(0.7, 1.4) if k in free else 1.0) for k, x in true.items()}
    answer = fit({"t": t, "v": v, "i": i}, model=name, free=free, start=start, starts=6, confidence=LEVEL)
    found = answer.more["fit"]
    wanted = np.array([true[n] for n in found.names])
    return (found.low <= wanted) & (wanted <= found.high), found


def main() -> None:
    """Print the coverage of each parameter of each model."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=CASES)
    given = parser.parse_args()
    low, high = (binom.ppf(q, given.count, LEVEL) / given.count for q in (0.005, 0.995))
    print(f"{given.count} replicates, seed {given.seed}: {low:.3f} to {high:.3f} if {LEVEL:g} is kept")
    for name in [given.only] if given.only else CASES:
        begun = time.process_time()
        made = [replicate(name, 1000 * given.seed + k) for k in range(given.count)]
        shares = np.mean([held for held, _ in made], axis=0)
        bent = np.mean([[n in found.bent for n in found.names] for _, found in made], axis=0)
        words = [
            f"{n} {share:.3f} ({b:.0%} bent)"
            for n, share, b in zip(CASES[name][1], shares, bent, strict=True)
        ]
        each = (time.process_time() - begun) / given.count
        print(f"{name}: {', '.join(words)}; {each:.2f} s each", flush=True)


if __name__ == "__main__":
    main()
