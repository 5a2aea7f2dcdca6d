"""Variability and yield of reads: random cells, faults, intervals, and tails by importance sampling."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.crossbar import Access, Crossbar, Device, Resistance, Series
from circuitnn.errors import AnalysisError
from circuitnn.results.figures import colours, setting
from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.engine import study
from circuitnn.studies.panels import panels
from circuitnn.studies.question import Answer, Question, settings
from circuitnn.studies.random_arrays import RandomFaults
from circuitnn.studies.spaces import MonteCarlo, Points
from circuitnn.studies.two_state_cells import slope
from circuitnn.studies.uniform_arrays import uniform
from circuitnn.studies.yields import wilson

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

STEPS, NEAR = 60, 1e-4  # of the search for the most probable failure


@read_arguments
def variability(
    size: int = 64,
    *,
    samples: int = 1000,
    scheme: str = "half",
    nonlinearity: float = 100.0,
    lrs: float = 1e4,
    ratio: float = 100.0,
    resistance_spread: float = 0.1,
    selector_spread: float = 0.1,
    voltage: float = 1.0,
    line_resistance: float = 1.0,
    stuck_on: float = 0.0,
    stuck_off: float = 0.0,
    limit: float = 0.88,
    tail: int = 200,
    confidence: float = 0.95,
    seed: int = 1,
    record: str | os.PathLike[str] | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    progress: bool | Callable[[float, str], None] = False,
) -> Answer:
    """Compute the distribution of a read current over many chips of 1S1R cells, and the probability of a low one.

    Parameters
    ----------
    size : int
        Lines per side.
    samples : int
        Chips.
    scheme : {"half", "third", "floating", "grounded"}
        Bias of the other lines.
    nonlinearity : float
        K½ of the selector.
    lrs, ratio : float
        Low resistance [Ohm], and high over low; every other cell is on with probability ½.
    resistance_spread, selector_spread : float
        Standard deviations of the logarithms of every cell's resistance and selector current.
    voltage : float
        [V]
    line_resistance : float
        Of a segment, a driver, a sense end. [Ohm]
    stuck_on, stuck_off : float
        Probability that a cell is stuck at 1/lrs, 1/(lrs·ratio).
    limit : float
        A chip fails if its current is below this fraction of the nominal one.
    tail : int
        Samples of the importance sampling, which leaves out faults; 0: none.
    confidence : float
        Level of the intervals.
    seed : int
    record, processes, scheduler, progress
        As of `circuitnn.studies.study`.

    Returns
    -------
    Answer
        Data: ``current`` of each chip [A], ``nominal``; ``yield`` of those that could be solved, with its Wilson
        interval; ``failure_probability`` of the importance sampling with its standard error, ``beta``: distance of the
        most probable failure in standard deviations.

    Notes
    -----
    The most probable failure z* is the nearest point to the origin, in units of standard deviations of all cells'
    parameters, at which the current is the limit; it is found by the iteration of Hasofer, Lind, Rackwitz and Fiessler
    with adjoint gradients. Samples around it, z = z* + n, have the weight exp(-z*·n - |z*|²/2).

    References
    ----------
    R. Rackwitz, B. Fiessler, Comput. Struct. 9, 489 (1978), doi:10.1016/0045-7949(78)90046-9.
    """
    chosen = settings(locals())
    if size < 2 or samples < 1 or not 0.0 < limit < 1.0:
        raise AnalysisError("variability: needs at least two lines, one sample, and a limit between 0 and 1")
    if not (lrs > 0.0 and ratio > 1.0 and voltage > 0.0 and 0.0 < confidence < 1.0):
        raise AnalysisError(
            "variability: lrs, voltage > 0, ratio > 1 and a confidence between 0 and 1 are needed"
        )
    if min(resistance_spread, selector_spread, tail) < 0:
        raise AnalysisError("variability: spreads and tail must not be negative")
    chips = Chips(
        size, scheme, nonlinearity, lrs, ratio, (resistance_spread, selector_spread), voltage, line_resistance
    )
    faults = RandomFaults(on=stuck_on, off=stuck_off, g_on=1.0 / lrs, g_off=1.0 / (lrs * ratio))
    run: dict[str, Any] = {"processes": processes, "scheduler": scheduler, "progress": progress}
    data = study(Sample(chips, faults), MonteCarlo(samples, seed=seed), record=record, title="chips", **run)
    nominal = chips.current(np.zeros(chips.shape))
    data["nominal"] = nominal
    currents = data["current"].values[np.isfinite(data["current"].values)]
    good, low, high = wilson(int(np.sum(currents >= limit * nominal)), currents.size, confidence)
    data["yield"], data["yield_low"], data["yield_high"] = good, low, high
    if tail:
        data.update(_tail(chips, limit * nominal, tail, seed, run))
    data.attrs |= chosen
    return Answer("variability", "Variability of a read", _summary(data), data, *_table(data), draw=_draw)


class Chips:
    """Arrays of 1S1R cells; a chip is described by the standard normal scores of all its parameters."""

    def __init__(
        self,
        size: int,
        scheme: str,
        nonlinearity: float,
        lrs: float,
        ratio: float,
        spreads: tuple[float, float],
        voltage: float,
        line_resistance: float,
    ) -> None:
        self.size, self.spreads, self.line = size, spreads, line_resistance
        self.shape = (2, size, size)
        self.v0 = slope(nonlinearity, voltage)
        self.i0 = voltage / lrs / np.sinh(voltage / self.v0)
        on = np.random.default_rng(7).random((size, size)) < 0.5
        self.selected = 0, size - 1
        on[self.selected] = True
        self.resistance = np.where(on, lrs, lrs * ratio)
        self.bias = Access(*self.selected, voltage, scheme)

    def array(self, z: np.ndarray, **more: Any) -> Crossbar:
        """Make the chip with given scores."""
        s = self.spreads
        cell = Series(
            Device("sinh_selector", i0=self.i0 * np.exp(s[1] * z[1]), v0=self.v0),
            Resistance(self.resistance * np.exp(s[0] * z[0])),
        )
        return uniform(self.size, self.size, cell, self.line, **more)

    def current(self, z: np.ndarray) -> float:
        """Current of the selected bit line. [A]"""
        return float(self.array(z).op(self.bias).sensed[self.selected[1]])

    def gradient(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """The current and its derivatives by all scores, from one adjoint solution."""
        array = self.array(z)
        result = array.op(self.bias)
        by_resistance = array.sensitivity(result, self.selected[1], "resistance")
        resistance = self.resistance * np.exp(self.spreads[0] * z[0])
        selector = result.cell_voltage - result.cell_current * resistance
        # A larger i0 lowers the selector's voltage by v0·tanh(v/v0) per e-fold at the same current, like a resistance
        # of -v0·tanh(v/v0)/i, which is -v0/i0 for small currents.
        i0 = self.i0 * np.exp(self.spreads[1] * z[1])
        x = selector / self.v0
        small = np.abs(x) < 1e-6
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            as_resistance = np.where(small, self.v0 / i0, self.v0 * np.tanh(x) / (i0 * np.sinh(x)))
        slopes = np.stack([self.spreads[0] * resistance, -self.spreads[1] * as_resistance]) * by_resistance
        return float(result.sensed[self.selected[1]]), slopes


class Sample:
    """Read current of a chip with a seed of its own."""

    def __init__(self, chips: Chips, faults: RandomFaults) -> None:
        self.chips, self.faults = chips, faults
        self.any = faults.on + faults.off > 0.0

    def __call__(self, seed: int) -> dict[str, float]:
        """Read the chip."""
        chips = self.chips
        z = np.random.default_rng(seed).standard_normal(chips.shape)
        more = {"faults": self.faults.draw(chips.size, chips.size, seed)} if self.any else {}
        return {"current": float(chips.array(z, **more).op(chips.bias).sensed[chips.selected[1]])}


class Shifted:
    """Read current and weight of a chip near the most probable failure."""

    def __init__(self, chips: Chips, centre: np.ndarray, seed: int) -> None:
        self.chips, self.at, self.seed = chips, centre, seed

    def __call__(self, number: int) -> dict[str, float]:
        """Read the chip."""
        n = np.random.default_rng((self.seed, 1 << 40, number)).standard_normal(self.chips.shape)
        log = -float(np.sum(self.at * n)) - 0.5 * float(np.sum(self.at**2))
        return {"tail_current": self.chips.current(self.at + n), "log_weight": log}


def most_probable(chips: Chips, limit: float) -> np.ndarray:
    """Find the most probable scores at which the current is a limit.

    Parameters
    ----------
    chips : Chips
    limit : float
        [A]

    Returns
    -------
    ndarray, shape (2, size, size)

    Raises
    ------
    AnalysisError
        If the iteration finds none.
    """
    z, before, part = np.zeros(chips.shape), np.inf, 1.0
    for _ in range(STEPS):
        value, slopes = chips.gradient(z)
        # in the logarithm of the current, which is nearly linear in the scores
        g, slopes = np.log(max(value, 1e-30) / limit), slopes / max(value, 1e-30)
        norm = float(np.sum(slopes**2))
        if norm == 0.0:
            break
        new = (float(np.sum(slopes * z)) - g) / norm * slopes
        if np.linalg.norm(new - z) < NEAR * (1.0 + np.linalg.norm(z)) and abs(g) < NEAR:
            return new
        part = 0.5 * part if abs(g) > before else min(1.0, 1.5 * part)
        z, before = z + part * (new - z), abs(g)
    raise AnalysisError(
        "variability: no failure is found by the most probable point; give tail=0, or another limit"
    )


def _tail(chips: Chips, limit: float, count: int, seed: int, run: dict[str, Any]) -> xarray.Dataset:
    centre = most_probable(chips, limit)
    tail = study(Shifted(chips, centre, seed), Points(number=list(range(count))), title="tail", **run)
    tail = tail.rename(point="tail_sample").drop_vars("number").rename(failure="tail_failure")
    solved = np.isfinite(tail["tail_current"].values)  # samples that failed say nothing
    weight = (np.exp(tail["log_weight"].values) * (tail["tail_current"].values < limit))[solved]
    tail["failure_probability"] = float(weight.mean())
    tail["failure_error"] = float(weight.std(ddof=1) / np.sqrt(len(weight))) if len(weight) > 1 else np.nan
    tail["beta"] = float(np.sqrt(np.sum(centre**2)))
    tail["share_of_selected"] = float(
        np.sum(centre[:, chips.selected[0], chips.selected[1]] ** 2) / np.sum(centre**2)
    )
    return tail


def _summary(data: xarray.Dataset) -> list[str]:
    level, part = 100 * data.attrs["confidence"], 100 * data.attrs["limit"]
    current = data["current"].values
    sentences = [
        f"The read current is {1e6 * np.nanmean(current):.4g} ± {1e6 * np.nanstd(current, ddof=1):.2g} µA "
        f"(nominal {1e6 * float(data['nominal']):.4g} µA).",
        f"{100 * float(data['yield']):.2f} % of {len(current)} chips read at least {part:g} % of it "
        f"({level:g} % interval: {100 * float(data['yield_low']):.2f} to {100 * float(data['yield_high']):.2f} %).",
    ]
    if "beta" in data:
        sentences.append(
            f"Importance sampling: a chip fails with probability {float(data['failure_probability']):.3g} "
            f"± {float(data['failure_error']):.1g}; the most probable failure is {float(data['beta']):.3g} standard "
            f"deviations away, {100 * float(data['share_of_selected']):.0f} % of it in the selected cell."
        )
    return sentences


def _table(data: xarray.Dataset) -> tuple[list[str], list[list[str]]]:
    current = data["current"].values
    rows = [
        ["mean current", f"{np.nanmean(current):.6g} A"],
        ["standard deviation", f"{np.nanstd(current, ddof=1):.4g} A"],
        ["1 %, 50 %, 99 %", ", ".join(f"{q:.4g}" for q in np.nanquantile(current, (0.01, 0.5, 0.99))) + " A"],
        [
            "yield",
            f"{float(data['yield']):.5f} ({float(data['yield_low']):.5f} to {float(data['yield_high']):.5f})",
        ],
    ]
    if "beta" in data:
        rows.append(["probability of failure", f"{float(data['failure_probability']):.3g}"])
        rows.append(["its standard error", f"{float(data['failure_error']):.2g}"])
        rows.append(["distance of failure", f"{float(data['beta']):.4g} σ"])
    return ["quantity", "value"], rows


def _draw(data: xarray.Dataset, place: Place) -> Figure:
    figure, axes = panels(place, 1, 1, f"Read current of {data.sizes['sample']} chips", (8.0, 4.6))
    panel, current = axes[0, 0], 1e6 * data["current"].values
    edge = 1e6 * data.attrs["limit"] * float(data["nominal"])
    rare = 1e6 * data["tail_current"].values if "tail_current" in data else np.array([edge])
    bins = np.linspace(min(np.nanmin(current), rare.min()), np.nanmax(current), 80)
    panel.hist(current, bins=bins, color=colours()[0], alpha=0.75, label="chips")
    if "tail_current" in data:
        weight = np.exp(data["log_weight"].values) * len(current)
        panel.hist(
            rare,
            bins=bins,
            weights=weight / data.sizes["tail_sample"],
            histtype="step",
            color=colours()[1],
            label="importance sampling, same scale",
        )
    panel.axvline(
        edge,
        color=setting("text.color"),
        linestyle="--",
        linewidth=1.0,
        label=f"limit, {data.attrs['limit']:g} of nominal",
    )
    panel.set_yscale("log")
    panel.set_xlabel("read current [µA]")
    panel.set_ylabel("chips")
    panel.legend()
    return figure


QUESTION = Question(
    "variability", "Variability and yield of a read, with tails by importance sampling", variability
)
