"""Noise of a BSIM3v3.3 channel."""

from __future__ import annotations

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.equations.graph import ZERO, Expr, abs_, ln, max_, or_, pwr, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.bsim3_channel import Channel
from circuitnn.models.semiconductors.bsim3_charge import Charges
from circuitnn.models.semiconductors.bsim3_size import Size
from circuitnn.models.semiconductors.optional import is_given

BOLTZMANN_OVER_Q = 8.62e-5  # V/K, as the model's flicker noise has it
LEAST = 1e-38


def channel_noise(m: Equations, size: Size, channel: Channel, stored: Charges) -> None:
    """State thermal and flicker noise of the channel.

    Parameters
    ----------
    m : Equations
    size : Size
    channel : Channel
    stored : Charges
    """
    count, mode = m["multiplier"], m["noimod"]
    conductance = sum((m.partial(channel.current, name) for name in ("vgs", "vds", "vbs")), ZERO)
    layer = channel.mobility * abs_(stored.inversion)
    by_charge = layer / (size.length * size.length + layer * channel.rds)
    charged = or_(abs_(mode - 2.0) < 0.5, mode > 3.5)
    thermal = where(charged, by_charge, 2.0 / 3.0 * abs_(conductance))
    m.fluctuation("id", "drain_inner", "source_inner", 4.0 * BOLTZMANN * size.temperature * count * thermal)
    trapped = abs_(mode - 2.5) < 1.0  # noimod 2, 3
    drain = abs_(channel.current + channel.ionisation)
    simple = pwr(max_(drain, LEAST), m["af"]) * m["kf"] / (size.length * size.length * size.cox)
    length = size.length - 2.0 * m["lintnoi"]
    flicker = where(trapped, trapped_noise(m, size, channel, drain, length), simple)
    m.fluctuation("1overf", "drain_inner", "source_inner", ZERO, count * flicker, exponent=m["ef"])


def trapped_noise(m: Equations, size: Size, channel: Channel, drain: Expr, length: Expr) -> Expr:
    """Flicker noise by fluctuations of the carriers' number and mobility. [A²]

    Parameters
    ----------
    m : Equations
    size : Size
    channel : Channel
    drain : Expr
        Current. [A]
    length : Expr
        As this noise sees it. [m]
    """
    nmos = m["polarity"] > 0.0
    a, b, c = (
        where(is_given(m[name]), m[name], where(nmos, n, p))
        for name, n, p in (("noia", 1e20, 9.9e18), ("noib", 5e4, 2.4e3), ("noic", -1.4e-12, 1.4e-12))
    )
    heat = BOLTZMANN_OVER_Q * size.temperature
    esat = channel.field / size.length
    clm = size.pinch * ln(max_((channel.beyond / size.pinch + m["em"]) / esat, LEAST))
    clm = where(m["em"] > 0.0, max_(clm, 0.0), 0.0)
    at_source = size.cox * channel.drive / ELEMENTARY_CHARGE
    at_drain = at_source * (1.0 - channel.abulk / channel.above * channel.held)
    number = a * ln(max_((at_source + 2e14) / (at_drain + 2e14), LEAST))
    number = number + b * (at_source - at_drain) + 0.5 * c * (at_source * at_source - at_drain * at_drain)
    inner = ELEMENTARY_CHARGE * ELEMENTARY_CHARGE * heat * drain * channel.mobility * number
    inner = inner / (1e8 * channel.abulk_at_rest * size.cox * length * length)
    shape = a + b * at_drain + c * at_drain * at_drain
    shape = shape / ((at_drain + 2e14) * (at_drain + 2e14))
    strong = inner + heat * drain * drain / (1e8 * length * length * size.width) * clm * shape
    weak = a * heat * drain * drain / (size.width * size.length * 4e36)
    strong = max_(strong, 0.0)  # it falls below 0 where noic is negative and there are many carriers
    return strong * weak / max_(strong + weak, 1e-300)
