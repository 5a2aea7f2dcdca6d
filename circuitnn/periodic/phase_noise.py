"""Phase noise and jitter of an oscillator, from the noise that its elements and models state.

The phase deviation α(t) [s] of an oscillator does a random walk: var α = c·t for white noise, with

    c = (1/T) ∫ Σ_s S_s(t)/2 · (v₁(t)ᵀ B_s)² dt

S_s one-sided densities at the points of the orbit. Around the carrier, the single-sideband density over its power is

    L(f_m) = f₀² (c + c_f(f_m)) / (π² f₀⁴ c² + f_m²)

with flicker noise, of density K/f, seen through the mean of its modulated response,
c_f = Σ ((1/T) ∫ v₁ᵀB √K dt)²/(2 f_m).

References
----------
A. Demir, A. Mehrotra, J. Roychowdhury, IEEE Trans. Circuits Syst. I 47, 655 (2000), doi:10.1109/81.847872.
A. Demir, "Phase noise and timing jitter in oscillators with colored-noise sources", IEEE Trans. Circuits Syst. I 49,
1782 (2002), doi:10.1109/TCSI.2002.805707.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import real
from circuitnn.periodic.flow import Flow
from circuitnn.periodic.phase_response import PhaseResponse
from circuitnn.records import dataclass
from circuitnn.small_signal.noise_sources import Fluctuation, fluctuations_along
from circuitnn.transient.integration import Memory
from circuitnn.units import whole_of


@dataclass(frozen=True, eq=False)
class PhaseNoise:
    """Phase noise of an oscillator.

    Parameters
    ----------
    frequency : float
        [Hz]
    c : float
        Variance of the phase deviation per time, from white noise. [s²/s]
    parts : dict of str to float
        Contribution of each noise source to `c`. [s]
    flicker : dict of str to float
        Square of the mean response of each source with flicker noise. [s²·Hz/s]
    """

    frequency: float
    c: float
    parts: dict[str, float]
    flicker: dict[str, float]

    @property
    def period_jitter(self) -> float:
        """Standard deviation of a period, from white noise. [s]"""
        return float(np.sqrt(self.c / self.frequency))

    def jitter(self, periods: int) -> float:
        """Standard deviation of the duration of a number of periods, from white noise. [s]"""
        if (count := whole_of(periods, "periods")) < 0:
            raise AnalysisError(f"jitter: periods = {count}: must not be negative")
        return float(np.sqrt(count * self.c / self.frequency))

    @property
    def linewidth(self) -> float:
        """Full width of the spectral line at half its power, from white noise. [Hz]"""
        return 2.0 * np.pi * self.frequency**2 * self.c

    def spectrum(self, offsets: np.ndarray) -> np.ndarray:
        """Single-sideband noise over the power of the carrier.

        Parameters
        ----------
        offsets : array_like, shape (m,)
            Offsets from the carrier. [Hz]

        Returns
        -------
        ndarray, shape (m,)
            [dBc/Hz]

        Raises
        ------
        AnalysisError
            If an offset is not above 0.
        """
        f = real(offsets, "offsets")
        if not np.all((f > 0.0) & np.isfinite(f)):
            raise AnalysisError(f"spectrum: offsets = {offsets!r:.60}: numbers above 0 are needed [Hz]")
        c = self.c + sum(self.flicker.values()) / (2.0 * f)
        half = np.pi * self.frequency**2 * self.c  # half of the line's width; a square of f might overflow
        return 10.0 * np.log10(self.frequency**2 * c) - 20.0 * np.log10(np.hypot(half, f))

    def __str__(self) -> str:
        lines = [
            f"{self.frequency:.6g} Hz: c = {self.c:.4g} s, period jitter {self.period_jitter:.4g} s "
            f"({self.period_jitter * self.frequency:.3g} of the period), line {self.linewidth:.3g} Hz wide"
        ]
        for name, part in sorted(self.parts.items(), key=lambda item: -item[1])[:10]:
            lines.append(f"  {name:<24} {100.0 * part / self.c if self.c else 0.0:6.2f} %")
        return "\n".join(lines)


def phase_noise(flow: Flow, response: PhaseResponse) -> PhaseNoise:
    """Phase noise from all sources of noise in the circuit."""
    T = response.period
    white: dict[str, float] = {}
    mean: dict[str, float] = {}
    held = flow.memory
    for memory, steps in _alike(response):
        flow.memory = memory
        x = np.array([[*response.points[k][1], 0.0] for k in range(steps.start, steps.stop)])
        h, v = response.h[steps, None], response.values[steps]
        for source in fluctuations_along(flow.simulation, x, response.t[steps]):
            _check(source)
            gain = _seen(source, v)
            parts = (0.5 * h * source.white * gain**2).sum(axis=0)
            means = (h * np.sqrt(source.flicker) * gain).sum(axis=0)
            for name, part, value in zip(source.names, parts.tolist(), means.tolist(), strict=True):
                white[name], mean[name] = white.get(name, 0.0) + part, mean.get(name, 0.0) + value
    flow.memory = held
    parts = {name: value / T for name, value in white.items() if value != 0.0}
    flicker = {name: (value / T) ** 2 for name, value in mean.items() if value != 0.0}
    return PhaseNoise(1.0 / T, sum(parts.values()), parts, flicker)


def _alike(response: PhaseResponse) -> Iterator[tuple[Memory, slice]]:
    """Runs of steps in which devices remember the same."""
    memories = [memory for memory, _ in response.points]
    first = 0
    for k in range(1, len(memories) + 1):
        if k == len(memories) or memories[k] is not memories[first]:
            yield memories[first], slice(first, k)
            first = k


def _check(source: Fluctuation) -> None:
    """Refuse densities that are not white and 1/f."""
    if source.spectrum is not None:
        raise AnalysisError(
            f"phase noise knows white and 1/f noise; the density of '{source.names[0]}' is a table"
        )
    other = np.argwhere((source.flicker != 0.0) & (source.exponent != 1.0))
    if len(other):
        step, k = other[0]
        raise AnalysisError(
            f"phase noise of flicker noise is that of 1/f; of '{source.names[k]}' it is "
            f"1/f^{source.exponent[step, k]:g}; set its exponent (ef of a BSIM card) to 1"
        )


def _seen(source: Fluctuation, v: np.ndarray) -> np.ndarray:
    """Response to the noise of each instance, shape (m, instances)."""
    padded = np.hstack([v, np.zeros((len(v), 1))])
    if len(source.rows):
        return np.asarray((source.factors * np.moveaxis(padded[:, source.rows], 0, 1)).sum(axis=0))
    return padded[:, source.plus] - padded[:, source.minus]
