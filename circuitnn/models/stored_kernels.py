"""Kernels of built-in models, stored by the build; valid as long as their sources say the same.

The sources are compared as text first, which takes a start no time. If they differ, what Python makes of them decides:
a changed comment or docstring makes no stored kernel stale.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from types import CodeType
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    import ast

    from circuitnn.equations.kernel import Kernel
    from circuitnn.models.model import Model

PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
# Modules that turn a model's file into a kernel.
_DERIVE = (
    *("build", "bytecode", "derivative", "domains", "expr", "graph", "guard"),
    *("intervals", "kernel", "rules", "scalar", "stored", "substitution"),
)
_IMPORT = re.compile(rb"^from circuitnn\.((?:models\.[\w.]+|constants)) import ", re.MULTILINE)


def stored_kernel(model: type[Model]) -> Kernel | None:
    """Kernel of a built-in model as stored by the build; None if its sources have changed."""
    module = model.__module__
    if not module.startswith("circuitnn.models."):
        return None
    try:
        from circuitnn._cext.derived import find

        known = find(model.name)
        if known is None:
            return None
        text, meaning = known[0].split()
        if text != sources(module) and meaning != meanings(module):
            return None
    except (ImportError, OSError, SyntaxError):  # not built yet, or no sources to compare with
        return None
    from circuitnn.equations.stored import thaw

    return thaw(known[1])


def sources(module: str) -> str:
    """Checksum of the texts of all sources of a model's kernel.

    Parameters
    ----------
    module : str
        Name of the model's module.
    """
    checksum = 0  # a checksum suffices against accidental changes; hashlib takes 3 ms to import
    for text in _texts(module):
        checksum = crc32(text, checksum)
    return f"{checksum:08x}"


def meanings(module: str) -> str:
    """Checksum of the same sources without comments, docstrings and layout.

    Parameters
    ----------
    module : str
    """
    checksum = 0
    for text in _texts(module):
        checksum = _meaning(_compiled(text), checksum)
    return f"{checksum:08x}"


@cache
def _compiled(text: bytes) -> CodeType:
    """What Python makes of a file; models share most of theirs."""
    return compile(_in_one_place(text), "", "exec", dont_inherit=True, optimize=2)


def _in_one_place(text: bytes) -> ast.Module:
    """The syntax of a file with everything in its first line: classes know their lines from Python 3.13 on."""
    import ast  # rarely needed

    tree = ast.parse(text)
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            vars(node).update(lineno=1, end_lineno=1, col_offset=0, end_col_offset=0)
    return tree


def _meaning(code: CodeType, checksum: int) -> int:
    """Continue a checksum over compiled code, whatever its places in the file."""
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags)
    checksum = crc32(code.co_code + repr(names).encode(), checksum)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            checksum = _meaning(constant, checksum)
        else:
            # the order of a set of strings changes from process to process
            plain = sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant
            checksum = crc32(repr(plain).encode(), checksum)
    return checksum


def _texts(module: str) -> Iterator[bytes]:
    """Texts of what derives kernels, of a model's file, and of all that this imports."""
    waiting, seen = [_path(module), "models/model"], {f"equations/{name}" for name in _DERIVE}
    yield from map(_text, sorted(seen))
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        text = _text(name)
        yield text
        waiting += [_path(imported.decode()) for imported in _IMPORT.findall(text)]


def _path(module: str) -> str:
    """A module's file below the package, without its ending."""
    return module.removeprefix("circuitnn.").replace(".", "/")


def _text(name: str) -> bytes:
    with open(f"{PACKAGE}/{name}.py", "rb", buffering=0) as source:
        return source.read()
