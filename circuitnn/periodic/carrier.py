"""Noise beside a harmonic of an oscillator, over the power of the harmonic."""

from __future__ import annotations

import warnings

import numpy as np

from circuitnn.errors import DeckWarning
from circuitnn.periodic.varying import Varying

NEAR = 1e-2  # relative error of a density, from the width of the line, beyond which there is a warning
LEAST = 1e-300  # of a circuit without noise [1/Hz]
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
    output = varying.points @ e
    turned = np.exp(-2j * np.pi * harmonic * varying.t / varying.period)
    amplitude = 2.0 * np.abs((varying.weights * output * turned).sum())
    if amplitude <= SILENT * np.ptp(output):
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
