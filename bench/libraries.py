"""A large library: a deck that uses one of its devices, compared with the same deck with only that model.

    python -m bench.libraries [--corners 5] [--bins 180] [--devices 20] [--repeat 5]

The library has one section per corner, with all bins of all devices; a model has 60 parameters on continuation lines.
Times are processor time: of whole processes (`circuitnn -b`), and of parsing within one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from circuitnn.netlist import parse

NAMES = "vto kp gamma phi lambda rd rs cbd cbs is pb cgso cgdo cgbo rsh cj mj cjsw mjsw js tox nsub nss nfs".split()


def model(device: int, bin_: int, corner: int) -> str:
    """One model card: parameters of a MOSFET of level 1, and words that fill its lines."""
    values = [
        f"{name}={1e-3 * (1 + k) + 1e-6 * (device + bin_ + corner):.9g}" for k, name in enumerate(NAMES)
    ]
    values[0], values[1] = f"vto={0.5 + 0.01 * corner + 0.001 * device}", f"kp={1e-4 * (1 + 0.001 * bin_)}"
    fill = [f"xfill{k}={1e-9 * (k + bin_):.6g}" for k in range(36)]
    lines = [f".model dev{device}_{bin_} nmos (level=1"]
    words = [*values, *fill]
    lines += ["+ " + " ".join(words[k : k + 6]) for k in range(0, len(words), 6)]
    return "\n".join([*lines, "+ )"])


def write(folder: Path, corners: int, bins: int, devices: int) -> tuple[Path, Path, int]:
    """Write the library and both decks; return the decks and the number of lines of the library."""
    parts = []
    for corner in range(corners):
        cards = [model(device, bin_, corner) for device in range(devices) for bin_ in range(bins)]
        parts.append("\n".join([f".lib c{corner}", f".param corner={corner}", *cards, f".endl c{corner}"]))
    library = "\n".join(["* library", *parts, ""])
    (folder / "large.lib").write_text(library)
    used = f"dev{devices // 2}_{bins // 2}"
    body = f"v1 d 0 1.2\nv2 g 0 1\nm1 d g 0 0 {used} w=1u l=100n\n.op\n.print op i(v1)\n.end\n"
    large, small = folder / "large.cir", folder / "small.cir"
    large.write_text(f"one of many\n.lib large.lib c{corners // 2}\n{body}")
    small.write_text(f"one\n{model(devices // 2, bins // 2, corners // 2)}\n{body}")
    return large, small, library.count("\n")


def seconds(command: list[str], repeat: int) -> float:
    """Shortest processor time of a command, which other processes affect less than wall time. [s]"""
    times = []
    for _ in range(repeat):
        before = os.times()
        subprocess.run(command, check=True, capture_output=True)
        after = os.times()
        times.append(
            after.children_user + after.children_system - before.children_user - before.children_system
        )
    return min(times)


def parsing(deck: Path, repeat: int) -> None:
    """Print how long parsing takes in this process, for the first time and again."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        parse(deck.read_text(), str(deck))
        times.append(time.process_time() - start)
    print(f"  parse {deck.name}: first {1e3 * times[0]:.1f} ms, again {1e3 * min(times):.1f} ms")


def main() -> None:
    """Write the library, run both decks, print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corners", type=int, default=5)
    parser.add_argument("--bins", type=int, default=180)
    parser.add_argument("--devices", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large, small, lines = write(Path(folder), given.corners, given.bins, given.devices)
        size = (Path(folder) / "large.lib").stat().st_size
        print(f"library: {lines} lines, {size / 1e6:.1f} MB")
        times = [
            seconds([sys.executable, "-m", "circuitnn", "-b", str(deck)], given.repeat)
            for deck in (small, large)
        ]
        print(
            f"  whole process: one model {times[0]:.3f} s, library {times[1]:.3f} s, ratio {times[1] / times[0]:.2f}"
        )
        for deck in (small, large):
            parsing(deck, given.repeat)
        cards = "\n".join(f"r{k} n{k} n{k + 1} {k + 1}" for k in range(500_000))
        text = f"cards\nv1 n0 0 1\n{cards}\nrl n500000 0 1\n.op\n.end\n"
        start = time.process_time()
        parse(text)
        print(f"  500,000 cards of elements: {5e5 / (time.process_time() - start):.3g} cards/s")


if __name__ == "__main__":
    main()
