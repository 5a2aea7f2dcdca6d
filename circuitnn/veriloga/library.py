"""Files of modules, and the models that they declare."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Sequence

from circuitnn.errors import DeckWarning, ModelFileError
from circuitnn.machine.access import text_of
from circuitnn.models import catalogue, may_be_of_package, register
from circuitnn.models.model import Model
from circuitnn.veriloga import stored, tree
from circuitnn.veriloga.design import Design, design_of
from circuitnn.veriloga.device import VerilogA, model_of, numbered
from circuitnn.veriloga.hierarchy import needs_flattening
from circuitnn.veriloga.modules import module_of
from circuitnn.veriloga.source import Fault, Sources

_loaded: dict[str, tuple[str, str, stored.Origin, list[type[VerilogA]]]] = {}  # name, text, models
_of_decks: dict[type[VerilogA], type[Model]] = {}  # model → the same under a name that no other has


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
    from circuitnn.veriloga.parser import parse  # not needed for what is in the cache
    from circuitnn.veriloga.preprocessor import Preprocessor

    sources = Sources()
    preprocessor = Preprocessor(sources, [*folders])
    preprocessor.read(file, text)
    sources.check()  # without its macros the rest would be full of faults
    source_file = parse(sources, preprocessor.tokens)
    if source_file.paramsets or any(map(needs_flattening, source_file.modules)):
        source_file = source_file._replace(standard=_standard(sources))
    modules = [*source_file.modules, *_of_paramsets(source_file, sources)]
    _report_twice(modules, {paramset.name for paramset in source_file.paramsets}, sources)
    designs = [design_of(module, source_file, sources) for module in modules]
    sources.check()
    return [design for design in designs if design is not None], sources


def _standard(sources: Sources) -> tuple[tree.Module, ...]:
    """Primitives of the language, with places of their own."""
    from circuitnn.veriloga.parser import parse
    from circuitnn.veriloga.preprocessor import Preprocessor
    from circuitnn.veriloga.primitives import TEXT

    preprocessor = Preprocessor(sources, [])
    preprocessor.read("SPICE primitives", TEXT, built_in=True)
    return parse(sources, preprocessor.tokens).modules


def _of_paramsets(file: tree.File, sources: Sources) -> list[tree.Module]:
    """Modules that paramsets stand for."""
    library = {module.name: module for module in (*file.standard, *file.modules)}
    modules = []
    for paramset in file.paramsets:
        try:
            special = library[paramset.name] = module_of(paramset, library)
        except Fault as fault:
            sources.report(fault)
        else:
            modules.append(special)
    return modules


def _report_twice(modules: Sequence[tree.Module], paramsets: set[str], sources: Sources) -> None:
    known: set[str] = set()
    for module in modules:
        if module.name.lower() in known:
            message = f"there is another module '{module.name}' (decks ignore case)"
            if module.name in paramsets:
                message = f"there is another '{module.name}': several paramsets of one name are not supported"
            sources.report(Fault(message, module.at))
        known.add(module.name.lower())


def load(path: str | os.PathLike[str]) -> list[type[Model]]:
    """Make the modules of a file usable in all decks, under their names; they replace those loaded before.

    A file whose text and include files are those of the last time gives the same models again.

    Raises
    ------
    ModelFileError
        With every fault found, or if there is no module in the file.
    OSError
        If the file cannot be read.
    """
    models = _models(path)
    for model in models:
        if _of_package(model):
            warnings.warn(_instead(model, path), DeckWarning, stacklevel=3)
        register(model, instead=True)
    return list(models)


def load_for_deck(path: str | os.PathLike[str]) -> dict[str, str]:
    """Make the modules of a file usable in one deck: another deck may have other modules of these names.

    Raises
    ------
    ModelFileError
    OSError

    Returns
    -------
    dict of str to str
        Name of each module → type of its model.
    """
    names = {}
    for model in _models(path):
        if model not in _of_decks:
            number = sum(other.name == model.name for other in _of_decks) + 1
            _of_decks[model] = register(numbered(model, number))
        names[model.name] = _of_decks[model].name
    return names


def _of_package(model: type[Model]) -> bool:
    """Whether a model of the package, or the type of one on cards (``nmos``), has a module's name."""
    if not may_be_of_package(model.name):
        return False
    types = {word for other in catalogue().values() for word in other.types()}
    return model.name in types | catalogue().keys()


def _instead(model: type[Model], path: str | os.PathLike[str]) -> str:
    """What a reader should know of a module with the name of a model of the package."""
    return f"'{model.name}' is the module of {os.fspath(path)} now, not the model of the package"


def _models(path: str | os.PathLike[str]) -> list[type[VerilogA]]:
    """Models of a file.

    Raises
    ------
    ModelFileError
        With every fault found, or if there is no module in the file.
    OSError
        If the file cannot be read.
    """
    file, text = os.fspath(path), text_of(path)
    known = _loaded.get(os.path.realpath(file))
    if known is None or known[:2] != (file, text) or not known[2].current():
        known = _loaded[os.path.realpath(file)] = (file, text, *_fresh(file, text))
    return known[3]


def _fresh(file: str, text: str) -> tuple[stored.Origin, list[type[VerilogA]]]:
    """Models of a file: from the cache if it is there."""
    begin = time.process_time()
    known = stored.designs(file, text, lambda: _read(text, file)[0])
    if known is None:
        designs, sources = _read(text, file)
        if not designs:
            raise ModelFileError(f"{file}: there is no module in it")
        includes = [(path, stored.digest_of(more)) for path, more in sources.files()[1:]]
        origin = stored.Origin(stored.key_of(file, text), includes, designs)
        origin.worth(time.process_time() - begin)
    else:
        origin = stored.Origin(stored.key_of(file, text), *known, kept=True)
    models = [model_of(design) for design in origin.designs]  # type: ignore[arg-type]
    for model in models:
        model.origin = origin
    return origin, models
