"""Cards of LTspice and Xyce without effect, what to write instead of others, and what ``.step`` sweeps undeclared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from circuitnn.elements.card import SplitError, words
from circuitnn.netlist.definition import Deck, Definition, Text
from circuitnn.netlist.expressions import RANDOM

WITHOUT_EFFECT = {
    ".wave": "no sound is written; write the signals with -o result.csv and convert them",
    ".savebias": "the result has the operating point: write it with -o result.csv",
    ".dcop": "the result of .op has the operating point: write it with -o result.csv",
    ".result": "the results of all steps are written with -o result.csv; .meas finds values at their ends",
    **dict.fromkeys(
        (".sampling", ".embeddedsampling", ".pce"),
        "samples are drawn by the option --samples of circuitnn run",
    ),
    ".fft": "'fft' in a control block computes a spectrum, '.four' harmonics",
}
"""Cards that a deck may have, and the reason why they do nothing."""
INSTEAD = {
    ".loadbias": "the file has .nodeset cards; write .include and its name",
    ".machine": "describe it by the code model d_state, or by behavioural sources",
}
"""Cards that are refused, and what to write instead."""
PARTS = (".state", ".rule", ".output", ".endmachine")
"""Cards inside of ``.machine``, which is refused as a whole."""
_FORMS = frozenset(("lin", "dec", "oct", "list"))
_ABOUT_RESULTS = frozenset((".step", ".meas", ".measure", ".print", ".plot", ".save", ".probe"))
_RANDOM = re.compile(rf"\b(?:{'|'.join(RANDOM)})\s*\(|\.dev\s*=")


def declare_stepped(deck: Deck) -> None:
    """Make parameters of what ``.step`` sweeps: names that no card declares, and numbers of models.

    ``.step npn 2n2222(vaf) list 50 100`` gives the model a parameter ``_2n2222_vaf`` of the deck.
    """
    statements = deck.root.statements
    for k, (keyword, text, origin) in enumerate(statements):
        if keyword != ".step":
            continue
        try:
            given = words(text)
        except SplitError:
            continue  # whoever reads the card says what is wrong
        rest = [word for word in given if word not in _FORMS]
        if rest[:1] in (["param"], ["parameter"]) and len(rest) > 2:
            used = _is_used(deck, rest[1])
            deck.repeated = deck.repeated or not used
            if rest[1] not in deck.root.parameters and (used or _draws(deck)):
                deck.root.parameters[rest[1]] = Text(rest[2], origin)
            continue
        model = deck.root.models.get(rest[1]) if len(rest) > 3 else None
        if model is None or model.type != rest[0] or "(" not in text:
            continue
        name = f"{model.name}_{rest[2]}"
        if not name.isidentifier():
            name = f"_{name}"
        deck.root.parameters.setdefault(name, Text(rest[3], origin))
        model.texts = {**model.texts, rest[2]: f"{{{name}}}"}
        scale = [word for word in given if word in _FORMS]
        statements[k] = keyword, " ".join(("param", name, *scale, *rest[3:])), origin


def _is_used(deck: Deck, name: str) -> bool:
    """Whether an element, a parameter, a model's number or an analysis may depend on a name."""
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w.])")
    cards = (text for keyword, text, _ in deck.root.statements if keyword not in _ABOUT_RESULTS)
    return any(word.search(text) for text in chain(_texts(deck.root), cards))


def _draws(deck: Deck) -> bool:
    """Whether the deck has random numbers, so that runs with nothing but a count differ."""
    return any(_RANDOM.search(text) for text in _texts(deck.root))


def _texts(scope: Definition) -> Iterator[str]:
    """Texts of a definition and of those within it that may have expressions."""
    yield from scope.cards
    yield from (parameter.text for parameter in scope.parameters.values())
    yield from (function.body for function in scope.functions.values())
    for model in scope.models.values():
        yield from model.texts.values()
    for inner in scope.definitions.values():
        yield from _texts(inner)
