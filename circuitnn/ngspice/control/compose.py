"""The command ``compose``: a vector from numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine.text import lowered
from circuitnn.ngspice.control.functions import MAX_LENGTH
from circuitnn.ngspice.control.words import split

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter

TAKES = (
    "'compose' takes a name and 'values' and numbers, or two of start=, stop=, center=, span= and one of step=, "
    "lin=, log=, dec=, oct=; or gauss=, mean= and sd=; or random= with the two"
)
ENDS = ("start", "stop", "center", "span")
DRAWN = ("gauss", "random")
WAYS = ("step", "lin", "log", "dec", "oct")


def compose(interpreter: Interpreter, text: str) -> None:
    """``compose x values 1 2 3``, ``compose x start=0 stop=1 step=0.1``, ``compose x start=1 stop=1k dec=10``."""
    name, *words = lowered(text).replace("=", " = ").split() or [""]
    pairs = dict(zip(words[::3], words[2::3], strict=False))
    if words[:1] == ["values"]:
        numbers = np.array([interpreter.plots.compute(word)[0] for word in split(" ".join(words[1:]))])
    else:
        settings = {key: float(np.real(interpreter.plots.compute(value)[0])) for key, value in pairs.items()}
        drawn = [kind for kind in DRAWN if kind in settings]
        numbers = (
            _drawn(drawn[0], settings, interpreter.plots.setting.generator) if drawn else spaced(settings)
        )
    if not len(numbers):
        raise AnalysisError("'compose': no values")
    interpreter.plots.current.own[name] = numbers


def _drawn(kind: str, settings: dict[str, float], generator: np.random.Generator) -> np.ndarray:
    """Random numbers: ``gauss=9 mean=1 sd=0.1``, ``random=9 center=0 span=2``."""
    count = _count(settings[kind])
    if kind == "gauss":
        return generator.normal(settings.get("mean", 0.0), abs(settings.get("sd", 1.0)), count)
    start, stop = _ends(settings) if len(settings) > 1 else (0.0, 1.0)
    return generator.uniform(min(start, stop), max(start, stop), count)


def spaced(settings: dict[str, float]) -> np.ndarray:
    """Numbers from start to stop, by step, by count, or by count per decade or octave.

    Raises
    ------
    AnalysisError
        The words do not determine the numbers, or there are too many of them.
    """
    start, stop = _ends(settings)
    ways = [name for name in settings if name not in ENDS]
    if len(ways) != 1 or ways[0] not in WAYS:
        raise AnalysisError(TAKES)
    way, amount = ways[0], settings[ways[0]]
    if amount == 0.0 or not np.isfinite([start, stop, amount]).all():
        raise AnalysisError(TAKES)
    if way in ("log", "dec", "oct") and not start * stop > 0.0:
        raise AnalysisError(f"'compose': with {way}= both ends are positive, or both negative")
    if way == "step":
        return start + amount * np.arange(_count((stop - start) / amount + 1e-9 + 1.0))
    if way == "lin":
        return np.linspace(start, stop, _count(amount))
    if way == "log":
        return np.geomspace(start, stop, _count(amount))
    each = (10.0 if way == "dec" else 2.0) ** (1.0 / amount)
    return start * each ** np.arange(_count(np.log(stop / start) / np.log(each) + 1e-9 + 1.0))


def _ends(settings: dict[str, float]) -> tuple[float, float]:
    if {"start", "stop"} <= set(settings):
        return settings["start"], settings["stop"]
    if {"center", "span"} <= set(settings):
        return settings["center"] - settings["span"] / 2.0, settings["center"] + settings["span"] / 2.0
    raise AnalysisError(TAKES)


def _count(numbers: float) -> int:
    if not 0.0 <= numbers <= MAX_LENGTH:
        raise AnalysisError(f"'compose': {numbers:g} numbers; a vector has 1 to {MAX_LENGTH}")
    return int(numbers)
