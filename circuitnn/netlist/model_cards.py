"""``.model`` cards, and what dialects make of them: types, levels, cards that build on others (``ako:``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from circuitnn.elements import known as known_elements
from circuitnn.elements.card import CardError, SplitError, closing, split
from circuitnn.errors import nearest
from circuitnn.netlist.definition import Definition, ModelCard
from circuitnn.netlist.dialect import Dialect

Remark = Callable[[str], None]

MAX_BASES = 50
_MODEL = re.compile(r"(\S+)\s+(?:ako\s*:\s*(\S+)\s*)?([a-z_]\w*)?\s*(.*)$")
_NAME = re.compile(r"[a-z_]\w*")
# Numbers one after the other, up to the next name with its =.
_MATRIX = re.compile(r"\b(\w+)\s*=\s*([^=]*?)\s*(?=\b[a-z]\w*\s*=|$)")
# Spreads of PSPICE's Monte Carlo analysis, which follow their parameter after a blank (ron.dev=0.1 is one of ours).
_SPREADS = re.compile(r"(?<![\w.])(?:dev|lot)\s*(?:/\s*\w+\s*)?[=\s]\s*[\d.+-]+\w*\s*%?")
_SECOND_POINT = re.compile(r"([+-]?(?:\d+\.\d*|\.\d+))\.[\w.]*")
# A continuation sign inside a line.
_STRAY_PLUS = re.compile(r"(?<=\s)\+\s*(?=[a-z_]\w*\s*=(?!=))")
# PSPICE's name of the temperature of measurement; its other temperatures are those of instances.
_TEMPERATURES = {"t_measured": "tnom"}
_CONTROLS = {"on": "von", "off": "voff"}  # Xyce's names, for any kind of control
# PSPICE's levels of MOSFETs → level and version of the model here.
_OF_LTSPICE = frozenset(("level", "vser", "lser", "ilimit", "epsilon", "oneway", "noiseless"))  # of switches
_LEVELS = {"6": ("8", "3.2.4"), "7": ("8", "3.2.4"), "8": ("14", "4.5.0")}


def read_card(text: str, origin: int, owner: Definition) -> tuple[ModelCard, str]:
    """Read a model card without its parameters; return it and the text of its parameters.

    Parameters
    ----------
    text : str
        What follows ``.model``.
    origin : int
    owner : Definition

    Raises
    ------
    CardError
    """
    match = _MODEL.match(text)
    if match is None or not (match[2] or match[3]):
        raise CardError("'.model' takes a name, a type and parameters", ".model")
    name, base, type_, rest = match.groups()
    return ModelCard(name, type_ or "", owner, {}, origin, base=base or ""), rest.strip()


def read_parameters(model: ModelCard, text: str, dialect: Dialect, remark: Remark) -> None:
    """Read the parameters of a model card.

    Parameters
    ----------
    model : ModelCard
    text : str
    dialect : Dialect
    remark : callable
        Takes messages that are reported if the model is used.

    Raises
    ------
    SplitError
    """
    if "dev" in text or "lot" in text:
        text, spreads = _SPREADS.subn(" ", text)
        if spreads:
            remark(f"'dev' and 'lot' of model '{model.name}' have no effect: PSPICE's spreads are not drawn")
    if "+" in text:
        text, strays = _STRAY_PLUS.subn(" ", text)
        if strays:
            remark(f"'+' within a line of model '{model.name}' is not read")
    if model.type == "cpl":
        text = _MATRIX.sub(r"\1={[\2]} ", _without_brackets(text))
    card = split(_without_brackets(text), model.origin)
    type_, words = model.type, (*card.words, *card.trailing)
    for word in words:
        model.type = _narrower(type_, word) or model.type
    loose = [word for word in words if not _without_effect(type_, word)]
    flags = dict.fromkeys((word for word in loose if _is_flag(type_, word)), "1")
    given = flags | _loose_pairs(model.name, [word for word in loose if word not in flags], remark)
    for word in card.repeated:
        remark(f"model '{model.name}' gives '{word}' twice; the later value is used")
    model.texts = {_TEMPERATURES.get(key, key): value for key, value in (given | card.pairs).items()}
    for key, value in model.texts.items():
        if key != "version" and value.count(".") > 1 and (match := _SECOND_POINT.fullmatch(value)):
            remark(f"'{key}={value}' of model '{model.name}' is read as {match[1]}: a number has one point")
            model.texts[key] = match[1]
    if type_ == "memristor" and "level" in model.texts:  # else XSPICE's code model
        from circuitnn.elements import xyce_memristors  # few decks have one

        model.type, model.texts = xyce_memristors.parameters(model.name, model.texts, remark)
    if type_ == "switch":  # Xyce's, which an expression may control
        model.texts = {_CONTROLS.get(key, key): value for key, value in model.texts.items()}
    if type_ == "sw" and _smooth(model.texts, dialect):
        model.type = "ltswitch"
    if type_ == "lpnp":  # PSPICE's lateral transistor
        model.type, model.texts = "pnp", {"subs": "-1", **model.texts, "level": "1"}
    if dialect.converted and type_ in ("nmos", "pmos") and model.texts.get("level") in _LEVELS:
        level, version = _LEVELS[model.texts["level"]]
        model.texts = {"version": version, **model.texts, "level": level}


def _smooth(texts: Mapping[str, str], dialect: Dialect) -> bool:
    """Whether a card of a switch is LTspice's, which opens and closes smoothly with a negative vh or at level 2."""
    level, ours = texts.get("level", "1"), texts.keys() & _OF_LTSPICE
    return level == "2" or (texts.get("vh", "").startswith("-") and bool(ours or dialect.ltspice))


