"""Other tools that solve a crossbar with line resistance: how each computes the product, and its largest array.

Packages run under one interpreter, which need not be ours, in their own process; `seconds` is then the
processor time from input arrays to output currents within it. Programs are timed as whole processes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.process import spend
from circuitnn.results import rawfile

TIMEOUT = 900.0  # s
# Limit libraries to one thread.
ONE_CORE = {
    **os.environ,
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}
DECKS = 256  # the largest array as a flat deck
Spent = dict[str, float]

# Every script finds n, g, v (count × n), repeats and the deck's text, and defines product() → (count × n).
FRAME = """
import json, logging, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
n, count, repeats, deck, out = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
g = 10.0 ** np.random.default_rng(1).uniform(-6, -4, (n, n))
v = np.random.default_rng(2).uniform(0.0, 1.0, (count, n))
text = open(deck).read()
{body}
times = []
for _ in range(repeats):
    start = time.process_time()
    made = product()
    times.append(time.process_time() - start)
np.save(out, np.asarray(made))
peak = [float(x.split()[1]) / 1024 for x in open("/proc/self/status") if x.startswith("VmHWM")]
print(json.dumps({{"seconds": sorted(times)[len(times) // 2], "megabytes": peak[0]}}))
"""

BADCROSSBAR = """
import badcrossbar
def product():
    return badcrossbar.compute(v.T.copy(), 1.0 / g, r_i=1.0).currents.output
"""

MPIMPY = """
from mpimpy.crossbar.crossbar import hdot
def product():
    return hdot(v, 1.0 / g, 1.0)
"""

NEOSPICE = """
import neospice
def product():
    result = neospice.dc(text)
    return [result.current(f"vbb{j}") for j in range(n)]
"""

SUPERLU = """
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu
def product():
    word = np.arange(n * n).reshape(n, n)
    bit = word + n * n
    a = np.concatenate([word[:, :-1].ravel(), bit[:-1].ravel(), word.ravel()])
    b = np.concatenate([word[:, 1:].ravel(), bit[1:].ravel(), bit.ravel()])
    values = np.concatenate([np.ones(2 * n * (n - 1)), g.ravel()])
    ends = np.concatenate([word[:, 0], bit[-1]])
    entries = np.concatenate([values, values, -values, -values, np.ones(2 * n)])
    rows, columns = np.concatenate([a, b, a, b, ends]), np.concatenate([a, b, b, a, ends])
    matrix = coo_array((entries, (rows, columns))).tocsc()
    drive = np.zeros((2 * n * n, count))
    drive[word[:, 0]] = v.T
    factors = splu(matrix)
    x = factors.solve(drive)
    x += factors.solve(drive - matrix @ x)
    return x[bit[-1]].T
"""


class Package(NamedTuple):
    """A Python package: the module to import, the script, its largest array, whether it takes batches."""

    module: str
    body: str
    reach: int
    batch: bool


PACKAGES = {
    "SciPy SuperLU": Package("scipy", SUPERLU, 512, True),
    "badcrossbar": Package("badcrossbar", BADCROSSBAR, 512, True),
    "mpimpy": Package("mpimpy", MPIMPY, 128, False),
    "neospice": Package("neospice", NEOSPICE, 128, False),
}


def installed(python: str) -> dict[str, Package]:
    """The packages that an interpreter has; print which others are left out."""
    found = {}
    for name, package in PACKAGES.items():
        words = [
            python,
            "-c",
            f"import importlib.util as u; raise SystemExit(u.find_spec({package.module!r}) is None)",
        ]
        if subprocess.run(words, check=False, capture_output=True).returncode == 0:
            found[name] = package
        else:
            print(f"{name}: not installed in {python}, skipped")
    return found


def ask(python: str, package: Package, n: int, deck: Path, count: int = 1) -> tuple[Spent, np.ndarray]:
    """Cost and outputs of a package's product."""
    repeats = 5 if n <= 64 else 3 if n <= 128 else 1
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.npy"
        script = FRAME.format(body=package.body)
        words = [python, "-c", script, str(n), str(count), str(repeats), str(deck), str(out)]
        run = subprocess.run(words, check=True, capture_output=True, text=True, timeout=TIMEOUT, env=ONE_CORE)
        return json.loads(run.stdout.splitlines()[-1]), np.load(out)


def _vacask_deck(text: str) -> str:
    """A flat deck of resistors and voltage sources in VACASK's language."""
    lines = ["crossbar", 'load "resistor.osdi"', "model res resistor", "model volt vsource", "ground 0"]
    for card in text.splitlines()[1:]:
        field = card.split()
        if card[0] == "r":
            lines.append(f"{field[0]} ({field[1]} {field[2]}) res r={field[3]}")
        elif card[0] == "v":
            lines.append(f"{field[0]} ({field[1]} {field[2]}) volt dc={field[4]}")
    return "\n".join([*lines, "control", "  abort always", "  analysis op1 op", "endc", ""])


def _program(words: list[str], folder: Path, raw: str, current: str, n: int) -> tuple[Spent, np.ndarray]:
    spent = spend(words, folder, TIMEOUT)
    if spent.status:
        raise RuntimeError(f"{words[0]} failed:\n{spent.output[-2000:]}")
    result = rawfile.read(folder / raw)[0]
    made = np.array([result.array(current.format(j))[0] for j in range(n)])
    return {"seconds": spent.seconds, "megabytes": spent.megabytes}, made


def ngspice(n: int, deck: Path) -> tuple[Spent, np.ndarray]:
    """Solve a flat deck by ngspice in batch mode."""
    words = ["ngspice", "-b", "-r", "out.raw", deck.name]
    return _program(words, deck.parent, "out.raw", "i(vbb{})", n)


def vacask(program: str, n: int, deck: Path) -> tuple[Spent, np.ndarray]:
    """Solve a flat deck by VACASK."""
    (deck.parent / "deck.sim").write_text(_vacask_deck(deck.read_text()))
    return _program([program, "deck.sim"], deck.parent, "op1.raw", "vbb{}:flow(br)", n)


def programs(python: str) -> dict[str, tuple[int, Callable[[int, Path], tuple[Spent, np.ndarray]]]]:
    """Installed programs: name → largest array, and the function that runs them."""
    beside = Path(python).with_name("vacask")
    path = str(beside) if beside.exists() else shutil.which("vacask")
    found: dict[str, tuple[int, Callable[[int, Path], tuple[Spent, np.ndarray]]]] = {}
    if shutil.which("ngspice"):
        found["ngspice KLU"] = (256, ngspice)
    else:
        print("ngspice: not installed, skipped")
    if path:
        found["VACASK"] = (256, lambda n, deck: vacask(str(path), n, deck))
    else:
        print("VACASK: not installed, skipped")
    return found
