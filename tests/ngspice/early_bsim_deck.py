"""A deck with one BSIM1 or BSIM2 transistor of a random card."""

from collections.abc import Mapping

import numpy as np

JUNCTIONS = "cgso=0.3n cgdo=0.2n cgbo=0.1n js=0.1m pb=0.8 mj=0.5 pbsw=0.7 mjsw=0.3 cj=0.3m cjsw=0.3n"


def deck(
    kind: str,
    seed: int,
    bias: tuple[float, float, float],
    ranges: Mapping[str, tuple[float, float]],
    card: str,
    size: str,
    analysis: str,
) -> str:
    """Text of the deck: drain, gate and bulk at `bias`, parameters drawn from `ranges`, the others by `card`."""
    rng = np.random.default_rng(seed)
    sign = 1 if kind == "nmos" else -1
    given = " ".join(f"{name}={rng.uniform(*ends):.6g}" for name, ends in ranges.items())
    vd, vg, vb = (sign * v for v in bias)
    return f"""bsim
vd d 0 {vd}
vg g 0 {vg} ac 1
vb b 0 {vb}
m1 d g 0 b mm {size}
.model mm {kind}({JUNCTIONS}
+ vdd=5 {given} {card})
{analysis}
.end
"""
