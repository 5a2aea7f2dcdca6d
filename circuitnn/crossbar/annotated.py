"""Arguments checked by their annotations: the error for one of a wrong kind names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from inspect import Parameter, Signature, signature
from typing import Any, TypeVar

import numpy as np

from circuitnn.crossbar.checks import real
from circuitnn.errors import AnalysisError
from circuitnn.machine.asked import flag_of
from circuitnn.units import number_of, whole_of

Function = TypeVar("Function", bound=Callable[..., Any])


def checked_arguments(function: Function) -> Function:
    """Check and convert the arguments of a public function or method before each call.

    ``int``, ``float``, ``bool``, ``str``, arrays, tuples of numbers and classes of the package are checked; whatever
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
        bound = _signature(function).bind(*fields, **words)
        for name, value in bound.arguments.items():
            bound.arguments[name] = converted(_signature(function).parameters[name], value)
        return function(*bound.args, **bound.kwargs)

    return called  # type: ignore[return-value]


def check_fields(value: Any) -> None:
    """Check and convert the fields of a frozen data class, for its ``__post_init__``.

    Parameters
    ----------
    value : object
    """
    kind: Any = type(value)
    for name, parameter in _signature(kind).parameters.items():
        object.__setattr__(value, name, converted(parameter, getattr(value, name)))


@cache
def _signature(function: Any) -> Signature:
    return signature(function)


def converted(parameter: Parameter, value: Any) -> Any:
    """An argument as its annotation asks for it.

    Raises
    ------
    AnalysisError
        If it is of another kind.
    """
    kinds = [kind.strip() for kind in str(parameter.annotation).split(" | ")]
    if value is None and ("None" in kinds or parameter.default is None):
        return None
    if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD) or parameter.name == "self":
        return value
    kinds = [kind for kind in kinds if kind != "None"]
    if len(kinds) > 1:
        return value
    check = CHECKS.get(kinds[0])
    if check is not None:
        return check(value, parameter.name)
    if kinds[0].isidentifier() and kinds[0] in CLASSES and kinds[0] not in _names(value):
        article = "an" if kinds[0][0] in "AEIOU" else "a"
        raise AnalysisError(f"{parameter.name} = {_brief(value)}: must be {article} {kinds[0]}")
    return value


# Classes of the package that arguments are instances of; others are protocols.
CLASSES = frozenset(
    (
        "Ageing",
        "Cell",
        "Dense",
        "Device",
        "Hardware",
        "Kept",
        "MappedNetwork",
        "OnArray",
        "PulseResponse",
        "Spiking",
    )
)


def _names(value: object) -> set[str]:
    return {kind.__name__ for kind in type(value).__mro__}


def _brief(value: object) -> str:
    return f"{value!r:.60}"


def _count(value: Any, name: str) -> int:
    if isinstance(value, bool | np.bool_ | str):
        raise AnalysisError(f"{name} = {value!r}: a whole number is needed")
    return whole_of(value, name)


def _number(value: Any, name: str) -> float:
    return number_of(value, name)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise AnalysisError(f"{name} = {_brief(value)}: a text is needed")
    return value


def _pair(of: Callable[[Any, str], Any]) -> Callable[[Any, str], tuple[Any, Any]]:
    def convert(value: Any, name: str) -> tuple[Any, Any]:
        if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str) or len(value) != 2:
            raise AnalysisError(f"{name} = {_brief(value)}: two numbers are needed")
        return of(value[0], name), of(value[1], name)

    return convert


def _counts(value: Any, name: str) -> list[int]:
    if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str):
        raise AnalysisError(f"{name} = {_brief(value)}: whole numbers are needed")
    return [_count(one, name) for one in value]


CHECKS: Mapping[str, Callable[[Any, str], Any]] = {
    "int": _count,
    "float": _number,
    "bool": flag_of,
    "str": _text,
    "np.ndarray": real,
    "ArrayLike": real,
    "tuple[float, float]": _pair(_number),
    "tuple[int, int]": _pair(_count),
    "Sequence[int]": _counts,
}
