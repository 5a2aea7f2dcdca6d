"""The command ``display``: names, kinds and lengths of vectors."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine.text import lowered
from circuitnn.ngspice import listing
from circuitnn.ngspice.control.words import split

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter
    from circuitnn.ngspice.control.plots import Plot


def display(interpreter: Interpreter, text: str) -> None:
    """``display``: list names, kinds and lengths of all vectors or of those named."""
    plot = interpreter.plots.current
    known = {*plot.own, *(plot.result.names if plot.result is not None else ()), *plot.kinds}
    names = {_name(plot, name): name for name in plot.names() if name in known}
    asked = split(lowered(text))
    unknown = [name for name in asked if name not in names.values() and f"v({name})" not in names.values()]
    if unknown:
        raise AnalysisError(f"no vector {unknown[0]}{nearest(unknown[0], list(names.values()))}")
    if not asked:
        interpreter.say("Here are the vectors currently active:\n")
        interpreter.say(f"Title: {plot.title}\nName: {plot.name} ({plot.plotname})")
        interpreter.say(f"Date: {time.strftime(listing.DATE)}\n")
    shapes = interpreter.plots.setting.shapes
    for shown, name in sorted(names.items()):
        if asked and not {name, listing.plain(name)} & {*asked}:
            continue
        vector, shape = plot.vector(name), shapes.get(name)
        form = "complex" if np.iscomplexobj(vector) or name == _complex_axis(plot) else "real"
        dims = f", dims = [{','.join(map(str, shape))}]" if shape and len(shape) > 1 else ""
        dims += _grid(plot, name) + (" [default scale]" if name == plot.scale else "")
        interpreter.say(f"    {shown:<20}: {_kind(plot, name)}, {form}, {len(vector)} long{dims}")


def _analysis(plot: Plot, name: str) -> str:
    """Analysis that made a vector; empty for one of ``let``."""
    return "" if plot.result is None or name in plot.own else plot.result.analysis


def _name(plot: Plot, name: str) -> str:
    if plot.name == "const" and name in ("true", "false"):
        return name.upper()
    analysis = "spectrum" if plot.loaded else _analysis(plot, name)
    if analysis == "tf":
        return listing.capitals(name)
    return name if analysis == "spectrum" else listing.column(name)


def _kind(plot: Plot, name: str) -> str:
    """Type of a vector; spectra have none in ngspice, and all of a transfer function are voltages."""
    kinds = dict(zip(plot.result.names, plot.result.types, strict=True)) if plot.result is not None else {}
    analysis = _analysis(plot, name)
    if analysis == "spectrum" and name != plot.scale:
        kinds.pop(name)
    elif analysis == "tf":
        kinds[name] = "voltage"
    return (kinds | plot.kinds).get(name, "notype")


def _complex_axis(plot: Plot) -> str | None:
    """Name of an axis that ngspice keeps as complex numbers: the frequency among phasors."""
    result = plot.result
    if result is None or result.analysis == "spectrum" or not np.iscomplexobj(result.data):
        return None
    return result.axis


def _grid(plot: Plot, name: str) -> str:
    """What is said of frequencies per decade or octave."""
    result = plot.result
    if result is None or name != result.axis or not result.analysis.startswith(("ac", "noise")):
        return ""
    over = (result.arguments or {}).get("over")
    return ", grid = xlog" if getattr(over, "variation", "lin") in ("dec", "oct") else ""
