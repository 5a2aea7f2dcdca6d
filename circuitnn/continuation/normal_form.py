"""Normal form of a Hopf point: whether the cycles that begin there attract, and how their amplitude grows.

With f(x) + d/dt q(x) = 0, x = x₀ + z·p + z̄·p̄ + ½·z²·h₂₀ + z·z̄·h₁₁ + … and dz/dt = jω·z + c·z·|z|², the powers of z give

    (G + jω·C)·p = 0,  ψ·(G + jω·C) = 0,  ψ·C·p = 1
    G·h₁₁ = -F₂(p, p̄)
    (G + 2jω·C)·h₂₀ = -(F₂ + 2jω·Q₂)(p, p)
    c = -ψ·[M(p, h₁₁) + ½·M(p̄, h₂₀) + ½·(F₃ + jω·Q₃)(p, p, p̄)],  M = F₂ + jω·Q₂

with the second and third derivatives F₂, F₃ of f and Q₂, Q₃ of q. For q(x) = x this is Kuznetsov's invariant
expression of the first Lyapunov coefficient, l₁ = Re c/ω for |p| = 1. All forms follow from the derivatives of the
exact G and C along the real and the imaginary part of p, which are central differences. Their step h is extrapolated to
0 in c(h) as a whole (Ridders), for two phases of p: c does not depend on the phase, but its errors do.

References
----------
Y. A. Kuznetsov, "Elements of Applied Bifurcation Theory", 3rd ed. (2004), section 5.4,
doi:10.1007/978-1-4757-3978-1.
C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Adv. Eng. Softw. 4, 75 (1982),
doi:10.1016/S0141-1195(82)80057-0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from circuitnn.continuation.curve import Curve, correct
from circuitnn.continuation.null_vectors import nearest_mode
from circuitnn.operating_point.modes import matrices
from circuitnn.results.special_points import Onset

LEVELS = 16  # steps of differences, each half of the one before; the first moves an unknown by its size
ORDERS = 5  # most steps that one extrapolation combines
PHASES = (1.0, np.exp(0.7j))
CAUTION = 10.0  # factor of the extrapolation's own error
ROUNDED = 1e-9  # error of the sum, in its largest terms, that the accuracy of the point and its mode leaves
EPSILON = float(np.finfo(float).eps)
SHIFT = 1e-4  # step of the derivative by λ, in its span

Pencil = tuple[np.ndarray, np.ndarray]  # G and C


class Derivatives(NamedTuple):
    """Derivatives of G and C along a mode p: the forms (p, ·) and (p, p̄, ·) as matrices."""

    G: np.ndarray
    C: np.ndarray
    G2: np.ndarray
    C2: np.ndarray


class Form(NamedTuple):
    """The normal form of a Hopf point.

    Parameters
    ----------
    p, psi : ndarray of complex, shape (n,)
        The mode, and the left one, ψ·C·p = 1.
    omega : float
        [rad/s]
    c : complex
        Cubic coefficient, [1/s].
    error : float
        Of c. [1/s]
    """

    p: np.ndarray
    psi: np.ndarray
    omega: float
    c: complex
    error: float


def onset(curve: Curve, point: np.ndarray, omega: float) -> Onset | None:
    """How the oscillation of a Hopf point begins; None if its equations have no derivatives there.

    Parameters
    ----------
    curve : Curve
    point : ndarray, shape (n + 1,)
        The Hopf point.
    omega : float
        [rad/s]
    """
    curve.knob.set(float(point[-1]))
    currents = curve.simulation.system.unknowns.of_kind("current")
    sizes = reaches(currents, curve.scale[:-1], point[:-1])
    form = normal_form(lambda x: _pencil(curve, x), point[:-1], omega, sizes)
    if form is None:
        return None
    rate = _by_value(curve, point, form)
    curve.knob.set(float(point[-1]))
    coefficient, error = form.c.real / omega, float(form.error / omega)
    if rate is None or not abs(coefficient) > error:
        return Onset(coefficient, error)
    # 0 = Re ds/dλ·Δλ + Re c·|z|², and the frequency follows from the imaginary parts
    square = -rate.real / form.c.real  # of |z|, by Δλ
    names = curve.simulation.system.unknowns.names
    swing = 2.0 * form.p * np.sqrt(abs(square))
    drift = (rate.imag + form.c.imag * square) / (2.0 * np.pi)
    side = int(np.sign(square))
    return Onset(coefficient, error, side, dict(zip(names, swing.tolist(), strict=True)), float(drift))


def normal_form(
    pencil_at: Callable[[np.ndarray], Pencil],
    x: np.ndarray,
    omega: float,
    sizes: np.ndarray,
    levels: int = LEVELS,
    phases: Sequence[complex] = PHASES,
) -> Form | None:
    """The normal form at a Hopf point; None where the derivatives do not exist, or no mode is found.

    Parameters
    ----------
    pencil_at : callable
        Unknowns → G and C, dense.
    x : ndarray, shape (n,)
    omega : float
        [rad/s]
    sizes : ndarray, shape (n,)
        Of the unknowns; the longest difference moves none by more. Infinite where it may.
    levels : int
        Steps of differences.
    phases : sequence of complex
        Of the mode.
    """
    pencil = G, C = pencil_at(x)
    try:
        p = nearest_mode(G, C, omega, np.where(np.isfinite(sizes), sizes, 1.0))
        psi = nearest_mode(G.T, C.T, omega, np.ones(len(x)))
    except np.linalg.LinAlgError:
        return None
    p /= np.linalg.norm(p[np.any(C != 0.0, axis=0)])
    psi /= psi @ C @ p
    coefficients = []
    steps = (0.5 ** np.arange(levels) / np.max(np.abs(p) / sizes)).tolist()
    with np.errstate(all="ignore"):
        rounding = float(EPSILON * np.abs(psi) @ (np.abs(G) + omega * np.abs(C)) @ np.abs(p))
    for turn in phases:
        values = []
        for h in steps:
            derivatives = _derivatives(pencil_at, x, pencil, turn * p, h)
            with np.errstate(all="ignore"):
                c, largest = _coefficient(pencil, derivatives, turn * p, psi / turn, omega)
            values.append((c, max(ROUNDED * largest, rounding / h**2)))
        coefficients.append(_extrapolated(values))
    coefficients.sort(key=lambda pair: pair[1])
    (c, error), (other, _) = coefficients[0], coefficients[-1]
    if not (np.isfinite(c) and np.isfinite(other)):
        return None
    return Form(p, psi, omega, complex(c), max(CAUTION * error, abs(c - other)))


def _pencil(curve: Curve, x: np.ndarray) -> Pencil:
    """Dense G and C."""
    simulation = curve.simulation
    full = np.append(x, 0.0)
    simulation.regularisation.follow(full)
    G, C = (m.toarray() for m in matrices(simulation, full, curve.knob.settled))
    return simulation.regularisation.resolved(G), C


def reaches(currents: np.ndarray, scale: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Sizes for `normal_form`: currents follow from the other unknowns, if there are any."""
    sizes = np.maximum(scale, np.abs(x))
    return sizes if np.all(currents) else np.where(currents, np.inf, sizes)


