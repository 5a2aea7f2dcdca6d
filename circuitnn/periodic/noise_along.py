"""Noise sources along a periodic orbit, and what they give at an output."""

from __future__ import annotations

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.periodic.varying import STAGES, Signals, Varying
from circuitnn.small_signal.noise_sources import Fluctuation, fluctuations_along

AT_REST = 1e-9  # part of the orbit's frequency that counts as 0 Hz


class NoiseAlong:
    """Densities of all noise sources at the stages of an orbit's steps.

    Transmission lines, whose losses `.noise` knows, are not on orbits.

    Parameters
    ----------
    varying : Varying

    Attributes
    ----------
    names, devices : list of str
    """

    def __init__(self, varying: Varying) -> None:
        self.varying = varying
        flow, held = varying.found.flow, varying.found.flow.memory
        flow.memory = varying.found.orbit.memory
        x = varying.points.reshape(-1, varying.n)
        x = np.hstack([x, np.zeros((len(x), 1))])  # ground
        self.sources = list(fluctuations_along(varying.found.simulation, x, varying.t.ravel()))
        flow.memory = held
        self.names = [name for source in self.sources for name in source.names]
        self.devices = [device for source in self.sources for device in source.devices]
        for source in self.sources:
            _check(source)

    def densities(self, kernel: np.ndarray, signals: Signals, sidebands: int) -> np.ndarray:
        """Density of each source at the output, shape (sources, f), by the kernel of `Varying.received`. [V²/Hz]"""
        varying, found = self.varying, [np.zeros((0, kernel.shape[3]))]  # a circuit may have no noise
        for source in self.sources:
            white, flicker = (
                part.reshape(len(varying.h), STAGES, -1) for part in (source.white, source.flicker)
            )
            seen = _seen(source, kernel)
            density = np.einsum("kj,kjs,kjsf->sf", varying.weights, white, np.abs(seen) ** 2)
            if flicker.any():
                through = (
                    np.abs(varying.transfers(seen * np.sqrt(flicker)[..., None], signals, sidebands)) ** 2
                )
                density += self._folded(source, through, signals, sidebands)
            found.append(density)
        return np.concatenate(found)

    def _folded(
        self, source: Fluctuation, through: np.ndarray, signals: Signals, sidebands: int
    ) -> np.ndarray:
        k = np.arange(-sidebands, sidebands + 1)[:, None]
        at = np.abs(signals.offsets + (signals.harmonics + k) * self.varying.fundamental)
        if np.any(at < AT_REST * self.varying.fundamental):
            raise AnalysisError(
                f"pnoise: {source.names[0]} has flicker noise without limit at 0 Hz, folded to the output"
            )
        return np.asarray((through / at[:, None, :] ** source.exponent[0][:, None]).sum(axis=0))


def _check(source: Fluctuation) -> None:
    """Refuse densities that are not white and 1/f."""
    if source.spectrum is not None:
        raise AnalysisError(
            f"pnoise: the density of {source.names[0]} is a table: only white and 1/f are known"
        )
    bent = np.flatnonzero(np.ptp(source.exponent, axis=0) > 0.0)
    if bent.size:
        raise AnalysisError(
            f"pnoise: the exponent of the flicker noise of {source.names[bent[0]]} changes along the orbit: only a "
            "constant one is known"
        )


def _seen(source: Fluctuation, kernel: np.ndarray) -> np.ndarray:
    """Response to the current of each instance, shape (m, 3, instances, f)."""
    ground = np.zeros((*kernel.shape[:2], 1, kernel.shape[3]))
    padded = np.concatenate([kernel, ground], axis=2)
    if not len(source.rows):
        return padded[:, :, source.plus] - padded[:, :, source.minus]
    seen = np.zeros((*kernel.shape[:2], len(source.names), kernel.shape[3]), dtype=complex)
    for rows, factors in zip(source.rows, source.factors, strict=True):
        seen += factors.reshape(*kernel.shape[:2], -1)[..., None] * padded[:, :, rows]
    return seen
