"""Memories of compact models as ngspice latches, for twins.

A memory that flips between 0 and 1 is a bistable node: a capacitor that is pulled to 1 if the event sets it, to 0 if
the event clears it, and otherwise, a million times more weakly, to 0 or 1 according to its side of one half. The
equations see it as 0 or 1. It changes a time `flip` after its condition becomes true, which must stay true that long.
What holds it must be weak: a time step that goes too far, beyond the condition, is rejected, and Newton's method starts
the shorter one from there; a node that could hold itself within one step would have flipped too early.

A memory that takes numbers is a sample and hold. While idle, a second node follows the new value.
The condition sets such a latch; while it is set, the second node holds and the memory approaches it exponentially;
a third node, which approaches 1 at the same pace, shows when it has arrived (to 1e-5 of its change) and resets the
latch. That takes 18 times `flip`; the inputs of the new value must not change within a few `flip` before the event.

A direction, 1 or -1, that an event turns is a bistable node as well. Numbers that the same event keeps are two nodes
each: one follows the new value while the direction is 1 and holds it while it is -1, the other the reverse, and the
equations see the one that holds. So nothing is left to be latched by a time step that is rejected later.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from circuitnn.equations.expr import Expr, symbol
from circuitnn.equations.kernel import Event, flipped
from circuitnn.equations.ngspice import to_ngspice
from circuitnn.equations.substitution import substitute
from circuitnn.models.declarations import State

ARRIVED = 1e-5
LOW = "low"  # node at -1 V: ngspice's tolerance of a capacitor's charge is relative, and vanishes at 0 V
WEAK = 1e6  # a bistable node holds itself in so many times the time in which it flips: longer than any step


def flag_conditions(memories: Iterable[str], events: Mapping[str, Event]) -> dict[str, tuple[Expr, Expr]]:
    """Memories that only flip between 0 and 1, with the conditions that set and clear them."""
    conditions = {}
    for name, event in flipped(memories, events.values()).items():
        up, down = (substitute([event.condition], {name: v})[0] for v in (0.0, 1.0))
        conditions[name] = (up, down)
    return conditions


def sets_back(event: Event, states: Mapping[str, State]) -> bool:
    """Whether all that an event does is to set angles back by whole turns."""
    return all(name in states and states[name].turn for name, _ in event.updates)


def directions(memories: Mapping[str, Expr], events: Mapping[str, Event]) -> dict[str, str]:
    """Events that turn a direction and keep numbers which no other event changes: event → direction."""
    turning = {}
    for name, event in events.items():
        turned = [n for n, value in event.updates if value is -symbol(n)]
        others = {n for k, e in events.items() if k != name for n, _ in e.updates}
        targets = {n for n, _ in event.updates}
        if len(turned) == 1 and targets <= set(memories) and not targets & others:
            turning[name] = turned[0]
    return turning


def memory_texts(
    memories: Mapping[str, Expr], flags: Iterable[str], events: Mapping[str, Event]
) -> dict[str, str]:
    """Texts of the memories in ngspice's expressions."""
    texts = {n: f"v({n})" for n in memories} | {n: f"(v({n}) > 0.5 ? 1 : 0)" for n in flags}
    for name, direction in directions(memories, events).items():
        texts[direction] = f"(v({direction}) > 0 ? 1 : -1)"
        for kept in (n for n, _ in events[name].updates if n != direction):
            texts[kept] = f"(v({direction}) > 0 ? v({kept}_back) : v({kept}_ahead))"
    return texts


def memory_nodes(memories: Mapping[str, Expr], events: Mapping[str, Event]) -> dict[str, tuple[str, ...]]:
    """Nodes of a twin whose voltages are those of each memory."""
    nodes: dict[str, tuple[str, ...]] = {n: (n,) for n in memories}
    for name, direction in directions(memories, events).items():
        nodes |= {n: (f"{n}_back", f"{n}_ahead") for n, _ in events[name].updates if n != direction}
    return nodes


