"""Plots (``tran1``, ``ac2``, …) made by analyses, and the vectors in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, CircuitnnError, UnknownNameError, nearest
from circuitnn.machine.text import lowered
from circuitnn.ngspice.control.formula import Setting, compute
from circuitnn.ngspice.control.functions import CONSTANTS, single
from circuitnn.results.result import Result

if TYPE_CHECKING:
    from circuitnn.ngspice.control.stops import Held

MAX_PLOTS = 10_000
_CURRENT = re.compile(r"i\((?P<name>[^()]+)\)")
_NUMBER = re.compile(r"@(?P<name>[\w.#]+)\[(?P<key>\w+)\]")


@dataclass(eq=False)
class Plot:
    """One result, and the vectors that ``let`` added."""

    name: str
    result: Result | None = None
    own: dict[str, np.ndarray] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)  # types set by settype
    default: str = ""  # scale set by setscale
    loaded: bool = False  # from a file
    held: Held | None = None  # the complete run if stop shows its first points only

    @property
    def title(self) -> str:
        """Title of the deck, in small letters as in ngspice, if an analysis made the plot."""
        if self.result is not None:
            return lowered(self.result.title)
        return "Constant values" if self.name == "const" else "Anonymous"

    @property
    def plotname(self) -> str:
        """Name of the analysis that made it."""
        if self.result is not None:
            return self.result.plotname
        return "constants" if self.name == "const" else "unknown"

    def vector(self, name: str) -> np.ndarray:
        """A vector by its name.

        Raises
        ------
        UnknownNameError
        """
        if name in self.own:
            return self.own[name]
        if self.result is None:
            raise UnknownNameError(f"no vector {name}{nearest(name, [*self.own])}; no analysis has been run")
        bare = name[2:-1]
        if name.startswith("v(") and name not in self.result.names and bare in self.result.names:
            name = bare  # linearize b makes a plot with b, which is v(b), too
        if name.startswith("i(") and f"i(a$poly${name[2:]}" in self.result.names:
            name = f"i(a$poly${name[2:]}"  # ngspice's name of the current of a polynomial source
        values = self.result.array(name)
        # the frequency is real, also among phasors
        return np.real(values) if name == self.result.axis else values

    @property
    def scale(self) -> str | None:
        """Name of the default scale: the axis, or the first vector; ``yes`` for the constants."""
        first = "yes" if self.name == "const" else next(iter(self.names()), None)
        return self.default or first

    def axis(self) -> np.ndarray:
        """The axis; a single 0 for an operating point."""
        if self.default:
            return self.vector(self.default)
        if self.result is None or self.result.axis is None:
            return np.zeros(1)
        return self.result.data[:, 0]

    def names(self) -> list[str]:
        """All vectors, the axis first."""
        return [*(self.result.names if self.result is not None else ()), *self.own]

    def with_own(self) -> Result:
        """The result with those vectors of ``let`` that have its length."""
        if self.result is None:
            raise AnalysisError("no analysis has been run")
        fitting = {n: v for n, v in self.own.items() if len(v) == len(self.result)}
        return self.chosen([*self.result.names, *fitting], {**fitting})

    def chosen(self, names: list[str], values: dict[str, np.ndarray]) -> Result:
        """A result of some vectors, the axis among them; those in `values` take precedence."""
        assert self.result is not None
        kinds = dict(zip(self.result.names, self.result.types, strict=True)) | self.kinds
        axis = [self.result.axis] if self.result.axis else []
        order = list(dict.fromkeys([*axis, *names]))
        columns = [values[n] if n in values else self.result.array(n) for n in order]
        return replace(
            self.result,
            names=tuple(order),
            types=tuple(kinds.get(n, "notype") for n in order),
            data=np.column_stack(columns),
        )


class Plots:
    """All plots, and the current one."""

    def __init__(self) -> None:
        self.all: dict[str, Plot] = {"const": Plot("const", own={n: single(v) for n, v in CONSTANTS.items()})}
        self.current = self.all["const"]
        self.latest = self.current  # plot of the last analysis
        self._number = 1
        self.setting = Setting()
        # Value of an element by the names of both: for ``@r1[resistance]`` if there is no such vector.
        self.number_of: Callable[[str, str], float] | None = None

    def add(self, result: Result) -> None:
        """Add a result as the current plot.

        Raises
        ------
        AnalysisError
            There are too many.
        """
        if len(self.all) > MAX_PLOTS:
            raise AnalysisError(f"more than {MAX_PLOTS} results are kept; use 'destroy'")
        kinds = {"four": "fourier", "spectrum": "sp"}
        self.make(kinds.get(result.analysis, result.analysis.partition("_")[0]), result)
        self.latest = self.current

    def make(self, kind: str, result: Result | None = None) -> None:
        """Add a new plot and make it the current one."""
        # Numbers as in ngspice: tran1, tran2, and then ac2, unless all were destroyed.
        self._number = 1 if len(self.all) == 1 else self._number
        while f"{kind}{self._number}" in self.all:
            self._number += 1
        name = f"{kind}{self._number}"
        self.current = self.all[name] = Plot(name, result)

    def choose(self, name: str) -> None:
        """Make a plot the current one; ``new`` is an empty one, ``previous`` and ``next`` are its neighbours.

        Raises
        ------
        AnalysisError
            There is none of that name.
        """
        if name == "new":
            self.make("unknown")
        elif name in ("previous", "next"):
            plots = list(self.all.values())
            there = plots.index(self.current) + (1 if name == "next" else -1)
            if not 0 <= there < len(plots):
                raise AnalysisError(f"there is no {name} plot")
            self.current = plots[there]
        elif name in self.all:
            self.current = self.all[name]
        else:
            raise AnalysisError(f"there is no plot {name}{nearest(name, list(self.all))}")

    def home(self, name: str) -> Plot:
        """The plot that ``let`` changes: the constants for a vector there that the current plot does not hide."""
        constants = self.all["const"]
        return constants if name in constants.own and name not in self.current.own else self.current

    def lookup(self, name: str) -> np.ndarray:
        """A vector of the current plot, of another one (``tran1.v(out)``), or of the constants.

        Raises
        ------
        UnknownNameError
        """
        head, dot, rest = name.partition(".")
        if dot and head in self.all:
            return self.all[head].vector(rest)
        if name.startswith("@") and name not in self.current.names():
            return self._of_device(name)
        try:
            return self.current.vector(name)
        except UnknownNameError:
            if name in self.all["const"].own:
                return self.all["const"].own[name]
            current = _CURRENT.fullmatch(name)  # .options savecurrents keeps it under the device's name
            if current is not None and (kept := f"@{current['name']}[i]") in self.current.names():
                return self.current.vector(kept)
            raise

    def _of_device(self, name: str) -> np.ndarray:
        """A value of a device or model that was not saved, ``@m1[gm]``: at the last point, else the circuit's.

        After a sweep the circuit's comes first: swept values are then as before.
        """
        match, result = _NUMBER.fullmatch(name), self.latest.result
        ways = [lambda: np.real(self.latest.vector(name)[-1:])]
        if match is not None and (number_of := self.number_of) is not None:
            ways.append(lambda: single(number_of(match["name"], match["key"])))
        if result is not None and result.analysis == "dc":
            ways.reverse()
        for way in ways[:-1]:
            with suppress(CircuitnnError):
                return way()
        return ways[-1]()

    def compute(self, text: str) -> np.ndarray:
        """Value of a formula."""
        bare = text.replace("'", "")  # ngspice's shell drops single quotes: let x = 'a+b'
        return compute(bare, self.lookup, self.current.axis, self.axes, self.setting)

    def axes(self) -> list[np.ndarray]:
        """Axes of all plots, the latest first."""
        return [plot.axis() for plot in reversed(self.all.values())]
