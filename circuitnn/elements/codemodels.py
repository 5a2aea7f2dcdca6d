"""XSPICE's analog code models: texts of what they put out, by what comes in.

Corners are rounded as XSPICE has them, by parabolas over ``±domain``. Defaults as measured on ngspice 44.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unwrap, words

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader


class Given:
    """Parameters of a model card.

    Parameters
    ----------
    reader : ElementReader
    name, type_ : str
        Of the model.
    texts : mapping of str to str
    """

    def __init__(self, reader: ElementReader, name: str, type_: str, texts: Mapping[str, str]) -> None:
        self.reader, self.name, self.type, self.texts = reader, name, type_, texts

    def text(self, key: str, default: str = "") -> str:
        """A value as text of an expression."""
        found = unwrap(self.texts.get(key, default))
        if found.startswith("["):
            raise CardError(f"'{key}' of model '{self.name}' is one number, not a list", key)
        return f"({found})" if found else ""

    def needed(self, key: str) -> str:
        """A value that has no default."""
        if key not in self.texts:
            raise CardError(f"model '{self.name}' of type {self.type} needs {key}=", self.name)
        return self.text(key)

    def flag(self, key: str, default: bool) -> bool:
        """A value that is true or false."""
        text = unwrap(self.texts.get(key, "true" if default else "false"))
        if text not in ("true", "t", "yes", "1", "false", "f", "no", "0"):
            raise CardError(f"'{key}' of model '{self.name}' is true or false, not '{text}'", key)
        return text in ("true", "t", "yes", "1")

    def several(self, key: str, count: int | None = None, default: str = "") -> list[str]:
        """Values as texts; `count` of them, the last ones by default."""
        text = unwrap(self.texts.get(key, ""))
        found = [f"({unwrap(word)})" for word in words(text.strip("[] "))] if text else []
        if count is None:
            return found
        if len(found) > count:
            raise CardError(f"'{key}' of model '{self.name}' has {len(found)} values for {count} inputs", key)
        return found + [f"({default})"] * (count - len(found))

    def values(self, key: str) -> list[Value]:
        """Values as numbers or expressions of parameters."""
        return [self.reader.value(unwrap(text[1:-1])) for text in self.several(key)]

    def numbers(self, key: str) -> list[float]:
        """Values that must be numbers."""
        found = self.values(key)
        if not found or not all(isinstance(x, float) for x in found):
            raise CardError(f"'{key}' of model '{self.name}' must be a list of numbers", key)
        return [x for x in found if isinstance(x, float)]


Static = Callable[[Given, list[list[str]]], str]


def ramp(t: str, domain: str) -> str:
    """max(t, 0) with its corner a parabola within ``±domain``."""
    if unwrap(domain).strip("() ") in ("0", "0.0"):
        return f"max({t},0)"
    inside = f"(min(max({t},-{domain}),{domain})+{domain})"
    return f"({inside}*{inside}/(4*{domain})+max({t}-{domain},0))"


def limited(y: str, low: str, high: str, domain: str) -> str:
    """A value between limits, with rounded corners."""
    return f"({y}+{ramp(f'({low}-{y})', domain)}-{ramp(f'({y}-{high})', domain)})"


def gain(given: Given, ins: list[list[str]]) -> str:
    """gain·(in + in_offset) + out_offset."""
    return f"({amplified(given, ins)}+{given.text('out_offset', '0')})"


def amplified(given: Given, ins: list[list[str]]) -> str:
    """gain·(in + in_offset) of the first input."""
    return f"({given.text('gain', '1')}*({ins[0][0]}+{given.text('in_offset', '0')}))"


def _scaled_inputs(given: Given, ins: list[list[str]]) -> list[str]:
    offsets = given.several("in_offset", len(ins[0]), "0")
    gains = given.several("in_gain", len(ins[0]), "1")
    return [f"{g}*({x}+{o})" for x, o, g in zip(ins[0], offsets, gains, strict=True)]


def _after(given: Given, text: str) -> str:
    return f"({given.text('out_gain', '1')}*({text})+{given.text('out_offset', '0')})"


def summer(given: Given, ins: list[list[str]]) -> str:
    """out_gain·Σ in_gain·(in + in_offset) + out_offset."""
    return _after(given, "+".join(_scaled_inputs(given, ins)))


def mult(given: Given, ins: list[list[str]]) -> str:
    """The same of a product."""
    return _after(given, "*".join(_scaled_inputs(given, ins)))


def divide(given: Given, ins: list[list[str]]) -> str:
    """Numerator over denominator, of which the magnitude stays above den_lower_limit."""
    num = f"({given.text('num_gain', '1')}*({ins[0][0]}+{given.text('num_offset', '0')}))"
    den = f"({given.text('den_gain', '1')}*({ins[1][0]}+{given.text('den_offset', '0')}))"
    least, domain = given.text("den_lower_limit", "1e-10"), given.text("den_domain", "1e-10")
    if given.flag("fraction", False):
        domain = f"({domain}*{least})"
    size = f"({least}+{ramp(f'(abs({den})-{least})', domain)})"
    return _after(given, f"({den}<0 ? -1 : 1)*{num}/{size}")


def _range(given: Given, low: str, high: str) -> str:
    domain = given.text("limit_range", "1e-6")
    return f"({domain}*({high}-{low}))" if given.flag("fraction", False) else domain


def limit(given: Given, ins: list[list[str]]) -> str:
    """An amplifier with limits."""
    low, high = given.needed("out_lower_limit"), given.needed("out_upper_limit")
    return limited(amplified(given, ins), low, high, _range(given, low, high))


def climit(given: Given, ins: list[list[str]]) -> str:
    """An amplifier with limits that are inputs, less upper_delta and more lower_delta."""
    low = f"({ins[2][0]}+{given.text('lower_delta', '0')})"
    high = f"({ins[1][0]}-{given.text('upper_delta', '0')})"
    return limited(amplified(given, ins), low, high, _range(given, low, high))


def pwl(given: Given, ins: list[list[str]]) -> str:
    """Straight lines through points, which go on outside, or end with ``limit=true``."""
    xs, ys = given.numbers("x_array"), given.numbers("y_array")
    if len(xs) != len(ys) or len(xs) < 2 or any(a >= b for a, b in pairwise(xs)):
        raise CardError(
            f"model '{given.name}' needs as many rising x_array= as y_array=, two or more", "x_array"
        )
    domain = given.reader.value(unwrap(given.texts.get("input_domain", "0.01")))
    if not isinstance(domain, float):
        raise CardError(f"'input_domain' of model '{given.name}' must be a number", "input_domain")
    held = given.flag("limit", False)
    slopes = [(b - a) / (q - p) for (p, a), (q, b) in pairwise(zip(xs, ys, strict=True))]
    lengths = [q - p for p, q in pairwise(xs)]
    corners, x = xs[1:-1], ins[0][0]
    text = f"{ys[0]!r}+({slopes[0]!r})*({x}-({xs[0]!r}))"
    if held:
        slopes, corners = [0.0, *slopes, 0.0], xs
        lengths, text = [lengths[0], *lengths, lengths[-1]], repr(ys[0])
    relative = given.flag("fraction", True)
    for corner, (before, after), near in zip(corners, pairwise(slopes), pairwise(lengths), strict=True):
        width = domain * min(near) if relative else domain
        text += f"+({after - before!r})*{ramp(f'({x}-({corner!r}))', repr(width))}"
    return f"({text})"


def d_dt(given: Given, ins: list[list[str]]) -> str:
    """gain·d(in)/dt + out_offset between limits."""
    rate = f"({given.text('gain', '1')}*ddt({ins[0][0]})+{given.text('out_offset', '0')})"
    low, high = given.text("out_lower_limit"), given.text("out_upper_limit")
    if not low or not high:
        return rate
    return limited(rate, low, high, given.text("limit_range", "1e-6"))


# Models that have no state: how many inputs, and what they put out; the first input of summer and mult is a vector.
STATIC: dict[str, tuple[int, Static]] = {
    "gain": (1, gain),
    "summer": (1, summer),
    "mult": (1, mult),
    "divide": (2, divide),
    "limit": (1, limit),
    "climit": (3, climit),
    "pwl": (1, pwl),
    "d_dt": (1, d_dt),
}
