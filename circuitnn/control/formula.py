"""Formulas of control blocks: ngspice's expressions in real or complex vectors.

A Pratt parser that evaluates while it reads; scalars combine with vectors of any length.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError, nearest
from circuitnn.machine import budget
from circuitnn.machine.text import lowered
from circuitnn.units import NUMBER, parse_number

MAX_DEPTH, MAX_LENGTH = 120, 10_000_000
CALL = 10  # levels that a call of a function counts for
Lookup = Callable[[str], np.ndarray]

_TOKEN = re.compile(
    r"\s*(?:"
    rf"(?P<number>{NUMBER})"
    r"|(?P<probe>(?:[a-z]\w*\.)?[vi](?:m|p|db|r|i)?\s*\([^()]*\)(?!\s*\())"
    r"|(?P<device>@[\w.#]+\[[^\]]*\])"
    r"|(?P<name>[a-z_][\w.#]*)"
    r"|\"(?P<quoted>[^\"]+)\""
    r"|(?P<operator>\*\*|<=|>=|==|!=|<>|&&|\|\||[-+*/%^<>=&|!~?:(),\[\]])"
    r"|(?P<end>$))"
)
_WORDS = {
    "gt": ">",
    "lt": "<",
    "ge": ">=",
    "le": "<=",
    "ne": "!=",
    "eq": "=",
    "and": "&",
    "or": "|",
    "not": "!",
}


def _truth(
    f: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda a, b: f(a, b).astype(float)


_EQUAL, _UNEQUAL = _truth(np.equal), _truth(np.not_equal)
_OR, _AND = _truth(np.logical_or), _truth(np.logical_and)
_BINARY: dict[str, tuple[int, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
    "|": (2, _OR),
    "||": (2, _OR),
    "&": (3, _AND),
    "&&": (3, _AND),
    "=": (4, _EQUAL),
    "==": (4, _EQUAL),
    "!=": (4, _UNEQUAL),
    "<>": (4, _UNEQUAL),
    "<": (5, _truth(np.less)),
    "<=": (5, _truth(np.less_equal)),
    ">": (5, _truth(np.greater)),
    ">=": (5, _truth(np.greater_equal)),
    "+": (6, np.add),
    "-": (6, np.subtract),
    "*": (7, np.multiply),
    "/": (7, np.divide),
    "%": (7, np.fmod),
    "^": (9, lambda a, b: _power(a, b)),
    "**": (9, lambda a, b: _power(a, b)),
}


def _power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    whole = np.all(np.real(b) == np.round(np.real(b)))
    return np.power(a if whole or np.all(np.real(a) >= 0) else a.astype(complex), b)


def _one(value: complex) -> np.ndarray:
    return np.array([value])


def _count(x: np.ndarray) -> int:
    given = float(np.real(x[0]))
    n = int(given) if np.isfinite(given) else 0
    if not 1 <= n <= MAX_LENGTH:
        raise AnalysisError(f"a vector has 1 to {MAX_LENGTH} numbers, not {n}")
    budget.ask_memory(16.0 * n, "a vector")
    return n


def _spectrum(x: np.ndarray) -> np.ndarray:
    """2/N of the sums, and half of that at 0, filled up with zeros to a power of two, as of the command ``fft``."""
    count = 1 << max(len(x) - 1, 1).bit_length()
    found = np.fft.rfft(np.real(x), count) / (count / 2.0)
    found[0] /= 2.0
    return found


def _group_delay(y: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """-dφ/dω along a frequency axis. [s]"""
    if len(frequency) < 2:
        return np.zeros(len(frequency))
    phase, omega = np.unwrap(np.angle(y)), 2.0 * np.pi * frequency
    return -np.gradient(phase, omega, edge_order=2 if len(frequency) > 2 else 1)


def _root(x: np.ndarray) -> np.ndarray:
    return np.sqrt(x if np.iscomplexobj(x) or np.all(x >= 0) else x.astype(complex))


FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mag": np.abs,
    "abs": np.abs,
    "ph": np.angle,
    "phase": np.angle,
    "cph": lambda x: np.unwrap(np.angle(x)),
    "unwrap": lambda x: np.unwrap(np.real(x)),
    "db": lambda x: 20.0 * np.log10(np.maximum(np.abs(x), 1e-300)),
    "real": np.real,
    "re": np.real,
    "imag": np.imag,
    "im": np.imag,
    "conj": np.conj,
    "j": lambda x: 1j * x,
    "sqrt": _root,
    "exp": np.exp,
    "ln": np.log,
    "log": np.log,
    "log10": np.log10,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "floor": np.floor,
    "ceil": np.ceil,
    "nint": np.rint,
    "sgn": np.sign,
    "length": lambda x: _one(len(x)),
    "mean": lambda x: _one(np.mean(x)),
    "avg": lambda x: np.cumsum(x) / np.arange(1, len(x) + 1),
    "stddev": lambda x: _one(np.std(x, ddof=1) if len(x) > 1 else 0.0),
    "maximum": lambda x: _one(np.max(np.real(x))),
    "minimum": lambda x: _one(np.min(np.real(x))),
    "vecmax": lambda x: _one(np.max(np.real(x))),
    "vecmin": lambda x: _one(np.min(np.real(x))),
    "vector": lambda x: np.arange(float(_count(x))),
    "unitvec": lambda x: np.ones(_count(x)),
    "sortorder": lambda x: np.argsort(np.real(x), kind="stable").astype(float),
    "fft": lambda x: _spectrum(x),
    "ifft": lambda x: np.fft.irfft(np.concatenate([x[:1], x[1:] / 2.0])) * 2.0 * max(len(x) - 1, 1),
    "norm": lambda x: x / max(float(np.max(np.abs(x))), 1e-300),
}
"""Functions of one vector."""

_ALONG: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "deriv": lambda y, x: np.gradient(y, x) if len(x) > 1 else np.zeros_like(y),
    "integ": lambda y, x: np.concatenate([[0.0], np.cumsum((y[1:] + y[:-1]) / 2 * np.diff(x))]),
    "group_delay": lambda y, x: _group_delay(y, x),
}
RANDOM: dict[str, Callable[[np.random.Generator, np.ndarray], np.ndarray]] = {
    "sgauss": lambda g, x: g.standard_normal(len(x)),
    "sunif": lambda g, x: g.uniform(-1.0, 1.0, len(x)),
    "poisson": lambda g, x: g.poisson(np.clip(x, 0.0, 1e18)).astype(float),
    "exponential": lambda g, x: g.exponential(np.abs(x)),
    "rnd": lambda g, x: np.floor(g.random(len(x)) * (np.floor(np.abs(x)) + 1.0)),
}
"""Functions that draw: one number for each of the vector they are given."""
CONSTANTS = {
    "pi": np.pi,
    "e": np.e,
    "c": 299792458.0,
    "i": 1j,
    "kelvin": -273.15,
    "echarge": 1.602176634e-19,
    "boltz": 1.380649e-23,
    "planck": 6.62607015e-34,
    "yes": 1.0,
    "true": 1.0,
    "no": 0.0,
    "false": 0.0,
}


@dataclass
class Setting:
    """State shared by the formulas of one control block.

    Parameters
    ----------
    definitions : dict of str to (tuple of str, str)
        Functions of ``define``: arguments and text.
    generator : numpy.random.Generator
        Of ``sgauss`` and its kin; ``setseed`` makes another.
    degrees : bool
        ``set units=degrees``: what angles are in.
    """

    definitions: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    generator: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))
    degrees: bool = False


def compute(
    text: str,
    lookup: Lookup,
    axis: Callable[[], np.ndarray] | None = None,
    setting: Setting | None = None,
) -> np.ndarray:
    """Value of a formula.

    Parameters
    ----------
    text : str
        For instance ``"mag(v(out))/v(in)"``.
    lookup : callable
        Vector of a name; raises `CircuitnnError` if there is none.
    axis : callable, optional
        The axis of ``deriv`` and ``integ``.
    setting : Setting, optional

    Returns
    -------
    ndarray, shape (n,)
        Real or complex; a number has n = 1.

    Raises
    ------
    AnalysisError
        The text is no formula.
    """
    with np.errstate(all="ignore"):
        return _Formula(lowered(text), lookup, axis, setting or Setting(), 0).whole()


class _Formula:
    def __init__(
        self, text: str, lookup: Lookup, axis: Callable[[], np.ndarray] | None, setting: Setting, depth: int
    ) -> None:
        self.text, self.lookup, self.axis, self.setting = text, lookup, axis, setting
        self.at = 0
        self.depth = depth
        self.kind = self.token = ""
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            raise AnalysisError(f"'{self.text}': '{self.text[self.at :].lstrip()[:1]}' is unexpected")
        self.kind = match.lastgroup or "end"
        self.token = match.group(self.kind)
        self.at = match.end()
        if self.kind == "name" and self.token in _WORDS:
            self.kind, self.token = "operator", _WORDS[self.token]

    def whole(self) -> np.ndarray:
        value = self.choice()
        if self.kind != "end":
            raise AnalysisError(f"'{self.text}': '{self.token}' is unexpected")
        return value

    def choice(self) -> np.ndarray:
        value = self.binary(0)
        if self.token != "?":
            return value
        self.advance()
        yes = self.choice()
        self.expect(":")
        no = self.choice()
        return yes if np.any(value != 0) else no

    def expect(self, token: str) -> None:
        if self.token != token:
            found = "the end" if self.kind == "end" else f"'{self.token}'"
            raise AnalysisError(f"'{self.text}': '{token}' expected, {found} found")
        self.advance()

    def binary(self, strength: int) -> np.ndarray:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise AnalysisError(f"a formula is nested more than {MAX_DEPTH} deep")
        left = self.prefix()
        while self.kind == "operator" and self.token in _BINARY:
            binding, apply = _BINARY[self.token]
            if binding <= strength:
                break
            self.advance()
            left = self.applied(apply, left, self.binary(binding))
        self.depth -= 1
        return left

    def applied(self, apply: Callable, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        if len(a) != len(b) and 1 not in (len(a), len(b)):
            raise AnalysisError(f"'{self.text}': vectors of {len(a)} and {len(b)} numbers cannot be combined")
        return np.asarray(apply(a, b))

    def prefix(self) -> np.ndarray:
        kind, token = self.kind, self.token
        if kind == "operator" and token in ("-", "+", "!", "~"):
            self.advance()
            value = self.binary(8)
            return -value if token == "-" else value if token == "+" else (value == 0).astype(float)
        if kind == "operator" and token == "(":
            self.advance()
            value = self.choice()
            if self.token == ",":  # (1,2) is 1 + 2i
                self.advance()
                value = self.applied(lambda a, b: a + 1j * b, value, self.choice())
            self.expect(")")
        elif kind == "number":
            self.advance()
            value = _one(self.number(token))
        elif kind == "quoted":
            self.advance()
            value = self.lookup(token)
        elif kind in ("name", "probe", "device"):
            self.advance()
            value = self.named(kind, token)
        else:
            raise AnalysisError(f"'{self.text}': a number or a name expected")
        return self.indexed(value)

    def number(self, token: str) -> float:
        try:
            return parse_number(token)
        except ValueError as error:
            raise AnalysisError(f"'{self.text}': {error}") from None

    def named(self, kind: str, token: str) -> np.ndarray:
        if kind != "name":
            value = self.lookup(token.replace(" ", ""))
            return np.degrees(value) if self.setting.degrees and token[1] == "p" else value
        if self.token != "(" or self.kind != "operator":
            try:
                return self.lookup(token)
            except UnknownNameError:
                if token in CONSTANTS:  # a vector of that name hides the constant
                    return _one(CONSTANTS[token])
                raise
        given = self.arguments()
        if token in self.setting.definitions:
            return self.defined(token, given)
        if len(given) != 1:
            raise AnalysisError(f"{token} takes one argument, {len(given)} given")
        return self.function(token, given[0])

    def arguments(self) -> list[np.ndarray]:
        self.advance()
        given = [self.choice()]
        while self.token == ",":
            self.advance()
            given.append(self.choice())
        self.expect(")")
        return given

    def defined(self, name: str, given: list[np.ndarray]) -> np.ndarray:
        """A function of ``define``; names that are no argument mean what they mean outside."""
        names, body = self.setting.definitions[name]
        if len(names) != len(given):
            raise AnalysisError(f"{name} takes {len(names)} arguments, {len(given)} given")
        if self.depth > MAX_DEPTH - 2 * CALL:
            raise AnalysisError(f"{name} calls itself")
        local = dict(zip(names, given, strict=True))
        return _Formula(
            body,
            lambda n: local[n] if n in local else self.lookup(n),
            self.axis,
            self.setting,
            self.depth + CALL,
        ).whole()

    def function(self, token: str, value: np.ndarray) -> np.ndarray:
        if token in RANDOM:
            return RANDOM[token](self.setting.generator, np.real(value))
        if self.setting.degrees and token in ("sin", "cos", "tan"):
            value = np.radians(value)
        if self.setting.degrees and token in ("ph", "phase", "cph", "atan"):
            return np.degrees(FUNCTIONS[token](value))
        if token in _ALONG:
            if self.axis is None or len(self.axis()) != len(value):
                raise AnalysisError(f"{token} needs a vector along an axis")
            return _ALONG[token](value, np.real(self.axis()))
        if token not in FUNCTIONS:
            known = [*FUNCTIONS, *_ALONG, *RANDOM, *self.setting.definitions]
            raise AnalysisError(f"unknown function '{token}'{nearest(token, known)}")
        return np.atleast_1d(FUNCTIONS[token](value))

    def indexed(self, value: np.ndarray) -> np.ndarray:
        while self.kind == "operator" and self.token == "[":
            self.advance()
            first = last = _position(self.choice(), value)
            if self.token == ",":
                self.advance()
                last = _position(self.choice(), value)
            self.expect("]")
            value = value[min(first, last) : max(first, last) + 1]
        return value


def _position(index: np.ndarray, vector: np.ndarray) -> int:
    k = float(np.real(index[0]))
    if not 0 <= k < len(vector):
        raise AnalysisError(f"there is no number {k:g} in a vector of {len(vector)}")
    return int(k)
