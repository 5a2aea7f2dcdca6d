"""What users of a model are told: texts of its messages, and what they should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import Expr, symbols
from circuitnn.models import as_written
from circuitnn.veriloga.assembly import Assembled
from circuitnn.veriloga.evaluation import SURROUNDINGS
from circuitnn.veriloga.execution import Message

if TYPE_CHECKING:
    import re

    from circuitnn.veriloga.device import VerilogA


def text_of(message: Message, values: Mapping[str, float]) -> str:
    """The text of a message: the format's places take the values in turn."""
    words: list[Any] = []
    for argument in message.arguments:
        if isinstance(argument, Expr):
            known = symbols([argument]) <= values.keys()
            words.append(float(evaluate([argument], values)[0]) if known else "…")
        else:
            words.append(argument)
    if not words or not isinstance(words[0], str):
        return " ".join(f"{word:g}" if isinstance(word, float) else str(word) for word in words)
    import re

    rest = iter(words[1:])

    def place(match: re.Match[str]) -> str:
        if match[0] in ("%%", "%m"):
            return "%" if match[0] == "%%" else ""
        word = next(rest, "")
        return f"{word:g}" if isinstance(word, float) else str(word)

    return re.sub(r"%%|%[-+ 0#]*\d*(?:\.\d+)?[a-zA-Z]", place, words[0]).strip()


def doubts(model: type[VerilogA], made: Assembled) -> Iterator[str]:
    """What a user of the model should know."""
    for sentence, at in made.remarks:
        place = model.design.place(at)
        yield f"{place.file}:{place.line}: {sentence}"
    yield from _of_what_is_kept(model, made)
    hidden = {*model.design.columns.values(), *SURROUNDINGS}
    late = [m for m in made.messages if m.only_then or not symbols([m.condition]) <= hidden]
    if late:
        place = model.design.place(late[0].at)
        message = "messages that depend on voltages, time or temperature are not shown"
        yield f"{place.file}:{place.line}: {message} ({late[0].task})"


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
