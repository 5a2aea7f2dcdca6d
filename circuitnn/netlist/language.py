"""Functions and random draws that an expression of a deck may use besides the built-in functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from circuitnn.elements.card import CardError, unwrap
from circuitnn.equations.graph import Expr
from circuitnn.netlist.dialect import USUAL, Dialect
from circuitnn.records import dataclass, field

FUNCTION = re.compile(r"\s*([a-z_]\w*)\s*\(([^()]*)\)\s*=?\s*(.+)$")
BODILESS = re.compile(r"[a-z_]\w*\s*\([^()]*\)\s*=?")
_DRAWN = "\0draw#"  # how the symbols of random draws begin; no card can spell it


@dataclass
class UserFunction:
    """A ``.func`` of the deck: arguments and the text of the body."""

    name: str
    arguments: tuple[str, ...]
    body: str
    parsed: Expr | None = None
    operations: int = 0


def read_function(text: str) -> UserFunction:
    """Read ``f(x,y) {x*y}``, the rest of a ``.func`` card.

    Raises
    ------
    CardError
    """
    match = FUNCTION.match(text)
    if match is None:
        raise CardError("'.func' takes name(arguments) and then an expression", ".func")
    name, arguments, body = match.groups()
    names = tuple(a.strip() for a in arguments.split(",") if a.strip())
    for argument in names:
        if not argument.isidentifier():
            raise CardError(f"'{argument}' is not the name of an argument", argument)
    if len(set(names)) != len(names):
        raise CardError(f"'{name}' has two arguments with the same name", name)
    return UserFunction(name, names, unwrap(body.strip()))


def draw_symbol(number: int) -> str:
    """Symbol that stands for a random draw of the deck."""
    return f"{_DRAWN}{number}"


def draw_number(symbol: str) -> int | None:
    """Number of the random draw that a symbol stands for; None if it stands for something else."""
    return int(symbol.removeprefix(_DRAWN)) if symbol.startswith(_DRAWN) else None


@dataclass
class Draw:
    """A random number of the deck: its distribution, and the distribution's parameters.

    `anew`: each point of ``.step`` draws another one, as LTspice does.
    """

    kind: str
    arguments: tuple[Expr, ...]
    anew: bool = False

    def values(
        self,
        arguments: Sequence[float | np.ndarray],
        normal: Callable[[], np.ndarray],
        uniform: Callable[[], np.ndarray],
    ) -> np.ndarray:
        """Numbers of this distribution.

        Parameters
        ----------
        arguments : sequence of float or ndarray
            Values of the call's arguments.
        normal, uniform : callable
            Standard normal numbers; uniform ones between 0 and 1. One of them is called, once.

        Returns
        -------
        ndarray
            Infinite or NaN where there is no such number (deviation at 0 sigmas).
        """
        nominal, width, *sigmas = arguments
        with np.errstate(all="ignore"):
            if self.kind in ("agauss", "gauss"):
                deviation = np.divide(width, sigmas[0]) * normal()
            elif self.kind == "limit":
                deviation = width * np.where(uniform() < 0.5, -1.0, 1.0)
            else:
                deviation = width * (2.0 * uniform() - 1.0)
            return nominal + (nominal * deviation if self.kind in ("gauss", "unif") else deviation)


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
    dialect : Dialect
        Dialect that defines powers and exponentials.
    active : frozenset of str
        Functions whose bodies are being read; a call of one of them is a recursion.
    noted : set of str
        Where numbers that may be doubtful are noted, see `circuitnn.netlist.doubtful_numbers`.
    """

    functions: Mapping[str, UserFunction] = field(default_factory=dict)
    draws: list[Draw] | None = None
    as_parameter: bool = False
    results: bool = False
    dialect: Dialect = USUAL
    active: frozenset[str] = frozenset()
    noted: set[str] = field(default_factory=set)
