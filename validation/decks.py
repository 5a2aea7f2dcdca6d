"""The decks of ``netlists/`` and the comment cards in them that say what they must give.

``* expect: <analysis> <expression> [at=<axis value>] = <value> [rel=<x>] [abs=<y>]``
    A number that the deck must give. The analysis is ``op``, ``dc``, ``tran`` or ``meas``; with
    ``meas`` the expression is the name of a measure.
``* compare: [edge=<seconds>] [oscillator=<measure>]``
    How the comparison with ngspice goes: waveforms may be shifted by `edge`; a free-running
    oscillator, whose phase means nothing, is compared by the named measure and by the bounds
    of its waveforms instead.
``* compare: none <reason>``
    There is no comparison with ngspice, because.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from circuitnn.units import parse_number

NETLISTS = Path(__file__).resolve().parent.parent / "netlists"

_EXPECT = re.compile(
    r"^\*\s*expect:\s*(?P<analysis>op|dc|tran|meas)\s+(?P<expression>.+?)"
    r"(?:\s+at=(?P<at>\S+))?\s+=\s+(?P<value>\S+)"
    r"(?:\s+rel=(?P<rel>\S+))?(?:\s+abs=(?P<abs>\S+))?\s*$",
    re.IGNORECASE,
)
_NONE = re.compile(r"^\*\s*compare:\s*none\b\s*(?P<reason>.*?)\s*$", re.IGNORECASE)
_COMPARE = re.compile(r"^\*\s*compare:\s*(?P<words>.*)$", re.IGNORECASE)


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
        at = "" if self.at is None else f" at {self.at:g}"
        return f"{self.analysis} {self.expression}{at}"


@dataclass(frozen=True)
class Deck:
    """A deck with what its comment cards say."""

    path: Path
    expectations: tuple[Expectation, ...] = ()
    edge: float = 0.0
    oscillator: str = ""
    skip: str = ""
    title: str = field(default="")

    @property
    def name(self) -> str:
        """Path below ``netlists/``, without the suffix."""
        return self.path.relative_to(NETLISTS).with_suffix("").as_posix()


def read(path: Path) -> Deck:
    """Read a deck's comment cards.

    Raises
    ------
    ValueError
        A card that starts with ``expect:`` or ``compare:`` does not follow the grammar.
    """
    expectations: list[Expectation] = []
    words: dict[str, str] = {}
    skip = ""
    lines = path.read_text().splitlines()
    for number, text in enumerate(lines, 1):
        if re.match(r"\*\s*expect:", text, re.IGNORECASE):
            found = _EXPECT.match(text)
            if not found:
                raise ValueError(f"{path}:{number}: not an expect card: {text}")
            expectations.append(_expectation(found, number))
        elif none := _NONE.match(text):
            skip = none["reason"]
            if not skip:
                raise ValueError(f"{path}:{number}: say why there is no comparison: {text}")
        elif compared := _COMPARE.match(text):
            for key, value in re.findall(r"(\w+)=(.+?)(?=\s+\w+=|\s*$)", compared["words"]):
                words[key.lower()] = value
    unknown = set(words) - {"edge", "oscillator"}
    if unknown:
        raise ValueError(f"{path}: unknown words in a compare card: {', '.join(sorted(unknown))}")
    return Deck(
        path,
        tuple(expectations),
        edge=parse_number(words.get("edge", "0")),
        oscillator=words.get("oscillator", "").lower(),
        skip=skip,
        title=lines[0].lstrip("* "),
    )


def _expectation(found: re.Match[str], line: int) -> Expectation:
    at = found["at"]
    return Expectation(
        found["analysis"].lower(),
        found["expression"].lower(),
        parse_number(found["value"]),
        None if at is None else parse_number(at),
        float(found["rel"] or 0),
        parse_number(found["abs"] or "0"),
        line,
    )


def all_decks() -> list[Deck]:
    """Every deck of ``netlists/``, in order of name."""
    return [read(path) for path in sorted(NETLISTS.rglob("*.cir"))]
