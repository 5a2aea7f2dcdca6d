"""The methods of a `Circuit` that add elements. The build writes ``element_methods.pyi`` with their types."""

from __future__ import annotations

from functools import wraps
from typing import Any

from circuitnn.elements import element, known
from circuitnn.elements.card import Number


class ElementMethods:
    """A method for each element letter: ``circuit.R("1", "in", "out", 1e3)``; `circuitnn.elements` has the letters."""

    def __getattr__(self, name: str) -> Any:
        if len(name) != 1 or not name.isupper():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        from circuitnn.circuit.builder_arguments import (
            text_of_call,  # reads signatures, for which a deck has no use
        )

        try:
            kind = element(name.lower())
        except KeyError:
            raise AttributeError(f"no element has the letter {name}") from None

        @wraps(kind.build or self.element)
        def method(*fields: Number, **parameters: Number) -> Any:
            return self.add(text_of_call(kind, fields, parameters))

        method.__name__ = name
        return method

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(letter.upper() for letter in known())})
