"""The user's face: a circuit that can be built, loaded, changed, solved and run.

A `Circuit` is a deck. The builder writes deck lines, so that what is built in Python, what is read
from a file and what PySpice holds take the same way through the parser and get the same messages.
"""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

from circuitnn.analyses.cards import Progress, Rebuild, run_card
from circuitnn.circuit.builder import Value
from circuitnn.circuit.verbs import Verbs
from circuitnn.errors import AnalysisError, CircuitnnError, DeckWarning
from circuitnn.flat import AnalysisCard, FlatCircuit, Sweep, devices_in
from circuitnn.machine import budget
from circuitnn.machine.text import lines_of, lowered, read_text
from circuitnn.netlist import Deck, elaborate, parse, reread
from circuitnn.netlist.analysis_cards import READERS as ANALYSIS_CARDS
from circuitnn.options import Options
from circuitnn.records import replace
from circuitnn.results.finishing import finished, spectra
from circuitnn.results.result import Result
from circuitnn.units import number_of

if TYPE_CHECKING:
    from pathlib import Path

    from circuitnn.circuit.crossbars import Placements

OPTION_CARDS = (".options", ".option", ".opt", ".temp")


def load(path: str | os.PathLike[str], **parameters: float) -> Circuit:
    """Read a deck.

    Parameters
    ----------
    path : path
        The deck. Includes are looked for beside it.
    **parameters : float
        Values that override the deck's top-level ``.param``. [SI]

    Returns
    -------
    Circuit

    Raises
    ------
    NetlistError
        With every fault of the deck, when the circuit is first used or checked.
    OSError
        If the file can't be read.
    """
    return Circuit.from_text(read_text(path), path=path, **parameters)


def from_pyspice(circuit: object) -> Circuit:
    """A circuit from a PySpice ``Circuit``, by its text; PySpice itself is not needed.

    Parameters
    ----------
    circuit : PySpice.Spice.Netlist.Circuit
        Or a simulation of one (``circuit.simulator()``): anything whose ``str`` is a deck.

    Returns
    -------
    Circuit
    """
    return Circuit.from_text(str(circuit))


