"""Tables of numbers as ngspice prints them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.records import dataclass, replace

if TYPE_CHECKING:
    from circuitnn.results.result import Result

WIDTH = 80  # of ngspice's pages [characters]
HEIGHT = 60  # … [lines]
PAGE_BREAK = "\f"
WITHOUT_REST = "Operating point simulation skipped by 'uic',\n  now using transient initial conditions."
DATE = "%a %b %d %H:%M:%S  %Y"

Column = tuple[str, np.ndarray]


@dataclass(frozen=True)
class Form:
    """Format of numbers and tables.

    Parameters
    ----------
    digits : int
        Digits after the point of a number; a minus sign takes the place of one.
    width : int
        Characters of a line.
    height : int
        Lines of a page of a table; 0: the table is not broken.
    """

    digits: int = 6
    width: int = WIDTH
    height: int = HEIGHT


USUAL = Form()


def number(value: float, form: Form = USUAL) -> str:
    """A number in 12 characters, as ngspice prints it: a minus sign takes the place of a digit."""
    return f"{value:.{max(form.digits - bool(np.signbit(value)), 0)}e}"


def compact(value: complex, form: Form = USUAL) -> str:
    """A number, or real and imaginary part separated by a comma only."""
    return entry(value, form).replace("\t", "")


def entry(value: complex, form: Form = USUAL) -> str:
    """A number, or real and imaginary part of a phasor."""
    if isinstance(value, complex):
        return f"{number(value.real, form)},\t{number(value.imag, form)}"
    return number(value, form)


def heading(text: str) -> str:
    """Heading of a column in ngspice's tables: ``v1#branch`` for the current of v1."""
    current = text.startswith("i(") and text.endswith(")") and text.count("(") == 1
    return branch(text[2:-1]) if current else text


def branch(element: str) -> str:
    """ngspice's own name of the current of an element; ports of code models are numbered."""
    return f"{element}#branch{'_1_0' * element.startswith('a')}"


def plain(name: str) -> str:
    """ngspice's own name of a variable: ``out`` for ``v(out)``, ``v1#branch`` for ``i(v1)``."""
    node = name.startswith("v(") and name.endswith(")") and not _begins_with_digit(name)
    return name[2:-1] if node else heading(name)


def column(name: str) -> str:
    """Heading of a column: the plain name, with a capital V for nodes whose names begin with a digit."""
    return f"V{name[1:]}" if name.startswith("v(") and _begins_with_digit(name) else plain(name)


def _begins_with_digit(name: str) -> bool:
    """Whether that is so of the node in ``v(node)``; ngspice keeps the brackets of these."""
    return name[2:3].isdecimal()


def natural(name: str) -> list[tuple[int, int]]:
    """Sort key of names that puts ``n2`` before ``n10``.

    ``transfer_function``, which ngspice begins with a capital, comes before all others.
    """
    bare = name[2:-1] if name.startswith("v(") else plain(name)
    bare = name.capitalize() if name == "transfer_function" else bare
    return [
        (ord("0") if p.isdecimal() else ord(p), int(p) if p.isdecimal() else 0)
        for p in re.findall(r"[0-9]+|[^0-9]", bare)
    ]


_CAPITALS = {
    "transfer_function": "Transfer_function",
    "#input_impedance": "#Input_impedance",
    "#output_impedance": "#Output_impedance",
    "output_impedance_at_v(": "output_impedance_at_V(",
}


def streamed(result: Result) -> Result:
    """A result with the capitals that ngspice's ``-r`` writes in the names of a transfer function."""
    if result.analysis != "tf":
        return result
    return replace(result, names=tuple(map(capitals, result.names)))


def capitals(name: str) -> str:
    """The name of a transfer function's vector with ngspice's capitals."""
    for plain_, written in _CAPITALS.items():
        name = name.replace(plain_, written)
    return name


def started(result: Result, options: Mapping[str, object]) -> Iterator[str]:
    """Lines of ngspice's list of the operating point at which a transient starts."""
    rest = result.probes.more.get("rest") if result.analysis == "tran" and result.probes is not None else None
    if rest is None or "noacct" in options:
        return
    yield "\nInitial Transient Solution\n--------------------------\n"
    yield f"{'Node':<30} {'Voltage':>15}"
    yield f"{'----':<30} {'-------':>15}"
    for name, value in zip(rest[0], rest[1].tolist(), strict=True):
        if not name.startswith("@"):
            yield f"{branch(name[2:-1]) if name.startswith('i(') else name[2:-1]:<30} {value + 0.0:>15g}"
    yield "\n"


def without_rest(result: Result) -> bool:
    """Whether a transient began at given voltages rather than at an operating point."""
    return result.analysis == "tran" and bool((result.arguments or {}).get("uic"))


def line(name: str, values: np.ndarray, form: Form = USUAL) -> Iterator[str]:
    """Lines of a vector printed by rows: ``name = number``, or ``name = (  number number … )``."""
    if len(values) == 1:
        yield f"{name} = {compact(values.tolist()[0], form)}"
        return
    text, place = f"{name} = (  ", 10  # ngspice counts from here, however long the name is
    for value in values.tolist():
        item = compact(value, form)
        text += item + "\t"
        place = (place + len(item) + 7) // 8 * 8 + 1
        if place > form.width:
            yield text.removesuffix("\t")
            text, place = "\t", 9
    yield text + ")"


def pages(
    title: str, plotname: str, axis: Sequence[Column], columns: Sequence[Column], form: Form = USUAL
) -> Iterator[str]:
    """Lines of a table, in pages of as many columns beside the axis as fit into a line.

    Parameters
    ----------
    title, plotname : str
    axis : sequence of (str, ndarray)
        One column or none.
    columns : sequence of (str, ndarray)
        Of any lengths; below the end of a column its cells are empty.
    form : Form
    """
    indent = " " * max((form.width - len(title)) // 2, 0)
    for k, group in enumerate(fitting(axis, columns, form.width - 8)):
        if k > 0:
            yield PAGE_BREAK
        yield f"{indent}{title}"
        yield f"{indent}{plotname}  {time.strftime(DATE)}"
        yield "-" * form.width
        heads = [f"{name[:15]:<16}" for name, _ in axis]
        places = [(name, 32 if np.iscomplexobj(values) else 16) for name, values in group]
        heads += [f"{name[: place - 1]:<{place}}" for name, place in places]
        head = "Index   " + "".join(heads), "-" * form.width
        yield from head
        shown = [*((name, np.real(values)) for name, values in axis), *group]
        cells = [[entry(value, form) for value in values.tolist()] for _, values in shown]
        for index, row in enumerate(zip_longest(*cells, fillvalue="\t")):
            if _begins_page(index, form.height):
                yield from (PAGE_BREAK, *head)
            yield f"{index}\t" + "".join(f"{cell}\t" for cell in row)


def _begins_page(index: int, height: int) -> bool:
    """Whether a row begins a further page; the title takes three lines of the first page, the heading two of each."""
    beyond = index - (height - 5)
    return height > 0 and beyond >= 0 and beyond % (height - 2) == 0


def fitting(axis: Sequence[Column], columns: Sequence[Column], width: int) -> Iterator[Sequence[Column]]:
    """Iterate over the columns of each page; a phasor takes the space of two, and so does the axis of phasors."""
    places = [1 + bool(np.iscomplexobj(values)) for _, values in (*axis, *columns)]
    room = width // 16 - sum(places[: len(axis)])
    first = used = 0
    for k, place in enumerate(places[len(axis) :]):
        if k > first and used + place > room:
            yield columns[first:k]
            first, used = k, 0
        used += place
    yield columns[first:]
