"""Decks for vendors' models: one per model or subcircuit, each port biased, an operating point and a short .ac.

    python -m bench.vendor LIBRARY FOLDER [--count 1000] [--seed 1]

LIBRARY is a folder of model files, as a public library of SPICE models; `bench.foreign_decks` runs FOLDER in both
simulators.
"""

from __future__ import annotations

import argparse
import random
import re
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset(".lib .mod .sub .spi .cir .fam .mdl .inc .txt .ckt .sp .model".split())
# Types of model cards: letter of the element, number of terminals, their bias [V], words after the model's name.
TYPES = {
    "d": ("d", (0.7, 0.0), ""),
    "npn": ("q", (3.0, 0.8, 0.0), ""),
    "pnp": ("q", (-3.0, -0.8, 0.0), ""),
    "njf": ("j", (3.0, -0.5, 0.0), ""),
    "pjf": ("j", (-3.0, 0.5, 0.0), ""),
    "nmos": ("m", (3.0, 2.5, 0.0, 0.0), ""),
    "pmos": ("m", (-3.0, -2.5, 0.0, 0.0), ""),
    "vdmos": ("m", (3.0, 3.0, 0.0), ""),
    "nmf": ("z", (3.0, -0.5, 0.0), ""),
    "pmf": ("z", (-3.0, 0.5, 0.0), ""),
    "sw": ("s", (1.0, 0.0, 2.0, 0.0), ""),
    "vswitch": ("s", (1.0, 0.0, 2.0, 0.0), ""),
    "r": ("r", (1.0, 0.0), "1k"),
    "res": ("r", (1.0, 0.0), "1k"),
    "c": ("c", (1.0, 0.0), "1n"),
    "cap": ("c", (1.0, 0.0), "1n"),
}
# Numbers are compared, so that the tolerances of Newton's method must not matter.
TIGHT = ".options reltol=1e-6 vntol=1e-9 abstol=1e-14 itl1=1000"
_CARD = re.compile(r"^\s*\.(subckt|model|ends)\b\s*(.*)$", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A model or a subcircuit at the top level of a file."""

    file: Path
    kind: str
    name: str
    ports: tuple[str, ...] = ()


def parts_of(file: Path) -> list[Part]:
    """Models and subcircuits at the top level of a file."""
    lines = _joined(file.read_bytes().decode("latin-1"))
    found, depth = [], 0
    for line in lines:
        card = _CARD.match(line)
        if card is None:
            continue
        keyword, words = card[1].lower(), card[2].split(";")[0].split()
        if keyword == "ends":
            depth = max(0, depth - 1)
        elif keyword == "subckt":
            if depth == 0 and len(words) > 1:
                found.append(Part(file, "x", words[0], _ports(words[1:])))
            depth += 1
        elif depth == 0 and len(words) > 1:
            kind = re.split(r"[(\s]", words[1])[0].lower()
            if kind in TYPES:
                found.append(Part(file, kind, words[0]))
    return found


def _joined(text: str) -> list[str]:
    """Cards with their continuation lines; without comments."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("+") and lines:
            lines[-1] += " " + line.lstrip()[1:]
        elif not line.lstrip().startswith("*"):
            lines.append(line)
    return lines


def _ports(words: list[str]) -> tuple[str, ...]:
    ports = []
    for word in words:
        if "=" in word or word.lower() in ("params:", "optional:", "text:"):
            break
        ports.append(word)
    if len(ports) < len(words) and words[len(ports)].startswith("="):
        ports.pop()  # "name = value" with blanks
    return tuple(ports)


def deck(part: Part, draw: random.Random) -> str:
    """A deck that biases every port of a part through a resistor."""
    lines = [f"* {part.kind} {part.name}", f'.include "{part.file}"']
    if part.kind == "x":
        letter, after = "x", ""
        bias = tuple(draw.choice((0.0, 1.0, 2.5, 5.0, 12.0, -5.0)) for _ in part.ports)
    else:
        letter, bias, after = TYPES[part.kind]
    lines.append(f"{letter}dut {' '.join(f'p{k}' for k in range(len(bias)))} {part.name} {after}".rstrip())
    for k, volts in enumerate(bias):
        ac = " ac 1" if k == min(1, len(bias) - 1) else ""
        lines += [f"v{k} s{k} 0 dc {volts:g}{ac}", f"r{k} s{k} p{k} 1k"]
    return "\n".join([*lines, TIGHT, ".op", ".ac dec 2 1k 1meg", ".end", ""])


def draw_decks(library: Path, folder: Path, count: int, seed: int) -> int:
    """Write up to `count` decks drawn at random from all parts of a library; return the number written."""
    files = sorted(f for f in library.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file())
    parts = [part for file in files for part in parts_of(file)]
    draw = random.Random(seed)
    chosen = draw.sample(parts, min(count, len(parts)))
    folder.mkdir(parents=True, exist_ok=True)
    for k, part in enumerate(chosen):
        (folder / f"{k:05d}.cir").write_text(deck(part, draw), encoding="latin-1")
    return len(chosen)


def main() -> None:
    """Write the decks."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("library", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(f"{draw_decks(given.library.resolve(), given.folder, given.count, given.seed)} decks")


if __name__ == "__main__":
    main()
