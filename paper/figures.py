"""Figures of the paper: python paper/figures.py [folder]."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import MVM
from circuitnn.studies.questions.margin import margin

OSCILLATOR = """Pearson-Anson oscillator, niobium dioxide
vdd vdd 0 2
rl vdd a 6k
c1 a 0 1p ic=0
n1 a 0 nbo2
.model nbo2 poole_frenkel
.save all @n1[t]
"""


def array() -> Figure:
    """IR drop of a product on an array; read margin against size for a few selectors."""
    figure = Figure(figsize=(9.0, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    conductances = 10 ** np.random.default_rng(3).uniform(-6, -4, (64, 64))
    crossbar = Crossbar(64, 64, conductances, line_resistance=2)
    crossbar.op(MVM(np.full(64, 0.2))).plot("ir_drop", ax=left)
    found = margin(size=[2, 4, 8, 16, 32, 64], nonlinearity=[2, 10, 100, 1000]).data
    for one in found["nonlinearity"].values:
        chosen = found["margin"].sel(nonlinearity=one).squeeze()
        right.loglog(found["size"], chosen, "o-", markersize=4, label=f"{one:g}")
    right.axhline(found.attrs["target"], color="0.3", linestyle="--", linewidth=1)
    right.set_xticks(found["size"].values, [f"{n}" for n in found["size"].values], minor=False)
    right.minorticks_off()
    right.set(xlabel="Lines a side", ylabel="Read margin")
    right.legend(title="I(V)/I(V/2)")
    return figure


def oscillator() -> Figure:
    """Phase portrait of an oscillator, and where it oscillates."""
    figure = Figure(figsize=(9.0, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    circuit = Circuit.from_text(OSCILLATOR)
    portrait = circuit.system().portrait({"v(a)": (0.5, 1.6), "@n1[t]": (290, 1000)})
    portrait.plot(circuit.tran("30n", tmax="50p", uic=True), ax=left)
    limits = {"xlim": (1.6, 2.4), "ylim": (0.8, 1.4)}
    circuit.arc("vdd", 1, 4).plot("v(a)", ax=right, **limits)
    for end in (1.5, 2.5):
        cycles = circuit.cycles("vdd", 2, end, uic=True, tstab="0.2u")
        cycles.plot("max(v(a))", "min(v(a))", ax=right, **limits)
    return figure


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    array().savefig(folder / "array.png", dpi=130)
    oscillator().savefig(folder / "oscillator.png", dpi=130)
