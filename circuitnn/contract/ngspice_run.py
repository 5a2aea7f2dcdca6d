"""Run ngspice as a separate process: a deck in, plots out."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from circuitnn.machine.text import decoded, lines_of
from circuitnn.results import rawfile
from circuitnn.results.result import Result

TIMEOUT = 300.0  # s


class NgspiceError(RuntimeError):
    """ngspice gave no result; the message has its last output."""


def available() -> bool:
    """Whether the command ``ngspice`` is on the path."""
    return shutil.which("ngspice") is not None


def version() -> str:
    """Version of ngspice; empty if it is not installed."""
    if not available():
        return ""
    done = subprocess.run(["ngspice", "--version"], capture_output=True, timeout=TIMEOUT, check=False)
    match = re.search(r"ngspice-(\S+)", decoded(done.stdout + done.stderr))
    return match[1] if match else "of unknown version"


def run(deck: str, timeout: float = TIMEOUT) -> list[Result]:
    """Run a deck in batch mode.

    Parameters
    ----------
    deck : str
        Text of the deck.
    timeout : float
        [s]

    Returns
    -------
    list of Result
        One for each analysis.

    Raises
    ------
    NgspiceError
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "deck.cir").write_text(deck, encoding="utf-8")
        # -n: the user's .spiceinit would change the dialect.
        command = ["ngspice", "-n", "-b", "-r", "out.raw", "deck.cir"]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NgspiceError(f"ngspice was not done after {timeout:g} s") from None
        raw = Path(folder, "out.raw")
        if done.returncode or not raw.exists():
            lines = [line for line in lines_of(decoded(done.stdout + done.stderr)) if line.strip()]
            raise NgspiceError("ngspice failed: " + " / ".join(lines[-3:]))
        return rawfile.read(raw)
