"""Sampler of XSPICE's event-driven reals: takes its input at each rising edge of a clock, and shows it after a delay.

A second edge within the delay replaces what the first one took. It is part of a code model (`elements.sampled`) and no
device: it has no noise.
"""

from __future__ import annotations

from collections.abc import Iterable

from circuitnn.equations.graph import symbol, where
from circuitnn.errors import NoTwinError
from circuitnn.models.model import Equations, Model, Parameter

HALF = 0.5  # V, threshold of the clock


class Sampler(Model):
    """Sample and hold with a delay."""

    name = "sampler"
    terminals = ("in", "clock", "out", "common")
    clock = "samples are shown after a time that a parameter says"
    jumps = "the output is held between samples"
    parameters = (Parameter("delay", 1e-9, "s", "from the edge to the output", low=1e-18),)
    # The clock's side, whether a sample waits, the sample, when it is shown [s], what is shown.
    memories = {"high": 0.0, "waits": 0.0, "taken": 0.0, "due": 0.0, "shown": 0.0}

    @classmethod
    def has_twin(cls) -> bool:
        """Say that decks for ngspice cannot have it, whose own real_delay is not between nodes."""
        return False

    @classmethod
    def card(cls, name: str, kind: str = "", parameters: Iterable[str] = ()) -> str:
        raise NoTwinError(
            "a real_delay cannot be written for ngspice: its event-driven reals are voltages here"
        )

    @classmethod
    def equations(cls, m: Equations) -> None:
        high, waits, taken, due = (symbol(name) for name in ("high", "waits", "taken", "due"))
        clock = m.voltage("clock", "common") - HALF
        m.event(
            "edge",
            where(high, -clock, clock),
            {
                "high": 1.0 - high,
                "waits": where(high, waits, 1.0),
                "taken": where(high, taken, m.voltage("in", "common")),
                "due": where(high, due, m.time + m["delay"]),
            },
        )
        late = where(waits, (m.time - due) / m["delay"], -1.0)
        m.event("show", late, {"waits": 0.0, "shown": taken})
        m.flow("out", "common", m.voltage("out", "common") - symbol("shown"))
