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
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from circuitnn import __version__
from circuitnn.equations import kernel_cache
from circuitnn.equations.kernel import Kernel
from circuitnn.equations.stored import freeze, thaw
from circuitnn.machine.access import text_of
from circuitnn.records import dataclass, field
from circuitnn.veriloga.assembly import Assembled
from circuitnn.veriloga.design import Design
from circuitnn.veriloga.evaluation import Given
from circuitnn.veriloga.plain import read, written
from circuitnn.veriloga.source import Place

WORTHWHILE = 0.05  # s that a file has taken up to now, from reading it to a kernel, from which it is kept
_BARE = "bare"  # the entry of a model whose kernel nobody has asked for: all devices are of other kinds
VARIANTS = 4  # entries of devices that differ in what conditions on the structure decide
_FORMAT = 2  # of marshal
_FACTS = (  # of a design
    *("columns", "nodes", "refused", "name", "ports", "scalar_ports", "integers", "meaning"),
    *("words", "arrays", "spellings"),
    *("parameters", "optional", "shape"),
)
_KNOWN = (  # of the equations of a device
    *("inner", "states", "decided", "remarks", "present"),
    *("delays", "stimuli", "nodesets", "grounded"),
)
_LATER = ("messages", "told", "keeping")  # of them: read when they are asked for
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

    def of_kind(self, read: Callable[[StoredDesign], Design]) -> StoredDesign:
        """The design of devices whose parameters ask for other instances and nodes; `read` makes all of it."""
        facts = {name: value for name, value in vars(self).items() if name in _FACTS}
        del facts["nodes"]  # those of the kind
        return StoredDesign(facts, self.places, lambda: read(self), self.key)

    def without_ports(self, count: int, read: Callable[[StoredDesign], Design]) -> StoredDesign:
        """The design of devices whose cards leave out the nodes of the last `count` ports."""
        facts = {name: value for name, value in vars(self).items() if name in _FACTS}
        facts["ports"] = facts["ports"][:-count]
        return StoredDesign(facts, self.places, lambda: read(self), f"{self.key}-{count}")


class StoredAssembled:
    """What runs ask of the equations of a device besides its kernel; anything else makes them.

    Parameters
    ----------
    facts : dict
        Attributes of an `Assembled`, and digests of the files of samples.
    later : dict of str to bytes
        Attributes that are read when they are asked for.
    kernel : bytes
    made : callable
        Returns all of it.
    """

    digests: dict[str, str]

    def __init__(
        self, facts: dict[str, Any], later: dict[str, bytes], kernel: bytes, made: Callable[[], Assembled]
    ) -> None:
        vars(self).update(facts)
        self._make, self._later, self._kernel = made, later, kernel

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("_make", "_later", "_kernel"):
            raise AttributeError(name)
        if name in self._later:
            value = vars(self)[name] = read(*marshal.loads(self._later[name]))
            return value
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
        vars(kernel).update(name=name, kept=self.keeping.kept)
        return kernel


# ---------------------------------------------------------------------- files


def key_of(file: str, text: str) -> str:
    """Name of a file's entries."""
    parts = (__version__, _sources(), sys.version_info[:2], sys.byteorder, os.path.abspath(file), file, text)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


@cache
def _sources() -> tuple[tuple[str, int, int], ...]:
    """What says whether modules of the package that make models have changed."""
    package = Path(__file__).resolve().parents[1]
    files = []
    for folder in ("veriloga", "equations", "models"):
        for entry in os.scandir(package / folder):
            if entry.name.endswith(".py"):
                about = entry.stat()
                files.append((f"{folder}/{entry.name}", about.st_size, about.st_mtime_ns))
    return tuple(sorted(files))


