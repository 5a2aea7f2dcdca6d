"""Pictures of the waveforms of both simulators, overlaid, and of their difference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from circuitnn.results.result import Result
from validation.cases import Case
from validation.compare import column

LINES = 4  # most signals drawn
STILL = 1e-9  # part of its size within which a signal only moves by rounding


def picture(case: Case, path: Path) -> None:
    """Draw the last analysis of a deck that has an axis, otherwise the values of an operating point."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    ours, theirs = _pair(case)
    figure, axes = pyplot.subplots(
        2, 1, figsize=(7.5, 4.8), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    (_overlay if theirs.axis else _values)(axes, ours, theirs)
    figure.suptitle(f"{case.deck.name}: {theirs.analysis} (thin: circuitnn, broad: ngspice)", fontsize=10)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def _pair(case: Case) -> tuple[Result, Result]:
    """The results to draw: of a kind that both have, one with an axis if possible."""
    kinds = {r.analysis for r in case.ours}
    both = [p for p in case.theirs.plots if p.analysis in kinds and len(p.names) > bool(p.axis)]
    swept = [p for p in both if p.axis and p.analysis != "four" and len(p.data) > 1]
    theirs = (swept or both)[-1]
    alike = [p for p in case.theirs.plots if p.analysis == theirs.analysis]
    mine = [r for r in case.ours if r.analysis == theirs.analysis]
    return mine[min(len(alike), len(mine)) - 1], theirs


def _values(axes: Any, ours: Result, theirs: Result) -> None:
    names = [n for n in theirs.names if n in ours.names]
    nodes = [n for n in names if n.startswith("v(")] or names
    a, b = (
        np.array([np.abs(column(r, n)[0]) if np.iscomplexobj(r.data) else column(r, n)[0] for n in nodes])
        for r in (ours, theirs)
    )
    x = np.arange(len(nodes))
    axes[0].plot(x, b, "o", color="0.6", markersize=9, label="ngspice")
    axes[0].plot(x, a, ".", color="C0", markersize=5, label="circuitnn")
    axes[1].semilogy(x, np.abs(a - b) + 1e-18, ".", color="C3")
    if len(nodes) <= 40:
        axes[1].set_xticks(x, nodes, rotation=60, fontsize="x-small")
    axes[0].set_ylabel("value")
    axes[1].set_ylabel("|difference|")
    axes[0].legend(frameon=False, ncols=2, fontsize="small")


def _overlay(axes: Any, ours: Result, theirs: Result) -> None:
    shared = [n for n in theirs.names if n in ours.names and n != theirs.axis]
    names = [n for n in shared if "." not in n] or shared
    # of phasors, the magnitude
    mine, other = (np.abs(r.data) if np.iscomplexobj(r.data) else r.data for r in (ours, theirs))
    spans = {n: float(np.ptp(other[:, theirs.names.index(n)])) for n in names}
    still = {n: STILL * float(np.max(np.abs(other[:, theirs.names.index(n)]))) for n in names}
    moving = [n for n in sorted(names, key=lambda n: (n.startswith("i("), n)) if spans[n] > still[n]] or names
    voltages = [n for n in moving if not n.startswith("i(")]
    chosen = (voltages or moving)[:LINES]
    x, y = other[:, 0], mine[:, 0]
    for k, name in enumerate(chosen):
        b = other[:, theirs.names.index(name)]
        a = mine[:, ours.names.index(name)]
        axes[0].plot(x, b, color=f"C{k}", linewidth=4, alpha=0.3)
        axes[0].plot(y, a, color=f"C{k}", linewidth=1, label=name)
        difference = a - b if a.shape == b.shape and theirs.axis != "time" else np.interp(x, y, a) - b
        axes[1].plot(x, difference, color=f"C{k}", linewidth=0.8)
    if theirs.axis == "frequency" and x[0] > 0 and x[-1] > 20 * x[0]:
        axes[0].set_xscale("log")
        if all(np.all(other[:, theirs.names.index(n)] > 0) for n in chosen):
            axes[0].set_yscale("log")
    axes[0].legend(
        frameon=False, ncols=LINES, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0)
    )
    axes[1].set_xlabel("time [s]" if theirs.axis == "time" else str(theirs.axis))
    axes[0].set_ylabel("V" if chosen[0].startswith("v(") else "A" if chosen[0].startswith("i(") else "")
    axes[1].set_ylabel("difference")
