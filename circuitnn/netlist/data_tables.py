"""Tables of parameter values, ``.data name r c`` and rows of numbers, which ``.step data=name`` goes through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby, product
from math import prod
from typing import TYPE_CHECKING

from circuitnn.flat import Sweep
from circuitnn.netlist.analysis_cards import temperatures

if TYPE_CHECKING:
    from circuitnn.netlist.analysis_cards import DotCard


def read_table(card: DotCard) -> tuple[str, tuple[Sweep, ...]]:
    """Read a ``.data`` card: the table's name, and its columns, which vary together.

    Raises
    ------
    CardError
        It has no rows, or an incomplete one.
    """
    words = card.words
    if not words:
        raise card.error("'.data' takes a name, the names of parameters, and rows of numbers")
    name, *rest = words
    if "=" in card.text:
        raise card.error(f"'.data {name}': tables in other files are not read: write the numbers on the card")
    count = next((k for k, word in enumerate(rest) if _is_number(word)), len(rest))
    columns, numbers = rest[:count], rest[count:]
    if not columns or not numbers or len(numbers) % len(columns):
        raise card.error(
            f"'.data {name}' has {len(columns)} parameters and {len(numbers)} numbers: rows are not complete",
            name,
        )
    sweeps = []
    for k, column in enumerate(columns):
        target = card.target(column)
        values = tuple([card.number(text) for text in numbers[k :: len(columns)]])
        sweeps.append(Sweep(target, temperatures(values, column) if target == "temp" else values, name))
    return name, tuple(sweeps)


def points_of(steps: Sequence[Sweep]) -> Iterator[dict[str, float]]:
    """Values of what ``.step`` cards vary, by target, for each of their points; the last card varies fastest."""
    axes = [list(columns) for _, columns in groupby(enumerate(steps), lambda at: at[1].table or at[0])]
    rows = [list(zip(*(sweep.values for _, sweep in axis), strict=True)) for axis in axes]
    targets = [sweep.target for axis in axes for _, sweep in axis]
    for point in product(*rows):
        yield dict(zip(targets, chain.from_iterable(point), strict=True))


def count_points(steps: Sequence[Sweep]) -> int:
    """How many points `points_of` yields."""
    axes = {sweep.table or k: len(sweep.values) for k, sweep in enumerate(steps)}
    return prod(axes.values())


def _is_number(word: str) -> bool:
    return word[0] in "+-.0123456789{'\""
