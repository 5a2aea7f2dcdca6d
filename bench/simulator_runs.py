"""Run a deck in a simulator, read the vectors of its rawfile, and compare those of two simulators."""

from __future__ import annotations

import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from circuitnn.errors import CircuitnnError
from circuitnn.results import rawfile

RELATIVE = 1e-4
ABSOLUTE = {"voltage": 1e-5, "current": 1e-9}
IN_TIME = 1e-2  # tolerance of transients, relative to a vector's range
PATIENCE = 20.0  # seconds of waiting per second of processor time, before a run that sleeps is killed
EDGES = 0.05  # share of points of a transient that may differ by more

Plots = dict[str, dict[str, np.ndarray]]
Axis = tuple[np.ndarray, np.ndarray]  # time and a vector over it


@dataclass(frozen=True)
class Outcome:
    """Outcome of a deck in a simulator."""

    plots: Plots
    message: str


def commands(behaviour: str) -> tuple[list[str], list[str]]:
    """Command lines of ngspice and of this package, for one of ngspice's dialects."""
    define = ["-D", f"ngbehavior={behaviour}"] if behaviour else []
    return ["ngspice", *define], [sys.executable, "-m", "circuitnn", *define]


def simulate(command: list[str], deck: Path, timeout: float) -> Outcome:
    """Run a deck for at most `timeout` seconds of processor time, and read its rawfile.

    Processor time, so that a count does not depend on what else the machine does.
    """
    seconds = math.ceil(timeout)
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "out.raw")
        try:
            done = subprocess.run(
                [*command, "-b", "-r", raw, str(deck.resolve())],
                cwd=folder,
                capture_output=True,
                timeout=PATIENCE * timeout,
                check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1)),
            )
        except subprocess.TimeoutExpired:
            return Outcome({}, "timeout")
        if done.returncode == -signal.SIGXCPU:
            return Outcome({}, "timeout")
        said = (done.stderr + done.stdout).decode("latin-1")
        return Outcome(_plots(raw), said)


def _plots(raw: str) -> Plots:
    """Vectors of each plot of a rawfile by name; none at all if one is not finite."""
    if not os.path.exists(raw):
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = rawfile.read(raw)
    except (CircuitnnError, ValueError):
        return {}
    plots: Plots = {}
    for result in results:
        vectors = {name.lower(): np.asarray(result[name]) for name in result.names}
        if all(np.all(np.isfinite(v)) for v in vectors.values()):
            plots.setdefault(result.analysis, vectors)
    return plots


def _kind(name: str) -> str:
    return "current" if name.startswith("i(") or name.endswith("#branch") else "voltage"


def apart(name: str, a: np.ndarray, b: np.ndarray) -> float:
    """Difference of a vector in two simulators, in units of the tolerance."""
    if a.shape != b.shape:
        return float("inf")
    scale = RELATIVE * np.maximum(np.abs(a), np.abs(b)) + ABSOLUTE[_kind(name)]
    return float(np.max(np.abs(a - b) / scale, initial=0.0))


def apart_in_time(name: str, a: Axis, b: Axis) -> float:
    """As `apart`, for transients, whose points differ and whose steps have errors; edges may be late by a step."""
    (time, expected), (own, found) = a, b
    if not np.isclose(time[-1], own[-1]):
        return float("inf")
    scale = IN_TIME * float(np.ptp(expected)) + ABSOLUTE[_kind(name)]
    return float(np.quantile(np.abs(np.interp(time, own, found) - expected) / scale, 1.0 - EDGES))


def differing(theirs: Plots, ours: Plots) -> dict[tuple[str, str], float]:
    """Common vectors that differ by more than the tolerance: plot and name → difference in tolerances."""
    found = {}
    for plot in theirs.keys() & ours.keys():
        a, b = theirs[plot], ours[plot]
        for name in a.keys() & b.keys() - {"time"}:
            if "time" in a and "time" in b:
                found[plot, name] = apart_in_time(name, (a["time"], a[name]), (b["time"], b[name]))
            else:
                found[plot, name] = apart(name, a[name], b[name])
    return {key: value for key, value in sorted(found.items()) if value > 1.0}
