"""Tables of numbers as ngspice prints them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from circuitnn.results.result import Result

WIDTH = 80  # of ngspice's pages
DATE = "%a %b %d %H:%M:%S  %Y"
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


def plain(name: str) -> str:
    """ngspice's own name of a variable: ``out`` for ``v(out)``, ``v1#branch`` for ``i(v1)``."""
    node = name.startswith("v(") and name.endswith(")") and not name[2:-1].isdecimal()
    return name[2:-1] if node else heading(name)


def column(name: str) -> str:
    """The plain name over a column: nodes whose names are numbers have a capital V there."""
    return name.capitalize() if name.startswith("v(") and name[2:-1].isdecimal() else plain(name)


def natural(name: str) -> list[tuple[bool, int, str]]:
    """Key to sort names by, where ``n2`` comes before ``n10``, and numbers come first."""
    bare = name[2:-1] if name.startswith("v(") else plain(name)
    return [
        (not piece.isdecimal(), int(piece) if piece.isdecimal() else 0, piece)
        for piece in re.findall(r"[0-9]+|[^0-9]+", bare)
    ]


def started(result: Result, options: Mapping[str, object]) -> Iterator[str]:
    """Lines of ngspice's list of the operating point that a transient starts from."""
    rest = result.probes.more.get("rest") if result.analysis == "tran" and result.probes is not None else None
    if rest is None or "noacct" in options:
        return
    yield "\nInitial Transient Solution\n--------------------------\n"
    yield f"{'Node':<30} {'Voltage':>15}"
    yield f"{'----':<30} {'-------':>15}"
    for name, value in zip(rest[0], rest[1].tolist(), strict=True):
        if not name.startswith("@"):
            yield f"{name[2:-1] + '#branch' * name.startswith('i('):<30} {value + 0.0:>15g}"
    yield "\n"


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
        shown = [*axis, *columns[start : start + each]]
        yield f"{' ' * 32}{title}"
        yield f"{' ' * 32}{plotname}  {time.strftime(DATE)}"
        yield "-" * WIDTH
        yield f"{'Index':<8}" + "".join(f"{name:<16}" for name, _ in shown)
        yield "-" * WIDTH
        for index, row in enumerate(zip(*(values.tolist() for _, values in shown), strict=True)):
            yield f"{index}\t" + "".join(f"{entry(value)}\t" for value in row)
        yield ""
