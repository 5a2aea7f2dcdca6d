"""Fuzzing: mutated and random decks, control blocks, files of numbers, rawfiles, arrays.

    python -m bench.fuzz --count 100000 [--kinds deck,control] [--seed 1] [--jobs 2] [--keep findings]

Each input must end in a result or in one of our errors: exit codes 0, 1, 2; no traceback, no request for a report, no
signal, no NaN; no file that a deck may not write; within its time and memory. A process runs some thousands of inputs,
each kind in turn; one that kills the process is identified, and the rest continue in another. Findings are written
to the folder `--keep`, and the exit code is 1. On one idle core, 100,000 of each kind take about an hour.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.fuzz_inputs import KINDS

SECONDS = 10.0  # processor time that an input may take [s]
PATIENCE = 120.0  # wall time that it may take, however busy the machine [s]
CHUNK = 4000  # inputs per process
MEMORY = Path("/dev/shm")  # folder of inputs, if it exists: avoids the disk


def one(kind: str, seed: int, folder: Path) -> str:
    """Make one input and judge it; return the fault, or an empty text."""
    home = Path.cwd()
    os.chdir(folder)
    started = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", RuntimeWarning)  # NumPy's: a leaked overflow is a finding
            KINDS[kind](random.Random(f"{kind}{seed}"), folder)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        os.chdir(home)
    spent = time.process_time() - started
    return f"{spent:.1f} s" if spent > SECONDS else ""


def chunk(kind: str, first: int, count: int, keep: Path | None = None) -> int:
    """Judge inputs in turn, printing each number first and ``=`` at the end; return the number of findings."""
    findings = 0
    for seed in range(first, first + count):
        print(f"> {seed}", flush=True)
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as name:
            wrong = one(kind, seed, Path(name))
            if wrong:
                findings += 1
                print(f"! {seed} {wrong[:400]!r}", flush=True)
                if keep is not None:
                    shutil.copytree(name, keep / f"{kind}-{seed}", dirs_exist_ok=True)
    faulthandler.cancel_dump_traceback_later()
    print("=", flush=True)
    return findings


def campaign(kind: str, first: int, count: int, keep: Path) -> int:
    """Judge inputs in separate processes; return the number of findings."""
    findings, done = 0, first
    while done < first + count:
        size = min(CHUNK, first + count - done)
        words = [
            sys.executable,
            "-m",
            "bench.fuzz",
            "--chunk",
            kind,
            str(done),
            str(size),
            "--keep",
            str(keep),
        ]
        run = subprocess.run(words, capture_output=True, text=True, errors="replace")
        lines = run.stdout.splitlines()
        found = [line for line in lines if line.startswith("! ")]
        findings += len(found)
        for line in found:
            print(f"{kind} {line[2:]}", flush=True)
        last = max((int(line[2:]) for line in lines if line.startswith("> ")), default=done)
        if lines[-1:] != ["="]:
            findings += 1
            print(f"{kind} {last}: the process ended with {run.returncode}\n{run.stderr[:2000]}", flush=True)
        done = last + 1
    return findings


def main() -> int:
    """Run a campaign from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--chunk", nargs=3)
    given = parser.parse_args()
    given.keep = given.keep.absolute()
    if given.chunk:
        return int(chunk(given.chunk[0], int(given.chunk[1]), int(given.chunk[2]), given.keep) > 0)
    findings: Counter[str] = Counter()

    def part(kind: str, done: int) -> None:
        started = time.monotonic()
        size = min(CHUNK, given.count - done)
        findings[kind] += campaign(kind, given.seed * 10_000_000 + done, size, given.keep)
        print(
            f"{kind:8s} {done + size} of {given.count} inputs, {findings[kind]} findings, "
            f"{size / (time.monotonic() - started):.0f} a second",
            flush=True,
        )

    with ThreadPoolExecutor(given.jobs) as pool:
        parts = [(kind, done) for done in range(0, given.count, CHUNK) for kind in given.kinds.split(",")]
        list(pool.map(part, *zip(*parts, strict=True)))
    return int(any(findings.values()))


if __name__ == "__main__":
    sys.exit(main())
