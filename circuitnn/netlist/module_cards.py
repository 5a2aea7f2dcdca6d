"""Verilog-A modules in the place of SPICE's models: ``.hdl "bsimcmg.va" level=72 nmos=bsimcmg pmos=bsimcmg``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from circuitnn.elements import known as known_elements
from circuitnn.elements import may_be_type
from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.device import Device
from circuitnn.errors import nearest
from circuitnn.models import as_written, named
from circuitnn.netlist.definition import ModelCard
from circuitnn.netlist.origins import Sources
from circuitnn.units import parse_number

_PAIR = re.compile(r"\s*(\w+)\s*=\s*(\w[\w.+-]*)")
_POLARITIES = ("type", "devtype")  # parameters of modules that say whether a device is of the n or the p type
_MODULE = "module"  # parameter of a card that names the module


def types_of_devices() -> dict[str, str]:
    """Types of SPICE's models that a module can take the place of, and their letters."""
    devices = [e for e in known_elements().values() if isinstance(e, Device)]
    return {word: device.letter for device in devices for word in device.types}


def types_of_spice() -> frozenset[str]:
    """Types of all models of SPICE."""
    return frozenset(w for e in known_elements().values() for w in getattr(e, "types", None) or ())


def is_of_spice(type_: str) -> bool:
    """Whether a type is that of a model of SPICE; letters are imported if a file of theirs states it."""
    return may_be_type(type_) and type_ in types_of_spice()


def read_levels(text: str, modules: Mapping[str, str], sources: Sources) -> None:
    """Read what follows the file on a card that loads modules.

    Parameters
    ----------
    text : str
        Pairs: a level, and modules of types of models.
    modules : mapping of str to str
        Modules of the file, and types of their models.
    sources : Sources
        Where they are noted.

    Raises
    ------
    CardError
    """
    pairs, end = {}, 0
    while match := _PAIR.match(text, end):
        pairs[match[1].lower()], end = match[2].lower(), match.end()
    if rest := text[end:].strip():
        message = (
            f"'{rest}' is not understood here; a file may be followed by level=72 nmos=module pmos=module"
        )
        raise CardError(message, rest)
    if not pairs:
        return
    level = _level(pairs.pop("level", ""))
    if level is None or not pairs:
        raise CardError(
            "a level and the modules of types belong together: level=72 nmos=module pmos=module", ""
        )
    for type_, module in pairs.items():
        if type_ not in types_of_devices():
            near = nearest(type_, sorted(types_of_devices()))
            raise CardError(f"'{type_}' is no type of a SPICE model that a module can replace{near}", type_)
        if module not in modules:
            raise CardError(
                f"there is no module '{module}' in this file{nearest(module, sorted(modules))}", module
            )
        sources.levels[type_, level] = modules[module]
    for type_, module in pairs.items():
        other = next((t for t, m in pairs.items() if m == module and _is_p(t) != _is_p(type_)), "")
        if other and not _polarity(modules[module], type_):
            message = (
                f"'{module}' is to be both {type_} and {other}, but has no parameter 'type' that says which"
            )
            raise CardError(message, module)


def _level(text: str) -> float | None:
    try:
        return parse_number(text)
    except ValueError:
        return None


def replaced(card: ModelCard, sources: Sources) -> None:
    """Let a card of SPICE's type and level stand for a module, if the deck has said so or the card does.

    Parameters
    ----------
    card : ModelCard
        With the texts of its parameters.
    sources : Sources

    Raises
    ------
    CardError
        There is no such module.
    """
    if _MODULE in card.texts and card.type in types_of_devices():
        module = unwrap(card.texts.pop(_MODULE)).strip("\"'").lower()
        if module not in sources.modules:
            near = nearest(module, sorted(sources.modules))
            message = f"the deck loads no module '{module}'{near}; the card .hdl \"file.va\" loads one"
            raise CardError(message, module)
        kind = sources.modules[module]
    elif sources.levels and (level := _level(card.texts.get("level", "1"))) is not None:
        kind = sources.levels.get((card.type, level), "")
    else:
        return
    if not kind:
        return
    own = {word for p in named(kind).parameters for word in (p.name, *p.aliases)}
    if "level" not in own:
        card.texts.pop("level", None)  # it has chosen the module
    card.texts = _polarity(kind, card.type) | card.texts
    card.type, card.spice = kind, types_of_devices()[card.type]


def _is_p(type_: str) -> bool:
    """Whether a type of a model is that of p devices."""
    return type_.startswith("p") or type_ == "vdmosp"


def _polarity(kind: str, type_: str) -> dict[str, str]:
    """What tells a module of which polarity the device is: 1 for n, and for p -1, or 0 if -1 is out of range."""
    if len(type_) == 1:  # a diode
        return {}
    for parameter in named(kind).parameters:
        if parameter.name in _POLARITIES:
            low = "0" if parameter.low > -1.0 else "-1"
            return {parameter.name: low if _is_p(type_) else "1"}
    return {}


def instead_of_spice(modules: Mapping[str, str], file: str) -> list[str]:
    """What to know of modules with the name of a type of SPICE's models."""
    return [
        f"'{as_written(name)}' is the module of {file} here: cards of the type '{name}' stand for it, and not for "
        "SPICE's model; give the module another name if they should not"
        for name in filter(is_of_spice, modules)
    ]