def digest_of(text: str) -> str:
    """What tells texts from each other."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def changed(path: str, digest: str) -> bool:
    """Whether a file has another text now."""
    try:
        return digest_of(text_of(path)) != digest
    except OSError:
        return True


def designs(
    file: str, text: str, read_file: Callable[[], list[Design]]
) -> tuple[list[tuple[str, str]], list[StoredDesign]] | None:
    """Designs of a file from the cache.

    Parameters
    ----------
    file, text : str
    read_file : callable
        Reads the file after all.

    Returns
    -------
    list of (str, str), list of StoredDesign
        Include files with digests of their texts, and the designs; None if there are none.
    """
    key = key_of(file, text)
    content = _content(key)
    if content is None:
        return None
    with suppress(*_DAMAGED):
        includes, modules = content
        if any(changed(path, digest) for path, digest in includes):
            return None
        whole: list[Design] = []

        def of(number: int) -> Callable[[], Design]:
            def found() -> Design:
                if not whole:
                    whole.extend(read_file())
                return whole[number]

            return found

        facts = read(*modules)
        return includes, [StoredDesign(each, {}, of(k), key) for k, each in enumerate(facts)]
    return None


@dataclass
class Origin:
    """A file of models, and what has been kept of it.

    Parameters
    ----------
    key : str
        Of the file in the cache.
    includes : list of (str, str)
        Files that it includes, with digests of their texts.
    designs : sequence of Design or StoredDesign
    tables : dict of str to str
        Files of samples that its models have read, with digests of their texts.
    kept : bool
        Whether the designs are in the cache.
    spent : float
        Time that was needed for it up to now. [s]
    """

    key: str
    includes: list[tuple[str, str]]
    designs: Sequence[Design | StoredDesign]
    tables: dict[str, str] = field(default_factory=dict)
    kept: bool = False
    spent: float = 0.0

    def __reduce__(self) -> tuple[type[Origin], tuple[Any, ...]]:
        return Origin, (
            self.key,
            self.includes,
            (),
            self.tables,
            True,
        )  # another process need not keep designs

    def worth(self, seconds: float) -> bool:
        """Whether the file is worth entries in the cache, after so much more time; its designs are kept then."""
        self.spent += seconds
        if not self.kept and self.spent > WORTHWHILE:
            self.kept = True
            facts = [{name: getattr(design, name) for name in _FACTS} for design in self.designs]
            _keep(self.key, (self.includes, written(facts)))
        return self.kept

    def current(self) -> bool:
        """Whether the files that it includes, and those of samples, have the same texts still."""
        return not any(changed(*file) for file in (*self.includes, *self.tables.items()))


# ---------------------------------------------------------------------- devices


def _kind_key(key: str, name: str, given: Given) -> str:
    parts = (key, name, sorted(given.fixed.items()), sorted(given.given))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:40]


def assembled(
    design: StoredDesign, given: Given, make_all: Callable[[], Assembled], fits: Callable[[Any], bool]
) -> StoredAssembled | None:
    """Equations of a device from the cache, if there are some for devices that decide alike."""
    for k in (*range(VARIANTS), _BARE):
        content = _current(f"{_kind_key(design.key, design.name, given)}_{k}")
        if content is None:
            continue
        with suppress(*_DAMAGED):
            facts, later, places, kernel, tables = content
            entry = StoredAssembled({**read(*facts), "digests": dict(tables)}, later, kernel, make_all)
            if fits(entry):
                design.places.update(read(*places))
                return entry
    return None


def keep_assembled(
    key: str, design: Design | StoredDesign, given: Given, made: Assembled, kernel: Kernel | None
) -> None:
    """Keep the equations of a device for the next time."""
    name = _kind_key(key, design.name, given)
    places_left = range(VARIANTS) if kernel is not None else (_BARE,)
    free = next((k for k in places_left if _current(f"{name}_{k}") is None), None)
    if free is None:
        return
    with suppress(OverflowError):  # a graph too large for the form of stored kernels
        content = (
            written({part: getattr(made, part) for part in _KNOWN}),
            {part: marshal.dumps(written(getattr(made, part)), _FORMAT) for part in _LATER},
            written({at: design.place(at) for at in sorted(_places(made))}),
            b"" if kernel is None else freeze(kernel, programs=True),
            [*digests(made).items()],
        )
        _keep(f"{name}_{free}", content)


def digests(made: Assembled | StoredAssembled) -> dict[str, str]:
    """Files of samples that were read for a device, with digests of their texts."""
    if isinstance(made, StoredAssembled):
        return made.digests
    return {path: digest_of(text) for path, text in made.tables.items()}


def _current(name: str) -> Any:
    """Content of an entry of a device whose files of samples have the same texts still, if there is one."""
    content = _content(name)
    with suppress(*_DAMAGED):
        return None if content is None or any(changed(*file) for file in content[-1]) else content
    return None


def _places(made: Assembled) -> set[int]:
    """Places in the module that may be told."""
    ats = {at for _, at in made.remarks} | {m.at for m in (*made.messages, *made.told)}
    return ats.union(made.present.values(), made.keeping.kept_at.values(), made.keeping.drawn_at.values())


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
        unfinished = folder / f".{name}.{os.getpid()}"
        unfinished.write_bytes(marshal.dumps(value, _FORMAT))
        kernel_cache.keep(unfinished, folder / f"{name}.module")
