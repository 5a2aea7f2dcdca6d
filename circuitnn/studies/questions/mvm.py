"""IR drop and accuracy of matrix-vector products, and the gain by compensation."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.crossbar import MVM, Crossbar, linear
from circuitnn.errors import AnalysisError
from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.engine import study
from circuitnn.studies.panels import family, panels, sizes
from circuitnn.studies.question import Answer, Question, settings
from circuitnn.studies.spaces import Grid
from circuitnn.studies.uniform_arrays import uniform

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

COMPENSATIONS = ("none", "two-sided", "scaling", "pre-distortion", "tuning")
DISTRIBUTIONS = ("uniform", "log-uniform", "binary")
INPUTS = ("ones", "uniform", "binary", "sparse")
CALIBRATION = 256  # input vectors from which factors of columns are found
ROUNDS, STILL = 60, 1e-9  # of iterative tuning


@read_arguments
def mvm(
    size: Sequence[int] = (16, 32, 64, 128),
    *,
    line_resistance: Sequence[float] = (1.0,),
    compensation: Sequence[str] = ("none",),
    g_min: float = 1e-6,
    g_max: float = 1e-4,
    distribution: str = "uniform",
    inputs: str = "ones",
    voltage: float = 0.2,
    vectors: int = 64,
    chips: int = 3,
    seed: int = 1,
    record: str | os.PathLike[str] | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    progress: bool | Callable[[float, str], None] = False,
) -> Answer:
    """Compute the accuracy of products of an array with resistive lines, without and with compensation.

    Parameters
    ----------
    size : sequence of int
        Lines per side, N.
    line_resistance : sequence of float
        Of a segment, a driver and a sense end. [Ohm]
    compensation : sequence of str
        ``none``; ``two-sided``: word lines driven and bit lines sensed at both ends; ``scaling``: one factor a column,
        by least squares over other inputs of the same kind; ``pre-distortion``: conductances divided once by the exact
        relative loss of their path; ``tuning``: the same, repeated until the exact effective conductance is the wanted
        one. The last two aim at a fraction of the wanted matrix, so that no conductance exceeds `g_max`.
    g_min, g_max : float
        [S]
    distribution : {"uniform", "log-uniform", "binary"}
        Of the conductances.
    inputs : {"ones", "uniform", "binary", "sparse"}
        All inputs at `voltage`; between 0 and it; 0 or it with probability ½; 0 or it with probability 0.1.
    voltage : float
        [V]
    vectors : int
        Inputs per chip (one for ``ones``).
    chips : int
        Random matrices; results are means over them.
    seed : int
    record, processes, scheduler, progress
        As of `circuitnn.studies.study`.

    Returns
    -------
    Answer
        Data: ``loss`` (mean relative loss of the output currents), ``worst`` (largest), ``rms`` (root mean square of
        the error over the range of the ideal outputs, of ``ones`` from zero on), ``bits`` (effective number: that of
        a uniform quantiser of this range with the same error, log2(range/(√12·error))), ``power`` that all sources
        give during a product [W], ``used`` (largest conductance) [S].
    """
    chosen = settings(locals())
    for word, allowed, name in (
        (distribution, DISTRIBUTIONS, "distribution"),
        (inputs, INPUTS, "inputs"),
        *((c, COMPENSATIONS, "compensation") for c in compensation),
    ):
        if word not in allowed:
            raise AnalysisError(f"{name} = {word!r}: must be one of {', '.join(allowed)}")
    if not 0.0 <= g_min < g_max:
        raise AnalysisError(f"g_min = {g_min:g}, g_max = {g_max:g}: must be 0 <= g_min < g_max")
    if voltage == 0.0 or vectors < 1 or chips < 1:
        raise AnalysisError("mvm: needs a voltage other than 0, and at least one vector and one chip")
    point = Point(
        g_min, g_max, distribution, inputs, voltage, 1 if inputs == "ones" else vectors, chips, seed
    )
    data = study(
        point,
        Grid(compensation=compensation, line_resistance=line_resistance, size=size),
        record=record,
        processes=processes,
        scheduler=scheduler,
        progress=progress,
        title="matrix-vector products",
    )
    data.attrs |= chosen
    return Answer(
        "mvm", "Accuracy of matrix-vector products", _summary(data), data, *_table(data), draw=_draw
    )


class Point:
    """Accuracy at one point."""

    def __init__(
        self,
        g_min: float,
        g_max: float,
        distribution: str,
        inputs: str,
        voltage: float,
        vectors: int,
        chips: int,
        seed: int,
    ) -> None:
        self.g_min, self.g_max, self.distribution, self.inputs = g_min, g_max, distribution, inputs
        self.voltage, self.vectors, self.chips, self.seed = voltage, vectors, chips, seed

    def __call__(self, compensation: str, line_resistance: float, size: int) -> dict[str, float]:
        """Average over chips."""
        chips = [self._chip(compensation, line_resistance, size, k) for k in range(self.chips)]
        return {name: float(np.mean([numbers[name] for numbers in chips])) for name in chips[0]}

    def _chip(self, compensation: str, r: float, n: int, chip: int) -> dict[str, float]:
        rng = np.random.default_rng((self.seed, n, chip))
        g = self._matrix(rng, n)
        x = self._vectors(rng, self.vectors, n)
        array = uniform(n, n, g, r)
        two_sided = compensation == "two-sided"
        scheme = MVM(np.zeros(n), both_ends=two_sided, sense_both=two_sided)
        if compensation in ("pre-distortion", "tuning"):
            array, gain = distorted(array, self.g_max, 1 if compensation == "pre-distortion" else ROUNDS)
        else:
            gain = np.ones(n)
        effective, drawn = linear.responses(array, scheme)
        if compensation == "scaling":
            trial = self._vectors(rng, CALIBRATION, n)
            outputs, wanted = trial @ effective, trial @ g
            gain = np.sum(outputs * wanted, axis=0) / np.sum(outputs**2, axis=0)
        return self._judge(x @ effective * gain, x @ g) | {
            "power": float(np.mean(np.sum((x @ drawn) * x, axis=1))),
            "used": float(array.conductance.max()),
        }

    def _judge(self, outputs: np.ndarray, ideal: np.ndarray) -> dict[str, float]:
        error = outputs - ideal
        loss = np.divide(-error, ideal, out=np.zeros_like(error), where=ideal != 0.0)
        span = float(np.max(np.abs(ideal)) if self.inputs == "ones" else np.ptp(ideal))
        rms = float(np.sqrt(np.mean(error**2)))
        bits = np.log2(span / (np.sqrt(12.0) * rms)) if rms > 0.0 else np.inf
        return {
            "loss": float(loss.mean()),
            "worst": float(np.abs(loss).max()),
            "rms": rms / span,
            "bits": float(max(bits, 0.0)),
        }

    def _matrix(self, rng: np.random.Generator, n: int) -> np.ndarray:
        if self.distribution == "uniform":
            return rng.uniform(self.g_min, self.g_max, (n, n))
        if self.distribution == "binary":
            return np.where(rng.random((n, n)) < 0.5, self.g_max, self.g_min)
        if self.g_min <= 0.0:
            raise AnalysisError("log-uniform conductances need g_min above 0")
        return np.exp(rng.uniform(np.log(self.g_min), np.log(self.g_max), (n, n)))

    def _vectors(self, rng: np.random.Generator, count: int, n: int) -> np.ndarray:
        drawn = rng.random((count, n))
        if self.inputs == "ones":
            return np.full((count, n), self.voltage)
        if self.inputs == "uniform":
            return self.voltage * drawn
        return self.voltage * (drawn < (0.5 if self.inputs == "binary" else 0.1))


def distorted(array: Crossbar, g_max: float, rounds: int = ROUNDS) -> tuple[Crossbar, np.ndarray]:
    """Change conductances so that the effective conductance is a fraction of what they were.

    In each round every conductance is multiplied by the ratio of wanted to effective conductance of its crossing; the
    fraction is the largest one for which no conductance exceeds `g_max`.

    Parameters
    ----------
    array : Crossbar
        Of linear cells, with the wanted conductances.
    g_max : float
        [S]
    rounds : int
        At most.

    Returns
    -------
    array : Crossbar
    gain : ndarray, shape (columns,)
        Factors of the output currents: one over the fraction.
    """
    wanted = array.conductance
    conductances, fraction, current = wanted, 1.0, array
    for _ in range(rounds):
        effective = current.effective_conductance()
        aim = np.divide(
            conductances * wanted, effective, out=np.zeros_like(conductances), where=effective > 0.0
        )
        before, fraction = fraction, min(1.0, g_max / float(aim.max()))
        changed = aim * fraction
        current = current.changed(cell=changed)
        still = float(np.max(np.abs(changed - conductances))) / g_max
        conductances = changed
        if still < STILL and abs(fraction - before) < STILL:
            break
    effective_there = current.effective_conductance()
    gain = np.sum(effective_there * wanted, axis=0) / np.sum(effective_there**2, axis=0)
    return current, gain


def _cases(data: xarray.Dataset) -> list[tuple[str, xarray.Dataset]]:
    cases = []
    for c in data["compensation"].values:
        for r in data["line_resistance"].values:
            names = [str(c)] if data.sizes["compensation"] > 1 else []
            names += [f"{r:g} Ω"] if data.sizes["line_resistance"] > 1 or not names else []
            cases.append((", ".join(names), data.sel(compensation=c, line_resistance=r)))
    return cases


def _summary(data: xarray.Dataset) -> list[str]:
    return [
        f"{label}: at N = {int(here['size'][-1])} the output currents lack {100 * float(here['loss'][-1]):.3g} % on "
        f"average and are off by {100 * float(here['worst'][-1]):.3g} % at worst; {float(here['bits'][-1]):.3g} bits."
        for label, here in _cases(data)
    ]


def _table(data: xarray.Dataset) -> tuple[list[str], list[list[str]]]:
    rows = []
    for label, here in _cases(data):
        for k, n in enumerate(here["size"].values):
            point = here.isel(size=k)
            rows.append(
                [
                    label,
                    f"{n}",
                    f"{100 * float(point['loss']):.3g}",
                    f"{100 * float(point['worst']):.3g}",
                    f"{100 * float(point['rms']):.3g}",
                    f"{float(point['bits']):.2f}",
                    f"{1e3 * float(point['power']):.4g}",
                ]
            )
    return ["case", "N", "loss, mean [%]", "worst [%]", "rms [% of range]", "bits", "power [mW]"], rows


def _draw(data: xarray.Dataset, place: Place) -> Figure:
    figure, axes = panels(place, 1, 2, "Matrix-vector products through resistive lines", (11.5, 4.5))
    n = data["size"].values
    cases = _cases(data)
    family(axes[0, 0], n, {label: 100 * np.abs(here["worst"].values) for label, here in cases})
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylabel("worst error of an output current [%]")
    family(axes[0, 1], n, {label: here["bits"].values for label, here in cases})
    axes[0, 1].set_ylabel("effective number of bits")
    for panel in axes[0]:
        sizes(panel, n)
    return figure


QUESTION = Question("mvm", "IR drop and accuracy of matrix-vector products, with compensation", mvm)
