"""Independent sources: dc value, ac value and waveform."""

from __future__ import annotations

from math import inf, nan
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, may_be_parameter, no_copies
from circuitnn.elements.repeated_corners import REPEATING, corners_of, repeated_corners
from circuitnn.elements.waveform_numbers import doubtful, finished
from circuitnn.equations.expr import simple
from circuitnn.equations.graph import as_expr, sqrt
from circuitnn.errors import nearest
from circuitnn.flat import Waveform
from circuitnn.machine.text import lines_of
from circuitnn.records import dataclass, field
from circuitnn.units import parse_number

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.reader import Reader

# kind → (fewest, most) numbers
WAVEFORMS = {
    "pulse": (2, 8),
    "sin": (2, 7),
    "exp": (2, 6),
    "pwl": (2, 10_000_000),
    "spikes": (4, 3_000_000),
    "sffm": (2, 8),
    "am": (2, 8),
    "trnoise": (2, 7),
    "trrandom": (2, 5),
    "pat": (7, 1_000),
    "external": (0, 0),
}
SYNONYMS = {"sine": "sin"}
# Words that a waveform may have after its numbers: pairs of time and value, or times, from a file.
_NAMED = {"pwl": ("r", "td", "file"), "spikes": ("td", "file")}
# Which numbers of a waveform are in volts or amperes.
_AMPLITUDES = {
    **dict.fromkeys(("pulse", "sin", "exp", "sffm"), (0, 1)),
    "am": (0, 1, 2),
    "trnoise": (0, 3, 4),
    "trrandom": (3, 4),
    "external": (),
    "ramp": (),
}
_DISTORTION = ("distof1", "distof2")
# Words of a port and their defaults; power and frequency are those of a tone in transients.
_PORT = {"portnum": nan, "z0": 50.0, "pwr": 1e-3, "freq": 1e9, "phase": 0.0}
# LTspice's resistance in series with a voltage source, and capacitance across both.
PARASITICS = ("rser", "cpar")
# Stimulus of small-signal analyses → columns of its magnitude and phase.
PHASORS = {"ac": ("acmag", "acphase"), **{word: (f"{word}mag", f"{word}phase") for word in _DISTORTION}}
_KEYWORDS = frozenset(
    (*WAVEFORMS, *SYNONYMS, "dc", "m", "r", "td", "file", *PHASORS, *PHASORS["ac"], *_PORT, *PARASITICS)
)


@dataclass
class WaveformCard:
    """A waveform whose numbers may still be expressions."""

    kind: str
    values: list[Value]
    repeat: Value = nan
    delay: Value = 0.0
    origin: int = 0
    fixed: Waveform | None = None


@dataclass
class SourceCard:
    """Contents of a V or I card."""

    dc: Value = nan
    phasors: dict[str, Value] = field(default_factory=dict)
    port: dict[str, Value] = field(default_factory=dict)
    parasitics: dict[str, Value] = field(default_factory=dict)
    m: Value | None = None
    waveform: WaveformCard | None = None


class _Fields:
    """The words after the nodes of a card, taken one after the other."""

    def __init__(self, words: list[str]) -> None:
        self.words, self.position = words, 0

    @property
    def following(self) -> str:
        """The next word; empty at the end."""
        return self.words[self.position] if self.position < len(self.words) else ""

    @property
    def has_value(self) -> bool:
        """Whether a value is next, not a keyword or the end."""
        return bool(self.following) and self.following not in _KEYWORDS

    def take(self) -> str:
        self.position += 1
        return self.words[self.position - 1]

    def value(self, keyword: str) -> str:
        """Take the value of a keyword."""
        if not self.has_value:
            raise CardError(f"'{keyword}' needs a value", keyword)
        return self.take()

    def values(self, most: float = inf) -> list[str]:
        """Take the values up to the next keyword, at most so many."""
        values: list[str] = []
        while self.has_value and len(values) < most:
            values.append(self.take())
        return values


