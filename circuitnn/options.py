"""Simulator options, with ngspice's names and defaults."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping

from circuitnn.constants import ABSOLUTE_ZERO, NOMINAL_TEMPERATURE
from circuitnn.errors import AnalysisError, DeckWarning, nearest
from circuitnn.records import dataclass, fields, replace
from circuitnn.units import number_of

# Options of ngspice that have no meaning here, and cost nothing to accept.
IGNORED = frozenset(
    "klu sparse acct noacct noinit list nomod nopage node norefvalue opts savecurrents "
    "numdgt post probe brief warn maxwarns noopalter keepopinfo defl defw defad defas defm rseed "
    "itl3 itl5 limpts limtim pivrel pivtol trytocompact badmos3 autostop ingold width filetype "
    "noopiter indverbosity bypass minbreak scale scalm convstep convabsstep maxeviter maxopalter".split()
)
SYNONYMS = {"itl6": "srcsteps"}
BARE = {"rshunt": 1e12, "rseries": 1e-3, "cshunt": 0.0}  # values of these without one
POSITIVE = ("reltol", "abstol", "vntol", "chgtol", "trtol", "statetol")
MOST_ITERATIONS = 1_000_000_000
# Whole numbers: the least and the most.
WHOLE = {
    "itl1": (1, MOST_ITERATIONS),
    "itl2": (1, MOST_ITERATIONS),
    "itl4": (1, MOST_ITERATIONS),
    "gminsteps": (0, MOST_ITERATIONS),
    "srcsteps": (0, MOST_ITERATIONS),
    "maxord": (0, 6),
    "seed": (0, (1 << 63) - 1),
    "threads": (1, (1 << 31) - 1),
}


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Options:
    """Options of the analyses.

    Parameters
    ----------
    reltol : float
        Relative tolerance of Newton updates, residuals and truncation errors.
    abstol : float
        Absolute tolerance of currents and of KCL residuals. [A]
    vntol : float
        Absolute tolerance of voltages. [V]
    chgtol : float
        Charge below which relative errors do not count. [C]
    trtol : float
        Factor by which the truncation error may exceed the tolerance.
    statetol : float
        Relative tolerance of the states of compact models, and of what hangs on their devices.
    gmin : float
        Conductance across junctions. [S]
    gshunt : float
        Conductance from every node to ground; as ngspice's ``rshunt`` (its inverse). [S]
    cshunt : float
        Capacitance from every node to ground. [F]
    rseries : float
        Resistance within every inductor. [Ohm]
    itl1, itl2, itl4 : int
        Newton iterations for an operating point, a dc sweep's point, a time step.
    gminsteps, srcsteps : int
        0 leaves out gmin stepping, source stepping.
    method : {"trap", "gear", "be"}
        Integration method.
    maxord : int
        1 makes it backward Euler.
    interp : bool
        Give transients at the points of tstep only, by straight lines.
    temp, tnom : float
        Circuit temperature and temperature of model parameters. [°C]
    linear_solver : {"auto", "lines", "klu", "superlu"}
        ``auto`` takes ``lines`` for large arrays of wires and cells, else KLU.
    seed : int
        What all random numbers follow from, together with the names of the instances.
    threads : int
        Threads that evaluate large groups of devices, at most as many as there are processors; the results are
        the same bits for any number.
    hostcompile : {"auto", "on", "off"}
        Whether the host's C compiler makes code of equations that are not built in: ``auto`` where
        the work is large. The results are the same bits either way.
    """

    reltol: float = 1e-3
    abstol: float = 1e-12
    vntol: float = 1e-6
    chgtol: float = 1e-14
    trtol: float = 7.0
    statetol: float = 1e-6
    gmin: float = 1e-12
    gshunt: float = 0.0
    cshunt: float = 0.0
    rseries: float = 0.0
    itl1: int = 100
    itl2: int = 50
    itl4: int = 10
    gminsteps: int = 1
    srcsteps: int = 1
    method: str = "trap"
    maxord: int = 2
    interp: bool = False
    temp: float = NOMINAL_TEMPERATURE
    tnom: float = NOMINAL_TEMPERATURE
    linear_solver: str = "auto"
    seed: int = 1
    threads: int = 1
    hostcompile: str = "auto"

    def __post_init__(self) -> None:
        for name in POSITIVE:
            if not getattr(self, name) > 0:
                raise AnalysisError(f"option {name} = {getattr(self, name):g}: must be positive")
        for name, (least, most) in WHOLE.items():
            if not least <= getattr(self, name) <= most:
                raise AnalysisError(f"option {name} = {getattr(self, name):g}: must be {least} to {most}")
        for name in ("temp", "tnom"):
            if not getattr(self, name) > ABSOLUTE_ZERO:
                raise AnalysisError(
                    f"option {name} = {getattr(self, name):g} °C: lies at or below absolute zero"
                )
        for name in ("gmin", "gshunt", "cshunt", "rseries"):
            if not getattr(self, name) >= 0:
                raise AnalysisError(f"option {name} = {getattr(self, name):g}: must not be negative")
        if self.method not in ("trap", "gear", "be"):
            raise AnalysisError(f"option method = {self.method}: must be trap, gear or be")
        if self.hostcompile not in ("auto", "on", "off"):
            raise AnalysisError(f"option hostcompile = {self.hostcompile}: must be auto, on or off")

    @property
    def integration(self) -> str:
        """The integration method that `method` and `maxord` amount to."""
        return "be" if self.maxord <= 1 else self.method

    def updated(self, values: Mapping[str, object]) -> Options:
        """A copy with `values` (names as on ``.options`` cards) taken over.

        Raises
        ------
        AnalysisError
            If a value is of the wrong type or out of range.
        """
        kinds = {f.name: type(f.default) for f in fields(self)}
        taken: dict[str, object] = {}
        for name, value in values.items():
            name = SYNONYMS.get(name, name)
            value = BARE[name] if value is True and name in BARE else value
            if name == "rshunt":
                name, value = "gshunt", 1.0 / _positive(name, value)
            if name in kinds:
                taken[name] = _converted(name, option_of(name, value), kinds[name])
            elif name not in IGNORED:
                warnings.warn(
                    f"option {name} is not known and ignored{nearest(name, list(kinds))}",
                    DeckWarning,
                    stacklevel=2,
                )
        if taken.get("method") in ("trapezoidal", "gear2", "euler"):
            taken["method"] = {"trapezoidal": "trap", "gear2": "gear", "euler": "be"}[str(taken["method"])]
        return replace(self, **taken)  # type: ignore[arg-type]


def check_option(name: str, value: object) -> None:
    """Try an option by itself; what nobody knows is no fault.

    Raises
    ------
    AnalysisError
        Its value is of the wrong type or out of range.
    """
    if SYNONYMS.get(name, name) in {*(f.name for f in fields(Options)), "rshunt"}:
        Options().updated({name: value})


def _positive(name: str, value: object) -> float:
    number = _converted(name, value, float)
    if not number > 0.0:  # type: ignore[operator]
        raise AnalysisError(f"option {name} = {value}: must be positive")
    return number  # type: ignore[return-value]


def _converted(name: str, value: object, kind: type) -> object:
    if kind is str:
        return str(value)
    number = number_of(value, f"option {name}")
    if kind is int and number != round(number):
        message = f"option {name} = {number:g} is taken as {int(number)}: it counts something"
        warnings.warn(message, DeckWarning, stacklevel=2)
    return kind(number)


def option_of(name: str, value: object) -> float | str | bool:
    """What somebody gave for an option: a word, yes or no, or any real number.

    Raises
    ------
    AnalysisError
        It is none of these.
    """
    kind = next((type(f.default) for f in fields(Options) if f.name == name), str)
    if isinstance(value, str) and kind is str:
        return value
    return bool(value) if type(value).__name__ in ("bool", "bool_") else number_of(value, f"option {name}")
