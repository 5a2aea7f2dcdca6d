"""Loop gain of feedback, with the loop left closed, and its margins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.elements import element
from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine import budget
from circuitnn.machine.user_input import name_of
from circuitnn.netlist.sweep_points import Frequencies
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_table
from circuitnn.records import dataclass, fields
from circuitnn.registry.analyses import Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.small_signal.linearised import SmallSignal

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("stb", "Loop Gain", axis=True)
GAIN = "loop_gain"  # name of the column
ROUNDING = 1e-12  # part of the loop gain below which an imaginary part is none
NOTHING = 1e-12  # largest loop gain of what is no loop


@dataclass(frozen=True, eq=False, repr=False)
class LoopResult(Result):
    """Loop gain over the frequency.

    ``measures`` has ``phase_margin`` [°] at ``phase_margin_frequency`` and ``gain_margin`` [dB] at
    ``gain_margin_frequency`` [Hz], as far as the loop gain has them between the first and the last frequency.

    Parameters
    ----------
    crossings : dict of str to int
        How often the gain is 1, and how often the phase is ±180°.
    """

    crossings: dict[str, int] | None = None

    @property
    def findings(self) -> list[str]:
        """The margins, a line each."""
        if self.crossings is None:  # of a file
            return []
        lines = []
        for name, unit, missing in (
            ("phase margin", "°", "|T| does not pass 1"),
            ("gain margin", " dB", "the phase of T does not pass ±180°"),
        ):
            key, count = name.replace(" ", "_"), self.crossings[name]
            more = f", the least of {count}" if count > 1 else ""
            lines.append(
                f"{name} = {self.measures[key]:.6g}{unit} at {self.measures[f'{key}_frequency']:.6g} Hz{more}"
                if count
                else f"no {name}: {missing} between the first and the last frequency"
            )
        return lines

    def summary(self) -> str:
        """Summarise the run, with the margins first."""
        return "\n".join([*(f"  {line}" for line in self.findings), super().summary()])


def stb(
    circuit: Circuit,
    probe: str,
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    **options: Unpack[OptionKeywords],
) -> LoopResult:
    """Loop gain at a voltage source in a loop, without breaking the loop, and its phase and gain margin.

    Parameters
    ----------
    probe : str
        A voltage source in series with the loop, usually of 0 V. Neither end may be ground.
    start, stop, points, variation
        Frequencies, as for `ac`. [Hz]
    **options
        Options, such as ``temp=100``.

    Returns
    -------
    LoopResult
        Complex: ``loop_gain`` T, one row per frequency; `measures` has ``phase_margin`` [°], ``gain_margin`` [dB] and
        their frequencies [Hz].

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
    AnalysisError
        The probe is no voltage source, or is not in a loop.

    Notes
    -----
    Between the probe's ends, in the direction of the loop or against it, the circuit is a two-port with admittances Y,
    and T = (Y₁₂ + Y₂₁)/(Y₁₁ + Y₂₂). It follows from three injections: a voltage in series with the probe and a current
    into either end. T does not depend on the probe's direction. Where the signal passes in one direction only, it is
    the same at each place in the loop; where it passes in both, 1 + T vanishes at the same frequencies at each place.

    Negative feedback at low frequencies has T > 0; the loop oscillates at T = -1. The phase margin is the least
    distance of the phase from ±180° where |T| = 1, the gain margin that of |T| from 1, in decibels, where the phase is
    ±180°; both are located between the points. They are negative if |T| > 1 where the phase is ±180°.

    References
    ----------
    R. D. Middlebrook, "Measurement of loop gain in feedback systems", Int. J. Electron. 38, 485 (1975),
    doi:10.1080/00207217508920421.
    M. Tian, V. Visvanathan, J. Hantgan, K. Kundert, "Striving for small-signal stability", IEEE Circuits Devices Mag.
    17, 31 (2001), doi:10.1109/101.900125.
    """
    over = Frequencies.of(start, stop, points, variation)
    result = circuit.analysed("stb", options, probe=name_of(probe, "probe"), over=over)[0]
    assert isinstance(result, LoopResult)
    return result


def read(card: DotCard) -> dict[str, object]:
    """``.stb vprobe dec 10 1 1g``."""
    if len(card.words) < 5:
        raise card.error("'.stb' takes a voltage source, dec, oct or lin, points, first and last frequency")
    card.no_more_than(5)
    return {"probe": card.target(card.words[0]), "over": card.frequencies(card.words[1:5])}


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no such analysis."""
    return f"* .stb {arguments['probe']} {arguments['over']}"


def run(task: Task, probe: str, over: Frequencies) -> list[Result]:
    """Inject, and look for the margins."""
    simulation = Simulation(task.circuit, task.options)
    at = over.values()
    budget.ask_points(len(at), "stb")
    loop = Loop(simulation, probe)
    simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    gain = loop.gains(at)
    if np.all(np.abs(gain) < NOTHING):
        simulation.statistics.notes.append(f"stb: nothing comes back to {probe}: it is in no loop")
    by_kind = margins(at, gain, lambda f: complex(loop.gains(np.array([f]))[0]))
    plain = make_table(simulation, PLOT, {GAIN: gain}, "notype", ("frequency", at.astype(complex)))
    result = LoopResult(
        **{f.name: getattr(plain, f.name) for f in fields(plain)},
        crossings={name: len(values) for name, values in by_kind.items()},
    )
    for name, values in by_kind.items():
        if values:
            least = min(values, key=lambda margin: abs(margin.value))
            key = name.replace(" ", "_")
            result.measures.update({key: least.value, f"{key}_frequency": least.frequency})
    return [result]


