"""Digests of the parts of a study, which tell whether a record on disk belongs to the same study."""

from __future__ import annotations

import copyreg
import hashlib
import sys
import types
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np

PLAIN = (bool, int, float, complex, str, bytes)
NAMED = (types.ModuleType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)


def digest(value: object) -> str:
    """Digest of a circuit, an array, a function or numbers, the same in every process.

    Parameters
    ----------
    value : object
        Of a function that belongs to no installed package, also what it refers to in its module counts: constants,
        other functions, classes.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    state = _Digest()
    state.feed(value, set())
    return state.state.hexdigest()[:16]


class _Digest:
    """Hash of nested values."""

    def __init__(self) -> None:
        self.state = hashlib.sha256()
        self.known: set[object] = set()  # functions and classes whose code has been fed

    def feed(self, value: object, around: set[int]) -> None:
        """Feed a value; `around` has the identities of the containers around it."""
        self.state.update(type(value).__qualname__.encode())
        if value is None or isinstance(value, PLAIN):
            self.state.update(repr(value).encode())
        elif isinstance(value, (np.ndarray, np.generic)):
            array = np.asarray(value)
            self.state.update(f"{array.dtype.str}{array.shape}".encode())
            self.state.update(repr(array.tolist()).encode() if array.dtype == object else array.tobytes())
        elif id(value) in around:
            self.state.update(b"again")
        else:
            self._parts(value, around | {id(value)})

    def _parts(self, value: Any, around: set[int]) -> None:
        if isinstance(value, Mapping):
            for item in value.items():
                for part in item:
                    self.feed(part, around)
        elif isinstance(value, Set):
            for part_digest in sorted(map(digest, value)):
                self.state.update(part_digest.encode())
        elif isinstance(value, Sequence):
            for part in value:
                self.feed(part, around)
        elif isinstance(value, types.FunctionType):
            self._function(value, around)
        elif isinstance(value, types.MethodType):
            self.feed(value.__func__, around)
            self.feed(value.__self__, around)
        elif isinstance(value, type):
            self._class(value, around)
        elif isinstance(value, NAMED):
            owner = getattr(value, "__objclass__", None) or getattr(value, "__self__", None)
            self.state.update(f"{getattr(value, '__module__', '')}.{value.__name__}".encode())
            if not isinstance(owner, types.ModuleType):
                self.feed(owner, around)
        else:
            self._class(type(value), around)
            digested = getattr(value, "_digested", None)
            self.feed(digested() if callable(digested) else _state(value), around)

    def _function(self, function: types.FunctionType, around: set[int]) -> None:
        if function in self.known:
            self.state.update(function.__qualname__.encode())
            return
        self.known.add(function)
        names = list(dict.fromkeys(self._code(function.__code__, around)))
        self.feed(function.__defaults__, around)
        self.feed(function.__kwdefaults__, around)
        for cell in function.__closure__ or ():
            self.feed(cell.cell_contents, around)
        if _foreign(str(function.__module__)):
            return
        for name in names:
            if name in function.__globals__:
                self.feed(function.__globals__[name], around)

    def _code(self, code: types.CodeType, around: set[int]) -> Iterator[str]:
        """Feed a code object; yield the names that it looks up."""
        self.state.update(code.co_code)
        self.feed(code.co_names, around)
        yield from code.co_names
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                yield from self._code(constant, around)
            else:
                self.feed(constant, around)

    def _class(self, kind: type, around: set[int]) -> None:
        self.state.update(f"{kind.__module__}.{kind.__qualname__}".encode())
        if kind in self.known or _foreign(kind.__module__):
            return
        self.known.add(kind)
        for base in kind.__bases__:
            self._class(base, around)
        for name, value in vars(kind).items():
            inner = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
            if isinstance(inner, (*PLAIN, types.FunctionType)) and name not in ("__module__", "__doc__"):
                self.state.update(name.encode())
                self.feed(inner, around)


def _foreign(name: str) -> bool:
    """Whether a module belongs to Python or to an installed package, whose version is recorded or does not matter."""
    top = name.partition(".")[0]
    file = str(getattr(sys.modules.get(name), "__file__", ""))
    return top == "circuitnn" or top in sys.stdlib_module_names or "site-packages" in file


def _state(item: Any) -> object:
    """What defines an object, without values derived from it."""
    reduce = getattr(item, "__getstate__", None)
    state = reduce() if reduce is not None else None
    if state is None or state is item:
        state = getattr(item, "__dict__", None) or _reduced(item)
    if isinstance(state, Mapping):
        computed = {
            name
            for kind in type(item).__mro__
            for name, value in vars(kind).items()
            if type(value).__name__ == "cached_property"
        }
        return {k: v for k, v in state.items() if k not in computed}
    return state


def _reduced(value: Any) -> object:
    """How `pickle` would make an object without attributes: `functools.partial`, a date, a compiled pattern."""
    reduce = copyreg.dispatch_table.get(type(value))
    try:
        reduced = reduce(value) if reduce is not None else value.__reduce_ex__(4)
    except TypeError:  # it cannot be pickled; the digest has its class
        return None
    return (
        reduced
        if isinstance(reduced, str)
        else [list(part) if isinstance(part, Iterator) else part for part in reduced]
    )
