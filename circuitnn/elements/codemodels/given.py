"""Parameters of a code model's card, as texts of expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unwrap, words
from circuitnn.errors import nearest

if TYPE_CHECKING:
    from circuitnn.netlist.definition import ModelCard, Value
    from circuitnn.netlist.elements import ElementReader


TRUTH = {"true": True, "t": True, "yes": True, "1": True, "false": False, "f": False, "no": False, "0": False}


def check_count(name: str, type_: str, count: int, ports: Mapping[str, bool]) -> None:
    """Refuse a card with more or fewer ports than its code model; `ports`: name → whether it is a vector."""
    if count != len(ports):
        wanted = " ".join(f"[{port} …]" if vector else port for port, vector in ports.items())
        raise CardError(f"'{name}' has {count} ports; a {type_} has: {wanted}", name)


def card_called(reader: ElementReader, name: str, user: str) -> ModelCard:
    """The model card of a name, whose parameters may be lists; `user`: what needs it, for the message."""
    card = reader.definition.model(name)
    if card is None:
        known = [*reader.definition.visible("models"), *reader.deck.offered]
        raise CardError(f"no model '{name}' for {user}{nearest(name, known)}", name)
    card.complaints.raise_in(reader.sources)
    return card


def say_idle(reader: ElementReader, card: ModelCard, known: Sequence[str]) -> None:
    """Warn of parameters of a model card that its code model does not have."""
    for key in card.texts:
        if key not in known:
            reader.idle(
                card.origin, f"'{key}' of model '{card.name}' has no effect{nearest(key, list(known))}"
            )


Amount = float | str  # a number, or the text of an expression of parameters


class Given:
    """Parameters of a model card.

    Parameters
    ----------
    reader : ElementReader
    name, type_ : str
        Name and type of the model.
    texts : mapping of str to str
    origin : int
        Of the card, in whose folder its files are.
    """

    def __init__(
        self, reader: ElementReader, name: str, type_: str, texts: Mapping[str, str], origin: int
    ) -> None:
        self.reader, self.name, self.type, self.texts, self.origin = reader, name, type_, texts, origin

    def text(self, key: str, default: str = "") -> str:
        """A value as text of an expression."""
        text = unwrap(self.texts.get(key, default))
        if text.startswith("["):
            raise CardError(f"'{key}' of model '{self.name}' is one number, not a list", key)
        return f"({text})" if text else ""

    def needed(self, key: str) -> str:
        """A value that has no default."""
        if key not in self.texts:
            raise CardError(f"model '{self.name}' of type {self.type} needs {key}=", self.name)
        return self.text(key)

    def flag(self, key: str, default: bool) -> bool:
        """A boolean value."""
        text = unwrap(self.texts.get(key, "true" if default else "false"))
        if text not in TRUTH:
            raise CardError(f"'{key}' of model '{self.name}' is true or false, not '{text}'", key)
        return TRUTH[text]

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of these words, the first by default."""
        text = unwrap(self.texts.get(key, choices[0]))
        if text not in choices:
            raise CardError(f"'{key}' of model '{self.name}' is {' or '.join(choices)}, not '{text}'", key)
        return text

    def several(self, key: str, count: int | None = None, default: str = "") -> list[str]:
        """Values as texts; `count` of them, the last ones by default."""
        text = unwrap(self.texts.get(key, ""))
        texts = [f"({unwrap(word)})" for word in words(text.strip("[] "))] if text else []
        if count is None:
            return texts
        if len(texts) > count:
            raise CardError(f"'{key}' of model '{self.name}' has {len(texts)} values for {count} inputs", key)
        return texts + [f"({default})"] * (count - len(texts))

    def values(self, key: str) -> list[Value]:
        """Values as numbers or expressions of parameters."""
        return [self.reader.value(unwrap(text[1:-1])) for text in self.several(key)]

    def number(self, key: str, default: float) -> float:
        """A value that must be a number."""
        value = self.reader.value(unwrap(self.text(key, repr(default))))
        if not isinstance(value, float):
            raise CardError(f"'{key}' of model '{self.name}' must be a number", key)
        return value

    def padded(self, key: str, count: int, default: float) -> list[float]:
        """`count` numbers; missing ones have the default."""
        given = self.numbers(key) if key in self.texts else []
        return [*given[:count], *[default] * (count - len(given))]

    def amounts(self, key: str) -> list[Amount]:
        """Values as numbers, or as texts of expressions where these depend on parameters.

        Raises
        ------
        CardError
            There are none.
        """
        texts = self.several(key)
        values = [self.reader.value(unwrap(text[1:-1])) for text in texts]
        if not values:
            raise CardError(f"'{key}' of model '{self.name}' must be a list of numbers", key)
        return [x if isinstance(x, float) else text for x, text in zip(values, texts, strict=True)]

    def numbers(self, key: str) -> list[float]:
        """Values that must be numbers."""
        values = self.values(key)
        if not values or not all(isinstance(x, float) for x in values):
            raise CardError(f"'{key}' of model '{self.name}' must be a list of numbers", key)
        return [x for x in values if isinstance(x, float)]
