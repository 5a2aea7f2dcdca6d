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

from circuitnn.contract.cards import Expectation, expectations
from circuitnn.units import parse_number

NETLISTS = Path(__file__).resolve().parent.parent / "netlists"

_NONE = re.compile(r"^\*\s*compare:\s*none\b\s*(?P<reason>.*?)\s*$", re.IGNORECASE)
_COMPARE = re.compile(r"^\*\s*compare:\s*(?P<words>.*)$", re.IGNORECASE)


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
    words: dict[str, str] = {}
    skip = ""
    lines = path.read_text().splitlines()
    for number, text in enumerate(lines, 1):
        if none := _NONE.match(text):
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
        expectations(path),
        edge=parse_number(words.get("edge", "0")),
        oscillator=words.get("oscillator", "").lower(),
        skip=skip,
        title=lines[0].lstrip("* "),
    )


def all_decks() -> list[Deck]:
    """Every deck of ``netlists/``, in order of name."""
    return [read(path) for path in sorted(NETLISTS.rglob("*.cir"))]
