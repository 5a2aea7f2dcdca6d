"""Which devices of a module have parameters that ask for the same equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from circuitnn.machine.text import lowered
from circuitnn.models.word_parameters import text_of
from circuitnn.veriloga.design import Design


def spelled(design: Design, number: float | str) -> str:
    """The word that a number in a column stands for; decks ignore case, so that the module's own spelling counts."""
    word = text_of(float(number)) or ""
    return design.spellings.get(word, design.spellings.get(lowered(word), word))


def groups(
    design: Design, columns: Mapping[str, np.ndarray], count: int
) -> Iterator[tuple[dict[str, float | str], frozenset[str], np.ndarray]]:
    """Devices with the same integers and the same given parameters: these, and the rows."""
    integers = (*design.integers, *design.words.values())
    rows = [np.nan_to_num(np.rint(columns[design.columns[name]]), nan=1e300) for name in integers]
    optional = sorted(design.optional)
    rows += [np.isnan(columns[design.columns[name]]).astype(float) for name in optional]
    if not rows:
        yield {}, frozenset(), np.arange(count)
        return
    table = np.array(rows)
    if count == 1 or np.all(table == table[:, :1]):
        different, which = table[:, :1], np.zeros(count, dtype=int)
    else:
        different, which = np.unique(table, axis=1, return_inverse=True)
        which = which.reshape(-1)
    for k, values in enumerate(different.T.tolist()):
        numbers = dict(zip(integers, values, strict=False))
        fixed: dict[str, float | str] = {name: value for name, value in numbers.items() if value != 1e300}
        fixed |= {name: spelled(design, fixed[name]) for name in design.words.values() if name in fixed}
        given = {name for name, missing in zip(optional, values[len(integers) :], strict=True) if not missing}
        yield fixed, frozenset(given), np.flatnonzero(which == k)
