"""Noise that a data sheet states: a voltage whose spectral density is white and, below a corner, 1/f.

    v(p, n) = 0 with the density  density²·(1 + corner/f)   [V²/Hz]

It is part of a special function (`elements.transconductor`) and no device: nothing but its voltage is read.
"""

from __future__ import annotations

from collections.abc import Iterable

from circuitnn.errors import NoTwinError
from circuitnn.models.model import Equations, Model, Parameter


class EquivalentNoise(Model):
    """A conductance of 1 S without noise of its own, beside the current that makes the stated voltage."""

    name = "equivalent_noise"
    terminals = ("p", "n")
    parameters = (
        Parameter("density", 0.0, "V/√Hz", "spectral density where it is white", low=0.0),
        Parameter("corner", 0.0, "Hz", "where the density of 1/f noise is the same", low=0.0),
    )

    @classmethod
    def has_twin(cls) -> bool:
        """Say that decks for ngspice cannot have it, where no source has a density of noise."""
        return False

    @classmethod
    def card(cls, name: str, kind: str = "", parameters: Iterable[str] = ()) -> str:
        raise NoTwinError("en, in and incm of an OTA cannot be written for ngspice: it has no such sources")

    @classmethod
    def equations(cls, m: Equations) -> None:
        white = m["density"] * m["density"]
        m.flow("p", "n", m.voltage("p", "n"))
        m.fluctuation("noise", "p", "n", white, white * m["corner"])
