"""Result of a periodic analysis: one period, its frequency, harmonics, and stability."""

from __future__ import annotations

from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.records import dataclass, field
from circuitnn.results.result import Result

SHOWN = 6  # multipliers in a summary


@dataclass(frozen=True, eq=False, repr=False)
class PeriodicResult(Result):
    """One period of a periodic steady state, over the time.

    Parameters
    ----------
    cycle, frequency : float
        One period, and its inverse. [s, Hz]
    period_error : float
        Estimated relative error of the period, and of `frequency`.
    error : float
        Estimated error of the waveforms, in units of their ranges.
    order : float
        Observed order of convergence of the error in the step (harmonic balance: NaN).
    steps : int
        Steps, or harmonics, of a period.
    multipliers : ndarray of complex
        Floquet multipliers, largest first; of an oscillator, one is 1.
    multiplier_error : float
        Estimated error of their magnitudes; NaN if it is not known.
    stable : bool
    words : str
        The verdict of the multipliers in words.
    spectrum : Result, optional
        Phasors of the harmonics, over the frequency: x(t) = Re Σ X_k·exp(2πi·k·f·t).
    orbit : object, optional
        The orbit, for further analyses; not kept in files and pickles.
    """

    cycle: float = float("nan")
    frequency: float = float("nan")
    period_error: float = float("nan")
    error: float = float("nan")
    order: float = float("nan")
    steps: int = 0
    multipliers: np.ndarray = field(default_factory=lambda: np.zeros(0, complex))
    multiplier_error: float = float("nan")
    stable: bool = True
    words: str = ""
    spectrum: Any = None
    orbit: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "probes": None, "orbit": None}

    @property
    def asked(self) -> Any:
        """The orbit itself.

        Raises
        ------
        AnalysisError
            If the result comes from a file.
        """
        if self.orbit is None:
            raise AnalysisError("this result holds the waveforms alone: run .pss anew for more")
        return self.orbit

    def period(self, signal: str = "", level: float | None = None, start: float | None = None) -> float:
        """The period; with `signal`, the period that this signal shows, see `circuitnn.results.periods.period`. [s]"""
        of_orbit = isinstance(signal, str) and not signal
        return self.cycle if of_orbit else super().period(signal, level, start)

    def phase_response(self) -> Any:
        """Phase response of an oscillator, see `circuitnn.periodic.phase_response.PhaseResponse`."""
        return self.asked.phase_response()

    def phase_noise(self) -> Any:
        """Phase noise and jitter of an oscillator, see `circuitnn.periodic.phase_noise.PhaseNoise`."""
        return self.asked.phase_noise()

    @property
    def findings(self) -> list[str]:
        """Frequency, errors, stability and multipliers, a line each."""
        if not self.words:  # of a file
            return []
        shown = ", ".join(_text(m) for m in self.multipliers[:SHOWN].tolist())
        more = ", …" if len(self.multipliers) > SHOWN else ""
        within = f"; magnitudes within {self.multiplier_error:.2g}" if self.multiplier_error >= 0.0 else ""
        return [
            f"frequency = {self.frequency:.10g} Hz, period = {self.cycle:.10g} s, "
            f"relative error {self.period_error:.2g}",
            f"waveforms within {self.error:.2g} of their ranges, with {self.steps} steps",
            self.words,
            *([f"Floquet multipliers: {shown}{more}{within}"] if shown else []),
        ]

    def summary(self) -> str:
        """Summarise the run, with frequency and stability first."""
        return "\n".join([*(f"  {line}" for line in self.findings), super().summary()])


def _text(value: complex) -> str:
    return f"{value:.6g}" if value.imag else f"{value.real:.6g}"
