"""Files of compiled modules: loading one runs its code, which only a user can decide."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from circuitnn.errors import DeckWarning, ModelFileError
from circuitnn.models import may_be_of_package, register
from circuitnn.osdi.module import CompiledModule, model_of

_loaded: set[str] = set()  # names of files


def load(path: str | os.PathLike[str]) -> list[type[CompiledModule]]:
    """Make the modules of a library usable in all decks, under their names.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of type of CompiledModule

    Raises
    ------
    ModelFileError
        The file is no library of compiled Verilog-A for this machine.
    OSError
        There is no such file.
    """
    from circuitnn._cext.osdi import read_library

    file = Path(path).resolve(strict=True)
    try:
        modules = read_library(str(file))
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path}: {str(error).removeprefix(f'{file}: ')}") from None
    models = [model_of(module) for module in modules]
    for model in models:
        if may_be_of_package(model.name):
            warnings.warn(
                f"'{model.name}' is the module of {path} here, not the model of the package",
                DeckWarning,
                stacklevel=3,
            )
        if model.module.bounds_steps:
            warnings.warn(
                f"{path}: the module '{model.module.name}' may ask for short time steps ($bound_step), which has no "
                "effect: give .tran a longest step, or load its Verilog-A source",
                DeckWarning,
                stacklevel=3,
            )
        register(model, instead=True)
    _loaded.add(file.name)
    return list(models)


def is_loaded(file: str) -> bool:
    """Whether the user has loaded a library of this name, wherever it lies.

    Parameters
    ----------
    file : str
    """
    return os.path.basename(file) in _loaded
