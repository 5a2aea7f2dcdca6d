"""HSPICE's and Xyce's bit patterns as corners: ``pat(vhi vlo td tr tf tsample b1011 r=1 rb=2)``.

Each bit holds for a time tsample. Where the level changes, a straight edge of length tr or tf is centred on the
boundary between two bits, as HSPICE's manual has it. A string is followed by ``r=``, how often it is repeated (-1: for
ever), and ``rb=``, the bit at which repetitions begin.
"""

from __future__ import annotations

from itertools import pairwise
from math import nan
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError
from circuitnn.equations.expr import simple
from circuitnn.equations.graph import Expr, as_expr
from circuitnn.records import dataclass
from circuitnn.units import parse_number

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.reader import Reader

NUMBERS = ("vhi", "vlo", "td", "tr", "tf", "tsample")
LEVELS = {"1": 1.0, "0": 0.0, "m": 0.5}
MOST = 1_000_000  # bits of a pattern with its repetitions


@dataclass(frozen=True)
class _Bits:
    """Bits of a pattern, and those that follow them for ever; empty: the last bit stays."""

    once: str
    forever: str = ""


def pattern_corners(reader: Reader, given: list[str]) -> tuple[list[Value], Value]:
    """Times and values of the corners, and the time to go back to after the last one; NaN for none.

    Parameters
    ----------
    reader : Reader
    given : list of str
        Words after ``pat``, without brackets; ``r`` and ``rb`` stand before their values.

    Raises
    ------
    CardError
    """
    if len(given) <= len(NUMBERS):
        raise CardError(f"pat takes {', '.join(NUMBERS)} and bits such as b1011", "pat")
    high, low, delay, rise, fall, interval = (as_expr(reader.value(word)) for word in given[: len(NUMBERS)])
    for name, value, word in zip(NUMBERS[3:], (rise, fall, interval), given[3:6], strict=True):
        if isinstance(number := simple(value), float) and not number > 0.0:
            raise CardError(f"pat: {name} = {number:g}: must be positive", word)
    bits = _bits(given[len(NUMBERS) :])
    # from the middle of the first repeated bit to the middle of the same bit a repetition later
    begin, end = (len(bits.once) + k * len(bits.forever) + 0.5 for k in (0, 1))

    def corner(place: float, side: Expr | float, level: float) -> list[Value]:
        return [simple(delay + place * interval + side), simple(low + level * (high - low))]

    sequence = bits.once + bits.forever + bits.forever[:1]
    levels = [LEVELS[bit] for bit in sequence]
    values: list[Value] = [0.0, simple(low + levels[0] * (high - low))]
    for k, (before, after) in enumerate(pairwise(levels), 1):
        if k - 0.5 == begin:
            values += corner(begin, 0.0, before)
        if before != after:
            half = 0.5 * (rise if after > before else fall)
            values += corner(k, -half, before) + corner(k, half, after)
    if not bits.forever:
        return values, nan
    return values + corner(end, 0.0, levels[-1]), corner(begin, 0.0, 0.0)[0]


def _bits(words: list[str]) -> _Bits:
    """Bits of all strings, each with its repetitions."""
    once, at = "", 0
    while at < len(words):
        text = words[at]
        bits = text[1:]
        if text[:1] != "b" or not bits or set(bits) - set(LEVELS):
            hint = "; a source has no high-impedance state" if "z" in bits and text[:1] == "b" else ""
            raise CardError(f"pat: '{text}' is not a string of bits such as b10m1{hint}", text)
        settings, at = _settings(words, at + 1)
        first = settings.get("rb", 1)
        if not 1 <= first <= len(bits):
            raise CardError(f"pat: rb = {first}: '{text}' has bits 1 to {len(bits)}", text)
        times, repeated = settings.get("r", 0), bits[first - 1 :]
        if times == -1:
            if at < len(words):
                raise CardError(f"pat: nothing follows '{text}', which is repeated for ever", words[at])
            return _Bits(once + bits, repeated)
        if times < 0 or len(once) + len(bits) + times * len(repeated) > MOST:
            raise CardError(f"pat: '{text}' is repeated 0 to {MOST:,} bits long, or for ever (r=-1)", text)
        once += bits + times * repeated
    return _Bits(once)


def _settings(words: list[str], at: int) -> tuple[dict[str, int], int]:
    """Values of ``r`` and ``rb`` from a place on, and the place after them; ``r`` alone repeats once.

    Xyce has the number of repetitions without ``r=``, too.
    """
    settings: dict[str, int] = {}
    if at < len(words) and words[at][0] not in "rb":
        words = [*words[:at], "r", *words[at:]]
        settings, end = _settings(words, at)
        return settings, end - 1
    while at < len(words) and words[at] in ("r", "rb"):
        name, value = words[at], "1"
        at += 1
        if at < len(words) and words[at][0] not in "rb":
            value = words[at]
            at += 1
        try:
            number = parse_number(value)
        except ValueError:
            number = nan
        if number % 1.0 != 0.0:
            raise CardError(f"pat: {name} = {value}: a whole number is needed", value)
        settings[name] = int(number)
    return settings, at