def built_on_others(model: ModelCard) -> dict[str, str]:
    """Texts of a card's parameters with those of the cards it builds on, ``.model b ako:a npn(bf=60)``.

    Raises
    ------
    CardError
        A card that it builds on does not exist, or is of another type.
    """
    texts, at = dict(model.texts), model
    for _ in range(MAX_BASES):
        if not at.base:
            return texts
        below = at.owner.model(at.base)
        if below is None or below is model:
            known = [name for name in at.owner.visible("models") if name != at.name]
            raise CardError(f"no model '{at.base}' to build '{at.name}' on{nearest(at.base, known)}", at.base)
        if at.type and at.type != below.type:
            types = f"model '{at.name}' is of type '{at.type}', '{below.name}' of type '{below.type}'"
            raise CardError(f"{types}: one cannot build on the other", at.base)
        model.type = model.type or below.type
        texts, at = {**below.texts, **texts}, below
    raise CardError(f"models build on each other, more than {MAX_BASES} deep", model.base)


def _loose_pairs(name: str, loose: list[str], remark: Remark) -> dict[str, str]:
    """Pairs without their ``=``, as in ``(is 1e-14 bf 100)``; a word without a value is ignored."""
    pairs: dict[str, str] = {}
    at = 0
    while at < len(loose):
        word, value = loose[at], loose[at + 1] if at + 1 < len(loose) else ""
        if _NAME.fullmatch(word) and value and not _NAME.fullmatch(value):
            pairs[word] = value
            at += 2
            continue
        remark(f"'{word}' on model '{name}' is not read: it has no value")
        at += 1
    return pairs


def _without_brackets(text: str) -> str:
    """Strip the brackets around a model's parameters, and closing ones that nothing opens."""
    if text.startswith("("):
        try:
            end = closing(text, 0)
        except SplitError:
            return text[1:]
        text = f"{text[1:end]} {text[end + 1 :]}".rstrip()
    return _without_strays(text) if text.count(")") > text.count("(") else text


def _without_strays(text: str) -> str:
    """Blanks for the closing brackets that nothing opens."""
    kept, depth = [], 0
    for letter in text:
        stray = letter == ")" and depth == 0
        depth += (letter == "(") - (letter == ")" and not stray)
        kept.append(" " if stray else letter)
    return "".join(kept).rstrip()


def _without_effect(type_: str, word: str) -> bool:
    """Whether a word on a model card is ignored."""
    return any(word in kind.model_words.get(type_, ()) for kind in known_elements().values())


def _is_flag(type_: str, word: str) -> bool:
    """Whether a word on a model card is a parameter of value 1."""
    return any(word in kind.model_flags.get(type_, ()) for kind in known_elements().values())


def _narrower(type_: str, word: str) -> str:
    """Type that a word on a model card gives the model; empty if it gives none."""
    return next(
        (kind.narrower.get((type_, word), "") for kind in known_elements().values() if kind.narrower), ""
    )
