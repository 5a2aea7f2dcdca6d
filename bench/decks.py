"""Decks of the benchmark, written into a folder."""

from __future__ import annotations

import re
import runpy
from dataclasses import dataclass
from pathlib import Path

NETLISTS = Path(__file__).resolve().parent.parent / "netlists"


@dataclass(frozen=True)
class Bench:
    """One deck of the benchmark.

    Parameters
    ----------
    part : str
        Letter of the part it belongs to.
    name : str
    path : Path
    sparse : bool
        Whether ngspice's default solver is worth waiting for more than once.
    slow : bool
        Whether ngspice takes so long that one run must do.
    """

    part: str
    name: str
    path: Path
    sparse: bool = True
    slow: bool = False


def write_all(folder: Path, quick: bool) -> list[Bench]:
    """Write every deck; `quick` makes the long ones ten times shorter."""
    short = 0.1 if quick else 1.0
    stages = 1000 if quick else 10000
    return [
        crossbar(folder, 64),
        *([] if quick else [crossbar(folder, 128)]),
        _longer(folder, "basics/diode_rectifier", 1.0e-6, 0.1 * short),
        _longer(folder, "oscillator/pearson_anson_switch", 0.2e-9, 20e-6 * short),
        _longer(folder, "oscillator/nbo2_pearson_anson", 5e-12, 0.5e-6 * short),
        ladder(folder, stages),
        inverters(folder, stages // 2),
    ]


def crossbar(folder: Path, side: int) -> Bench:
    """Flat passive crossbar, operating point."""
    generator = runpy.run_path(str(NETLISTS / "crossbar" / "generate.py"))
    array = generator["Crossbar"](side, side)
    path = folder / f"crossbar{side}.cir"
    text = [f"* crossbar {side} x {side}", *generator["flat"](array), ".op", ".end", ""]
    path.write_text("\n".join(text))
    return Bench("a", f"crossbar {side}x{side} .op", path, sparse=side <= 64)


def _longer(folder: Path, deck: str, step: float, stop: float) -> Bench:
    """A deck of netlists/ with another step and end, without its measures."""
    source = NETLISTS / f"{deck}.cir"
    kept = [line for line in source.read_text().splitlines() if not line.lower().startswith(".meas")]
    text = "\n".join(kept) + "\n"
    uic = " uic" if re.search(r"^\.tran .*uic", text, re.MULTILINE) else ""
    text = re.sub(r"^\.tran .*$", f".tran {step:g} {stop:g} 0 {step:g}{uic}", text, flags=re.MULTILINE)
    text = re.sub(r"^\.include (.*)$", lambda m: f".include {source.parent / m[1]}", text, flags=re.MULTILINE)
    path = folder / f"{source.stem}.cir"
    path.write_text(text)
    return Bench("b", source.stem.replace("_", " "), path)


def ladder(folder: Path, sections: int) -> Bench:
    """RC ladder of `sections` nodes, driven by a pulse."""
    lines = [f"* RC ladder of {sections} nodes", "V1 n0 0 PULSE(0 1 0 1n 1n 50n 200n)"]
    for k in range(sections):
        lines.append(f"R{k} n{k} n{k + 1} 10")
        lines.append(f"C{k} n{k + 1} 0 0.1p")
    lines += [f".save v(n1) v(n100) v(n{sections})", ".tran 0.5n 200n", ".end", ""]
    path = folder / "ladder.cir"
    path.write_text("\n".join(lines))
    return Bench("c", f"RC ladder, {sections} nodes", path)


def inverters(folder: Path, stages: int) -> Bench:
    """Chain of inverters, a behavioural current into R and C, and wires with R and C: two unknowns a stage."""
    lines = [
        f"* chain of {stages} inverter-like stages",
        "V1 s0 0 PULSE(0 1 1n 0.1n 0.1n 20n 40n)",
        ".options reltol=1e-3",
    ]
    for k in range(stages):
        lines.append(f"B{k} 0 a{k + 1} I=1m*0.5*(1-tanh(8*(v(s{k})-0.5)))")
        lines.append(f"R{k} a{k + 1} 0 1k")
        lines.append(f"C{k} a{k + 1} 0 20f")
        lines.append(f"Rw{k} a{k + 1} s{k + 1} 100")
        lines.append(f"Cw{k} s{k + 1} 0 10f")
    lines += [f".save v(s1) v(s100) v(s{stages})", ".tran 0.05n 20n", ".end", ""]
    path = folder / "inverters.cir"
    path.write_text("\n".join(lines))
    return Bench("c", f"inverter chain, {2 * stages} nodes", path, slow=True)
