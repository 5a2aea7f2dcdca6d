"""Currents, voltages and conductances of a MOSFET that decks may ask for, with ngspice's names and signs.

Currents and voltages are times the polarity, so that those of a conducting PMOS are positive, too. What the gate's
charge adds to the currents of drain and source is not in ``id``, but in ``is``, as in ngspice.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, where
from circuitnn.models.model import Equations


def state_probes(m: Equations, channel: Expr, forward: Expr, voltages: tuple[Expr, Expr, Expr]) -> None:
    """State them, from the channel's current [A] of one device, and gate, drain and bulk over the source [V]."""
    p, count = m["polarity"], m["multiplier"]
    vgs, vds, vbs = voltages
    drain = count * channel - m.probes["ibd"].value
    gate, bulk = p * m.current("gate"), p * m.current("bulk")
    m.probe("id cd", "A", "current into the drain, but for the gate's", drain)
    m.probe("ig", "A", "current into the gate", gate)
    m.probe("ib", "A", "current into the bulk", bulk)
    m.probe("is", "A", "current into the source", -drain - gate - bulk)
    for name, value in (("vgs", vgs), ("vds", vds), ("vbs", vbs), ("vbd", vbs - vds)):
        m.probe(name, "V", f"voltage of {name[1]} over {name[2]}, behind the resistances", value)
    # seen from the end that acts as source, as the channel's current is made
    mode = p * count * where(forward, 1.0, -1.0)
    by_drain, by_source = (m.slope(channel, f"{end}_inner") for end in ("drain", "source"))
    m.probe("gm", "S", "transconductance", mode * m.slope(channel, "gate"))
    m.probe("gds", "S", "output conductance", where(forward, by_drain, -by_source) * p * count)
    m.probe("gmb gmbs", "S", "transconductance of the bulk", mode * m.slope(channel, "bulk"))
    m.probe("p", "W", "power", m.power("drain", "gate", "source", "bulk", "drain_inner", "source_inner"))
