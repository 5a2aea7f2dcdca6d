"""Oscillators of the benchmark: decks of netlists/ with other times, and rings of niobium dioxide."""

from __future__ import annotations

from pathlib import Path

NETLISTS = Path(__file__).resolve().parents[2] / "netlists"


def circuit_of(deck: str) -> list[str]:
    """Cards of a deck of netlists/ without its analyses and measures; its files are included by their contents."""
    path = NETLISTS / f"{deck}.cir"
    lines: list[str] = []
    for line in path.read_text().splitlines()[1:]:
        first = line.lower().split(" ")[0]
        if first == ".include":
            lines += (path.parent / line.split()[1]).read_text().splitlines()
        elif line and line[0] != "*" and first not in (".tran", ".meas", ".end"):
            lines.append(line)
    return lines


def niobium_ring(number: int) -> list[str]:
    """Relaxation oscillators on the thermal NDR of niobium dioxide, each coupled to the next by a resistor."""
    lines = [*(NETLISTS / "oscillator" / "nbo2_poole_frenkel.inc").read_text().splitlines(), "vdd vdd 0 2"]
    for k in range(number):
        lines += [
            f"rl{k} vdd a{k} {6000 * (1 + 0.01 * (k * 7 % 5 - 2)):g}",
            f"c{k} a{k} 0 1p ic={0.6 + 0.5 * (k * 5 % 11) / 11:.4g}",
            f"x{k} a{k} 0 t{k} nbo2",
            f"rc{k} a{k} a{(k + 1) % number} 100k",
        ]
    return [*lines, f".save v(a0) v(a{number - 1})"]
