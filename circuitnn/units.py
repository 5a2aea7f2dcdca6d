"""Numbers as decks write them: ``4.7k``, ``10uF``, ``1meg``.

The rules are SPICE's: case does not matter, ``m`` is milli, ``meg`` is 1e6, ``mil`` is
25.4e-6, and letters after the suffix are a unit and mean nothing.
"""

from __future__ import annotations

import re
import warnings
from math import isfinite, log10, nan

from circuitnn.errors import AnalysisError, DeckWarning, nearest

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

# Units that may stand behind a number and its suffix; f, a and m alone are suffixes.
UNITS = frozenset(
    "a amp amps ampere amperes adc aac ap apk app arms c coul coulomb coulombs db deg degc degree degrees ev f fd "
    "farad farads h henry henries henrys hy hz hertz j joule k kelvin m meter meters metre metres mho mhos ohm ohms pa "
    "rad s sec secs second seconds siemens sq t tesla v vac vdc volt volts vp vpk vpp vrms w watt watts wb weber "
    "Ω ω \u2126 °".split()
)
_SPELT_OUT = re.compile(r"(?:atto|femto|pico|nano|milli|kil(?=oh)|kilo|mega?|giga?|tera)(.*)$")
_MEANT = {"micro": "u", "ppm": "u"}  # letters that begin with another suffix than the one they mean

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


def unit_doubt(text: str) -> str:
    """Say what is odd about the letters behind a number, which have no effect.

    Parameters
    ----------
    text : str
        A word that `parse_number` reads, in lower case.

    Returns
    -------
    str
        A sentence; empty for a suffix and a unit.

    Examples
    --------
    >>> unit_doubt("10uf"), unit_doubt("1kohm"), unit_doubt("5volts")
    ('', '', '')
    >>> unit_doubt("1kohmm")
    "'1kohmm' counts as 1000: 'ohmm' is no unit (did you mean ohm, ohms or mho?)"
    """
    match = _NUMBER.match(text)
    if match is None:
        return ""
    number = text[: match.end(2) if match.group(2) else match.end(1)]
    suffix, letters = match.group(3) or "", text[len(number) :]
    rest = letters[len(suffix) :]
    if not rest or rest in UNITS:
        return ""
    spelt = _SPELT_OUT.match(letters)
    if spelt and (not spelt[1] or spelt[1] in UNITS):
        return ""
    counts = f"'{text}' counts as {parse_number(text):g}"
    for begin, meant in _MEANT.items():
        if letters.startswith(begin):
            return f"{counts}: '{suffix}' is {SUFFIXES[suffix]:g}, whatever follows; write {number}{meant}"
    if letters in UNITS:
        return f"{counts}: '{suffix}' is {SUFFIXES[suffix]:g}, whatever follows; write {number}"
    if letters == "x":
        return f"{counts}: x is no suffix of SPICE; write {number}meg if it is HSPICE's"
    if letters == "e":
        return f"{counts}: no exponent follows its e"
    if rest[0] == "o" and not rest.startswith("oh"):
        return f"{counts}: '{rest}' is no unit; is its o meant to be 0?"
    return f"{counts}: '{rest}' is no unit{nearest(rest, sorted(UNITS)) if len(rest) > 2 else ''}"


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
        raise AnalysisError(f"{what} = {_named(value)}: a finite number is needed".removeprefix(" = "))
    doubt = unit_doubt(value.lower()) if isinstance(value, str) else ""
    if doubt:
        warnings.warn(f"{what}: {doubt}".removeprefix(": "), DeckWarning, stacklevel=3)
    return number


def positive_of(value: object, what: str) -> float:
    """Convert a number given by the user to a float above 0.

    Parameters
    ----------
    value : real number or str
        As for `number_of`.
    what : str
        What it is, for the message.

    Returns
    -------
    float

    Raises
    ------
    AnalysisError
        If it is not a number, not finite, or not positive.
    """
    number = number_of(value, what)
    if not number > 0.0:
        raise AnalysisError(f"{what} = {number:g}: must be positive")
    return number


def _named(value: object) -> str:
    """Show a value in a message: an array by its shape."""
    shape = getattr(value, "shape", ())
    return f"an array of shape {shape}" if shape else str(value)


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
