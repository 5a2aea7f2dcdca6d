"""Commands that set properties of vectors: their shape, their type, the scale of their plot."""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError, nearest
from circuitnn.machine.text import lowered
from circuitnn.ngspice import listing
from circuitnn.ngspice.control.variables import display
from circuitnn.ngspice.control.words import split, whole

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter

_SHAPE = re.compile(r"\[\s*([\d\s,\]\[]+)\s*\]\s*$")
# ngspice's types of vectors, for ``settype``
TYPES = (
    "notype time frequency voltage current voltage-density current-density voltage^2-density current^2-density "
    "temperature charge capacitance inductance impedance resistance conductance admittance power phase decibel "
    "temp-sweep res-sweep pole zero s-param"
).split()


def reshape(interpreter: Interpreter, text: str) -> None:
    """``reshape a b [2][3]``, ``reshape a [2,3]``: set the shape of vectors; without a shape, remove it."""
    text = lowered(text.strip())
    match = _SHAPE.search(text)
    shape = tuple(whole(n) or 0 for n in re.findall(r"\d+", match[1])) if match is not None else ()
    names = split(text[: match.start()] if match is not None else text)
    if not names:
        raise AnalysisError("'reshape' takes vectors and a shape, as in reshape a [2][3]")
    for name in names:
        length = len(interpreter.plots.lookup(name))
        if shape and prod(shape) != length:
            raise AnalysisError(f"{name} has {length} numbers, and {list(shape)} takes {prod(shape)}")
        interpreter.plots.setting.shapes[name] = shape


def transpose(interpreter: Interpreter, text: str) -> None:
    """``transpose a``: swap the last two indices of vectors."""
    plots = interpreter.plots
    for name in split(lowered(text)):
        shape = plots.setting.shapes.get(name, ())
        if len(shape) < 2:
            raise AnalysisError(f"{name} has one index only: reshape it first")
        turned = np.swapaxes(plots.lookup(name).reshape(shape), -1, -2)
        plots.home(name).own[name] = np.ascontiguousarray(turned).ravel()
        plots.setting.shapes[name] = turned.shape


def settype(interpreter: Interpreter, text: str) -> None:
    """``settype current a tran1.b``: set the type of vectors; what is unknown is left out, as in ngspice."""
    kind, *names = split(lowered(text)) or [""]
    if not names:
        raise AnalysisError("'settype' takes a type and vectors, as in settype current a b")
    if kind not in TYPES:
        near = nearest(kind, TYPES) or f": one of {', '.join(TYPES)}"
        interpreter.warn(f"there is no type of vectors '{kind}'{near}; 'settype' is left out")
        return
    for name in names:
        plot = interpreter.plots.current
        home, dot, rest = name.partition(".")
        if dot and home in interpreter.plots.all:
            plot, name = interpreter.plots.all[home], rest
        try:
            plot.vector(name)
        except UnknownNameError as error:
            interpreter.warn(f"'settype' is left out: {error}")
            continue
        full = next((n for n in plot.names() if name in (n, listing.plain(n))), name)
        plot.kinds[full] = kind


def setscale(interpreter: Interpreter, text: str) -> None:
    """``setscale a``: set the vector over which others of the plot are shown; without one, describe it."""
    plot, name = interpreter.plots.current, lowered(text.strip())
    if not name:
        display(interpreter, listing.plain(plot.scale or ""))
        return
    known = {listing.plain(n): n for n in plot.names()} | {n: n for n in plot.names()}
    if name not in known:
        raise UnknownNameError(f"no vector {name}{nearest(name, list(known))}")
    plot.default = known[name]
