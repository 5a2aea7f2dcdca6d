"""Noise sources along a periodic orbit, and what they give at an output."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.periodic.varying import MOMENTS, STAGES, Signals, Varying
from circuitnn.small_signal.noise_sources import Fluctuation, fluctuations_along

BEGIN = np.array(
    [np.prod([m / (m - own) for m in MOMENTS if m != own]) for own in MOMENTS]
)  # extrapolates to 0
NOTHING = 1e-12  # part of a transfer's power that is rounding
AT_REST = 1e-9  # part of the orbit's frequency that counts as 0 Hz


class AtOutput(NamedTuple):
    """Noise at an output.

    Parameters
    ----------
    density : ndarray, shape (sources, f)
        [V²/Hz]
    gains : ndarray of complex, shape (k, f)
        From independent sources.
    errors : ndarray, shape (m, f)
        What each step along the orbit may miss, relative to the sum of the densities.
    beyond : ndarray, shape (f,)
        At most what flicker noise from farther sidebands would add, relative to the sum of the densities.
    """

    density: np.ndarray
    gains: np.ndarray
    errors: np.ndarray
    beyond: np.ndarray


class Asked(NamedTuple):
    """What noise is asked for.

    Parameters
    ----------
    e : ndarray, shape (n,)
        The output is e·x.
    signals : Signals
        Its frequencies.
    sidebands : int
        Highest sideband from which flicker noise is folded.
    sources : ndarray, shape (k, n)
        What independent sources drive, for their gains.
    from_sideband : int
        That of the sources' signals.
    """

    e: np.ndarray
    signals: Signals
    sidebands: int
    sources: np.ndarray
    from_sideband: int

    def part(self, some: slice | np.ndarray) -> Asked:
        """The same at some of the frequencies."""
        return self._replace(signals=self.signals.part(some))


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

    def at_output(self, asked: Asked) -> AtOutput:
        """Noise at an output, folded from all sidebands, or of flicker noise from those that are asked for."""
        f, varying = len(asked.signals.offsets), self.varying
        density, beyond = np.empty((len(self.names), f)), np.empty(f)
        gains, errors = np.empty((len(asked.sources), f), dtype=complex), np.empty((len(varying.h), f))
        most = abs(asked.from_sideband)
        for part, kernel in varying.received(asked.e, asked.signals):
            now = asked.part(part)
            density[:, part], beyond[part], white = self._densities(kernel, now)
            errors[:, part] = self._errors(white)
            of_sources = np.moveaxis(np.tensordot(kernel, asked.sources, (2, 1)), -1, 2)
            gains[:, part] = varying.transfers(of_sources, now.signals, most)[most + asked.from_sideband]
        total = density.sum(axis=0)
        scale = np.where(total > 0.0, total, np.inf)
        return AtOutput(density, gains, errors / scale, beyond / scale)

    def _densities(self, kernel: np.ndarray, asked: Asked) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Densities (sources, f), flicker noise beyond the sidebands (f,), white noise along the orbit (m, 3, f)."""
        varying, densities = self.varying, [np.zeros((0, kernel.shape[3]))]  # a circuit may have no noise
        beyond, along = np.zeros(kernel.shape[3]), np.zeros((*kernel.shape[:2], kernel.shape[3]))
        for source in self.sources:
            white, flicker = (
                part.reshape(len(varying.h), STAGES, -1, 1) for part in (source.white, source.flicker)
            )
            seen = _seen(source, kernel)
            folded = white * np.abs(seen) ** 2
            along += folded.sum(axis=2)
            density = np.tensordot(varying.weights, folded, 2)
            if flicker.any():
                near, far = self._flicker(source, seen * np.sqrt(flicker), asked)
                density += near
                beyond += far.sum(axis=0)
            densities.append(density)
        return np.concatenate(densities), beyond, along

    def _flicker(self, source: Fluctuation, seen: np.ndarray, asked: Asked) -> tuple[np.ndarray, np.ndarray]:
        """Flicker noise folded from sidebands, and at most what there is beyond them, each of shape (instances, f).

        Sidebands are those of the orbit's fundamental, counted from the output and from 0 Hz: the noise at the lowest
        frequencies is never left out.
        """
        varying, signals, most = self.varying, asked.signals, asked.sidebands
        number = np.arange(-most, most + 1)[:, None]
        of_noise = np.concatenate(
            [signals.harmonics + number, np.broadcast_to(number, (len(number), len(signals.offsets)))]
        )
        at = np.abs(signals.offsets + of_noise * varying.fundamental)[:, None, :]
        from_zero = signals._replace(harmonics=np.zeros_like(signals.harmonics))
        through = (
            np.abs(np.concatenate([varying.transfers(seen, some, most) for some in (signals, from_zero)]))
            ** 2
        )
        twice = np.abs(number - signals.harmonics) <= most
        through[len(number) :] *= ~twice[:, None, :]
        whole = np.tensordot(varying.weights, np.abs(seen) ** 2, 2)
        still = at < AT_REST * varying.fundamental
        if np.any(still & (through > NOTHING * whole)):
            raise AnalysisError(
                f"pnoise: {source.names[0]} has flicker noise without limit at 0 Hz, folded to the output"
            )
        power = source.exponent[0][:, None]
        near = (np.where(still, 0.0, through) / np.where(still, 1.0, at) ** power).sum(axis=0)
        rest = np.maximum(whole - through.sum(axis=0), 0.0)
        return near, rest / ((most + 0.5) * varying.fundamental) ** power

    def _errors(self, white: np.ndarray) -> np.ndarray:
        """What each step may miss of the mean of a density along the orbit, shape (m, f)."""
        begins = np.tensordot(white, BEGIN, (1, 0))
        gaps = np.abs(begins - np.roll(white[:, -1], 1, axis=0))
        both = gaps + np.roll(gaps, -1, axis=0)  # at both ends of a step
        return np.asarray(both * self.varying.weights[:, -1, None])


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
