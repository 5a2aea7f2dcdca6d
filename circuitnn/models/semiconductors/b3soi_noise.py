"""Noise of BSIMPD2.2: channel, and the body's currents, which move the threshold."""

from __future__ import annotations

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.equations.graph import ZERO, Expr, abs_, max_, or_, pwr, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.b3soi_channel import SoiChannel
from circuitnn.models.semiconductors.b3soi_size import SoiSize
from circuitnn.models.semiconductors.bsim3_charge import Charges
from circuitnn.models.semiconductors.bsim3_noise import LEAST, trapped_noise


def channel_noise(
    m: Equations, size: SoiSize, channel: SoiChannel, stored: Charges, added: Expr, parallel: Expr
) -> None:
    """State thermal and flicker noise of the channel.

    Parameters
    ----------
    m : Equations
    size : SoiSize
    channel : SoiChannel
    stored : Charges
    added : Expr
        Currents of the bipolar transistor and of ionisation into the end that acts as drain. [A]
    parallel : Expr
        What the bipolar transistor adds to the conductance of the end that acts as source. [S]
    """
    count, mode = m["multiplier"], m["noimod"]
    conductance = sum((m.partial(channel.current, name) for name in ("gate", "along", "below")), ZERO)
    static = size.cox * size.segment * size.length * channel.mean
    layer = channel.mobility * where(size.thick, abs_(stored.inversion), static)
    by_charge = layer / (size.length * size.length + layer * channel.rds)
    charged = or_(abs_(mode - 2.0) < 0.5, mode > 3.5)
    thermal = where(charged, by_charge, 2.0 / 3.0 * abs_(conductance + parallel))
    m.fluctuation("id", "drain_inner", "source_inner", 4.0 * BOLTZMANN * size.temperature * count * thermal)
    trapped = abs_(mode - 2.5) < 1.0  # noimod 2, 3
    drain = abs_(channel.current + added)
    simple = pwr(max_(drain, LEAST), m["af"]) * m["kf"] / (size.length * size.length * size.cox)
    flicker = where(trapped, trapped_noise(m, size, channel, drain, size.length), simple)
    m.fluctuation("1overf", "drain_inner", "source_inner", ZERO, count * flicker, exponent=m["ef"])


def junction_noise(m: Equations, end: str, leaving: Expr) -> None:
    """State shot noise of the current from the body to drain or source, which moves the threshold of a floating body.

    Parameters
    ----------
    m : Equations
    end : {"drain", "source"}
    leaving : Expr
        [A]
    """
    shot = 2.0 * ELEMENTARY_CHARGE * m["noif"] * m["multiplier"] * abs_(leaving)
    m.fluctuation(f"ib{end[0]}", "body", f"{end}_inner", shot)
