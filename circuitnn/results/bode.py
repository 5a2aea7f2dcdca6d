"""Pictures of phasors: Bode plots and Nyquist plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.results.figures import colours, legend, scaled, setting
from circuitnn.results.phasors import continuous_phase, decibels
from circuitnn.results.place import ANYWHERE, Place, stacked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.results.result import Result

MAX_PHASORS = 8


def loudest(result: Result) -> list[tuple[str, np.ndarray]]:
    """Choose the voltages with the largest magnitudes, in the result's order.

    Parameters
    ----------
    result : Result

    Returns
    -------
    list of (label, ndarray)
        At most 8.
    """
    size = np.abs(result.data).max(axis=0)
    voltages = [k for k, kind in enumerate(result.types) if kind == "voltage"]
    chosen = sorted(sorted(voltages, key=lambda k: -size[k])[:MAX_PHASORS])
    return [(result.names[k], result.data[:, k]) for k in chosen]


def draw_bode(result: Result, phasors: Sequence[tuple[str, np.ndarray]], place: Place = ANYWHERE) -> Figure:
    """Draw magnitude in decibels and phase in degrees over the logarithm of the frequency.

    Parameters
    ----------
    result : Result
        Of an ac analysis.
    phasors : sequence of (label, ndarray)
        A real array with a label such as ``vdb(out)`` is in decibels, any other one is a magnitude.
    place : Place

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = stacked(2, 6.4, place)
    cycle = colours()
    frequency = np.real(result.data[:, 0])
    for number, (name, phasor) in enumerate(phasors):
        if not np.iscomplexobj(phasor):  # a real part of it, such as vdb(out)
            phasor = np.asarray(10.0 ** (phasor / 20.0) if "db(" in name.lower() else phasor, dtype=complex)
        colour = cycle[number % len(cycle)]
        axes[0].semilogx(frequency, decibels(phasor), color=colour, label=name)
        axes[1].semilogx(frequency, continuous_phase(phasor), color=colour)
    axes[0].set_ylabel("Magnitude [dB]")
    axes[1].set_ylabel("Phase [°]")
    axes[1].set_xlabel("Frequency [Hz]")
    if place.own:
        axes[0].sharex(axes[1])
        axes[0].tick_params(labelbottom=False)
    place.limit(axes)
    legend(axes[0])
    return figure


def draw_nyquist(
    result: Result, phasors: Sequence[tuple[str, np.ndarray]], place: Place = ANYWHERE
) -> Figure:
    """Draw the imaginary over the real part; a dot marks the lowest frequency, a cross the critical point -1.

    Parameters
    ----------
    result : Result
        Of an ac analysis.
    phasors : sequence of (label, ndarray)
    place : Place

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    AnalysisError
        One of them is real, such as ``vdb(out)``.
    """
    for name, phasor in phasors:
        if not np.iscomplexobj(phasor):
            raise AnalysisError(f"{name} is real: a Nyquist plot needs a phasor")
    names = [name for name, _ in phasors]
    kind = next((k for n, k in zip(result.names, result.types, strict=True) if n in names), "voltage")
    factor, label = scaled(kind, np.abs(np.concatenate([phasor for _, phasor in phasors])))
    figure, (axis,) = place.panels(1, 1, (6.4, 6.0))
    cycle = colours()
    for number, (name, phasor) in enumerate(phasors):
        colour = cycle[number % len(cycle)]
        axis.plot(phasor.real * factor, phasor.imag * factor, color=colour, label=name)
        axis.plot(phasor.real[:1] * factor, phasor.imag[:1] * factor, "o", color=colour, markersize=4)
    axis.plot([-factor], [0.0], "x", color=setting("axes.edgecolor"), scalex=False, scaley=False)
    axis.set_aspect("equal", adjustable="datalim")
    axis.set_xlabel(f"Real part of {label[0].lower()}{label[1:]}")
    axis.set_ylabel(f"Imaginary part of {label[0].lower()}{label[1:]}")
    place.limit([axis], factor, factor)
    legend(axis)
    return figure
