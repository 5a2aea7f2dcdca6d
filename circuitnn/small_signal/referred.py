"""Noise referred to a source, and integrated over frequency."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from circuitnn.elements import element
from circuitnn.errors import AnalysisError

LEAST_GAIN = 1e-20  # |transfer|² that noise is referred by where there is less


def quantities(source: str, suffix: str = "") -> Callable[[str], str]:
    """Quantity of a column, by its name: noise referred to a current source is a current."""
    referred = "voltage" if source and element(source[0].lower()).branch else "current"
    return lambda name: (referred if name.startswith("inoise") else "voltage") + suffix


def squared_gain(analysis: str, transfer: np.ndarray, at: np.ndarray, source: str) -> np.ndarray:
    """|transfer|² from the source to the output; refers noise to the source.

    Raises
    ------
    AnalysisError
        It is too large.
    """
    with np.errstate(over="ignore"):
        gain = np.abs(transfer) ** 2
    if not np.all(np.isfinite(gain)):
        first = at[np.flatnonzero(~np.isfinite(gain))[0]]
        raise AnalysisError(
            f"{analysis}: the gain from {source} to the output is {np.abs(transfer).max():.3g} at {first:g} Hz, too "
            "large to be squared: look for a value that was not meant"
        )
    return np.maximum(gain, LEAST_GAIN)


def unreached(analysis: str, source: str) -> str:
    """Note on a source that does not reach the output."""
    return (
        f"{analysis}: {source} does not reach the output: noise referred to it is for a gain of "
        f"{np.sqrt(LEAST_GAIN):g}, as in ngspice"
    )


def integrals(at: np.ndarray, gain: np.ndarray, density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Integrals of densities at an output and referred to an input, each of shape (parts,).

    Densities are taken as powers of the frequency between points; straight in an interval that touches 0.

    Parameters
    ----------
    at : ndarray, shape (m,)
        Ascending; negative ones are offsets below a harmonic. [Hz]
    gain : ndarray, shape (m,)
        Squared gain from the input to the output.
    density : ndarray, shape (parts, m)
        At the output.
    """
    from circuitnn._cext.noise import integrate

    squares, referred = np.zeros(len(density)), np.zeros(len(density))
    above, below = np.flatnonzero(at > 0.0), np.flatnonzero(at < 0.0)[::-1]
    for side in (above, below):
        integrate(np.abs(at[side]), gain[side], np.ascontiguousarray(density[:, side]), squares, referred)
    for k in np.flatnonzero((at[:-1] <= 0.0) & (at[1:] >= 0.0)):
        both, half = slice(k, k + 2), 0.5 * (at[k + 1] - at[k])
        squares += half * density[:, both].sum(axis=1)
        referred += half * (density[:, both] / gain[both]).sum(axis=1)
    return squares, referred
