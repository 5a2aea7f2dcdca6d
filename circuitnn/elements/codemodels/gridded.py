"""XSPICE's tables of two or three inputs, from a file: multilinear between the points of a grid, held outside.

ngspice interpolates values the same way, but takes slopes from smooth curves through the points, so that its small
signals are not the slopes of its values; here they are.
"""

from __future__ import annotations

from itertools import pairwise, product
from math import prod

from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given
from circuitnn.elements.waveforms import rows_of_file

Axes = list[list[float]]


def _table(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """gain times the table's value, plus offset."""
    inputs = [block.input(port[0]) for port in ports[:-1]]
    axes, values = _read(block, given, len(inputs))
    if "order" in given.texts:
        block.reader.idle(
            block.origin, f"'order' of model '{given.name}' has no effect: slopes are those of the values"
        )
    text = _between(_places(inputs, axes), axes, values)
    block.put(ports[-1][0], f"{given.text('offset', '0')}+{given.text('gain', '1')}*({text})")


def _read(block: Block, given: Given, dimensions: int) -> tuple[Axes, list[float]]:
    """Axes of a file, and its values, along the first axis fastest.

    The file has a line for the length of each axis, the numbers of each axis, and the values.
    """
    name = unwrap(given.texts.get("file", f"{dimensions}D-table-model.txt")).strip("\"'")
    rows = rows_of_file(block.reader, name, given.origin)
    sizes = [int(row[0]) for row in rows[:dimensions]]
    numbers = [number for row in rows[dimensions:] for number in row]
    axes: Axes = []
    for size in sizes:
        axes.append(numbers[:size])
        del numbers[:size]
    if len(sizes) < dimensions or min(sizes) < 2 or len(numbers) != prod(sizes):
        wanted = "*".join(map(str, sizes))
        raise CardError(
            f"'{name}' of model '{given.name}' needs {dimensions} lines with the lengths of its axes, two or more, "
            f"then the axes, then {wanted or 'all'} values; it has {len(numbers)} values",
            name,
        )
    if any(a >= b for axis in axes for a, b in pairwise(axis)):
        raise CardError(f"axes in '{name}' of model '{given.name}' must increase", name)
    return axes, numbers


def _places(inputs: list[str], axes: Axes) -> list[str]:
    """Places of the inputs on their axes, counted in points from 0; those outside are at the ends."""
    return [
        f"min(max(pwl({x},{_pairs(axis, range(len(axis)))}),0),{len(axis) - 1})"
        for x, axis in zip(inputs, axes, strict=True)
    ]


def _between(places: list[str], axes: Axes, values: list[float]) -> str:
    """Text of the interpolated value.

    The lines along the first axis lie one after the other in one table, each with its last point twice, so that one
    search finds a place on any of them. Between lines the weights are products of the distances along the other axes.
    """
    width = len(axes[0])
    lines = [values[k : k + width] for k in range(0, len(values), width)]
    flat = [number for line in lines for number in (*line, line[-1])]
    pairs = _pairs(range(len(flat)), flat)
    terms = []
    for corner in product((0, 1), repeat=len(axes) - 1):
        weights, line, stride = [], "0", 1
        for place, axis, far in zip(places[1:], axes[1:], corner, strict=True):
            first = f"min(floor({place}),{len(axis) - 2})"
            weights.append(f"({place}-{first})" if far else f"(1+{first}-{place})")
            line += f"+{stride}*({first}+{far})"
            stride *= len(axis)
        terms.append(f"{'*'.join(weights)}*pwl({places[0]}+{width + 1}*({line}),{pairs})")
    return "+".join(terms)


def _pairs(xs: list[float] | range, ys: list[float] | range) -> str:
    return ",".join(f"{x!r},{y!r}" for x, y in zip(xs, ys, strict=True))


_PARAMETERS = "file offset gain order verbose"
_OUT = Pin("out", "i")
MODELS = {
    f"table{dimensions}d": CodeModel(
        (*(Pin(f"in{axis}") for axis in "xyz"[:dimensions]), _OUT), _PARAMETERS, _table
    )
    for dimensions in (2, 3)
}
