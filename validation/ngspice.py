"""Run a deck in ngspice: through PySpice's shared library, otherwise in batch mode with a rawfile.

Each run of the shared library happens in a worker process that is renewed every few decks,
because libngspice does not release memory between runs and ends its host process when it
gives up.
"""

from __future__ import annotations

import multiprocessing
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from circuitnn.results import rawfile
from circuitnn.results.result import Result
from validation import shared
from validation.shared import Fouriers

RUNS_PER_WORKER = 20
TIMEOUT = 150.0
_MEASURE = re.compile(r"^(\w[\w.#]*)\s+=\s+([-+]?\d\S*|failed)")
_COUNT = re.compile(r"^(Total|Accepted|Rejected) (iterations|timepoints) = (\d+)", re.MULTILINE)
_HARMONIC = re.compile(r"^ ?\d+ +\d\S* .*$", re.MULTILINE)


@dataclass
class NgspiceRun:
    """Results of ngspice for one deck.

    Parameters
    ----------
    plots : list of Result
        One for each analysis.
    measures : dict of str to float
        Names in lower case; NaN where the measure failed.
    route : str
        ``"PySpice"`` or ``"batch"``; for batch, `reason` says why.
    seconds : float
        Wall time of the run, in batch mode including the start of ngspice.
    counts : dict of str to int
        ngspice's counts: ``iterations``, ``accepted``, ``rejected``; empty in batch mode.
    """

    plots: list[Result]
    measures: dict[str, float] = field(default_factory=dict)
    route: str = ""
    reason: str = ""
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)

    def add_counts(self, other: NgspiceRun) -> None:
        """Add the counts of another run."""
        for name, number in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + number


class NgspiceError(RuntimeError):
    """Neither route gave a result."""


def available() -> bool:
    """Whether the command ``ngspice`` is installed."""
    return shutil.which("ngspice") is not None


class Runner:
    """Runs decks one after another; use it as a context manager."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._runs = 0

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker process."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def run(self, path: Path, fouriers: Fouriers = ()) -> NgspiceRun:
        """Run one deck by the shared library, or in batch mode if that refuses it.

        Parameters
        ----------
        path : Path
        fouriers : sequence of (float, tuple of str)
            Fundamental and signals of the deck's ``.four`` cards, which the library does not run by itself.

        Raises
        ------
        NgspiceError
            Both routes failed.
        """
        try:
            return self._by_pyspice(path, fouriers)
        except Exception as error:  # PySpice raises anything from NameError to its own classes
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
        done = run_batch(path, fouriers)
        done.reason = reason
        return done

    def _by_pyspice(self, path: Path, fouriers: Fouriers) -> NgspiceRun:
        if self._pool is None or self._runs >= RUNS_PER_WORKER:
            self.close()
            self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
            self._runs = 0
        self._runs += 1
        try:
            got = self._pool.submit(shared.run, str(path), fouriers).result(timeout=TIMEOUT)
        except BrokenProcessPool as error:
            self._pool = None
            raise NgspiceError("the shared library crashed") from error
        except TimeoutError:  # it would never end
            for process in multiprocessing.active_children():
                process.terminate()
            self._pool = None
            raise
        plots = [_to_result(p) for p in _distinct(got["plots"])] + _fourier_tables(got["fourier"], fouriers)
        counts = {name: int(number) for number, name in _counts(got["usage"])}
        return NgspiceRun(plots, _measures(got["stdout"]), "PySpice", seconds=got["seconds"], counts=counts)


def run_batch(path: Path, fouriers: Fouriers = ()) -> NgspiceRun:
    """Run one deck as ``ngspice -b -r``, and once more without ``-r`` if it has measures.

    ngspice computes ``.meas`` and ``.four`` cards in batch mode only when it writes no rawfile.
    """
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "out.raw")
        start = time.perf_counter()
        run = _ngspice(path, "-r", str(raw))
        seconds = time.perf_counter() - start
        if run.returncode or not raw.exists():
            raise NgspiceError(f"{path}: ngspice -b failed:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
        plots = [_as_ours(plot) for plot in rawfile.read(raw)]
    measures: dict[str, float] = {}
    if fouriers or re.search(r"^\s*\.meas", path.read_text(), re.MULTILINE | re.IGNORECASE):
        printed = _ngspice(path).stdout
        measures = _measures(printed)
        plots += _fourier_tables(printed, fouriers)
    return NgspiceRun(plots, measures, "batch", seconds=seconds)


def _as_ours(plot: Result) -> Result:
    """A plot of a rawfile under our kind and names: ngspice writes ``v(onoise_total)``."""
    kinds = {plotname.lower(): kind for kind, plotname in _PLOTNAMES.items()}
    kind = kinds.get(plot.plotname.lower(), plot.analysis)
    if kind == "sp":
        bare = (re.sub(r"^v\((.*)\)$", r"\1", n) for n in plot.names)
        known = (
            (n, n if _OF_PORTS.fullmatch(n) else whole) for n, whole in zip(bare, plot.names, strict=True)
        )
        return replace(plot, analysis=kind, names=tuple(name for _, name in known))
    if kind not in ("noise", "noise_total", "tf", "sens", "pz"):
        return replace(plot, analysis=kind)
    names = tuple(re.sub(r"^[vi]\((.*)\)$", r"\1", n) for n in plot.names)
    chosen = [
        k for k, n in enumerate(names) if kind[:5] != "noise" or "1overf" not in n or np.any(plot.data[:, k])
    ]
    return replace(
        plot,
        analysis=kind,
        names=tuple(names[k] for k in chosen),
        types=tuple(plot.types[k] for k in chosen),
        data=plot.data[:, chosen],
    )


def _ngspice(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # -n: the user's .spiceinit would change the dialect.
    command = ["ngspice", "-n", "-b", *arguments, path.name]
    return subprocess.run(
        command,
        cwd=path.parent,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        errors="replace",
    )


def _counts(text: str) -> Iterator[tuple[str, str]]:
    """Parse numbers and names from the output of ``rusage all``."""
    for first, second, number in _COUNT.findall(text):
        yield number, (second if first == "Total" else first.lower())


def _fourier_tables(text: str, fouriers: Fouriers) -> list[Result]:
    """Parse results, one per card, from the tables that ``fourier`` and ``.four`` print, one per signal."""
    tables = {}
    for part in re.split(r"^Fourier analysis for (?=\S+:)", text, flags=re.MULTILINE)[1:]:
        rows = np.array([line.split()[1:4] for line in _HARMONIC.findall(part)], dtype=float)
        tables[part.split(":", 1)[0].lower(), rows[1, 0]] = rows
    found: list[Result] = []
    for fundamental, signals in fouriers:
        chosen = [tables[signal, float(f"{fundamental:g}")] for signal in signals]
        names = ["frequency", *(f"{what}({signal})" for signal in signals for what in ("mag", "phase"))]
        data = np.column_stack([chosen[0][:, :1], *(rows[:, 1:] for rows in chosen)])
        kinds = ("frequency", *["notype"] * (len(names) - 1))
        found.append(Result("", "four", "Fourier Analysis", "frequency", tuple(names), kinds, data))
    return found


def versions() -> dict[str, str]:
    """Versions of ngspice and of PySpice."""
    from importlib.metadata import version

    said = subprocess.run(["ngspice", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"ngspice-(\S+)", said)
    return {"ngspice": found[1] if found else "?", "PySpice": version("PySpice")}


def _measures(text: str) -> dict[str, float]:
    """Parse measures from ngspice's output after ``Measurements for …``."""
    found: dict[str, float] = {}
    inside = False
    for line in text.splitlines():
        if "Measurements for" in line:
            inside = True
        elif "analysis time" in line:
            inside = False
        elif inside and (match := _MEASURE.match(line.strip())):
            found[match[1].lower()] = float("nan") if match[2] == "failed" else float(match[2])
    return found


