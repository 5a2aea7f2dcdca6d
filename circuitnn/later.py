"""Lazy import of a package's modules and of the names in them: a small run uses few of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
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


def texts_of(paths: Iterable[str]) -> bytes:
    """Texts of source files: a name that is not in them is not there either, which needs no import.

    Parameters
    ----------
    paths : iterable of str
    """
    texts = []
    for path in paths:
        with open(path, "rb") as file:
            texts.append(file.read())
    return b"\n".join(texts)


def states(texts: bytes, word: str) -> bool:
    """Whether source files state a word, in quotes, as names and types of models are stated.

    Parameters
    ----------
    texts : bytes
        From `texts_of`.
    word : str
    """
    return f'"{word}"'.encode() in texts


def public(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` for a package that imports its public names, too, on first use.

    Parameters
    ----------
    package : str
    homes : mapping of str to str
        Public name → module of the package.
    """
    modules = submodules(package)

    def find(name: str) -> object:
        if name not in homes:
            return modules(name)
        value = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find, lambda: sorted(homes)
