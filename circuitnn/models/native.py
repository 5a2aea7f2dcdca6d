"""Sources of the built-in models' kernels, for the build; needs nothing compiled."""

from __future__ import annotations

from pathlib import Path

from circuitnn.equations.ccode import module
from circuitnn.models import catalogue


def write_sources(folder: Path) -> list[tuple[str, Path]]:
    """Write one C extension module a model, where it differs from what is there.

    Parameters
    ----------
    folder : Path
        Made if missing.

    Returns
    -------
    list of (str, Path)
        Name and source of each model; the module is to be called ``kernel_<name>``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, model in sorted(catalogue().items()):
        path = folder / f"{name}.c"
        text = module(model.kernel(), name, path.name)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        made.append((name, path))
    return made
