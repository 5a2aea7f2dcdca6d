"""Independent sources: dc value, ac value and waveform."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, may_be_parameter
from circuitnn.elements.waveform_numbers import NAN, doubtful, finished
from circuitnn.equations.graph import as_expr, is_const, sqrt
from circuitnn.errors import nearest
from circuitnn.flat import Waveform
from circuitnn.machine.access import text_of
from circuitnn.machine.text import lines_of
from circuitnn.records import dataclass, field
from circuitnn.units import parse_number

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.reader import Reader

# kind → (fewest, most) numbers
WAVEFORMS = {
    "pulse": (2, 8),
    "sin": (2, 6),
    "exp": (2, 6),
    "pwl": (2, 10_000_000),
    "spikes": (4, 3_000_000),
    "sffm": (2, 8),
    "am": (2, 8),
    "trnoise": (2, 7),
    "trrandom": (2, 5),
    "external": (0, 0),
}
SYNONYMS = {"sine": "sin"}
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
_PORT = {"portnum": NAN, "z0": 50.0, "pwr": 1e-3, "freq": 1e9, "phase": 0.0}
# Stimulus of small-signal analyses → columns of its magnitude and phase.
PHASORS = {"ac": ("acmag", "acphase"), **{word: (f"{word}mag", f"{word}phase") for word in _DISTORTION}}
_KEYWORDS = frozenset((*WAVEFORMS, *SYNONYMS, "dc", "m", "r", "td", "file", *PHASORS, *_PORT))


@dataclass
class WaveformCard:
    """A waveform whose numbers may still be expressions."""

    kind: str
    values: list[Value]
    repeat: Value = float("nan")
    delay: Value = 0.0
    origin: int = 0
    fixed: Waveform | None = None


@dataclass
class SourceCard:
    """Contents of a V or I card."""

    dc: Value = NAN
    phasors: dict[str, Value] = field(default_factory=dict)
    port: dict[str, Value] = field(default_factory=dict)
    m: Value | None = None
    waveform: WaveformCard | None = None


def read_source(reader: Reader, name: str, fields: list[str], origin: int) -> SourceCard:
    """Read the words after the nodes of a V or I card.

    Parameters
    ----------
    reader : Reader
    name : str
    fields : list of str
    origin : int
    """
    source = SourceCard()
    position = 0
    while position < len(fields):
        word = SYNONYMS.get(fields[position], fields[position])
        position += 1
        if word in WAVEFORMS:
            if source.waveform is not None:
                raise CardError(f"'{name}' has two waveforms", word)
            source.waveform, position = _waveform(reader, word, fields, position, origin)
        elif word == "dc" and (position == len(fields) or fields[position] in _KEYWORDS):
            source.dc = 0.0
            if fields[position : position + 1] != ["dc"]:  # some programs write it twice
                reader.idle(origin, f"'dc' of '{name}' has no value: it is 0, as in ngspice")
        elif word in ("dc", "m"):
            if position == len(fields) or fields[position] in _KEYWORDS:
                raise CardError(f"'{word}' needs a value", word)
            value = reader.value(fields[position])
            source.dc, source.m = (value, source.m) if word == "dc" else (source.dc, value)
            position += 1
        elif word in PHASORS:
            given: list[Value] = []
            while position < len(fields) and len(given) < 2 and fields[position] not in _KEYWORDS:
                given.append(reader.value(fields[position]))
                position += 1
            magnitude, phase = PHASORS[word]
            source.phasors[magnitude] = given[0] if given else 1.0
            source.phasors[phase] = given[1] if len(given) > 1 else 0.0
        elif word in _PORT:
            if position == len(fields) or fields[position] in _KEYWORDS:
                raise CardError(f"'{word}' needs a value", word)
            source.port[word] = reader.value(fields[position])
            position += 1
        elif position == 1:
            following = fields[position] if position < len(fields) else ""
            if word[0].isalpha() and following and following not in _KEYWORDS:
                raise CardError(f"no waveform '{word}'{nearest(word, list(WAVEFORMS))}", word)
            if word[0].isalpha() and (word in _KEYWORDS or not may_be_parameter(word)):
                raise CardError(f"'{word}' is not a value", word)
            source.dc = reader.value(word)
        else:
            raise CardError(
                f"'{name}' has an unexpected word: '{word}'{nearest(word, list(WAVEFORMS))}", word
            )
    return source


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
        amplitude = sqrt(4.0 * as_expr(port["z0"]) * as_expr(port["pwr"]))
        height = amplitude.number if is_const(amplitude) else amplitude
        card = WaveformCard("sin", [0.0, height, port["freq"], 0.0, 0.0, 90.0], NAN, 0.0, origin)
        _check(reader, card)
        source.waveform = card
    return {"portnum": port["portnum"], "z0": port["z0"]}


def _waveform(
    reader: Reader, kind: str, fields: list[str], position: int, origin: int
) -> tuple[WaveformCard, int]:
    card = WaveformCard(kind, [], NAN, 0.0, origin)
    stop = _KEYWORDS
    while position < len(fields) and (fields[position] not in stop):
        card.values.append(reader.value(fields[position]))
        position += 1
    named = {"pwl": ("r", "td", "file"), "spikes": ("td", "file")}.get(kind, ())
    while position + 1 < len(fields) and fields[position] in named:
        key, text = fields[position], fields[position + 1]
        if key == "file":
            card.values += _points(reader, text, origin)
        elif key == "r":
            card.repeat = reader.value(text)
        else:
            card.delay = reader.value(text)
        position += 2
        while position < len(fields) and (fields[position] not in stop):
            card.values.append(reader.value(fields[position]))
            position += 1
    _check(reader, card)
    return card, position


def _check(reader: Reader, card: WaveformCard) -> None:
    low, high = WAVEFORMS[card.kind]
    count = len(card.values)
    if not low <= count <= high:
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


def _points(reader: Reader, text: str, origin: int) -> list[Value]:
    """Numbers in the text file of ``pwl file=``, pairs of time and value, or ``spikes file=``, times."""
    return [number for row in rows_of_file(reader, text, origin) for number in row]


def rows_of_file(reader: Reader, text: str, origin: int) -> list[list[float]]:
    """Numbers in a text file that a card names, line by line.

    Raises
    ------
    CardError
        It cannot be read, or holds something else.
    """
    name = reader.sources.as_written(origin, text).strip("\"'{}")
    try:
        content = text_of(os.path.join(reader.sources.folder(origin), name))
    except OSError as error:
        raise CardError(f"cannot read '{name}': {getattr(error, 'strerror', None) or error}", text) from None
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
