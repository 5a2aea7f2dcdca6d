"""Tables of numbers as ngspice prints them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

WIDTH = 80  # of ngspice's pages
_COLUMNS = (WIDTH - 8) // 16

Column = tuple[str, np.ndarray]


def number(value: float) -> str:
    """A number in 12 places, as ngspice prints it: a sign costs a digit."""
    return f"{value:.5e}" if np.signbit(value) else f"{value:.6e}"


def compact(value: complex) -> str:
    """A number, or real and imaginary part, with nothing between them but a comma."""
    return entry(value).replace("\t", "")


def entry(value: complex) -> str:
    """A number, or real and imaginary part of a phasor."""
    if isinstance(value, complex):
        return f"{number(value.real)},\t{number(value.imag)}"
    return number(value)


def heading(text: str) -> str:
    """ngspice calls the current of v1 ``v1#branch`` in its tables."""
    branch = text.startswith("i(") and text.endswith(")") and text.count("(") == 1
    return f"{text[2:-1]}#branch" if branch else text


def line(name: str, values: np.ndarray) -> Iterator[str]:
    """A vector by rows: ``name = number``, or ``name = (  number number … )``."""
    if len(values) == 1:
        yield f"{name} = {compact(values.tolist()[0])}"
        return
    text, width = f"{name} = (  ", WIDTH
    for value in values.tolist():
        item = compact(value) + "\t"
        if len(text) + len(item) > width:
            yield text
            text = "\t"
        text += item
    yield text + ")"


def pages(title: str, plotname: str, axis: Sequence[Column], columns: Sequence[Column]) -> Iterator[str]:
    """Lines of a table: pages of three columns beside the axis.

    Parameters
    ----------
    title, plotname : str
    axis : sequence of (str, ndarray)
        One column or none.
    columns : sequence of (str, ndarray)
        As long as the axis.
    """
    each = _COLUMNS - len(axis)
    for start in range(0, len(columns), each):
        shown = [*axis, *((heading(name), values) for name, values in columns[start : start + each])]
        yield f"{' ' * 32}{title}"
        yield f"{' ' * 32}{plotname}  {time.strftime('%a %b %d %H:%M:%S  %Y')}"
        yield "-" * WIDTH
        yield f"{'Index':<8}" + "".join(f"{name:<16}" for name, _ in shown)
        yield "-" * WIDTH
        for index, row in enumerate(zip(*(values.tolist() for _, values in shown), strict=True)):
            yield f"{index}\t" + "".join(f"{entry(value)}\t" for value in row)
        yield ""