def _derivatives(
    pencil_at: Callable[[np.ndarray], Pencil], x: np.ndarray, here: Pencil, p: np.ndarray, h: float
) -> Derivatives:
    """Central differences with a step of h·p."""
    first, second = [], []
    for along in (p.real, p.imag):
        above, below = (pencil_at(x + way * h * along) for way in (1.0, -1.0))
        with np.errstate(all="ignore"):
            first.append([(a - b) / (2.0 * h) for a, b in zip(above, below, strict=True)])
            second.append([(a + b - 2.0 * m) / h**2 for a, b, m in zip(above, below, here, strict=True)])
    G, C = (a + 1j * b for a, b in zip(*first, strict=True))
    return Derivatives(G, C, *(a + b for a, b in zip(*second, strict=True)))


def _coefficient(
    pencil: Pencil, d: Derivatives, p: np.ndarray, psi: np.ndarray, omega: float
) -> tuple[complex, float]:
    """c, and the largest of its terms; NaN where a derivative has no value."""
    G, C = pencil
    if not all(np.all(np.isfinite(part)) for part in d):
        return complex(np.nan), np.nan
    jw = 1j * omega
    try:
        h11 = -np.linalg.solve(G, d.G @ p.conj())
        h20 = -np.linalg.solve(G + 2.0 * jw * C, (d.G + 2.0 * jw * d.C) @ p)
    except np.linalg.LinAlgError:
        return complex(np.nan), np.nan
    M = d.G + jw * d.C
    # (p̄, ·) is the conjugate of (p, ·) in G and C apart
    across = d.G.conj() + jw * d.C.conj()
    terms = [psi @ (M @ h11), 0.5 * psi @ (across @ h20), 0.5 * psi @ ((d.G2 + jw * d.C2) @ p)]
    return complex(-sum(terms)), float(max(map(abs, terms)))


def _extrapolated(values: list[tuple[complex, float]]) -> tuple[complex, float]:
    """The limit of values at steps that halve, with even powers of the step, and its error; NaN if there is none.

    Each value comes with an error that no extrapolation lessens.
    """
    best, error = complex(np.nan), np.inf
    before: list[complex] = []
    for value, least in values:
        row = [value]
        for order in range(1, min(len(before), ORDERS) + 1):
            weight = 4.0**order
            row.append((weight * row[-1] - before[order - 1]) / (weight - 1.0))
            apart = max(abs(row[-1] - row[-2]), abs(row[-1] - before[order - 1]), least)
            if apart < error:
                best, error = row[-1], apart
        before = row
    return best, float(error)


def _by_value(curve: Curve, point: np.ndarray, form: Form) -> complex | None:
    """Derivative of the mode s by λ, along the curve; None where a point nearby is not found."""
    step, rates = SHIFT * curve.knob.span, []
    for way in (1.0, -1.0):
        near = point.copy()
        near[-1] += way * step
        if not correct(curve, near, curve.n):
            return None
        G, C = _pencil(curve, near[:-1])
        rates.append(-(form.psi @ G @ form.p) / (form.psi @ C @ form.p))  # its error is of second order
    return complex((rates[0] - rates[1]) / (2.0 * step))
