"""Modules that have been read and executed before, kept in the cache beside compiled kernels.

What is kept is plain data: names, numbers, and graphs as lists of steps; nothing of it is run. An entry is found by
the file's path and text, the version of the package and the state of its sources. It names the include files, whose
texts must be the same. It ends with a digest and is moved into place whole: damaged and half-written entries are made
again. A folder into which others may write is not used.

A model from the cache knows what runs ask for. Whatever else is asked, as by the judge, reads the file after all.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from circuitnn import __version__
from circuitnn.equations import kernel_cache
from circuitnn.equations.expr import Expr, make, order
from circuitnn.equations.kernel import Kernel
from circuitnn.equations.stored import freeze, thaw
from circuitnn.machine.access import text_of
from circuitnn.models.declarations import State
from circuitnn.records import fields
from circuitnn.veriloga.assembly import Assembled
from circuitnn.veriloga.design import Bounded, Design
from circuitnn.veriloga.evaluation import Given
from circuitnn.veriloga.execution import Message
from circuitnn.veriloga.keeping import Keeping
from circuitnn.veriloga.source import Place

WORTHWHILE = 0.2  # s that reading or executing takes, from which it is kept
_BARE = "bare"  # the entry of a model whose kernel nobody has asked for: all devices are of other kinds
VARIANTS = 4  # entries of devices that differ in what conditions on the structure decide
_FORMAT = 2  # of marshal
_FACTS = ("columns", "nodes", "refused", "name", "ports", "integers", "meaning")  # of a design
_DAMAGED = (ValueError, TypeError, EOFError, KeyError, IndexError)


class StoredDesign:
    """What runs ask of a design; anything else reads the file.

    Parameters
    ----------
    facts : dict
        Attributes of a `Design`.
    places : dict of int to Place
        Of what may be told.
    read : callable
        Returns the whole design.
    key : str
        Of the file in the cache.
    """

    def __init__(
        self, facts: dict[str, Any], places: dict[int, Place], read: Callable[[], Design], key: str
    ) -> None:
        vars(self).update(facts)
        self.places, self.key = places, key
        self._read = read

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_read":
            raise AttributeError(name)
        whole = vars(self).get("_whole")
        if whole is None:
            whole = vars(self)["_whole"] = self._read()
        return getattr(whole, name)

    def place(self, at: int) -> Place:
        """File, line and column of a place in the module."""
        known = self.places.get(at)
        return known if known is not None else self.__getattr__("place")(at)


class StoredAssembled:
    """What runs ask of the equations of a device besides its kernel; anything else makes them.

    Parameters
    ----------
    facts : dict
        Attributes of an `Assembled`.
    made : callable
        Returns all of it.
    messages : bytes
        As they are kept; they are needed when devices are made.
    kernel : bytes
    """

    def __init__(
        self, facts: dict[str, Any], made: Callable[[], Assembled], messages: bytes, kernel: bytes
    ) -> None:
        vars(self).update(facts)
        self._make, self._messages, self._kernel = made, messages, kernel

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("_make", "_messages", "_kernel"):
            raise AttributeError(name)
        if name == "messages":
            self.messages = _messages(*marshal.loads(self._messages))
            return self.messages
        whole = vars(self).get("_whole")
        if whole is None:
            whole = vars(self)["_whole"] = self._make()
        return getattr(whole, name)

    @property
    def has_kernel(self) -> bool:
        """Whether the kernel is there, too."""
        return bool(self._kernel)

    def kernel(self, name: str) -> Kernel:
        """The kernel, under the name that the model has here."""
        kernel = thaw(self._kernel)
        vars(kernel)["name"] = name
        return kernel


@cache
def fields_of(record: type) -> tuple[str, ...]:
    """Names of a record's fields."""
    return tuple(field.name for field in fields(record))


# ---------------------------------------------------------------------- files


