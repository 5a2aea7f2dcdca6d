"""Formulas of control blocks: ngspice's expressions in real or complex vectors.

A Pratt parser that evaluates while it reads; scalars combine with vectors of any length.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError, nearest
from circuitnn.machine.text import lowered
from circuitnn.ngspice.control.functions import ALONG, CONSTANTS, DEFINED, FUNCTIONS, RANDOM, single, waveform
from circuitnn.ngspice.control.tokens import Tokens
from circuitnn.units import parse_number

MAX_DEPTH = 150  # of nesting: Python's own limit of 1000 calls must not be met
OF_PLOTS = ("interpolate", "ifft")  # functions that read the axis of the plot
POWER = 9  # its binding strength
SIGN = 8  # of a minus in front
NOT = 5  # of `not`: as comparisons, so that `not a + b` is `not (a + b)`
CALL = 2  # nesting levels that a call of a function counts for
Lookup = Callable[[str], np.ndarray]
Axis = Callable[[], np.ndarray]
Axes = Callable[[], list[np.ndarray]]
Operation = Callable[[np.ndarray, np.ndarray], np.ndarray]

# Names of result vectors that look like calls or operators: output_impedance_at_v(2), pole(1), d1:is, v-sweep.
_RESULT = re.compile(r"[a-z_][\w.#]*(?:[:-]\w+)?(?:\([^()]*\))?")


def _truth(f: Operation) -> Operation:
    return lambda a, b: f(a, b).astype(float)


def _power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    whole = np.all(np.real(b) == np.round(np.real(b)))
    return np.power(a if whole or np.all(np.real(a) >= 0) else a.astype(complex), b)


def _modulo(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Remainder of whole magnitudes, as in ngspice: -7.6 % 3 is 1; complex numbers part by part."""
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        return _modulo(np.real(a), np.real(b)) + 1j * _modulo(np.imag(a), np.imag(b))
    divisor = np.floor(np.abs(b))
    if np.any(divisor == 0.0):
        raise AnalysisError("the right side of % is 0 as a whole number")
    return np.fmod(np.floor(np.abs(a)), divisor)


_EQUAL, _UNEQUAL = _truth(np.equal), _truth(np.not_equal)
_OR, _AND = _truth(np.logical_or), _truth(np.logical_and)
_BINARY: dict[str, tuple[int, Operation]] = {
    "|": (2, _OR),
    "||": (2, _OR),
    "&": (3, _AND),
    "&&": (3, _AND),
    "=": (5, _EQUAL),
    "==": (5, _EQUAL),
    "!=": (5, _UNEQUAL),
    "<>": (5, _UNEQUAL),
    "<": (5, _truth(np.less)),
    "<=": (5, _truth(np.less_equal)),
    ">": (5, _truth(np.greater)),
    ">=": (5, _truth(np.greater_equal)),
    "+": (6, np.add),
    "-": (6, np.subtract),
    "*": (7, np.multiply),
    "/": (7, np.divide),
    "%": (7, _modulo),
    "^": (POWER, _power),
    "**": (POWER, _power),
}


