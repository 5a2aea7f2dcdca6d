"""Floquet multipliers and the stability of an orbit.

References
----------
Y. A. Kuznetsov, "Elements of Applied Bifurcation Theory", 3rd ed. (2004), doi:10.1007/978-1-4757-3978-1.
"""

from __future__ import annotations

import numpy as np

REAL = 1e-9  # imaginary part, relative to the size, below which a multiplier is real
NEAR = 1e-5  # distance from the unit circle that counts as on it,
ALIKE = 2.0  # … and from 1, in units of the distance of that multiplier which is exactly 1
LASTS = 1e-3  # least part that is left after a period of what lasts
TURN = 1.0  # angle of a mode in a step, above which formulas damp it [rad]


def multipliers(monodromy: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Eigenvalues of the monodromy matrix, largest first.

    Parameters
    ----------
    monodromy : ndarray, shape (k, k)
    sizes : ndarray, shape (k,)
        Scales of the coordinates.
    """
    values = np.linalg.eigvals(monodromy * sizes[None, :] / sizes[:, None]).astype(complex)
    return values[np.lexsort((-values.imag, -np.abs(values)))]


def trivial(values: np.ndarray) -> int:
    """Index of the multiplier of a time shift along an autonomous orbit: the one nearest to 1."""
    return int(np.argmin(np.abs(values - 1.0)))


def missed(rates: np.ndarray, period: float, steps: int) -> float:
    """Frequency of the slowest mode that lasts, but turns too fast for the steps; infinite if there is none. [Hz]

    Parameters
    ----------
    rates : ndarray of complex
        Of small deviations from a point of the orbit, exp(s·t). [1/s]
    period : float
        [s]
    steps : int
        In a period.
    """
    lasting = rates.real * period > np.log(LASTS)
    turns = np.abs(rates.imag[lasting])
    fast = turns[turns * period / steps > TURN]
    return float(fast.min() / (2.0 * np.pi)) if len(fast) else np.inf


def judged(values: np.ndarray, autonomous: bool) -> tuple[bool, str]:
    """Whether an orbit is stable, and its description in words.

    Parameters
    ----------
    values : ndarray of complex, shape (k,)
        Floquet multipliers.
    autonomous : bool
        Whether one of them belongs to a shift in time.
    """
    others, error = values, 0.0
    if autonomous and len(values):
        k = trivial(values)
        others, error = np.delete(values, k), float(abs(values[k] - 1.0))
    # Of two multipliers of 1, rounding drives both away from it, equally far.
    size = np.where(np.abs(others - 1.0) <= ALIKE * error, 1.0, np.abs(others))
    out = others[size > 1.0 + NEAR]
    if not len(out):
        if not len(others):
            return True, "stable: there is nothing but the phase"
        if size.max() >= 1.0 - NEAR:
            return (
                True,
                f"neutral: a deviation neither grows nor shrinks (multiplier {_shown(others[size.argmax()])})",
            )
        return True, f"stable: a deviation shrinks by {size.max():.4g} in a period"
    worst = out[np.abs(out).argmax()]
    real = abs(worst.imag) <= REAL * abs(worst)
    way = (
        "as beyond a period doubling"
        if real and worst.real < 0
        else "steadily"
        if real
        else "turning as it goes"
    )
    count = f"{len(out)} multipliers lie" if len(out) > 1 else "a multiplier lies"
    return (
        False,
        f"unstable: {count} outside the unit circle; a deviation grows by {abs(worst):.4g} in a period, {way}",
    )


def _shown(value: complex) -> str:
    return (
        f"{value.real:.6g}" if abs(value.imag) <= REAL * abs(value) else f"{value.real:.6g}{value.imag:+.6g}j"
    )
