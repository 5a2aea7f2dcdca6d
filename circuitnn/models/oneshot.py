"""Timer of XSPICE's one-shot: a pulse from 0 to 1 and back after each trigger, as measured on ngspice 44.

A trigger is an edge of the clock from below clk_trig to above while clear is below it. With the width w at that moment

    rises at    t + rise_delay
    falls at    t + rise_delay + rise_time + w + fall_delay

Until it is back at 0, further triggers have no effect, or with retrig move the fall (and the rise, if it has not
begun); one during the fall lifts the level at once. Clear ends the pulse at once. A clock that rises while clear is
above clk_trig triggers when clear falls. Before the start the clock counts as 0 V.

It is part of a code model (`elements.codemodels.pulses`) and no device: it has no noise.
"""

from __future__ import annotations

from collections.abc import Iterable

from circuitnn.equations.graph import Expr, as_expr, max_, symbol, where
from circuitnn.models.model import Equations, Model, Parameter

UNIT = 1e-6  # default [s]
START = where(symbol("falling"), symbol("clk_trig") > 0.0, symbol("clk_trig") < 0.0)  # side of 0 V
IDLE, WAITS, RISES, LASTS, FALLS = 0.0, 1.0, 2.0, 3.0, 4.0  # stages of a pulse


class OneShot(Model):
    """Monostable timer: clock, width and clear as voltages, the level as one."""

    name = "oneshot"
    terminals = ("clock", "width", "clear", "level", "common")
    clock = "pulses take the times that their parameters say"
    jumps = "clear and triggers during the fall act at once, as in ngspice"
    parameters = (
        Parameter("clk_trig", 0.5, "V", "threshold of clock and clear"),
        Parameter("rise_delay", 1e-9, "s", "from the trigger to the rise", low=0.0),
        Parameter("rise_time", 1e-9, "s", "of the edge upwards", low=1e-18),
        Parameter("fall_delay", 1e-9, "s", "from the end of the width to the fall", low=0.0),
        Parameter("fall_time", 1e-9, "s", "of the edge downwards", low=1e-18),
        Parameter("unit", UNIT, "s", "width at 1 V", low=1e-18),
        Parameter("retrig", 0.0, "", "whether triggers during a pulse prolong it", low=0.0, high=1.0),
        Parameter("falling", 0.0, "", "whether falling edges of the clock trigger", low=0.0, high=1.0),
    )
    # The clock's side outside of clear, whether clear is above 0, the pulse's stage, when it rises and falls. [s]
    memories = {"seen": START, "cleared": 0.0, "stage": 0.0, "rise": 0.0, "fall": 0.0}

    @classmethod
    def equations(cls, m: Equations) -> None:
        clock, clear = (m.voltage(name, "common") - m["clk_trig"] for name in ("clock", "clear"))
        clock = where(m["falling"], -clock, clock)
        seen, cleared = symbol("seen"), symbol("cleared")
        pulse = _pulse(m)
        m.event(
            "edge",
            where(cleared, -1.0, where(seen, -clock, clock)),
            {"seen": 1.0 - seen} | _where(1.0 - seen, pulse),
        )
        high = clock > 0.0
        freed = _where(cleared * high * (1.0 - seen), pulse)  # by a clock that has risen meanwhile
        m.event(
            "clear",
            where(cleared, -clear, clear),
            {"cleared": 1.0 - cleared, "seen": where(cleared, high, seen)}
            | freed
            | {"stage": where(cleared, freed["stage"], IDLE)},
        )
        _follow(m)

    @classmethod
    def has_twin(cls) -> bool:
        """Say that ngspice has it: as its one-shot between 0 and 1 V."""
        return False

    @classmethod
    def written_nodes(cls, names: list[str]) -> list[str]:
        return names[:-1]

    @classmethod
    def card(cls, name: str, kind: str = "", parameters: Iterable[str] = ()) -> str:
        settings = dict(word.split("=") for word in parameters)
        unit = settings.pop("unit", repr(UNIT))
        words = ["pos_edge_trig=false"] if settings.pop("falling", "") else []
        words += ["retrig=true"] if settings.pop("retrig", "") else []
        words += [f"cntl_array=[0 1] pw_array=[0 {unit}]", *(f"{k}={v}" for k, v in settings.items())]
        return f".model {name} oneshot({' '.join(words)})"


def _pulse(m: Equations) -> dict[str, Expr]:
    """Memories after a trigger."""
    idle, rise = symbol("stage") < WAITS, symbol("rise")
    begun = (1.0 - idle) * (m.time > rise)
    start = where(begun, rise, m.time + m["rise_delay"])
    width = max_(m.voltage("width", "common"), 0.0) * m["unit"]
    end = m.time + m["rise_delay"] + m["rise_time"] + width + m["fall_delay"]
    return _where(where(idle, 1.0, m["retrig"]), {"stage": _stage(m, start, end), "rise": start, "fall": end})


def _where(condition: Expr, new: dict[str, Expr]) -> dict[str, Expr]:
    """New values of memories where a condition holds, else those before."""
    return {name: where(condition, value, symbol(name)) for name, value in new.items()}


def _stage(m: Equations, rise: Expr, fall: Expr) -> Expr:
    """Stage of a pulse at the present moment."""
    top, end, t = rise + m["rise_time"], fall + m["fall_time"], m.time
    return where(t < rise, WAITS, where(t < top, RISES, where(t < fall, LASTS, where(t < end, FALLS, IDLE))))


def _follow(m: Equations) -> None:
    """Go through the stages; the level is a straight line in each, so that time steps end at their ends."""
    stage, rise, fall, t = symbol("stage"), symbol("rise"), symbol("fall"), m.time
    top, end = rise + m["rise_time"], fall + m["fall_time"]

    def by_stage(*values: Expr | float) -> Expr:
        chosen = as_expr(values[-1])
        for number, value in reversed(list(enumerate(values[:-1]))):
            chosen = where(stage < number + 0.5, value, chosen)
        return chosen

    left = t - by_stage(t, rise, top, fall, end)
    m.event("corner", where(stage < WAITS, -1.0, left / m["unit"]), {"stage": _stage(m, rise, fall)})
    line = by_stage(0.0, 0.0, (t - rise) / m["rise_time"], 1.0, (end - t) / m["fall_time"])
    m.flow("level", "common", m.voltage("level", "common") - line)
