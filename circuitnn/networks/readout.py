"""Results of a network of oscillators: phases, order, and the cut or colouring that they represent."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.machine.cached import cached_property
from circuitnn.machine.frozen_values import Plain
from circuitnn.machine.user_input import flag_of
from circuitnn.networks.cuts import TURN, along_axis, along_best_axis, value
from circuitnn.networks.phase_drift import FEWEST, drift
from circuitnn.networks.run_result import RunResult, recorded_rises
from circuitnn.records import dataclass
from circuitnn.results.spike_detection import crossings
from circuitnn.results.steadiness import STOPPED
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.networks.network import OscillatorNetwork

COLOURS = 10_000  # largest number
SAME = 1e-9  # largest distance of phases that are the same by symmetry [rad]


@dataclass(frozen=True, eq=False)
class Cut(Plain):
    """The nodes of a graph in two parts.

    Parameters
    ----------
    spins : ndarray of int, shape (n,)
        1 or -1.
    value : float
        Sum of the weights of the edges between the parts.
    """

    spins: np.ndarray
    value: float


@dataclass(frozen=True, eq=False)
class Colouring(Plain):
    """A colour for each node of a graph.

    Parameters
    ----------
    colours : ndarray of int, shape (n,)
    conflicts : int
        Number of edges whose ends have the same colour.
    """

    colours: np.ndarray
    conflicts: int


class NetworkResult(RunResult):
    """A transient of a network.

    Parameters
    ----------
    network : OscillatorNetwork
    result : Result
    """

    network: OscillatorNetwork

    def __repr__(self) -> str:
        return f"<NetworkResult of {len(self.network)} oscillators, {len(self.result)} points>"

    @cached_property
    def rises(self) -> list[np.ndarray]:
        """Times at which each oscillator begins a period. [s]"""
        if self.result.analysis == "spikes":
            return recorded_rises(self.result, len(self.network))
        pairs = zip(self.network.signals, self.network.levels.tolist(), strict=True)
        return [crossings(self.result.time, self.result.array(name), level) for name, level in pairs]

    def frequencies(self, start: float | None = None) -> np.ndarray:
        """Mean frequency of each oscillator.

        Parameters
        ----------
        start : float, optional
            Beginning of the average; default: half of the transient. [s]

        Returns
        -------
        ndarray, shape (n,)
            [Hz]; 0 for an oscillator with fewer than two periods, or that rests at the end of the run.
        """
        counted = self._counted(start)
        return np.array([(len(t) - 1) / (t[-1] - t[0]) if self._goes_on(t) else 0.0 for t in counted])

    def _counted(self, start: float | None) -> list[np.ndarray]:
        """Beginnings of periods from a time on. [s]"""
        start = 0.5 * self.end if start is None else number_of(start, "start")
        return [times[times >= start] for times in self.rises]

    def _goes_on(self, rises: np.ndarray) -> bool:
        """Whether an oscillator has periods, up to the end of the run."""
        return len(rises) > 1 and self.end - rises[-1] <= STOPPED * float(np.diff(rises).max())

    def locked(self, tolerance: float = 1e-3, start: float | None = None) -> bool:
        """Whether all oscillators keep their phases to each other.

        They do not if the phase difference of any two drifts by more than its error, unless the drift slows down so
        that the difference comes to rest nearby; nor if an oscillator rests, or no coupling leads from one to another.

        Parameters
        ----------
        tolerance : float
            Largest relative difference of frequencies that may remain unseen, as the error of the drift.
        start : float, optional
            Time from which phases count; default: half of the transient. [s]

        Returns
        -------
        bool

        Raises
        ------
        AnalysisError
            The tolerance is negative; there are fewer than eight periods, or phases scatter so much that a drift beyond
            the tolerance would not be seen.
        """
        if (tolerance := number_of(tolerance, "tolerance")) < 0.0:
            raise AnalysisError(f"locked: tolerance = {tolerance:g}: must not be negative")
        counted = self._counted(start)
        if not all(map(self._goes_on, counted)) or not self.network.connected:
            return False
        for k, others in enumerate(counted[1:], 1):
            estimate = drift(counted[0], others)
            if estimate is None:
                raise AnalysisError(
                    f"locked: oscillators 0 and {k} have fewer than {FEWEST} periods in common, too few to see whether "
                    "their phases drift: run longer"
                )
            if estimate.certain:
                return False
            if not estimate.none or (not estimate.resting and estimate.error > tolerance):
                raise AnalysisError(
                    f"locked: the frequencies of oscillators 0 and {k} differ by {estimate.rate:.2g} ± "
                    f"{estimate.error:.2g}: too little beside the error, or an error above tolerance = {tolerance:g}: "
                    "run longer"
                )
        return True

    def phases(self, time: float | None = None) -> np.ndarray:
        """Phase of each oscillator at one moment, by linear interpolation between its rises.

        Parameters
        ----------
        time : float, optional
            Default: the last moment at which every oscillator is between two rises. [s]

        Returns
        -------
        ndarray, shape (n,)
            In 0 … 2π.

        Raises
        ------
        AnalysisError
            An oscillator is not between two rises at that time.
        """
        if time is None:
            for k, t in enumerate(self.rises):
                if not len(t):
                    raise AnalysisError(
                        f"oscillator {k} never rises through {self.network.levels[k]:g} V: run longer, or give the "
                        "cell another level"
                    )
                if not self._goes_on(t):
                    raise AnalysisError(
                        f"oscillator {k} has rested since its last rise at {t[-1]:g} s: ask for the phases of an "
                        "earlier time"
                    )
            time = min(t[-1] for t in self.rises)
            time = np.nextafter(time, -np.inf)
        time = number_of(time, "time")
        phases = np.empty(len(self.network))
        for k, t in enumerate(self.rises):
            i = int(np.searchsorted(t, time, side="right"))
            if not 0 < i < len(t):
                raise AnalysisError(f"oscillator {k} is not between two rises at t = {time:g} s: run longer")
            phases[k] = TURN * (time - t[i - 1]) / (t[i] - t[i - 1])
        return phases

    def _told_apart(self, time: float | None) -> np.ndarray:
        """The phases; a warning if all are the same, which tells nothing of the graph."""
        phases = self.phases(time)
        apart = np.abs(np.angle(np.exp(1j * (phases - phases[0]))))
        if len(phases) > 1 and np.all(apart <= SAME):
            warnings.warn(
                "all oscillators have the same phase: identical ones that start alike stay alike, whatever couples "
                "them; let them start differently, as with start=[…]",
                DeckWarning,
                stacklevel=3,
            )
        return phases

    def order_parameter(self, time: float | None = None) -> float:
        """Kuramoto's order parameter: 1 if all phases are equal, near 0 if they are spread.

        Parameters
        ----------
        time : float, optional
            As for `phases`. [s]

        Returns
        -------
        float
        """
        return float(np.abs(np.mean(np.exp(1j * self.phases(time)))))

    def cut(self, time: float | None = None, every_axis: bool = False) -> Cut:
        """Read the phases as two parts of the graph, one at each end of an axis.

        Parameters
        ----------
        time : float, optional
            As for `phases`. [s]
        every_axis : bool
            Whether the axis is the one with the largest cut instead of the one that fits the phases best.

        Returns
        -------
        Cut

        Warns
        -----
        DeckWarning
            All phases are the same.
        """
        phases = self._told_apart(time)
        edges, weights = self.network.edges, self.network.weights
        best = flag_of(every_axis, "every_axis")
        spins = along_best_axis(phases, edges, weights) if best else along_axis(phases)
        return Cut(spins, value(spins, edges, weights))

    def colouring(self, colours: int, time: float | None = None) -> Colouring:
        """Read the phases as colours: equal arcs of the circle, turned so that the fewest edges are in conflict.

        Parameters
        ----------
        colours : int
        time : float, optional
            As of `phases`. [s]

        Returns
        -------
        Colouring

        Raises
        ------
        AnalysisError
            There are fewer than two colours.

        Warns
        -----
        DeckWarning
            All phases are the same.
        """
        colours = whole_of(colours, "colours")
        if not 2 <= colours <= COLOURS:
            raise AnalysisError(
                f"a colouring needs at least two colours and at most {COLOURS}, not {colours:.6g}"
            )
        phases = self._told_apart(time)
        a, b = self.network.edges.T
        best: Colouring | None = None
        for turn in phases % (TURN / colours):  # boundaries just below a phase are enough
            chosen = np.floor(((phases - turn + 1e-12) % TURN) * colours / TURN).astype(int) % colours
            conflicts = int(np.sum(chosen[a] == chosen[b]))
            if best is None or conflicts < best.conflicts:
                best = Colouring(chosen, conflicts)
        assert best is not None
        return best

    def plot(
        self,
        path: str | os.PathLike[str] | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        xlim: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw when each oscillator begins its periods, and the last phases on a circle.

        Parameters
        ----------
        path : path, optional
            File to write; the suffix selects the format.
        ax : two matplotlib.axes.Axes, optional
            For the spikes and for the phases; default: a figure of its own.
        figsize : (float, float), optional
            Of that figure. [inch]
        xlim : (float, float), optional
            Times that are shown. [s]

        Returns
        -------
        matplotlib.figure.Figure
        """
        from circuitnn.results.figure_place import Place
        from circuitnn.results.figures import colours, save, scaled, setting, styled

        place = Place(ax, figsize, xlim)
        with styled():
            figure, (left, right) = place.panels(1, 2, (10.0, 4.2), width_ratios=(2.2, 1))
            cycle, ink = colours(), setting("axes.edgecolor")
            factor, label = scaled("time", self.result.time)
            left.eventplot([t * factor for t in self.rises], colors=cycle[0], linelengths=0.8, linewidths=1.0)
            left.set(xlabel=label, ylabel="Oscillator")
            place.limit([left], factor)
            around = np.exp(1j * np.linspace(0.0, TURN, 200))
            right.plot(around.real, around.imag, color=ink, alpha=0.4, linewidth=1.0)
            at = np.exp(1j * self.phases())
            for (a, b), weight in zip(self.network.edges, self.network.weights, strict=True):
                ends = at[[a, b]]
                width = 0.8 * abs(weight) / np.abs(self.network.weights).max()
                style = "-" if weight > 0.0 else ":"
                right.plot(ends.real, ends.imag, color=ink, linestyle=style, linewidth=width, alpha=0.4)
            right.plot(at.real, at.imag, "o", color=cycle[1])
            right.set(aspect="equal", title=f"Phases, order {self.order_parameter():.2f}")
            right.set_axis_off()
        if path is not None:
            save(figure, path)
        return figure
