"""``python -m bench.faults [--count 500] [--seed 1] [--ways run,serve]``: commands that are killed, or refused space.

Each run starts a command in a folder with earlier results and breaks it at a random moment: a signal, to the process
or its group; a file that may not grow; a full disk; a folder that cannot be written; memory that is refused.
Afterwards nothing that was there before is gone, what the command names is there and can be read, no process is left,
the exit code is the documented one, and stderr has a sentence (but for ``kill -9``). Samples are then run to their
end with ``--resume``, and give the same table as without an interruption. Runs at fault are printed; the exit code is
then 1.

A full disk and a folder that even root cannot write need the right to mount file systems; without it they are left
out, and the last line says so.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.fault_parts import COMMANDS, Around, clustered, left_in, served, unreadable

SIGNALS = {"KILL": 9, "TERM": 15, "INT": 2, "HUP": 1, "XCPU": 24}
REFUSALS = ("size", "space", "readonly", "memory")
MOUNTED = ("space", "readonly")
HANGS = 99  # in place of an exit code
LONGEST = 90.0  # s until a command counts as hanging
LEFT = 2.0  # s that workers may take to notice that their parent has gone, beside other work of the machine

RC = "v1 a 0 sin(0 1 1k)\nr1 a b {p*1k}\nc1 b 0 10n\n.param p=1\n"
DECKS = {
    "tran": f"t\n{RC}.tran 1u {{stop}} 0 1u\n.param stop=0.4\n.meas tran m max v(b)\n",
    "step": f"t\n{RC}.tran 1u 20m 0 1u\n.step param p 1 20 1\n",
    "samples": f"t\n{RC}.param p=agauss(1,0.1,1)\n.tran 1u 9m 0 1u\n.meas tran m max v(b)\n".replace(
        ".param p=1\n", ""
    ),
}
SAMPLES = ("run", "d.cir", "--samples", "40", "-q")
MVM = (
    "study",
    "mvm",
    "--size",
    "8..32",
    "--line-resistance",
    "1..10/4",
    "--chips",
    "1",
    "-q",
    "-o",
    "out.nc",
)


@dataclass(frozen=True)
class Way:
    """A command and its deck.

    Parameters
    ----------
    deck : str
    words : tuple of str
    output : str
        Its file; there is an earlier one.
    """

    deck: str
    words: tuple[str, ...]
    output: str


WAYS = {
    "run": Way("tran", ("run", "d.cir", "-q", "-o", "out.raw"), "out.raw"),
    "csv": Way("tran", ("run", "d.cir", "-q", "-o", "out.csv"), "out.csv"),
    "netcdf": Way("tran", ("run", "d.cir", "-q", "-o", "out.nc"), "out.nc"),
    "batch": Way("tran", ("-b", "d.cir", "-r", "out.raw"), "out.raw"),
    "step": Way("step", ("run", "d.cir", "-q", "-o", "out.raw"), "out.raw"),
    "samples": Way("samples", (*SAMPLES, "-o", "out.csv"), "out.csv"),
    "jobs": Way("samples", (*SAMPLES, "-o", "out.csv", "--processes", "2"), "out.csv"),
    "signals": Way("samples", (*SAMPLES, "-o", "out.nc"), "out.nc"),
    "study": Way("tran", MVM, "out.nc"),
    "record": Way("tran", (*MVM, "--record", "rec"), "out.nc"),
    "workers": Way("tran", (*MVM, "--record", "rec", "--processes", "2"), "out.nc"),
    "serve": Way("tran", ("run", "d.cir", "-q", "-o", "out.raw"), "out.raw"),
    "dask": Way("tran", (*MVM, "--record", "rec", "--scheduler", "ADDRESS"), "out.nc"),
}


@contextlib.contextmanager
def alone(folder: Path, words: Sequence[str]) -> Iterator[Around]:
    """The command with nothing beside it."""
    yield [str(COMMANDS / "circuitnn"), *words], {}, []


AROUND = {"serve": served, "dask": clustered}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    said: str
    fault: str
    helper: bool  # whether the fault was that of a process beside it


def limits(rng: random.Random, fault: str) -> Callable[[], None]:
    """What the process of the command is told before it starts."""
    size, memory = int(10 ** rng.uniform(2.5, 7)), int(1e6 * rng.uniform(150, 700))

    def prepare() -> None:
        for number in SIGNALS.values():
            if number != signal.SIGKILL:
                signal.signal(number, signal.SIG_DFL)
        if fault == "size":
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        if fault == "memory":
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    return prepare


@contextlib.contextmanager
def folder_of(rng: random.Random, fault: str, way: Way) -> Iterator[Path]:
    """A folder with the deck and earlier files; a small file system of its own for faults of the disk."""
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        folder, mounted = Path(name), fault in MOUNTED
        if mounted:
            options = f"size={rng.choice([100, 400, 2000])}k"
            subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", name], check=True)
        try:
            (folder / "d.cir").write_text(DECKS[way.deck])
            for earlier in {way.output, "thesis.txt", "out.old.raw", "out.txt"}:
                (folder / earlier).write_bytes(rng.randbytes(500))
            if fault == "readonly":
                subprocess.run(["mount", "-o", "remount,ro", name], check=True)
            yield folder
        finally:
            if mounted:
                subprocess.run(["umount", "-l", name], check=True)


def sums(folder: Path) -> dict[str, str]:
    """Digests of all files."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.is_file()}


