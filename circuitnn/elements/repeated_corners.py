"""LTspice's corners of ``pwl``: scales, and parts that repeat, ``repeat for 3 (0 0 1m 1 2m 0) endrepeat``."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError
from circuitnn.equations.expr import simple
from circuitnn.equations.graph import as_expr
from circuitnn.units import parse_number

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.reader import Reader

SCALES = ("time_scale_factor", "value_scale_factor")
REPEATING = frozenset(("repeat", *SCALES))
"""Words of LTspice within the numbers of ``pwl``."""
MOST = 100_000  # corners of a part that repeats, all times together


def corners_of(reader: Reader, given: list[str], origin: int, before: Value = 0.0) -> list[Value]:
    """Times and values from words; a time with a plus sign counts from the time before it, as in LTspice.

    Parameters
    ----------
    reader : Reader
    given : list of str
    origin : int
        Of the card, for a warning: in ngspice the sign has no effect.
    before : float or Expr
        Time before the first one. [s]
    """
    corners = [reader.value(word.removeprefix("+")) for word in given]
    relative = [k for k in range(0, len(given), 2) if given[k][0] == "+"]
    for k in relative:
        last = corners[k - 2] if k else before
        if last != 0.0:
            corners[k] = simple(as_expr(last) + as_expr(corners[k]))
            if k == relative[-1] and not reader.deck.dialect.ltspice:
                said = f"'{given[k]}' in pwl counts from the time before it, as in LTspice"
                reader.idle(origin, f"{said}; ngspice takes it as {given[k][1:]}")
    return corners


def repeated_corners(reader: Reader, given: list[str], origin: int) -> tuple[list[Value], Value]:
    """Times and values of the corners, and the time to go back to after the last one; NaN for none.

    Parameters
    ----------
    reader : Reader
    given : list of str
        Words after ``pwl``, without brackets.
    origin : int

    Raises
    ------
    CardError
    """
    scale: list[Value] = [1.0, 1.0]
    corners: list[Value] = []
    back: Value | None = None
    at = 0
    while at < len(given):
        word = given[at]
        if word in SCALES:
            scale[SCALES.index(word)] = reader.value(_after(given, at))
            at += 2
        elif word == "repeat":
            end = given.index("endrepeat", at) if "endrepeat" in given[at:] else len(given)
            part, times = _part(reader, given[at + 1 : end], origin)
            if times == 0:
                if end + 1 < len(given):
                    raise CardError("nothing may follow 'repeat forever … endrepeat'", given[end + 1])
                back = corners[-2] if corners else 0.0
            _append(corners, part, max(times, 1))
            at = end + 1
        else:
            end = next((k for k in range(at, len(given)) if given[k] in REPEATING), len(given))
            corners += corners_of(reader, given[at:end], origin, corners[-2] if corners else 0.0)
            at = end
    scaled = [_product(value, scale[k % 2]) for k, value in enumerate(corners)]
    return scaled, nan if back is None else _product(back, scale[0])


def _after(given: list[str], at: int) -> str:
    if at + 1 >= len(given):
        raise CardError(f"'{given[at]}' needs a value", given[at])
    return given[at + 1]


def _part(reader: Reader, given: list[str], origin: int) -> tuple[list[Value], int]:
    """Corners of a part that repeats, and how often; 0 for ever."""
    if given[:1] == ["forever"]:
        times, rest = 0, given[1:]
    elif given[:1] == ["for"] and len(given) > 1:
        try:
            number = parse_number(given[1])
        except ValueError:
            number = nan
        times, rest = int(number) if number >= 1.0 and number % 1.0 == 0.0 else 0, given[2:]
        if times == 0:
            raise CardError(f"'repeat for {given[1]}': a whole number of times is needed", given[1])
    else:
        raise CardError("'repeat' takes 'for' and a number, or 'forever'", "repeat")
    if "repeat" in rest:
        raise CardError("'repeat' within 'repeat' is not supported: write the inner corners out", "repeat")
    if len(rest) < 4 or len(rest) % 2:
        raise CardError("'repeat' takes at least two pairs of time and value", "repeat")
    if len(rest) * times > 2 * MOST:
        raise CardError(f"more than {MOST} corners: write 'repeat forever'", "repeat")
    return corners_of(reader, rest, origin), times


def _append(corners: list[Value], part: list[Value], times: int) -> None:
    """Add a part so many times, each after the end of what is before it."""
    for _ in range(times):
        start = corners[-2] if corners else 0.0
        moved = [simple(as_expr(start) + as_expr(v)) if k % 2 == 0 else v for k, v in enumerate(part)]
        if corners[-2:] == moved[:2]:  # the same corner
            del moved[:2]
        corners += moved


def _product(value: Value, factor: Value) -> Value:
    return value if factor == 1.0 else simple(as_expr(value) * as_expr(factor))
