"""Kernels of built-in models, stored by the build; valid as long as their sources are unchanged."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from circuitnn.equations.kernel import Kernel
    from circuitnn.models.model import Model

PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
# Modules that turn a model's file into a kernel.
_DERIVE = (
    *("build", "derivative", "domains", "expr", "graph", "guard"),
    *("intervals", "kernel", "rules", "scalar", "stored", "substitution"),
)
_IMPORT = re.compile(rb"^from circuitnn\.(?:models\.(\w+)|constants) import ", re.MULTILINE)


def stored_kernel(model: type[Model]) -> Kernel | None:
    """Kernel of a built-in model as stored by the build; None if its sources have changed."""
    package, _, module = model.__module__.rpartition(".")
    if package != "circuitnn.models":
        return None
    try:
        from circuitnn._cext.derived import find

        known = find(model.name)
        if known is None or known[0] != sources(module):
            return None
    except (ImportError, OSError):  # not built yet, or no sources to compare with
        return None
    from circuitnn.equations.stored import thaw

    return thaw(known[1])


def sources(module: str) -> str:
    """Hash of all sources of a model's kernel.

    Parameters
    ----------
    module : str
        Name of the model's file.
    """
    found = 0  # a checksum suffices against accidental changes; hashlib takes 3 ms to import
    waiting, seen = [f"models/{module}", "models/model"], {f"equations/{name}" for name in _DERIVE}
    for name in sorted(seen):
        found = crc32(_text(name), found)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        text = _text(name)
        found = crc32(text, found)
        waiting += [f"models/{m.decode()}" if m else "constants" for m in _IMPORT.findall(text)]
    return f"{found:08x}"


def _text(name: str) -> bytes:
    with open(f"{PACKAGE}/{name}.py", "rb", buffering=0) as source:
        return source.read()
