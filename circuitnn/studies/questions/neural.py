"""Accuracy of a classifier on arrays: lines, spread and stuck cells, before and after training in the loop."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.crossbar import Device
from circuitnn.errors import AnalysisError
from circuitnn.neural.examples import Split, digits, load
from circuitnn.neural.hardware import Hardware
from circuitnn.neural.layers import Network
from circuitnn.neural.mapped_network import MappedNetwork
from circuitnn.neural.training import accuracy, train
from circuitnn.results.figures import setting
from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.engine import study
from circuitnn.studies.panels import family, panels
from circuitnn.studies.question import Answer, Question, settings
from circuitnn.studies.spaces import Grid

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

SELECTOR = {"i0": 1e-8, "v0": 0.06}
KINDS = ("1R", "1S1R")


@read_arguments
def neural(
    data: str = "digits",
    *,
    line_resistance: Sequence[float] = (0.0, 1.0, 2.0, 5.0, 10.0),
    spread: Sequence[float] = (0.0,),
    stuck: Sequence[float] = (0.0,),
    hidden: int = 32,
    pixels: int = 8,
    kind: str = "1R",
    lrs: float = 1e3,
    hrs: float = 4e4,
    tile: int = 128,
    voltage: float = 0.2,
    input_bits: int = 0,
    output_bits: int = 0,
    epochs: int = 40,
    loop_epochs: int = 5,
    rate: float = 5e-3,
    judged: int = 500,
    seed: int = 0,
    record: str | os.PathLike[str] | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    progress: bool | Callable[[float, str], None] = False,
) -> Answer:
    """Compute the accuracy of a trained classifier on arrays, as mapped and after training in the loop.

    Parameters
    ----------
    data : str
        ``digits``: scikit-learn's digits; or a ``.npz`` file with ``x`` and ``y``.
    line_resistance : sequence of float
        Of a segment. [Ohm]
    spread : sequence of float
        Standard deviation of the logarithm of conductances.
    stuck : sequence of float
        Share of cells that are stuck at either end of the range.
    hidden : int
        Units of the hidden layer; 0: none.
    pixels : int
        Pixels per side of the digits; more than 8 by interpolation.
    kind : {"1R", "1S1R"}
        Kind of cell; selectors are ``sinh_selector`` with i0 = 10 nA, v0 = 60 mV, and need about 0.9 V.
    lrs, hrs : float
        Range of the cells' resistances. [Ohm]
    tile : int
        Word lines and bit lines of an array.
    voltage : float
        Of a word line for the largest input. [V]
    input_bits, output_bits : int
        Of the converters; 0: exact.
    epochs, loop_epochs : int
        Epochs of training of the ideal network, and in the loop.
    rate : float
        Of training.
    judged : int
        Number of test examples, which are not used in training.
    seed : int
        Of weights, order, and chips.
    record, processes, scheduler, progress
        As of `circuitnn.studies.study`.

    Returns
    -------
    Answer
        Data: ``mapped`` and ``trained``: accuracy with the weights of the ideal network, and after training in the
        loop; ``ideal`` among the attributes.
    """
    chosen = settings(locals())
    if kind not in KINDS:
        raise AnalysisError(f"kind = {kind!r}: must be {' or '.join(KINDS)}")
    if hrs <= lrs:
        raise AnalysisError(f"hrs = {hrs:g} Ohm must exceed lrs = {lrs:g} Ohm")
    examples = digits(pixels, judged, seed) if data == "digits" else load(data, judged, seed)
    sizes = [examples.inputs.shape[1], *([hidden] if hidden else []), examples.classes]
    ideal = Network.random(sizes, seed=seed)
    train(ideal, examples.inputs, examples.labels, epochs=epochs, rate=rate, seed=seed)
    hardware = Hardware(
        1.0 / hrs,
        1.0 / lrs,
        (tile, tile),
        voltage=voltage,
        input_bits=input_bits or None,
        output_bits=output_bits or None,
        selector=Device("sinh_selector", **SELECTOR) if kind == "1S1R" else None,
        seed=seed,
    )
    results = study(
        Point(ideal, hardware, examples, loop_epochs, rate, seed),
        Grid(line_resistance=line_resistance, spread=spread, stuck=stuck),
        record=record,
        title="neural networks",
        processes=processes,
        scheduler=scheduler,
        progress=progress,
    )
    results.attrs |= chosen | {"ideal": accuracy(ideal, examples.more, examples.of_more)}
    return Answer(
        "neural",
        "Accuracy of a classifier on arrays",
        _summary(results),
        results,
        *_table(results),
        draw=_draw,
    )


class Point:
    """Accuracy at one point."""

    def __init__(
        self, ideal: Network, hardware: Hardware, examples: Split, epochs: int, rate: float, seed: int
    ) -> None:
        self.ideal, self.hardware, self.examples = ideal, hardware, examples
        self.epochs, self.rate, self.seed = epochs, rate, seed

    def __call__(self, line_resistance: float, spread: float, stuck: float) -> dict[str, float]:
        """Map, judge, train in the loop, judge again."""
        e = self.examples
        hardware = replace(self.hardware, line_resistance=line_resistance, spread=spread, stuck=stuck)
        mapped = MappedNetwork(self.ideal, hardware, e.inputs)
        before = accuracy(mapped, e.more, e.of_more)
        train(mapped, e.inputs, e.labels, epochs=self.epochs, batch=128, rate=self.rate, seed=self.seed)
        return {"mapped": before, "trained": accuracy(mapped, e.more, e.of_more)}


def _cases(data: xarray.Dataset) -> list[tuple[str, xarray.Dataset]]:
    cases = []
    for s in data["spread"].values:
        for k in data["stuck"].values:
            names = [f"spread {s:g}"] if data.sizes["spread"] > 1 else []
            names += [f"{100 * k:g} % stuck"] if data.sizes["stuck"] > 1 else []
            cases.append((", ".join(names), data.sel(spread=s, stuck=k)))
    return cases


def _percent(value: Any) -> str:
    return f"{100 * float(value):.1f} %"


def _summary(data: xarray.Dataset) -> list[str]:
    sentences = [
        f"The ideal network is right in {_percent(data.attrs['ideal'])} of {data.attrs['judged']} examples."
    ]
    for label, here in _cases(data):
        last = {"line_resistance": -1}
        sentences.append(
            f"{label + ': a' if label else 'A'}t {float(here['line_resistance'][-1]):g} Ω a segment it is "
            f"{_percent(here['mapped'].isel(last))} when mapped and {_percent(here['trained'].isel(last))} after "
            "training in the loop."
        )
    return sentences


def _table(data: xarray.Dataset) -> tuple[list[str], list[list[str]]]:
    rows = [
        [
            label or "all",
            f"{float(r):g}",
            _percent(here["mapped"].sel(line_resistance=r)),
            _percent(here["trained"].sel(line_resistance=r)),
        ]
        for label, here in _cases(data)
        for r in here["line_resistance"].values
    ]
    return ["case", "r [Ω]", "mapped", "trained in the loop"], rows


def _draw(data: xarray.Dataset, place: Place) -> Figure:
    figure, axes = panels(place, 1, 1, "Accuracy of a classifier on arrays", (7.0, 4.5))
    panel, r = axes[0, 0], data["line_resistance"].values
    curves: dict[str, np.ndarray] = {}
    for label, here in _cases(data):
        for name, text in (("mapped", "mapped"), ("trained", "trained in the loop")):
            curves[", ".join(part for part in (text, label) if part)] = 100.0 * here[name].values
    family(panel, r, curves)
    panel.axhline(
        100.0 * data.attrs["ideal"], color=setting("text.color"), linestyle="--", linewidth=1.0, label="ideal"
    )
    panel.legend()
    panel.set_xlabel("resistance of a segment [Ω]")
    panel.set_ylabel("accuracy [%]")
    return figure


QUESTION = Question(
    "neural", "Accuracy of a classifier on arrays, before and after training in the loop", neural
)
