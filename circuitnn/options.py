"""Simulator options, with ngspice's names and defaults.

Every option is one line of `Options` or of `IGNORED`: from it come the reading of cards and of Python's keywords, the
messages, the docstring, ``circuitnn options`` and ``docs/options.md``.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from circuitnn.constants import ABSOLUTE_ZERO, NOMINAL_TEMPERATURE
from circuitnn.errors import AnalysisError, DeckWarning, nearest
from circuitnn.records import dataclass, replace
from circuitnn.units import number_of

T = TypeVar("T")

MOST_ITERATIONS = 1_000_000_000
OURS = "circuitnn"

# Options of ngspice that are accepted without effect, and why.
IGNORED: Mapping[str, str] = {
    name: why
    for names, why in (
        (
            "acct noacct noinit list nomod nopage node norefvalue opts numdgt width ingold post probe brief warn "
            "maxwarns indverbosity",
            "control output that circuitnn does not print",
        ),
        (
            "klu sparse pivrel pivtol bypass minbreak trytocompact convstep convabsstep maxeviter maxopalter "
            "noopalter itl3 itl5 limpts limtim",
            "control algorithms that circuitnn does not use",
        ),
        (
            "noopiter",
            "plain Newton iteration always comes first, then gmin stepping; the solution is the same",
        ),
        ("keepopinfo autostop", "operating points are kept apart, and transients run to their end"),
        ("scale scalm", "act on BSIM transistors only, also in ngspice"),
        ("badmos3 filetype rseed defm", "no such model; the command line chooses the rawfile; use `seed`"),
    )
    for name in names.split()
}


class Option:
    """One option.

    Parameters
    ----------
    default : float, int, bool or str
        Its type is that of the option.
    meaning : str
    unit : str
    low, high : float, optional
        Least and greatest value.
    above : float, optional
        All values are greater.
    words : mapping of str to str
        Of an option that is a word: what may be written → what it stands for.
    bare : float, optional
        Value if the card gives none.
    inverse : str
        Name of an option that gives the reciprocal.
    synonyms : tuple of str
    at : {"run", "read"}
        When it acts: in an analysis, or while the deck is read.
    origin : str
        The simulator that it comes from.
    """

    name = ""

    def __init__(
        self,
        default: Any,
        meaning: str,
        unit: str = "",
        *,
        low: float | None = None,
        high: float | None = None,
        above: float | None = None,
        words: Mapping[str, str] | None = None,
        bare: float | None = None,
        inverse: str = "",
        synonyms: tuple[str, ...] = (),
        at: str = "run",
        origin: str = "SPICE3",
    ) -> None:
        self.default, self.meaning, self.unit = default, meaning, unit
        self.low, self.high, self.above = low, high, above
        self.words, self.bare, self.inverse, self.synonyms = words or {}, bare, inverse, synonyms
        self.at, self.origin = at, origin

    @property
    def names(self) -> tuple[str, ...]:
        """All names that set it."""
        return (self.name, *self.synonyms, *([self.inverse] if self.inverse else []))

    @property
    def range(self) -> str:
        """The values it takes, in words; empty if all of its type are."""
        if self.words:
            return _listed(list(dict.fromkeys(self.words.values())))
        if self.above is not None:
            return "positive" if self.above == 0.0 else f"above absolute zero, {self.above:g} {self.unit}"
        if self.low is None:
            return ""
        return "not negative" if self.high is None else f"{self.low} to {self.high}"

    def check(self, value: Any) -> None:
        """Refuse a value that is out of range.

        Raises
        ------
        AnalysisError
        """
        if self.words:
            good = value in self.words.values()
        else:
            good = (self.above is None or value > self.above) and (self.low is None or value >= self.low)
            good = good and (self.high is None or value <= self.high)
        if not good:
            wanted = "not be negative" if self.range == "not negative" else f"be {self.range}"
            shown = value if self.words else f"{value:g} {self.unit if self.above else ''}".rstrip()
            raise AnalysisError(f"option {self.name} = {shown}: must {wanted}")

    def read(self, name: str, value: object) -> object:
        """The option's value from what a card or a keyword says under one of its names.

        Raises
        ------
        AnalysisError
            If the value is of the wrong type; out of range.
        """
        if value is True and self.bare is not None:
            value = self.bare
        if name == self.inverse:
            number = number_of(value, f"option {name}")
            if not number > 0.0:
                raise AnalysisError(f"option {name} = {value}: must be positive")
            return number_of(1.0 / number, f"option {self.name}")
        kind = type(self.default)
        value = option_of(self.name, value)
        if kind is str:
            return self.words.get(str(value), str(value))
        number = number_of(value, f"option {self.name}")
        if kind is int and number != round(number):
            message = f"option {self.name} = {number:g} is taken as {int(number)}: it must be a whole number"
            warnings.warn(message, DeckWarning, stacklevel=2)
        return kind(number)


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def shown(value: Any) -> str:
    """A default as text."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else f"{value:g}"


