"""Compact models, one file each in the folders of this one: adding a file with a `Model` is enough.

The modules beside the folders are the language that models are written in, and what is made of a model.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from importlib import import_module

from circuitnn.later import states, submodules, texts_of
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

__all__ = [
    "Drive",
    "Equations",
    "Model",
    "Parameter",
    "ParameterSet",
    "State",
    "as_written",
    "catalogue",
    "compact",
    "compact_of",
    "forms",
    "heated",
    "known",
    "levels",
    "lookup",
    "may_be_of_package",
    "modules",
    "named",
    "of_any_letter",
    "register",
    "registered",
    "special",
]

_registered: dict[str, type[Model]] = {}
_special: dict[str, type[Model]] = {}  # models that others have made for some of their devices


# Files of the models of SPICE's own letters, so that decks import only the models they need.
_HOMES = {
    "d": ("diode",),
    "j": ("jfet",),
    "m": ("b3soi", "bsim", "mosfet", "vdmos"),
    "q": ("bjt", "hicum", "vbic"),
    "s": ("switch",),
    "w": ("cswitch",),
    "z": ("hfet", "mesfet", "mesa"),
}


# Files, beside the folders, of models that are parts of code models.
_PARTS = ("edge_shaper", "equivalent_noise", "oneshot", "sample_hold", "sampler")


@cache
def modules() -> dict[str, str]:
    """List the modules in the folders of models.

    Returns
    -------
    dict of str to str
        Name of a file → name of its module.
    """
    # like pkgutil.iter_modules, which takes 6 ms to import
    rooms = [(entry.name, entry.path) for root in __path__ for entry in os.scandir(root) if entry.is_dir()]
    by_file = {
        name.removesuffix(".py"): f"{__name__}.{room}.{name.removesuffix('.py')}"
        for room, path in rooms
        for name in os.listdir(path)
        if name.endswith(".py") and name[0] != "_"
    }
    return dict(sorted(by_file.items()))


@cache
def _stated_in(file: str) -> dict[str, type[Model]]:
    """Models of one file, by name."""
    models: dict[str, type[Model]] = {}
    module = modules()[file]
    for value in vars(import_module(module)).values():
        local = isinstance(value, type) and value.__module__ == module
        if local and issubclass(value, Model) and hasattr(value, "name"):  # shared base classes have no name
            models[value.name] = value
    return models


@cache
def catalogue() -> dict[str, type[Model]]:
    """Every model of the package, by name."""
    models: dict[str, type[Model]] = {}
    for file in modules():
        models |= _stated_in(file)
    return models


@cache
def _sources() -> bytes:
    rooms = [entry.path for root in __path__ for entry in os.scandir(root) if entry.is_dir()]
    files = [os.path.join(room, name) for room in rooms for name in os.listdir(room)]
    parts = [os.path.join(root, f"{name}.py") for root in __path__ for name in _PARTS]
    return texts_of(file for file in (*files, *parts) if file.endswith(".py"))


def may_be_of_package(word: str) -> bool:
    """Whether a model of the package may have a name or type: a file states it; no model is imported for that.

    Parameters
    ----------
    word : str

    Returns
    -------
    bool
    """
    return states(_sources(), word)


def _of_letter(letter: str) -> list[type[Model]]:
    homes = _HOMES.get(letter)
    if homes is None:
        return [model for model in known().values() if model.letter == letter]
    files = [file for file in modules() if file.startswith(homes)]
    return [model for file in files for model in _stated_in(file).values() if model.letter == letter]


def named(name: str) -> type[Model]:
    """Find the model of a name.

    Parameters
    ----------
    name : str

    Returns
    -------
    type of Model
    """
    if name in _special:
        return _special[name]
    if name in _registered:
        return _registered[name]
    if name in modules() and name in _stated_in(name):
        return _stated_in(name)[name]
    return known()[name]


def known() -> dict[str, type[Model]]:
    """List all models: those of the package and those registered.

    Returns
    -------
    dict of str to type of Model
        By name.
    """
    return _stated() | forms(_stated().values())


def _stated() -> dict[str, type[Model]]:
    """Models whose types a card may give."""
    return catalogue() | _variants() | _registered


def forms(models: Iterable[type[Model]]) -> dict[str, type[Model]]:
    """Variants of models that their nodes or parameters ask for: with a thermal node, with a logit as their state.

    Parameters
    ----------
    models : iterable of type of Model

    Returns
    -------
    dict of str to type of Model
        By name.
    """
    from circuitnn.models.logit import in_logit

    models = list(models)
    logits = [in_logit(model) for model in models if model.vanishing is not None]
    return heated(models) | {model.name: model for model in logits}


def heated(models: Iterable[type[Model]]) -> dict[str, type[Model]]:
    """Variants of models with a thermal node.

    Parameters
    ----------
    models : iterable of type of Model

    Returns
    -------
    dict of str to type of Model
        By name.
    """
    from circuitnn.models.self_heating import with_node

    variants = [with_node(model) for model in models if model.heated is not None]
    return {model.name: model for model in variants}


@cache
def _variants() -> dict[str, type[Model]]:
    """Return what is no device of its own, by name: MOSFETs with charges (`mosfet_charge`), parts of code models."""
    from circuitnn.models.edge_shaper import EdgeShaper
    from circuitnn.models.equivalent_noise import EquivalentNoise
    from circuitnn.models.oneshot import OneShot
    from circuitnn.models.sample_hold import SampleHold
    from circuitnn.models.sampler import Sampler
    from circuitnn.models.semiconductors.mosfet import Mosfet
    from circuitnn.models.semiconductors.mosfet_charge import conserving

    variants: list[type[Model]] = [EdgeShaper, EquivalentNoise, OneShot, SampleHold, Sampler]
    variants += [conserving(model) for model in catalogue().values() if issubclass(model, Mosfet)]
    return {model.name: model for model in variants}


@cache
def compact() -> dict[str, type[Model]]:
    """Models of element letter ``n``, by the type a ``.model`` card gives."""
    return {word: model for model in _stated().values() if model.letter == "n" for word in model.types()}


def compact_of(type_: str) -> type[Model] | None:
    """Find the model of element letter ``n`` of a type; that of a module of the deck without importing others.

    Parameters
    ----------
    type_ : str

    Returns
    -------
    type of Model or None
    """
    model = _registered.get(type_)
    return model if model is not None and _is_of("n", type_, model) else compact().get(type_)


def _is_of(letter: str, keyword: str, model: type[Model]) -> bool:
    return model.letter == letter and keyword in model.types()


def as_written(word: str) -> str:
    """Name of a model as its author wrote it: modules of decks are numbered (~2), and so are their kinds (#3).

    Parameters
    ----------
    word : str

    Returns
    -------
    str
    """
    return word.partition("~")[0].partition("#")[0]


@cache
def of_any_letter() -> frozenset[str]:
    """Types of the models that cards of any letter may name.

    Returns
    -------
    frozenset of str
    """
    return frozenset(word for model in _registered.values() if model.any_letter for word in model.types())


def register(model: type[Model], instead: bool = False) -> type[Model]:
    """Make a model of your own available to decks under its name; usable as a decorator.

    Parameters
    ----------
    model : type of Model
        Of element letter ``n``; runs as bytecode.
    instead : bool
        Whether it may take the place of a model of the package.

    Returns
    -------
    type of Model
        The same model.

    Raises
    ------
    ValueError
        If another model has one of its types, or a model of the package has its name. A model of the same
        name that was registered before is replaced.
    """
    words = (model.name, *model.types())
    rivals = _stated() if any(map(may_be_of_package, words)) else _registered
    others = [m for m in rivals.values() if m.letter == "n" and m.name != model.name]
    taken = {word for m in others for word in m.types()}
    for word in words:
        if word in taken or (not instead and may_be_of_package(word) and word in catalogue()):
            raise ValueError(f"a model called {word} exists already")
    _registered[model.name] = model
    compact.cache_clear()
    of_any_letter.cache_clear()
    return model


def special(model: type[Model]) -> type[Model]:
    """Let `named` find a model that another one has made for some of its devices; no card can name it.

    Parameters
    ----------
    model : type of Model

    Returns
    -------
    type of Model
        The same model.
    """
    _special[model.name] = model
    return model


def registered() -> list[type[Model]]:
    """List the user's models in the order in which they were registered.

    Returns
    -------
    list of type of Model
    """
    return list(_registered.values())


def levels(letter: str, keyword: str) -> tuple[int, ...]:
    """List the levels that ``.model`` cards of a type may give.

    Parameters
    ----------
    letter : str
        Element letter.
    keyword : str
        Type on the card.

    Returns
    -------
    tuple of int
        Empty if the type has no levels.
    """
    return tuple(sorted(n for m in _of_type(letter, keyword) for n in m.levels))


def lookup(letter: str, keyword: str, level: float = 1.0) -> type[Model] | None:
    """Find the model for an element letter and the type and level of its ``.model`` card.

    Parameters
    ----------
    letter : str
        ``"d"``, ``"s"``, ``"w"``; ``"n"`` for compact models.
    keyword : str
        Such as ``"d"``, ``"sw"``, ``"csw"``, ``"vteam"``.
    level : float
        Only for types that have levels.

    Returns
    -------
    type of Model or None
    """
    return next((m for m in _of_type(letter, keyword) if not m.levels or level in m.levels), None)


def _of_type(letter: str, keyword: str) -> list[type[Model]]:
    letter, keyword = letter.lower(), keyword.lower()
    model = _registered.get(keyword)
    if model is not None and _is_of(letter, keyword, model):
        return [model]  # no other model has its type
    return [m for m in _of_letter(letter) if keyword in m.types()]


__getattr__ = submodules(__name__)