class Circuit(Verbs):
    """A circuit: built line by line, or read from a deck.

    Parameters
    ----------
    title : str
        First line of the deck.

    Examples
    --------
    >>> c = Circuit("divider").V("1", "in", "0", 5).R("1", "in", "out", 1e3).R("2", "out", "0", 1e3)
    >>> c.op()["v(out)"]
    2.5
    """

    def __init__(self, title: str = "circuit") -> None:
        self._lines = [title]
        self._path: str | None = None
        self._parameters: dict[str, float] = {}
        self._models: dict[str, dict[str, float]] = {}
        self._values: dict[tuple[str, str], float | tuple[float, ...]] = {}
        self._options: dict[str, float | str | bool] = {}
        self._sections: dict[str, str] = {}
        self._cards: list[tuple[str, str, int]] | None = None
        self._arrays: Placements = []
        self._finer = 1.0  # by how much the longest time steps are smaller than the cards say

    @classmethod
    def from_text(cls, text: str, path: str | os.PathLike[str] | None = None, **parameters: float) -> Circuit:
        """A circuit from the text of a deck; `path` is where its includes are looked for."""
        circuit = cls()
        circuit._lines = lines_of(text) or [""]
        circuit._path = None if path is None else os.fspath(path)
        circuit._parameters = {lowered(name): number_of(value, name) for name, value in parameters.items()}
        return circuit

    @classmethod
    def from_pyspice(cls, circuit: object) -> Circuit:
        """A circuit from a PySpice ``Circuit``; see `circuitnn.from_pyspice`."""
        return cls.from_text(str(circuit))

    @property
    def path(self) -> Path | None:
        """Where the deck was read."""
        from pathlib import Path  # takes 4 ms, which a small run need not wait for

        return None if self._path is None else Path(self._path)

    @property
    def title(self) -> str:
        """Title of the deck."""
        return self.deck.title

    @property
    def text(self) -> str:
        """The deck."""
        return "\n".join(self._lines) + "\n"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Circuit {self._lines[0]!r}, {len(self._lines)} lines>"

    def with_parameters(self, **parameters: float) -> Circuit:
        """A copy with top-level ``.param`` values overridden. [SI]"""
        changed = self._copy()
        changed._parameters |= {lowered(name): number_of(value, name) for name, value in parameters.items()}
        return changed

    def without_control(self) -> Circuit:
        """A copy without the deck's control blocks."""
        changed = self._copy()
        watched = devices_in(" ".join(lowered(line) for line, _ in self.deck.control))
        if any(line.split()[:1] == ["show"] for line, _ in self.deck.control) or "$" in "".join(watched):
            watched = ["*"]
        changed.__dict__["deck"] = replace(self.deck, control=[], watched=tuple(watched))
        return changed

    def with_card(self, keyword: str, text: str, origin: int = 0, keep: bool = False) -> Circuit:
        """A copy with one more dot card, which stands at `origin`; unless `keep`, in place of all analyses."""
        changed = self._copy()
        dropped = () if keep else (*ANALYSIS_CARDS, ".meas", ".measure")
        cards = [card for card in self.deck.cards if card[0] not in dropped]
        changed._cards = [*cards, (keyword, text, origin)]
        changed.__dict__["deck"] = replace(self.deck, cards=changed._cards)
        if "flat" in self.__dict__ and keyword not in OPTION_CARDS and self.deck.decided_by is None:
            changed.__dict__["flat"] = reread(changed.deck, self.flat, self._parameters, self._options)
        return changed

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "flat"}

    def _copy(self) -> Circuit:
        copy = Circuit.from_text(self.text, self._path, **self._parameters)
        copy._models = {name: {**numbers} for name, numbers in self._models.items()}
        copy._values = {**self._values}
        copy._options, copy._sections = {**self._options}, {**self._sections}
        copy._cards = self._cards
        copy._arrays, copy._finer = [*self._arrays], self._finer
        if "deck" in self.__dict__:
            copy.__dict__["deck"] = self.deck
        return copy

    def add(self, *lines: str) -> Circuit:
        """Add deck lines, before ``.end``."""
        end = len(self._lines)
        if lowered(self._lines[-1].strip()) == ".end":
            end -= 1
        self._lines[end:end] = lines
        for cached in ("deck", "flat"):
            self.__dict__.pop(cached, None)
        return self

    @cached_property
    def deck(self) -> Deck:
        """The parsed deck."""
        return self._parse(self._parameters)

    def _parse(self, parameters: Mapping[str, float]) -> Deck:
        return parse(self.text, self._path, self._models, parameters, self._sections)

    @cached_property
    def flat(self) -> FlatCircuit:
        """The flat circuit."""
        return self._elaborate(self._parameters)

    def _elaborate(self, parameters: Mapping[str, float], at_step: bool = False) -> FlatCircuit:
        """The flat circuit for values of its parameters, arrays included; at a step, without the steps."""
        deck = self.deck
        if deck.decided_by is not None and deck.decided_by != dict(parameters):
            deck = self._parse(parameters)
            deck = deck if self._cards is None else replace(deck, cards=self._cards)  # cards of `with_card`
        if at_step:  # a thousand circuits need not hold the thousand steps each
            deck = replace(deck, cards=[card for card in deck.cards if card[0] != ".step"])
        flat = elaborate(deck, parameters, self._options)
        if flat.arrays or self._arrays:
            from circuitnn.circuit.crossbars import placed

            flat = placed(flat, self._path, self._arrays)
        if self._values:
            from circuitnn.netlist.alter import altered

            flat = altered(flat, self._values)
        return flat

    def check(self) -> list[str]:
        """What leaves the operating point undetermined; an empty list if nothing does.

        Raises
        ------
        NetlistError
            If the deck has faults.
        """
        from circuitnn.system import topology

        return topology.faults(self.flat)

    def export(self) -> str:
        """The flat circuit as a deck that ngspice reads."""
        from circuitnn.netlist.writer import write

        return write(self.flat)

    def options(self, **changes: object) -> Options:
        """The deck's options with `changes`."""
        deck = {k: v for k, v in self.flat.options.items() if k != "temp"}
        return Options(temp=self.flat.temperature).updated({**deck, **changes})

    def op(self, **options: object) -> Result:
        """Operating point; keywords are options (``reltol=1e-6``). See `circuitnn.analyses.op`."""
        from circuitnn.analyses.op import op

        return self._finish(op(self.flat, self.options(**options)))

    def _rebuilder(self, parameters: Mapping[str, float]) -> Rebuild:
        """What makes the circuit for other values of its parameters, given those that stay."""
        return lambda values: self._elaborate({**parameters, **values})

    def tran(
        self,
        tstop: Value,
        tstep: Value | None = None,
        tstart: Value = 0.0,
        tmax: Value | None = None,
        uic: bool = False,
        progress: Progress | None = None,
        **options: object,
    ) -> Result:
        """Transient analysis; times may be strings (``"10u"``). See `circuitnn.analyses.tran`.

        Parameters
        ----------
        tstop, tstep, tstart, tmax : float or str
            As on a ``.tran`` card (which has tstep first). [s]
        uic : bool
            Start from initial conditions.
        progress : callable, optional
        **options
            Options, as ``method="gear"``.

        Returns
        -------
        Result
        """
        from circuitnn.analyses.tran import tran

        nan = float("nan")
        result = tran(
            self.flat,
            number_of(tstop, "tstop"),
            self.options(**options),
            nan if tstep is None else number_of(tstep, "tstep"),
            number_of(tstart, "tstart"),
            nan if tmax is None else number_of(tmax, "tmax"),
            uic,
            progress=progress,
        )
        return self._finish(result)

    def run(self, progress: Progress | None = None) -> list[Result]:
        """Run every analysis of the deck, in its order, once for each point of its ``.step`` cards.

        Raises
        ------
        CircuitnnError
            If an analysis fails; its ``results`` are those of the analyses before, and the points
            of the failed one.
        """
        steps: list[Sweep] = [c.arguments["sweep"] for c in self.flat.analyses if c.kind == "step"]
        cards = [c for c in self.flat.analyses if c.kind != "step"]
        if self._finer != 1.0:
            from circuitnn.circuit.verification import finer

            cards = [finer(card, self._finer) for card in cards]
        if self.deck.control:
            message = "the deck has a control block, which `circuitnn.control.run` runs; here its cards are"
            warnings.warn(message, DeckWarning, stacklevel=2)
        if not cards:
            raise AnalysisError("the deck asks for no analysis: add an analysis card, as .op or .tran")
        budget.ask_points(prod(len(s.values) for s in steps), ".step")
        results: list[Result] = []
        try:
            for point in itertools.product(*(s.values for s in steps)):
                values = dict(zip((s.target for s in steps), point, strict=True))
                for result in self._at(values, cards, progress):
                    results.append(self._finish(result))
                if not results[-1].complete:
                    break
        except CircuitnnError as error:
            error.results = results + ([error.result] if error.result is not None else [])
            raise
        except KeyboardInterrupt:
            if not results:
                raise
            results[-1].complete, results[-1].message = False, "interrupted after this one"
        return results

    def _at(
        self, values: Mapping[str, float], cards: Sequence[AnalysisCard], progress: Progress | None
    ) -> Iterator[Result]:
        """Results of all analyses at one point of the ``.step`` cards."""
        budget.ask_time("the run")
        budget.ask_memory(0.0, "the run")
        flat, parameters = self._stepped(values)
        named = ", ".join(f"{target.removeprefix('param:')} = {v:g}" for target, v in values.items())
        for card in cards:
            options = replace(self.options(), temp=flat.temperature)
            found = run_card(card, flat, options, self._rebuilder(parameters), progress)
            for result in found + spectra(flat, found):
                result.title += f" ({named})" if named else ""
                yield result
            if not found[-1].complete:
                return

    def _stepped(self, values: Mapping[str, float]) -> tuple[FlatCircuit, dict[str, float]]:
        """The flat circuit and parameters at one point of the ``.step`` cards."""
        named = {t[6:]: v for t, v in values.items() if t.startswith("param:")}
        parameters = {**self._parameters, **named}
        flat = self._elaborate(parameters, at_step=True) if named else self.flat
        for target, value in values.items():
            if target == "temp":
                flat = replace(flat, temperature=value)
            elif not target.startswith("param:"):
                from circuitnn.netlist.alter import altered

                flat = altered(flat, {(target, ""): value})
        return flat, parameters

    def _finish(self, result: Result) -> Result:
        """Evaluate the deck's measures on the result and keep what ``.save`` asks for."""
        return finished(self.flat, result)
