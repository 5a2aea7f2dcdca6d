"""XSPICE's transfer function by a table: frequencies, and the complex gain at each.

Real and imaginary parts are interpolated linearly and held outside the table. Operating points and transients use the
real part at the first frequency, as in ngspice.
"""

from __future__ import annotations

from cmath import exp
from itertools import pairwise
from math import pi, radians

from circuitnn.elements.card import CardError
from circuitnn.elements.codemodels.block import CodeModel, Pin
from circuitnn.elements.codemodels.given import Given
from circuitnn.elements.codemodels.stateless import lines, making


def xfer(given: Given, ins: list[list[str]]) -> str:
    """Rows of frequency, size and angle, or with ``r_i=true`` of frequency, real and imaginary part."""
    if "file" in given.texts:
        raise CardError(f"model '{given.name}': 'file' of an xfer is not supported; give table=[…]", "file")
    span, offset = int(given.number("span", 3.0)), int(given.number("offset", 1.0))
    numbers = given.numbers("table")
    if span < 3 or not 1 <= offset <= span - 2 or len(numbers) % span:
        raise CardError(f"'table' of model '{given.name}' has no rows of {span} numbers", "table")
    starts = range(0, len(numbers), span)
    rows = [(numbers[k], numbers[k + offset], numbers[k + offset + 1]) for k in starts]
    table = from_numbers(rows, given.flag("r_i", False), given.flag("db", True), given.flag("rad", False))
    return passed(given.name, ins[0][0], table)


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


MODELS = {"xfer": CodeModel((Pin("in"), Pin("out")), "table db rad r_i span offset file", making(xfer))}
