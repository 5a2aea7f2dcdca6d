"""Arguments of studies as users give them: numbers may be texts (``"1k"``), and one value may stand for several."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import flag_of
from circuitnn.units import number_of, whole_of

Given = ParamSpec("Given")
Answered = TypeVar("Answered")


def read_arguments(ask: Callable[Given, Answered]) -> Callable[Given, Answered]:
    """Let a study read its arguments by their annotations before it begins.

    Parameters
    ----------
    ask : callable
        The study.

    Returns
    -------
    callable
        Of the same signature. Raises an AnalysisError that names the argument where it cannot be read.
    """
    signature = inspect.signature(ask)
    kinds = {
        p.name: READERS[str(p.annotation)]
        for p in signature.parameters.values()
        if str(p.annotation) in READERS
    }

    @wraps(ask)
    def asked(*arguments: Given.args, **more: Given.kwargs) -> Answered:
        bound = signature.bind(*arguments, **more)
        for name in kinds.keys() & bound.arguments.keys():
            bound.arguments[name] = kinds[name](bound.arguments[name], name)
        return ask(*bound.args, **bound.kwargs)

    return asked


def _number(value: object, label: str) -> float:
    """A number; infinity and NaN are for the study to judge."""
    return value if isinstance(value, float) else number_of(value, label)


def _text(value: object, label: str) -> str:
    if not isinstance(value, str):
        raise AnalysisError(f"{label} = {value!r}: a text in quotes is needed")
    return value


def _several(read: Callable[[object, str], Any]) -> Callable[[object, str], tuple[Any, ...]]:
    """Reader of several values."""

    def all_of(value: object, label: str) -> tuple[Any, ...]:
        if isinstance(value, dict):
            raise AnalysisError(f"{label} = {value!r}: a list of values is needed")
        if isinstance(value, str) or not isinstance(value, Iterable):
            value = (value,)
        return tuple(read(item, label) for item in value)

    return all_of


READERS: dict[str, Callable[[object, str], Any]] = {
    "float": _number,
    "int": whole_of,
    "bool": flag_of,
    "str": _text,
    "Sequence[float]": _several(_number),
    "Sequence[int]": _several(whole_of),
    "Sequence[str]": _several(_text),
}
