"""What the results of runs of all networks have in common, and what rows of `.spikes` say of each oscillator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.machine.frozen_values import Sealed

if TYPE_CHECKING:
    from circuitnn.results.result import Result


class RunResult(Sealed):
    """A run of a network.

    Parameters
    ----------
    network : OscillatorNetwork or SpikingNetwork
    result : Result
    """

    def __init__(self, network: Any, result: Result) -> None:
        self.network, self.result = network, result
        self._seal()

    def __getitem__(self, name: str) -> np.ndarray:
        """Values of a signal, ``v(n0)`` or ``v(l0_out0)``."""
        return self.result.array(name)

    @property
    def end(self) -> float:
        """End of the run, also if the last spikes were long before. [s]"""
        state = self.result.final_state
        return float(self.result.time[-1]) if state is None else state.time


def recorded_rises(result: Result, n: int) -> list[np.ndarray]:
    """Times at which each of n signals rises, in a result of `.spikes`. [s]"""
    signals = result.array("signal")
    order = np.argsort(signals, kind="stable")
    ends = np.searchsorted(signals[order], np.arange(1, n))
    return np.split(result.time[order], ends)