def read_source(reader: Reader, name: str, words: list[str], origin: int) -> SourceCard:
    """Read the words after the nodes of a V or I card.

    Parameters
    ----------
    reader : Reader
    name : str
    words : list of str
    origin : int
    """
    source, fields, begins_with_value = SourceCard(), _Fields(words), False
    while fields.following:
        word = SYNONYMS.get(fields.following, fields.following)
        fields.take()
        if word in WAVEFORMS:
            if source.waveform is not None:
                reader.idle(
                    origin, f"'{source.waveform.kind}' of '{name}' has no effect: '{word}' comes after it"
                )
            source.waveform = _waveform(reader, word, fields, origin)
        elif word == "dc" and not fields.has_value:
            source.dc = 0.0
            if fields.following != "dc":  # some programs write it twice
                reader.idle(origin, f"'dc' of '{name}' has no value: it is 0, as in ngspice")
        elif word == "dc":
            given = reader.value(fields.value(word))
            if begins_with_value:
                reader.idle(origin, f"'dc' of '{name}' has no effect: the card begins with a value")
            else:
                source.dc = given
        elif word == "m":
            source.m = reader.value(fields.value(word))
            if name[0] == "v" and source.m != 1.0:
                reader.idle(origin, no_copies(name, "refuses it"))
        elif word in PHASORS:
            _add(source.phasors, PHASORS[word], [*map(reader.value, fields.values(most=2))])
        elif word in PHASORS["ac"]:
            source.phasors[word] = reader.value(fields.value(word))
            for column, default in zip(PHASORS["ac"], (1.0, 0.0), strict=True):
                source.phasors.setdefault(column, default)
        elif word in PARASITICS and name[0] == "v":
            source.parasitics[word] = reader.value(fields.value(word))
        elif word in _PORT:
            source.port[word] = reader.value(fields.value(word))
        elif fields.position == 1:
            source.dc = _alone(reader, word, fields)
            begins_with_value = True
        else:
            near = nearest(word, list(WAVEFORMS))
            raise CardError(f"'{name}' has an unexpected word: '{word}'{near}", word)
    return source


def _add(phasors: dict[str, Value], columns: tuple[str, str], given: list[Value]) -> None:
    """Note the magnitude and phase after a word; a phase that comes before it stays."""
    if not given:  # as in ngspice, where `ac` alone undoes what comes before it
        phasors |= zip(columns, (1.0, 0.0), strict=True)
    phasors |= zip(columns, given, strict=False)
    phasors.setdefault(columns[1], 0.0)


def _alone(reader: Reader, word: str, fields: _Fields) -> Value:
    """The dc value of a card that begins with it, without ``dc``."""
    if word[0].isalpha() and fields.has_value:
        raise CardError(f"no waveform '{word}'{nearest(word, list(WAVEFORMS))}", word)
    if word[0].isalpha() and (word in _KEYWORDS or not may_be_parameter(word)):
        raise CardError(f"'{word}' is not a value", word)
    return reader.value(word)


def as_port(reader: Reader, name: str, source: SourceCard, origin: int) -> dict[str, Value]:
    """Number and resistance of the port that a voltage source is; none if it is not.

    With a power or a frequency it gives √(4·z0·pwr)·cos(2π·freq·t) in transients, as in ngspice.
    """
    given = source.port
    if "portnum" not in given:
        if given:
            reader.idle(origin, f"'{next(iter(given))}' of '{name}' has no effect without 'portnum'")
        return {}
    port = {**_PORT, **given}
    if "phase" in given:
        reader.idle(origin, f"'phase' of '{name}' has no effect, as in ngspice")
    if "pwr" in given or "freq" in given:
        if source.waveform is not None:
            raise CardError(f"'{name}' has two waveforms", "pwr" if "pwr" in given else "freq")
        amplitude = simple(sqrt(4.0 * as_expr(port["z0"]) * as_expr(port["pwr"])))
        card = WaveformCard("sin", [0.0, amplitude, port["freq"], 0.0, 0.0, 90.0], origin=origin)
        _check(reader, card)
        source.waveform = card
    return {"portnum": port["portnum"], "z0": port["z0"]}


