"""Units as powers of the base units: what ``V/(K s)`` is made of."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product

# Powers of m, kg, s, A, K, mol.
Powers = tuple[Fraction, ...]
BASE = ("m", "kg", "s", "A", "K", "mol")
NONE: Powers = (Fraction(0),) * len(BASE)


def powers(**exponents: int) -> Powers:
    """Powers of base units by name."""
    return tuple(Fraction(exponents.get(name, 0)) for name in BASE)


NAMED: dict[str, Powers] = {
    "": NONE,
    "V": powers(kg=1, m=2, s=-3, A=-1),
    "A": powers(A=1),
    "Ohm": powers(kg=1, m=2, s=-3, A=-2),
    "S": powers(kg=-1, m=-2, s=3, A=2),
    "C": powers(A=1, s=1),
    "F": powers(kg=-1, m=-2, s=4, A=2),
    "H": powers(kg=1, m=2, s=-2, A=-2),
    "Wb": powers(kg=1, m=2, s=-2, A=-1),
    "W": powers(kg=1, m=2, s=-3),
    "J": powers(kg=1, m=2, s=-2),
    "T": powers(kg=1, s=-2, A=-1),
    "N": powers(kg=1, m=1, s=-2),
    "Pa": powers(kg=1, m=-1, s=-2),
    "Hz": powers(s=-1),
    **{name: powers(**{name: 1}) for name in BASE},
}
SHOWN = ("V", "A", "s", "K", "m", "W", "S", "Ohm", "C", "F", "J", "T", "H")  # the first that fit are written
PLAIN = ("1", "rad", "deg", "°", "decade", "e-fold", "dB", "%")  # numbers, whatever they count
KELVIN, CELSIUS = NAMED["K"], "°C"
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_SYMBOLS = {**NAMED, "Ω": NAMED["Ohm"], "g": NAMED["kg"], **dict.fromkeys(PLAIN, NONE)}
_WORD = re.compile(
    r"(?P<root>√?)(?P<prefix>[fpnuµμmckMGT]?)(?P<unit>"
    + "|".join(re.escape(u) for u in sorted(filter(None, _SYMBOLS), key=len, reverse=True))
    + r")\^?(?P<power>-?\d*)"
)


def parsed(text: str) -> Powers | None:
    """Powers of the base units in a unit, whatever its prefixes; None if it is none of SI, as eV.

    Parameters
    ----------
    text : str
        ``V``, ``1/(V s)``, ``cm²/(V·s)``, ``√V``, …

    Returns
    -------
    tuple of Fraction or None
    """
    product = NONE
    for number, part in enumerate(text.translate(_SUPERSCRIPTS).split("/")):
        for word in filter(None, re.split(r"[\s·*()]+", part)):
            match = _WORD.fullmatch(word)
            if match is None:
                return None
            power = Fraction(match["power"] or 1) * (Fraction(1, 2) if match["root"] else 1)
            product = times(product, scaled(_SYMBOLS[match["unit"]], -power if number else power))
    return product


def times(a: Powers, b: Powers) -> Powers:
    """Powers of a product."""
    return tuple(x + y for x, y in zip(a, b, strict=True))


def scaled(a: Powers, exponent: Fraction | int) -> Powers:
    """Powers of a power."""
    return tuple(x * exponent for x in a)


def text_of(a: Powers) -> str:
    """The unit in words: a name, a product or quotient of two, else base units."""
    if a == NONE:
        return "a number"
    named = {name: NAMED[name] for name in SHOWN}
    for one, first in named.items():
        if a == first:
            return one
        if a == scaled(first, -1):
            return f"1/{one}"
    for (one, first), (two, second) in product(named.items(), repeat=2):
        if a == times(first, second):
            return f"{one}·{two}"
        if a == times(first, scaled(second, -1)):
            return f"{one}/{two}"
    above, below = (
        [name if p == sign else f"{name}^{sign * p}" for name, p in zip(BASE, a, strict=True) if sign * p > 0]
        for sign in (1, -1)
    )
    return "/".join(filter(None, ("·".join(above) or "1", "/".join(below))))
