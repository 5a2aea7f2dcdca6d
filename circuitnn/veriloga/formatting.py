"""Texts with places for values: ``%d``, ``%5.2f``, ``%s``, ``%h``, ``%r`` with a suffix."""

from __future__ import annotations

import math
import re


def filled(text: str, waiting: list[float | str], instance: str) -> str:
    """A text whose places are filled with the first of the values that wait."""

    def place(match: re.Match[str]) -> str:
        flags, letter = match[1], match[2]
        if letter in "%mM":
            return "%" if letter == "%" else instance
        if not waiting:
            return match[0]
        word = waiting.pop(0)
        if isinstance(word, str):
            return f"%{flags}s" % word if "." not in flags else word
        return _number(flags, letter.lower(), word)

    return re.sub(r"%([-+ 0#]*\d*(?:\.\d+)?)([a-zA-Z%])", place, text)


_SUFFIXES = dict(zip(range(-18, 13, 3), "a f p n u m  k M G T".split(" "), strict=True))


def engineering(value: float) -> str:
    """A number with a suffix of powers of 1000."""
    power = 3 * math.floor(math.log10(abs(value)) / 3.0) if value and math.isfinite(value) else 0
    return f"{value / 10.0**power:g}{_SUFFIXES[power]}" if power in _SUFFIXES else f"{value:g}"


_BASES = {"h": "x", "x": "x", "o": "o", "b": "b"}


def _number(flags: str, letter: str, value: float) -> str:
    """A number by its place in a text: ``%5.2f``, ``%d``, ``%h``, ``%r`` with a suffix."""
    if letter in "efg":
        return f"%{flags}{letter}" % value
    if letter == "r":
        return engineering(value)
    if not math.isfinite(value):
        return f"{value:g}"
    if letter == "d":
        return f"%{flags.partition('.')[0]}d" % math.floor(value + 0.5)
    if letter in _BASES:
        return format(math.floor(value + 0.5), _BASES[letter])
    return f"{value:g}"
