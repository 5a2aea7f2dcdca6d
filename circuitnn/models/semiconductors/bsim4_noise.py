"""Noise of a BSIM4 channel."""

from __future__ import annotations

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.equations.graph import ZERO, Expr, abs_, and_, ln, max_, min_, not_, or_, pwr, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.bsim3_charge import abulk_of_charges, saturating
from circuitnn.models.semiconductors.bsim3_size import CHARGE
from circuitnn.models.semiconductors.bsim4_channel import Channel4
from circuitnn.models.semiconductors.bsim4_size import Size4
from circuitnn.models.semiconductors.optional import is_given

LEAST = 1e-38


def channel_noise(m: Equations, size: Size4, channel: Channel4) -> None:
    """State thermal and flicker noise of the channel.

    Parameters
    ----------
    m : Equations
    size : Size4
    channel : Channel4
    """
    count = m["multiplier"] * m["nf"]
    layer = channel.mobility * _layer(size, channel)
    seen = where(size.since46, 1.0, m["nf"])  # fingers whose charge one finger's resistance has
    by_charge = m["ntnoi"] * layer / (size.length * size.length + seen * layer * channel.rds)
    by_charge = where(m["tnoimod"] > 0.5, _holistic(m, size, channel), by_charge)
    thermal = 4.0 * BOLTZMANN * size.temperature * by_charge
    m.fluctuation("id", "drain_inner", "source_inner", count * thermal)
    drain = abs_(channel.current)
    whole = drain * m["nf"]
    simple = pwr(max_(whole, LEAST), m["af"]) * m["kf"] / (size.length * size.length * size.cox)
    flicker = where(m["fnoimod"] > 0.5, m["nf"] * _trapped(m, size, channel, drain), simple)
    m.fluctuation("1overf", "drain_inner", "source_inner", ZERO, m["multiplier"] * flicker, exponent=m["ef"])


def _partition(m: Equations, size: Size4, channel: Channel4) -> tuple[Expr, Expr]:
    """Factors of transconductances in the noise of the channel and in that of the source (tnoimod 1)."""
    ratio = channel.drive / channel.field
    square = ratio * ratio * size.length
    beta = m["rnoia"] * (1.0 + m["tnoia"] * square)
    theta = m["rnoib"] * (1.0 + m["tnoib"] * square)
    return beta, min_(theta, 0.9)


def _holistic(m: Equations, size: Size4, channel: Channel4) -> Expr:
    """Noise of the channel of one finger over 4kT, less what the source's resistance has of it. [S]"""
    beta, theta = _partition(m, size, channel)
    gm, gds, gmbs = (m.partial(channel.current, name) for name in ("vgs", "along", "vbs"))
    inner, whole = gds + beta * (gm + gmbs), gm + gds + gmbs
    apart = or_(m["rsh"] > 0.0, not_(size.since46))  # else it is the channel's, too
    of_source = where(apart, theta * whole, 0.0)
    return (inner * inner - of_source * of_source) * _resistance(channel)


def _resistance(channel: Channel4) -> Expr:
    """Resistance of the channel of one finger up to where it saturates. [Ohm]"""
    flows = channel.held > 1e-12  # V
    held, current = where(flows, channel.held, 1.0), where(flows, channel.current, channel.conductance)
    return held / max_(current, LEAST)


def noise_of_end(m: Equations, size: Size4, channel: Channel4, source: Expr, conductance: Expr) -> Expr:
    """Noise of an end's resistance over 4kT, which the source's has more of. [S]

    Parameters
    ----------
    m : Equations
    size : Size4
    channel : Channel4
    source : Expr
        Whether this end acts as source.
    conductance : Expr
        Of all in parallel. [S]
    """
    _, theta = _partition(m, size, channel)
    count = max_(m["multiplier"] * m["nf"], LEAST)
    more = theta * theta * conductance * _resistance(channel) / count
    factor = where(size.since46, 1.0 + more, 1.0 / (1.0 + more))
    return conductance * where(and_(m["tnoimod"] > 0.5, source), factor, 1.0)


def _layer(size: Size4, channel: Channel4) -> Expr:
    """Charge of the channel of one finger as thermal noise sees it: with the current's gate voltage. [C]"""
    drive, abulk = channel.drive, abulk_of_charges(size, channel)
    along = abulk * saturating(channel.vds, drive / abulk)
    middle = drive - 0.5 * along
    return channel.cox * size.width_cv * size.length_cv * (middle + along * along / (12.0 * (middle + 1e-20)))


def _trapped(m: Equations, size: Size4, channel: Channel4, drain: Expr) -> Expr:
    """Flicker noise of one finger by fluctuations of the carriers' number and mobility. [A²]"""
    nmos = m["polarity"] > 0.0
    a, b = (
        where(is_given(m[name]), m[name], where(nmos, n, p))
        for name, n, p in (("noia", 6.25e41, 6.188e40), ("noib", 3.125e26, 1.5e25))
    )
    c = m["noic"]
    length, heat = size.length - 2.0 * m["lintnoi"], BOLTZMANN * size.temperature
    clm = size.pinch * ln(max_((channel.beyond / size.pinch + m["em"]) / channel.esat, LEAST))
    clm = where(m["em"] > 0.0, max_(clm, 0.0), 0.0)
    at_source = size.cox * channel.drive / CHARGE
    at_drain = at_source * (1.0 - channel.abulk / channel.above * channel.held)
    star = size.vt / CHARGE * (size.cox + channel.depletion_at_bias + size["cit"])
    number = a * ln(max_((at_source + star) / (at_drain + star), LEAST))
    number = number + b * (at_source - at_drain) + 0.5 * c * (at_source * at_source - at_drain * at_drain)
    inner = CHARGE * CHARGE * heat * drain * channel.mobility * number
    inner = inner / (1e10 * channel.abulk_at_rest * size.cox * length * length)
    shape = (a + b * at_drain + c * at_drain * at_drain) / ((at_drain + star) * (at_drain + star))
    strong = inner + heat * drain * drain / (1e10 * length * length * size.width) * clm * shape
    weak = a * heat * drain * drain / (size.width * size.length * 1e10 * star * star)
    strong = max_(strong, 0.0)  # it falls below 0 where noic is negative and there are many carriers
    return strong * weak / max_(strong + weak, 1e-300)


def shot(current: Expr) -> Expr:
    """Density of the noise of a current that tunnels. [A²/Hz]"""
    return 2.0 * ELEMENTARY_CHARGE * abs_(current)
