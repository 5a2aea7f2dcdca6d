"""Edges of LTspice's special functions: a level that follows 0 or 1 along straight lines of stated durations.

It is part of a special function (`elements.special_functions`) and no device: it has no noise. An edge that turns back
on its way goes back from where it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from circuitnn.equations.graph import max_, min_, symbol, where
from circuitnn.errors import NoTwinError
from circuitnn.models.model import Equations, Model, Parameter

HALF = 0.5  # V, threshold of the input
SHORTEST = 1e-18  # edge [s]


class EdgeShaper(Model):
    """Straight edges between 0 and 1 V."""

    name = "edge_shaper"
    terminals = ("in", "out", "common")
    clock = "edges take the times that their parameters say"
    parameters = (
        Parameter("rise", 1e-9, "s", "duration of the edge upwards", low=SHORTEST),
        Parameter("fall", 1e-9, "s", "duration of the edge downwards", low=SHORTEST),
    )
    # The input's side, whether an edge is under way, when it began, and at which level.
    memories = {"high": 0.0, "moves": 0.0, "since": 0.0, "origin": 0.0}

    @classmethod
    def has_twin(cls) -> bool:
        """Say that decks for ngspice cannot have it, where no element remembers a time."""
        return False

    @classmethod
    def card(cls, name: str, kind: str = "", parameters: Iterable[str] = ()) -> str:
        raise NoTwinError(
            "a special function with trise or tfall cannot be written for ngspice, which has no such edges"
        )

    @classmethod
    def equations(cls, m: Equations) -> None:
        high, moves, origin = (symbol(name) for name in ("high", "moves", "origin"))
        passed = m.time - symbol("since")
        line = where(
            high,
            origin + passed / m["rise"],
            origin - passed / m["fall"],
        )
        level = where(moves, min_(max_(line, 0.0), 1.0), high)
        seen, started = m.voltage("in", "common") - HALF, where(m.time > 0.0, 1.0, 0.0)
        m.event(
            "turn",
            where(high, -seen, seen),
            {"high": 1.0 - high, "moves": started, "since": m.time, "origin": level},
        )
        m.event("arrive", where(moves, where(high, line - 1.0, -line), -1.0), {"moves": 0.0})
        m.flow("out", "common", m.voltage("out", "common") - level)
