"""MOSFETs whose gate has charges in place of Meyer's capacitances: what flows around a closed way adds up to nothing.

With the voltages of the gate over the ends of the channel s and d (times p), the long channel's threshold
vth(v) = vbi + gamma·√(phi - v) at each end's bulk voltage v, and S = (vgs - vth(vbs))⁺, D = (vgd - vth(vbd))⁺:

    channel     ⅔·Cox·(S² + S·D + D²)/(S + D), of which the drain has
                2/15·Cox·(2·S³ + 4·S²·D + 6·S·D² + 3·D³)/(S + D)²
    bulk        Cox·(vgb - vfb)                                          below flat band, vfb = vbi - phi
                Cox·gamma·√ψ                                             above, of both ends the mean

These parts are Ward and Dutton's, 60 and 40 % in saturation. √ψ = √(¼·gamma² + vgb - vfb) - ½·gamma, at most
√(phi - v): below the threshold the gate sees the oxide in series with the depleted layer, above it nothing of the bulk.

References
----------
D. E. Ward, R. W. Dutton, "A charge-oriented model for MOS transistor capacitances", IEEE J. Solid-State Circuits
13, 703 (1978), doi:10.1109/JSSC.1978.1051123.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, max_, min_, sqrt, where
from circuitnn.models.model import Equations, Model
from circuitnn.models.semiconductors.mosfet import Bias, Channel, Mosfet, Process, overlaps

SUFFIX = "_charge"
NOTHING = 1e-15  # V, so that nothing is divided by zero


_charged: dict[str, type[Mosfet]] = {}


def conserving(model: type[Mosfet]) -> type[Mosfet]:
    """The same transistor with charges; it runs as what the host compiles, or as bytecode.

    Parameters
    ----------
    model : type of Mosfet

    Returns
    -------
    type of Mosfet
    """
    name = model.name + SUFFIX
    if name not in _charged:
        body = {"name": name, "_gate": classmethod(_gate), "__module__": __name__}
        _charged[name] = type(model.__name__ + "Charge", (model,), body)
    return _charged[name]


def with_charges(model: type[Model]) -> type[Model]:
    """The transistor with charges, where it is a MOSFET with Meyer's capacitances; else the same."""
    return conserving(model) if issubclass(model, Mosfet) else model


def _gate(
    cls: type[Mosfet], m: Equations, process: Process, forward: Expr, bias: Bias, channel: Channel
) -> None:
    size = m["polarity"] * m["multiplier"] * process.width * (process.oxide * process.length)
    ends = ((bias.vgs, bias.vbs), (bias.vgs - bias.vds, bias.vbs - bias.vds))
    roots = [sqrt(max_(process.phi - v, 1e-3)) for _, v in ends]
    s, d = (
        max_(gate - process.vbi - process.gamma * root, 0.0)
        for (gate, _), root in zip(ends, roots, strict=True)
    )
    total = s + d + NOTHING
    gate = 2.0 / 3.0 * (s * s + s * d + d * d) / total
    far = (
        2.0 / 15.0 * (2.0 * s * s * s + 4.0 * s * s * d + 6.0 * s * d * d + 3.0 * d * d * d) / (total * total)
    )
    near = gate - far
    over = bias.vgs - bias.vbs - (process.vbi - process.phi)
    half = 0.5 * process.gamma
    depleted = sqrt(half * half + max_(over, 0.0)) - half
    bulk = 0.5 * process.gamma * (min_(depleted, roots[0]) + min_(depleted, roots[1])) + min_(over, 0.0)
    for node, charge in (
        ("source_inner", where(forward, near, far)),
        ("drain_inner", where(forward, far, near)),
        ("bulk", bulk),
    ):
        m.flow("gate", node, charge=size * charge)
    of_gate = size * (gate + bulk)
    for node, name, overlap in overlaps(m, process):
        m.flow("gate", node, charge=overlap * m.voltage("gate", node))
        slope = -m["polarity"] * m.slope(of_gate, node) * m["polarity"]
        m.probe(f"cg{name}", "F", f"capacitance of g and {name}", slope + overlap)
