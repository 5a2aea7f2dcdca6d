"""Run a deck in ngspice: through PySpice's shared library, else in batch with a rawfile.

Each run of the shared library happens in a worker process that is renewed every few decks,
because libngspice holds on to memory between runs and takes its host with it when it
gives up.
"""

from __future__ import annotations

import ctypes.util
import multiprocessing
import os
import re
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from circuitnn import rawfile
from circuitnn.results import Result

RUNS_PER_WORKER = 20
TIMEOUT = 600.0
_MEASURE = re.compile(r"^(\w[\w.#]*)\s+=\s+([-+]?\d\S*|failed)")


@dataclass
class NgspiceRun:
    """What ngspice gave for one deck.

    Parameters
    ----------
    plots : list of Result
        One for each analysis.
    measures : dict of str to float
        Names in lower case; NaN where the measure failed.
    route : str
        ``"PySpice"`` or ``"batch"``; with batch, why in `reason`.
    seconds : float
        Wall time of the run, start of ngspice included in batch.
    """

    plots: list[Result]
    measures: dict[str, float] = field(default_factory=dict)
    route: str = ""
    reason: str = ""
    seconds: float = 0.0


class NgspiceError(RuntimeError):
    """Neither route gave a result."""


def available() -> bool:
    """Whether the command ``ngspice`` is there."""
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

    def run(self, path: Path) -> NgspiceRun:
        """Run one deck by the shared library, or in batch where that refuses.

        Raises
        ------
        NgspiceError
            Both routes failed.
        """
        try:
            return self._by_pyspice(path)
        except Exception as error:  # PySpice raises anything from NameError to its own classes
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
        done = run_batch(path)
        done.reason = reason
        return done

    def _by_pyspice(self, path: Path) -> NgspiceRun:
        if self._pool is None or self._runs >= RUNS_PER_WORKER:
            self.close()
            self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
            self._runs = 0
        self._runs += 1
        try:
            got = self._pool.submit(_pyspice_worker, str(path)).result(timeout=TIMEOUT)
        except BrokenProcessPool:
            self._pool = None
            raise
        plots = [_to_result(p) for p in got["plots"]]
        return NgspiceRun(plots, _measures(got["stdout"]), "PySpice", seconds=got["seconds"])


def run_batch(path: Path, options: str = "") -> NgspiceRun:
    """Run one deck as ``ngspice -b -r``, and once more without ``-r`` if it has measures.

    ngspice computes ``.meas`` cards in batch mode only when it writes no rawfile.
    """
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "out.raw")
        start = time.perf_counter()
        run = _ngspice(path, "-r", str(raw))
        seconds = time.perf_counter() - start
        if run.returncode or not raw.exists():
            raise NgspiceError(f"{path}: ngspice -b failed:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
        plots = rawfile.read(raw)
    measures: dict[str, float] = {}
    if re.search(r"^\s*\.meas", path.read_text(), re.MULTILINE | re.IGNORECASE):
        measures = _measures(_ngspice(path).stdout)
    return NgspiceRun(plots, measures, "batch", seconds=seconds)


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


def _measures(text: str) -> dict[str, float]:
    """Measures out of what ngspice prints after ``Measurements for …``."""
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


# -- in the worker ---------------------------------------------------------------------------


def _pyspice_worker(path: str) -> dict[str, Any]:
    """Run a deck in libngspice; give plain data back."""
    import logging

    logging.disable(logging.CRITICAL)
    shared = _shared_library()
    os.chdir(Path(path).parent)
    shared.clear_output()
    text = Path(path).read_text()
    start = time.perf_counter()
    shared.load_circuit(text)
    shared.exec_command("run")
    seconds = time.perf_counter() - start
    stdout = str(shared.stdout)
    plots = []
    names = [name for name in shared.plot_names if name != "const"]
    for name in reversed(names):
        plots.append(_plain(shared, name))
    shared.exec_command("destroy all")
    shared.exec_command("remcirc")
    if not plots:
        raise NgspiceError("no plot came back")
    return {"plots": plots, "stdout": stdout, "seconds": seconds}


_library: Any = None


def _shared_library() -> Any:
    """PySpice's wrapper with its judgement of messages mended (the one place where that is done).

    PySpice 1.5 takes every line on stderr that does not begin with ``Warning:`` for a failed
    command, and every line on stdout with the letters "error" in it too. ngspice 42 and later
    write harmless notes there ("Note: No compatibility mode selected!", progress of gmin
    stepping, "Using SPARSE 1.3 …"), so good runs would raise NgSpiceCommandError. Here a line
    counts as an error only where ngspice itself says "error" or "fatal" at its start, or that
    the run was aborted.
    """
    global _library
    if _library is not None:
        return _library
    from PySpice.Spice.NgSpice.Shared import NgSpiceShared

    bad = re.compile(r"^\s*(fatal )?error\b|simulation\(s\) aborted|no such vector", re.IGNORECASE)

    class Patient(NgSpiceShared):
        def send_char(self, message: str, ngspice_id: int) -> int:
            _, _, content = message.partition(" ")
            verdict = bool(bad.search(content))
            # the caller has just set these two from its own rules
            self._error_in_stderr = self._told or verdict
            self._error_in_stdout = False
            self._told = self._error_in_stderr
            return 0

        def clear_output(self) -> None:
            self._told = False
            super().clear_output()

        _told = False

    # Debian ships the bare name in the -dev package only.
    found = ctypes.util.find_library("ngspice")
    if found:
        NgSpiceShared.LIBRARY_PATH = found
    _library = Patient.new_instance()
    return _library


def _plain(shared: Any, name: str) -> dict[str, Any]:
    """One plot as names and arrays, with its title and plot name."""
    plot = shared.plot(None, name)
    vectors = {key: np.asarray(vector._data) for key, vector in plot.items()}
    if not name.startswith("ac"):
        vectors = {key: np.real(values) for key, values in vectors.items()}
    return {"name": name, "vectors": vectors}


# -- back in the parent ----------------------------------------------------------------------

_PLOTNAMES = {
    "op": "Operating Point",
    "dc": "DC transfer characteristic",
    "tran": "Transient Analysis",
    "ac": "AC Analysis",
    "noise": "Noise Spectral Density Curves",
    "noise_total": "Integrated Noise",
    "tf": "Transfer Function",
    "sens": "Sensitivity Analysis",
}
_AXES = ("time", "frequency", "v-sweep", "i-sweep", "temp-sweep", "res-sweep", "param-sweep")


def _to_result(plain: dict[str, Any]) -> Result:
    """A Result in the names that ngspice's rawfile would have."""
    analysis = re.sub(r"\d+$", "", plain["name"])
    vectors: dict[str, np.ndarray] = plain["vectors"]
    axis = next((a for a in _AXES if a in vectors), None)
    if analysis == "noise" and axis is None:
        analysis = "noise_total"
    order = ([axis] if axis else []) + [n for n in vectors if n != axis]
    if analysis.startswith("noise"):
        # ngspice lists flicker noise of every resistor, of which ours have none
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
        elif analysis.startswith(("noise", "tf", "sens")):
            names.append(name.lower())
            types.append("notype")
        elif re.match(r"^[vi]\(", name):
            names.append(name)
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