def option(default: T, meaning: str, unit: str = "", **more: Any) -> T:
    """An option as a field of `Options`; parameters as of `Option`."""
    return Option(default, meaning, unit, **more)  # type: ignore[return-value]


def tabled(cls: type[T]) -> type[T]:
    """Put the options of a class into its table, leave their defaults in their place, write its docstring."""
    table = dict(getattr(cls, "table", {}))
    for name, row in list(vars(cls).items()):
        if isinstance(row, Option):
            row.name, table[name] = name, row
            setattr(cls, name, row.default)
    cls.table = table  # type: ignore[attr-defined]
    kinds = {float: "float", int: "int", bool: "bool"}
    rows = []
    for row in table.values():
        kind = (
            kinds.get(type(row.default))
            or "{" + ", ".join(f'"{w}"' for w in sorted({*row.words.values()})) + "}"
        )
        unit = f" [{row.unit}]" if row.unit else ""
        rows.append(f"    {row.name} : {kind}\n        {row.meaning}.{unit} Default: {shown(row.default)}.")
    cls.__doc__ = "\n".join([cls.__doc__ or "", "", "    Parameters", "    ----------", *rows, "    "])
    return cls


@dataclass(frozen=True)
@tabled
class Options:
    """Options of the analyses."""

    table: ClassVar[dict[str, Option]] = {}

    reltol: float = option(
        1e-3, "Relative tolerance of Newton updates, residuals and truncation errors", above=0
    )
    abstol: float = option(1e-12, "Absolute tolerance of currents and of KCL residuals", "A", above=0)
    vntol: float = option(1e-6, "Absolute tolerance of voltages", "V", above=0)
    chgtol: float = option(1e-14, "Charge below which relative truncation errors do not count", "C", above=0)
    trtol: float = option(7.0, "Factor by which the truncation error may exceed the tolerance", above=0)
    statetol: float = option(
        1e-6,
        "Relative tolerance of the states of compact models and of the voltages across their devices",
        above=0,
        origin=OURS,
    )
    gmin: float = option(1e-12, "Conductance across junctions", "S", low=0)
    gshunt: float = option(
        0.0,
        "Conductance from every node to ground; `rshunt` gives its reciprocal, 1e12 Ohm without a value",
        "S",
        low=0,
        inverse="rshunt",
        bare=1e12,
        origin="ngspice",
    )
    cshunt: float = option(
        0.0, "Capacitance from every node to ground", "F", low=0, bare=0.0, origin="ngspice"
    )
    rseries: float = option(
        0.0,
        "Resistance in series with every inductor, 1e-3 Ohm without a value",
        "Ohm",
        low=0,
        bare=1e-3,
        origin="ngspice",
    )
    itl1: int = option(100, "Newton iterations of an operating point", low=1, high=MOST_ITERATIONS)
    itl2: int = option(50, "Newton iterations of a point of a dc sweep", low=1, high=MOST_ITERATIONS)
    itl4: int = option(10, "Newton iterations of a time step", low=1, high=MOST_ITERATIONS)
    gminsteps: int = option(
        1, "0 disables gmin stepping; other numbers change nothing", low=0, high=MOST_ITERATIONS
    )
    srcsteps: int = option(
        1,
        "0 disables source stepping; other numbers change nothing",
        low=0,
        high=MOST_ITERATIONS,
        synonyms=("itl6",),
    )
    method: str = option(
        "trap",
        "Integration method; `be` is an extension",
        words={
            "trap": "trap",
            "gear": "gear",
            "be": "be",
            "trapezoidal": "trap",
            "gear2": "gear",
            "euler": "be",
        },
    )
    maxord: int = option(
        2, "Order of the integration method: 1 is backward Euler, more than 2 is 2", low=0, high=6
    )
    interp: bool = option(
        False,
        "Give transients at multiples of tstep only, interpolated linearly",
        origin="ngspice",
    )
    temp: float = option(
        NOMINAL_TEMPERATURE,
        "Circuit temperature; `.temp` cards override the option",
        "°C",
        above=ABSOLUTE_ZERO,
    )
    tnom: float = option(
        NOMINAL_TEMPERATURE, "Temperature at which model parameters hold", "°C", above=ABSOLUTE_ZERO
    )
    linear_solver: str = option(
        "auto",
        "Linear solver; `auto` takes `lines` for large arrays, else KLU if it was built in",
        words={name: name for name in ("auto", "lines", "klu", "superlu")},
        origin=OURS,
    )
    seed: int = option(
        1,
        "Seed of all random numbers; they also depend on the instances' names",
        low=0,
        high=(1 << 63) - 1,
        origin=OURS,
    )
    threads: int = option(
        1,
        "Threads that evaluate large groups of devices, at most one a processor; "
        "the results are the same bits for any number",
        low=1,
        high=(1 << 31) - 1,
        origin=OURS,
    )
    hostcompile: str = option(
        "auto",
        "Whether the host's C compiler compiles equations that are not built in; `auto`: where the work is "
        "large. The results are the same bits either way",
        words={name: name for name in ("auto", "on", "off")},
        origin=OURS,
    )
    savecurrents: bool = option(
        False,
        "Save the currents of all devices too, `@r1[i]`, `@m1[id]`",
        at="read",
        origin="ngspice",
    )
    defl: float = option(1e-4, "Length of MOS transistors whose cards give none", "m", above=0, at="read")
    defw: float = option(1e-4, "Width of MOS transistors whose cards give none", "m", above=0, at="read")
    defad: float = option(0.0, "Drain area of MOS transistors whose cards give none", "m²", low=0, at="read")
    defas: float = option(
        0.0,
        "Source area of MOS transistors whose cards give none; ngspice 44 assigns it to `defad`",
        "m²",
        low=0,
        at="read",
    )

    def __post_init__(self) -> None:
        for name, row in self.table.items():
            row.check(getattr(self, name))

    @property
    def integration(self) -> str:
        """The integration method that `method` and `maxord` amount to."""
        return "be" if self.maxord <= 1 else self.method

    @classmethod
    def row(cls, name: str) -> Option | None:
        """The option of a name, which may be a synonym; None if there is none."""
        found = cls.table.get(name)
        return found or next((row for row in cls.table.values() if name in row.names), None)

    def updated(self, values: Mapping[str, object]) -> Options:
        """A copy with other values.

        Parameters
        ----------
        values : mapping of str to float, str or bool
            Names as on ``.options`` cards.

        Raises
        ------
        AnalysisError
            If a value is of the wrong type or out of range.
        """
        taken: dict[str, object] = {}
        for name, value in values.items():
            row = self.row(name)
            if row is not None:
                taken[row.name] = row.read(name, value)
            elif name not in IGNORED:
                message = f"option {name} is not known and ignored{nearest(name, list(self.table))}"
                warnings.warn(message, DeckWarning, stacklevel=2)
        return replace(self, **taken)  # type: ignore[arg-type]


def check_option(name: str, value: object) -> None:
    """Try an option by itself; names that are not known are accepted.

    Raises
    ------
    AnalysisError
        If the value is of the wrong type or out of range.
    """
    row = Options.row(name)
    if row is not None:
        row.check(row.read(name, value))


def option_of(name: str, value: object) -> float | str | bool:
    """What was given for an option: a word, yes or no, or any real number.

    Raises
    ------
    AnalysisError
        If it is none of these.
    """
    row = Options.row(name)
    if isinstance(value, str) and (row is None or isinstance(row.default, str)):
        return value
    return bool(value) if type(value).__name__ in ("bool", "bool_") else number_of(value, f"option {name}")


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
