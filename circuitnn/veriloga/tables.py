"""``$table_model``: interpolation in tables of any number of inputs.

The value of a table is linear in its samples, so that interpolation in one input is a sum of samples times shapes of
this input alone; samples may again be interpolations in the next input.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from circuitnn.equations import graph
from circuitnn.equations.expr import ZERO, Expr, const, symbol
from circuitnn.equations.rules import compare, minmax, piecewise, where
from circuitnn.machine.access import text_of
from circuitnn.machine.text import lines_of
from circuitnn.veriloga import tree
from circuitnn.veriloga.filters import Filters
from circuitnn.veriloga.source import Fault

MOST = 20_000  # samples of a table


class Way(NamedTuple):
    """How an input is interpolated, and what holds below and above its samples."""

    degree: str  # 1, 2, 3 or D: the closest sample
    below: str  # C, L or E
    above: str


_STRAIGHT = Way("1", "C", "C")  # frequencies of noise are within those of the table, in any case


class Tables(Filters):
    """Evaluates ``$table_model`` and ``noise_table``."""

    place_of: Callable[[int], str] | None = None  # file in which a place lies, against which tables are found
    tables: dict[str, str]  # paths and texts of files that were read
    remarks: list[tuple[str, int]]

    def table_model(self, call: tree.Call) -> Expr:
        """Value of a table at the inputs."""
        given = [argument for argument in call.arguments if argument is not None]
        words = [self._word(argument) for argument in given]
        file, control = None, ""
        if words[-1:] != [None] and len(words) > 1 and self._is_source(given[-2]):
            control = words.pop() or ""
            given.pop()
        if words and words[-1] is not None:
            file = words[-1]
            inputs, samples = [self.number(each) for each in given[:-1]], self._read(file, call.at)
        else:
            count = (len(given) - 1) // 2
            inputs = [self.number(each) for each in given[:count]]
            columns = [[self._constant_of(e, call.at) for e in self.listing(each)] for each in given[count:]]
            if len({len(column) for column in columns}) != 1 or len(given) != 2 * count + 1:
                raise Fault(
                    "a table needs an array for each input and one of values, all of one length", call.at
                )
            samples = np.array(columns).T
        if not inputs:
            raise Fault("'$table_model' takes inputs, a file or arrays, and a control string", call.at)
        ways, column = _ways(control, len(inputs), call.at)
        if samples.shape[0] > MOST or samples.shape[1] < len(inputs) + column:
            raise Fault(
                f"the table has {samples.shape[1]} columns, {len(inputs) + column} are needed", call.at
            )
        if any("E" in way[1:] for way in ways):
            self.remarks.append(("beyond a table with extrapolation E its last value holds", call.at))
        chosen = samples[:, [*range(len(inputs)), len(inputs) + column - 1]]
        return _interpolated(inputs, ways, chosen[np.lexsort(chosen[:, ::-1].T)], call.at)

    def spectrum(self, call: tree.Call) -> Expr:
        """Density of ``noise_table`` or ``noise_table_log``: pairs of a frequency and a power, in a list or a file."""
        given = call.arguments[0] if call.arguments else None
        if given is None:
            raise Fault(
                f"'{call.name}' takes pairs of a frequency and a power, '{{1, 1e-18, 1k, 1e-20}}", call.at
            )
        file = self._word(given)
        listed = [const(x) for x in self._read(file, call.at).ravel()] if file else self.listing(given)
        if len(listed) < 2 or len(listed) % 2:
            sentence = f"'{call.name}' takes pairs of a frequency and a power; here are {len(listed)} numbers"
            raise Fault(sentence, call.at)
        pairs = zip((self._constant_of(f, call.at) for f in listed[::2]), listed[1::2], strict=True)
        hertz, powers = zip(*sorted(pairs, key=lambda pair: pair[0]), strict=True)
        logarithmic = call.name == "noise_table_log"
        if len({*hertz}) < len(hertz) or hertz[0] < 0.0 or (logarithmic and hertz[0] == 0.0):
            raise Fault(f"frequencies of '{call.name}' must be positive and differ", call.at)
        f = minmax("min", minmax("max", symbol("hertz"), const(hertz[0])), const(hertz[-1]))
        if not logarithmic:
            return _along(f, _STRAIGHT, np.array(hertz), powers) if len(hertz) > 1 else powers[0]
        logs = [graph.log(power) for power in powers]
        return (
            graph.exp(_along(graph.log(f), _STRAIGHT, np.log(hertz), logs)) if len(hertz) > 1 else powers[0]
        )

    def _word(self, node: tree.Expression) -> str | None:
        """A string, or None if the argument is none."""
        if isinstance(node, tree.String):
            return node.value
        if isinstance(node, tree.Name) and node.name in self.scope.parameters:
            text = self.value(node)
            return text if isinstance(text, str) else None
        return None

    def _is_source(self, node: tree.Expression) -> bool:
        """Whether an argument is a file or an array."""
        if isinstance(node, tree.List) or self._word(node) is not None:
            return True
        return isinstance(node, tree.Name) and isinstance(self.value(node), list)

    def _constant_of(self, expression: Expr, at: int) -> float:
        return expression.number if expression.op == "const" else self.sampled(expression, at)

    def _read(self, file: str, at: int) -> np.ndarray:
        """Samples of a file: numbers in lines, with comments behind #."""
        if self.place_of is not None:
            file = os.path.join(os.path.dirname(self.place_of(at)), file)
        try:
            text = text_of(file)
        except OSError as error:
            raise Fault(f"the table cannot be read: {error}", at) from None
        self.tables[file] = text
        rows = [line.partition("#")[0].split() for line in lines_of(text)]
        try:
            numbers = [[float(word) for word in row] for row in rows if row]
        except ValueError as error:
            raise Fault(f"{file}: {error}", at) from None
        if not numbers or len({len(row) for row in numbers}) != 1:
            raise Fault(f"{file}: lines of one length are needed, each with inputs and outputs", at)
        return np.array(numbers)


