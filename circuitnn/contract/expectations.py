"""Comment cards of a deck that state expected numbers, and their comparison with results.

``* expect: <analysis> <expression> [at=<axis value>] = <value> [rel=<x>] [abs=<y>]``
    A number that the deck must reproduce. The analysis is ``op``, ``dc``, ``tran`` or ``meas``; with
    ``meas`` the expression is the name of a measure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from circuitnn.machine.text import lines_of, lowered, read_text
from circuitnn.results.evaluation import evaluate
from circuitnn.results.result import Result
from circuitnn.units import parse_number

_EXPECT = re.compile(
    r"^\*\s*expect:\s*(?P<analysis>op|dc|tran|tf|noise_total|noise|meas)\s+(?P<expression>.+?)"
    r"(?:\s+at=(?P<at>\S+))?\s+=\s+(?P<value>\S+)"
    r"(?:\s+rel=(?P<rel>\S+))?(?:\s+abs=(?P<abs>\S+))?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Expectation:
    """One ``* expect:`` card."""

    analysis: str
    expression: str
    value: float
    at: float | None = None
    rel: float = 0.0
    abs: float = 0.0
    line: int = 0

    @property
    def allowed(self) -> float:
        """Largest deviation that passes."""
        return self.rel * abs(self.value) + self.abs

    def __str__(self) -> str:
        where = "" if self.at is None else f" at {self.at:g}"
        return f"{self.analysis} {self.expression}{where}"


def expectations(path: Path) -> tuple[Expectation, ...]:
    """The ``expect`` cards of a deck, in order.

    Raises
    ------
    ValueError
        A card that starts with ``expect:`` does not follow the grammar.
    """
    cards: list[Expectation] = []
    for number, text in enumerate(lines_of(read_text(path)), 1):
        if re.match(r"\*\s*expect:", text, re.IGNORECASE):
            card = _EXPECT.match(text)
            if not card:
                raise ValueError(f"{path}:{number}: not an expect card: {text}")
            cards.append(_expectation(card, number))
    return tuple(cards)


def _expectation(match: re.Match[str], line: int) -> Expectation:
    time = match["at"]
    return Expectation(
        match["analysis"].lower(),
        lowered(match["expression"]),
        parse_number(match["value"]),
        None if time is None else parse_number(time),
        float(match["rel"] or 0),
        parse_number(match["abs"] or "0"),
        line,
    )


def measures(results: list[Result]) -> dict[str, float]:
    """Measures of all results."""
    return {name: value for r in results for name, value in r.measures.items()}


def value_of(expectation: Expectation, results: list[Result]) -> float:
    """Value in the results for which a card expects a number.

    Raises
    ------
    KeyError
        No such measure or analysis.
    """
    if expectation.analysis == "meas":
        return measures(results)[expectation.expression]
    matching = [r for r in results if r.analysis == expectation.analysis]
    if not matching:
        raise KeyError(f"the deck has no {expectation.analysis} analysis")
    values = np.atleast_1d(evaluate(matching[0], expectation.expression))
    if expectation.at is None:
        if len(values) != 1:
            raise KeyError(f"{expectation}: say at which point, there are {len(values)}")
        return float(values[0])
    axis = matching[0].data[:, 0]
    if not axis.min() <= expectation.at <= axis.max():
        raise KeyError(f"{expectation}: outside the axis")
    order = np.argsort(axis, kind="stable")
    return float(np.interp(expectation.at, axis[order], values[order]))
