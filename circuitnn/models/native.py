"""Sources of the built-in models' kernels, for the build; needs nothing compiled."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from circuitnn.equations import ccode
from circuitnn.equations.domains import Domains
from circuitnn.equations.kernel import Kernel
from circuitnn.equations.stored import freeze
from circuitnn.machine.text import read_text
from circuitnn.models import catalogue, forms
from circuitnn.models.model import Model, derived_kernel
from circuitnn.models.stored import meanings, sources


def built() -> dict[str, type[Model]]:
    """Models whose kernels are compiled, by name."""
    return catalogue() | forms(catalogue().values())


@cache
def _kernels() -> dict[str, Kernel]:
    """Kernels by name, derived once for their sources and for their serialised form."""
    return {name: derived_kernel(model) for name, model in built().items()}


@cache
def question(kernel: Kernel) -> Kernel:
    """A kernel with the same inputs and columns, whose only output is positive where an operation has no value."""
    outside = Domains([*kernel.f, *kernel.q], kernel.inputs).outside()
    return Kernel(f"{kernel.name}_domains", kernel.inputs, kernel.columns, (outside,), (), (), ())


def write_sources(folder: Path) -> list[tuple[str, Path]]:
    """Write one C extension module per model, if it differs from the existing one.

    Parameters
    ----------
    folder : Path
        Created if missing.

    Returns
    -------
    list of (str, Path)
        Name and source of each kernel, and of the questions that are compiled; the module is to be called
        ``kernel_<name>``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, model in sorted(built().items()):
        kernel = _kernels()[name]
        for each in (kernel, question(kernel)) if _asked(model, kernel) else (kernel,):
            path = folder / f"{each.name}.c"
            _write(path, ccode.module(each, each.name, path.name))
            written.append((each.name, path))
    return written


def _asked(model: type[Model], kernel: Kernel) -> bool:
    """Whether nobody may wait until it is known where operations have no value: of SPICE's usual devices."""
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
        written = freeze(kernel, question(kernel).digest if _asked(model, kernel) else "")
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
