"""What cards give of a module's parameters: numbers, words, and arrays, whose elements are numbers or words each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from circuitnn.machine.text import lowered
from circuitnn.veriloga import tree
from circuitnn.veriloga.calls import Calls
from circuitnn.veriloga.evaluation import Given, element_key
from circuitnn.veriloga.scope import Scope
from circuitnn.veriloga.source import Fault

LONGEST = 256  # elements of an array that cards can give
SPARE = 32  # of one whose length follows from parameters of the card


def is_word(declared: tree.Parameter) -> bool:
    """Whether a parameter, or each element of it, is a word."""
    default = declared.default
    if isinstance(default, tree.List) and default.items:
        default = default.items[0]
    return declared.kind == "string" or (not declared.kind and isinstance(default, tree.String))


def pieces(scope: Scope) -> dict[str, tree.Parameter]:
    """Parameters of a module that have columns, and the elements of its arrays, by name; all with declarations."""
    declarations: dict[str, tree.Parameter] = {}
    usual = Calls(scope, {}, {}, Given(), frozenset())
    for name, declared in scope.parameters.items():
        if declared.local:
            continue
        if declared.bounds is None:
            declarations[name] = declared
            continue
        with suppress(Fault):  # reported with the other declarations
            count = _most(scope, usual, declared)
            if count <= LONGEST:
                declarations |= {element_key(name, k): declared for k in range(count)}
    return declarations


def _most(scope: Scope, usual: Calls, declared: tree.Parameter) -> int:
    """How many elements an array may have."""
    assert declared.bounds is not None
    first, last = usual.bounds(declared.bounds)
    count = abs(last - first) + 1
    return max(count, SPARE) if _follows(scope, declared) else count


def _follows(scope: Scope, declared: tree.Parameter) -> bool:
    """Whether the length of an array follows from parameters that cards give."""
    waiting, seen = [*tree.within(declared.bounds)], set[str]()
    while waiting:
        node = waiting.pop()
        parameter = scope.parameters.get(node.name) if isinstance(node, tree.Name) else None
        if parameter is None or parameter.name in seen:
            continue
        if not parameter.local:
            return True
        seen.add(parameter.name)
        waiting += tree.within(parameter.default)
    return False


def arrays(scope: Scope, columns: Mapping[str, str]) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Arrays as cards name them: fewest values that a card must give, and the columns of its elements."""
    array_columns: dict[str, tuple[int, tuple[str, ...]]] = {}
    for name, declared in scope.parameters.items():
        own: list[str] = []
        while (key := element_key(name, len(own))) in columns:
            own.append(columns[key])
        for word in _names(scope, name) if own else ():
            array_columns[word] = (1 if _follows(scope, declared) else len(own)), tuple(own)
    return array_columns


def too_long(scope: Scope, columns: Mapping[str, str]) -> dict[str, str]:
    """Arrays that cards cannot give, and why."""
    own = [n for n, p in scope.parameters.items() if p.bounds is not None and not p.local]
    why = f"cards give arrays of at most {LONGEST} elements; change the default in the file"
    return {word: why for n in own if element_key(n, 0) not in columns for word in _names(scope, n)}


def words(scope: Scope, columns: Mapping[str, str]) -> dict[str, str]:
    """Columns of words, and elements of arrays of them, and the parameters or elements they are of."""
    by_key = pieces(scope)
    return {columns[key]: key for key, declared in by_key.items() if key in columns and is_word(declared)}


def spellings(module: tree.Module) -> dict[str, str]:
    """Words that a module writes, by what decks, which ignore case, make of them."""
    own = {each.value for each in tree.within(module) if isinstance(each, tree.String)}
    return {lowered(word): word for word in sorted(own)} | {word: word for word in own}


def _names(scope: Scope, name: str) -> Iterator[str]:
    yield lowered(name)
    yield from (lowered(alias) for alias, of in scope.aliases.items() if of == name)
