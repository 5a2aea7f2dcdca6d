"""Integration methods, one file each, with ``METHOD`` and optionally ``SYNONYMS``, further names used in decks.

A method is found by the name of its file: to add one, add a file; ``.options method=`` then accepts it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from circuitnn.errors import AnalysisError

if TYPE_CHECKING:  # the build reads the options before there is a compiled core
    from circuitnn._cext.method import Method


class Stage(NamedTuple):
    """One stage of a one-step method: weights of charges and rates in dq/dt at its end, for a step of 1 s.

    Parameters
    ----------
    at : float
        Its end, in units of the step.
    alpha : float
        Weight of the charge at its end. [1/s]
    charges : tuple of float
        Weights of the charges at the beginning of the step and at the ends of the stages before. [1/s]
    rates : tuple of float
        Weights of the rates there.
    """

    at: float
    alpha: float
    charges: tuple[float, ...] = ()
    rates: tuple[float, ...] = ()


def names() -> list[str]:
    """Names of all methods: the modules of this folder."""
    files = [name for folder in __path__ for name in os.listdir(folder)]
    return sorted(name.removesuffix(".py") for name in files if name.endswith(".py") and name[0] != "_")


def canonical(name: str) -> str | None:
    """Look up the method that a deck calls `name`; None if there is none."""
    if f"{__name__}.{name}" in sys.modules:  # options are checked often, and a folder takes long to list
        return name
    known = names()
    if name in known:
        return name
    return next((n for n in known if name in getattr(_module(n), "SYNONYMS", ())), None)


class Words(Mapping[str, str]):
    """Mapping of names used in decks to methods; synonyms are accepted but not listed."""

    def __getitem__(self, word: str) -> str:
        name = canonical(word)
        if name is None:
            raise KeyError(word)
        return name

    def __iter__(self) -> Iterator[str]:
        return iter(names())

    def __len__(self) -> int:
        return len(names())


WORDS = Words()


def find(name: str) -> Method:
    """Find a method by name.

    Raises
    ------
    AnalysisError
        If there is none.
    """
    full = canonical(name)
    if full is None:
        raise AnalysisError(f"method {name!r}: must be one of {', '.join(names())}")
    method: Method = _module(full).METHOD
    return method


def _module(name: str) -> ModuleType:
    return import_module(f"{__name__}.{name}")
