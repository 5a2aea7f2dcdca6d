"""What is made when it is first used: a small run uses little of the package."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, AnyStr


def submodules(package: str) -> Callable[[str], object]:
    """A ``__getattr__`` for a package that imports its modules when they are named, as ``circuitnn.units``."""

    def find(name: str) -> object:
        if name[:1] != "_":
            from importlib.util import find_spec  # which few need

            if find_spec(f"{package}.{name}") is not None:
                return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find


if TYPE_CHECKING:

    def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """What `re.compile` gives, sooner or later."""
        return re.compile(text, flags)

else:

    class pattern:
        """What `re.compile` gives, sooner or later."""

        def __init__(self, text, flags=0):
            self._given = text, flags

        def __getattr__(self, name):
            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)  # this is asked for once
            return found

    class method:
        """A method that is a function of another module."""

        def __init__(self, home, name):
            self._home, self._name = home, name

        def __get__(self, instance, owner=None):
            return getattr(import_module(self._home), self._name).__get__(instance, owner)
