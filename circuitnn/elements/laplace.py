"""Cards with a transfer function: PSPICE's ``laplace {v(a)} = {1/(1+s)}`` and LTspice's ``laplace=…``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, closing, unwrap
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader

_LAPLACE = re.compile(r"(?<![^\s})'\"])laplace(?=[\s={(])\s*=?\s*")
_VALUE = r"\s*=\s*(\{[^{}]*\}|'[^']*'|[^\s{}']+)"
_IDLE = re.compile(rf"\s(window|nfft|mtol|tc1|tc2){_VALUE}")
_COPIES = re.compile(rf"\sm{_VALUE}")


@dataclass(frozen=True)
class Filter:
    """A card in pieces: text before the word ``laplace``, text after it, and the multiplier's text."""

    before: str
    transfer: str
    m: str


def filter_of(reader: ElementReader, text: str, origin: int) -> Filter | None:
    """Split a card with a transfer function; None if it has none. Warn of settings that only other solvers need."""
    match = _LAPLACE.search(text) if "laplace" in text else None
    if match is None:
        return None
    before, transfer = text[: match.start()].strip(), text[match.end() :]
    for name, _ in _IDLE.findall(transfer):
        reader.idle(origin, f"'{name}' of '{text.split()[0]}' has no effect: its transfer function is exact")
    transfer = _IDLE.sub(" ", transfer)
    copies = _COPIES.search(transfer)
    return Filter(before, unwrap(_COPIES.sub(" ", transfer).strip()), unwrap(copies[1]) if copies else "")


def halves(laplace: Filter) -> tuple[str, str]:
    """Expression and transfer function of ``{v(a)} = {1/(1+s)}``, with or without the equals sign.

    Raises
    ------
    CardError
    """
    text = laplace.transfer
    end = closing(text, 0) + 1 if text[:1] in tuple("{'\"(") else text.find("=")
    expression, transfer = text[:end].strip(), text[max(end, 0) :].lstrip(" =")
    if not expression or not transfer:
        raise CardError("laplace takes an expression and a transfer function: {v(a)} {1/(1+s)}", "laplace")
    return unwrap(expression), unwrap(transfer)
