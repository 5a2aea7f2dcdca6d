"""Import NumPy without the modules that no run needs, in two thirds of the time.

A third of its import is spent on docstrings, signatures, types for type checkers, and modules that few functions need,
such as `platform` for `numpy.show_runtime`. Placeholders stand in for these modules while NumPy is imported, and
are replaced by the real ones on first use. All functions work afterwards; only docstrings and signatures of functions
written in C are missing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

# Modules that NumPy imports names from, and the placeholders for these names.
_ENOUGH: dict[str, dict[str, Callable]] = {
    # docstrings of everything written in C: attached by importing these
    "numpy._core._add_newdocs": {},
    "numpy._core._add_newdocs_scalars": {},
    # used for docstrings and signatures of functions written in C only
    "inspect": {"cleandoc": str, "signature": lambda function: None},
    # type of the fields of results of `numpy.linalg`
    "numpy._typing": {"NDArray": list},
    # imported, but used inside functions only
    **{name: {} for name in ("ast", "ctypes", "pickle", "platform", "textwrap")},
}


class _StandIn(ModuleType):
    """A module with few names; any other access replaces it by the real module."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # the import system asks every module for these
            raise AttributeError(name)
        _withdraw(self)
        value = getattr(import_module(self.__name__), name)
        setattr(self, name, value)
        return value


def _withdraw(stand_in: _StandIn) -> None:
    if sys.modules.get(stand_in.__name__) is stand_in:
        del sys.modules[stand_in.__name__]


def import_numpy() -> None:
    """Import NumPy with placeholders, unless it has been imported before."""
    # No dense algebra here: BLAS threads would double the processor time of a small run (130 ms instead of 70).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "numpy" in sys.modules:
        return
    stand_ins = []
    for name in _ENOUGH.keys() - sys.modules.keys():
        sys.modules[name] = stand_in = _StandIn(name)
        vars(stand_in).update(_ENOUGH[name])
        stand_ins.append(stand_in)
    import numpy  # noqa: F401

    for stand_in in stand_ins:
        _withdraw(stand_in)
