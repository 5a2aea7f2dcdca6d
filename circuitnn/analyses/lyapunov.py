"""Lyapunov exponents of a circuit: whether it is chaotic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.analyses.tran import MAX_STEPS
from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import flag_of
from circuitnn.periodic.angles import Angles
from circuitnn.periodic.exponents import Spectrum
from circuitnn.periodic.exponents import lyapunov as followed
from circuitnn.periodic.flow import Flow, autonomous
from circuitnn.periodic.formulas import FORMULAS
from circuitnn.periodic.start import settle, sizes
from circuitnn.periodic.steady_state import refuse
from circuitnn.recording.recorder import make_table
from circuitnn.registry.analyses import STEPPING, Analysis, Arguments, Plot, Progress, Task
from circuitnn.results.result import Result
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("lyapunov", "Lyapunov Exponents", axis=True)
LARGEST = 200.0  # minimum number of steps of the settling transient
TOLERANCE = 1e-7
SHORTEST = 1e-9  # time followed, relative to the transient before, in whose rounding a shorter one is lost


def lyapunov(
    circuit: Circuit,
    tstop: Value,
    tstab: Value,
    count: int = 0,
    tmax: Value | None = None,
    tolerance: float = TOLERANCE,
    uic: bool = False,
    progress: Progress | None = None,
    **options: Unpack[OptionKeywords],
) -> Result[NDArray[np.float64]]:
    """Lyapunov exponents: how fast deviations from a trajectory grow or die out.

    Parameters
    ----------
    tstop : float or str
        Length of the followed trajectory. [s]
    tstab : float or str
        Length of the transient before, in which the circuit reaches its attractor. [s]
    count : int
        Number of exponents; 0: as many as there are unknowns that store charge.
    tmax : float or str, optional
        Largest step; default tstab/200. [s]
    tolerance : float
        Tolerance of the error of a step, in units of the ranges of the unknowns.
    uic : bool
        Start from ``ic=`` and ``.ic`` without an operating point.
    progress : callable or True, optional
        Called with the fraction done and a text.
    **options
        Options, such as ``temp=100``.

    Returns
    -------
    Result
        Exponents up to each time, ``lambda1`` the largest [1/s]; `measures` has the final ones, ``lambda1`` …, their
        uncertainties, ``lambda1_sd`` …, and the Kaplan-Yorke ``dimension``.

    Raises
    ------
    ConvergenceError
    AnalysisError
        There are fewer than `count`, or devices draw random numbers.

    Notes
    -----
    The exactly linearised variational equation is solved along with the circuit, through events, and factored (QR)
    before small directions drown in large ones. See ``docs/oscillators.md``.
    """
    asked = {
        "tstop": number_of(tstop, "tstop"),
        "tstab": number_of(tstab, "tstab"),
        "count": whole_of(count, "count"),
        "tmax": float("nan") if tmax is None else number_of(tmax, "tmax"),
        "tolerance": number_of(tolerance, "tolerance"),
    }
    return circuit.analysed("lyapunov", options, progress, **asked, uic=flag_of(uic, "uic"))[0]


def read(card: DotCard) -> dict[str, object]:
    """``.lyapunov 1000 50``, ``.lyapunov 1000 50 3 0.05 uic``."""
    words = [word for word in card.words if word != "uic"]
    if not 2 <= len(words) <= 4:
        raise card.error("'.lyapunov' takes tstop, tstab, and perhaps a count, tmax, uic")
    tstop, tstab = (card.number(word) for word in words[:2])
    if not (tstop > 0.0 and tstab > 0.0):
        raise card.error("'.lyapunov': tstop and tstab must be positive")
    count = card.whole(words[2]) if len(words) > 2 else 0
    tmax = card.number(words[3]) if len(words) > 3 else float("nan")
    return {"tstop": tstop, "tstab": tstab, "count": count, "tmax": tmax, "uic": "uic" in card.words}


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no such analysis."""
    text = "* .lyapunov {tstop!r} {tstab!r} {count}".format_map(arguments)
    tmax = arguments["tmax"]
    return text + ("" if np.isnan(tmax) else f" {tmax!r}") + " uic" * arguments["uic"]


def run(
    task: Task,
    tstop: float,
    tstab: float,
    count: int = 0,
    tmax: float = float("nan"),
    tolerance: float = TOLERANCE,
    uic: bool = False,
) -> list[Result]:
    """Settle, then follow the trajectory."""
    if not (tstop > 0.0 and tstab > 0.0):
        raise AnalysisError(f"lyapunov: tstop = {tstop:g} s, tstab = {tstab:g} s: both must be positive")
    if not 0.0 < tolerance < 1.0 or count < 0:
        raise AnalysisError(f"lyapunov: tolerance = {tolerance:g}, count = {count}: make no sense")
    largest = tstab / LARGEST if np.isnan(tmax) else tmax
    if not largest > 0.0:
        raise AnalysisError(f"lyapunov: tmax = {largest:g} s: must be positive")
    if not SHORTEST * tstab <= tstop <= MAX_STEPS * largest:
        raise AnalysisError(
            f"lyapunov: tstop = {tstop:g} s: must be more than {SHORTEST:g} of tstab = {tstab:g} s, and at most "
            f"{MAX_STEPS:g} steps of tmax = {largest:g} s"
        )
    simulation, rows = settle(task.circuit, task.options, tstab, uic, largest)
    refuse(simulation, "lyapunov")
    t, x = float(rows[-1, 0]), rows[-1, 1:].copy()
    size = Angles(simulation).limited(sizes(rows, tuple(simulation.system.unknowns.kinds)))
    flow = Flow(simulation, FORMULAS["sdirk4"], not autonomous(simulation, t, tstop))
    flow.measure(x, t, size)
    spectrum = followed(flow, x, t, tstop, count, size, tolerance, largest)
    names = [f"lambda{k + 1}" for k in range(spectrum.exponents.shape[1])]
    columns = dict(zip(names, spectrum.exponents.T, strict=True))
    result = make_table(simulation, PLOT, columns, "notype", ("time", spectrum.t))
    result.measures.update(_measures(spectrum))
    return [result]


def _measures(spectrum: Spectrum) -> dict[str, float]:
    measures = {f"lambda{k + 1}": float(value) for k, value in enumerate(spectrum.last)}
    if len(spectrum.t) > 20:
        measures |= {f"lambda{k + 1}_sd": float(value) for k, value in enumerate(spectrum.uncertainty)}
    return measures | {"dimension": spectrum.dimension}


ANALYSIS = Analysis(
    "lyapunov",
    form="tstop tstab [count [tmax]] [uic]",
    verb=lyapunov,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    options=STEPPING,
    smooth=True,
)
