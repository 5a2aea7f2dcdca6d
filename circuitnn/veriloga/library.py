"""Files of modules, and the models that they declare."""

from __future__ import annotations

import os
from collections.abc import Sequence

from circuitnn.errors import ModelFileError
from circuitnn.machine.access import text_of
from circuitnn.models import register
from circuitnn.models.model import Model
from circuitnn.veriloga import tree
from circuitnn.veriloga.design import Design, design_of
from circuitnn.veriloga.device import model_of
from circuitnn.veriloga.hierarchy import needs_flattening
from circuitnn.veriloga.modules import module_of
from circuitnn.veriloga.parser import parse
from circuitnn.veriloga.preprocessor import Preprocessor
from circuitnn.veriloga.primitives import TEXT
from circuitnn.veriloga.source import Fault, Sources

_loaded: dict[str, tuple[tuple[tuple[str, str], ...], list[type[Model]]]] = {}


def read_file(path: str | os.PathLike[str], folders: Sequence[str] = ()) -> list[Design]:
    """Read a Verilog-A file.

    Parameters
    ----------
    path : path
    folders : sequence of str
        Where include files are looked for, too.

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
    return read_text(text_of(path), os.fspath(path), folders)


def read_text(text: str, file: str = "", folders: Sequence[str] = ()) -> list[Design]:
    """Read the text of a file, as `read_file` does."""
    return _read(text, file, folders)[0]


def _read(text: str, file: str, folders: Sequence[str] = ()) -> tuple[list[Design], Sources]:
    sources = Sources()
    preprocessor = Preprocessor(sources, [*folders])
    preprocessor.read(file, text)
    sources.check()  # without its macros the rest would be full of faults
    found = parse(sources, preprocessor.tokens)
    if found.paramsets or any(map(needs_flattening, found.modules)):
        found = found._replace(standard=_standard(sources))
    modules = [*found.modules, *_of_paramsets(found, sources)]
    _report_twice(modules, sources)
    designs = [design_of(module, found, sources) for module in modules]
    sources.check()
    return [design for design in designs if design is not None], sources


def _standard(sources: Sources) -> tuple[tree.Module, ...]:
    """Primitives of the language, with places of their own."""
    preprocessor = Preprocessor(sources, [])
    preprocessor.read("SPICE primitives", TEXT)
    return parse(sources, preprocessor.tokens).modules


def _of_paramsets(file: tree.File, sources: Sources) -> list[tree.Module]:
    """Modules that paramsets stand for."""
    library = {module.name: module for module in (*file.standard, *file.modules)}
    found = []
    for paramset in file.paramsets:
        try:
            made = library[paramset.name] = module_of(paramset, library)
        except Fault as fault:
            sources.report(fault)
        else:
            found.append(made)
    return found


def _report_twice(modules: Sequence[tree.Module], sources: Sources) -> None:
    known: set[str] = set()
    for module in modules:
        if module.name.lower() in known:
            sources.report(Fault(f"there is another module '{module.name}' (decks ignore case)", module.at))
        known.add(module.name.lower())


def load(path: str | os.PathLike[str]) -> list[type[Model]]:
    """Make the modules of a file usable in decks, under their names.

    A file whose text and include files are those of the last time gives the same models again.

    Raises
    ------
    ModelFileError
        With every fault found, or if there is no module in the file.
    OSError
        If the file cannot be read.
    """
    file, text = os.fspath(path), text_of(path)
    known = _loaded.get(os.path.realpath(file))
    if known is None or known[0][0] != (file, text) or any(_changed(*part) for part in known[0][1:]):
        designs, sources = _read(text, file)
        if not designs:
            raise ModelFileError(f"{file}: there is no module in it")
        known = _loaded[os.path.realpath(file)] = sources.files(), [model_of(design) for design in designs]
    for model in known[1]:
        try:
            register(model)
        except ValueError as error:
            raise ModelFileError(f"{file}: {error}") from None
    return list(known[1])


def _changed(file: str, text: str) -> bool:
    """Whether an include file is another one now."""
    try:
        return text_of(file) != text
    except OSError:
        return True
