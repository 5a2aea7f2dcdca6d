"""Models of your own, from a Python file.

The file is run: load what you would run yourself. A deck cannot ask for it; only the command line
(``--models file.py``) and Python (`load_models`) can.
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType

from circuitnn.errors import ModelFileError
from circuitnn.machine.text import decoded
from circuitnn.machine.user_input import path_of
from circuitnn.models import register
from circuitnn.models.model import Model

VERILOG_A = (".va", ".vams")  # such a file is text: nothing in it is run
COMPILED = ".osdi"  # such a file is native code


def load_models(path: str | os.PathLike[str]) -> list[type[Model]]:
    """Make the models of a Python file, a Verilog-A file or a compiled library usable in decks, under their names.

    Parameters
    ----------
    path : path
        A Python file with classes derived from `circuitnn.models.Model`, a Verilog-A file (``.va``) with modules, or
        a library of compiled modules (``.osdi``), whose code is run.
        Loading it again replaces them.

    Returns
    -------
    list of type of Model
        In the order of the file.

    Raises
    ------
    ModelFileError
        With file and line, if the file does not run, has no model, or a model's equations are
        inconsistent.
    OSError
        If the file cannot be read.
    """
    path = Path(path_of(path))
    if path.suffix.lower() in VERILOG_A:
        loaded: list[type[Model]] = import_module("circuitnn.veriloga.library").load(path)  # above this layer
        return loaded
    if path.suffix.lower() == COMPILED:
        compiled: list[type[Model]] = import_module("circuitnn.osdi.library").load(path)  # likewise
        return compiled
    content = path.read_bytes()
    module = ModuleType(f"circuitnn_models_of_{re.sub(r'[^0-9A-Za-z_]', '_', path.stem)}")
    module.__file__ = str(path.absolute())
    try:
        code = compile(content, str(path), "exec")
    except SyntaxError as error:
        raise ModelFileError(f"{path}:{error.lineno}: {error.msg}") from None
    sys.modules[module.__name__] = module  # inspect looks here for a model's page
    try:
        exec(code, module.__dict__)
    except Exception as error:
        raise ModelFileError(_sentence(error, path)) from None
    classes = [v for v in vars(module).values() if _is_model(v, module)]
    models = [v for v in classes if hasattr(v, "name")]  # a class without a name may be a base class
    if not models:
        known = f"class {classes[0].__name__} has no `name`" if classes else "no model in it"
        raise ModelFileError(f"{path}: {known}; a model is a class derived from circuitnn.models.Model")
    for model in models:
        _take(model, path, decoded(content))
    return models


def _is_model(value: object, module: ModuleType) -> bool:
    return isinstance(value, type) and issubclass(value, Model) and value.__module__ == module.__name__


def _take(model: type[Model], path: Path, text: str) -> None:
    """Try a model's equations and register it."""
    line = _line_of(rf"^[ \t]*class\s+{model.__name__}\b", text)
    bases = model.__mro__[: model.__mro__.index(Model)]
    for wanted in ("terminals", "equations"):
        if not any(wanted in vars(base) for base in bases):
            raise ModelFileError(f"{path}:{line}: class {model.__name__} has no `{wanted}`")
    if model.letter != "n":
        raise ModelFileError(f"{path}:{line}: {model.name} must have letter n, not {model.letter}")
    try:
        model.kernel()
        register(model)
    except Exception as error:
        named = re.search(r"unknown symbols in the equations: (\w+)", str(error))
        place = _line_of(rf"[\"']{named[1]}[\"']", text) if named else line
        raise ModelFileError(_sentence(error, path, place or line)) from None


def _line_of(pattern: str, text: str) -> int:
    """Number of the first line with a pattern; 0 if there is none."""
    match = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else 0


def _sentence(error: Exception, path: Path, line: int = 0) -> str:
    """One sentence with the place: the last line of the file in the traceback, else `line`."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    line = int(frames[-1].lineno or line) if frames else line
    kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
    message = " ".join(str(error.args[0] if isinstance(error, KeyError) and error.args else error).split())
    return f"{path}:{line}: {kind}{message}" if line else f"{path}: {kind}{message}"
