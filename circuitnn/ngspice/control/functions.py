"""Functions and constants of the formulas in control blocks, as ngspice has them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine import budget
from circuitnn.results.phasors import PARTS

MAX_LENGTH = 10_000_000


def _slope(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Slopes of the parabolas through neighbouring points, at the ends those of the last ones."""
    if len(x) < 3:
        return np.gradient(y, x) if len(x) > 1 else np.zeros_like(y)
    return np.gradient(y, x, edge_order=2)


def _differences(x: np.ndarray) -> np.ndarray:
    """Differences of the two neighbours, at the ends those to the one neighbour, as in ngspice."""
    around = np.concatenate([x[:1], x, x[-1:]])
    return around[2:] - around[:-2]


def single(value: complex) -> np.ndarray:
    """A number as a vector of one."""
    return np.array([value])


def _count(x: np.ndarray) -> int:
    """A length: the whole magnitude, at least 1."""
    magnitude = float(np.abs(x[0]))
    n = max(int(magnitude), 1) if np.isfinite(magnitude) else 0
    if not 1 <= n <= MAX_LENGTH:
        raise AnalysisError(f"a vector has 1 to {MAX_LENGTH} numbers, not {n}")
    budget.ask_memory(16.0 * n, "a vector")
    return n


def _spectrum(x: np.ndarray) -> np.ndarray:
    """2/N of the sums, half of that at 0, padded with zeros to a power of two, as in the command ``fft``.

    Complex numbers give all N frequencies, the negative ones last, and 1/N of the sums.
    """
    count = padded(len(x))
    if np.iscomplexobj(x):
        return np.fft.fft(x, count) / count
    amplitudes = np.fft.rfft(x, count) / (count / 2.0)
    amplitudes[0] /= 2.0
    return amplitudes


def waveform(x: np.ndarray, points: int) -> np.ndarray:
    """The inverse of the function ``fft``.

    Spectra of N/2 + 1 numbers are one-sided, all others have both sides.

    Parameters
    ----------
    x : ndarray
        The spectrum.
    points : int
        Points of the transient: the padding that ``fft`` added to as many is cut off again.

    Returns
    -------
    ndarray
    """
    if len(x) < 2:
        return np.real(x)
    samples: np.ndarray
    if len(x) == 2 or len(x) - 1 == padded(len(x) - 1):
        count = 2 * (len(x) - 1)
        samples = np.fft.irfft(np.concatenate([x[:1], x[1:] / 2.0])) * count
    else:
        count = padded(len(x))
        samples = np.fft.ifft(x, count) * count
    return samples[:points] if 1 < points != len(x) and padded(points) == count else samples


def padded(count: int) -> int:
    """The next power of two, from 2 on."""
    return 1 << max(count - 1, 1).bit_length()


def _group_delay(y: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """-dφ/dω along a frequency axis. [s]"""
    if len(frequency) < 2:
        return np.zeros(len(frequency))
    phase, omega = np.unwrap(np.angle(y)), 2.0 * np.pi * frequency
    return -np.gradient(phase, omega, edge_order=2 if len(frequency) > 2 else 1)


def _by_parts(f: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """A function of real numbers, applied to both parts of complex ones."""
    return lambda x: f(np.real(x)) + 1j * f(np.imag(x)) if np.iscomplexobj(x) else f(x)


def _phase(x: np.ndarray) -> np.ndarray:
    """Phase of complex numbers; that of real ones is 0, also of negative ones, as in ngspice."""
    return np.angle(x) if np.iscomplexobj(x) else np.zeros(len(x))


def _root(x: np.ndarray) -> np.ndarray:
    return np.sqrt(x if np.iscomplexobj(x) or np.all(x >= 0) else x.astype(complex))


FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    **PARTS,
    "abs": np.abs,
    "magnitude": np.abs,
    **dict.fromkeys(("ph", "phase"), _phase),
    **dict.fromkeys(("cph", "cphase"), lambda x: np.unwrap(_phase(x))),
    "unwrap": lambda x: np.unwrap(np.real(x)),
    "conj": np.conj,
    "j": lambda x: 1j * x,
    "sqrt": _root,
    "exp": np.exp,
    "ln": np.log,
    "log": np.log,
    "log10": np.log10,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "atan": np.arctan,
    "atanh": lambda x: np.arctanh(x if np.iscomplexobj(x) or np.all(np.abs(x) <= 1.0) else x.astype(complex)),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "floor": _by_parts(np.floor),
    "ceil": _by_parts(np.ceil),
    "nint": _by_parts(np.rint),
    "sgn": np.sign,
    "pos": lambda x: (np.real(x) > 0.0).astype(float),
    "length": lambda x: single(len(x)),
    "mean": lambda x: single(np.mean(x)),
    "avg": lambda x: np.cumsum(x) / np.arange(1, len(x) + 1),
    "stddev": lambda x: single(np.std(x, ddof=1) if len(x) > 1 else 0.0),
    "maximum": lambda x: single(np.max(np.real(x))),
    "minimum": lambda x: single(np.min(np.real(x))),
    "vecmax": lambda x: single(np.max(np.real(x))),
    "vecmin": lambda x: single(np.min(np.real(x))),
    "vector": lambda x: np.arange(float(_count(x))),
    "unitvec": lambda x: np.ones(_count(x)),
    "sortorder": lambda x: np.argsort(np.real(x), kind="stable").astype(float),
    "vecd": _differences,
    "fft": _spectrum,
    "norm": lambda x: x / max(float(np.max(np.abs(x))), 1e-300),
}
"""Functions of one vector."""

ALONG: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "deriv": _slope,
    "integ": lambda y, x: np.concatenate([[0.0], np.cumsum((y[1:] + y[:-1]) / 2 * np.diff(x))]),
    "group_delay": _group_delay,
}
RANDOM: dict[str, Callable[[np.random.Generator, np.ndarray], np.ndarray]] = {
    "sgauss": lambda g, x: g.standard_normal(len(x)),
    "sunif": lambda g, x: g.uniform(-1.0, 1.0, len(x)),
    "poisson": lambda g, x: g.poisson(np.clip(np.nan_to_num(x), 0.0, 1e18)).astype(float),
    "exponential": lambda g, x: g.exponential(np.abs(x)),
    "rnd": lambda g, x: np.floor(g.random(len(x)) * (np.floor(np.abs(x)) + 1.0)),
}
"""Functions that draw random numbers: one for each number of their argument."""
CONSTANTS = {
    "pi": np.pi,
    "e": np.e,
    "c": 299792458.0,
    "i": 1j,
    "kelvin": -273.15,
    "echarge": 1.602176634e-19,
    "boltz": 1.380649e-23,
    "planck": 6.62607015e-34,
    "yes": 1.0,
    "true": 1.0,
    "no": 0.0,
    "false": 0.0,
}
DEFINED: dict[str, tuple[tuple[str, ...], str]] = {
    "max": (("x", "y"), "(x gt y)*x + (x le y)*y"),
    "min": (("x", "y"), "(x lt y)*x + (x ge y)*y"),
}
"""Functions that ngspice defines by ``define``: arguments and formula."""
