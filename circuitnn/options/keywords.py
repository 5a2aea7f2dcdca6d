"""Options as keywords of analyses. The build writes ``keywords.pyi`` with their names, for checkers and editors."""

from __future__ import annotations

from typing import TypedDict

from circuitnn.options.table import Options


class OtherKeywords(TypedDict, total=False):
    """Options besides `method`, for analyses with a method of their own; none where nothing is built."""


class OptionKeywords(OtherKeywords, total=False):
    """Options that act in an analysis, as in ``circuit.tran("1m", reltol=1e-4)``."""


_HEAD = '''# Written by setup.py.
from typing import Any, TypedDict

import numpy as np

Number = float | str | np.integer[Any] | np.floating[Any]  # SI units, or text of a deck

class OtherKeywords(TypedDict, total=False):
    """Options besides `method`, for analyses with a method of their own."""
'''
_TAIL = '''
class OptionKeywords(OtherKeywords, total=False):
    """Options that act in an analysis."""
    method: str

def text() -> str: ...
'''


def text() -> str:
    """Text of the stub file."""
    rows = {name: row for row in Options.table.values() if row.at == "run" for name in row.names}
    types = {name: "str" if isinstance(row.default, str) else "Number" for name, row in rows.items()}
    del types["method"]
    return _HEAD + "".join(f"    {name}: {kind}\n" for name, kind in types.items()) + _TAIL
