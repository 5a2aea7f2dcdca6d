"""Verilog-A files beside OpenVAF and ngspice: which are read, which load, and whether operating points and ac agree.

    python -m bench.veriloga FOLDER [--openvaf openvaf-r] [--points 5] [--seed 1] [--only psp]

Each file is read, its modules become models with their default parameters, and devices are biased by voltage sources at
random. With ``--openvaf`` the file is compiled and the same circuit is run by ngspice. What differs is told as the
largest deviation of the terminals' currents, relative to the largest current of the point.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import re
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from circuitnn.veriloga.device import VerilogA

LIMIT = 120.0  # s for a file
NGSPICE = 30.0  # s for ngspice
LEAST = 1e-6  # A: of smaller currents the difference is that of rounding in sums of large ones
FREQUENCY = 1e6
SUSPICIOUS = 1e-7  # from this deviation on the sums of currents are told: rounding is lost there
THERMAL = ("t", "dt", "tnode", "tl")  # ports for a temperature that are declared as electrical ones


def files_of(folder: Path, only: str) -> list[Path]:
    """Files with a module of their own."""
    found = sorted(p for p in folder.rglob("*.va") if p.is_file() and only in str(p))
    return [p for p in found if re.search(r"^\s*(module\b|`include)", p.read_text(errors="replace"), re.M)]


def deck(module: str, electrical: list[bool], voltages: list[list[float]]) -> str:
    """One device per point, each terminal at a voltage source, thermal ones at 1 Ohm; ac at the first terminal."""
    lines = ["points"]
    for k, point in enumerate(voltages):
        for j, v in enumerate(point):
            lines.append(
                f"v{k}_{j} {'p' if electrical[j] else 'q'}{k}_{j} 0 dc {v!r}{' ac 1' if j == 0 else ''}"
            )
            lines += [] if electrical[j] else [f"r{k}_{j} p{k}_{j} 0 1"]
        lines.append(f"n{k} {' '.join(f'p{k}_{j}' for j in range(len(point)))} mm")
    lines += [
        f".model mm {module}",
        ".options reltol=1e-9 abstol=1e-18 vntol=1e-12 chgtol=1e-22 gmin=1e-12",
    ]
    return "\n".join(lines) + "\n"


def ours(text: str, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Currents at the operating point and in ac."""
    from circuitnn import Circuit

    op, ac = Circuit(text + f".op\n.ac lin 1 {FREQUENCY!r} {FREQUENCY!r}\n.end\n").run()
    return (
        np.array([float(np.real(np.ravel(op[n])[0])) for n in names]),
        np.array([complex(np.ravel(ac[n])[0]) for n in names]),
    )


def theirs(text: str, names: list[str], library: Path) -> tuple[np.ndarray, np.ndarray]:
    """The same by ngspice."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "deck.cir")
        shown = "\n".join(f"print {n}" for n in names)
        control = f".control\npre_osdi {library}\nset numdgt=15\nop\n{shown}\n"
        control += f"ac lin 1 {FREQUENCY!r} {FREQUENCY!r}\n{shown}\n.endc\n.end\n"
        path.write_text(text + control)
        run = subprocess.run(["ngspice", "-b", str(path)], capture_output=True, text=True, timeout=NGSPICE)
    found = re.findall(r"^(i\(v\w+\)) = (\S+)$", run.stdout, re.M)
    if len(found) != 2 * len(names):
        raise RuntimeError(f"ngspice: {(run.stdout + run.stderr)[-300:]}")
    numbers = [complex(*map(float, value.split(","))) for _, value in found]
    return np.real(numbers[: len(names)]), np.array(numbers[len(names) :])


def compile_osdi(path: Path, openvaf: str, folder: str) -> tuple[Path, str]:
    """Compile by OpenVAF; the library and why there is none."""
    library = Path(folder, path.stem + ".osdi")
    run = subprocess.run(
        [openvaf, str(path), "-o", str(library)], capture_output=True, text=True, timeout=LIMIT
    )
    errors = re.sub(r"\x1b\[[0-9;]*m", "", run.stdout + run.stderr)
    first = next((line for line in errors.splitlines() if "error" in line), "failed")
    return library, "" if run.returncode == 0 else first


def examine(path: Path, openvaf: str, points: int, seed: int, told: multiprocessing.Queue) -> None:
    """Read, load and compare one file; tell each step as it is done."""
    warnings.simplefilter("ignore")
    from circuitnn import load_models
    from circuitnn.veriloga.library import read_file

    begin = time.perf_counter()
    try:
        designs = read_file(path)
        told.put(("parsed", time.perf_counter() - begin))
        if not designs:
            return
        begin = time.perf_counter()
        models = load_models(path)
        for model in models:
            model.kernel()
        told.put(("loaded", time.perf_counter() - begin))
        if not openvaf:
            return
        with tempfile.TemporaryDirectory() as folder:
            library, why = compile_osdi(path, openvaf, folder)
            if why:
                told.put(("openvaf", why))
                return
            for model in (m for m in models if issubclass(m, VerilogA)):
                told.put(("agrees", _deviation(model, library, points, seed)))
    except Exception as error:
        told.put(("failed", f"{type(error).__name__}: {str(error)[:300]}"))


def _deviation(model: type[VerilogA], library: Path, points: int, seed: int) -> str:
    draw, count = random.Random(seed), len(model.terminals)
    voltages = [[round(draw.uniform(-1.0, 1.0), 3) for _ in range(count)] for _ in range(points)]
    scope = model.design.scope
    electrical = [
        scope.nodes[port].discipline in ("electrical", "") and port.lower() not in THERMAL
        for port in scope.ports()
    ]
    text = deck(model.name, electrical, voltages)
    names = [f"i(v{k}_{j})" for k in range(points) for j in range(count)]
    begin = time.perf_counter()
    mine = ours(text, names)
    spent = time.perf_counter() - begin
    other = theirs(text, names, library)
    worst, lost = [], []
    for a, b in zip(mine, other, strict=True):
        a, b = a.reshape(points, count), b.reshape(points, count)
        scale = np.maximum(np.abs(b).max(axis=1, keepdims=True), LEAST)
        worst.append(np.max(np.abs(a - b) / scale))
        lost.append([np.max(np.abs(c[:, electrical].sum(axis=1, keepdims=True)) / scale) for c in (a, b)])
    told = [
        f"{analysis} {deviation:.1e} (sum of currents {own:.0e}, {its:.0e})"
        if deviation > SUSPICIOUS
        else f"{analysis} {deviation:.1e}"
        for analysis, deviation, (own, its) in zip(("op", "ac"), worst, lost, strict=True)
    ]
    return f"{' '.join(told)} ({spent:.1f} s)"


def main() -> None:
    """Run the comparison and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--openvaf", default="")
    parser.add_argument("--points", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    count = {"parsed": 0, "loaded": 0, "agrees": 0}
    for path in files_of(given.folder, given.only):
        told: multiprocessing.Queue = multiprocessing.Queue()
        arguments = (path, given.openvaf, given.points, given.seed, told)
        process = multiprocessing.Process(target=examine, args=arguments)
        process.start()
        process.join(LIMIT)
        if process.is_alive():
            process.kill()
            told.put(("failed", f"more than {LIMIT:g} s"))
        time.sleep(0.1)
        line = []
        while not told.empty():
            step, what = told.get()
            count[step] = count.get(step, 0) + 1
            line.append(f"{step} {what:.2f} s" if isinstance(what, float) else f"{step}: {what}")
        print(f"{path.relative_to(given.folder)}: {'; '.join(line)}", flush=True)
    print(count)


if __name__ == "__main__":
    main()
