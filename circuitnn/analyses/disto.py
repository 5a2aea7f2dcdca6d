"""Distortion: harmonics and products of two small tones, by Volterra series to third order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine import budget
from circuitnn.netlist.sweep_points import Frequencies
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.registry.analyses import Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.small_signal.linearised import GuardedResponse, SmallSignal
from circuitnn.small_signal.ports import stimulus
from circuitnn.system.linearised import Response
from circuitnn.system.taylor_terms import Bends
from circuitnn.units import number_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

SECOND = Plot("disto_2f1", "DISTORTION - 2nd harmonic", axis=True)
THIRD = Plot("disto_3f1", "DISTORTION - 3rd harmonic", axis=True)
SUM = Plot("disto_f1_plus_f2", "DISTORTION - IM: f1+f2", axis=True)
DIFFERENCE = Plot("disto_f1_minus_f2", "DISTORTION - IM: f1-f2", axis=True)
CUBIC = Plot("disto_2f1_minus_f2", "DISTORTION - IM: 2f1-f2", axis=True)
BLOCK = 1 << 20  # phasors at a time


def disto(
    circuit: Circuit,
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    ratio: Value | None = None,
    **options: Unpack[OptionKeywords],
) -> tuple[Result[NDArray[np.complex128]], ...]:
    """Small-signal distortion: phasors of the products that nonlinearity adds to small tones.

    Parameters
    ----------
    start, stop, points, variation
        Frequencies f1, as for `ac`. [Hz]
    ratio : float or str, optional
        If given, a second tone at f2 = `ratio`·`start`, which stays fixed while f1 is swept; between 0 and 1.
    **options
        Options, such as ``temp=100``.

    Returns
    -------
    tuple of Result
        Complex, one row for each f1. One tone: at 2·f1 and at 3·f1. Two tones: at f1 + f2, f1 - f2 and 2·f1 - f2.

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
    AnalysisError
        No source has ``distof2`` although there are two tones, or `ratio` does not lie between 0 and 1.

    Notes
    -----
    Tones are the sources' ``distof1`` and ``distof2``, magnitude and phase [degree]; a value of 1 is cos(2πft).
    With f and q expanded to third order at the operating point, each product solves (G + jωC)·x = -p, where p follows
    from the products of lower order and the second and third derivatives, which are exact. ngspice treats elements
    without a distortion model (behavioural sources, BSIM3, BSIM4, VBIC, VDMOS …) as linear; here all nonlinearities
    count. Delays of devices (`ptf`) act on the linear parts only.

    References
    ----------
    J. S. Roychowdhury, "SPICE3 distortion analysis", Memo. UCB/ERL M89/48, Univ. of California, Berkeley (1989);
    S. Narayanan, "Transistor distortion analysis using Volterra series representation", Bell Syst. Tech. J. 46, 991
    (1967).
    """
    over = Frequencies.of(start, stop, points, variation)
    number = None if ratio is None else number_of(ratio, "ratio")
    return tuple(circuit.analysed("disto", options, over=over, ratio=number))


def read(card: DotCard) -> dict[str, object]:
    """``.disto dec 10 1k 100meg 0.9``."""
    if not 4 <= len(card.words) <= 5:
        raise card.error(
            "'.disto' takes dec, oct or lin, points, first and last frequency, and perhaps f2 over the first"
        )
    ratio = card.number(card.words[4]) if len(card.words) == 5 else None
    return {"over": card.frequencies(card.words[:4]), "ratio": ratio}


def write(arguments: Arguments) -> str:
    """The card."""
    ratio = arguments["ratio"]
    return f".disto {arguments['over']}{'' if ratio is None else f' {ratio!r}'}"


def run(task: Task, over: Frequencies, ratio: float | None = None) -> list[Result]:
    """Solve for the products, order after order."""
    if ratio is not None and not 0.0 < ratio < 1.0:
        raise AnalysisError(f"disto: f2 is {ratio:g} times the first f1; it must lie between 0 and 1 times")
    simulation = Simulation(task.circuit, task.options)
    tones = [stimulus(simulation, "disto", needed=False, word="distof1")]
    if ratio is not None:
        tones.append(stimulus(simulation, "disto", word="distof2"))
    simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    small, saved, at = Products(simulation), recorded(simulation), over.values()
    plots = (SECOND, THIRD) if ratio is None else (SUM, DIFFERENCE, CUBIC)
    budget.ask_points(len(at), "disto")
    budget.ask_memory(16.0 * len(plots) * len(at) * (1 + len(saved)), "disto")
    data = np.empty((len(plots), len(at), 1 + len(saved)), dtype=complex)
    data[:, :, 0] = at
    step = max(1, BLOCK // (simulation.system.n + 1))
    for first in range(0, len(at), step):
        some = slice(first, first + step)
        omega = 2.0 * np.pi * at[some]
        if ratio is None:
            products = small.of_one(omega, tones[0])
        else:
            products = small.of_two(omega, np.full_like(omega, 2.0 * np.pi * ratio * at[0]), *tones)
        for k, product in enumerate(products):
            data[k, some, 1:] = product[:, saved] + 0.0  # no -0.0
    axis = ("frequency", "frequency")
    return [make_result(simulation, plot, of, saved, axis) for plot, of in zip(plots, data, strict=True)]


class Products:
    """Responses of a circuit to small tones, to third order; phasors have the shape (m, n + 1), ground last.

    Parameters
    ----------
    simulation : Simulation
        At its solved operating point.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.small = SmallSignal(simulation)
        self.bends = Bends(simulation.system, simulation.x)

    def of_one(self, omega: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
        """Products at 2ω and 3ω of a tone at ω."""
        x = self.linear(omega, b)
        # cos² has half of its amplitude at twice the frequency, cos³ a quarter at three times.
        second = self.answer(2.0 * omega, 0.25 * self.bends.product(2.0 * omega, x, x))
        bent = 0.5 * self.bends.product(3.0 * omega, x, second)
        bent += self.bends.product(3.0 * omega, x, x, x) / 24.0
        return [second, self.answer(3.0 * omega, bent)]

    def of_two(self, omega: np.ndarray, other: np.ndarray, b: np.ndarray, c: np.ndarray) -> list[np.ndarray]:
        """Products at ω + ω', ω - ω' and 2ω - ω' of tones b at ω and c at ω'."""
        x, z = self.linear(omega, b), self.linear(other, c).conj()
        double, less, least = 2.0 * omega, omega - other, 2.0 * omega - other
        second = self.answer(double, 0.25 * self.bends.product(double, x, x))
        difference = self.answer(less, 0.5 * self.bends.product(less, x, z))
        total = self.answer(omega + other, 0.5 * self.bends.product(omega + other, x, z.conj()))
        bent = 0.5 * (self.bends.product(least, x, difference) + self.bends.product(least, z, second))
        bent += self.bends.product(least, x, x, z) / 8.0
        return [total, difference, self.answer(least, bent)]

    def linear(self, omega: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Response to a tone."""
        return _grounded(self.small.solve(omega, b))

    def answer(self, omega: np.ndarray, bent: np.ndarray) -> np.ndarray:
        """Response to products of lower order."""
        phasors = np.zeros((len(omega), self.small.simulation.system.n + 1), dtype=complex)
        response: Response | GuardedResponse | None = None
        kept = np.arange(phasors.shape[1] - 1)
        for k in np.flatnonzero(np.any(bent != 0.0, axis=1)).tolist():
            if isinstance(response, Response):
                response.phasors.excite(-bent[k])
            else:  # ties are checked for each right-hand side
                response = self.small.response(-bent[k])
            response.at(omega[k : k + 1], kept, phasors[k : k + 1, :-1])
        return phasors


def _grounded(phasors: np.ndarray) -> np.ndarray:
    return np.concatenate([phasors, np.zeros((len(phasors), 1))], axis=1)


ANALYSIS = Analysis(
    "disto",
    form="dec|oct|lin points fstart fstop [f2overf1]",
    verb=disto,
    read=read,
    write=write,
    run=run,
    plots=(SECOND, THIRD, SUM, DIFFERENCE, CUBIC),
)
