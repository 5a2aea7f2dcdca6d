"""Digests of the parts of a study, which tell whether a record on disk belongs to the same study."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np


def digest(thing: object) -> str:
    """Digest of a circuit, an array, a function or numbers, the same in every process.

    Parameters
    ----------
    thing : object

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    state = hashlib.sha256()
    _feed(state, thing, set())
    return state.hexdigest()[:16]


def _feed(state: Any, thing: object, seen: set[int]) -> None:
    state.update(type(thing).__qualname__.encode())
    if thing is None or isinstance(thing, (bool, int, float, complex, str, bytes)):
        state.update(repr(thing).encode())
    elif isinstance(thing, (np.ndarray, np.generic)):
        array = np.asarray(thing)
        state.update(f"{array.dtype.str}{array.shape}".encode())
        state.update(repr(array.tolist()).encode() if array.dtype == object else array.tobytes())
    elif id(thing) in seen:
        state.update(b"again")
    else:
        _parts(state, thing, seen | {id(thing)})


def _parts(state: Any, thing: Any, seen: set[int]) -> None:
    if isinstance(thing, Mapping):
        for key, value in thing.items():
            _feed(state, key, seen)
            _feed(state, value, seen)
    elif isinstance(thing, Set):
        for item in sorted(map(digest, thing)):
            state.update(item.encode())
    elif isinstance(thing, Sequence):
        for item in thing:
            _feed(state, item, seen)
    elif isinstance(thing, types.FunctionType):
        _code(state, thing.__code__, seen)
        _feed(state, thing.__defaults__, seen)
        _feed(state, thing.__kwdefaults__, seen)
        for cell in thing.__closure__ or ():
            _feed(state, cell.cell_contents, seen)
    elif isinstance(thing, types.MethodType):
        _feed(state, thing.__func__, seen)
        _feed(state, thing.__self__, seen)
    elif isinstance(thing, (type, types.ModuleType, types.BuiltinFunctionType)):
        state.update(f"{getattr(thing, '__module__', '')}.{thing.__name__}".encode())
    else:
        own = getattr(thing, "_digested", None)
        values = own() if callable(own) else _state(thing)
        _feed(state, values, seen)


def _code(state: Any, code: types.CodeType, seen: set[int]) -> None:
    state.update(code.co_code)
    _feed(state, code.co_names, seen)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _code(state, constant, seen)
        else:
            _feed(state, constant, seen)


def _state(thing: Any) -> object:
    """Attributes that define an object, without values derived from them."""
    reduce = getattr(thing, "__getstate__", None)
    state = reduce() if reduce is not None else None
    if state is None or state is thing:
        state = getattr(thing, "__dict__", None) or repr(type(thing))
    if isinstance(state, Mapping):
        computed = {
            name
            for kind in type(thing).__mro__
            for name, value in vars(kind).items()
            if type(value).__name__ == "cached_property"
        }
        return {k: v for k, v in state.items() if k not in computed}
    return state
