"""Arguments checked by their annotations: the error for one of a wrong kind names it.

A function or a value pays for its arguments alone, about 0.2 µs for a number; `machine.annotations` reads what the
annotations ask for at the first call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from circuitnn.machine.frozen_values import Plain

if TYPE_CHECKING:
    from circuitnn.machine.annotations import Check

Function = TypeVar("Function", bound=Callable[..., Any])
Seed = int  # of random numbers, not negative
Size = int  # lines or columns of an array
Real = float  # a number that may be NaN or infinite, which have a meaning then


class Given(Plain):
    """Base of plain values that users make: each field is checked by its annotation."""

    def __post_init__(self) -> None:
        attributes = self.__dict__
        for name, check in _checks_of_fields(type(self)):  # type: ignore[arg-type]
            attributes[name] = check(attributes[name], name)
        super().__post_init__()


def checked_arguments(function: Function) -> Function:
    """Check and convert the arguments of a public function or method before each call.

    Numbers, flags, names, arrays, sequences and mappings of these, and classes of the package are checked; whatever
    else an annotation says is left to the function.

    Parameters
    ----------
    function : callable

    Returns
    -------
    callable
    """

    @wraps(function)
    def called(*fields: Any, **words: Any) -> Any:
        places, named = _checks_of_arguments(function)
        checked = [
            check(value, name) if check else value
            for value, (name, check) in zip(fields, places, strict=False)
        ]
        for name, value in words.items():
            check = named.get(name)
            words[name] = check(value, name) if check else value
        return function(*checked, *fields[len(places) :], **words)

    return called  # type: ignore[return-value]


@cache
def _checks_of_fields(kind: Any) -> tuple[tuple[str, Check], ...]:
    from circuitnn.machine.annotations import (
        checks_of,
    )  # reads Python's syntax: not for a run that asks for nothing

    return tuple((name, check) for name, check, _ in checks_of(kind) if check)


@cache
def _checks_of_arguments(
    function: Any,
) -> tuple[tuple[tuple[str, Check | None], ...], dict[str, Check | None]]:
    """Checks of the arguments that may be given by position, and of those that may be given by name."""
    from circuitnn.machine.annotations import checks_of

    every = checks_of(function)
    places = tuple((name, check) for name, check, by_place in every if by_place)
    return places, {name: check for name, check, _ in every}
