"""What users of a model are told: texts of its messages, and what they should know."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import Expr, symbols
from circuitnn.models import as_written
from circuitnn.models.messages import Message
from circuitnn.veriloga.assembly import Assembled

if TYPE_CHECKING:
    import re

    from circuitnn.veriloga.device import VerilogA


NUMBERED = frozenset(("$fatal", "$finish", "$stop"))


def text_of(message: Message, values: Mapping[str, float], instance: str = "") -> str:
    """The text of a message: the places of each text take the values after it, in turn."""
    waiting: list[float | str] = []
    for argument in message.arguments:
        if isinstance(argument, Expr):
            known = symbols([argument]) <= values.keys()
            waiting.append(float(evaluate([argument], values)[0]) if known else "…")
        else:
            waiting.append(argument)
    if message.task in NUMBERED and waiting and not isinstance(waiting[0], str):
        del waiting[0]  # how much the simulator is to say besides
    found = ""
    while waiting:
        word = waiting.pop(0)
        found += _filled(word, waiting, instance) if isinstance(word, str) else f"{word:g}"
    return found


def _filled(text: str, waiting: list[float | str], instance: str) -> str:
    """A text whose places are filled with the first of the values that wait."""
    import re

    def place(match: re.Match[str]) -> str:
        flags, letter = match[1], match[2]
        if letter in "%mM":
            return "%" if letter == "%" else instance
        if not waiting:
            return match[0]
        word = waiting.pop(0)
        if isinstance(word, str):
            return f"%{flags}s" % word if "." not in flags else word
        return _number(flags, letter.lower(), word)

    return re.sub(r"%([-+ 0#]*\d*(?:\.\d+)?)([a-zA-Z%])", place, text)


_SUFFIXES = dict(zip(range(-18, 13, 3), "a f p n u m  k M G T".split(" "), strict=True))


def engineering(value: float) -> str:
    """A number with a suffix of powers of 1000."""
    power = 3 * math.floor(math.log10(abs(value)) / 3.0) if value and math.isfinite(value) else 0
    return f"{value / 10.0**power:g}{_SUFFIXES[power]}" if power in _SUFFIXES else f"{value:g}"


_BASES = {"h": "x", "x": "x", "o": "o", "b": "b"}


def _number(flags: str, letter: str, value: float) -> str:
    """A number by its place in a text: ``%5.2f``, ``%d``, ``%h``, ``%r`` with a suffix."""
    if letter in "efg":
        return f"%{flags}{letter}" % value
    if letter == "r":
        return engineering(value)
    if not math.isfinite(value):
        return f"{value:g}"
    if letter == "d":
        return f"%{flags.partition('.')[0]}d" % math.floor(value + 0.5)
    if letter in _BASES:
        return format(math.floor(value + 0.5), _BASES[letter])
    return f"{value:g}"


def doubts(model: type[VerilogA], made: Assembled) -> Iterator[str]:
    """What a user of the model should know."""
    for sentence, at in made.remarks:
        place = model.design.place(at)
        yield f"{place.file}:{place.line}: {sentence}"
    yield from _of_what_is_kept(model, made)


def _of_what_is_kept(model: type[VerilogA], made: Assembled) -> Iterator[str]:
    """Variables that make results depend on the time steps, and random numbers that do."""
    name, told = as_written(model.name), set()
    for variable, at in made.keeping.kept_at.items():
        whole = variable.partition("[")[0]
        if whole in told or variable in made.keeping.clocks:
            continue
        told.add(whole)
        place = model.design.place(at)
        steps = "; steps follow how far it moves" if variable in made.keeping.moving else ""
        yield (
            f"{place.file}:{place.line}: '{whole}' of '{name}' is read before it is assigned: it keeps its value of "
            f"the last accepted point, so that results depend on the time steps{steps}; an integral (idt) would not"
        )
    for variable, at in made.present.items():
        place = model.design.place(at)
        yield (
            f"{place.file}:{place.line}: '{variable}' of '{name}' is read before it is assigned: as it is an integral, "
            "its present value is taken, and not that of the last time point"
        )
    anew = [made.keeping.drawn_at[n] for n, _ in made.keeping.kept.drawn] if made.keeping.kept else []
    places = dict.fromkeys((p.file, p.line) for p in map(model.design.place, sorted(anew)))
    if places:
        (file, line), *more = places
        lines = ", ".join(str(n) for n in (line, *(n for _, n in more)))
        yield (
            f"{file}:{lines}: '{name}' draws random numbers anew at each accepted time point, so that it depends on "
            "the time steps how much noise enters; bound them ($bound_step, or the last number of .tran)"
        )