_PLOTNAMES = {
    "op": "Operating Point",
    "dc": "DC transfer characteristic",
    "tran": "Transient Analysis",
    "ac": "AC Analysis",
    "noise": "Noise Spectral Density Curves",
    "noise_total": "Integrated Noise",
    "tf": "Transfer Function",
    "sens": "Sensitivity Analysis",
    "pz": "Pole-Zero Analysis",
    "sp": "SP Analysis",
    "disto_2f1": "DISTORTION - 2nd harmonic",
    "disto_3f1": "DISTORTION - 3rd harmonic",
    "disto_f1_plus_f2": "DISTORTION - IM: f1+f2",
    "disto_f1_minus_f2": "DISTORTION - IM: f1-f2",
    "disto_2f1_minus_f2": "DISTORTION - IM: 2f1-f2",
}
_OF_PORTS = re.compile(r"(?:[SYZ]|Cy)(?:_\d+){2}|NF|NFmin|SOpt|Rn")
_AXES = ("time", "frequency", "v-sweep", "i-sweep", "temp-sweep", "res-sweep", "param-sweep")


def _distinct(plots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The plots, with those of ``.disto`` named by their product: two for one tone, three for two tones."""
    distorted = sorted(p["name"] for p in plots if p["name"].startswith("disto"))
    kinds = [kind for kind in _PLOTNAMES if kind.startswith("disto")]
    found = dict(zip(distorted, kinds[:2] if len(distorted) == 2 else kinds[2:], strict=False))
    return [{**p, "name": found.get(p["name"], p["name"])} for p in plots]


def _to_result(plain: dict[str, Any]) -> Result:
    """A Result with the names that ngspice's rawfile would have."""
    analysis = re.sub(r"\d+$", "", plain["name"]) if plain["name"] not in _PLOTNAMES else plain["name"]
    vectors: dict[str, np.ndarray] = plain["vectors"]
    axis = next((a for a in _AXES if a in vectors), None)
    if analysis == "noise" and axis is None:
        analysis = "noise_total"
    order = ([axis] if axis else []) + [n for n in vectors if n != axis]
    if analysis.startswith("noise"):
        # ngspice lists flicker noise of every resistor; ours have none
        vectors = {n: v for n, v in vectors.items() if "1overf" not in n or np.any(v)}
        order = [n for n in order if n in vectors]
    length = max(len(v) for v in vectors.values())
    order = [n for n in order if len(vectors[n]) == length]
    names, types = [], []
    for name in order:
        if name == axis:
            names.append(name)
            types.append(name if name in ("time", "frequency") else "voltage")
        elif name.endswith("#branch"):
            names.append(f"i({name[:-7]})")
            types.append("current")
        elif analysis.startswith(("noise", "tf", "sens", "pz")):
            names.append(name.lower())
            types.append("notype")
        elif analysis == "sp" and _OF_PORTS.fullmatch(name):
            names.append(name)
            types.append("notype")
        elif re.match(r"^[vi]\(", name, re.IGNORECASE):  # V(1) of nodes that are numbers
            names.append(name.lower())
            types.append("voltage")
        else:
            names.append(f"v({name})")
            types.append("voltage")
    data = np.column_stack([vectors[n] for n in order])
    return Result(
        title="",
        analysis=analysis,
        plotname=_PLOTNAMES.get(analysis, analysis),
        axis=axis,
        names=tuple(names),
        types=tuple(types),
        data=data,
    )
