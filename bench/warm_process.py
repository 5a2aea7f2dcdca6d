"""Small decks by the warm client, by a new process and by ngspice: whole processes, in turn.

    python -m bench.warm_process [--runs 20]

Starts its own server. Times are medians of wall time and, for processes that do the work themselves, of processor
time. The results of the warm client must equal those of the new process bit by bit.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.process import Spent, spend

NETLISTS = Path(__file__).resolve().parent.parent / "netlists"
FOLDERS = ("basics", "classic")
DECKS = 10
SCRIPTS = Path(sysconfig.get_path("scripts"))


def decks() -> list[Path]:
    """The ten smallest decks of the folders of textbook circuits that ngspice runs too."""
    found = [
        p
        for folder in FOLDERS
        for p in (NETLISTS / folder).glob("*.cir")
        if "* compare: none" not in p.read_text()
    ]
    return sorted(found, key=lambda path: (path.stat().st_size, path.name))[:DECKS]


def values(path: Path) -> bytes:
    """A rawfile without its dates."""
    return re.sub(rb"(?m)^Date: .*$", b"", path.read_bytes())


def measure(
    deck: Path, folder: Path, commands: dict[str, Sequence[str]], runs: int
) -> dict[str, list[Spent]]:
    """Run each command in turn, and compare the files that ours have written."""
    spent: dict[str, list[Spent]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            spent[name].append(spend([*command, "-b", "-r", f"{name}.raw", str(deck)], folder))
    if values(folder / "warm.raw") != values(folder / "cold.raw"):
        raise SystemExit(f"{deck}: the warm client's result is another")
    return spent


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    commands: dict[str, Sequence[str]] = {
        "warm": [str(SCRIPTS / "circuitnn-batch")],
        "cold": [str(SCRIPTS / "circuitnn")],
    }
    if shutil.which("ngspice"):
        commands["ngspice"] = ["ngspice"]
    with tempfile.TemporaryDirectory(prefix="cnn") as name:
        folder = Path(name)
        os.environ["CIRCUITNN_SOCKET"] = str(folder / "socket")
        server = subprocess.Popen([SCRIPTS / "circuitnn", "serve"], stdout=subprocess.PIPE)
        try:
            server.stdout.readline()  # type: ignore[union-attr]
            columns = [f"{name} [ms]" for name in commands]
            columns += [f"{name}, processor [ms]" for name in commands if name != "warm"]
            print(f"| deck | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
            for deck in decks():
                spent = measure(deck, folder, commands, runs)
                medians = [statistics.median(s.seconds for s in found) for found in spent.values()]
                medians += [
                    statistics.median(s.processor for s in found)
                    for name, found in spent.items()
                    if name != "warm"
                ]
                print(f"| {deck.stem} | {' | '.join(f'{1e3 * m:.1f}' for m in medians)} |", flush=True)
        finally:
            server.terminate()
            server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
