"""Dialects, ngspice's ``ngbehavior``: the simulator whose rules a deck is read by, where simulators differ."""

from __future__ import annotations

import re

from circuitnn.equations import graph
from circuitnn.equations.graph import Expr, as_expr, where
from circuitnn.records import dataclass

LAST_EXPONENT = 14.0  # of exp() in ngspice's PSPICE mode, which continues as a straight line
_OPTION = re.compile(r"^\s*\.opt\w*\s(?:.*[\s,])?ngbehavior\s*=\s*[\"']?(\w+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Dialect:
    """Rules for decks of other simulators, as ngspice's variable ``ngbehavior`` selects them.

    Parameters
    ----------
    pspice, ltspice, hspice, kicad : bool
        Letters ``ps``, ``lt``, ``hs``, ``ki`` in its value.
    whole : bool
        Letter ``a``: the rules for included files hold for the deck itself, too.
    """

    pspice: bool = False
    ltspice: bool = False
    hspice: bool = False
    kicad: bool = False
    whole: bool = False

    @property
    def converted(self) -> bool:
        """Whether PSPICE's rules hold for the whole deck."""
        return self.pspice and self.whole

    def power(self, a: Expr, b: Expr) -> Expr:
        """a^b and a**b: |a|^b, except that HSPICE (b rounded) and LTspice (whole b, else 0) keep a's sign."""
        if self.hspice:
            return where(a < 0.0, _signed(a, graph.trunc(b + 0.5 * graph.sgn(b))), graph.power(a, b))
        return self._whole_power(a, b) if self.ltspice else graph.power(a, b)

    @staticmethod
    def _whole_power(a: Expr, b: Expr) -> Expr:
        return where(a < 0.0, where(graph.eq(graph.nint(b), b), _signed(a, b), 0.0), graph.power(a, b))

    def call(self, name: str, given: list[Expr], as_parameter: bool) -> Expr | None:
        """Call a function that differs in this dialect; None for all others."""
        if name == "exp" and self.pspice and not as_parameter and len(given) == 1:
            (x,) = given
            last = graph.exp(as_expr(LAST_EXPONENT))
            return where(x > LAST_EXPONENT, last * (x - LAST_EXPONENT + 1.0), graph.exp(x))
        if name == "pwr" and self.converted and len(given) == 2:
            return _signed(*given) if as_parameter else graph.power(*given)
        if name == "pow" and self.ltspice and not as_parameter and len(given) == 2:
            return self._whole_power(*given)
        return None


def _signed(a: Expr, b: Expr) -> Expr:
    """a^b for a whole b."""
    return where(
        graph.eq(graph.fmod(graph.abs_(b), as_expr(2.0)), as_expr(1.0)), graph.pwr(a, b), graph.power(a, b)
    )


USUAL = Dialect()


def dialect(behaviour: str, text: str = "") -> Dialect:
    """The rules that a value of ``ngbehavior`` selects.

    Parameters
    ----------
    behaviour : str
        For instance ``"psa"``, ``"lt"``, ``"hs"``, ``"all"``; empty: what the options of the deck say.
    text : str
        The deck.
    """
    if not behaviour and "ngbehavior" in text.lower():
        match = _OPTION.search(text)
        behaviour = match.group(1) if match else ""
    given = behaviour.lower()
    if not given or "mc" in given or "spe" in given:
        return USUAL
    pspice = "ps" in given
    return Dialect(pspice, "lt" in given, "hs" in given and not pspice, "ki" in given, "a" in given)
