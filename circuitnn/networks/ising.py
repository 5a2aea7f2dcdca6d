"""Ising machines: networks of oscillators whose phases are drawn to two values while noise dies down.

References
----------
T. Wang, J. Roychowdhury, "OIM: Oscillator-based Ising machines for solving combinatorial optimisation problems", UCNC
2019, doi:10.1007/978-3-030-19311-9_19: an injected second harmonic leaves two stable phases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.circuit.circuit import Circuit
from circuitnn.elements.card import digits
from circuitnn.errors import AnalysisError
from circuitnn.machine.frozen_values import Plain, Sealed
from circuitnn.machine.progress import followed
from circuitnn.networks.cuts import along_axis, along_best_axis, phases_at, value
from circuitnn.networks.network import OscillatorNetwork
from circuitnn.networks.readout import Cut
from circuitnn.networks.run_result import recorded_rises
from circuitnn.networks.schedules import Schedule, schedule_of, value_at
from circuitnn.records import dataclass
from circuitnn.units import number_of, positive_of, whole_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.circuit.builder import Value
    from circuitnn.results.result import Result

MOST = 1_000_000  # pieces and read-outs of a run


@dataclass(frozen=True, eq=False)
class Harmonic(Plain):
    """A current at twice the frequency of the oscillators, which leaves each of them two stable phases.

    Parameters
    ----------
    amplitude : float, sequence of float or callable
        Of the current into each oscillator; see `Schedule`. [A]
    frequency : float
        Of this current. [Hz]
    """

    amplitude: Schedule
    frequency: float

    def __post_init__(self) -> None:
        _check_current(self, "frequency")
        super().__post_init__()


@dataclass(frozen=True, eq=False)
class Noise(Plain):
    """Currents of independent noise into the oscillators, normal at equal intervals and linear between them.

    Parameters
    ----------
    amplitude : float, sequence of float or callable
        Standard deviation; see `Schedule`. [A]
    interval : float
        A half to a quarter of a period lets the phases diffuse without many more time points. [s]
    """

    amplitude: Schedule
    interval: float

    def __post_init__(self) -> None:
        _check_current(self, "interval")
        super().__post_init__()


@dataclass(frozen=True, eq=False)
class IsingRun(Plain):
    """Cuts that a machine has shown while it ran.

    Parameters
    ----------
    times : ndarray, shape (m,)
        Of the read-outs. [s]
    cuts : ndarray, shape (m,)
        What was read out.
    best : Cut
        The largest of them.
    end : float
        End of the run. [s]
    points, iterations : int
        Time points and Newton iterations.
    """

    times: np.ndarray
    cuts: np.ndarray
    best: Cut
    end: float
    points: int
    iterations: int

    @property
    def best_so_far(self) -> np.ndarray:
        """Largest cut up to each read-out."""
        return np.maximum.accumulate(self.cuts)

    @property
    def found(self) -> float:
        """Time of the best cut. [s]"""
        return float(self.times[np.argmax(self.cuts)])

    def plot(self, path: Any = None, ax: Any = None, figsize: tuple[float, float] | None = None) -> Figure:
        """Draw the cuts over time.

        Parameters
        ----------
        path : path, optional
            File to write; the suffix selects the format.
        ax : matplotlib.axes.Axes, optional
        figsize : (float, float), optional
            Of a figure of its own. [inch]

        Returns
        -------
        matplotlib.figure.Figure
        """
        from circuitnn.results.figure_place import Place
        from circuitnn.results.figures import save, scaled, styled

        with styled():
            figure, (axis,) = Place(ax, figsize, None).panels(1, 1, (6.4, 4.2))
            factor, label = scaled("time", self.times)
            axis.plot(factor * self.times, self.cuts, linewidth=0.8, label="read out")
            axis.plot(factor * self.times, self.best_so_far, label="best so far")
            axis.set(xlabel=label, ylabel="Cut")
            axis.legend()
        if path is not None:
            save(figure, path)
        return figure


class IsingMachine(Sealed):
    """A network of oscillators that looks for a large cut of its graph.

    Schedules are followed in steps, within which amplitudes are constant. The cut is read out while the machine runs.

    Parameters
    ----------
    network : OscillatorNetwork
        Its couplings drive apart the phases of nodes whose edge has a positive weight, as ``Transconductive(-1e-6)`` or
        ``Resistive(1e6, inverting=True)`` do between oscillators of niobium dioxide.
    harmonic : Harmonic, optional
    noise : Noise, optional
    coupling : float, sequence of float or callable
        Factor of all couplings; see `Schedule`. Unlike those of the amplitudes, its steps each build the circuit anew.
    seed : int
        Of the noise.

    Raises
    ------
    AnalysisError
        A schedule has values that are not finite, or sources within a cell change with time.
    """

    def __init__(
        self,
        network: OscillatorNetwork,
        harmonic: Harmonic | None = None,
        noise: Noise | None = None,
        coupling: Schedule = 1.0,
        seed: int = 1,
    ) -> None:
        for given, kind in ((network, OscillatorNetwork), (harmonic, Harmonic), (noise, Noise)):
            if not isinstance(given, kind) and not (given is None and kind is not OscillatorNetwork):
                raise AnalysisError(
                    f"{kind.__name__.lower()} = {given!r:.60}: must be of class {kind.__name__}"
                )
        self.network, self.harmonic, self.noise = network, harmonic, noise
        self.coupling = schedule_of(coupling, "coupling")
        self.seed = whole_of(seed, "seed")
        self._check_clocks()
        self._seal()

    def __repr__(self) -> str:
        return f"<IsingMachine of {len(self.network)} oscillators, {len(self.network.edges)} couplings>"

    def deck(self, coupling: float = 1.0) -> str:
        """Write the machine as a deck, without an analysis; parameters have the amplitudes.

        Parameters
        ----------
        coupling : float
            Factor of all couplings.

        Returns
        -------
        str
        """
        cards = []
        nodes = range(len(self.network))
        if self.harmonic is not None:
            wave = f"sin(0 {{harmonic}} {digits(self.harmonic.frequency)} 0 0 {{turn}})"
            cards += [".param harmonic=0 turn=0", f"vharmonic harmonic 0 {wave}"]
            cards += [f"gharmonic{k} 0 n{k} harmonic 0 1" for k in nodes]
        if self.noise is not None:
            cards.append(".param noise=0")
            cards += [f"inoise{k} 0 n{k} trnoise({{noise}} {digits(self.noise.interval)})" for k in nodes]
        return self.network.deck(cards, positive_of(coupling, "coupling"))

    def run(
        self,
        tstop: Value,
        tstep: Value | None = None,
        steps: int = 40,
        readings: int = 400,
        target: float | None = None,
        every_axis: bool = True,
        progress: Callable[[float, str], None] | bool | None = None,
        **options: Any,
    ) -> IsingRun:
        """Run the machine from its initial conditions, and read out its cut while it runs.

        Parameters
        ----------
        tstop : float or str
            End. [s]
        tstep : float or str, optional
            As for `Circuit.tran`; default: a twentieth of the time between two read-outs. [s]
        steps : int
            Of the schedules.
        readings : int
            How often the cut is read out, at equal distances.
        target : float, optional
            Cut at which the run ends early, after the step in which it was found.
        every_axis : bool
            Whether a read-out takes the largest cut of all axes through the circle of phases, or that of the axis which
            fits the phases best.
        progress : callable or bool, optional
            A function of the fraction done and a text with the cuts; True shows a progress bar.
        **options
            Options of `Circuit.spikes`; default ``statetol=1e-3``.

        Returns
        -------
        IsingRun

        Raises
        ------
        AnalysisError
            An oscillator does not oscillate, so that there is nothing to read out.
        """
        end = positive_of(tstop, "tstop")
        for name, count in (("steps", steps), ("readings", readings)):
            if not 1 <= whole_of(count, name) <= MOST:
                raise AnalysisError(f"{name} = {count}: 1 to {MOST:,d} are needed")
        reader = _Reader(self.network, end * (np.arange(readings) + 1.0) / readings, every_axis)
        counts = np.zeros(2, dtype=int)
        goal = np.inf if target is None else number_of(target, "target")
        with followed(progress) as tell:
            for begin, result in self._pieces(end, tstep, steps, options):
                reader.take(begin, result)
                counts += (result.statistics.points, result.statistics.iterations)
                done = begin + _length(result)
                if tell is not None:
                    tell(min(done / end, 1.0), reader.told())
                if reader.best is not None and reader.best.value >= goal:
                    break
        return IsingRun(*reader.read(), end=done, points=int(counts[0]), iterations=int(counts[1]))

    def _check_clocks(self) -> None:
        """Refuse cells that would notice that each step has a clock of its own."""
        bodies = {cell.body for cell in self.network.cells}
        tables = self.network.circuit().flat.elements
        moving = any(waveform is not None for table in tables for waveform in table.each_waveform)
        if moving or any(re.search(r"\btime\b", body, re.IGNORECASE) for body in bodies):
            raise AnalysisError(
                "a source within a cell changes with time: only a machine's own currents may do so"
            )

    def _pieces(
        self, end: float, tstep: Value | None, steps: int, options: Any
    ) -> Iterator[tuple[float, Result]]:
        """Run step by step, each on a clock of its own; yields when a step begins, and its spikes."""
        levels = dict(zip(self.network.signals, self.network.levels.tolist(), strict=True))
        length, state, last, circuit = end / steps, None, None, None
        for k in range(steps):
            fraction = (k + 0.5) / steps
            factor = positive_of(value_at(self.coupling, fraction, "coupling"), "coupling")
            if circuit is None or factor != last:
                circuit, last = Circuit.from_text(self.deck(factor)), factor
            given: dict[str, Any] = {"uic": True} if state is None else {"start": state}
            result = circuit.with_parameters(**self._amplitudes(fraction, k * length)).spikes(
                length,
                levels,
                length / 50 if tstep is None else tstep,
                **given,
                **{"statetol": 1e-3, "seed": self.seed + k, **options},
            )
            yield k * length, result
            assert result.final_state is not None
            state = result.final_state.changed({}, time=0.0)

    def _amplitudes(self, fraction: float, time: float) -> dict[str, float]:
        """Values of the parameters in a step that begins at a time."""
        amplitudes = {}
        if self.harmonic is not None:
            amplitudes["harmonic"] = value_at(self.harmonic.amplitude, fraction, "amplitude of the harmonic")
            amplitudes["turn"] = 360.0 * (time * self.harmonic.frequency % 1.0)
        if self.noise is not None:
            amplitudes["noise"] = value_at(self.noise.amplitude, fraction, "amplitude of the noise")
            if amplitudes["noise"] < 0.0:
                raise AnalysisError(
                    f"amplitude of the noise = {amplitudes['noise']:g} A: must not be negative"
                )
        return amplitudes


class _Reader:
    """Reads out cuts as periods come."""

    def __init__(self, network: OscillatorNetwork, times: np.ndarray, every_axis: bool) -> None:
        self.network, self.waiting, self.every_axis = network, times, every_axis
        self.rises = [np.empty(0) for _ in range(len(network))]
        self.times: list[float] = []
        self.cuts: list[float] = []
        self.best: Cut | None = None

    def take(self, begin: float, result: Result) -> None:
        """Take the spikes of a step that begins at a time, and read out what they show."""
        new = recorded_rises(result, len(self.rises))
        self.rises = [
            np.concatenate([known, begin + rises]) for known, rises in zip(self.rises, new, strict=True)
        ]
        ready = self.waiting < min(float(train[-1]) if len(train) else 0.0 for train in self.rises)
        phases = phases_at(self.rises, self.waiting[ready])
        for time, here in zip(self.waiting[ready].tolist(), phases, strict=True):
            if np.isfinite(here).all():
                self._read(time, here)
        self.waiting = self.waiting[~ready]
        if len(self.waiting):  # what lies before the last rise is read
            self.rises = [t[max(int(np.searchsorted(t, self.waiting[0])) - 1, 0) :] for t in self.rises]

    def _read(self, time: float, phases: np.ndarray) -> None:
        edges, weights = self.network.edges, self.network.weights
        spins = along_best_axis(phases, edges, weights) if self.every_axis else along_axis(phases)
        cut = value(spins, edges, weights)
        self.times.append(time)
        self.cuts.append(cut)
        if self.best is None or cut > self.best.value:
            self.best = Cut(spins, cut)

    def told(self) -> str:
        """A text for those who wait."""
        return f"cut {self.cuts[-1]:g}, best {self.best.value:g}" if self.best is not None else "no cut yet"

    def read(self) -> tuple[np.ndarray, np.ndarray, Cut]:
        """All read-outs and the best one."""
        if self.best is None:
            slowest = min(range(len(self.rises)), key=lambda k: len(self.rises[k]))
            raise AnalysisError(
                f"oscillator {slowest} is at no read-out between two rises through its level: run longer, or let all "
                "of them oscillate"
            )
        return np.array(self.times), np.array(self.cuts), self.best


def _length(result: Result) -> float:
    assert result.final_state is not None
    return result.final_state.time


def _check_current(current: Harmonic | Noise, other: str) -> None:
    """Check the amplitude of a current and its other number, and set them."""
    kind = type(current).__name__.lower()
    object.__setattr__(current, "amplitude", schedule_of(current.amplitude, f"amplitude of the {kind}"))
    object.__setattr__(current, other, positive_of(getattr(current, other), f"{other} of the {kind}"))
