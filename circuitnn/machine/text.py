"""Text of decks: decoded without loss, split at newlines only, case-insensitive in ASCII letters.

Every file that the package reads as text goes through `read_text`, and every text is split by `lines_of`:
a deck may contain any byte, and two names that differ in one byte are two names.
"""

from __future__ import annotations

import os

BOM = "\ufeff"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def read_text(path: str | os.PathLike[str]) -> str:
    """Text of a file that a user names; for one that a deck names, use `circuitnn.machine.access.text_of`.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with open(path, "rb") as file:
        return decoded(file.read())


def decoded(content: bytes) -> str:
    """Decode bytes: UTF-16 after its mark, UTF-8 if all of it is valid, otherwise Latin-1.

    The decision is made for the whole text: byte by byte, the ``é`` of one encoding and the ``Ã©`` of the other would
    collide.
    """
    if content[:2] in _UTF16:
        return content.decode("utf-16", "surrogatepass")
    try:
        return content.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError:
        return content.decode("latin-1")


def valid(text: str) -> str:
    """Replace what stands for bytes of a file's name that are no UTF-8, and cannot be written to a file of text.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return "".join(c if not "\ud800" <= c <= "\udfff" else "?" for c in text)


def lines_of(text: str) -> list[str]:
    r"""Lines of a text without their ends, which are ``\n``, ``\r\n`` or ``\r`` and nothing else.

    `str.splitlines` also cuts at form feed, U+2028 and others, which may occur in a comment.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def first_line(text: str) -> str:
    """The first non-empty line of a message."""
    return next((line.strip() for line in lines_of(text) if line.strip()), "")


def lowered(text: str) -> str:
    """Convert ASCII letters to lower case and leave others, as in ngspice: ``É`` and ``é`` are two names."""
    return text.lower() if text.isascii() else text.translate(_LOWER)
