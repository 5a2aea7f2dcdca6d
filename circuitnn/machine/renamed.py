"""Old names of arguments, attributes and public names: they work for one release and say what they are called now.

`docs/vocabulary.md` has the words. A release after the first one that warns, the line with the old name goes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def warn(old: str, new: str, depth: int = 3) -> None:
    """Say that a name has another one now.

    Parameters
    ----------
    old, new : str
    depth : int
        Frames up to the caller who used it.
    """
    warnings.warn(f"{old} is now called {new}", DeprecationWarning, stacklevel=depth + 1)


def renamed(**names: str) -> Callable[[Function], Function]:
    """Accept old names of keyword arguments.

    Parameters
    ----------
    **names
        Old name → the present one.

    Returns
    -------
    callable
        A decorator; it is the outermost one, and shows the signature with present names.
    """

    def decorate(function: Function) -> Function:
        @wraps(function)
        def call(*arguments: Any, **more: Any) -> Any:
            if more and not names.keys().isdisjoint(more):
                more = _present(names, more)
            return function(*arguments, **more)

        call.__dict__["renamed"] = names
        return call  # type: ignore[return-value]

    return decorate


def _present(names: Mapping[str, str], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments under their present names."""
    present = dict(arguments)
    for old, new in names.items():
        if old in present:
            if new in present:
                raise TypeError(f"{old}= is the old name of {new}=: give one of them")
            warn(f"{old}=", f"{new}=", depth=3)
            present[new] = present.pop(old)
    return present


class Renamed:
    """The old name of an attribute or a method.

    Parameters
    ----------
    new : str
        Its present name.
    """

    def __init__(self, new: str) -> None:
        self.new, self.old = new, ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.old = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:  # somebody looks at the class, as tools for documentation do
            return self
        warn(self.old, self.new, depth=2)
        return getattr(instance, self.new)


def moved(
    package: str, names: Mapping[str, str], otherwise: Callable[[str], object]
) -> Callable[[str], object]:
    """Return a ``__getattr__`` for a package (PEP 562) that knows old names of what is in it.

    Parameters
    ----------
    package : str
    names : mapping of str to str
        Old name → the present one.
    otherwise : callable
        The ``__getattr__`` for other names.
    """

    def find(name: str) -> object:
        if name not in names:
            return otherwise(name)
        import sys

        warn(f"{package}.{name}", names[name], depth=2)
        return getattr(sys.modules[package], names[name])

    return find
