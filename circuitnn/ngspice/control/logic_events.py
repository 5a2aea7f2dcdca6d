"""Commands about logic: ``eprint``, ``edisplay``, ``eprvcd``."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from circuitnn.errors import AnalysisError, nearest
from circuitnn.logic.levels import WORDS
from circuitnn.machine.text import lowered
from circuitnn.ngspice.control.words import split

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter
    from circuitnn.results.logic_signal import LogicSignal

Signals = Mapping[str, "LogicSignal"]
PICOSECOND = 1e-12
# Identifiers of nets in a VCD file: printable characters, and pairs of them.
_MARKS = [chr(k) for k in range(33, 127)]
_LEVELS = "01x"


def _asked(interpreter: Interpreter, text: str, command: str) -> Signals:
    """The nets of the current plot that a command names."""
    result = interpreter.plots.current.result
    known = {} if result is None else result.logic
    names = [lowered(word) for word in split(text)]
    if not names:
        raise AnalysisError(f"'{command}' takes names of nets")
    for name in names:
        if name not in known:
            raise AnalysisError(f"'{command}': no net '{name}'{nearest(name, list(known))}")
    return {name: known[name] for name in names}


def eprint(interpreter: Interpreter, text: str) -> None:
    """``eprint nets``: their values whenever one of them changes, as ngspice lists them."""
    signals = _asked(interpreter, text, "eprint")
    result = interpreter.plots.current.result
    at_rest = result is not None and result.axis != "time"
    interpreter.say("\n**** Results Data ****\n\nTime or Step")
    interpreter.say("\n".join(signals) + "\n\n")
    for time, words in changes(signals):
        shown = "DCOP            " if at_rest else f"{time:.9e}"
        interpreter.say(f"{shown}{''.join(f'{word:>6}' for word in words)}")
    interpreter.say("\n")


def changes(signals: Signals) -> Iterator[tuple[float, list[str]]]:
    """Times at which a net changes, and values of all nets from then on."""
    times = sorted({float(t) for signal in signals.values() for t in signal.times})
    places = dict.fromkeys(signals, -1)
    for time in times:
        for name, signal in signals.items():
            while places[name] + 1 < len(signal.times) and signal.times[places[name] + 1] <= time:
                places[name] += 1
        yield time, [WORDS[signal.codes[max(places[name], 0)]] for name, signal in signals.items()]


def edisplay(interpreter: Interpreter, text: str) -> None:
    """``edisplay``: list the nets of the current plot, and how often each got a value."""
    plot = interpreter.plots.current
    known: Signals = {} if plot.result is None else plot.result.logic
    if not known:
        interpreter.say("No event node available!")
        return
    interpreter.say("\nList of event nodes in plot " + plot.name)
    interpreter.say(f"    {'node name':<20}: type , number of events\n")
    for name in sorted(known):
        interpreter.say(f"    {name:<20}: d    , {len(known[name].times):>5}")


def eprvcd(interpreter: Interpreter, text: str) -> None:
    """``eprvcd nets``: write a value change dump (VCD) for waveform viewers."""
    for line in value_changes(_asked(interpreter, text, "eprvcd")):
        interpreter.say(line)


def value_changes(signals: Signals) -> Iterator[str]:
    """Lines of a VCD file with a time scale of 1 ps."""
    marks = {name: _mark(k) for k, name in enumerate(signals)}
    yield "$version circuitnn $end"
    yield "$timescale 1 ps $end"
    yield from (f"$var wire 1 {marks[name]} {_plain(name)} $end" for name in signals)
    yield "$enddefinitions $end"
    yield "$dumpvars"
    yield from (f"{_bit(signal.codes[0])}{marks[name]}" for name, signal in signals.items())
    yield "$end"
    events = sorted(
        (round(float(t) / PICOSECOND), marks[name], _bit(code))
        for name, signal in signals.items()
        for t, code in zip(signal.times[1:], signal.codes[1:], strict=True)
    )
    before = -1
    for time, mark, bit in events:
        if time != before:
            yield f"#{time}"
        before = time
        yield f"{bit}{mark}"


def _mark(k: int) -> str:
    return _MARKS[k] if k < len(_MARKS) else _mark(k // len(_MARKS) - 1) + _MARKS[k % len(_MARKS)]


def _bit(code: int) -> str:
    """A value in VCD: 0, 1, x, or z for an undriven net."""
    return "z" if 6 <= int(code) < 9 else _LEVELS[int(code) % 3]


def _plain(name: str) -> str:
    """A name without blanks, which a VCD file cannot have."""
    return "".join("_" if c in string.whitespace else c for c in name)
