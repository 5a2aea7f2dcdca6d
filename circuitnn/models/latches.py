"""Memories of compact models as ngspice latches, for twins.

A memory that flips between 0 and 1 is a bistable node: 1 nF that is pulled to 1 if the event sets it, to 0 if the
event clears it, and otherwise to 0 or 1 according to its side of one half. The equations see it as 0 or 1. It
changes a time `flip` after its condition becomes true, which must stay true that long.

A memory that takes numbers is a sample and hold. While idle, a second node follows the new value.
The condition sets a latch; while it is set, the second node holds and the memory approaches it exponentially;
a third node, which approaches 1 at the same pace, shows when it has arrived (to 1e-5 of its change) and resets the
latch. That takes 18 times `flip`; the inputs of the new value must not change within a few `flip` before the event.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from circuitnn.equations.expr import Expr
from circuitnn.equations.kernel import Event, flipped
from circuitnn.equations.ngspice import to_ngspice
from circuitnn.equations.substitution import substitute

STATE = 1e-9  # F
ARRIVED = 1e-5


def flag_conditions(memories: Iterable[str], events: Mapping[str, Event]) -> dict[str, tuple[Expr, Expr]]:
    """Memories that only flip between 0 and 1, with the conditions that set and clear them."""
    found = {}
    for name, event in flipped(memories, events.values()).items():
        up, down = (substitute([event.condition], {name: v})[0] for v in (0.0, 1.0))
        found[name] = (up, down)
    return found


def memory_texts(memories: Iterable[str], flags: Iterable[str]) -> dict[str, str]:
    """Texts of the memories in ngspice's expressions."""
    bistable = set(flags)
    return {n: f"(v({n}) > 0.5 ? 1 : 0)" if n in bistable else f"v({n})" for n in memories}


def flags(
    memories: Mapping[str, Expr],
    conditions: Mapping[str, tuple[Expr, Expr]],
    names: Mapping[str, str],
    flip: float,
) -> Iterator[str]:
    """Lines of the memories that flip between 0 and 1.

    Parameters
    ----------
    memories : mapping of str to Expr
        Names and initial values, in parameters.
    conditions : mapping of str to (Expr, Expr)
        From `flag_conditions`.
    names : mapping of str to str
        Symbol → text.
    flip : float
        [s]
    """
    for name, pair in conditions.items():
        up, down = (to_ngspice(e, names) for e in pair)
        target = f"(v({name}) > 0.5 ? (({down}) > 0 ? 0 : 1) : (({up}) > 0 ? 1 : 0))"
        yield f"bf_{name} 0 {name} {_pull(name, target, _tau(flip))}"
        yield from _capacitor(name, _number(memories[name], names), ".nodeset")


def samples(
    memories: Mapping[str, Expr],
    events: Mapping[str, Event],
    states: Mapping[str, Expr],
    names: Mapping[str, str],
    flip: float,
) -> Iterator[str]:
    """Lines of the memories that take numbers, and of the events that change them or states.

    Parameters
    ----------
    memories, states : mapping of str to Expr
        Names and initial values, in parameters.
    events : mapping of str to Event
        Without those of flags.
    names : mapping of str to str
        Symbol → text.
    flip : float
        [s]
    """
    changed = {target for event in events.values() for target, _ in event.updates}
    for name in (n for n in memories if n in changed):
        yield from _capacitor(name, _number(memories[name], names))
    for number, event in enumerate(events.values()):
        yield from _event(number, event, {**states, **memories}, names, _tau(flip))


def _tau(flip: float) -> float:
    """Time constant with which half the way takes the time `flip`."""
    return flip / math.log(2.0)


def _number(value: Expr, names: Mapping[str, str]) -> str:
    text = to_ngspice(value, names)
    return text if value.op == "const" else f"{{{text}}}"


def _capacitor(node: str, initial: str, keyword: str = ".ic") -> Iterator[str]:
    yield f"cq_{node} {node} 0 {STATE!r} ic={initial}"
    yield f"{keyword} v({node})={initial}"


def _pull(node: str, target: str, tau: float, only: str = "") -> str:
    current = f"{STATE / tau!r}*({target} - v({node}))"
    return f"i={only} ? {current} : 0" if only else f"i={current}"


def _event(
    number: int,
    event: Event,
    before: Mapping[str, Expr],
    names: Mapping[str, str],
    tau: float,
) -> Iterator[str]:
    now, end = f"now_{number}", f"end_{number}"
    up = f"v({now}) > 0.5"
    condition = to_ngspice(event.condition, names)
    target = f"(abs(v({end}) - 1) < {ARRIVED!r} ? 0 : (({condition}) > 0 ? 1 : ({up} ? 1 : 0)))"
    yield f"bf_{now} 0 {now} {_pull(now, target, tau)}"
    yield f"bf_{end} 0 {end} {_pull(end, f'({up} ? 1 : 0)', tau)}"
    yield from (line for node in (now, end) for line in _capacitor(node, "0"))
    # what it follows until it holds it; the first value matters only for events at the very start
    moving = {n for n, text in names.items() if text.startswith("v(")} | {"time"}
    start: dict[str, Expr | float] = {**dict.fromkeys(moving, 0.0), **before}
    for name, value in event.updates:
        new = f"new_{number}_{name}"
        text = to_ngspice(value, names)
        first = substitute([value], start)[0]
        yield f"bf_{new} 0 {new} i=v({now}) > 0.5 ? 0 : {STATE / tau!r}*(({text}) - v({new}))"
        yield from _capacitor(new, _number(first, names))
        yield f"bn_{new} 0 {name} {_pull(name, f'v({new})', tau, up)}"
