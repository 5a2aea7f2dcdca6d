"""The main job, through the public API: ``python netlists/demo.py [folder]``.

1. A 32 x 32 array of one-selector-one-resistor cells with line resistance is read by the V/2 scheme: how much of the
   bit line's current is the selected cell's, how much comes through sneak paths, what the wires take away.
2. Two Pearson-Anson relaxation oscillators: a hysteretic switch, and the smooth thermal NDR of niobium dioxide.

Prints a table; writes rawfiles (for ngspice's ``load``, too) and pictures into the folder.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import circuitnn
from circuitnn import Circuit, Result
from circuitnn.results import rawfile

HERE = Path(__file__).resolve().parent
SIDE = 32
READ = 1.2
LRS, HRS = 1e4, 1e6
INK, MUTED, ACCENT, SECOND = "#1f2933", "#7b8794", "#c2410c", "#0f766e"


def generator() -> ModuleType:
    """The crossbar generator beside this file."""
    spec = importlib.util.spec_from_file_location("generate", HERE / "crossbar" / "generate.py")
    if spec is None or spec.loader is None:
        raise ImportError("netlists/crossbar/generate.py is missing")
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = module
    spec.loader.exec_module(module)
    return module


def read_array(folder: Path) -> list[tuple[str, str, str]]:
    """Read the array; returns rows of the table."""
    generate = generator()
    array = generate.Crossbar(SIDE, SIDE, segment=2.0, selector=(1e-12, 0.05), read=READ)
    circuit = Circuit.from_text(generate.deck(array))
    op = circuit.op()
    resistance = np.array([[generate.resistance(array, i, j) for j in range(SIDE)] for i in range(SIDE)])
    word = _grid(op, "v(w{i}_{j})")
    bit = _grid(op, "v(b{i}_{j})")
    middle = _grid(op, "v(xc{i}_{j}.m)")
    current = (middle - bit) / resistance
    line = float(op["i(vb0)"])
    sneak = line - current[0, 0]
    ideal = np.array(
        [[array.word_voltage(i) - array.bit_voltage(j) for j in range(SIDE)] for i in range(SIDE)]
    )
    drop = np.abs(ideal - (word - bit))
    worst = np.unravel_index(int(np.argmax(drop)), drop.shape)

    volts = np.linspace(0.05, 1.5, 30)
    sweeps = {
        name: circuit.with_parameters(rsel=r).dc({"vread": volts.tolist()})
        for name, r in (("LRS", LRS), ("HRS", HRS))
    }
    margin = sweeps["LRS"]["i(vb0)"] / sweeps["HRS"]["i(vb0)"]
    at_read = float(np.interp(READ, volts, margin))

    rawfile.write(folder / "crossbar.raw", [op, *sweeps.values()])
    _draw_array(folder / "crossbar.png", current, drop, volts, sweeps, sneak)
    return [
        (
            "selected-cell current",
            f"{current[0, 0] * 1e6:.3f} µA",
            f"cell (0, 0), {LRS / 1e3:g} kΩ, {READ:g} V read",
        ),
        (
            "sneak current",
            f"{sneak * 1e6:.3f} µA",
            f"{100 * sneak / line:.1f} % of the bit line's {line * 1e6:.3f} µA",
        ),
        (
            "worst IR drop",
            f"{drop[worst] * 1e3:.3f} mV",
            f"at cell ({worst[0]}, {worst[1]}), segments of 2 Ω",
        ),
        ("read margin", f"{at_read:.2f}", "bit-line current, low over high resistance"),
        ("solved", f"{op.statistics.unknowns} unknowns", f"{op.statistics.iterations} Newton iterations"),
    ]


def _grid(op: Result, pattern: str) -> np.ndarray:
    values = [[op[pattern.format(i=i, j=j)] for j in range(SIDE)] for i in range(SIDE)]
    return np.array(values, dtype=float)


def oscillate(folder: Path) -> list[tuple[str, str, str]]:
    """Run both oscillators; returns rows of the table."""
    switch = circuitnn.load(HERE / "oscillator" / "pearson_anson_switch.cir").run()[0]
    smooth = circuitnn.load(HERE / "oscillator" / "nbo2_pearson_anson.cir").run()[0]
    rawfile.write(folder / "oscillators.raw", [switch, smooth])
    _draw_oscillators(folder / "oscillators.png", switch, smooth)
    frequency = 1 / switch.measures["period"]
    thermal = smooth.measures["freq"]
    exact = 695.520e3
    return [
        (
            "oscillation frequency, switch",
            f"{frequency / 1e3:.3f} kHz",
            f"closed form {exact / 1e3:.3f} kHz ({100 * (frequency / exact - 1):+.3f} %)",
        ),
        ("oscillation frequency, NbO2", f"{thermal / 1e6:.3f} MHz", "integrated with SciPy 80.494 MHz"),
        (
            "time points",
            f"{len(switch.time) + len(smooth.time):,}",
            f"{switch.statistics.rejected + smooth.statistics.rejected} rejected",
        ),
    ]


def _axes(rows: int, columns: int, size: tuple[float, float], **more: Any) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.rcParams.update(
        {
            "font.size": 10,
            "axes.edgecolor": MUTED,
            "axes.labelcolor": INK,
            "axes.titlecolor": INK,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "xtick.color": MUTED,
            "ytick.color": MUTED,
            "legend.frameon": False,
        }
    )
    return pyplot.subplots(rows, columns, figsize=size, layout="constrained", **more)


def _draw_array(
    path: Path,
    current: np.ndarray,
    drop: np.ndarray,
    read: np.ndarray,
    sweeps: dict[str, Result],
    sneak: float,
) -> None:
    from matplotlib.colors import LogNorm
    from matplotlib.patches import Rectangle

    figure, (left, middle, right) = _axes(1, 3, (13.5, 4.2))
    shown = np.maximum(np.abs(current) * 1e6, 1e-9)
    images = (
        (left, shown, "Cell current", "µA", {"norm": LogNorm(1e-6, shown.max()), "cmap": "magma"}),
        (
            middle,
            drop * 1e3,
            "IR drop",
            "mV",
            {"norm": LogNorm(1e-4, drop.max() * 1e3), "cmap": "viridis"},
        ),
    )
    for axis, values, title, unit, look in images:
        image = axis.imshow(values, interpolation="nearest", **look)
        axis.set_title(title)
        axis.set_xlabel("bit line")
        axis.set_ylabel("word line")
        for side in axis.spines.values():
            side.set_visible(False)
        axis.add_patch(Rectangle((-0.5, -0.5), 1, 1, fill=False, edgecolor="white", linewidth=1.2))
        axis.annotate(
            "selected",
            (0.5, 0.5),
            (4.0, 4.5),
            color="white",
            fontsize=9,
            arrowprops={"arrowstyle": "-", "color": "white", "linewidth": 0.8},
        )
        figure.colorbar(image, ax=axis, shrink=0.86, label=unit)
    for name, colour, state in (("LRS", ACCENT, "low"), ("HRS", SECOND, "high")):
        amperes = sweeps[name]["i(vb0)"]
        right.semilogy(read, amperes * 1e6, color=colour, linewidth=1.8)
        k, offset, side = {"LRS": (15, (-6, 2), "right"), "HRS": (19, (6, -12), "left")}[name]
        right.annotate(
            f"selected cell {state}",
            (read[k], amperes[k] * 1e6),
            offset,
            textcoords="offset points",
            ha=side,
            color=colour,
            fontsize=9,
        )
    right.axvline(READ, color=MUTED, linewidth=0.8, linestyle=":")
    right.plot([READ], [sneak * 1e6], "o", color=INK, markersize=4)
    right.annotate("sneak", (READ, sneak * 1e6), (6, -10), textcoords="offset points", color=INK, fontsize=9)
    right.set_title("Bit-line current against read voltage")
    right.set_xlabel("read voltage [V]")
    right.set_ylabel("current [µA]")
    figure.savefig(path, dpi=150)


def _draw_oscillators(path: Path, switch: Result, smooth: Result) -> None:
    figure, axes = _axes(2, 2, (11, 6.2), width_ratios=(1.7, 1))
    for row, result, scale, unit, stop in ((0, switch, 1e6, "µs", 12e-6), (1, smooth, 1e9, "ns", 120e-9)):
        time, volts = result.time, result["v(a)"]
        first = time <= stop
        axes[row, 0].plot(time[first] * scale, volts[first], color=ACCENT, linewidth=1.4)
        axes[row, 0].set_xlabel(f"time [{unit}]")
        axes[row, 0].set_ylabel("v(a) [V]")
        axes[row, 0].margins(x=0)
    late = switch.time > switch.time[-1] / 2
    device = 14 - switch["v(a)"][late]
    amperes = -switch["i(vdd)"][late]
    axes[0, 1].plot(device, amperes * 1e3, color=SECOND, linewidth=1.2)
    axes[0, 1].set_xlabel("voltage across the switch [V]")
    axes[0, 1].set_ylabel("current [mA]")
    late = smooth.time > smooth.time[-1] / 2
    axes[1, 1].plot(smooth["v(a)"][late], smooth["v(t)"][late], color=SECOND, linewidth=1.2)
    axes[1, 1].set_xlabel("v(a) [V]")
    axes[1, 1].set_ylabel("temperature [K]")
    axes[0, 0].set_title("Hysteretic switch (vanadium dioxide)")
    axes[0, 1].set_title("Limit cycle")
    axes[1, 0].set_title("Smooth thermal NDR (niobium dioxide)")
    axes[1, 1].set_title("Limit cycle")
    figure.savefig(path, dpi=150)


def main(arguments: list[str]) -> int:
    """Run both parts and print the table."""
    from rich.console import Console
    from rich.table import Table

    folder = Path(arguments[0] if arguments else "demo")
    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    console = Console()
    parts = (
        (f"{SIDE} × {SIDE} one-selector-one-resistor crossbar, V/2 read", read_array),
        ("Pearson–Anson relaxation oscillators", oscillate),
    )
    for title, run in parts:
        table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
        table.add_column(style="dim")
        table.add_column(justify="right", style="bold")
        table.add_column()
        for row in run(folder):
            table.add_row(*row)
        console.print(table)
        console.print()
    written = ", ".join(sorted(p.name for p in folder.iterdir() if p.suffix in (".raw", ".png")))
    console.print(f"{time.perf_counter() - start:.1f} s; written to {folder}/: {written}", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
