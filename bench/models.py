"""``python -m bench.models [--quick] [--parts kac]``: kernels of compact models, and an array compared with ngspice.

(k) Nanoseconds per instance of one evaluation (f, q, G, C) of every kernel: built in, as bytecode, compiled by the
host. (a) A write pulse into a 64×64 array of sinh memristors with line resistance: our deck with letter N beside
ngspice (KLU, and its own solver) with the twin of the same model, whole processes, in turn; the results are compared.
(c) Time to compile all kernels and one, for the build and at run time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.arrays import array_deck, compare, run_pair
from circuitnn._cext.kernel import KernelHandle, native_handle
from circuitnn.contract.case import Case
from circuitnn.equations import ccode, host
from circuitnn.equations.bytecode import assemble
from circuitnn.models import catalogue, native

ROOT = Path(__file__).resolve().parent.parent
COUNTS = (1, 64, 100_000)
# A memristor with exp, sinh and a state: built in [ns], as bytecode [ns] at the largest count.
REFERENCE, NATIVE_BAR, BYTECODE_BAR = "wox", 15.0, 60.0
ARRAY_BAR = 10.0
COMPILE_BAR = 240.0  # s for all kernels on two cores


def nanoseconds(handle: KernelHandle, x: np.ndarray, columns: np.ndarray, budget: float = 0.05) -> float:
    """Time of one evaluation per instance: the least of five rounds of `budget`/5 seconds. [ns]"""
    n = x.shape[1]
    once = max(handle.seconds(x, columns, 1), 1e-8)
    turns = max(1, int(budget / 5 / once))
    return min(handle.seconds(x, columns, turns) for _ in range(5)) / n * 1e9


@dataclass
class Row:
    """Times of one kernel by back end, in the order of `COUNTS`. [ns]"""

    model: str
    outputs: int
    operations: int
    native: list[float]
    bytecode: list[float]
    host: list[float]


def time_kernels() -> list[Row]:
    """Time every built-in model of the catalogue."""
    from circuitnn.equations.expr import order

    rows = []
    for name, model in sorted(catalogue().items()):
        kernel = model.kernel()
        built = native_handle(name, kernel.digest)
        if built is None:
            print(f"  {name}: not built in; run setup.py build_ext", file=sys.stderr)
            continue
        operations = sum(1 for node in order(kernel.outputs) if node.args)
        row = Row(name, len(kernel.outputs), operations, [], [], [])
        backends = [(row.native, built), (row.bytecode, assemble(kernel))]
        if host.compiler(os.environ.get("CC", "")):
            backends.append((row.host, host.compiled(kernel)))
        for count in COUNTS:
            case = Case(model, count)
            x = case.points(0.5)
            columns = case.columns if len(case.columns) else np.zeros((1, count))
            for times, handle in backends:
                times.append(nanoseconds(handle, x, columns))
        rows.append(row)
    return rows


def print_kernels(rows: list[Row]) -> bool:
    """Print the table; return whether the reference model meets its bars."""
    sizes = "".join(f"{f'n={n}':>9}" for n in COUNTS)
    print("\n(k) ns per instance of one evaluation, one thread")
    print(f"    {'':<16}{'outputs':>8}{'operations':>11}{'built in':^27}{'bytecode':^27}{'host':^27}")
    print(f"    {'':<35}{sizes}{sizes}{sizes}")
    for row in rows:
        cells = "".join(f"{t:>9.1f}" for t in (*row.native, *row.bytecode, *row.host))
        print(f"    {row.model:<16}{row.outputs:>8}{row.operations:>11}{cells}")
    reference = next((row for row in rows if row.model == REFERENCE), None)
    if reference is None:
        return False
    built, code = reference.native[-1], reference.bytecode[-1]
    met = built <= NATIVE_BAR and code <= BYTECODE_BAR
    print(f"  {REFERENCE} at n={COUNTS[-1]}: built in {built:.1f} ns (bar {NATIVE_BAR:g}), bytecode {code:.1f} ns "
          f"(bar {BYTECODE_BAR:g}): {'met' if met else 'NOT MET'}")  # fmt: skip
    return met


def time_array(side: int, repeat: int) -> bool:
    """Part (a)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, theirs = array_deck(folder, side)
        samples = run_pair(ours, theirs, folder, repeat)
        worst = compare(folder)
    print(f"\n(a) write pulse into {side}x{side} sinh memristors with line resistance, whole process")
    base = statistics.median(samples["circuitnn"])
    for simulator, seconds in samples.items():
        median = statistics.median(seconds)
        print(f"    {simulator:<14}{median:>10.3f} s   ratio {median / base:>7.1f}   ({len(seconds)} runs)")
    ratio = min(statistics.median(s) for n, s in samples.items() if n != "circuitnn") / base
    met = ratio >= ARRAY_BAR and worst.share <= 1.0
    print(f"  worst deviation {worst.share:.2g} of 1e-3 of the span ({worst.name}); ratio to the faster ngspice "
          f"{ratio:.1f} (bar {ARRAY_BAR:g}): {'met' if met else 'NOT MET'}")  # fmt: skip
    return met


def time_compiling() -> bool:
    """Part (c): kernels of the build one after another, an edit of one, and kernels made at run time."""
    compiler = host.compiler(os.environ.get("CC", ""))
    if not compiler:
        print("\n(c) no C compiler: nothing to time")
        return True
    include = [f"-I{ROOT / 'cext'}", f"-I{sysconfig.get_path('include')}"]
    seconds: dict[str, float] = {}
    runtime: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = native.write_sources(folder)
        times = {path: path.stat().st_mtime_ns for _, path in sources}
        native.write_sources(folder)
        assert all(path.stat().st_mtime_ns == at for path, at in times.items()), "sources are made anew"
        for model, path in sources:
            start = time.perf_counter()
            words = [
                *compiler,
                "-shared",
                "-fPIC",
                *ccode.FLAGS,
                *include,
                str(path),
                "-o",
                f"{path}.so",
                "-lm",
            ]
            subprocess.run(words, check=True)
            seconds[model] = time.perf_counter() - start
        os.environ["XDG_CACHE_HOME"] = name
        for model in seconds:
            start = time.perf_counter()
            host.compiled(catalogue()[model].kernel())
            runtime[model] = time.perf_counter() - start
    total, slowest = sum(seconds.values()), max(seconds, key=lambda m: seconds[m])
    middle, run = statistics.median(seconds.values()), statistics.median(runtime.values())
    print(f"\n(c) compiling {len(seconds)} kernels one after another: {total:.1f} s (bar {COMPILE_BAR:g})")
    print(f"    an edit of one compiles that one: median {middle:.1f} s, {slowest} {seconds[slowest]:.1f} s")
    print(
        f"    at run time, for this machine only: median {run:.2f} s, at most {max(runtime.values()):.2f} s"
    )
    return total <= COMPILE_BAR


def main() -> int:
    """Print the tables; 1 if a bar is not met."""
    parser = argparse.ArgumentParser(description="Time the kernels of compact models.")
    parser.add_argument("--quick", action="store_true", help="a 16x16 array")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--parts", default="kac", help="letters of the parts to run")
    chosen = parser.parse_args()
    met = True
    if "k" in chosen.parts:
        met &= print_kernels(time_kernels())
    if "a" in chosen.parts and shutil.which("ngspice") is None:
        print("ngspice is not installed: nothing to compare with", file=sys.stderr)
    elif "a" in chosen.parts:
        met &= time_array(16 if chosen.quick else 64, chosen.repeat)
    if "c" in chosen.parts:
        met &= time_compiling()
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
