"""``circuitnn demo``: a crossbar read and two oscillators, as tables, pictures and rawfiles.

1. A 32 × 32 array of one-selector-one-resistor cells with line resistance is read by the V/2 scheme: how much of the
   bit line's current is that of the selected cell, how much comes through sneak paths, and how much the lines take.
2. Two Pearson–Anson relaxation oscillators: a hysteretic switch, and the smooth thermal NDR of niobium dioxide.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from circuitnn.circuit.circuit import Circuit
from circuitnn.crossbar import Access, Crossbar, Device, Resistance, Series
from circuitnn.results import rawfile
from circuitnn.results.figures import colours, new_figure, save, setting, styled
from circuitnn.studies.uniform_arrays import uniform

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from circuitnn.crossbar.result import CrossbarResult
    from circuitnn.results.result import Result

SIDE, READ, LRS, HRS = 32, 1.2, 1e4, 1e6
VOLTS = np.linspace(0.05, 1.5, 30)
Row = tuple[str, str, str]

# Two-resistance model of P. Maffezzoni, L. Daniel, N. Shukla, S. Datta, A. Raychowdhury, "Modeling and simulation of
# vanadium dioxide relaxation oscillators", IEEE TCAS-I 62, 2207 (2015). In closed form each phase is an exponential
# towards (rl/(rl + rdev))·14 V: 1.184090 us + 0.253683 us.
SWITCH = """Pearson-Anson oscillator with a hysteretic switch
vdd vd 0 14
s1 vd a vd a vo2
.model vo2 sw(vt=1.495 vh=0.495 ron=0.99k roff=100.2k)
r1 a 0 47k
c1 a 0 300p ic=12.5
.options reltol=1e-5
.tran 0.2n 20u 0 0.2n uic
.meas tran period trig v(a) val=12.5 rise=2 targ v(a) val=12.5 rise=3
.end
"""
SWITCH_EXACT = 695.520e3
# The same equations at 300 K, integrated with SciPy: 80.494 MHz.
SMOOTH = """Pearson-Anson oscillator on the thermal NDR of niobium dioxide
vdd vdd 0 2
rl vdd a 6k
c1 a 0 1p ic=0
n1 a 0 nbo2
.model nbo2 poole_frenkel
.options reltol=1e-6
.temp 26.85
.save all @n1[t]
.tran 10p 0.6u 0 10p uic
.meas tran t1 when v(a)=1.05 rise=10
.meas tran t2 when v(a)=1.05 rise=40
.meas tran freq param='30/(t2-t1)'
.end
"""
SMOOTH_EXACT = 80.494e6


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("circuitnn-demo"))
def demo(folder: Path) -> None:
    """Read a crossbar and run two oscillators; tables here, pictures and rawfiles in FOLDER."""
    from rich.console import Console
    from rich.table import Table

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
        with styled():
            for row in run(folder):
                table.add_row(*row)
        console.print(table)
        console.print()
    written = ", ".join(sorted(p.name for p in folder.iterdir() if p.suffix in (".raw", ".png")))
    console.print(f"{time.perf_counter() - start:.1f} s; written to {folder}/: {written}", highlight=False)


def array(selected: float) -> Crossbar:
    """An array of low and high resistances in a fixed random pattern, with a given selected cell. [Ohm]"""
    i, j = np.indices((SIDE, SIDE)) + 1.0
    x = 43758.5453 * np.sin(12.9898 * i + 78.233 * j)
    resistance = np.where(x - np.floor(x) >= 0.5, LRS, HRS)
    resistance[0, 0] = selected
    cell = Series(Device("sinh_selector", i0=1e-12, v0=0.05), Resistance(resistance))
    return uniform(SIDE, SIDE, cell, 2.0)


def read_array(folder: Path) -> list[Row]:
    """Read the array; return the rows of the table."""
    read = array(LRS).op(Access(0, 0, READ, "half"))
    line = {
        name: [abs(array(r).op(Access(0, 0, float(v), "half")).output[0]) for v in VOLTS]
        for name, r in (("LRS", LRS), ("HRS", HRS))
    }
    margin = float(np.interp(READ, VOLTS, np.divide(line["LRS"], line["HRS"])))
    drop = np.abs(read.ir_drop)
    worst = tuple(int(k) for k in np.unravel_index(int(np.argmax(drop)), drop.shape))
    cell, total = abs(read.cell_current[0, 0]), abs(read.output[0])
    _draw_array(folder / "crossbar.png", read, line)
    return [
        ("selected-cell current", f"{cell * 1e6:.3f} µA", f"cell (0, 0), {LRS / 1e3:g} kΩ, {READ:g} V read"),
        (
            "sneak current",
            f"{(total - cell) * 1e6:.3f} µA",
            f"{100 * (total - cell) / total:.1f} % of the bit line's {total * 1e6:.3f} µA",
        ),
        ("worst IR drop", f"{drop[worst] * 1e3:.3f} mV", f"at cell {worst}, segments of 2 Ω"),
        ("read margin", f"{margin:.2f}", "bit-line current, low over high resistance"),
    ]


def oscillate(folder: Path) -> list[Row]:
    """Run both oscillators; return the rows of the table."""
    switch, smooth = (Circuit.from_text(deck).run()[0] for deck in (SWITCH, SMOOTH))
    rawfile.write(folder / "oscillators.raw", [switch, smooth])
    _draw_oscillators(folder / "oscillators.png", switch, smooth)
    rows = []
    for name, simulated, exact, unit, source in (
        ("switch", 1.0 / switch.measures["period"], SWITCH_EXACT, (1e3, "kHz"), "closed form"),
        ("NbO2", smooth.measures["freq"], SMOOTH_EXACT, (1e6, "MHz"), "integrated with SciPy"),
    ):
        text = f"{source} {exact / unit[0]:.3f} {unit[1]} ({100 * (simulated / exact - 1):+.3f} %)"
        rows.append((f"oscillation frequency, {name}", f"{simulated / unit[0]:.3f} {unit[1]}", text))
    rejected = switch.statistics.rejected + smooth.statistics.rejected
    rows.append(("time points", f"{len(switch) + len(smooth):,}", f"{rejected} rejected"))
    return rows


def _draw_array(path: Path, read: CrossbarResult, line: dict[str, list[float]]) -> None:
    figure = new_figure(13.5, 4.2)
    left, middle, right = figure.subplots(1, 3)
    _map(left, np.abs(read.cell_current) * 1e6, 1e-6, "Cell current", "µA", "magma")
    _map(middle, np.abs(read.ir_drop) * 1e3, 1e-4, "IR drop", "mV", "viridis")
    for name, colour in (("LRS", colours()[1]), ("HRS", colours()[0])):
        amperes = np.array(line[name])
        right.semilogy(VOLTS, amperes * 1e6, color=colour, label=f"selected cell in {name}")
    right.axvline(READ, color=setting("axes.edgecolor"), linewidth=0.8, linestyle=":")
    right.plot(
        [READ], [abs(read.sneak_current) * 1e6], "o", color="black", markersize=4, label="sneak current"
    )
    right.set_title("Current of the selected bit line")
    right.set_xlabel("Read voltage [V]")
    right.set_ylabel("Current [µA]")
    right.legend(loc="lower right")
    save(figure, path)


def _map(axis: Axes, values: np.ndarray, least: float, title: str, unit: str, colours: str) -> None:
    from matplotlib.colors import LogNorm
    from matplotlib.patches import Rectangle

    norm = LogNorm(least, values.max())
    image = axis.imshow(np.maximum(values, least), norm=norm, cmap=colours, interpolation="nearest")
    axis.grid(visible=False)
    axis.set_title(title)
    axis.set_xlabel("Bit line")
    axis.set_ylabel("Word line")
    axis.add_patch(Rectangle((-0.5, -0.5), 1, 1, fill=False, edgecolor="white", linewidth=1.2))
    line: dict[str, Any] = {"arrowstyle": "-", "color": "white", "linewidth": 0.8}
    axis.annotate("selected", (0.5, 0.5), (4.0, 4.5), color="white", fontsize=9, arrowprops=line)
    axis.figure.colorbar(image, ax=axis, shrink=0.86, label=unit)


def _draw_oscillators(path: Path, switch: Result, smooth: Result) -> None:
    figure = new_figure(11.0, 6.2)
    axes = figure.subplots(2, 2, width_ratios=(1.7, 1))
    for row, result, factor, unit, stop in ((0, switch, 1e6, "µs", 12e-6), (1, smooth, 1e9, "ns", 120e-9)):
        first = result.time <= stop
        axes[row, 0].plot(result.time[first] * factor, result["v(a)"][first], color=colours()[0])
        axes[row, 0].set(xlabel=f"Time [{unit}]", ylabel="v(a) [V]")
        axes[row, 0].margins(x=0)
    late = [result.time > result.time[-1] / 2 for result in (switch, smooth)]
    _cycle(axes[0, 1], 14.0 - switch["v(a)"][late[0]], -switch["i(vdd)"][late[0]] * 1e3)
    _cycle(axes[1, 1], smooth["v(a)"][late[1]], smooth["@n1[t]"][late[1]])
    axes[0, 0].set_title("Hysteretic switch (vanadium dioxide)")
    axes[1, 0].set_title("Smooth thermal NDR (niobium dioxide)")
    axes[0, 1].set(xlabel="Voltage across the switch [V]", ylabel="Current [mA]", title="Limit cycle")
    axes[1, 1].set(xlabel="v(a) [V]", ylabel="Temperature [K]", title="Limit cycle")
    save(figure, path)


def _cycle(axis: Axes, x: Sequence[float], y: Sequence[float]) -> None:
    axis.plot(x, y, color=colours()[2], linewidth=1.2)
