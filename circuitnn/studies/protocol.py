"""Settings of program-and-verify: amplitudes, widths and bias of pulses, reads, and when a cell is done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuitnn.crossbar.bias import UNSELECTED
from circuitnn.errors import AnalysisError

# Voltages of unselected word lines and bit lines, in units of the amplitude.
PARTS = {name: UNSELECTED[name](1.0) for name in ("half", "third")} | {"gate": (0.0, 1.0)}
VERIFIED = ("lines", "cells")


@dataclass(frozen=True)
class Protocol:
    """Settings of writing and verifying.

    Parameters
    ----------
    set_voltage, reset_voltage : float
        First amplitude of pulses that raise and that lower the conductance, of opposite signs. [V]
    step : float
        Added to the amplitude with each pulse; reset when the polarity changes. [V]
    limit : float
        Largest amplitude. [V]
    width : float
        Of the first pulse. [s]
    growth : float
        Factor of the width from pulse to pulse.
    longest : float
        Longest pulse over the first one.
    gap : float
        Between pulses. [s]
    scheme : {"half", "third", "gate"}
        Voltages of unselected lines; ``gate`` is for cells with a transistor only.
    read_voltage, read_time : float
        Of a verify read, in which all bit lines and the other word lines are at 0 V. [V, s]
    verify : {"lines", "cells"}
        Quantity compared with the target: the current of a bit line over the read voltage, which is the element of the
        matrix that the array multiplies by; or the conductance of each cell by itself.
    band : float
        Tolerated error, relative to the target.
    pulses : int
        Most pulses of a cell in a pass.
    passes : int
        Passes over all rows: cells written later change what is read through the lines.
    parallel : bool
        Whether cells of a row share pulses.
    set_gate, reset_gate, read_gate : float
        For cells with a transistor, voltages of gates that are on: in pulses that raise the conductance, where the gate
        limits the current, in those that lower it, and in reads, where all gates are on. [V]
    """

    set_voltage: float
    reset_voltage: float
    step: float = 0.02
    limit: float = 1.5
    width: float = 1e-8
    growth: float = 1.0
    longest: float = 1000.0
    gap: float = 0.0
    scheme: str = "half"
    read_voltage: float = 0.1
    read_time: float = 1e-8
    verify: str = "lines"
    band: float = 0.01
    pulses: int = 200
    passes: int = 3
    parallel: bool = True
    set_gate: float = 0.0
    reset_gate: float = 0.0
    read_gate: float = 0.0

    def __post_init__(self) -> None:
        if self.scheme not in PARTS:
            raise AnalysisError(f"scheme = {self.scheme!r}: must be one of {', '.join(PARTS)}")
        if self.verify not in VERIFIED:
            raise AnalysisError(f"verify = {self.verify!r}: must be one of {', '.join(VERIFIED)}")
        if not self.set_voltage * self.reset_voltage < 0.0:
            raise AnalysisError("set_voltage and reset_voltage must be of opposite signs")
        first = max(abs(self.set_voltage), abs(self.reset_voltage))
        if not (self.limit >= first and self.step >= 0.0 and self.growth >= 1.0 and self.longest >= 1.0):
            raise AnalysisError(
                f"limit = {self.limit:g} V must be at least {first:g} V, step 0, growth and longest 1"
            )
        if not (
            self.width > 0.0
            and self.gap >= 0.0
            and self.read_time > 0.0
            and 0.0 < abs(self.read_voltage) < np.inf
        ):
            raise AnalysisError(
                "width and read_time must be positive, gap not negative, read_voltage finite and not 0"
            )
        if not (0.0 < self.band < 1.0 and self.pulses >= 1 and self.passes >= 1):
            raise AnalysisError("band must lie between 0 and 1; at least one pulse and one pass are needed")

    def amplitude(self, up: bool, level: np.ndarray) -> np.ndarray:
        """Compute the amplitudes of pulses.

        Parameters
        ----------
        up : bool
            Whether they raise the conductance.
        level : ndarray of int
            Number of each since the polarity changed, from 0 on.

        Returns
        -------
        ndarray
            Their sizes. [V]
        """
        first = abs(self.set_voltage if up else self.reset_voltage)
        return np.minimum(first + self.step * level, self.limit)

    def duration(self, level: np.ndarray) -> np.ndarray:
        """Compute the widths of pulses.

        Parameters
        ----------
        level : ndarray of int
            As for `amplitude`.

        Returns
        -------
        ndarray
            [s]
        """
        return self.width * np.minimum(self.growth**level, self.longest)


def check_gates(protocol: Protocol, gates: str) -> None:
    """Refuse a protocol for gates if the cells have none, and one without gates if they have some.

    Parameters
    ----------
    protocol : Protocol
    gates : str
        Lines along which the gates run; empty: none.

    Raises
    ------
    AnalysisError
    """
    if bool(gates) != (protocol.scheme == "gate"):
        need = "cells with a transistor need 'gate'" if gates else "'gate' is for cells with a transistor"
        raise AnalysisError(f"scheme = {protocol.scheme!r}: {need}")
    voltages = [protocol.set_gate, protocol.reset_gate, protocol.read_gate]
    if bool(gates) != all(voltages) or bool(gates) != any(voltages):
        raise AnalysisError(
            "set_gate, reset_gate and read_gate are all needed, and not 0"
            if gates
            else "set_gate, reset_gate and read_gate are for cells with a transistor"
        )
