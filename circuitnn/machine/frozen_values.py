"""Values that stay what they are: what they are given is copied, nobody changes it, and equal contents are equal."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

if TYPE_CHECKING:
    from typing_extensions import Self

Value = TypeVar("Value")
_SIMPLE = (float, int, str, bool, type(None), complex)


class ReadOnly(dict[Any, Any]):
    """A dictionary that nobody changes."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping belongs to a value that does not change: make another value")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[object, ...]:
        return ReadOnly, (dict(self),)


def owned(value: Any) -> Any:
    """A copy of what a user gives that nobody else can change; what cannot be changed anyhow stays itself.

    Parameters
    ----------
    value : object
        Arrays become read-only arrays, lists tuples, mappings read-only dictionaries, with all that is in them.
    """
    if type(value) in _SIMPLE or isinstance(value, str | np.generic | ReadOnly):
        return value
    if isinstance(value, np.ndarray):
        return _fixed(value)
    if isinstance(value, list | tuple):
        copies = tuple(map(owned, value))
        same = isinstance(value, tuple) and all(a is b for a, b in zip(copies, value, strict=True))
        return value if same or hasattr(value, "_fields") else copies
    if isinstance(value, Mapping):
        return ReadOnly({key: owned(item) for key, item in value.items()})
    if isinstance(value, set):
        return frozenset(value)
    # series, data arrays, tensors
    return _fixed(np.array(value)) if hasattr(value, "__array__") else value


def _fixed(array: np.ndarray) -> np.ndarray:
    if array.base is None and not array.flags.writeable:
        return array
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def contents(value: Any) -> Hashable:
    """What a value is, for comparison: numbers are equal as numbers, NaN equals NaN, lists and arrays are the same."""
    if isinstance(value, float | np.floating) and value != value:
        return "nan", None
    if isinstance(value, ByContent):
        return type(value), tuple((name, contents(item)) for name, item in value._parts())
    if isinstance(value, Mapping):
        return frozenset((key, contents(item)) for key, item in value.items())
    if isinstance(value, np.ndarray | list | tuple):
        return _contents_of_array(value)
    return value if isinstance(value, Hashable) else id(value)


def _contents_of_array(value: Any) -> Hashable:
    kind = np.asarray(value).dtype.kind if isinstance(value, np.ndarray) or _numeric(value) else "O"
    if kind not in "biufc":
        return "several", tuple(map(contents, value))
    array = np.asarray(value, dtype=complex if kind == "c" else float)
    if not array.ndim:
        return contents(array.item())
    positive = np.where(np.isnan(array), np.nan, array + 0.0)  # one zero, one NaN
    return "array", array.shape, positive.tobytes()


def _numeric(value: Any) -> bool:
    """Whether all that is in nested lists is numbers."""
    return (
        all(
            _numeric(item)
            if isinstance(item, list | tuple)
            else isinstance(item, int | float | complex | np.number)
            for item in value
        )
        and len({len(item) if isinstance(item, list | tuple) else -1 for item in value}) < 2
    )


def twin_of(value: Value, **changes: object) -> Value:
    """A copy with other attributes, for use within the package: nothing that depends on them follows.

    Parameters
    ----------
    value : Fixed
    **changes
    """
    twin: Value = object.__new__(type(value))
    twin.__dict__.update(value.__dict__)
    twin.__dict__.update(changes)
    return twin


class ByContent:
    """Base of values that do not change: a copy is the value itself, and equal contents are equal."""

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({name: owned(value) for name, value in state.items()})

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Names and values that make this what it is."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return contents(self) == contents(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(contents(self))


class Plain(ByContent):
    """Base of frozen data classes and records whose fields are what a user gives."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if type(value) not in _SIMPLE:
                self.__dict__[name] = owned(value)

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Names and values of the fields."""
        from dataclasses import fields

        return ((f.name, getattr(self, f.name)) for f in fields(self))  # type: ignore[arg-type]


class Sealed:
    """Base of classes with attributes that only the constructor sets; it calls `_seal` at its end."""

    _change = "make another one"  # what to do instead, for the message

    def _seal(self, *others: str) -> None:
        """Refuse changes of attributes from here on.

        Parameters
        ----------
        *others : str
            Attributes that may be changed all the same.
        """
        self.__dict__["_sealed"] = others

    def __setattr__(self, name: str, value: object) -> None:
        attributes = self.__dict__
        if "_sealed" not in attributes:
            attributes[name] = value
        elif name in attributes["_sealed"]:
            super().__setattr__(name, value)  # it may be a property
        else:
            raise AttributeError(f"cannot set {name!r} of a {type(self).__name__}: {self._change}")

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)


class Fixed(Sealed, ByContent):
    """Base of sealed classes that do not change at all, and are equal if their contents are."""

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Names and values that make this what it is; all attributes, unless a class states otherwise."""
        return ((name, value) for name, value in sorted(self.__dict__.items()))
