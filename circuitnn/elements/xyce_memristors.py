"""Xyce's memristors, ``ymemristor mr1 a b mymodel`` with ``.model mymodel memristor level=2``, as compact models.

Level 2 is `team`, level 3 is `yakopcic`: the same equations, see the pages of these models. The device ``mr1`` is
``nmr1`` here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from circuitnn.elements.card import CardError

_CARD = re.compile(r"ymemristor\s+(\S+)(.*)", re.DOTALL)
_KEY = re.compile(r"\b(xo|ivrelation)\s*=")
_TEAM_DEFAULTS = {
    "kon": "-8e-13",
    "koff": "8e-13",
    "alphaon": "3",
    "alphaoff": "3",
    "ion": "-8.9e-6",
    "wc": "1.07e-12",
    "window": "0",
}
"""Where they differ from those of `team`. Xyce's `ion` has the wrong sign: with it a memristor never turns on."""
_MODELS: dict[str, tuple[str, dict[str, str]]] = {
    "2": ("team", _TEAM_DEFAULTS),
    "3": ("yakopcic", {"x0": "0"}),
}
_NAMES = {"xo": "x0", "wt": "window", "ivrelation": "exponential"}
_IDLE = re.compile(r"xscaling|d|res\w+|x(?:noise|seed|lambda|td|eptd|delta|deltagrad)")


def as_compact_model(text: str) -> str | None:
    """The card of a memristor as one of letter N; None if it is none.

    Parameters
    ----------
    text : str
        A card of letter Y.
    """
    card = _CARD.fullmatch(text)
    if card is None:
        return None
    return f"n{card[1]}{_KEY.sub(lambda key: f'{_NAMES[key[1]]}=', card[2])}"


def parameters(name: str, texts: dict[str, str], remark: Callable[[str], None]) -> tuple[str, dict[str, str]]:
    """Type and parameters of the compact model that a card of type ``memristor`` stands for.

    Parameters
    ----------
    name : str
        Name of the model card.
    texts : dict of str to str
        Its parameters.
    remark : callable
        Takes messages that are reported if the model is used.

    Raises
    ------
    CardError
        There is no such level here.
    """
    level = texts["level"]
    if level not in _MODELS:
        raise CardError(
            f"model '{name}': of Xyce's memristors, levels 2 (TEAM) and 3 (Yakopcic) are known, not level {level}",
            name,
        )
    type_, defaults = _MODELS[level]
    idle = [key for key in texts if _IDLE.fullmatch(key)]
    if idle:
        remark(f"these parameters of memristor model '{name}' have no effect: {', '.join(idle)}")
    given = {_NAMES.get(key, key): value for key, value in texts.items() if key not in ("level", *idle)}
    return type_, defaults | given
