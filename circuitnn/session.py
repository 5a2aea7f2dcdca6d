"""The user's face: a circuit that can be built, loaded, changed, solved and run.

A `Circuit` is a deck. The builder writes deck lines, so that what is built in Python, what is read
from a file and what PySpice holds take the same way through the parser and get the same messages.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from time import perf_counter

import numpy as np

from circuitnn import smallsignal, topology
from circuitnn.analyses import arc, dc, op, tran
from circuitnn.analyses.cards import Progress, Rebuild, run_card
from circuitnn.builder import Builder, Value
from circuitnn.circuit import Elements, FlatCircuit, Sweep
from circuitnn.errors import AnalysisError, CircuitnnError, nearest
from circuitnn.harmonics import fourier
from circuitnn.measure import measure, variables
from circuitnn.netlist import Deck, elaborate, parse, write
from circuitnn.options import Options
from circuitnn.results import Result
from circuitnn.smallsignal import number_of


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
    path = Path(path)
    return Circuit.from_text(path.read_text(encoding="utf-8", errors="replace"), path=path, **parameters)


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


class Circuit(Builder):
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
        self._path: Path | None = None
        self._parameters: dict[str, float] = {}

    @classmethod
    def from_text(cls, text: str, path: Path | None = None, **parameters: float) -> Circuit:
        """A circuit from the text of a deck; `path` is where its includes are looked for."""
        circuit = cls()
        circuit._lines = text.splitlines() or [""]
        circuit._path = path
        circuit._parameters = {name.lower(): float(value) for name, value in parameters.items()}
        return circuit

    @classmethod
    def from_pyspice(cls, circuit: object) -> Circuit:
        """A circuit from a PySpice ``Circuit``; see `circuitnn.from_pyspice`."""
        return cls.from_text(str(circuit))

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
        return Circuit.from_text(self.text, self._path, **{**self._parameters, **parameters})

    def add(self, *lines: str) -> Circuit:
        """Add deck lines, before ``.end``."""
        end = len(self._lines)
        if self._lines[-1].strip().lower() == ".end":
            end -= 1
        self._lines[end:end] = lines
        for cached in ("deck", "flat"):
            self.__dict__.pop(cached, None)
        return self

    @cached_property
    def deck(self) -> Deck:
        """The parsed deck."""
        return parse(self.text, None if self._path is None else str(self._path))

    @cached_property
    def flat(self) -> FlatCircuit:
        """The flat circuit."""
        return self._elaborate(self._parameters)

    def _elaborate(self, parameters: Mapping[str, float]) -> FlatCircuit:
        """The flat circuit for values of its parameters, arrays included."""
        flat = elaborate(self.deck, parameters)
        if not flat.arrays:
            return flat
        from circuitnn.crossbar.card import place  # only those who have arrays need it

        return place(flat, self._path.parent if self._path is not None else None)

    def check(self) -> list[str]:
        """What leaves the operating point undetermined; an empty list if nothing does.

        Raises
        ------
        NetlistError
            If the deck has faults.
        """
        return topology.faults(self.flat)

    def export(self) -> str:
        """The flat circuit as a deck that ngspice reads."""
        return write(self.flat)

    def options(self, **changes: object) -> Options:
        """The deck's options with `changes`."""
        deck = {k: v for k, v in self.flat.options.items() if k != "temp"}
        return Options(temp=self.flat.temperature).updated({**deck, **changes})

    def op(self, **options: object) -> Result:
        """Operating point; keywords are options (``reltol=1e-6``). See `circuitnn.analyses.op`."""
        return self._finish(op(self.flat, self.options(**options)))

    def dc(
        self,
        sweeps: Mapping[str, Sequence[float]] | str,
        start: Value | None = None,
        stop: Value | None = None,
        step: Value | None = None,
        progress: Progress | None = None,
        **options: object,
    ) -> Result:
        """DC sweep.

        Parameters
        ----------
        sweeps : str, or mapping of str to sequence of float
            What to sweep: a source, a resistor, ``temp``, or a parameter of the deck; a mapping gives
            the points of each axis, the first (innermost) fastest.
        start, stop, step : float or str
            Of a single axis.
        progress : callable, optional
        **options
            Options, as ``reltol=1e-6``.

        Returns
        -------
        Result
        """
        if isinstance(sweeps, str):
            if start is None or stop is None or step is None:
                raise AnalysisError("dc: give start, stop and step, or a mapping of names to points")
            sweeps = {sweeps: _steps(number_of(start), number_of(stop), number_of(step)).tolist()}
        axes = tuple(Sweep(self._target(name), tuple(map(float, points))) for name, points in sweeps.items())
        rebuild = self._rebuilder(self._parameters)
        return self._finish(dc(self.flat, axes, self.options(**options), rebuild, progress))

    ac = smallsignal.ac
    noise = smallsignal.noise
    tf = smallsignal.tf
    sens = smallsignal.sens

    def arc(self, source: str, start: Value, stop: Value, points: int = 100, **options: object) -> Result:
        """Operating points along the arc of a source's value, around folds: S- and N-shaped curves.

        Parameters
        ----------
        source : str
            Independent source.
        start, stop : float or str
            [V, A]
        points : int
            From point to point nothing changes by more than its largest value over `points`.
        **options
            Options, as ``reltol=1e-6``.

        Returns
        -------
        Result
            As of a dc sweep, but the first column may go back; see `circuitnn.analyses.arc`.
        """
        options_now = self.options(**options)
        return self._finish(
            arc(self.flat, source.lower(), number_of(start), number_of(stop), options_now, points)
        )

    def _rebuilder(self, parameters: Mapping[str, float]) -> Rebuild:
        """What makes the circuit for other values of its parameters, given those that stay."""
        return lambda values: self._elaborate({**parameters, **values})

    def _target(self, name: str) -> str:
        name = name.lower()
        if name == "temp" or name.startswith("param:"):
            return name
        known = [n for table in self.flat.elements if table.kind in "vir" for n in table.names]
        if name in known:
            return name
        if name in self.flat.parameters:
            return f"param:{name}"
        names = [*known, *self.flat.parameters, "temp"]
        raise AnalysisError(f"dc: nothing to sweep is called {name}{nearest(name, names)}")

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
        nan = float("nan")
        result = tran(
            self.flat,
            number_of(tstop),
            self.options(**options),
            nan if tstep is None else number_of(tstep),
            number_of(tstart),
            nan if tmax is None else number_of(tmax),
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
        if not cards:
            raise AnalysisError("the deck asks for no analysis: add an analysis card, as .op or .tran")
        results: list[Result] = []
        for point in itertools.product(*(s.values for s in steps)):
            flat, parameters = self._stepped(dict(zip((s.target for s in steps), point, strict=True)))
            for card in cards:
                try:
                    options = replace(self.options(), temp=flat.temperature)
                    found = run_card(card, flat, options, self._rebuilder(parameters), progress)
                    found += [
                        fourier(r, f, *signals)
                        for r in found
                        if r.analysis == "tran"
                        for f, signals in flat.fouriers
                    ]
                except CircuitnnError as error:
                    error.results = results + ([error.result] if error.result is not None else [])
                    raise
                named = ", ".join(
                    f"{s.target.removeprefix('param:')} = {v:g}" for s, v in zip(steps, point, strict=True)
                )
                for result in found:
                    result.title += f" ({named})" if named else ""
                    results.append(self._finish(result))
                if not found[-1].complete:
                    return results
        return results

    def _stepped(self, values: Mapping[str, float]) -> tuple[FlatCircuit, dict[str, float]]:
        """The flat circuit and parameters at one point of the ``.step`` cards."""
        named = {t[6:]: v for t, v in values.items() if t.startswith("param:")}
        parameters = {**self._parameters, **named}
        flat = self._elaborate(parameters) if named else self.flat
        for target, value in values.items():
            if target == "temp":
                flat = replace(flat, temperature=value)
            elif not target.startswith("param:"):
                flat = _with_value(flat, target, value)
        return flat, parameters

    def _finish(self, result: Result) -> Result:
        """Evaluate the deck's measures on the result and keep what ``.save`` asks for."""
        started = perf_counter()
        measure(self.flat.measures, result)
        if self.flat.saves and "all" not in self.flat.saves:
            self._keep_saved(result)
        result.statistics.seconds["output"] = perf_counter() - started
        return result

    def _keep_saved(self, result: Result) -> None:
        """Drop what neither ``.save`` nor a ``.print`` of this analysis names; keep all if nothing is left."""
        printed = [
            e for kind, expressions in self.flat.prints if kind == result.analysis for e in expressions
        ]
        wanted: set[str] = set()
        for expression in [*self.flat.saves, *printed]:
            with suppress(CircuitnnError):  # a name of another analysis, or of what only ngspice can save
                wanted |= variables(result, expression)
        if not wanted or "all" in printed:
            return
        kept = [i for i, n in enumerate(result.names) if n in wanted or n == result.axis]
        result.names = tuple(result.names[i] for i in kept)
        result.types = tuple(result.types[i] for i in kept)
        result.data = np.ascontiguousarray(result.data[:, kept])


def _steps(start: float, stop: float, step: float) -> np.ndarray:
    """Points from `start` to `stop`, both included where the step allows."""
    if step == 0.0 or (stop - start) / step < 0.0:
        raise AnalysisError(f"dc: a step of {step:g} does not lead from {start:g} to {stop:g}")
    count = int(np.floor((stop - start) / step * (1.0 + 1e-12) + 1e-9)) + 1
    return start + step * np.arange(count)


def _with_value(flat: FlatCircuit, name: str, value: float) -> FlatCircuit:
    """A copy in which one source or resistor has another value."""

    def changed(table: Elements) -> Elements:
        if name not in table.names:
            return table
        key = "r" if table.kind == "r" else "dc"
        column = np.array(table.values[key], dtype=float)
        column[table.names.index(name)] = value
        return replace(table, values={**table.values, key: column})

    return replace(flat, elements=tuple(changed(t) for t in flat.elements))