def _waveform(reader: Reader, kind: str, fields: _Fields, origin: int) -> WaveformCard:
    if kind == "pat":
        return _pattern(reader, fields, origin)
    given, card = fields.values(), WaveformCard(kind, [], origin=origin)
    if kind == "pwl" and "+" in given:  # before an expression: +{t}
        given = [
            f"+{word}" if k and given[k - 1] == "+" else word for k, word in enumerate(given) if word != "+"
        ]
    if kind == "pwl" and not REPEATING.isdisjoint(given):
        card.values, card.repeat = repeated_corners(reader, given, origin)
    elif kind == "pwl":
        card.values += corners_of(reader, given, origin)
    else:
        card.values += map(reader.value, given)
    while fields.following in _NAMED.get(kind, ()):
        key = fields.take()
        # r alone repeats the whole table
        text = "0" if key == "r" and not fields.has_value else fields.value(key)
        if key == "file":
            card.values += [number for row in rows_of_file(reader, text, origin) for number in row]
        elif key == "td":
            card.delay = reader.value(text)
        else:
            card.repeat = reader.value(text)
        card.values += map(reader.value, fields.values())
    _check(reader, card)
    return card


def _pattern(reader: Reader, fields: _Fields, origin: int) -> WaveformCard:
    """A bit pattern as the corners that it consists of."""
    from circuitnn.elements.bit_pattern import pattern_corners  # few decks have one

    given = fields.values()
    while fields.following == "r":
        given += [fields.take(), *fields.values()]
    card = WaveformCard("pwl", [], origin=origin)
    card.values, card.repeat = pattern_corners(reader, given)
    _check(reader, card)
    return card


def _check(reader: Reader, card: WaveformCard) -> None:
    low, high = WAVEFORMS[card.kind]
    count = len(card.values)
    if count > high > 0:
        reader.idle(
            card.origin, f"{card.kind} takes at most {high} numbers: the last of its {count} are not read"
        )
        del card.values[high:]
    elif not low <= count <= high:
        raise CardError(f"{card.kind} takes {low} to {high} numbers, {count} given", card.kind)
    if card.kind == "pwl" and count % 2 and count > low:  # as in ngspice
        reader.idle(
            card.origin, f"pwl takes pairs of time and value: the last of its {count} numbers is not read"
        )
        del card.values[-1]
    numbers = [card.repeat, card.delay, *card.values]
    known = [n for n in numbers if isinstance(n, float)]
    if len(known) == len(numbers):
        card.fixed = finished(card.kind, known)
        doubt = doubtful(card.kind, known[2:])
        if doubt:
            reader.idle(card.origin, doubt)


def scaled(waveform: Waveform, m: float) -> Waveform:
    """Scale a waveform's amplitude by m."""
    values = list(waveform.values)
    where = range(1, len(values), 2) if waveform.kind == "pwl" else _AMPLITUDES[waveform.kind]
    for k in (k for k in where if k < len(values)):
        values[k] *= m
    return Waveform(waveform.kind, tuple(values), waveform.repeat, waveform.delay)


def rows_of_file(reader: Reader, text: str, origin: int) -> list[list[float]]:
    """Numbers in a text file that a card names, line by line.

    Raises
    ------
    CardError
        It cannot be read, or holds something else.
    """
    name, content = reader.sources.file(origin, text)
    rows: list[list[float]] = []
    for number, line in enumerate(lines_of(content), 1):
        line = line.split(";")[0].strip()
        if not line or line[0] in "*#;$":
            continue
        try:
            rows.append([parse_number(word) for word in line.replace(",", " ").split()])
        except ValueError:  # does not quote the word: a deck must not reveal the contents of other files
            raise CardError(f"{name}:{number}: a word that is not a number", text) from None
    return rows