def key_of(file: str, text: str) -> str:
    """Name of a file's entries."""
    parts = (__version__, _sources(), sys.version_info[:2], sys.byteorder, os.path.abspath(file), file, text)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


@cache
def _sources() -> tuple[tuple[str, int, int], ...]:
    """What says whether modules of the package that make models have changed."""
    package = Path(__file__).resolve().parents[1]
    found = []
    for folder in ("veriloga", "equations", "models"):
        for entry in os.scandir(package / folder):
            if entry.name.endswith(".py"):
                about = entry.stat()
                found.append((f"{folder}/{entry.name}", about.st_size, about.st_mtime_ns))
    return tuple(sorted(found))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def designs(
    file: str, text: str, read: Callable[[], list[Design]]
) -> tuple[tuple[tuple[str, str], ...], list[StoredDesign]] | None:
    """Designs of a file from the cache.

    Parameters
    ----------
    file, text : str
    read : callable
        Reads the file after all.

    Returns
    -------
    tuple of (str, str), list of StoredDesign
        Paths and texts that were read, and the designs; None if there are none.
    """
    key = key_of(file, text)
    written = _content(key)
    if written is None:
        return None
    texts = [(file, text)]
    with suppress(*_DAMAGED):
        includes, modules = written
        for path, digest in includes:
            with suppress(OSError):
                texts.append((path, text_of(path)))
            if texts[-1][0] != path or _digest(texts[-1][1]) != digest:
                return None
        whole: list[Design] = []

        def of(number: int) -> Callable[[], Design]:
            def found() -> Design:
                if not whole:
                    whole.extend(read())
                return whole[number]

            return found

        return tuple(texts), [_design(facts, of(k), key) for k, facts in enumerate(modules)]
    return None


def _design(written: dict[str, Any], read: Callable[[], Design], key: str) -> StoredDesign:
    facts = dict(written)
    names = fields_of(Bounded)
    facts["parameters"] = tuple(
        [Bounded(**dict(zip(names, values, strict=True))) for values in facts["parameters"]]
    )
    facts["optional"] = frozenset(facts["optional"])
    facts["shape"] = {}
    return StoredDesign(facts, {}, read, key)


def keep_designs(files: Sequence[tuple[str, str]], found: Sequence[Design]) -> None:
    """Keep the designs of a file for the next time."""
    if any(design.shape for design in found):
        return  # instances that depend on parameters: other devices have other designs
    file, text = files[0]
    modules = []
    for design in found:
        parameters = [[getattr(p, name) for name in fields_of(Bounded)] for p in design.parameters]
        facts = {
            name: getattr(design, name)
            for name in ("columns", "nodes", "refused", "name", "ports", "integers", "meaning")
        }
        modules.append({**facts, "parameters": parameters, "optional": sorted(design.optional)})
    _keep(key_of(file, text), ([(path, _digest(more)) for path, more in files[1:]], modules))


# ---------------------------------------------------------------------- devices


def _kind_key(key: str, name: str, given: Given) -> str:
    parts = (key, name, sorted(given.fixed.items()), sorted(given.given))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:40]


def assembled(
    design: StoredDesign, given: Given, make_all: Callable[[], Assembled], fits: Callable[[Any], bool]
) -> StoredAssembled | None:
    """Equations of a device from the cache, if there are some for devices that decide alike."""
    for k in (*range(VARIANTS), _BARE):
        written = _content(f"{_kind_key(design.key, design.name, given)}_{k}")
        if written is None:
            continue
        with suppress(*_DAMAGED):
            facts, messages, places, kernel = written
            design.places.update({at: Place(*place) for at, place in places})
            found = StoredAssembled(_facts(*facts), make_all, messages, kernel)
            if fits(found):
                return found
    return None


