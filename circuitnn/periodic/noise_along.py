"""Noise sources along a periodic orbit, and what they give at an output."""

from __future__ import annotations

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.periodic.varying import STAGES, Signals, Varying
from circuitnn.small_signal.noise_sources import Fluctuation, fluctuations

AT_REST = 1e-9  # part of the orbit's frequency that counts as 0 Hz


class NoiseAlong:
    """Densities of all noise sources at the stages of an orbit's steps.

    Parameters
    ----------
    varying : Varying

    Attributes
    ----------
    names : list of str
    """

    def __init__(self, varying: Varying) -> None:
        self.varying = varying
        simulation, flow = varying.found.simulation, varying.found.flow
        kept, held = simulation.x.copy(), flow.memory
        flow.memory = varying.found.orbit.memory
        steps = []
        for x in varying.points.reshape(-1, varying.n):
            simulation.x[:-1] = x
            steps.append(list(fluctuations(simulation)))
        simulation.x[:], flow.memory = kept, held
        self.sources = steps[0]
        self.names = [name for source in self.sources for name in source.names]
        for source in self.sources:
            if source.spectrum is not None:
                raise AnalysisError(
                    f"pnoise: the density of {source.names[0]} is a table: only white and 1/f are known"
                )
        shape = (len(varying.h), STAGES, -1)
        self.white, self.flicker = (
            [np.reshape([getattr(s[k], word) for s in steps], shape) for k in range(len(self.sources))]
            for word in ("white", "flicker")
        )

    def densities(self, kernel: np.ndarray, signals: Signals, sidebands: int) -> np.ndarray:
        """Density of each source at the output, shape (sources, f), by the kernel of `Varying.received`. [V²/Hz]"""
        varying, found = self.varying, [np.zeros((0, kernel.shape[3]))]  # a circuit may have no noise
        for source, white, flicker in zip(self.sources, self.white, self.flicker, strict=True):
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
        return np.asarray((through / at[:, None, :] ** source.exponent[None, :, None]).sum(axis=0))


def _seen(source: Fluctuation, kernel: np.ndarray) -> np.ndarray:
    """Response to the current of each instance, shape (m, 3, instances, f)."""
    ground = np.zeros((*kernel.shape[:2], 1, kernel.shape[3]))
    padded = np.concatenate([kernel, ground], axis=2)
    if len(source.rows):
        return np.asarray((source.factors[:, :, None] * padded[:, :, source.rows]).sum(axis=2))
    return padded[:, :, source.plus] - padded[:, :, source.minus]
