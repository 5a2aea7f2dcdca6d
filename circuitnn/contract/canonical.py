"""Canonical decks of models: a typical curve, and the numbers it must reproduce.

Comment cards of a deck state the model (``* model: NAME``) and what to draw
(``* plot: <x> <y> [<y> …] [log=y]``, where x is a signal or ``time``). Decks lie in ``netlists/`` of the
source and in ``circuitnn/decks/`` of an installed package, where the build puts them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import circuitnn
from circuitnn.circuit.circuit import load
from circuitnn.contract.expectations import Expectation, expectations, value_of
from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.machine.text import lines_of, read_text
from circuitnn.results import plot
from circuitnn.results.evaluation import evaluate
from circuitnn.results.figures import save
from circuitnn.results.result import Result

_CARD = re.compile(r"^\*\s*(?P<kind>model|plot):\s*(?P<words>.*?)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Canonical:
    """A deck that shows a model.

    Parameters
    ----------
    path : Path
    model : str
    title : str
        First line of the deck.
    x : str
        Signal on the x axis, or ``time``; empty if the deck has no ``plot`` card.
    signals : tuple of str
    logarithmic : bool
        Whether to draw magnitudes on a logarithmic axis.
    expectations : tuple of Expectation
    """

    path: Path
    model: str
    title: str
    x: str = ""
    signals: tuple[str, ...] = ()
    logarithmic: bool = False
    expectations: tuple[Expectation, ...] = ()

    @property
    def name(self) -> str:
        """Path below the folder of the decks."""
        return self.path.relative_to(folder()).as_posix()


@dataclass(frozen=True)
class Got:
    """An expected number and the deck's result."""

    expectation: Expectation
    value: float

    @property
    def deviation(self) -> float:
        """Relative deviation; absolute if 0 is expected."""
        wanted = self.expectation.value
        return (self.value - wanted) / abs(wanted) if wanted else self.value


def folder() -> Path:
    """Folder of the decks: in the installed package, else in the source beside it."""
    package = Path(circuitnn.__file__).resolve().parent
    installed = package / "decks"
    return installed if installed.is_dir() else package.parent / "netlists"


@cache
def decks() -> dict[str, tuple[Canonical, ...]]:
    """Decks of each model that has any; the first one is drawn."""
    by_model: dict[str, list[Canonical]] = {}
    for path in sorted(folder().rglob("*.cir")):
        deck = read(path)
        if deck is not None:
            by_model.setdefault(deck.model, []).append(deck)
    return {name: tuple(sorted(d, key=lambda deck: not deck.x)) for name, d in by_model.items()}


def read(path: Path) -> Canonical | None:
    """Read a deck's comment cards; None if it shows no model."""
    text = read_text(path)
    cards = {card["kind"].lower(): card["words"].split() for card in _CARD.finditer(text)}
    if "model" not in cards:
        return None
    words = cards.get("plot", [])
    options = {word.lower() for word in words if re.match(r"log=", word, re.IGNORECASE)}
    if options - {"log=y"}:
        raise ValueError(f"{path}: a plot card takes log=y, not {min(options)}")
    x, *signals = [word for word in words if word.lower() not in options] or [""]
    if bool(x) != bool(signals):
        raise ValueError(f"{path}: a plot card names what to draw over and what to draw")
    title = lines_of(text)[0].lstrip("* ").strip()
    (model,) = cards["model"]
    return Canonical(path, model.lower(), title, x, tuple(signals), bool(options), expectations(path))


def run(deck: Canonical) -> list[Result]:
    """Results of all analyses of a deck."""
    return load(deck.path).run()


def compared(deck: Canonical, results: list[Result]) -> list[Got]:
    """The deck's expected numbers, with the results."""
    return [Got(card, value_of(card, results)) for card in deck.expectations]


def draw(deck: Canonical, results: list[Result], path: Path) -> None:
    """Draw the canonical curve.

    Raises
    ------
    AnalysisError
        If no analysis of the deck has all the signals.
    """
    for result in results:
        try:
            curves = [(name, evaluate(result, name)) for name in deck.signals]
            x = None if deck.x == "time" else (deck.x, evaluate(result, deck.x))
        except CircuitnnError:
            continue
        if x is not None or result.axis == "time":
            _draw(deck, result, curves, x, path)
            return
    raise AnalysisError(f"{deck.path}: no analysis has {deck.x} and {', '.join(deck.signals)}")


def _draw(
    deck: Canonical,
    result: Result,
    curves: list[tuple[str, np.ndarray]],
    x: tuple[str, np.ndarray] | None,
    path: Path,
) -> None:
    if deck.logarithmic:
        curves = [(name, _sizes(values)) for name, values in curves]
    figure = plot.draw(result, *curves, x=x if result.axis is not None else None, title=deck.title)
    for axis in figure.axes if deck.logarithmic else ():
        axis.set_yscale("log", nonpositive="mask")
    save(figure, path, dpi=110)


def _sizes(values: np.ndarray) -> np.ndarray:
    """Absolute values, clipped below at the rounding error of the largest."""
    sizes = np.abs(values)
    return np.maximum(sizes, 1e-11 * np.max(sizes))
