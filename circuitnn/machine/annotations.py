"""What annotations ask of a value: each is a text, since every module postpones them, and is read once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from inspect import Parameter, signature
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import flag_of, path_of, real
from circuitnn.units import number_of, whole_of

Check = Callable[[Any, str], Any]


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


def checks_of(function: Any) -> list[tuple[str, Check | None, bool]]:
    """Arguments of a function or fields of a value: name, check, and whether they may be given by position."""
    by_place = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return [(p.name, _check(p), p.kind in by_place) for p in signature(function).parameters.values()]


def _check(parameter: Parameter) -> Check | None:
    if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
        return None
    annotation = parameter.annotation if isinstance(parameter.annotation, str) else ""
    kind = kind_of(f"{annotation} | None" if annotation and parameter.default is None else annotation)
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
    # Types are hashable, which mypy does not see: hence the two ignored complaints.

    @cache
    def right(type_: type) -> bool:
        return any(one.__name__ == kind and one.__module__.startswith(home) for one in type_.__mro__)

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
    count = whole_of(value, name)
    if abs(count) > LARGEST:
        raise AnalysisError(f"{name} = {value:.6g}: beyond {LARGEST:.0e}")
    return count


def _size(value: Any, name: str) -> int:
    size = _count(value, name)
    if not 1 <= size <= MOST_LINES:
        raise AnalysisError(f"{name} = {size}: must lie between 1 and {MOST_LINES}")
    return size


def _seed(value: Any, name: str) -> int:
    seed = _count(value, name)
    if seed < 0:
        raise AnalysisError(f"{name} = {seed}: must not be negative")
    return seed


def _number(value: Any, name: str) -> float:
    return value if type(value) is float and isfinite(value) else number_of(value, name)


def _real(value: Any, name: str) -> float:
    number = _array(value, name)
    return number if isinstance(number, float) else number_of(value, name)


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