@dataclass
class Setting:
    """State shared by the formulas of one control block.

    Parameters
    ----------
    definitions : dict of str to (tuple of str, str)
        Functions of ``define``: arguments and text.
    generator : numpy.random.Generator
        Generator of ``sgauss`` and similar functions; ``setseed`` replaces it.
    degrees : bool
        ``set units=degrees``: whether angles are in degrees.
    shapes : dict of str to tuple of int
        Shapes of vectors that ``reshape`` gave several indices.
    warn : callable
        Takes warnings about formulas.
    """

    definitions: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=lambda: dict(DEFINED))
    generator: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))
    degrees: bool = False
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    warn: Callable[[str], None] = lambda message: None

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a vector, ``a`` or ``tran1.a``; empty if it has one index."""
        return self.shapes.get(name) or self.shapes.get(name.partition(".")[2], ())


def compute(text: str, lookup: Lookup, axis: Axis, axes: Axes, setting: Setting) -> np.ndarray:
    """Value of a formula.

    Parameters
    ----------
    text : str
        For instance ``"mag(v(out))/v(in)"``.
    lookup : callable
        Vector of a name; raises `CircuitnnError` if there is none.
    axis : callable
        The axis of ``deriv`` and ``integ``.
    axes : callable
        Axes from which ``interpolate`` takes vectors of other plots.
    setting : Setting

    Returns
    -------
    ndarray, shape (n,)
        Real or complex; a number has n = 1.

    Raises
    ------
    AnalysisError
        The text is not a formula.
    """
    with np.errstate(all="ignore"):
        return _Formula(lowered(text), lookup, axis, axes, setting, 0).whole()


class _Formula(Tokens):
    """One pass over one text; the arguments are those of `compute`, and how deep it is nested."""

    def __init__(
        self, text: str, lookup: Lookup, axis: Axis, axes: Axes, setting: Setting, depth: int
    ) -> None:
        super().__init__(text)
        self.lookup, self.axis, self.axes = lookup, axis, axes
        self.setting, self.depth = setting, depth
        self.calls: frozenset[str] = frozenset()  # functions of ``define`` that are being evaluated

    def whole(self) -> np.ndarray:
        value = self.pair()
        if self.kind != "end":
            raise AnalysisError(f"'{self.text}': '{self.token}' is unexpected")
        return value

    def pair(self) -> np.ndarray:
        """A value, or the complex one that two with a comma between make: ``1,2`` is 1 + 2i."""
        value = self.choice()
        if self.token == ",":
            self.advance()
            value = self.applied(lambda a, b: a + 1j * b, value, self.choice())
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
            right = self.binary(binding - (binding == POWER))  # 2^3^2 is 2^9
            left = self.applied(apply, left, right)
        self.depth -= 1
        return left

    def applied(self, apply: Callable, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        if len(a) != len(b) and 1 not in (len(a), len(b)):
            self.setting.warn(
                f"'{self.text}': of vectors of {len(a)} and {len(b)} numbers, "
                "the shorter one is continued by its last number"
            )
            a, b = (np.pad(x, (0, max(len(a), len(b)) - len(x)), mode="edge") for x in (a, b))
        return np.asarray(apply(a, b))

    def prefix(self) -> np.ndarray:
        kind, token = self.kind, self.token
        if kind == "operator" and token in ("-", "+", "!", "~"):
            self.advance()
            value = self.binary(SIGN if token in "+-" else NOT)
            return -value if token == "-" else value if token == "+" else (value == 0).astype(float)
        if kind == "operator" and token == "(":
            self.advance()
            value = self.pair()
            self.expect(")")
        elif kind == "number":
            self.advance()
            value = single(self.number(token))
        elif kind == "quoted":
            self.advance()
            value = self.lookup(token)
        elif kind in ("name", "probe", "device"):
            start = self.start
            self.advance()
            value = self.named(kind, token, start)
        else:
            raise AnalysisError(f"'{self.text}': a number or a name expected")
        return self.indexed(value, self.setting.shape(token) if kind == "name" else ())

    def number(self, token: str) -> float:
        try:
            return parse_number(token)
        except ValueError as error:
            raise AnalysisError(f"'{self.text}': {error}") from None

    def known(self, function: str) -> bool:
        names = (FUNCTIONS, ALONG, RANDOM, self.setting.definitions)
        return function in OF_PLOTS or any(function in known for known in names)

    def vector(self, name: str, start: int) -> np.ndarray:
        try:
            return self.lookup(name)
        except UnknownNameError:
            value = self.of_result(start)
            if value is not None:
                return value
            if name in CONSTANTS:  # a vector of that name hides the constant
                return single(CONSTANTS[name])
            raise

    def of_result(self, start: int) -> np.ndarray | None:
        """Find a vector whose name begins here and looks like a call or an operator; None if there is none."""
        match = _RESULT.match(self.text, start)
        if match is None:
            return None
        try:
            value = self.lookup(match.group())
        except UnknownNameError:
            return None
        self.at = match.end()
        self.advance()
        return value

    def named(self, kind: str, token: str, start: int) -> np.ndarray:
        if kind != "name":
            value = _probed(self.lookup, token.replace(" ", ""))
            return np.degrees(value) if self.setting.degrees and token[1] == "p" else value
        if not (self.token == "(" and self.kind == "operator"):
            return self.vector(token, start)
        if not self.known(token) and (of_result := self.of_result(start)) is not None:
            return of_result
        arguments = self.arguments()
        if token in self.setting.definitions:
            return self.defined(token, arguments)
        if len(arguments) != 1:
            raise AnalysisError(f"{token} takes one argument, {len(arguments)} given")
        return self.function(token, arguments[0])

    def interpolated(self, value: np.ndarray) -> np.ndarray:
        """A vector of another plot at the points of the current axis."""
        points = np.real(self.axis())
        if len(value) == len(points):
            return value
        over = next((a for a in self.axes() if len(a) == len(value)), None)
        if over is None:
            raise AnalysisError("interpolate takes a vector that lies along the axis of a plot")
        return np.interp(points, np.real(over), value)

    def arguments(self) -> list[np.ndarray]:
        self.advance()
        values = [self.choice()]
        while self.token == ",":
            self.advance()
            values.append(self.choice())
        self.expect(")")
        return values

    def defined(self, name: str, arguments: list[np.ndarray]) -> np.ndarray:
        """Evaluate a function of ``define``; names other than its arguments keep their outer meaning."""
        names, body = self.setting.definitions[name]
        if len(names) != len(arguments):
            raise AnalysisError(f"{name} takes {len(names)} arguments, {len(arguments)} given")
        if name in self.calls:
            raise AnalysisError(f"{name} calls itself")
        local = dict(zip(names, arguments, strict=True))

        def lookup(name: str) -> np.ndarray:
            return local[name] if name in local else self.lookup(name)

        inner = _Formula(body, lookup, self.axis, self.axes, self.setting, self.depth + CALL)
        inner.calls = self.calls | {name}
        return inner.whole()

    def function(self, token: str, value: np.ndarray) -> np.ndarray:
        if token in RANDOM:
            return RANDOM[token](self.setting.generator, np.real(value))
        if self.setting.degrees and token in ("sin", "cos", "tan"):
            value = np.radians(value)
        if self.setting.degrees and token in ("ph", "phase", "cph", "cphase", "atan"):
            return np.degrees(FUNCTIONS[token](value))
        if token == "interpolate":
            return self.interpolated(value)
        if token in ALONG:
            along = self.axis()
            if len(along) != len(value):  # vectors without this axis use their index
                along = np.arange(float(len(value)))
            return ALONG[token](value, np.real(along))
        if token == "ifft":
            return waveform(value, len(self.axis()))
        if token not in FUNCTIONS:
            known = [*FUNCTIONS, *ALONG, *RANDOM, *OF_PLOTS, *self.setting.definitions]
            raise AnalysisError(f"unknown function '{token}'{nearest(token, known)}")
        return np.atleast_1d(FUNCTIONS[token](value))

    def indexed(self, value: np.ndarray, shape: tuple[int, ...] = ()) -> np.ndarray:
        """Numbers of a vector by one or several indices: ``a[2]``, ``a[1,3]``, ``a[1][2]``."""
        shaped = value.reshape(shape) if shape and int(np.prod(shape)) == len(value) else value
        while self.kind == "operator" and self.token == "[":
            self.advance()
            first = last = _position(self.choice(), shaped, self)
            ranged = self.token == ","
            if ranged:
                self.advance()
                last = _position(self.choice(), shaped, self)
            self.expect("]")
            shaped = shaped[min(first, last) : max(first, last) + 1]
            if shaped.ndim > 1 and not ranged:
                shaped = shaped[0]
        return shaped.reshape(-1)


def _probed(lookup: Lookup, token: str) -> np.ndarray:
    """A vector such as ``v(out)`` or ``@m1[id]``; ``im(a)`` of a vector `a` is its imaginary part."""
    if token.startswith("im("):
        with suppress(UnknownNameError):
            return np.imag(lookup(token[3:-1]))
    return lookup(token)


def _position(index: np.ndarray, vector: np.ndarray, formula: _Formula) -> int:
    """A position in a vector; of positions beyond its ends the nearest end, as in ngspice."""
    asked = float(np.real(index[0]))
    k = int(np.clip(asked, 0, len(vector) - 1))
    if not 0 <= asked < len(vector):
        message = f"there is no number {asked:g} in a vector of {len(vector)}: number {k} is taken"
        formula.setting.warn(f"'{formula.text}': {message}")
    return k
