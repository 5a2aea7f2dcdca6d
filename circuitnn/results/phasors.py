"""Parts of phasors: magnitude, phase, decibels, real and imaginary part, by their names in decks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def decibels(phasor: np.ndarray) -> np.ndarray:
    """Magnitude in decibels; zero is -6000 dB."""
    return 20.0 * np.log10(np.maximum(np.abs(phasor), 1e-300))


def continuous_phase(phasor: np.ndarray) -> np.ndarray:
    """Phase without jumps of 360 degrees from point to point. [degree]"""
    return np.degrees(np.unwrap(np.angle(phasor)))


# Functions of phasors; phases are in radians.
PARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mag": np.abs,
    "ph": np.angle,
    "phase": np.angle,
    "db": decibels,
    "re": np.real,
    "real": np.real,
    "im": np.imag,
    "imag": np.imag,
}
# What stands behind the v or i of a signal, as in ``vdb(out)``, and the function that it means.
SUFFIXES = {"m": "mag", "p": "ph", "db": "db", "r": "real", "i": "imag"}
