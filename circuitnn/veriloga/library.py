"""Files of modules, and the models that they declare."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from circuitnn.errors import ModelFileError
from circuitnn.machine.access import text_of
from circuitnn.models import register
from circuitnn.models.model import Model
from circuitnn.veriloga import tree
from circuitnn.veriloga.design import Design, design_of
from circuitnn.veriloga.device import VerilogA, model_of
from circuitnn.veriloga.parser import parse
from circuitnn.veriloga.preprocessor import Preprocessor
from circuitnn.veriloga.source import Fault, Sources, VerilogAError


def read_file(
    path: str | os.PathLike[str], folders: Sequence[str] = (), defines: Mapping[str, str] | None = None
) -> list[Design]:
    """Read a Verilog-A file.

    Parameters
    ----------
    path : path
    folders : sequence of str
        Where include files are looked for, too.
    defines : mapping of str to str, optional
        Macros that are defined from the start.

    Returns
    -------
    list of Design
        One for each module.

    Raises
    ------
    VerilogAError
        With every fault found.
    OSError
        If the file cannot be read.
    """
    return read_text(text_of(path), os.fspath(path), folders, defines)


def read_text(
    text: str, file: str = "", folders: Sequence[str] = (), defines: Mapping[str, str] | None = None
) -> list[Design]:
    """Read the text of a file, as `read_file` does."""
    sources = Sources()
    preprocessor = Preprocessor(sources, [*folders], defines)
    preprocessor.read(file, text)
    sources.check()  # without its macros the rest would be full of faults
    found = parse(sources, preprocessor.tokens)
    designs = [design_of(module, found, sources) for module in found.modules]
    _report_twice(found.modules, sources)
    sources.check()
    return [design for design in designs if design is not None]


def _report_twice(modules: Sequence[tree.Module], sources: Sources) -> None:
    known: set[str] = set()
    for module in modules:
        if module.name.lower() in known:
            sources.report(Fault(f"there is another module '{module.name}' (decks ignore case)", module.at))
        known.add(module.name.lower())


def load(path: str | os.PathLike[str]) -> list[type[Model]]:
    """Make the modules of a file usable in decks, under their names.

    Raises
    ------
    ModelFileError
        With every fault found, or if there is no module in the file.
    OSError
        If the file cannot be read.
    """
    designs = read_file(path)
    if not designs:
        raise ModelFileError(f"{os.fspath(path)}: there is no module in it")
    models: list[type[Model]] = []
    for design in designs:
        model = model_of(design)
        try:
            models.append(register(model))
        except ValueError as error:
            raise ModelFileError(f"{design.place(design.scope.module.at)}: {error}") from None
    return models


__all__ = ["VerilogA", "VerilogAError", "load", "read_file", "read_text"]
