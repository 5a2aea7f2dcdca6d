"""The decks of ``netlists/`` and their comment cards, which state the expected results.

``* expect: <analysis> <expression> [at=<axis value>] = <value> [rel=<x>] [abs=<y>]``
    A number that the deck must give, see `circuitnn.contract.expectations`.
``* compare: [edge=<seconds>] [oscillator=<measure>]``
    Settings of the comparison with ngspice: waveforms may be shifted by `edge`; a free-running
    oscillator, whose phase is arbitrary, is compared by the named measure, by its cycles and by the
    bounds of its waveforms instead.
``* compare: frozen [edge=…] [oscillator=…]``
    The random numbers of its models are held at one typical value, in both simulators.
``* compare: written [edge=…] [oscillator=…]``
    ngspice runs the deck as written by circuitnn, because it cannot read the original. This is always so for
    decks with compact models or array cards.
``* compare: [measures=<name,…>] within=<x> because=<reason>``
    A budget of the deck's own: x of the span of transients. With measures, only these are compared, to a
    relative x: the phase of the waveforms is arbitrary, or ngspice's twin acts late.
``* compare: none <reason> proof=<test>``
    There is no comparison with ngspice, for the given reason; the test (``tests/…/test_x.py::test_y``) checks the
    numbers against a better reference.
``* compare: ngspice-wrong <analysis> <signals> <what> proof=<test>``
    ngspice has these signals wrong (names or patterns with ``*``, separated by commas); the test shows it.
``* warns: <text>``
    A part of a warning that the deck must give.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from circuitnn.contract.expectations import Expectation, expectations
from circuitnn.units import parse_number

ROOT = Path(__file__).resolve().parent.parent
NETLISTS = ROOT / "netlists"

_COMPARE = re.compile(r"^\*\s*compare:\s*(?P<words>.*?)\s*$", re.IGNORECASE)
_WARNS = re.compile(r"^\*\s*warns:\s*(.+?)\s*$", re.IGNORECASE)
_NONE = re.compile(r"none\b\s*(?P<reason>.*?)\s*(?:\bproof=(?P<proof>\S+))?$", re.IGNORECASE)
_WRONG = re.compile(
    r"ngspice-wrong\s+(?P<analysis>\w+)\s+(?P<signals>\S+)\s+(?P<what>.+?)\s+proof=(?P<proof>\S+)$",
    re.IGNORECASE,
)
_PAIR = re.compile(r"(\w+)=(.+?)(?=\s+\w+=|\s*$)")


@dataclass(frozen=True)
class Fault:
    """Signals that ngspice has wrong.

    Parameters
    ----------
    analysis : str
    signals : tuple of str
        Names, or patterns with ``*``.
    what : str
    proof : str
        Test that shows it, as pytest names it: ``tests/…/test_x.py::test_y``.
    """

    analysis: str
    signals: tuple[str, ...]
    what: str
    proof: str

    def covers(self, analysis: str, signal: str) -> bool:
        """Whether a signal of an analysis is among these."""
        # brackets are part of names, not of patterns
        named = signal.replace("[", "(").replace("]", ")")
        patterns = (s.replace("[", "(").replace("]", ")") for s in self.signals)
        return analysis == self.analysis and any(fnmatchcase(named, p) for p in patterns)


@dataclass(frozen=True)
class Deck:
    """A deck and the contents of its comment cards."""

    path: Path
    expectations: tuple[Expectation, ...] = ()
    edge: float = 0.0
    oscillator: str = ""
    frozen: bool = False
    written: bool = False
    measures: tuple[str, ...] = ()
    within: float = 0.0
    because: str = ""
    skip: str = ""
    proof: str = ""
    faults: tuple[Fault, ...] = ()
    warns: tuple[str, ...] = ()
    title: str = field(default="")

    @property
    def name(self) -> str:
        """Path below ``netlists/``, without the suffix."""
        return self.path.relative_to(NETLISTS).with_suffix("").as_posix()

    @property
    def proofs(self) -> tuple[str, ...]:
        """Tests that the deck names as proofs."""
        return tuple(dict.fromkeys([*filter(None, [self.proof]), *(f.proof for f in self.faults)]))


def read(path: Path) -> Deck:
    """Read a deck's comment cards.

    Raises
    ------
    ValueError
        A card that starts with ``expect:`` or ``compare:`` does not follow the grammar.
    """
    pairs: dict[str, str] = {}
    skip, proof, flags = "", "", set()
    faults: list[Fault] = []
    lines = path.read_text().splitlines()
    for number, text in enumerate(lines, 1):
        card = _COMPARE.match(text)
        if card is None:
            continue
        words = card["words"]
        if words.lower().startswith("none"):
            none = _NONE.match(words)
            if not none or not none["reason"]:
                raise ValueError(f"{path}:{number}: say why there is no comparison: {text}")
            skip, proof = none["reason"], none["proof"] or ""
        elif words.lower().startswith("ngspice-wrong"):
            faults.append(_fault(words, f"{path}:{number}"))
        else:
            flags |= {word.lower() for word in words.split()} & {"frozen", "written"}
            pairs |= {key.lower(): value for key, value in _PAIR.findall(words)}
    unknown = set(pairs) - {"edge", "oscillator", "measures", "within", "because"}
    if unknown:
        raise ValueError(f"{path}: unknown words in a compare card: {', '.join(sorted(unknown))}")
    if len({"within", "because"} & set(pairs)) == 1 or ("measures" in pairs and "within" not in pairs):
        raise ValueError(f"{path}: measures= needs within=, and within= needs because=")
    return Deck(
        path,
        expectations(path),
        edge=parse_number(pairs.get("edge", "0")),
        oscillator=pairs.get("oscillator", "").lower(),
        frozen="frozen" in flags,
        written="written" in flags,
        measures=tuple(pairs.get("measures", "").lower().split(",")) if "measures" in pairs else (),
        within=float(pairs.get("within", "0")),
        because=pairs.get("because", ""),
        skip=skip,
        proof=proof,
        faults=tuple(faults),
        warns=tuple(found[1] for found in map(_WARNS.match, lines) if found),
        title=lines[0].lstrip("* "),
    )


def _fault(words: str, where: str) -> Fault:
    card = _WRONG.match(words)
    if card is None:
        raise ValueError(
            f"{where}: a card of ngspice's fault says: ngspice-wrong <analysis> <signals> <what> proof=<test>"
        )
    return Fault(
        card["analysis"].lower(), tuple(card["signals"].lower().split(",")), card["what"], card["proof"]
    )


def all_decks() -> list[Deck]:
    """Every deck of ``netlists/``, in order of name."""
    return [read(path) for path in sorted(NETLISTS.rglob("*.cir"))]
