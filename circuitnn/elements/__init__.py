"""Elements, found by folder: the file ``r.py`` defines the letter ``R``, and no other file knows the letter.

A deck imports only the letters that it uses.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.element import Element
from circuitnn.errors import AnalysisError
from circuitnn.later import states, texts_of

if TYPE_CHECKING:
    from circuitnn.flat import Elements

__all__ = ["Element", "columns_of", "copies", "element", "known", "may_be_type", "register", "registered"]

_registered: dict[str, Element] = {}
_imported: dict[str, Element] = {}


def element(letter: str) -> Element:
    """Return the element of a letter.

    Raises
    ------
    KeyError
        If there is none.
    """
    own = _registered.get(letter) or _imported.get(letter)
    if own is None:
        if letter not in _letters():
            raise KeyError(letter)
        own = _imported[letter] = _stated_in(letter)
    return own


@cache
def _letters() -> frozenset[str]:
    names = [name for folder in __path__ for name in os.listdir(folder)]
    return frozenset(name[0] for name in names if name[1:] == ".py")


@cache
def _sources() -> bytes:
    files = {name: os.path.join(folder, name) for folder in __path__ for name in os.listdir(folder)}
    return texts_of(path for name, path in files.items() if name[1:] == ".py")


def may_be_type(word: str) -> bool:
    """Whether a word may be a type of the models of a letter: its file states it; none is imported for that.

    Parameters
    ----------
    word : str

    Returns
    -------
    bool
    """
    return bool(_registered) or states(_sources(), word)


def _stated_in(letter: str) -> Element:
    """Import the element of a letter from its file."""
    classes = vars(import_module(f"{__name__}.{letter}")).values()
    return next(c() for c in classes if isinstance(c, type) and c.__dict__.get("letter") == letter)


def known() -> dict[str, Element]:
    """Return all elements by letter: those of the package in their order, then registered ones."""
    own = sorted((element(k) for k in _letters() - _registered.keys()), key=lambda e: (e.order, e.letter))
    return {e.letter: e for e in own} | _registered


def register(new: Element) -> Element:
    """Make an element of your own usable in decks, under its letter.

    All letters are taken, but coupled lines yield theirs, P, to a user's element.

    Raises
    ------
    AnalysisError
        If the letter is taken, or is none.
    """
    if len(new.letter) != 1 or not "a" <= new.letter <= "z" or not _free(new.letter):
        raise AnalysisError(f"a user's element needs a free letter, not '{new.letter}'; P is free")
    _registered[new.letter] = new
    return new


def _free(letter: str) -> bool:
    return letter not in _letters() or letter in _registered or _stated_in(letter).yields


def registered() -> dict[str, Element]:
    """Return the elements added by `register`, by letter; removing one from the mapping unregisters it."""
    return _registered


def columns_of(letter: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns of elements whose cards give the main value only."""
    kind, values = element(letter), np.asarray(values, dtype=float)
    return {kind.main: values} | {key: np.full(len(values), default) for key, default in kind.columns.items()}


def too_few(m: float) -> str:
    """Return what is wrong with a multiplier that is not positive."""
    return f"m = {m:g}: must be positive"


def copies(table: Elements, column: str) -> np.ndarray:
    """Return the factors by which multipliers have scaled a column, shape (n,)."""
    power = element(table.kind).parallel.get(column, 0)
    return table.values.get("multiplier", np.ones(len(table.names))) ** power
