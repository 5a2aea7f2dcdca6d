"""Decks of the benchmark, written into a folder."""

from __future__ import annotations

import re
import runpy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import linear, transistors

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
        Whether ngspice takes so long that one run must suffice.
    klu : bool
        Whether ngspice can run it with KLU, which refuses noise.
    """

    part: str
    name: str
    path: Path
    sparse: bool = True
    slow: bool = False
    klu: bool = True


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
        *bipolar(folder, short),
        *cmos(folder, short),
        *small_signal(folder, quick),
        *static(folder, quick),
        *textbook(folder),
    ]


def _deck(folder: Path, part: str, name: str, lines: Sequence[str], cards: Sequence[str]) -> Bench:
    """A deck of a circuit and its analyses."""
    noise = any(card.startswith(".noise") for card in cards)
    if noise:  # ngspice would need every spectrum named
        lines = [line for line in lines if not line.startswith(".save")]
    path = folder / f"{re.sub(r'[^a-z0-9]+', '_', name.lower())}.cir"
    path.write_text("\n".join([f"* {name}", *lines, *cards, ".end", ""]))
    return Bench(part, name, path, klu=not noise)


def bipolar(folder: Path, short: float) -> list[Bench]:
    """Transients of bipolar transistors."""
    circuits = [
        ("ECL ring, 31 gates", transistors.ecl_ring(31), 0.1e-9, 500e-9),
        ("TTL chain, 40 gates", transistors.ttl_chain(40), 1e-9, 1e-6),
        ("741 chain, 20 op-amps", transistors.opamp_chain(20), 1e-6, 2e-3),
        ("Gilbert mixers, 20", transistors.mixers(20), 2e-9, 10e-6),
    ]
    return [
        _deck(folder, "e", f"{name} .tran", lines, [f".tran {step:g} {short * stop:g} 0 {step:g}"])
        for name, lines, step, stop in circuits
    ]


def cmos(folder: Path, short: float) -> list[Bench]:
    """Transients of MOS transistors of level 1."""
    circuits = [
        ("CMOS ring, 101 stages", transistors.inverter_ring(101), 0.2e-9, 200e-9, " uic"),
        ("CMOS chain, 1000 stages", transistors.inverter_chain(1000), 0.2e-9, 40e-9, ""),
        ("CMOS multiplier, 8 bits", transistors.multiplier(8), 0.5e-9, 100e-9, ""),
        ("SRAM, 16x16 cells", transistors.memory(16, 16), 0.5e-9, 160e-9, ""),
        ("CMOS op-amp filters, 20", transistors.cmos_filter(20), 0.1e-6, 400e-6, ""),
    ]
    return [
        _deck(folder, "f", f"{name} .tran", lines, [f".tran {step:g} {short * stop:g} 0 {step:g}{uic}"])
        for name, lines, step, stop, uic in circuits
    ]


def small_signal(folder: Path, quick: bool) -> list[Bench]:
    """Analyses over frequencies."""
    many = 1 if quick else 10
    circuits = [
        ("LC ladder, 3000 sections .ac", linear.lc_ladder(3000), f".ac lin {200 * many} 1meg 100meg"),
        ("RC mesh, 50x50 .ac", linear.rc_mesh(50), f".ac dec {10 * many} 10k 10g"),
        ("common emitter .ac", transistors.common_emitter(), f".ac dec {1250 * many} 10 1g"),
        ("741 chain, 20 op-amps .ac", transistors.opamp_chain(20), f".ac dec {100 * many} 10 10meg"),
        ("CMOS filters, 50 .ac", transistors.cmos_filter(50), f".ac dec {100 * many} 10 100meg"),
        ("common emitter .noise", transistors.common_emitter(), f".noise v(out) vin dec {1250 * many} 10 1g"),
        ("741 .noise", transistors.opamp_chain(1), f".noise v(s1) vin dec {1000 * many} 10 10meg"),
        ("amplifiers, 200 .noise", transistors.amplifiers(200), f".noise v(s3) vin dec {20 * many} 10 10meg"),
    ]
    return [_deck(folder, "g", name, lines, [card]) for name, lines, card in circuits]


def static(folder: Path, quick: bool) -> list[Bench]:
    """Operating points and their sweeps."""
    step = 10 if quick else 1
    curves = [transistors.CMOS, "vd d 0 0", "vg g 0 0", "m1 d g 0 0 mn l=2u w=10u"]
    gummel = [transistors.BIPOLAR, "vc c 0 0", "ib 0 b 0", "q1 c b 0 qn"]
    chain = [line.replace("sin(0 1 10k)", "") for line in transistors.opamp_chain(20)]
    return [
        _deck(folder, "h", "MOS curves .dc", curves, [f".dc vd 0 5 {5e-4 * step:g} vg 1 5 0.2"]),
        _deck(folder, "h", "BJT curves .dc", gummel, [f".dc vc 0 5 {5e-4 * step:g} ib 1u 20u 1u"]),
        _deck(folder, "h", "741 chain, 20 op-amps .dc", chain, [f".dc vin -5 5 {2e-3 * step:g}"]),
        _deck(folder, "h", "CMOS multiplier, 16 bits .op", transistors.multiplier(16, static=True), [".op"]),
        _deck(folder, "h", "SRAM, 32x32 cells .op", transistors.memory(32, 32), [".op"]),
    ]


def textbook(folder: Path) -> list[Bench]:
    """The textbook amplifier, as it is run most often: a few milliseconds of work."""
    cards = {
        ".op": ".op",
        ".ac": ".ac dec 20 10 100meg",
        ".noise": ".noise v(out) vin dec 20 10 100meg",
        ".tran": ".tran 1u 300u",
        ".dc": ".dc vcc 0 12 0.1",
    }
    return [
        _deck(folder, "i", f"textbook {name}", transistors.common_emitter(), [card])
        for name, card in cards.items()
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
    """Chain of inverters, behavioural currents into R and C, with RC wires between: two unknowns per stage."""
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
