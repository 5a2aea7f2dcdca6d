"""Arguments checked by their annotations: the error for one of a wrong kind names it.

Annotations are texts, since every module postpones them; `kind_of` reads each once, and makes of it a check that
converts what it accepts. A function or a value pays for its arguments alone, about 0.2 µs for a number.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from inspect import Parameter, Signature, signature
from math import isfinite
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.errors import AnalysisError
from circuitnn.machine.asked import flag_of, path_of
from circuitnn.machine.plain import Plain
from circuitnn.units import number_of, whole_of

Function = TypeVar("Function", bound=Callable[..., Any])
Seed = int  # of random numbers, not negative
Size = int  # lines or columns of an array
Real = float  # a number that may be NaN or infinite, which have a meaning then


class Kind(NamedTuple):
    """What an annotation asks for."""

    forms: tuple[str, ...]  # for messages: ("a number", "an array of numbers")
    check: Callable[[Any, str], Any]  # takes a value and the argument's name; returns it converted, or raises
    fits: Callable[[Any], bool] | None = None  # whether a value may be of this kind, at a glance

    @property
    def words(self) -> str:
        """All forms: "a number, an array of numbers or a text"."""
        return " or ".join(part for part in (", ".join(self.forms[:-1]), self.forms[-1]) if part)

    @property
    def several(self) -> str:
        """Many of them: "whole numbers"."""
        kind, of, parts = self.forms[0].partition(" ")[2].partition(" of ")
        return (
            "items"
            if len(self.forms) > 1
            else f"instances of {kind}"
            if "." in kind
            else f"{kind}s{of}{parts}"
        )


class Given(Plain):
    """Base of plain values that users make: each field is checked by its annotation."""

    def __post_init__(self) -> None:
        own = self.__dict__
        for name, check in _checks_of_fields(type(self)):  # type: ignore[arg-type]
            own[name] = check(own[name], name)
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
        given = [
            check(value, name) if check else value
            for value, (name, check) in zip(fields, places, strict=False)
        ]
        for name, value in words.items():
            check = named.get(name)
            words[name] = check(value, name) if check else value
        return function(*given, *fields[len(places) :], **words)

    return called  # type: ignore[return-value]


def real(values: ArrayLike, what: str) -> np.ndarray:
    """Values as an array of floats, masked ones NaN; complex numbers, text and the like are an error.

    Parameters
    ----------
    what : str
        What they are, for the message.
    """
    try:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(float), np.nan)
        array = np.asarray(values)
        if np.iscomplexobj(array):
            raise AnalysisError(f"{what}: real numbers are needed, got complex ones")
        if array.dtype == object and any(one is None for one in array.ravel()):  # NumPy takes it for NaN
            raise TypeError
        return np.asarray(array, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise AnalysisError(f"{what}: numbers are needed, got {type(values).__name__}") from None


Check = Callable[[Any, str], Any]


@cache
def _checks_of_fields(kind: Any) -> tuple[tuple[str, Check], ...]:
    every = ((name, _check(p)) for name, p in _signature(kind).parameters.items())
    return tuple((name, check) for name, check in every if check)


@cache
def _checks_of_arguments(
    function: Any,
) -> tuple[tuple[tuple[str, Check | None], ...], dict[str, Check | None]]:
    """Checks of the arguments that may be given by position, and of those that may be given by name."""
    parameters = _signature(function).parameters.values()
    by_place = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    places = tuple((p.name, _check(p)) for p in parameters if p.kind in by_place)
    return places, {p.name: _check(p) for p in parameters}


@cache
def _signature(function: Any) -> Signature:
    return signature(function)


def _check(parameter: Parameter) -> Check | None:
    if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
        return None
    said = parameter.annotation if isinstance(parameter.annotation, str) else ""
    kind = kind_of(f"{said} | None" if said and parameter.default is None else said)
    return kind.check if kind else None


@cache
def kind_of(annotation: str) -> Kind | None:
    """What an annotation asks for; None if it is left to the function.

    Parameters
    ----------
    annotation : str
        As in the source: ``"float | None"``, ``"Sequence[tuple[int, int]] | np.ndarray"``.
    """
    return _read(ast.parse(annotation, mode="eval").body) if annotation else None


def _read(node: ast.expr) -> Kind | None:
    if isinstance(node, ast.BinOp):
        return _either(_alternatives(node))
    if isinstance(node, ast.Subscript):
        return _of_parts(node)
    name = ast.unparse(node)
    return SIMPLE.get(name) or (_instance(name) if name in CLASSES else None)


def _alternatives(node: ast.expr) -> list[ast.expr]:
    return [*_alternatives(node.left), *_alternatives(node.right)] if isinstance(node, ast.BinOp) else [node]


def _either(nodes: Sequence[ast.expr]) -> Kind | None:
    """Something of one of several kinds; the first that takes it converts it. Arrays are sequences, too."""
    kinds = [_read(node) for node in nodes]
    if any(isinstance(node, ast.Subscript) for node in nodes):
        kinds = [kind for kind in kinds if kind is not SIMPLE["np.ndarray"]]
    nothing = SIMPLE["None"]
    known = list(dict.fromkeys(kind for kind in kinds if kind is not None and kind is not nothing))
    if len(known) < sum(kind is not nothing for kind in kinds):
        return None
    optional, forms = len(known) < len(kinds), tuple(dict.fromkeys(f for k in known for f in k.forms))

    def check(value: Any, name: str) -> Any:
        if value is None and optional:
            return None
        if len(known) == 1:
            return known[0].check(value, name)
        for kind in known:
            if kind.fits is None or kind.fits(value):
                try:
                    return kind.check(value, name)
                except AnalysisError:
                    continue
        raise _wrong(value, name, either.words)

    either = Kind(forms, check)
    return either if known else None


def _of_parts(node: ast.Subscript) -> Kind | None:
    """Sequences, tuples and mappings."""
    of = ast.unparse(node.value)
    inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if of in CLASSES:
        return _instance(of)
    if of in ("Mapping", "dict"):
        return _mapping(_read(inside[0]), _read(inside[1]))
    if of in ("Sequence", "list") or (of == "tuple" and ast.unparse(inside[-1]) == "..."):
        return _several(_read(inside[0]))
    return _tuple([_read(one) for one in inside]) if of == "tuple" else None


def _several(part: Kind | None) -> Kind:
    words = f"a sequence of {part.several}" if part else "a sequence"

    def check(value: Any, name: str) -> Any:
        if not _is_row(value):
            raise _wrong(value, name, words)
        return tuple(part.check(one, name) for one in value) if part else value

    return Kind((words,), check, _is_row)


def _tuple(parts: Sequence[Kind | None]) -> Kind:
    words = "a pair" if len(parts) == 2 else f"a tuple of {len(parts)}"
    if parts[0] is not None and len(set(parts)) == 1:
        words += f" of {parts[0].several}" if len(parts) == 2 else f" {parts[0].several}"

    def check(value: Any, name: str) -> Any:
        if not _is_row(value) or len(value) != len(parts):
            raise _wrong(value, name, words)
        return tuple(part.check(one, name) if part else one for part, one in zip(parts, value, strict=True))

    return Kind((words,), check)


def _is_row(value: Any) -> bool:
    """Whether a value is a sequence, or an array with axes, and no text."""
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _mapping(key: Kind | None, item: Kind | None) -> Kind:
    words = "a mapping"

    def check(value: Any, name: str) -> Any:
        if not isinstance(value, Mapping):
            raise _wrong(value, name, words)
        return {
            key.check(k, name) if key else k: item.check(v, f"{name} of {k!r:.40}") if item else v
            for k, v in value.items()
        }

    return Kind((words,), check)


def _instance(kind: str) -> Kind:
    home, words = CLASSES[kind]

    @cache
    def right(given: type) -> bool:
        return any(one.__name__ == kind and one.__module__.startswith(home) for one in given.__mro__)

    def fits(value: Any) -> bool:
        return right(type(value))  # type: ignore[arg-type]

    def check(value: Any, name: str) -> Any:
        if not right(type(value)):  # type: ignore[arg-type]
            raise _wrong(value, name, words)
        return value

    return Kind((words,), check, fits)


def _wrong(value: object, name: str, words: str) -> AnalysisError:
    return AnalysisError(f"{name} = {value!r:.60}: {words} is needed")


def _count(value: Any, name: str) -> int:
    if type(value) is int and -LARGEST <= value <= LARGEST:
        return value
    if isinstance(value, bool | np.bool_ | str):
        raise AnalysisError(f"{name} = {value!r}: a whole number is needed")
    found = whole_of(value, name)
    if abs(found) > LARGEST:
        raise AnalysisError(f"{name} = {value:.6g}: beyond {LARGEST:.0e}")
    return found


def _size(value: Any, name: str) -> int:
    found = _count(value, name)
    if not 1 <= found <= MOST_LINES:
        raise AnalysisError(f"{name} = {found}: must lie between 1 and {MOST_LINES}")
    return found


def _seed(value: Any, name: str) -> int:
    found = _count(value, name)
    if found < 0:
        raise AnalysisError(f"{name} = {found}: must not be negative")
    return found


def _number(value: Any, name: str) -> float:
    return value if type(value) is float and isfinite(value) else number_of(value, name)


def _real(value: Any, name: str) -> float:
    found = _array(value, name)
    return found if isinstance(found, float) else number_of(value, name)


def _array(value: Any, name: str) -> Any:
    """One number, or an array."""
    if type(value) is float or (type(value) is np.ndarray and value.dtype == float and value.ndim):
        return value
    array = real(value, name)
    return array if array.ndim else float(array)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise _wrong(value, name, "a text")
    return value


def _nothing(value: Any, name: str) -> None:
    if value is not None:
        raise _wrong(value, name, NONE)


NONE = "None"
LARGEST = 10**18  # whole number; a C long holds it
MOST_LINES = 1 << 28  # of an array
SIMPLE: Mapping[str, Kind] = {
    "int": Kind(("a whole number",), _count),
    "Size": Kind(("a whole number",), _size),
    "Seed": Kind(("a whole number",), _seed),
    "float": Kind(("a finite number",), _number),
    "Real": Kind(("a number",), _real),
    "bool": Kind(("True", "False"), flag_of),
    "str": Kind(("a text",), _text, lambda value: isinstance(value, str)),
    "np.ndarray": Kind(("an array of numbers",), real),
    "ArrayLike": Kind(("a number", "an array of numbers"), _array),
    "os.PathLike[str]": Kind(("the path of a file",), path_of),
    "None": Kind((NONE,), _nothing),
}
# Classes of the package that arguments are instances of, the packages they are in, and what to call them; others are
# protocols, or take more than their instances. Two packages have a Cell.
CLASSES: Mapping[str, tuple[str, str]] = {
    "Array": ("circuitnn.crossbar.", "a Crossbar"),
    "Cell": ("circuitnn.crossbar.", "a cell such as crossbar.Device"),
    "Crossbar": ("circuitnn.crossbar.", "a Crossbar"),
    "CrossbarResult": ("circuitnn.crossbar.", "a crossbar.CrossbarResult"),
    "Device": ("circuitnn.crossbar.", "a crossbar.Device"),
    "Faults": ("circuitnn.crossbar.", "a crossbar.Faults"),
    "Result": ("circuitnn.results.", "a Result"),
    **{
        name: ("circuitnn.neural.", f"a neural.{name}")
        for name in (
            "Ageing",
            "Dense",
            "Hardware",
            "Kept",
            "MappedNetwork",
            "OnArray",
            "PulseResponse",
            "Spiking",
        )
    },
}
