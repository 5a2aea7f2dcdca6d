"""Cards of analyses: their words become an `AnalysisCard`."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, log2, log10
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.constants import ABSOLUTE_ZERO
from circuitnn.elements import element
from circuitnn.elements.card import words
from circuitnn.errors import nearest
from circuitnn.flat import Sweep
from circuitnn.netlist.frequencies import frequencies
from circuitnn.netlist.reader import CardError
from circuitnn.netlist.signal_names import canonical, tokens

if TYPE_CHECKING:
    from circuitnn.netlist.statements import Statements

NAN = float("nan")
MAX_POINTS = 10_000_000
ANALYSES = ".op, .dc, .ac, .noise, .tf, .sens, .pz, .arc, .tran (and .step)"
NOT_YET = frozenset((".disto", ".pss", ".sp", ".hb"))


def _op(s: Statements, keyword: str, text: str, origin: int) -> None:
    s.analysis("op", {}, origin)


def _dc(s: Statements, keyword: str, text: str, origin: int) -> None:
    given = words(text)
    if not given or len(given) % 4:
        raise CardError(
            f"'.dc' takes source, start, stop, step (one or more times); {len(given)} words given", ".dc"
        )
    sweeps = []
    points = 1
    for k in range(0, len(given), 4):
        start, stop, step = (s.number(t, origin) for t in given[k + 1 : k + 4])
        values = linear(start, stop, step, given[k + 3])
        points *= len(values)
        sweeps.append(_sweep(target_of(s, given[k]), values, given[k]))
    if points > MAX_POINTS:
        raise CardError(f"'.dc' asks for {points} points; at most {MAX_POINTS} are allowed", ".dc")
    s.analysis("dc", {"sweeps": tuple(sweeps)}, origin)


def _ac(s: Statements, keyword: str, text: str, origin: int) -> None:
    given = words(text)
    if len(given) != 4:
        raise CardError("'.ac' takes dec, oct or lin, points, first and last frequency", ".ac")
    at, shown = _frequencies(s, keyword, given, origin)
    s.analysis("ac", {"frequencies": at, "words": shown}, origin)


def _frequencies(s: Statements, keyword: str, given: list[str], origin: int) -> tuple[np.ndarray, str]:
    """Frequencies of ``dec 10 1 1k``, and the words with their numbers."""
    points, start, stop = (s.number(t, origin) for t in given[1:])
    try:
        at = frequencies(given[0], int(points), start, stop, stretched=keyword == ".ac")
    except ValueError as error:
        raise CardError(f"'{keyword}': {error}", keyword) from None
    return at, f"{given[0]} {int(points)} {start!r} {stop!r}"


def _noise(s: Statements, keyword: str, text: str, origin: int) -> None:
    given = tokens(text)
    if not 6 <= len(given) <= 7:
        raise CardError(
            "'.noise' takes an output v(node) or v(node,node), a source, dec, oct or lin, points, first and "
            "last frequency, and perhaps how often to sum up",
            ".noise",
        )
    output = output_of(given[0])
    if isinstance(output, str):
        raise CardError("the output of '.noise' is a voltage: v(node) or v(node,node)", given[0])
    at, shown = _frequencies(s, keyword, given[2:6], origin)
    parts = len(given) == 7  # without the last number, ngspice gives no device's part
    words_now = f"{given[0]} {given[1]} {shown}{' 1' if parts else ''}"
    source = target_of(s, given[1])
    asked = {"output": output, "source": source, "frequencies": at, "parts": parts, "words": words_now}
    s.analysis("noise", asked, origin)


def _tf(s: Statements, keyword: str, text: str, origin: int) -> None:
    given = tokens(text)
    if len(given) != 2:
        raise CardError("'.tf' takes an output, v(node), v(node,node) or i(source), and a source", ".tf")
    source, output = target_of(s, given[1]), output_of(given[0])
    s.analysis("tf", {"output": output, "source": source, "words": " ".join(given)}, origin)


def _sens(s: Statements, keyword: str, text: str, origin: int) -> None:
    given = tokens(text)
    if (
        len(given) not in (1, 2, 6)
        or given[1:2] not in ([], ["dc"], ["ac"])
        or (len(given) == 6) != ("ac" in given)
    ):
        raise CardError(
            "'.sens' takes an output, v(node), v(node,node) or i(source), and perhaps ac, dec, oct or lin, points, "
            "first and last frequency",
            ".sens",
        )
    arguments: dict[str, object] = {"output": output_of(given[0]), "words": given[0]}
    if len(given) == 6:
        arguments["frequencies"], shown = _frequencies(s, keyword, given[2:], origin)
        arguments["words"] = f"{given[0]} ac {shown}"
    s.analysis("sens", arguments, origin)


def _pz(s: Statements, keyword: str, text: str, origin: int) -> None:
    given = words(text)
    if len(given) != 6 or given[4] not in ("vol", "cur") or given[5] not in ("pz", "pol", "zer"):
        raise CardError(
            "'.pz' takes two nodes of the input, two of the output, vol or cur, and pol, zer or pz", ".pz"
        )
    arguments: dict[str, object] = {
        "input": (given[0], given[1]),
        "output": (given[2], given[3]),
        "drive": given[4],
        "wanted": given[5],
        "words": " ".join(given),
    }
    s.analysis("pz", arguments, origin)


def output_of(text: str) -> tuple[str, str] | str:
    """Two nodes, or the source whose current it is."""
    signal = canonical(text)
    nodes = signal[2:-1].split(",")
    if signal[-1:] != ")" or signal[:2] not in ("v(", "i(") or len(nodes) > 2:
        raise CardError("an output is v(node), v(node,node) or i(source)", text)
    return nodes[0] if signal[0] == "i" else (nodes[0], nodes[1] if len(nodes) == 2 else "0")


def _arc(s: Statements, keyword: str, text: str, origin: int) -> None:
    given = words(text)
    if not 3 <= len(given) <= 4:
        raise CardError("'.arc' takes source, start, stop, and perhaps points", ".arc")
    source = target_of(s, given[0])
    if source[0] not in "vi" and not s.environment.world.partial:
        raise CardError(f"'.arc' follows an independent source, not '{given[0]}'", given[0])
    start, stop, points = (s.number(t, origin) for t in [*given[1:], "100"][:3])
    if start == stop or not 2 <= points <= MAX_POINTS:
        raise CardError("'.arc': start and stop must differ, and points be 2 or more", ".arc")
    s.analysis("arc", {"source": source, "start": start, "stop": stop, "points": int(points)}, origin)


def target_of(s: Statements, name: str) -> str:
    """What a sweep changes: a source, a resistor, the temperature or a parameter."""
    if name == "temp":
        return name
    found = {n for table in s.elements if element(table.kind).sweep for n in table.names}
    if name in found:
        return name
    parameters = s.deck.root.parameters
    if name in parameters:
        return f"param:{name}"
    if s.environment.world.partial:
        return name
    near = nearest(name, [*sorted(found)[:10000], *parameters])
    raise CardError(f"no source, resistor or parameter '{name}' to sweep{near}", name)


def _tran(s: Statements, keyword: str, text: str, origin: int) -> None:
    given = words(text)
    uic = "uic" in given
    given = [w for w in given if w != "uic"]
    if not 2 <= len(given) <= 4:
        raise CardError("'.tran' takes tstep, tstop, and perhaps tstart, tmax, uic", ".tran")
    numbers = [s.number(t, origin) for t in given]
    tstep, tstop, tstart, tmax = [*numbers, *(0.0, NAN)[len(numbers) - 2 :]]
    for name, value, good in (
        ("tstep", tstep, tstep > 0.0),
        ("tstop", tstop, tstop > 0.0),
        ("tstart", tstart, 0.0 <= tstart < tstop),
        ("tmax", tmax, not tmax <= 0.0),
    ):
        if not good:
            raise CardError(f"'.tran': {name} = {value:g} makes no sense", ".tran")
    if tstop / tstep > 1e12:
        raise CardError(f"'.tran' asks for {tstop / tstep:.0e} output points", ".tran")
    arguments: dict[str, object] = {
        "tstep": tstep,
        "tstop": tstop,
        "tstart": tstart,
        "tmax": tmax,
        "uic": uic,
    }
    s.analysis("tran", arguments, origin)


def _step(s: Statements, keyword: str, text: str, origin: int) -> None:
    given = words(text)
    scale = "lin"
    forms = ("lin", "dec", "oct", "list")
    scales = [w for w in given if w in forms]
    rest = [w for w in given if w not in forms]
    scale = scales[0] if scales else "lin"
    is_parameter = bool(rest) and rest[0] in ("param", "parameter")
    rest = rest[1:] if is_parameter else rest
    if len(scales) > 1 or len(rest) < 2:
        raise CardError("'.step' takes a target and then start stop step, list …, dec … or oct …", ".step")
    target = target_of(s, rest[0])
    numbers = [s.number(t, origin) for t in rest[1:]]
    if scale == "list":
        values = tuple(numbers)
    elif len(numbers) != 3:
        raise CardError(f"'.step' needs start, stop and step, {len(numbers)} numbers given", ".step")
    elif scale == "lin":
        values = linear(numbers[0], numbers[1], numbers[2], rest[-1])
    else:
        values = logarithmic(numbers[0], numbers[1], numbers[2], scale, rest[1])
    s.analysis("step", {"sweep": _sweep(target, values, rest[0])}, origin)


def _sweep(target: str, values: tuple[float, ...], token: str) -> Sweep:
    return Sweep(target, temperatures(values, token) if target == "temp" else values)


def temperatures(values: tuple[float, ...], token: str) -> tuple[float, ...]:
    """Temperatures of a card [°C], all of which exist."""
    if min(values) <= ABSOLUTE_ZERO:
        raise CardError(f"a temperature of {min(values):g} °C lies at or below absolute zero", token)
    return values


def linear(start: float, stop: float, step: float, token: str) -> tuple[float, ...]:
    """Points of a linear sweep.

    Raises
    ------
    CardError
        If there are none, or too many.
    """
    if start == stop:
        return (start,)
    if step == 0.0 or (stop - start) / step < 0.0:
        raise CardError(f"a step of {step:g} does not lead from {start:g} to {stop:g}", token)
    count = (stop - start) / step * (1.0 + 1e-12) + 1e-9
    if count >= MAX_POINTS:
        raise CardError(f"a sweep of {count:.3g} points; at most {MAX_POINTS} are allowed", token)
    return tuple(start + k * step for k in range(floor(count) + 1))


def logarithmic(start: float, stop: float, per: float, scale: str, token: str) -> tuple[float, ...]:
    """Points of a sweep with `per` points a decade or octave.

    Raises
    ------
    CardError
    """
    if start <= 0.0 or stop <= start or per < 1.0:
        raise CardError(f"'{scale}' needs 0 < start < stop and at least one point", token)
    base = 10.0 if scale == "dec" else 2.0
    count = (log10(stop / start) if scale == "dec" else log2(stop / start)) * per + 1e-9
    if count >= MAX_POINTS:
        raise CardError(f"a sweep of {count:.3g} points; at most {MAX_POINTS} are allowed", token)
    return tuple(start * base ** (k / per) for k in range(floor(count) + 1))


READERS: dict[str, Callable[[Statements, str, str, int], None]] = {
    ".op": _op,
    ".dc": _dc,
    ".ac": _ac,
    ".noise": _noise,
    ".tf": _tf,
    ".sens": _sens,
    ".pz": _pz,
    ".arc": _arc,
    ".tran": _tran,
    ".step": _step,
}
