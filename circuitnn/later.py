"""Lazy import of a package's modules: a small run uses few of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module


def submodules(package: str) -> Callable[[str], object]:
    """Return a ``__getattr__`` for a package (PEP 562) that imports its modules on first use."""

    def find(name: str) -> object:
        if name[:1] != "_":
            from importlib.util import find_spec  # rarely needed

            if find_spec(f"{package}.{name}") is not None:
                return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
