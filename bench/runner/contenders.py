"""How contenders run: a function in a process of its own, circuitnn and ngspice with a deck."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bench.process import Spent, number, spend
from bench.runner.case import Outcome, Sample, Session
from circuitnn import load
from circuitnn.errors import CircuitnnError
from circuitnn.results import rawfile
from circuitnn.results.statistics import Statistics

COUNTED = ("points", "rejected", "iterations", "factorisations", "refactorisations")
ROOT = Path(__file__).resolve().parents[2]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
MARGIN = 60.0  # s that a worker may take beyond the time for its runs, to import and prepare


@dataclass(frozen=True)
class Function:
    """A call within a process of its own; its preparation is not timed.

    Parameters
    ----------
    path : str
        Module and function: ``bench.cases.crossbar:product``. See `bench.runner.worker`.
    arguments : mapping
        JSON values.
    package : str
        A package that must be there; empty: none but ours. It is looked for where the other packages are.
    runs : int
        Most runs of the work in a process.
    """

    path: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    package: str = ""
    runs: int = 9
    kind: ClassVar[str] = "function"

    def absent(self, session: Session) -> str:
        """Whether the package is missing."""
        if not self.package or _has(session.peers, self.package):
            return ""
        return f"{self.package} is not installed"

    def sample(self, folder: Path, session: Session) -> tuple[Sample, Outcome | None]:
        """Run once."""
        out = folder / "out.npz"
        python = session.peers if self.package else sys.executable
        words = [python, "-W", "ignore", "-m", "bench.runner.worker", str(self.runs), *self.path.split(":")]
        spent = spend([*words, json.dumps(dict(self.arguments)), str(out)], ROOT, session.timeout + MARGIN)
        if spent.status:
            return Sample.failure(reason(spent)), None
        said = json.loads(spent.output.strip().splitlines()[-1])
        with np.load(out) as found:
            vectors = {name: found[name] for name in found.files}
        return Sample(**said), Outcome(vectors, vectors.pop("axis", None))

    def counters(self) -> dict[str, int]:
        """Its samples tell them."""
        return {}


_found: dict[tuple[str, str], bool] = {}


def _has(python: str, package: str) -> bool:
    """Whether an interpreter finds a package."""
    if python == sys.executable:
        return importlib.util.find_spec(package) is not None
    if (python, package) not in _found:
        test = f"import importlib.util as u; raise SystemExit(u.find_spec({package!r}) is None)"
        done = subprocess.run([python, "-c", test], check=False, capture_output=True)
        _found[python, package] = done.returncode == 0
    return _found[python, package]


def reason(spent: Spent) -> str:
    """Why a process has failed, in a line."""
    if spent.status == -9:
        return f"stopped after {spent.seconds:.0f} s"
    lines = [line for line in spent.output.strip().splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if re.search(r"error|fail|singular", line, re.I)), "")
    return (told or (lines[-1] if lines else "") or f"exit status {spent.status}").strip()[:160]


def vectors_of(raw: Path) -> Outcome | None:
    """The first plot of a rawfile; None if there is none that can be read."""
    try:
        result = rawfile.read(raw)[0]
    except (CircuitnnError, OSError, IndexError):
        return None
    names = result.names
    axis = None if len(result) <= 1 else np.real(np.asarray(result.array(names[0])))
    kept = names if axis is None else names[1:]
    return Outcome({name: np.asarray(result.array(name)) for name in kept}, axis)


@dataclass(frozen=True)
class Ours:
    """``circuitnn -b`` with a deck.

    Parameters
    ----------
    deck : callable
        Returns the text.
    options : str
        Of one more ``.options`` card.
    files : callable, optional
        Writes what the deck reads into its folder.
    """

    deck: Callable[[], str]
    options: str = ""
    files: Callable[[Path], None] | None = None
    kind: ClassVar[str] = "process"

    def absent(self, session: Session) -> str:
        """It is here."""
        return ""

    def sample(self, folder: Path, session: Session) -> tuple[Sample, Outcome | None]:
        """Run once."""
        self._write(folder)
        words = [sys.executable, "-m", "circuitnn", "-b", "-r", "out.raw", "deck.cir"]
        return _program(words, folder, session, "out.raw", {})

    def counters(self) -> dict[str, int]:
        """Run once more, in this process."""
        with tempfile.TemporaryDirectory() as name:
            circuit = load(self._write(Path(name)))
            return added(result.statistics for result in circuit.run())

    def _write(self, folder: Path) -> Path:
        path = folder / "deck.cir"
        path.write_text(with_options(self.deck(), self.options))
        if self.files is not None:
            self.files(folder)
        return path


@dataclass(frozen=True)
class Ngspice:
    """``ngspice -b`` with a deck.

    Parameters
    ----------
    deck : callable
        Returns the text.
    klu : bool
        Whether with KLU instead of its default solver.
    options : str
        Of one more ``.options`` card.
    """

    deck: Callable[[], str]
    klu: bool
    options: str = ""
    kind: ClassVar[str] = "process"

    def absent(self, session: Session) -> str:
        """Whether ngspice is missing."""
        return "" if shutil.which("ngspice") else "ngspice is not installed"

    def sample(self, folder: Path, session: Session) -> tuple[Sample, Outcome | None]:
        """Run once."""
        options = f"acct {'klu ' if self.klu else ''}{self.options}"
        (folder / "deck.cir").write_text(with_options(self.deck(), options))
        words = ["ngspice", "-n", "-b", "-r", "out.raw", "deck.cir"]
        counted = {"points": r"Accepted timepoints = (\d+)", "iterations": r"Total iterations = (\d+)"}
        return _program(words, folder, session, "out.raw", counted)

    def counters(self) -> dict[str, int]:
        """It tells them itself."""
        return {}


def with_options(deck: str, options: str) -> str:
    """A deck with one more card of options, at its end: the last one holds."""
    if not options.strip():
        return deck
    body, end, _ = deck.rpartition("\n.end")
    return f"{body}\n.options {options}{end}\n"


def _program(
    words: list[str], folder: Path, session: Session, raw: str, counted: Mapping[str, str]
) -> tuple[Sample, Outcome | None]:
    """Run a program that writes a rawfile; `counted` are patterns of what it says about itself."""
    spent = spend(words, folder, session.timeout)
    if spent.status:
        return Sample.failure(reason(spent)), None
    outcome = vectors_of(folder / raw)
    if outcome is None:
        return Sample.failure(f"no result: {reason(spent)}"), None
    found = {name: number(pattern, spent.output) for name, pattern in counted.items()}
    counters = {name: int(value) for name, value in found.items() if value == value}
    return Sample(spent.processor, spent.seconds, spent.megabytes, counters), outcome


def added(runs: Iterable[Statistics]) -> dict[str, int]:
    """Sums of the counters of some analyses."""
    totals = dict.fromkeys(COUNTED, 0)
    for statistics in runs:
        for name in COUNTED:
            totals[name] += getattr(statistics, name)
    return {name: total for name, total in totals.items() if total}


def prepare_environment() -> None:
    """One thread for all libraries, and circuitnn and the workers from this checkout."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
