"""Fourier coefficients from samples of a period, and samples from coefficients."""

from __future__ import annotations

import numpy as np


def waves(X: np.ndarray, m: int) -> np.ndarray:
    """Samples at m moments, shape (m, n), from coefficients."""
    full = np.zeros((m // 2 + 1, X.shape[1]), dtype=complex)
    full[: len(X)] = X
    return np.asarray(np.fft.irfft(full, m, axis=0) * m)


def spectrum(samples: np.ndarray, H: int) -> np.ndarray:
    """Coefficients 0 … H, shape (H + 1, n), from samples."""
    return np.asarray(np.fft.rfft(samples, axis=0)[: H + 1] / len(samples))


def as_real(X: np.ndarray) -> np.ndarray:
    """Coefficients as a real vector, harmonic by harmonic: mean, real and imaginary parts."""
    return np.concatenate([X[0].real, np.stack([X[1:].real, X[1:].imag], axis=1).ravel()])


def as_complex(v: np.ndarray, n: int) -> np.ndarray:
    """Coefficients from such a vector, shape (H + 1, n)."""
    parts = v[n:].reshape(-1, 2, n)
    return np.concatenate([v[None, :n].astype(complex), parts[:, 0] + 1j * parts[:, 1]])
