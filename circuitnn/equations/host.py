"""Kernels compiled by the host's C compiler at run time: for large work on equations that are not in the package.

Equations from a deck or a user run as bytecode, which needs no compiler. C code, as the build makes it for built-in
models, is two to four times faster, but compiling it takes some tenths of a second. So a kernel is compiled only if
the expected number of evaluations of instances exceeds `WORTHWHILE`, or if `.options hostcompile=on` (or the
environment variable CIRCUITNN_HOST_COMPILE) asks for it. The library is kept in a cache
(`circuitnn.equations.kernel_cache`); its name is the hash of its source, flags, compiler and instruction set. Results
are bit-identical to bytecode's. If anything fails, bytecode runs and a note says why.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shlex
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from circuitnn.equations import kernel_cache
from circuitnn.equations.ccode import FLAGS, body
from circuitnn.machine.text import decoded, first_line

if TYPE_CHECKING:
    from circuitnn._cext.kernel import KernelHandle
    from circuitnn.equations.kernel import Kernel

VARIABLE = "CIRCUITNN_HOST_COMPILE"
MODES = ("auto", "on", "off")
# Evaluations of one instance above which compiling pays with an empty cache: each saves 5 to 25 ns (`bench models`).
WORTHWHILE = 10_000_000
LIMIT = 120.0  # time limit of the compiler [s]
HEADERS = ("kernel.h", "isa.h", "vmath.h")
SYMBOL = "circuitnn_kernel"
CARRY = "circuitnn_carry"


class HostCompileError(Exception):
    """A kernel could not be compiled or loaded; the message says why."""


def wanted(option: str, evaluations: float) -> bool:
    """Whether to compile a kernel.

    Parameters
    ----------
    option : {"auto", "on", "off"}
        ``auto`` leaves the decision to the environment variable, then to the number of evaluations.
    evaluations : float
        Expected evaluations times instances.

    Raises
    ------
    ValueError
        For other words in the environment variable.
    """
    mode = option if option != "auto" else os.environ.get(VARIABLE) or "auto"
    if mode not in MODES:
        raise ValueError(f"{VARIABLE}={mode}: must be auto, on or off")
    return mode == "on" or (mode == "auto" and evaluations >= WORTHWHILE)


@cache
def compiler(cc: str = "") -> tuple[str, ...]:
    """Command of the C compiler: the one given, else cc, gcc or clang; empty if there is none."""
    try:
        command = shlex.split(cc)
    except ValueError as error:
        raise HostCompileError(f"CC={cc}: {error}") from None
    for words in (command, ["cc"], ["gcc"], ["clang"]):
        path = shutil.which(words[0]) if words else None
        if path:
            return (path, *words[1:])
    return ()


def compiled(kernel: Kernel) -> KernelHandle:
    """Return the kernel as native code, from the cache or freshly compiled.

    Raises
    ------
    HostCompileError
        No compiler, no place for the cache, or a compiler or loader that refuses.
    """
    from circuitnn._cext.kernel import loaded_handle, machine_isa

    command = compiler(os.environ.get("CC", ""))
    if not command:
        raise HostCompileError("no C compiler was found (CC, cc, gcc, clang)")
    isa = machine_isa()
    headers = _headers()
    source = _source(kernel, isa)
    try:
        library = kernel_cache.prepared() / f"{_key(command, source, headers)}.so"
        if not kernel_cache.fetch(library):
            _compile(command, source, headers, library)
        loaded = ctypes.CDLL(str(library))
    except kernel_cache.CacheError as error:
        raise HostCompileError(str(error)) from None
    except OSError as error:
        raise HostCompileError(f"what {command[0]} made cannot be loaded: {error}") from None
    try:
        address = ctypes.c_void_p.in_dll(loaded, SYMBOL).value
    except ValueError:
        address = None
    if not address:
        raise HostCompileError(f"{library} is not a kernel")
    sizes = (len(kernel.inputs), len(kernel.columns), len(kernel.outputs))
    native = loaded_handle(address, sizes, loaded, "host")
    if kernel.carried:
        address = ctypes.c_void_p.in_dll(loaded, CARRY).value or 0
        native.carry = loaded_handle(address, (*sizes[:2], len(kernel.carried)), loaded, "host")
    return native


def _headers() -> Path:
    """Folder of the headers: within an installed package, or beside it in the source tree."""
    package = Path(__file__).resolve().parents[1]
    for place in (package / "_cext", package.parent / "cext"):
        if all((place / name).exists() for name in HEADERS):
            return place
    raise HostCompileError(f"this installation lacks the headers {', '.join(HEADERS)}")


def _source(kernel: Kernel, isa: int) -> str:
    lines = ['#include "kernel.h"', f"#define CNN_ISA {isa}", '#include "isa.h"', '#include "vmath.h"']
    exports = [f"const cnn_eval {SYMBOL} = CNN_NAME(kernel);"]
    if kernel.carried:
        exports.append(f"const cnn_eval {CARRY} = CNN_NAME(carry);")
    return "\n".join([*lines, body(kernel), *exports, ""])


def _key(command: tuple[str, ...], source: str, headers: Path) -> str:
    h = hashlib.sha256()
    about = os.stat(command[0])
    for part in (*command, *FLAGS, str(about.st_mtime_ns), str(about.st_size), source):
        h.update(part.encode() + b"\0")
    for name in HEADERS:
        h.update((headers / name).read_bytes())
    return h.hexdigest()[:40]


def _compile(command: tuple[str, ...], source: str, headers: Path, library: Path) -> None:
    """Compile in a temporary folder and move the result to its place, completely or not at all."""
    import subprocess  # here, since every run imports this module and few compile
    import tempfile

    try:
        with tempfile.TemporaryDirectory(dir=library.parent, prefix="making-") as name:
            text, built = Path(name, "kernel.c"), Path(name, "kernel.so")
            text.write_text(source)
            words = [*command, "-shared", "-fPIC", *FLAGS, f"-I{headers}", str(text), "-o", str(built), "-lm"]
            run = subprocess.run(words, capture_output=True, timeout=LIMIT)
            if run.returncode:
                message = first_line(decoded(run.stderr)) or f"exit status {run.returncode}"
                raise HostCompileError(f"{command[0]} failed: {message}")
            kernel_cache.keep(built, library)
    except subprocess.TimeoutExpired:
        raise HostCompileError(f"{command[0]} took more than {LIMIT:g} s") from None
    except OSError as error:
        raise HostCompileError(f"{command[0]}: {error}") from None
