"""Numbers as decks write them: ``4.7k``, ``10uF``, ``1meg``.

The rules are SPICE's: case does not matter, ``m`` is milli, ``meg`` is 1e6, ``mil`` is
25.4e-6, and letters after the suffix are a unit and mean nothing.
"""

from __future__ import annotations

import re
from math import isfinite, log10, nan

from circuitnn.errors import AnalysisError

# Prefixes that numbers have on pictures and pages.
PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
SUFFIXES = {
    "t": 1e12,
    "g": 1e9,
    "meg": 1e6,
    "k": 1e3,
    "mil": 25.4e-6,
    "m": 1e-3,
    "u": 1e-6,
    "µ": 1e-6,  # U+00B5, micro sign
    "μ": 1e-6,  # U+03BC, Greek mu
    "n": 1e-9,
    "p": 1e-12,
    "f": 1e-15,
    "a": 1e-18,
}
# Suffix as a power of ten added to the exponent, so that 4.7k is the double nearest to 4700.
_POWERS = {suffix: round(log10(value)) for suffix, value in SUFFIXES.items() if suffix != "mil"}

NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[ed][+-]?\d+)?(?:[a-zµμΩω\u2126°]*)"
"""Pattern of an unsigned number in lower case, suffix and unit included."""

_NUMBER = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[ed]([+-]?\d+))?(t|g|meg|mil|k|m|u|µ|μ|n|p|f|a)?[a-zµμΩω\u2126°]*$",
    re.IGNORECASE,
)


def parse_number(text: str) -> float:
    """Read a number with an optional suffix and unit.

    Parameters
    ----------
    text : str
        For instance ``"4.7kohm"``, ``"1e-3meg"``, ``"-.5u"``.

    Returns
    -------
    float
        In SI units.

    Raises
    ------
    ValueError
        If `text` is not a number, or too large for one.

    Examples
    --------
    >>> parse_number("4.7kohm")
    4700.0
    >>> parse_number("1MEG") == 1e6, parse_number("1M") == 1e-3
    (True, True)
    """
    match = _NUMBER.match(text)
    if match is None:
        raise ValueError(f"'{text}' is not a number")
    mantissa, exponent, suffix = match.groups()
    if suffix is None:
        value = float(f"{mantissa}e{exponent}" if exponent else mantissa)
    else:
        suffix = suffix.lower()
        if suffix == "mil":
            value = float(f"{mantissa}e{exponent or 0}") * 25.4e-6
        else:
            value = float(f"{mantissa}e{int(exponent or 0) + _POWERS[suffix]}")
    if value - value != 0.0:
        raise ValueError(f"'{text}' is too large")
    return value


def number_or_none(text: str) -> float | None:
    """Read a number as `parse_number` does.

    Parameters
    ----------
    text : str

    Returns
    -------
    float or None
        None if `text` is not a number.
    """
    try:
        return parse_number(text)
    except ValueError:
        return None


def number_of(value: object, what: str = "") -> float:
    """Convert a number given by the user to a float.

    Parameters
    ----------
    value : real number or str
        Anything that `float` takes: Python and NumPy numbers, arrays without axes, fractions; or text with a suffix.
    what : str
        What it is, for the message.

    Returns
    -------
    float

    Raises
    ------
    AnalysisError
        If it is not a number, or not finite.
    """
    try:
        number = parse_number(value) if isinstance(value, str) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = nan
    if not isfinite(number):
        raise AnalysisError(f"{what} = {value}: a finite number is needed".removeprefix(" = "))
    return number


def whole_of(value: object, what: str) -> int:
    """Convert a whole number given by the user to an int.

    Parameters
    ----------
    value : real number or str
        As for `number_of`.
    what : str
        What it is, for the message.

    Returns
    -------
    int

    Raises
    ------
    AnalysisError
        If it is not a whole number.
    """
    number = number_of(value, what)
    if number != round(number):
        raise AnalysisError(f"{what} = {value}: a whole number is needed")
    return round(number)
