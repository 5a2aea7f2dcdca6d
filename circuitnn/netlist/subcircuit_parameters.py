"""Values that X cards pass: what a subcircuit calls its own is the subcircuit's there too, as in ngspice.

``x1 a b sub w=2 area='w*l'`` takes this card's w, and the default of sub's l, also where the caller has a w or an l;
in ``w='w*2'`` w is the caller's, and so are names in a circle. xschem writes such cards for foundries' transistors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from circuitnn.equations.expr import Expr, symbols
from circuitnn.equations.substitution import substitute

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Calls, Definition, Value
    from circuitnn.netlist.origins import Sources


def settle(definitions: Iterable[Definition], sources: Sources) -> None:
    """Write values of X cards in the caller's names, in all definitions; these have been read."""
    for definition in definitions:
        for calls in definition.calls.values():
            _settle(calls, definition, sources)


def _settle(calls: Calls, caller: Definition, sources: Sources) -> None:
    told = False
    for row, given in enumerate(calls.parameters):
        if not any(isinstance(value, Expr) for value in given.values()):
            continue
        values = {**calls.callee.expressions, **given}
        meant = {key: captured for key in given if (captured := _meant(key, values))}
        if not meant:
            continue
        calls.parameters[row] = _substituted(given, values)
        hidden = [(name, key) for key, captured in meant.items() for name in captured if _knows(caller, name)]
        if hidden and not told:
            told = True
            name, key = hidden[0]
            message = (
                f"'{name}' in '{key}' of '{calls.names[row]}' is the parameter of subcircuit '{calls.callee.name}', "
                f"as in ngspice; other simulators take the one outside"
            )
            sources.warn(calls.origins[row], message)


def _knows(caller: Definition, name: str) -> bool:
    return any(name in scope.header or name in scope.parameters for scope in caller.scopes())


def _named(key: str, values: Mapping[str, Value]) -> set[str]:
    """Parameters of the subcircuit that a parameter's value names."""
    value = values[key]
    return symbols([value]) & values.keys() if isinstance(value, Expr) else set()


def _meant(key: str, values: Mapping[str, Value]) -> list[str]:
    """Those of them that are meant: not itself, and none that depends on it."""
    return sorted(name for name in _named(key, values) if not _reaches(name, key, values))


def _reaches(name: str, key: str, values: Mapping[str, Value]) -> bool:
    """Whether a parameter is another one, or depends on it."""
    seen, waiting = set[str](), [name]
    while waiting:
        top = waiting.pop()
        if top == key:
            return True
        if top not in seen:
            seen.add(top)
            waiting += _named(top, values)
    return False


def _substituted(given: Mapping[str, Value], values: Mapping[str, Value]) -> dict[str, Value]:
    """What a card passes, without names of the subcircuit."""
    done: dict[str, Value] = {}
    for first in given:
        stack = [first]
        while stack:
            key = stack[-1]
            meant = _meant(key, values)
            missing = [name for name in meant if name not in done]
            if missing:
                stack.append(missing[0])
                continue
            value = values[key]
            done[stack.pop()] = (
                substitute([value], {n: done[n] for n in meant})[0] if isinstance(value, Expr) else value
            )
    return {key: done[key] for key in given}
