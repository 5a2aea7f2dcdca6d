"""Configuration of this installation: versions, the linear solver, the compiled kernels."""

from __future__ import annotations

import os
import pkgutil
import platform
import sys
from importlib import import_module, metadata

from circuitnn import __version__
from circuitnn.equations import host, kernel_cache
from circuitnn.options import processors

_PACKAGES = ("numpy", "scipy", "xarray", "pandas", "h5netcdf", "matplotlib", "click", "rich", "loky")


def _compiler() -> str:
    try:
        return (
            " ".join(host.compiler(os.environ.get("CC", ""))) or "none: equations from decks run as bytecode"
        )
    except host.HostCompileError as error:
        return f"none: {error}"


def configuration() -> dict[str, dict[str, str]]:
    """Return what `show_config` prints, as sections of names and values."""
    solver, why = linear_solver()
    return {
        "circuitnn": {
            "version": __version__,
            "location": os.path.dirname(os.path.abspath(__file__)),
            "deck language": "SPICE3, ngspice 44",
        },
        "linear solver": {"default": solver, "note": why},
        "compiled core": {
            "modules": ", ".join(_compiled("")) or "none (the package was not built)",
            "model kernels": ", ".join(_compiled("kernel_")) or "none",
            "build": _build(),
        },
        "compiled at run time": {
            "compiler": _compiler(),
            "cache": str(kernel_cache.folder()),
            "mode": os.environ.get(host.VARIABLE) or "auto",
        },
        "python": {
            "version": f"{platform.python_implementation()} {platform.python_version()}",
            "platform": platform.platform(),
            "processors": str(processors()),
        },
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def linear_solver() -> tuple[str, str]:
    """Name and version of the linear solver that is used, and the reason.

    Returns
    -------
    name, note : str
    """
    try:
        klu = import_module("circuitnn._cext.klu")
    except ImportError as failure:
        note = (
            "KLU is not part of this build, large circuits will be slower: install SuiteSparse "
            f"(Debian: apt-get install libsuitesparse-dev) and build again [{failure}]"
        )
        return f"SuperLU (SciPy {_version('scipy')})", note
    version = klu.version() if hasattr(klu, "version") else ""
    return f"KLU {version} (SuiteSparse)".replace(
        "  ", " "
    ), "refactors with the pivots of the first factorisation"


def show_config(mode: str = "stdout") -> dict[str, dict[str, str]] | None:
    """Print the linear solver, kernels and versions of this installation.

    Parameters
    ----------
    mode : {"stdout", "dicts"}
        ``"dicts"`` returns what would be printed.

    Returns
    -------
    dict of str to dict of str to str, or None
        Sections of names and values with ``mode="dicts"``.

    Raises
    ------
    ValueError
        For another mode.
    """
    if mode == "dicts":
        return configuration()
    if mode != "stdout":
        raise ValueError(f"mode {mode!r}: must be 'stdout' or 'dicts'")
    print(as_text(configuration()))
    return None


def as_text(sections: dict[str, dict[str, str]]) -> str:
    """The sections as an indented table."""
    lines = []
    for title, rows in sections.items():
        lines.append(title)
        width = max(len(name) for name in rows)
        lines += [f"  {name:<{width}}  {value}" for name, value in rows.items() if value]
    return "\n".join(lines)


def _compiled(prefix: str) -> list[str]:
    """Compiled modules whose name starts with the prefix; without one, all but the model kernels."""
    package = import_module("circuitnn._cext")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    if prefix:
        return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    return [name for name in names if not name.startswith("kernel_")]


def _build() -> str:
    """Return the recorded build flags if there are any, else the ABI of the interpreter."""
    try:
        flags = import_module("circuitnn._cext.build").FLAGS
    except (ImportError, AttributeError):
        flags = ""
    return f"{flags} [{sys.implementation.cache_tag}]".strip()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"
