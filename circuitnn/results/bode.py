"""Pictures of phasors: Bode plots and Nyquist plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.results.figure_place import ANYWHERE, Place, stacked
from circuitnn.results.figures import colours, legend, scaled, setting
from circuitnn.results.phasors import continuous_phase, decibels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.results.result import Result

MAX_PHASORS = 8
PHASES = ("vp", "ip", "ph", "phase", "cph", "cphase")  # whose values are phases in radians


def loudest(result: Result) -> list[tuple[str, np.ndarray]]:
    """Choose the voltages with the largest magnitudes, in the result's order; without voltages, what else there is.

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
    voltages = voltages or [k for k, name in enumerate(result.names) if name != result.axis]
    chosen = sorted(sorted(voltages, key=lambda k: -size[k])[:MAX_PHASORS])
    return [(result.names[k], result.data[:, k]) for k in chosen]


def draw_bode(result: Result, phasors: Sequence[tuple[str, np.ndarray]], place: Place = ANYWHERE) -> Figure:
    """Draw magnitude in decibels and phase in degrees over the logarithm of the frequency.

    Parameters
    ----------
    result : Result
        Of an ac analysis.
    phasors : sequence of (label, ndarray)
        A real array with a label such as ``vdb(out)`` is in decibels, one such as ``vp(out)`` a phase in radians, any
        other one is a magnitude. There is no panel for what none of them has.
    place : Place

    Returns
    -------
    matplotlib.figure.Figure
    """
    curves = [(name, *_magnitude_and_phase(name, phasor)) for name, phasor in phasors]
    panels = [
        (label, place_of)
        for label, place_of in (("Magnitude [dB]", 1), ("Phase [°]", 2))
        if any(curve[place_of] is not None for curve in curves)
    ]
    figure, axes = stacked(len(panels), 6.4 if len(panels) > 1 else 3.6, place)
    cycle = colours()
    frequency = np.real(result.data[:, 0])
    for axis, (label, place_of) in zip(axes, panels, strict=True):
        for number, curve in enumerate(curves):
            if curve[place_of] is not None:
                axis.semilogx(frequency, curve[place_of], color=cycle[number % len(cycle)], label=curve[0])
        axis.set_ylabel(label)
    axes[-1].set_xlabel("Frequency [Hz]")
    if place.own and len(panels) > 1:
        axes[0].sharex(axes[1])
        axes[0].tick_params(labelbottom=False)
    place.limit(axes)
    named: set[object] = set()
    for axis in axes:  # the phases of the magnitudes above have their colours
        labels = {line.get_label() for line in axis.get_lines()}
        if not labels <= named:
            legend(axis)
        named |= labels
    return figure


def _magnitude_and_phase(name: str, phasor: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """What a Bode plot shows of an array, in decibels and in degrees; a real one is one of them."""
    if np.iscomplexobj(phasor):
        return decibels(phasor), continuous_phase(phasor)
    word = name.lower().partition("(")[0]
    if word.endswith("db"):
        return phasor, None
    if word in PHASES:
        return None, np.degrees(np.unwrap(phasor))
    return decibels(phasor), None


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
