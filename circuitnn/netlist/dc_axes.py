"""Axes of ``.dc`` cards: start, stop and step, as in SPICE, and the forms of Xyce, LTspice and HSPICE."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import nearest
from circuitnn.flat import Sweep

if TYPE_CHECKING:
    from circuitnn.netlist.analysis_cards import DotCard

SCALES = ("lin", "dec", "oct")
NAMED = ("start", "stop", "step")
_AFTER = (*SCALES, "list", "poi", *NAMED)
FORMS = "source, start, stop, step (one or more times); 'dec source start stop points'; 'source list …'"


def read_axes(card: DotCard) -> tuple[Sweep, ...]:
    """Read the axes of a card, the innermost first.

    ``v1 0 1 0.1``, ``dec v1 1 100 5``, ``v1 list 1 2 5``, ``v1 dec 5 1 100``, ``v1 lin 11 0 1``, ``v1 poi 2 1 5``,
    ``v1 start=0 stop=1 step=0.1``, one or more times.

    Parameters
    ----------
    card : DotCard

    Raises
    ------
    CardError
    """
    words = _Words(card)
    if words.peek() == "data" and len(card.words) == 2:
        name = card.words[1]
        raise card.error(f"'.dc data={name}' is not supported: write '.step data={name}' and '.op'", "data")
    if not card.words or (not {*_AFTER}.intersection(card.words) and len(card.words) % 4):
        raise card.error(f"'.dc' takes {FORMS}; {len(card.words)} words given")
    axes = []
    while words.peek():
        axes.append(_axis(words))
    return tuple(axes)


class _Words:
    """The words of a card, taken one after the other."""

    def __init__(self, card: DotCard) -> None:
        self.card, self.position = card, 0

    def peek(self, ahead: int = 0) -> str:
        at = self.position + ahead
        return self.card.words[at] if at < len(self.card.words) else ""

    def take(self, name: str, what: str) -> str:
        """The next word; an error about the axis `name` if there is none."""
        if not self.peek():
            raise self.card.error(f"'.dc': {what} of '{name}' is missing; it takes {FORMS}", name)
        self.position += 1
        return self.card.words[self.position - 1]

    def numbers(self) -> list[str]:
        """The words up to the next one that is no number."""
        taken = []
        while self.peek() and self.peek()[0] in "+-.0123456789{'\"":
            taken.append(self.take("", ""))
        return taken


def _axis(words: _Words) -> Sweep:
    """One axis; a word before its name says how its points are spread."""
    scale = words.take("", "a source") if words.peek() in SCALES else "lin"
    name = words.take(scale, "a source")
    after = words.peek()
    if after in _READERS:
        if scale != "lin":
            raise words.card.error(f"'.dc': '{scale}' and '{after}' for one source, '{name}'", after)
        words.take(name, after)
        return _READERS[after](words, name)
    if after.isalpha() and (near := nearest(after, _AFTER)):
        raise words.card.error(f"'.dc': '{after}' after '{name}' is no number{near}", after)
    last = "the step" if scale == "lin" else "the number of points"
    given = [words.take(name, what) for what in ("the start", "the stop", last)]
    return words.card.sweep(name, scale, given)


def _list(words: _Words, name: str) -> Sweep:
    given = words.numbers()
    if not given:
        raise words.card.error(f"'.dc': '{name} list' has no values", "list")
    return words.card.sweep(name, "list", given)


def _points(words: _Words, name: str) -> Sweep:
    """HSPICE's list, whose length comes first."""
    count, given = words.card.whole(words.take(name, "the number of values")), words.numbers()
    if count != len(given):
        raise words.card.error(f"'.dc': '{name} poi {count}' has {len(given)} values", "poi")
    return words.card.sweep(name, "list", given)


def _spread(scale: str) -> Callable[[_Words, str], Sweep]:
    """HSPICE's order: the number of points, start, stop."""

    def read(words: _Words, name: str) -> Sweep:
        count, start, stop = (words.take(name, what) for what in ("the points", "the start", "the stop"))
        if scale != "lin":
            return words.card.sweep(name, scale, [start, stop, count])
        number = words.card.whole(count)
        if number < 1:
            raise words.card.error(f"'.dc': '{name} lin {count}' has no point", count)
        ends = words.card.number(start), words.card.number(stop)
        return words.card.sweep(name, "list", [repr(float(v)) for v in np.linspace(*ends, number)])

    return read


def _named(words: _Words, name: str) -> Sweep:
    """``start= stop= step=`` in any order; the first of these words is taken already."""
    words.position -= 1
    given: dict[str, str] = {}
    while words.peek() in NAMED:
        key = words.take(name, "")
        given[key] = words.take(name, f"the {key}")
    if lost := [key for key in NAMED if key not in given]:
        raise words.card.error(f"'.dc': {lost[0]}= of '{name}' is missing", name)
    return words.card.sweep(name, "lin", [given[key] for key in NAMED])


_READERS: dict[str, Callable[[_Words, str], Sweep]] = {
    "list": _list,
    "poi": _points,
    **{scale: _spread(scale) for scale in SCALES},
    **dict.fromkeys(NAMED, _named),
}
