"""Lines of a deck as messages show them."""

from __future__ import annotations

import re

from circuitnn.machine.text import lowered

_WORD = re.compile(r"[\w.]")


def place_of(text: str, token: str) -> int:
    """Find a token in a line, preferably as a whole word; -1 if it is not there."""
    text, token = lowered(text), lowered(token)
    first = at = text.find(token)
    while at >= 0:
        end = at + len(token)
        if not (_WORD.match(text[at - 1 : at]) or _WORD.match(text[end : end + 1])):
            return at
        at = text.find(token, end)
    return first


def clipped(text: str, column: int) -> tuple[str, int]:
    """Clip a line to about 160 characters around the caret."""
    text = "".join(c if c.isprintable() else "?" for c in text.rstrip())
    if len(text) <= 160:
        return text, column
    start = max(0, column - 80)
    head, tail = ("…" if start else ""), ("…" if start + 160 < len(text) else "")
    return head + text[start : start + 160] + tail, column - start + len(head)