class Loop:
    """The closed loop between the ends of its probe.

    Parameters
    ----------
    simulation : Simulation
    probe : str
        Voltage source.

    Raises
    ------
    AnalysisError
        It is none, or it has no two ends in a loop.
    """

    def __init__(self, simulation: Simulation, probe: str) -> None:
        self.simulation, self.probe = simulation, probe
        self.ends = self._ends()
        names = simulation.system.unknowns.names
        n = simulation.system.n
        self.kept = np.array([*self.ends, names.index(f"i({probe})")])
        into = np.zeros((3, n), dtype=complex)
        into[0] = -simulation.system.source_influence(probe)
        into[1, self.ends[0]] = into[2, self.ends[1]] = 1.0
        self.into = into
        self.small: SmallSignal | None = None

    def _ends(self) -> tuple[int, int]:
        """Unknowns of the probe's two nodes."""
        for table in self.simulation.circuit.elements:
            if self.probe in table.names and element(table.kind).source and element(table.kind).branch:
                plus, minus = (int(node) - 1 for node in table.nodes[table.names.index(self.probe), :2])
                break
        else:
            names = [
                name
                for table in self.simulation.circuit.elements
                if element(table.kind).source and element(table.kind).branch
                for name in table.names
            ]
            raise AnalysisError(
                f"stb: the probe {self.probe} is no voltage source{nearest(self.probe, names)}: put one of 0 V in "
                "series with the loop, as in 'vprobe out back 0', and name it"
            )
        if min(plus, minus) < 0 or plus == minus:
            where = "ends at ground" if plus != minus else "has both ends at one node"
            raise AnalysisError(
                f"stb: the probe {self.probe} {where}: put a voltage source of 0 V in series with the signal, as in "
                "'vprobe out back 0'"
            )
        return plus, minus

    def gains(self, at: np.ndarray) -> np.ndarray:
        """Loop gain at frequencies [Hz], shape (m,).

        With a current of 1 A into an end, the probe's own share of it, and what flows into the network there, both are
        solved for; neither is the difference of 1 and the other, which rounding would spoil in loops of high gain.
        """
        self.small = self.small or SmallSignal(self.simulation)
        responses = np.empty((3, len(at), 3), dtype=complex)
        for b, out in zip(self.into, responses, strict=True):
            self.small.response(b).at(2.0 * np.pi * at, self.kept, out)
        (plus, minus, along), (common, _, passed), (_, _, back) = np.moveaxis(responses, 2, 1)
        both = 2.0 * along * common
        through = plus * -back - minus * passed + both
        own = -minus * -back + plus * passed - both
        if np.any(own == 0.0):
            raise AnalysisError(
                f"stb: the ends of {self.probe} see no load at {at[np.argmin(np.abs(own))]:g} Hz, so that there is no "
                "loop gain: put the probe in series with the loop"
            )
        return through / own


class Margin(NamedTuple):
    """A margin, and its frequency. [Hz]"""

    value: float
    frequency: float


def margins(at: np.ndarray, gain: np.ndarray, exact: Callable[[float], complex]) -> dict[str, list[Margin]]:
    """Phase margins [°] and gain margins [dB] at all crossings between points.

    Parameters
    ----------
    at : ndarray, shape (m,)
        [Hz]
    gain : ndarray of complex, shape (m,)
    exact : callable
        The gain at one frequency.
    """
    unity = _crossings(at, np.abs(gain) - 1.0, lambda f: abs(exact(f)) - 1.0)
    imaginary = np.where(np.abs(gain.imag) > ROUNDING * np.abs(gain), gain.imag, 0.0)
    negative = [f for f in _crossings(at, imaginary, lambda f: exact(f).imag) if exact(f).real < 0.0]
    return {
        "phase margin": [Margin(_from_negative(exact(f)), f) for f in unity],
        "gain margin": [Margin(-20.0 * float(np.log10(abs(exact(f)))), f) for f in negative],
    }


def _from_negative(gain: complex) -> float:
    """Phase from -180°, between -180° and 180°; of a gain in the upper half plane it is negative."""
    return float(np.degrees(np.angle(-gain)))


def _crossings(at: np.ndarray, values: np.ndarray, exact: Callable[[float], float]) -> list[float]:
    """Frequencies at which values change their sign."""
    from scipy.optimize import brentq

    signed = np.flatnonzero(values)
    changes = np.flatnonzero(np.diff(np.sign(values[signed])))
    frequencies = []
    for low, high in zip(at[signed[changes]].tolist(), at[signed[changes + 1]].tolist(), strict=True):
        if exact(low) * exact(high) > 0.0:  # one of them is 0 but for rounding
            frequencies.append(min(low, high, key=lambda f: abs(exact(f))))
        else:
            frequencies.append(float(brentq(exact, low, high, xtol=1e-12 * high, rtol=1e-12)))
    return frequencies


ANALYSIS = Analysis(
    "stb",
    form="vprobe dec|oct|lin points fstart fstop",
    verb=stb,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    measured="Loop Gain",
)
