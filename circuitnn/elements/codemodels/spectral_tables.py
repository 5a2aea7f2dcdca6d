"""XSPICE's transfer function by a table of a card or a file: frequencies, and the complex gain at each.

Real and imaginary parts are interpolated linearly and held outside the table. Operating points and transients use the
real part at the first frequency, as in ngspice.
"""

from __future__ import annotations

from cmath import exp
from itertools import pairwise
from math import pi, radians

from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given
from circuitnn.elements.codemodels.stateless import lines
from circuitnn.machine.text import lines_of
from circuitnn.units import parse_number

UNITS = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}  # of frequencies, on a file's line of options [Hz]


def _xfer(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """Rows of frequency, size and angle, or with ``r_i=true`` of frequency, real and imaginary part."""
    span, offset = int(given.number("span", 3.0)), int(given.number("offset", 1.0))
    source = "table"
    words: tuple[str, ...] = ()
    if "file" in given.texts:
        source = unwrap(given.texts["file"]).strip("\"'")
        words, numbers = _file(block, given, source)
        if "table" in given.texts:
            block.reader.idle(block.origin, f"'table' of model '{given.name}' has no effect: it has a file")
    else:
        numbers = given.numbers("table")
    if span < 3 or not 1 <= offset <= span - 2 or not numbers or len(numbers) % span:
        raise CardError(f"'{source}' of model '{given.name}' has no rows of {span} numbers", source)
    unit = next((UNITS[word] for word in words if word in UNITS), 1.0)
    starts = range(0, len(numbers), span)
    rows = [(unit * numbers[k], numbers[k + offset], numbers[k + offset + 1]) for k in starts]
    real = given.flag("r_i", "ri" in words)
    decibels = given.flag("db", not words or "db" in words)
    table = from_numbers(rows, real, decibels, given.flag("rad", False))
    block.put(ports[1][0], passed(given.name, block.input(ports[0][0]), table))


def _file(block: Block, given: Given, name: str) -> tuple[tuple[str, ...], list[float]]:
    """Options and numbers of a Touchstone file: a line ``# Hz S MA R 50``, then rows; ``!`` begins a comment."""
    shown, content = block.reader.sources.file(given.origin, name)
    words: tuple[str, ...] = ()
    numbers: list[float] = []
    for place, line in enumerate(lines_of(content), 1):
        line = line.partition("!")[0].lower().replace(",", " ").strip()
        if line.startswith("#"):
            words = words or ("#", *line[1:].split())
            continue
        try:
            numbers += [parse_number(word) for word in line.split()]
        except ValueError:  # does not quote the word: a deck must not reveal the contents of other files
            raise CardError(f"{shown}:{place}: a word that is not a number", name) from None
    if not words:
        raise CardError(f"'{name}' of model '{given.name}' has no line of options, as '# Hz S MA R 50'", name)
    if any(UNITS.get(word, 1.0) != 1.0 for word in words):
        block.reader.idle(
            block.origin,
            f"frequencies of '{name}' count in the unit of its options; ngspice takes them in Hz",
        )
    return words, numbers


def from_numbers(
    rows: list[tuple[float, float, float]], real: bool, decibels: bool, radians_: bool
) -> list[tuple[float, complex]]:
    """A table from rows of frequency, and real and imaginary part (`real`) or size and angle."""
    if real:
        return [(f, complex(a, b)) for f, a, b in rows]
    return [
        (f, (10.0 ** (size / 20.0) if decibels else size) * exp(1j * (angle if radians_ else radians(angle))))
        for f, size, angle in rows
    ]


def passed(name: str, text: str, table: list[tuple[float, complex]]) -> str:
    """Text of an expression times the transfer function of a table."""
    at, values = [f for f, _ in table], [h for _, h in table]
    if len(at) == 1:
        at, values = [at[0], at[0] + 1.0], values * 2
    if any(a >= b for a, b in pairwise(at)) or at[0] < 0.0:
        raise CardError(f"frequencies of '{name}' must increase", name)
    real, imaginary = (
        lines("hertz", at, part, held=True) for part in ([h.real for h in values], [h.imag for h in values])
    )
    turned = f"(hertz>0 ? {imaginary}/({2.0 * pi!r}*max(hertz,1e-300)) : 0)*ddt({text})"
    return f"({real}*({text})+{turned})"


MODELS = {"xfer": CodeModel((Pin("in"), Pin("out")), "table db rad r_i span offset file", _xfer)}
