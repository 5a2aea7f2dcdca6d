"""Dot cards other than those of the deck's structure: options, analyses, output, initial conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.card import CardError, unwrap, words
from circuitnn.errors import AnalysisError, nearest
from circuitnn.flat import AnalysisCard, ArrayCard, Elements, FlatCircuit, Printed, Sweep
from circuitnn.netlist import doubtful_numbers
from circuitnn.netlist.analysis_cards import DotCard, read_step, read_sweep, temperatures
from circuitnn.netlist.definition import EVERYWHERE, Deck
from circuitnn.netlist.flatten import Flattener
from circuitnn.netlist.origins import included
from circuitnn.netlist.parameters import Environment
from circuitnn.netlist.reader import Reader
from circuitnn.netlist.signal_names import canonical, of_xyce, tokens
from circuitnn.options import OURS, Options, check_option
from circuitnn.registry.analyses import ANALYSES
from circuitnn.units import number_of, parse_number

if TYPE_CHECKING:
    from circuitnn.errors import Fault
    from circuitnn.flat.measure_request import Measure

ELSEWHERE = {"hb": "pss_spectrum"}
"""Analyses of other simulators on ``.print`` cards, and what their results are here."""
OUTPUT = frozenset((".print", ".plot", ".four", ".fourier", ".meas", ".measure", ".save", ".probe"))
"""Cards of which a faulty one costs its own output only, as in ngspice."""
FORM = frozenset(("format", "file", "width", "precision", "filter", "delimiter", "timescalefactor"))
"""What ``.print`` of Xyce says about its file."""
KELVIN = (273.15, 293.0, 293.15, 298.0, 298.15, 300.0, 300.15)
"""Temperatures on ``.temp`` cards that look like kelvin. [°C]"""
USUAL = 27.0
"""Temperature where a ``.temp`` card gives none that ngspice reads. [°C]"""
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?")  # ngspice reads no suffix here


def asking() -> tuple[str, ...]:
    """Keywords of the cards that ask for analyses, and of the one that repeats them."""
    return (*(f".{name}" for name in ANALYSES), ".step")


class Statements:
    """Reader of the dot cards of a deck.

    Parameters
    ----------
    deck : Deck
    environment : Environment
        Of the top level.
    """

    def __init__(self, deck: Deck, environment: Environment) -> None:
        self.deck = deck
        self.environment = environment
        self.reader = Reader(deck, deck.root)
        self.options: dict[str, float | str | bool] = {}
        self.analyses: list[AnalysisCard] = []
        self.refused: list[Fault] = []  # analyses that cannot be run; others can
        self.steps: list[Sweep] = []
        self.tables: dict[str, tuple[Sweep, ...]] = {}  # of `.data`
        self.saves: list[str] = []
        self.probes: list[tuple[str, str]] = []  # what .probe names, and where
        self.prints: list[Printed] = []
        self.measures: list[Measure] = []
        self._measured: set[tuple[str, str]] = set()  # names and analyses
        self.fouriers: list[tuple[float, tuple[str, ...]]] = []
        self.arrays: list[ArrayCard] = []

    def number(self, text: str, origin: int) -> float:
        """Value of a number or expression in top-level parameters."""
        doubtful_numbers.tell_on(self.deck, text, origin)
        return float(self.environment.value(self.reader.value(text), origin))

    def conditions(self) -> None:
        """Read options and temperature; parameters may depend on them."""
        self._each({".options": self._options, ".option": self._options, ".opt": self._options})
        world = self.environment.world
        self.options |= world.options
        seed = self.options.get("seed", 1)
        world.seed = seed if isinstance(seed, int) else int(self._numeric("seed", 1.0))
        world.tnom = self._numeric("tnom", world.tnom)
        world.transistor = {
            name: self._numeric(f"def{name}", 0.0)
            for name in ("l", "w", "ad", "as")
            if f"def{name}" in self.options
        }
        world.scale = self._numeric("scale", 1.0)
        world.fingers = self._numeric("wnflag", 0.0)
        world.conserving = bool(self.options.get("conserve", False))
        world.temperature = self._numeric("temp", world.temperature)
        if "temp" not in world.options:
            self._each({".temp": self._temperature})
        world.temperature = world.overrides.get("temper", world.temperature)
        self.environment.forget()

    def _numeric(self, name: str, default: float) -> float:
        return number_of(self.options.get(name, default), f"option {name}")

    def read(self, elements: tuple[Elements, ...]) -> None:
        """Read the other cards."""
        self.elements = elements
        self._each({".data": self._data})
        self._each(
            {f".{name}": self._analysis for name in ANALYSES}
            | {
                ".step": self._step,
                ".save": self._save,
                ".probe": self._probe,
                ".print": self._print,
                ".plot": self._print,
                ".four": self._fourier,
                ".fourier": self._fourier,
                ".meas": self._measure,
                ".measure": self._measure,
                ".crossbar": self._crossbar,
            }
        )
        if not self.analyses or self.deck.sources.faults:
            self.deck.sources.faults += self.refused
        if self.measures:
            from circuitnn.netlist.measures import check_measures

            check_measures(self)

    def _currents(self, flattener: Flattener) -> dict[str, float]:
        """Currents of inductors on ``.ic`` cards. [A]"""
        given = self.environment.definition.currents
        inductors = [n for t in flattener.elements if t.kind == "l" for n in t.names] if given else []
        for name, _, origin in given:
            if name not in inductors:
                message = f"'.ic': there is no inductor '{name}'{nearest(name, inductors)}"
                self.deck.sources.fault(origin, message, name)
        return {name: float(self.environment.value(value, origin)) for name, value, origin in given}

    def circuit(self, environments: list[Environment], flattener: Flattener) -> FlatCircuit:
        """Build the flat circuit."""
        initial, root = _initial(environments), self.environment
        states = {name: float(root.value(value, origin)) for name, value, origin in root.definition.states}
        currents = self._currents(flattener)
        parameters = {name: root.get(name) for name in self.deck.root.parameters}
        return FlatCircuit(
            title=self.deck.title,
            node_names=tuple(root.node_names),
            inside=_inside(environments) | frozenset(flattener.inside),
            elements=flattener.elements,
            behavioural=flattener.behavioural,
            devices=flattener.devices,
            options=self.options,
            temperature=root.world.temperature,
            initial=initial["ic"],
            initial_states=states,
            initial_currents=currents,
            nodesets=initial["nodeset"],
            held=initial["held"],
            analyses=tuple(self.analyses),
            refused=tuple(self.refused),
            steps=tuple(self.steps),
            saves=tuple(self.saves),
            prints=tuple(self.prints),
            measures=tuple(self.measures),
            fouriers=tuple(self.fouriers),
            parameters={name: float(v) for name, v in parameters.items() if v is not None},
            arrays=tuple(self.arrays),
            watched=self.deck.watched,
            locate=self.deck.where,
            touched=root.touched,
            logic=flattener.logic,
            meters=flattener.meters,
        )

    def _each(self, readers: Mapping[str, Callable[[str, str, int], None]]) -> None:
        sources = self.deck.sources
        for keyword, text, origin in self.deck.cards:
            read = readers.get(keyword)
            if read is None:
                continue
            known = len(sources.faults)
            try:
                read(keyword, text, origin)
            except CardError as error:
                sources.fault(origin, str(error), error.token, error.offset)
            # cards from Python have no place
            dispensable = origin and (keyword in OUTPUT or keyword[1:] in ANALYSES)
            if dispensable and len(sources.faults) > known:
                self._without(keyword, origin, sources.taken_back(origin, known))

    def _without(self, keyword: str, origin: int, faults: list[Fault]) -> None:
        """Go on without a faulty card: without its output, or without its analysis, whose run then fails."""
        if keyword not in OUTPUT and not included(origin):
            self.refused += faults
            return
        outcome = "has no effect" if keyword in OUTPUT else "is not run"  # in a library: for another circuit
        for fault in faults:
            self.deck.sources.warn(origin, f"this '{keyword}' {outcome}: {fault.message}")

    def _options(self, keyword: str, text: str, origin: int) -> None:
        from circuitnn.netlist.foreign_options import of_package  # few decks have options

        given, without_effect = of_package(tokens(text))
        if without_effect:
            self.deck.sources.warn(origin, without_effect)
        for k, word in enumerate(given):
            if word == "=" or (k and given[k - 1] == "="):
                continue
            if given[k + 1 : k + 2] == ["="] and k + 2 >= len(given):
                self.deck.sources.warn(origin, f"'{word}=' has no value and no effect")
                continue
            value = self._option(word, given[k + 2], origin) if given[k + 1 : k + 2] == ["="] else True
            try:
                check_option(word, value)
            except AnalysisError as error:
                self._without_option(word, value, str(error), origin)
                continue
            unknown = Options.unknown(word)
            if unknown:
                self.deck.sources.warn(origin, unknown)
            else:
                self.options[word] = value

    def _without_option(self, name: str, value: object, fault: str, origin: int) -> None:
        """Go on without an option of SPICE that is given a word, or nothing, in place of a number, as ngspice does.

        Raises
        ------
        CardError
            If the option is our own, or a number out of range.
        """
        row = Options.row(name)
        if row is None or row.origin == OURS or not isinstance(value, str | bool):
            raise CardError(fault, name)
        self.deck.sources.warn(origin, f"{fault}; it has no effect")

    def _option(self, name: str, value: str, origin: int) -> float | int | str:
        """Value of an option; of one that circuitnn does not know, whose name a warning tells later, any text."""
        inner = unwrap(value)
        if Options.row(name) is None:
            return value
        if inner.isdecimal():
            return int(inner)
        try:
            return parse_number(inner)
        except ValueError:
            is_expression = inner != value or not inner.replace("_", "").isalnum()
            return self.number(value, origin) if is_expression else inner

    def _temperature(self, keyword: str, text: str, origin: int) -> None:
        given = words(text)
        if not given:
            self.deck.sources.warn(origin, "this '.temp' has no effect: it names no temperature")
            return
        is_expression = "=" in text or unwrap(given[0]) != given[0]
        if len(given) > 1 or not (is_expression or _PLAIN_NUMBER.fullmatch(given[0])):
            self.deck.sources.warn(
                origin, f"'.temp {text}' is not one number: it is {USUAL:g} °C, as in ngspice"
            )
            self.environment.world.temperature = USUAL
            return
        value = temperatures((self.number(given[0], origin),), given[0])[0]
        if value in KELVIN:
            message = f"'.temp {given[0]}' is {value:g} °C; for {value:g} K write {value - 273.15:.4g}"
            self.deck.sources.warn(origin, message)
        self.environment.world.temperature = value

    def _analysis(self, keyword: str, text: str, origin: int) -> None:
        known = len(self.deck.sources.faults)
        text, _, sweep = text.partition(" sweep ")
        if sweep:
            self._sweep(keyword, sweep, origin)
        arguments = ANALYSES[keyword[1:]].read(DotCard(self, keyword, text, origin))
        if len(self.deck.sources.faults) == known:  # no number on it is wrong
            self.analyses.append(AnalysisCard(keyword[1:], arguments, self.deck.sources.where(origin)))

    def _data(self, keyword: str, text: str, origin: int) -> None:
        from circuitnn.netlist.data_tables import read_table  # few decks have one

        name, columns = read_table(DotCard(self, keyword, text, origin))
        self.tables[name] = columns

    def _step(self, keyword: str, text: str, origin: int) -> None:
        self.steps += read_step(DotCard(self, keyword, text, origin), self.tables)

    def _sweep(self, keyword: str, text: str, origin: int) -> None:
        """Read what follows ``sweep`` on the card of an analysis, as HSPICE has it: a ``.step`` of the deck."""
        warn = self.deck.sources.warn
        if text.split("=")[0].split()[:1] == ["monte"]:
            warn(origin, f"'sweep {text}' has no effect: for Monte Carlo, run the deck with --samples")
            return
        if sum(card[0][1:] in ANALYSES for card in self.deck.cards) > 1:
            warn(
                origin,
                f"'sweep {text}' on '{keyword}' repeats the other analyses of the deck, too, as .step does",
            )
        card = DotCard(self, keyword, text, origin)
        self.steps += read_sweep(card, self.tables)

    def _crossbar(self, keyword: str, text: str, origin: int) -> None:
        from circuitnn.netlist.arrays import read_array

        self.arrays.append(read_array(self.reader, self.environment, text, origin))

    def _save(self, keyword: str, text: str, origin: int) -> None:
        self.saves += [canonical(t) for t in tokens(text)]

    def _probe(self, keyword: str, text: str, origin: int) -> None:
        """Keep what ``.probe`` names next to what ``.save`` names, or to all else, as in ngspice."""
        saved = any(card[0] == ".save" for card in self.deck.cards)
        given = [canonical(t) for t in tokens(text)] or ["alli"]
        voltages = [t for t in given if t.startswith("v(")]
        self.saves += voltages if saved else ["all"]
        where = self.deck.sources.where(origin)
        self.probes += [(t, where) for t in given if t not in voltages]

    def _print(self, keyword: str, text: str, origin: int) -> None:
        given = tokens(text)
        kind = given.pop(0) if given and (given[0] in ANALYSES or given[0] in ELSEWHERE) else ""
        kind = ELSEWHERE.get(kind, kind)
        given, form = _without_form(given)
        if form:
            self.deck.sources.warn(
                origin, f"'{form}' of '{keyword}' has no effect: write a table with -o result.csv"
            )
        limits = [t for t in given if t[0] == "("]
        if limits:
            self.deck.sources.warn(
                origin, f"'{' '.join(limits)}' of '{keyword}' has no effect: axes have limits of their own"
            )
        signals = tuple(of_xyce(canonical(t)) for t in given if t not in limits and t != "=")
        if given and not kind:
            self.deck.sources.warn(
                origin, f"this '{keyword}' has no effect: it names no analysis, as in '{keyword} tran v(out)'"
            )
        self.prints.append(Printed(kind, signals, keyword == ".plot", self.deck.sources.where(origin)))

    def _fourier(self, keyword: str, text: str, origin: int) -> None:
        given = tokens(text)
        if len(given) < 2:
            raise CardError(f"'{keyword}' takes the fundamental frequency and signals", keyword)
        frequency = self.number(given[0], origin)
        if not frequency > 0.0:
            raise CardError(f"'{keyword}': a fundamental of {frequency:g} Hz makes no sense", given[0])
        self.fouriers.append((frequency, tuple(canonical(t) for t in given[1:])))

    def _measure(self, keyword: str, text: str, origin: int) -> None:
        from circuitnn.netlist.measures import read_measure

        measure = read_measure(self, tokens(text), origin)
        if (measure.name, measure.analysis) in self._measured:
            self.deck.sources.warn(origin, f"'{measure.name}' is measured twice; the later value is used")
        self._measured.add((measure.name, measure.analysis))
        self.measures.append(measure)


def _without_form(given: list[str]) -> tuple[list[str], str]:
    """Words of a ``.print`` card without what Xyce says about its file, and that, ``format=csv file=x.csv``."""
    kept = list(given)
    form: list[str] = []
    for k in range(len(given) - 3, -1, -1):
        if given[k] in FORM and given[k + 1] == "=":
            form.insert(0, "".join(given[k : k + 3]))
            del kept[k : k + 3]
    return kept, " ".join(form)


def _inside(environments: list[Environment]) -> frozenset[str]:
    """Names of the nodes inside elements."""
    return frozenset(
        prefix + name
        for e in environments
        if e.definition.inside
        for prefix in e.prefixes
        for name in e.definition.inside
    )


def _initial(environments: list[Environment]) -> dict[str, dict[int, float]]:
    """Voltages of ``.ic`` and ``.nodeset``, and of states that operating points hold, by node. [V]"""
    conditions: dict[str, dict[int, float]] = {"ic": {}, "nodeset": {}, "held": {}}
    for environment in environments:
        for kind, local, value, origin in environment.definition.conditions:
            given = np.broadcast_to(environment.value(value, origin), environment.count).tolist()
            if local == EVERYWHERE:
                nodes = range(1, len(environments[0].node_names))
                conditions[kind] = dict.fromkeys(nodes, given[0]) | conditions[kind]
                continue
            for node, voltage in zip(environment.numbers[local].tolist(), given, strict=True):
                if node != 0:  # 0: ground, or no such node, as a warning says
                    conditions[kind][node] = voltage
    return conditions
