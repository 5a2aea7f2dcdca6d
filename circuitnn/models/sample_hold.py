"""LTspice's sample and hold: takes its input at each rising edge of a clock, or follows it while a gate is high.

It is part of a special function (`elements.special_functions`) and no device: it has no noise.
"""

from __future__ import annotations

from collections.abc import Iterable

from circuitnn.equations.graph import symbol, where
from circuitnn.errors import NoTwinError
from circuitnn.models.model import Equations, Model, Parameter


class SampleHold(Model):
    """Sample and hold of a voltage."""

    name = "sample_hold"
    terminals = ("in", "clock", "gate", "out", "common")
    jumps = "the output is held between samples"
    parameters = (Parameter("ref", 0.5, "V", "threshold of the clock and of the gate"),)
    # The sides of the clock and the gate, and what is held.
    memories = {"high": 0.0, "open": 0.0, "held": 0.0}

    @classmethod
    def has_twin(cls) -> bool:
        """Say that decks for ngspice cannot have it, which has no element that holds a voltage."""
        return False

    @classmethod
    def card(cls, name: str, kind: str = "", parameters: Iterable[str] = ()) -> str:
        raise NoTwinError("a SAMPLEHOLD cannot be written for ngspice, which has no such element")

    @classmethod
    def equations(cls, m: Equations) -> None:
        high, follows, held = (symbol(name) for name in ("high", "open", "held"))
        seen = m.voltage("in", "common")
        clock, gate = (m.voltage(name, "common") - m["ref"] for name in ("clock", "gate"))
        m.event(
            "edge",
            where(high, -clock, clock),
            {"high": 1.0 - high, "held": where(high, held, seen)},
        )
        m.event(
            "gate",
            where(follows, -gate, gate),
            {"open": 1.0 - follows, "held": where(follows, seen, held)},
        )
        m.flow("out", "common", m.voltage("out", "common") - where(follows, seen, held))
