"""Methods of a circuit that add elements, as type checkers and editors see them. The build writes them to a file.

An element says what its method takes by `build`, and which keywords by `keywords`; at run time the method is made from
the same (`circuitnn.circuit.element_methods`).
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import Parameter, Signature, cleandoc, signature

from circuitnn.elements import Element, known
from circuitnn.machine.text import lines_of

_HEAD = '''# Written by setup.py.
from typing import Any, SupportsIndex

import numpy as np
from typing_extensions import Self

Number = float | str | np.integer[Any] | np.floating[Any]  # SI units, or text of a deck
Node = str | SupportsIndex  # a name; 0 is ground

class ElementMethods:
    """A method for each element letter."""
'''
_TYPES = {"str": "Node", "Port": "Node", "Node": "Node", "Number": "Number"}
_STARRED = (Parameter.VAR_POSITIONAL, Parameter.KEYWORD_ONLY)
_ANY = Signature(
    [
        Parameter("name", Parameter.POSITIONAL_OR_KEYWORD, annotation="str"),
        Parameter("nodes_and_model", Parameter.VAR_POSITIONAL, annotation="Node"),
        Parameter("parameters", Parameter.VAR_KEYWORD, annotation="Number"),
    ]
)


def text() -> str:
    """Text of the stub file."""
    return _HEAD + "".join(_method(kind) for kind in known().values())


def _method(kind: Element) -> str:
    wanted = _ANY if kind.build is None else signature(kind.build)
    lines = lines_of(cleandoc(kind.build.__doc__ or "" if kind.build is not None else f"Add a {kind.name}."))
    doc = "\n        ".join(lines)
    arguments = ", ".join(["self", *_arguments(kind, wanted)])
    return f'    def {kind.letter.upper()}({arguments}) -> Self:\n        """{doc}"""\n'


def _arguments(kind: Element, wanted: Signature) -> Iterator[str]:
    """Arguments with their types. Where an element knows all of its keywords, they stand in place of ``**``."""
    before = None
    for name, argument in wanted.parameters.items():
        place, typed = argument.kind, f"{name}: {_TYPES[argument.annotation]}"
        if before is Parameter.POSITIONAL_ONLY and place is not before:
            yield "/"
        if place is Parameter.VAR_KEYWORD and not kind.keywords:
            yield f"**{typed}"
        elif place is Parameter.VAR_KEYWORD:
            yield from ([] if before in _STARRED else ["*"])
            yield from (f"{key}: Number = ..." for key in kind.keywords)
        elif place is Parameter.VAR_POSITIONAL:
            yield f"*{typed}"
        else:
            yield from (["*"] if place is Parameter.KEYWORD_ONLY and before not in _STARRED else [])
            yield typed if argument.default is Parameter.empty else f"{typed} = ..."
        before = place