def keep_assembled(key: str, design: Design, given: Given, made: Assembled, kernel: Kernel | None) -> None:
    """Keep the equations of a device for the next time, unless it keeps something from point to point itself."""
    if made.keeping != Keeping():
        return
    name = _kind_key(key, design.name, given)
    places_left = range(VARIANTS) if kernel is not None else (_BARE,)
    free = next((k for k in places_left if _content(f"{name}_{k}") is None), None)
    if free is None:
        return
    facts = {
        "inner": list(made.inner),
        "states": [[getattr(s, part) for part in fields_of(State)] for s in made.states],
        "decided": list(made.decided.items()),
        "remarks": list(made.remarks),
        "present": dict(made.present),
    }
    messages = [[getattr(m, part) for part in fields_of(Message)] for m in made.messages]
    ats = {at for _, at in made.remarks} | set(made.present.values()) | {m.at for m in made.messages}
    places = []
    for at in sorted(ats):
        place = design.place(at)
        places.append((at, (place.file, place.line, place.column, place.text)))
    with suppress(OverflowError):  # a graph too large for the form of stored kernels
        later = marshal.dumps(_with_steps(messages), _FORMAT)
        _keep(
            f"{name}_{free}", (_with_steps(facts), later, places, b"" if kernel is None else freeze(kernel))
        )


_MARK = "\0expression"  # how a node stands in plain data


def _expressions(value: Any) -> Iterable[Expr]:
    if isinstance(value, Expr):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _expressions(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _expressions(part)


def _with_steps(value: Any) -> tuple[Any, list[tuple[Any, ...]]]:
    """Plain data, with numbers in place of expressions, and the steps of their graph."""
    graph = {node: k for k, node in enumerate(order(_expressions(value)))}

    def numbered(part: Any) -> Any:
        if isinstance(part, Expr):
            return (_MARK, graph[part])
        if isinstance(part, dict):
            return {key: numbered(each) for key, each in part.items()}
        return [numbered(each) for each in part] if isinstance(part, list | tuple) else part

    steps = [(node.op, [graph[a] for a in node.args], node.value) for node in graph]
    return numbered(value), steps


def _without_steps(value: Any, steps: Sequence[Any]) -> Any:
    """Data with its expressions again."""
    nodes: list[Expr] = []
    for op, args, number in steps:
        nodes.append(make(op, tuple([nodes[a] for a in args]), number))

    def back(part: Any) -> Any:
        if isinstance(part, tuple):
            return nodes[part[1]]
        if isinstance(part, dict):
            return {key: back(each) for key, each in part.items()}
        return [back(each) for each in part] if isinstance(part, list) else part

    return back(value)


def _facts(value: Any, steps: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = _without_steps(value, steps)
    states = [State(**dict(zip(fields_of(State), values, strict=True))) for values in found["states"]]
    decided = {condition: bool(way) for condition, way in found["decided"]}
    remarks = [(sentence, at) for sentence, at in found["remarks"]]
    return {**found, "states": states, "decided": decided, "remarks": remarks, "keeping": Keeping()}


def _messages(value: Any, steps: Sequence[Any]) -> list[Message]:
    listed = [dict(zip(fields_of(Message), each, strict=True)) for each in _without_steps(value, steps)]
    return [Message(**{**each, "arguments": tuple(each["arguments"])}) for each in listed]


# ---------------------------------------------------------------------- the folder


def _content(name: str) -> Any:
    """An entry as it was kept; None if there is none, or not a whole one."""
    try:
        body = kernel_cache.content(kernel_cache.prepared() / f"{name}.module")
    except kernel_cache.CacheError:
        return None
    with suppress(*_DAMAGED):
        return None if body is None else marshal.loads(body)
    return None


def _keep(name: str, value: Any) -> None:
    """Keep an entry; a cache that cannot be used is none."""
    with suppress(kernel_cache.CacheError, OSError):
        folder = kernel_cache.prepared()
        made = folder / f".{name}.{os.getpid()}"
        made.write_bytes(marshal.dumps(value, _FORMAT))
        kernel_cache.keep(made, folder / f"{name}.module")
