"""Packages whose modules are imported when they are named: a small run uses little of the package."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module


def submodules(package: str) -> Callable[[str], object]:
    """A ``__getattr__`` for a package (PEP 562) that imports its modules when they are named."""

    def find(name: str) -> object:
        if name[:1] != "_":
            from importlib.util import find_spec  # which few need

            if find_spec(f"{package}.{name}") is not None:
                return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
