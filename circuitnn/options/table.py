"""Simulator options, with ngspice's names and defaults.

Every option is one line of `Options` or of `IGNORED`. The reading of cards and of Python's keywords, the messages, the
docstring, ``circuitnn options`` and its page of the documentation are derived from it.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import ClassVar

from circuitnn.constants import ABSOLUTE_ZERO, NOMINAL_TEMPERATURE
from circuitnn.errors import DeckWarning, nearest
from circuitnn.options.option import Option, option, plain, tabled
from circuitnn.records import dataclass, replace
from circuitnn.solvers import methods

MOST_ITERATIONS = 1_000_000_000
HUGE = 1e30  # bound on conductances, capacitances, resistances: their sums and products stay finite
OURS = "circuitnn"
DIALECTS = (
    "none ps psa lt lta ltps ltpsa pslt pslta hs hsa ki kia kips kipsa kilt kilta xs s3 eg spe mc all".split()
)

# Options of ngspice that are accepted without effect, and why.
IGNORED: Mapping[str, str] = {
    name: why
    for names, why in (
        (
            "acct noacct noinit list nomod nopage node norefvalue opts numdgt width ingold post probe brief "
            "indverbosity",
            "control output that circuitnn does not print",
        ),
        (
            "klu sparse pivrel pivtol bypass minbreak trytocompact convstep convabsstep maxeviter maxopalter "
            "noopac maxevtiter convlimit seedinfo itl3 itl5 limpts limtim",
            "control algorithms that circuitnn does not use",
        ),
        (
            "noopiter",
            "plain Newton iteration always comes first, then gmin stepping; the solution is the same",
        ),
        (
            "plotwinsize plotreltol plotvntol plotabstol nomarch baudrate flagloads measdgt meascplxfmt fastaccess "
            "thread topologycheck maxclocks minclocks mindeltagmin ptranmax ptrantau srcstepmethod soaaccounting",
            "LTspice's, on how it draws, keeps and searches",
        ),
        ("keepopinfo autostop", "operating points are kept apart, and transients run to their end"),
        ("scalm", "sizes on model cards are in metres"),
        ("badmos3 filetype rseed defm", "no such model; the command line chooses the rawfile; use `seed`"),
    )
    for name in names.split()
}


@dataclass(frozen=True)
@tabled
class Options:
    """Options of the analyses."""

    table: ClassVar[dict[str, Option]] = {}

    reltol: float = option(
        1e-3,
        "Relative tolerance of Newton updates, residuals and truncation errors; below 1e-3 it tightens `statetol`, too",
        above=0,
    )
    abstol: float = option(1e-12, "Absolute tolerance of currents and of KCL residuals", "A", above=0)
    vntol: float = option(1e-6, "Absolute tolerance of voltages", "V", above=0)
    chgtol: float = option(1e-14, "Charge below which relative truncation errors do not count", "C", above=0)
    trtol: float = option(7.0, "Factor by which the truncation error may exceed the tolerance", above=0)
    statetol: float = option(
        1e-6,
        "Relative tolerance of states, of compact models and of behavioural sources, and of voltages that drive them; "
        "times `reltol`/1e-3 where that is less",
        above=0,
        origin=OURS,
    )
    gmin: float = option(1e-12, "Conductance across junctions", "S", low=0, high=HUGE)
    gshunt: float = option(
        0.0,
        "Conductance from every node to ground; `rshunt` gives its reciprocal, 1e12 Ohm without a value",
        "S",
        low=0,
        high=HUGE,
        inverse="rshunt",
        bare=1e12,
        origin="ngspice",
    )
    cshunt: float = option(
        0.0, "Capacitance from every node to ground", "F", low=0, high=HUGE, bare=0.0, origin="ngspice"
    )
    rseries: float = option(
        0.0,
        "Resistance in series with every inductor, 1e-3 Ohm without a value",
        "Ohm",
        low=0,
        high=HUGE,
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
        "Integration method; `be`, `blend` (orders 2 to 4) and `trbdf2` are extensions",
        words=methods.WORDS,
    )
    maxord: int = option(
        2, "Order of the integration method: 1 is backward Euler, more than 2 is 2", low=0, high=6
    )
    maxstep: float = option(
        0.0,
        "Largest step of transients beside that of their card; 0: none. LTspice's; Xyce and HSPICE say `delmax`",
        "s",
        low=0,
        synonyms=("delmax",),
        origin=OURS,
    )
    interp: bool = option(
        False,
        "Give transients at multiples of tstep only, interpolated linearly",
        origin="ngspice",
    )
    decimate: int = option(
        1,
        "Keep one point of a transient in this many, and the last one; with `interp`, of its points",
        low=1,
        high=2147483647,
        origin=OURS,
    )
    noisestep: float = option(
        0.0,
        "Give elements and devices their noise in transients, drawn anew after each such interval; 0: none",
        "s",
        low=0.0,
        origin=OURS,
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
        "Linear solver; `auto` takes `driven` in transients of arrays that amplifiers read, `mesh` in those of other "
        "arrays of resistors, `cells` in those of networks, `lines` for large arrays, else KLU if built in",
        words={name: name for name in ("auto", "driven", "mesh", "cells", "lines", "klu", "superlu")},
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
        "Threads that share large circuits, of 2000 unknowns or more, at most one a processor",
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
    ngbehavior: str = option(
        "none",
        "Simulator by whose rules the deck is read, see [dialects](decks.md#dialects); in ngspice a variable",
        words={name: name for name in DIALECTS},
        at="read",
        origin=OURS,
    )
    noopalter: bool = option(
        False,
        "Logic and circuit are solved once each at the start, not until they agree: oscillators of logic start",
        origin="ngspice",
    )
    minevent: float = option(
        0.0,
        "Smallest delay with which bridges react to the circuit, so that a loop of logic and circuit that chatters "
        "does so no faster [s]",
        low=0,
        origin=OURS,
    )
    savecurrents: bool = option(
        False,
        "Save the currents of all devices too, `@r1[i]`, `@m1[id]`",
        at="read",
        origin="ngspice",
    )
    warn: int = option(
        0,
        "1: note which devices leave their safe operating areas (`vce_max`, `id_max`, … on their cards)",
        low=0,
        high=1,
    )
    maxwarns: int = option(
        5, "Devices that are named for each such parameter, at most", low=0, high=MOST_ITERATIONS
    )
    conserve: bool = option(
        False,
        "Gates of MOSFETs have charges (Ward and Dutton's), which are conserved, in place of Meyer's capacitances",
        at="read",
        origin=OURS,
    )
    scale: float = option(
        1.0,
        "Factor of lengths, widths and perimeters that cards give, of areas its square; of R, C and MOSFETs, not at "
        "levels 4, 5, 6, 9, 57",
        above=0,
        at="read",
    )
    wnflag: float = option(
        0.0,
        "Whether bins of BSIM4 are chosen by the width of a finger, w/nf, where an instance does not give wnflag",
        low=0,
        at="read",
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
            value = getattr(self, name)
            if value is not row.default:  # which is in range
                row.check(value)

    @property
    def integration(self) -> str:
        """The integration method selected by `method` and `maxord`."""
        return "be" if self.maxord <= 1 else self.method

    @classmethod
    def unknown(cls, name: str) -> str:
        """Say that an option is not known; empty if it is, or if it is one of ngspice's that have no effect.

        Parameters
        ----------
        name : str

        Returns
        -------
        str
            A sentence.
        """
        if cls.row(name) is not None or name in IGNORED:
            return ""
        return f"option {name} is not known and ignored{nearest(name, list(cls.table))}"

    @classmethod
    def row(cls, name: str) -> Option | None:
        """Find an option by name.

        Parameters
        ----------
        name : str
            Its name or a synonym.

        Returns
        -------
        Option or None
        """
        option = cls.table.get(name)
        return option or next((row for row in cls.table.values() if name in row.names), None)

    def updated(self, values: Mapping[str, object]) -> Options:
        """Make a copy with other values.

        Parameters
        ----------
        values : mapping of str to float, str or bool
            Names as on ``.options`` cards. Unknown names give a warning.

        Returns
        -------
        Options

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
                warnings.warn(self.unknown(name), DeckWarning, stacklevel=2)
        return replace(self, **taken)  # type: ignore[arg-type]


def check_option(name: str, value: object) -> None:
    """Check an option by itself. Unknown names are accepted.

    Parameters
    ----------
    name : str
    value : float, bool or str

    Raises
    ------
    AnalysisError
        If the value is of the wrong type or out of range.
    """
    row = Options.row(name)
    if row is not None:
        row.check(row.read(name, value))


def option_of(name: str, value: object) -> float | int | str | bool:
    """Convert the value given for an option to a word, a truth value or a number.

    Parameters
    ----------
    name : str
    value : object
        Any real number, bool or text.

    Returns
    -------
    float, str or bool

    Raises
    ------
    AnalysisError
        If the value is none of these.
    """
    row = Options.row(name)
    return plain(name, value, row is None or isinstance(row.default, str))


def processors() -> int:
    """Count the processors that this process may use.

    Returns
    -------
    int
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
