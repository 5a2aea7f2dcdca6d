"""Dot cards that are not structure: options, analyses, output, initial conditions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import floor, isfinite, log2, log10

import numpy as np

from circuitnn.circuit import AnalysisCard, ArrayCard, FlatCircuit, Measure, Sweep
from circuitnn.errors import DeckWarning, nearest
from circuitnn.netlist.arrays import read_array
from circuitnn.netlist.cards import SplitError, unwrap, words
from circuitnn.netlist.definition import Deck
from circuitnn.netlist.flatten import Flattener
from circuitnn.netlist.frequencies import frequencies
from circuitnn.netlist.measures import check_measures, read_measure
from circuitnn.netlist.parameters import Environment
from circuitnn.netlist.reader import CardError, Reader
from circuitnn.netlist.signals import canonical, tokens
from circuitnn.units import parse_number

NAN = float("nan")
MAX_POINTS = 10_000_000
ANALYSES = ".op, .dc, .ac, .noise, .tf, .arc, .tran (and .step)"
NOT_YET = frozenset((".sens", ".pz", ".four", ".fourier", ".disto", ".pss", ".sp", ".hb"))


class Statements:
    """Reads the dot cards of a deck against its top-level parameters.

    Parameters
    ----------
    deck : Deck
    environment : Environment
        The top level's.
    """

    def __init__(self, deck: Deck, environment: Environment) -> None:
        self.deck = deck
        self.environment = environment
        self.reader = Reader(deck, deck.root)
        self.options: dict[str, float | str | bool] = {}
        self.analyses: list[AnalysisCard] = []
        self.saves: list[str] = []
        self.prints: list[tuple[str, tuple[str, ...]]] = []
        self.measures: list[Measure] = []
        self.measure_origins: list[int] = []
        self.arrays: list[ArrayCard] = []

    def number(self, text: str, origin: int) -> float:
        """Value of a number or expression in top-level parameters."""
        return float(self.environment.value(self.reader.value(text), origin))

    def conditions(self) -> None:
        """Read options and temperature, which parameters may depend on."""
        self._each({".options": self._options, ".option": self._options, ".opt": self._options})
        world = self.environment.world
        world.seed = int(self._numeric("seed", 1.0))
        world.tnom = self._numeric("tnom", world.tnom)
        world.temperature = self._numeric("temp", world.temperature)
        self._each({".temp": self._temperature})
        world.temperature = world.overrides.get("temper", world.temperature)
        self.environment.forget()

    def _numeric(self, name: str, default: float) -> float:
        value = self.options.get(name, default)
        return float(value) if isinstance(value, float) and isfinite(value) else default

    def circuit(self, environments: list[Environment], flattener: Flattener) -> FlatCircuit:
        """Read the other cards, and put the circuit together."""
        self.flattener = flattener
        self._each(
            {
                ".op": self._op,
                ".dc": self._dc,
                ".ac": self._ac,
                ".noise": self._noise,
                ".tf": self._tf,
                ".arc": self._arc,
                ".tran": self._tran,
                ".step": self._step,
                ".save": self._save,
                ".probe": self._save,
                ".print": self._print,
                ".plot": self._print,
                ".meas": self._measure,
                ".measure": self._measure,
                ".crossbar": self._crossbar,
            }
        )
        check_measures(self)
        initial: dict[str, dict[int, float]] = {"ic": {}, "nodeset": {}}
        for environment in environments:
            for kind, local, value, origin in environment.definition.conditions:
                given = environment.value(value, origin)
                for instance, node in enumerate(environment.numbers[local]):
                    initial[kind][int(node)] = float(given if isinstance(given, float) else given[instance])
        root = self.environment
        parameters = {name: root.get(name) for name in self.deck.root.parameters}
        return FlatCircuit(
            title=self.deck.title,
            node_names=tuple(root.node_names),
            elements=flattener.elements,
            behavioural=flattener.behavioural,
            devices=flattener.devices,
            options=self.options,
            temperature=root.world.temperature,
            initial=initial["ic"],
            nodesets=initial["nodeset"],
            analyses=tuple(self.analyses),
            saves=tuple(self.saves),
            prints=tuple(self.prints),
            measures=tuple(self.measures),
            parameters={name: float(v) for name, v in parameters.items() if v is not None},
            arrays=tuple(self.arrays),
            locate=self.deck.where,
        )

    def _each(self, readers: dict[str, Callable[[str, str, int], None]]) -> None:
        for keyword, text, origin in self.deck.cards:
            read = readers.get(keyword)
            if read is None:
                continue
            try:
                read(keyword, text, origin)
            except (CardError, SplitError) as error:
                self.deck.sources.fault(origin, str(error), error.token, getattr(error, "offset", 0))

    def _options(self, keyword: str, text: str, origin: int) -> None:
        given = tokens(text)
        for k, word in enumerate(given):
            if word == "=" or (k and given[k - 1] == "="):
                continue
            if given[k + 1 : k + 2] != ["="]:
                self.options[word] = True
                continue
            if k + 2 >= len(given):
                raise CardError(f"'{word}=' has no value", word)
            self.options[word] = self._option(given[k + 2], origin)

    def _option(self, value: str, origin: int) -> float | str:
        inner = unwrap(value)
        try:
            return parse_number(inner)
        except ValueError:
            is_expression = inner != value or not inner.replace("_", "").isalnum()
            return self.number(value, origin) if is_expression else inner

    def _temperature(self, keyword: str, text: str, origin: int) -> None:
        given = words(text)
        if not given:
            raise CardError("'.temp' needs a temperature", keyword)
        if len(given) > 1:
            where = self.deck.sources.where(origin)
            warnings.warn(
                f"{where}: only the first temperature of '.temp' is used", DeckWarning, stacklevel=2
            )
        self.environment.world.temperature = self.number(given[0], origin)

    def _analysis(self, kind: str, arguments: dict[str, object], origin: int) -> None:
        self.analyses.append(AnalysisCard(kind, arguments, self.deck.sources.where(origin)))

    def _crossbar(self, keyword: str, text: str, origin: int) -> None:
        self.arrays.append(read_array(self.reader, self.environment, text, origin))

    def _op(self, keyword: str, text: str, origin: int) -> None:
        self._analysis("op", {}, origin)

    def _dc(self, keyword: str, text: str, origin: int) -> None:
        given = words(text)
        if not given or len(given) % 4:
            raise CardError(
                f"'.dc' takes source, start, stop, step (one or more times); {len(given)} words given", ".dc"
            )
        sweeps = []
        points = 1
        for k in range(0, len(given), 4):
            start, stop, step = (self.number(t, origin) for t in given[k + 1 : k + 4])
            values = linear(start, stop, step, given[k + 3])
            points *= len(values)
            sweeps.append(Sweep(self._target(given[k]), values))
        if points > MAX_POINTS:
            raise CardError(f"'.dc' asks for {points} points; at most {MAX_POINTS} are allowed", ".dc")
        self._analysis("dc", {"sweeps": tuple(sweeps)}, origin)

    def _ac(self, keyword: str, text: str, origin: int) -> None:
        given = words(text)
        if len(given) != 4:
            raise CardError("'.ac' takes dec, oct or lin, points, first and last frequency", ".ac")
        at, shown = self._frequencies(keyword, given, origin)
        self._analysis("ac", {"frequencies": at, "words": shown}, origin)

    def _frequencies(self, keyword: str, given: list[str], origin: int) -> tuple[np.ndarray, str]:
        """Frequencies of ``dec 10 1 1k``, and the words with their numbers."""
        points, start, stop = (self.number(t, origin) for t in given[1:])
        try:
            at = frequencies(given[0], int(points), start, stop)
        except ValueError as error:
            raise CardError(f"'{keyword}': {error}", keyword) from None
        return at, f"{given[0]} {int(points)} {start!r} {stop!r}"

    def _noise(self, keyword: str, text: str, origin: int) -> None:
        given = tokens(text)
        if not 6 <= len(given) <= 7:
            raise CardError(
                "'.noise' takes an output v(node) or v(node,node), a source, dec, oct or lin, points, first and "
                "last frequency, and perhaps how often to sum up",
                ".noise",
            )
        output = self._output(given[0])
        if isinstance(output, str):
            raise CardError("the output of '.noise' is a voltage: v(node) or v(node,node)", given[0])
        at, shown = self._frequencies(keyword, given[2:6], origin)
        words_now = f"{given[0]} {given[1]} {shown} 1"
        source = self._target(given[1])
        self._analysis(
            "noise", {"output": output, "source": source, "frequencies": at, "words": words_now}, origin
        )

    def _tf(self, keyword: str, text: str, origin: int) -> None:
        given = tokens(text)
        if len(given) != 2:
            raise CardError("'.tf' takes an output, v(node), v(node,node) or i(source), and a source", ".tf")
        source, output = self._target(given[1]), self._output(given[0])
        self._analysis("tf", {"output": output, "source": source, "words": " ".join(given)}, origin)

    def _output(self, text: str) -> tuple[str, str] | str:
        """Two nodes, or the source whose current it is."""
        signal = canonical(text)
        nodes = signal[2:-1].split(",")
        if signal[-1:] != ")" or signal[:2] not in ("v(", "i(") or len(nodes) > 2:
            raise CardError("an output is v(node), v(node,node) or i(source)", text)
        return nodes[0] if signal[0] == "i" else (nodes[0], nodes[1] if len(nodes) == 2 else "0")

    def _arc(self, keyword: str, text: str, origin: int) -> None:
        given = words(text)
        if not 3 <= len(given) <= 4:
            raise CardError("'.arc' takes source, start, stop, and perhaps points", ".arc")
        source = self._target(given[0])
        if source[0] not in "vi" and not self.environment.world.partial:
            raise CardError(f"'.arc' follows an independent source, not '{given[0]}'", given[0])
        start, stop, points = (self.number(t, origin) for t in [*given[1:], "100"][:3])
        if start == stop or not 2 <= points <= MAX_POINTS:
            raise CardError("'.arc': start and stop must differ, and points be 2 or more", ".arc")
        self._analysis("arc", {"source": source, "start": start, "stop": stop, "points": int(points)}, origin)

    def _target(self, name: str) -> str:
        """What a sweep changes: a source, a resistor, the temperature or a parameter."""
        if name == "temp":
            return name
        found = {n for table in self.flattener.elements if table.kind in "vir" for n in table.names}
        if name in found:
            return name
        parameters = self.deck.root.parameters
        if name in parameters:
            return f"param:{name}"
        if self.environment.world.partial:
            return name
        near = nearest(name, [*sorted(found)[:10000], *parameters])
        raise CardError(f"no source, resistor or parameter '{name}' to sweep{near}", name)

    def _tran(self, keyword: str, text: str, origin: int) -> None:
        given = words(text)
        uic = "uic" in given
        given = [w for w in given if w != "uic"]
        if not 2 <= len(given) <= 4:
            raise CardError("'.tran' takes tstep, tstop, and perhaps tstart, tmax, uic", ".tran")
        numbers = [self.number(t, origin) for t in given]
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
        self._analysis("tran", arguments, origin)

    def _step(self, keyword: str, text: str, origin: int) -> None:
        given = words(text)
        scale = "lin"
        forms = ("lin", "dec", "oct", "list")
        scales = [w for w in given if w in forms]
        rest = [w for w in given if w not in forms]
        scale = scales[0] if scales else "lin"
        is_parameter = bool(rest) and rest[0] in ("param", "parameter")
        rest = rest[1:] if is_parameter else rest
        if len(scales) > 1 or len(rest) < 2:
            raise CardError(
                "'.step' takes a target and then start stop step, list …, dec … or oct …", ".step"
            )
        target = self._target(rest[0])
        numbers = [self.number(t, origin) for t in rest[1:]]
        if scale == "list":
            values = tuple(numbers)
        elif len(numbers) != 3:
            raise CardError(f"'.step' needs start, stop and step, {len(numbers)} numbers given", ".step")
        elif scale == "lin":
            values = linear(numbers[0], numbers[1], numbers[2], rest[-1])
        else:
            values = logarithmic(numbers[0], numbers[1], numbers[2], scale, rest[1])
        self._analysis("step", {"sweep": Sweep(target, values)}, origin)

    def _save(self, keyword: str, text: str, origin: int) -> None:
        self.saves += [canonical(t) for t in tokens(text)]

    def _print(self, keyword: str, text: str, origin: int) -> None:
        given = tokens(text)
        kind = given.pop(0) if given and given[0] in ("tran", "dc", "op", "ac", "noise", "disto") else ""
        signals = tuple(canonical(t) for t in given if t[0] != "(" and t != "=")
        self.prints.append((kind, signals))

    def _measure(self, keyword: str, text: str, origin: int) -> None:
        measure = read_measure(self, tokens(text), origin)
        if any(m.name == measure.name and m.analysis == measure.analysis for m in self.measures):
            raise CardError(f"'{measure.name}' is measured twice", measure.name)
        self.measures.append(measure)
        self.measure_origins.append(origin)


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
