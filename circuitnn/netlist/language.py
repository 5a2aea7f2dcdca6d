"""What an expression of a deck may use besides the built-in functions."""

from __future__ import annotations

from collections.abc import Mapping

from circuitnn.equations.graph import Expr
from circuitnn.records import dataclass, field


@dataclass
class UserFunction:
    """A ``.func`` of the deck: arguments and the text of the body."""

    name: str
    arguments: tuple[str, ...]
    body: str
    parsed: Expr | None = None
    operations: int = 0


@dataclass
class Draw:
    """A random number of the deck: the symbol that stands for it, and its distribution."""

    symbol: str
    kind: str
    arguments: tuple[Expr, ...]


@dataclass
class Language:
    """What an expression may use besides the built-in functions.

    Parameters
    ----------
    functions : mapping of str to UserFunction
    draws : list of Draw or None
        Where calls of ``agauss`` and its kin are noted; None where they are not allowed.
    as_parameter : bool
        ``.param`` rules: ``pow`` keeps the sign of its base and ``pwr`` drops it; in a
        behavioural source it is the other way round (ngspice).
    results : bool
        Whether parts of phasors, ``vdb(a)``, may stand in it.
    active : frozenset of str
        Functions whose bodies are being read; a call of one of them is a recursion.
    """

    functions: Mapping[str, UserFunction] = field(default_factory=dict)
    draws: list[Draw] | None = None
    as_parameter: bool = False
    results: bool = False
    active: frozenset[str] = frozenset()