def broken(
    rng: random.Random, fault: str, around: Around, folder: Path, usual: float, helper: bool
) -> tuple[Ended, int]:
    """Run a command with a fault of its own, or of a process beside it; return how it ended, and its session."""
    command, environment, beside = around
    with tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=err,
            start_new_session=True,
            preexec_fn=limits(rng, fault),
        )
        if fault in SIGNALS:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(usual * rng.random())
            victim = rng.choice(beside) if helper else process.pid
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if rng.random() < 0.3 else os.kill)(victim, SIGNALS[fault])
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = HANGS
        err.seek(0)
        return Ended(code, err.read().decode(errors="replace"), fault, helper), process.pid


def wrong(way: Way, folder: Path, before: dict[str, str], end: Ended, session: int) -> Iterator[str]:
    """What a run has left that it must not, and what it lacks."""
    after = sums(folder)
    # a signal may come when all is written
    done = end.code == 0 or not end.said or f"{way.output} had been written" in end.said
    for name, digest in before.items():
        if after.get(name) != digest and not (name == way.output and done):
            yield f"{name} is not what it was"
    if end.code not in documented(end):
        yield "another exit code is documented" if end.code != HANGS else "it hangs"
    if "Traceback" in end.said and not starting(end):
        yield "a traceback"
    if "fault of circuitnn" in end.said:
        yield "an internal error"
    if end.code in (1, 130) and len(end.said.split()) < 1:
        yield "nothing is said"
    for name in re.findall(r"(?:is|are|from|in) ([\w./-]*\.partial\.\w+)", end.said):
        if not (folder / name).exists():
            yield f"{name} is named, and not there"
    new = [path for path in folder.iterdir() if path.name not in before]
    new += [folder / way.output] if after.get(way.output) != before[way.output] else []
    killed = SIGNALS["KILL"] in (SIGNALS.get(end.fault), -end.code)
    yield from filter(None, (unreadable(path, killed) for path in new))
    yield from (f"a process is left: {line}" for line in staying(session))


def staying(session: int) -> list[str]:
    """Command lines of the processes of a session that do not end soon by themselves."""
    until = time.monotonic() + LEFT
    while left_in(session) and time.monotonic() < until:
        time.sleep(0.05)
    return left_in(session)


