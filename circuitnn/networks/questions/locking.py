"""Where two coupled oscillators run at the same frequency: coupling against detuning (Arnold tongue)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.networks.named import COUPLINGS, KINDS, POINTS, Kind, cases, known
from circuitnn.networks.network import OscillatorNetwork
from circuitnn.networks.readout import NetworkResult
from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.engine import study
from circuitnn.studies.panels import family, field, frame, panels
from circuitnn.studies.question import Answer, Question, settings
from circuitnn.studies.spaces import Grid

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

TURN = 2.0 * np.pi
STARTS = 0.5, 0.1  # of the two, in their swing
SHIFT = 0.05  # of the second one's start, whose effect a coupling that holds the phase lets die out
EARLY = 5.0  # periods after which the shift of the phase is compared with that at the end
HELD, GONE = (
    0.9,
    0.1,
)  # parts of the shift left at the end if the phase is held, and after few periods if it is at once


@read_arguments
def locking(
    coupling: Sequence[float] = (5e-12, 10e-12, 20e-12, 40e-12),
    detuning: Sequence[float] = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1),
    *,
    kind: str = "vo2",
    link: str = "capacitive",
    periods: int = 300,
    tolerance: float = 1e-3,
    record: str | os.PathLike[str] | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    progress: bool | Callable[[float, str], None] = False,
) -> Answer:
    """Find where two coupled relaxation oscillators lock, over coupling and detuning.

    Parameters
    ----------
    coupling : sequence of float
        Capacitances or resistances between the two. [F, Ohm or K/W]
    detuning : sequence of float
        Relative difference of their own capacitances, and so approximately of their frequencies; not negative.
    kind : {"vo2", "nbo2", "neuristor"}
        Pearson–Anson oscillators with a switch of vanadium dioxide, with niobium dioxide's thermal NDR, or with
        vanadium dioxide that heats itself.
    link : {"capacitive", "resistive", "thermal"}
        Kind of coupling; only neuristors can be coupled by heat.
    periods : int
        Length of a run; frequencies are taken from its second half.
    tolerance : float
        Largest relative difference of frequencies that may remain unseen, as the error of the phase's drift.
    record, processes, scheduler, progress
        As for `circuitnn.studies.study`.

    Returns
    -------
    Answer
        Data, by coupling and detuning: ``locked`` (0 or 1; 1 if the phase does not drift, see `NetworkResult.locked`,
        and the coupling holds it: another start of the second oscillator leads to the same phase), ``difference`` of
        the frequencies over their mean (NaN where both rest), ``frequency`` (mean) [Hz], ``phase`` of the second
        oscillator if they are locked [rad].
    """
    chosen = settings(locals())
    oscillator, _ = known(KINDS, kind, "kind"), known(COUPLINGS, link, "link")
    if not all(0.0 <= d < 1.0 for d in detuning) or periods < 20 or not tolerance > 0.0:
        raise AnalysisError("locking: 0 <= detuning < 1, at least 20 periods and tolerance > 0 are needed")
    at = Point(oscillator, link, oscillator.free_period(), periods, tolerance)
    data = study(
        at,
        Grid(coupling=coupling, detuning=detuning),
        record=record,
        processes=processes,
        scheduler=scheduler,
        progress=progress,
        title="locking",
    )
    data.attrs |= chosen
    # Two that rest have no frequencies to compare, and two that do not lock have no phase: no failures of the points.
    data["difference"] = data["difference"].where(data["frequency"] > 0.0)
    data["phase"] = data["phase"].where(data["locked"] > 0.5)
    return Answer("locking", "Locking of two oscillators", _summary(data), data, *_table(data), draw=_draw)


@dataclass
class Point:
    """Two oscillators at one point of the study."""

    kind: Kind
    link: str
    period: float
    periods: int
    tolerance: float

    def __call__(self, coupling: float, detuning: float) -> dict[str, float]:
        """Run the pair of a point; 0 for what it does not have."""
        run = self._run(coupling, detuning, STARTS[1])
        f = run.frequencies()
        locked = run.locked(self.tolerance) and self._held(run, coupling, detuning)
        phases = run.phases() if locked else np.zeros(2)
        return {
            "locked": float(locked),
            "difference": float((f[0] - f[1]) / f.mean()) if f.any() else 0.0,
            "frequency": float(f.mean()),
            "phase": float(_signed(phases[1] - phases[0])),
        }

    def _run(self, coupling: float, detuning: float, start: float) -> NetworkResult:
        """Run the pair, the second oscillator from a point of its swing."""
        import networkx

        cell = self.kind.cell([-0.5 * detuning, 0.5 * detuning], [STARTS[0], start])
        pair = OscillatorNetwork(networkx.path_graph(2), cell, COUPLINGS[self.link](coupling))
        return pair.tran(self.periods * self.period, self.period / POINTS)

    def _held(self, run: NetworkResult, coupling: float, detuning: float) -> bool:
        """Whether the coupling holds the phase: a shift of the start dies out; between free oscillators it stays."""
        shifted = self._run(coupling, detuning, STARTS[1] + SHIFT)
        if not shifted.locked(self.tolerance):
            return False
        at_once = (shifted.rises[1][0] - run.rises[1][0]) / self.period * TURN
        end = min(float(times[-1]) for result in (run, shifted) for times in result.rises)
        early, late = (
            abs(_signed(np.diff(shifted.phases(t)) - np.diff(run.phases(t)))[0])
            for t in (EARLY * self.period, np.nextafter(end, 0.0))
        )
        return bool(late <= HELD * early or early <= GONE * abs(at_once))


def _signed(phase: np.ndarray) -> np.ndarray:
    """An angle in -π … π."""
    return np.asarray((phase + np.pi) % TURN - np.pi)


def _range(here: xarray.Dataset) -> tuple[float, float]:
    """Largest detuning up to which all are locked, and the next one; NaN if there is none."""
    ordered = here.sortby("detuning")
    detuning, locked = ordered["detuning"].values, ordered["locked"].values > 0.5
    count = int(np.argmin(locked)) if not locked.all() else len(locked)
    return (
        float(detuning[count - 1]) if count else float("nan"),
        float(detuning[count]) if count < len(detuning) else float("nan"),
    )


def _summary(data: xarray.Dataset) -> list[str]:
    sentences = []
    for name, here in cases(data):
        last, following = _range(here)
        if np.isnan(last):
            sentences.append(f"{name}: the two do not lock.")
        elif np.isnan(following):
            sentences.append(f"{name}: locked at all detunings up to {100 * last:.3g} %.")
        else:
            sentences.append(f"{name}: locked up to {100 * last:.3g} %, not at {100 * following:.3g} %.")
    return sentences


def _table(data: xarray.Dataset) -> tuple[list[str], list[list[str]]]:
    rows = []
    for name, here in cases(data):
        for value in here["detuning"].values:
            point = here.sel(detuning=value)
            locked = bool(point["locked"] > 0.5)
            rows.append(
                [
                    name,
                    f"{100 * float(value):.4g}",
                    f"{1e-3 * float(point['frequency']):.6g}",
                    "locked" if locked else f"{100 * float(point['difference']):.4g}",
                    f"{np.degrees(float(point['phase'])):.1f}" if locked else "",
                ]
            )
    return ["coupling", "detuning [%]", "frequency [kHz]", "difference [%]", "phase [°]"], rows


def _draw(data: xarray.Dataset, place: Place) -> Figure:
    tongue = data.sizes["coupling"] > 1
    figure, axes = panels(
        place, 1, 3 if tongue else 2, "Two coupled oscillators", (17.0 if tongue else 11.5, 4.5)
    )
    detuning = 100 * data["detuning"].values
    family(axes[0, 0], detuning, {name: 100 * here["difference"].values for name, here in cases(data)})
    axes[0, 0].set(xlabel="detuning [%]", ylabel="difference of frequencies [%]")
    family(axes[0, 1], detuning, {name: np.degrees(here["phase"].values) for name, here in cases(data)})
    axes[0, 1].set(xlabel="detuning [%]", ylabel="phase where locked [°]", xlim=axes[0, 0].get_xlim())
    if tongue:
        _draw_tongue(axes[0, 2], data)
    return figure


def _draw_tongue(panel: Axes, data: xarray.Dataset) -> None:
    """Draw the Arnold tongue: the difference of frequencies over detuning and coupling, the locked region framed."""
    named = cases(data)
    difference = np.array([100 * np.abs(here["difference"].values) for _, here in named])
    locked = np.array([here["locked"].values > 0.5 for _, here in named])
    detuning, couplings = 100 * data["detuning"].values, [name for name, _ in named]
    field(panel, np.where(locked, 0.0, difference), detuning, couplings, "difference of frequencies [%]")
    frame(panel, locked)
    panel.set(xlabel="detuning [%]", ylabel="coupling", title="Arnold tongue: locked (framed)")


QUESTION = Question("locking", "Where two coupled oscillators lock: coupling against detuning", locking)
