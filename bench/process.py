"""Run a process and record its wall time, peak memory and output."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCH = Path(__file__).with_name("measured_command.py")


@dataclass(frozen=True)
class Spent:
    """Cost of one process.

    Parameters
    ----------
    seconds, processor : float
        Wall time from start to end, and processor time.
    megabytes : float
        Peak resident set.
    output : str
        Its standard output.
    status : int
        Exit status; negative: the signal that ended it.
    """

    seconds: float
    processor: float
    megabytes: float
    output: str
    status: int


def spend(command: Sequence[str], folder: Path, timeout: float = 600.0) -> Spent:
    """Run a command to its end, or kill it after `timeout` seconds."""
    with tempfile.NamedTemporaryFile() as out:
        launcher = [sys.executable, "-I", "-S", str(LAUNCH), str(timeout), out.name, *command]
        run = subprocess.run(launcher, cwd=folder, capture_output=True, text=True, check=True)
        text = Path(out.name).read_text(errors="replace")
    seconds, processor, kilobytes, status = run.stdout.split()
    return Spent(float(seconds), float(processor), float(kilobytes) / 1024, text, int(status))


def number(pattern: str, text: str) -> float:
    """First group of a pattern as a number; NaN if it is not found."""
    found = re.search(pattern, text)
    return float(found[1]) if found else float("nan")