def _ways(control: str, count: int, at: int) -> tuple[list[Way], int]:
    """The control string: a way for each input, and the number of the output column."""
    text, _, column = control.replace(" ", "").partition(";")
    words = text.split(",") if text else []
    words += ["1L"] * (count - len(words))
    ways = []
    for word in words:
        match = re.fullmatch(r"([123D]?)([CLE]{0,2})", word)
        if match is None or len(words) > count:
            raise Fault(f"'{control}' is no control string of a table of {count} inputs: '1L,3C;1'", at)
        ends = match[2] or "L"
        ways.append(Way(match[1] or "1", ends[0], ends[-1]))
    if column and not (column.isdigit() and int(column) > 0):
        raise Fault(f"'{column}' is no number of an output column", at)
    return ways, int(column or 1)


def _interpolated(inputs: Sequence[Expr], ways: Sequence[Way], samples: np.ndarray, at: int) -> Expr:
    """Interpolate sorted samples in the first input, of values that are interpolated in the others."""
    if not inputs:
        return const(float(samples[0, 0]))
    xs, values = [], []
    for x, rows in groupby(samples.tolist(), key=lambda row: row[0]):
        part = [row[1:] for row in rows]
        if len(inputs) == 1 and len(part) > 1:
            raise Fault(f"the table has two samples at {x:g}", at)
        xs.append(x)
        values.append(_interpolated(inputs[1:], ways[1:], np.array(part), at))
    if len(xs) == 1:
        return values[0]
    return _along(inputs[0], ways[0], np.array(xs), values)


def _along(x: Expr, way: Way, xs: np.ndarray, values: Sequence[Expr]) -> Expr:
    """Interpolate in one input."""
    if way.below != "L":
        x = minmax("max", x, const(float(xs[0])))
    if way.above != "L":
        x = minmax("min", x, const(float(xs[-1])))
    if way.degree == "D":
        middle = (xs[1:] + xs[:-1]) / 2
        return _tree(x, middle, list(values))
    degree = min(int(way.degree), len(xs) - 1)
    if all(value.op == "const" for value in values):
        return _curve(x, xs, np.array([value.number for value in values]), degree)
    interpolated = ZERO
    for k, value in enumerate(values):
        interpolated = interpolated + value * _curve(x, xs, np.eye(len(xs))[k], degree)
    return interpolated


def _curve(x: Expr, xs: np.ndarray, ys: np.ndarray, degree: int) -> Expr:
    """A curve through samples, of straight lines or a spline; it goes on straight."""
    if degree == 1:
        return piecewise("pwl", x, xs, ys)
    from scipy.interpolate import CubicSpline, PPoly, make_interp_spline  # few models have a spline

    if degree == 3:
        spline = CubicSpline(xs, ys, bc_type="natural")
    else:
        spline = PPoly.from_spline(make_interp_spline(xs, ys, k=2))
    ends = [(float(end), float(spline(end)), float(spline(end, 1))) for end in (xs[0], xs[-1])]
    lines = [const(y) + (x - end) * slope for end, y, slope in ends]
    inner = [k for k in range(len(spline.x) - 1) if spline.x[k + 1] > spline.x[k]]
    pieces = [_polynomial(x - float(spline.x[k]), spline.c[:, k]) for k in inner]
    breaks = np.array([spline.x[k] for k in inner] + [xs[-1]])
    return _tree(x, breaks, [lines[0], *pieces, lines[1]])


def _polynomial(t: Expr, coefficients: np.ndarray) -> Expr:
    """A polynomial, its highest coefficient first."""
    total = ZERO
    for coefficient in coefficients.tolist():
        total = total * t + coefficient
    return total


def _tree(x: Expr, breaks: np.ndarray, pieces: Sequence[Expr]) -> Expr:
    """The piece between two breaks in which x lies, found by halving."""
    if len(pieces) == 1:
        return pieces[0]
    middle = len(pieces) // 2
    below = _tree(x, breaks[: middle - 1], pieces[:middle])
    above = _tree(x, breaks[middle:], pieces[middle:])
    return where(compare("lt", x, const(float(breaks[middle - 1]))), below, above)
