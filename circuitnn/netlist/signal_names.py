"""Lists of signals, as on ``.save``, ``.print`` and ``.meas`` cards."""

from __future__ import annotations

import re

from circuitnn.elements.card import closing, unwrap

_BLANK = re.compile(r"\s+")
# Xyce's power p(r1) or w(r1) of an element, unknown n(a), and parameter r1:r.
_XYCE = re.compile(
    r"[pw]\((?P<power>[^()]+)\)|n\((?P<node>[^()]+)\)|(?P<device>[a-z][\w.]*):(?P<key>[a-z]\w*)"
)


def tokens(text: str) -> list[str]:
    """Split a card into signals, words and ``=``; brackets stay with the word before them.

    Raises
    ------
    SplitError
    """
    words: list[str] = []
    position, start, length = 0, -1, len(text)
    while position < length:
        character = text[position]
        if character.isspace() or character == "," or (character == "=" and not _comparison(text, position)):
            if start >= 0:
                words.append(text[start:position])
                start = -1
            if character == "=":
                words.append("=")
            position += 1
            continue
        start = position if start < 0 else start
        position = closing(text, position) + 1 if character in "({'\"" else position + 1
    if start >= 0:
        words.append(text[start:])
    return _joined(words)


def _comparison(text: str, position: int) -> bool:
    return text[position - 1 : position] in ("<", ">", "!", "=") or text[position + 1 : position + 2] == "="


def _joined(words: list[str]) -> list[str]:
    """Join ``v`` and ``(a)`` if a blank separates them."""
    result: list[str] = []
    for token in words:
        if token[0] == "(" and result and result[-1] in ("v", "i", "par"):
            result[-1] += token
        else:
            result.append(token)
    return result


def of_xyce(signal: str) -> str:
    """A signal of Xyce's ``.print`` as it is called here; any other as it is."""
    match = _XYCE.fullmatch(signal)
    if match is None:
        return signal
    if match["node"]:
        return f"v({match['node']})"
    return f"@{match['power']}[p]" if match["power"] else f"@{match['device']}[{match['key']}]"


def canonical(signal: str) -> str:
    """Strip blanks, quotes and ``par(…)`` from a signal."""
    if signal.startswith("par(") and signal.endswith(")"):
        signal = signal[4:-1].strip()
    return _BLANK.sub("", unwrap(signal))
