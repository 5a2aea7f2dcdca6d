"""Noise beside a harmonic of an oscillator, over the power of the harmonic."""

from __future__ import annotations

import math
import warnings

import numpy as np

from circuitnn.errors import DeckWarning
from circuitnn.periodic.varying import Varying

NEAR = 1e-2  # relative error of a density, from the width of the line, beyond which there is a warning
LEAST = 1e-300  # of a circuit without noise [1/Hz]
LOOKED = 100  # harmonics in a band, of which the first that the output has is named
SILENT = 1e-9  # amplitude of a harmonic, of the output's swing, that is rounding


def over_the_carrier(
    varying: Varying, e: np.ndarray, harmonic: int, offsets: np.ndarray, density: np.ndarray
) -> np.ndarray | None:
    """Single-sideband noise over the power of the carrier, shape (f,), or None without a carrier. [dBc/Hz]

    Small signals have it grow as 1/offset² without an end. The line of an oscillator in white noise is a Lorentzian, of
    half width w = π·L·offset², and L is lower by the factor 1 + (w/offset)²: a warning says where that counts.

    Parameters
    ----------
    varying : Varying
    e : ndarray, shape (n,)
        The output is e·x.
    harmonic : int
        That of the carrier.
    offsets, density : ndarray, shape (f,)
        [Hz], [V²/Hz]
    """
    amplitude = _amplitude(varying, e, harmonic)
    if amplitude == 0.0:
        warnings.warn(
            f"pnoise: the output has no harmonic {harmonic}, over whose power its noise could be given",
            DeckWarning,
            stacklevel=2,
        )
        return None
    ratio = np.maximum(density / (0.5 * amplitude**2), LEAST)
    wide = (np.pi * ratio * offsets) ** 2
    if wide.max() > NEAR:
        far = np.abs(offsets[np.argmax(wide)]) * np.sqrt(wide.max() / NEAR)
        warnings.warn(
            f"pnoise: noise within {far:.3g} Hz of the carrier is too large by more than {100.0 * NEAR:g} %: the "
            "line of the oscillator is wide there, and cycle.phase_noise() has its shape",
            DeckWarning,
            stacklevel=2,
        )
    return np.asarray(10.0 * np.log10(ratio))


def warn_across(varying: Varying, e: np.ndarray, harmonic: int, offsets: np.ndarray) -> None:
    """Warn of integrals across harmonics of an oscillator, where small signals have no finite ones.

    Parameters
    ----------
    varying, e, harmonic
        As of `over_the_carrier`.
    offsets : ndarray, shape (f,)
        Ascending. [Hz]
    """
    first, last = (harmonic + offset / varying.fundamental for offset in (offsets[0], offsets[-1]))
    inside = range(max(math.ceil(first), 1), math.floor(last) + 1)[:LOOKED]
    across = next((number for number in inside if _amplitude(varying, e, number) > 0.0), 0)
    if not across:
        return
    warnings.warn(
        f"pnoise: the integral runs across the carrier of {across * varying.fundamental:.9g} Hz, where the "
        "density grows as 1/offset² without an end: the total follows from the choice of points. Integrate on one side "
        f"of it, as offsets from a harmonic: harmonic={across} also gives the noise over the carrier, in dBc/Hz",
        DeckWarning,
        stacklevel=2,
    )


def _amplitude(varying: Varying, e: np.ndarray, harmonic: int) -> float:
    """Amplitude of a harmonic of the output; 0 where it is rounding."""
    output = varying.points @ e
    turned = np.exp(-2j * np.pi * harmonic * varying.t / varying.period)
    amplitude = 2.0 * float(np.abs((varying.weights * output * turned).sum()))
    return amplitude if amplitude > SILENT * np.ptp(output) else 0.0
