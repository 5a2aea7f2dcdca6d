"""Words as values of parameters: devices have columns of numbers, so that each word stands there as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

_texts: dict[float, str] = {}


class Word(float):
    """A word, as the number that stands for it in every process.

    Parameters
    ----------
    text : str
    """

    def __new__(cls, text: str) -> Self:
        """The number follows from the text, so that processes agree; 48 bits of it are exact."""
        import hashlib  # few decks have words

        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).digest()
        word = super().__new__(cls, int.from_bytes(digest, "big") + 1)
        _texts[float(word)] = text
        return word

    def __reduce__(self) -> tuple[type[Word], tuple[str]]:
        return Word, (_texts[float(self)],)


def text_of(number: float) -> str | None:
    """Return the word that a number stands for; None if it stands for none."""
    return _texts.get(number)
