"""What users of a model are told: texts of its messages, and what they should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import Expr, symbols
from circuitnn.models import as_written
from circuitnn.models.messages import Message
from circuitnn.veriloga.assembly import Assembled
from circuitnn.veriloga.formatting import filled

if TYPE_CHECKING:
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
    text = ""
    while waiting:
        word = waiting.pop(0)
        text += filled(word, waiting, instance) if isinstance(word, str) else f"{word:g}"
    return text


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
