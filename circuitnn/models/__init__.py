"""Compact models, found by folder: a file with a `Model` in it is all it takes."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from circuitnn.models.model import Model, Parameter, State

__all__ = ["Model", "Parameter", "State", "catalogue", "lookup"]


@cache
def catalogue() -> dict[str, type[Model]]:
    """Every model, by name."""
    found: dict[str, type[Model]] = {}
    for module in sorted(m.name for m in iter_modules(__path__)):
        for value in vars(import_module(f"{__name__}.{module}")).values():
            own = isinstance(value, type) and value.__module__ == f"{__name__}.{module}"
            if own and issubclass(value, Model) and value is not Model:
                found[value.name] = value
    return found


def lookup(letter: str, keyword: str) -> type[Model] | None:
    """Model for an element letter and the type of its ``.model`` card, or None.

    Parameters
    ----------
    letter : str
        ``"d"``, ``"s"``, ``"w"``; ``"n"`` for compact models.
    keyword : str
        Such as ``"d"``, ``"sw"``, ``"csw"``, ``"vteam"``.
    """
    for model in catalogue().values():
        if model.letter == letter.lower() and keyword.lower() in model.types():
            return model
    return None