def flags(
    memories: Mapping[str, Expr],
    conditions: Mapping[str, tuple[Expr, Expr]],
    names: Mapping[str, str],
    flip: float,
    storage: float,
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
    storage : float
        Capacitance on which they are. [F]
    """
    pace = storage * math.log(2.0) / flip  # half the way takes the time `flip`
    for name, pair in conditions.items():
        up, down = (to_ngspice(e, names) for e in pair)
        # each pulls on both sides of one half: where the pull ended there, no time step could pass
        both = f"({up}) > 0 && ({down}) > 0", f"(v({name}) > 0.5 ? 0 : 1)"
        pulls = both, (f"({up}) > 0", "1"), (f"({down}) > 0", "0")
        yield f"bf_{name} 0 {name} {_latch(name, pace, *pulls)}"
        yield from _capacitor(name, _number(memories[name], names), storage, ".nodeset", LOW)


def samples(
    memories: Mapping[str, Expr],
    events: Mapping[str, Event],
    states: Mapping[str, Expr],
    names: Mapping[str, str],
    flip: float,
    storage: float,
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
    storage : float
        Capacitance on which they are. [F]
    """
    pace = storage * math.log(2.0) / flip  # half the way takes the time `flip`
    turns = directions(memories, events)
    for name, direction in turns.items():
        yield from _turn(direction, events[name], memories, names, pace, storage)
    latched = {name: event for name, event in events.items() if name not in turns}
    changed = {target for event in latched.values() for target, _ in event.updates}
    for name in (n for n in memories if n in changed):
        yield from _capacitor(name, _number(memories[name], names), storage, low=LOW)
    for number, event in enumerate(latched.values()):
        yield from _event(number, event, {**states, **memories}, names, pace, storage)


def _turn(
    direction: str,
    event: Event,
    before: Mapping[str, Expr],
    names: Mapping[str, str],
    pace: float,
    storage: float,
) -> Iterator[str]:
    """A direction, and the numbers that its turns keep."""
    ahead, back = (to_ngspice(substitute([event.condition], {direction: d})[0], names) for d in (1.0, -1.0))
    target = f"(v({direction}) > 0 ? (({ahead}) > 0 ? -1 : 1) : (({back}) > 0 ? 1 : -1))"
    yield f"bf_{direction} 0 {direction} {_pull(direction, target, pace)}"
    yield from _capacitor(direction, _number(before[direction], names), storage)
    for name, value in (pair for pair in event.updates if pair[0] != direction):
        text = f"({to_ngspice(value, names)})"
        for side, sign in (("ahead", ">"), ("back", "<")):
            node = f"{name}_{side}"
            yield f"bf_{node} 0 {node} {_pull(node, text, pace, f'v({direction}) {sign} 0')}"
            yield from _capacitor(node, _number(before[name], names), storage)


def _number(value: Expr, names: Mapping[str, str]) -> str:
    text = to_ngspice(value, names)
    return text if value.op == "const" else f"{{{text}}}"


def _capacitor(
    node: str, initial: str, storage: float, keyword: str = ".ic", low: str = "0"
) -> Iterator[str]:
    voltage = f"{{({initial.strip('{}')}) + 1}}" if low == LOW else initial
    yield f"cq_{node} {node} {low} {storage!r} ic={voltage}"
    yield f"{keyword} v({node})={initial}"


def _pull(node: str, target: str, pace: float, only: str = "") -> str:
    current = f"{pace!r}*({target} - v({node}))"
    return f"i={only} ? {current} : 0" if only else f"i={current}"


def _latch(node: str, pace: float, *pulls: tuple[str, str]) -> str:
    """Current into a bistable node: the first condition that holds says to what it is pulled, or it holds itself."""
    text = f"{pace / WEAK!r}*((v({node}) > 0.5 ? 1 : 0) - v({node}))"
    for condition, target in reversed(pulls):
        text = f"({condition}) ? {pace!r}*({target} - v({node})) : ({text})"
    return f"i={text}"


def _event(
    number: int,
    event: Event,
    before: Mapping[str, Expr],
    names: Mapping[str, str],
    pace: float,
    storage: float,
) -> Iterator[str]:
    now, end = f"now_{number}", f"end_{number}"
    up = f"v({now}) > 0.5"
    condition = f"({to_ngspice(event.condition, names)}) > 0"
    # once it has arrived it is cleared, and not set again before the third node is on its way back
    cleared = f"abs(v({end}) - 1) < {ARRIVED!r} || (v({end}) > 0.5 && v({now}) < 0.5)"
    yield f"bf_{now} 0 {now} {_latch(now, pace, (cleared, '0'), (condition, '1'))}"
    yield f"bf_{end} 0 {end} {_pull(end, f'({up} ? 1 : 0)', pace)}"
    yield from (line for node in (now, end) for line in _capacitor(node, "0", storage, low=LOW))
    # what it follows until it holds it; the first value matters only for events at the very start
    moving = {n for n, text in names.items() if text.startswith("v(")} | {"time"}
    start: dict[str, Expr | float] = {**dict.fromkeys(moving, 0.0), **before}
    for name, value in event.updates:
        new = f"new_{number}_{name}"
        text = to_ngspice(value, names)
        first = substitute([value], start)[0]
        yield f"bf_{new} 0 {new} i=v({now}) > 0.5 ? 0 : {pace!r}*(({text}) - v({new}))"
        yield from _capacitor(new, _number(first, names), storage, low=LOW)
        yield f"bn_{new} 0 {name} {_pull(name, f'v({new})', pace, up)}"
