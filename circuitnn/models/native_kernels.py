"""Sources of the built-in models' kernels, for the build; needs nothing compiled."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from circuitnn.equations import ccode
from circuitnn.equations.bytecode import Assembly, compile_program
from circuitnn.equations.domains import Domains
from circuitnn.equations.kernel import Kernel
from circuitnn.equations.stored import freeze
from circuitnn.machine.text import read_text
from circuitnn.models import catalogue, forms
from circuitnn.models.model import Model, derived_kernel
from circuitnn.models.stored_kernels import meanings, sources


def built() -> dict[str, type[Model]]:
    """Models whose kernels are compiled, by name."""
    return catalogue() | forms(catalogue().values())


@cache
def _kernels() -> dict[str, Kernel]:
    """Kernels by name, derived once for their sources and for their serialised form."""
    return {name: derived_kernel(model) for name, model in built().items()}


def _guard_program(kernel: Kernel) -> Assembly:
    """Program with a kernel's inputs and columns; its output is positive where an operation has no value."""
    outside = Domains([*kernel.f, *kernel.q], kernel.inputs).outside()
    return compile_program([outside], kernel.columns, kernel.inputs)


def write_sources(folder: Path) -> list[tuple[str, Path]]:
    """Write one C extension module per model, if it differs from the existing one.

    Parameters
    ----------
    folder : Path
        Created if missing.

    Returns
    -------
    list of (str, Path)
        Name and source of each kernel; the module is to be called ``kernel_<name>``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in sorted(built()):
        path = folder / f"{name}.c"
        _write(path, ccode.module(_kernels()[name], name, path.name))
        written.append((name, path))
    return written


def _guarded(model: type[Model], kernel: Kernel) -> bool:
    """Whether the guard is stored, since nobody may wait until it is derived: for SPICE's usual devices."""
    by_events = kernel.moving.difference(kernel.carried_columns)
    usual = model.letter != "n" and not model.rare
    return usual and not by_events and not kernel.time_dependent


def write_derived(folder: Path) -> Path:
    """Write an extension module ``derived`` with all kernels serialised, so that no run derives them again."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "/* Kernels of all models in writing: generated, do not edit. */",
        "#define PY_SSIZE_T_CLEAN",
        "#include <Python.h>",
    ]
    entries = []
    for name, model in sorted(built().items()):
        kernel = _kernels()[name]
        written = freeze(kernel, _guard_program(kernel) if _guarded(model, kernel) else None)
        rows = [", ".join(map(str, written[k : k + 24])) for k in range(0, len(written), 24)]
        lines += [f"static const unsigned char kernel_{name}[] = {{", *(f"    {row}," for row in rows), "};"]
        module = model.__module__
        stamp = f"{sources(module)} {meanings(module)}"
        entries.append(f'    {{"{name}", "{stamp}", kernel_{name}, sizeof(kernel_{name})}},')
    lines += [
        "static const struct entry {",
        "    const char *name, *sources;",
        "    const unsigned char *written;",
        "    Py_ssize_t size;",
        "} models[] = {",
        *entries,
        "    {0},",
        "};",
        '#include "derived.h"',
        "",
    ]
    path = folder / "derived.c"
    _write(path, "\n".join(lines))
    return path


def _write(path: Path, text: str) -> None:
    """Write a file unless its content is unchanged: its time decides whether it is compiled."""
    if not path.exists() or read_text(path) != text:
        path.write_text(text)