def documented(end: Ended) -> set[int]:
    """Exit codes that a command may have; a signal may find Python still starting, which it then ends itself."""
    number = SIGNALS.get(end.fault, 0)
    if end.helper or not number:
        return {0, 1}
    return {0, -number} | ({130} if number == signal.SIGINT else set()) | ({1} if starting(end) else set())


def starting(end: Ended) -> bool:
    """Whether Ctrl-C found Python before it had read our first line, or the command's script: a traceback says so."""
    places = ('"<frozen site>"', "from circuitnn.cli import main")
    return end.fault == "INT" and any(place in end.said for place in places)


def resumed(way: Way, folder: Path, wanted: bytes) -> Iterator[str]:
    """Whether samples go on to the table of a run without interruption."""
    command = [str(COMMANDS / "circuitnn"), *way.words, "--resume"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield f"--resume: exit code {done.returncode}, {done.stderr[-200:]}"
    elif way.output.endswith(".csv") and (folder / way.output).read_bytes() != wanted:
        yield "--resume gives another table"


def one(rng: random.Random, name: str, fault: str, usual: float, wanted: bytes) -> tuple[Ended, list[str]]:
    """Make one run; return how it ended and what is wrong with it."""
    way, around = WAYS[name], AROUND.get(name, alone)
    with folder_of(rng, fault, way) as folder:
        before = sums(folder)
        with around(folder, way.words) as given:
            helper = bool(given[2]) and rng.random() < 0.5
            end, session = broken(rng, fault, given, folder, usual, helper)
            faults = list(wrong(way, folder, before, end, session))
        for beside in given[2]:
            faults += [f"a process beside it is left: {line}" for line in staying(beside)]
        if way.deck == "samples" and end.code != 0 and fault != "space" and list(folder.glob("*.jsonl")):
            faults += resumed(way, folder, wanted)
    return end, faults


def usually(names: list[str]) -> tuple[dict[str, float], bytes]:
    """Time that each command takes without a fault, and the table of samples."""
    took, wanted = {}, b""
    for name in names:
        way = WAYS[name]
        with (
            folder_of(random.Random(0), "", way) as folder,
            AROUND.get(name, alone)(folder, way.words) as given,
        ):
            began = time.monotonic()
            subprocess.run(
                given[0], cwd=folder, env={**os.environ, **given[1]}, capture_output=True, check=True
            )
            took[name] = time.monotonic() - began
            if name == "samples" or (name == "jobs" and not wanted):
                wanted = (folder / way.output).read_bytes()
    return took, wanted


def mounts() -> bool:
    """Whether file systems can be mounted here."""
    with tempfile.TemporaryDirectory() as name:
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", name], capture_output=True, check=False)
        return done.returncode == 0 and subprocess.run(["umount", name], check=False).returncode == 0


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--first", type=int, default=0, help="number of the first run")
    given = parser.parse_args()
    names, able, bad = given.ways.split(","), mounts(), 0
    refusals = [fault for fault in REFUSALS if able or fault not in MOUNTED]
    usual, wanted = usually(names)
    codes: Counter[tuple[str, int]] = Counter()
    for number in range(given.first, given.first + given.count):
        rng = random.Random(f"{given.seed} {number}")
        name = names[number % len(names)]
        fault = rng.choice([*SIGNALS, *(refusals if name not in AROUND else ())])
        end, faults = one(rng, name, fault, usual[name], wanted)
        codes[fault, end.code] += 1
        if faults:
            bad += 1
            of = "another process" if end.helper else "it"
            told = "; ".join(faults)
            print(
                f"{name} {number} (seed {given.seed}), {fault} for {of}, exit code {end.code}: {told}",
                flush=True,
            )
            print(f"    {end.said[-400:]!r}", flush=True)
    print(", ".join(f"{fault} → {code}: {count}" for (fault, code), count in sorted(codes.items())))
    left = "" if able else "; without full disks and read-only folders, which need the right to mount"
    print(f"{given.count} runs (seed {given.seed}), {bad} at fault{left}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
