"""Resistances in the body of BSIM4: between its contact, the channel, and the junctions of drain and source.

With rbodymod 1 instances give all five. With 2 they follow from the channel's size, x0·(L/µm)^xl·(W/µm)^xw·nf^xnf, and
those to the contact from two such in parallel. A card without rbps0 or rbpd0 has only rbpb; one without a resistance
from either junction to the contact (rbsbx0 or rbsby0, rbdbx0 or rbdby0) has three.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, and_, max_, not_, or_, power, where
from circuitnn.models.declarations import UNSET
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.bsim4_size import Size4
from circuitnn.models.semiconductors.optional import is_given

SHORT = 1e-3  # Ohm, below which a resistance counts as this
_BASES = ("rbps", "rbpd", "rbpbx", "rbpby", "rbsbx", "rbsby", "rbdbx", "rbdby")
_SIZES = ("rbps", "rbpd", "rbpbx", "rbpby", "rbsdbx", "rbsdby")


def _scaled() -> tuple[Parameter, ...]:
    """Of rbodymod 2."""
    parameters = [
        Parameter(f"{name}0", UNSET, "Ohm", f"{name[:4]} of 1 µm × 1 µm (rbodymod 2)", low=1e-6)
        for name in _BASES
    ]
    parameters += [
        Parameter(name + by, 0.0, "", f"exponent of the {dimension} in {name}")
        for name in _SIZES
        for by, dimension in (("l", "length"), ("w", "width"), ("nf", "number of fingers"))
    ]
    return tuple(parameters)


OF_CARD = (
    *_scaled(),
    Parameter("gbmin", 1e-12, "S", "least conductance of the body's network", low=0.0),
)
OF_INSTANCE = (
    Parameter(
        "rbodymod", 0.0, "", "resistances of the body: 0 none, 1 five, 2 by the size", low=0.0, high=2.0
    ),
    Parameter("rbpb", 50.0, "Ohm", "body to bulk (rbodymod 1)", low=0.0),
    Parameter("rbps", 50.0, "Ohm", "body to the source's junction", low=0.0),
    Parameter("rbpd", 50.0, "Ohm", "body to the drain's junction", low=0.0),
    Parameter("rbsb", 50.0, "Ohm", "source's junction to bulk", low=0.0),
    Parameter("rbdb", 50.0, "Ohm", "drain's junction to bulk", low=0.0),
)
_PLACES = {
    "rbpb": ("body", "bulk"),
    "rbps": ("body", "source_body"),
    "rbpd": ("body", "drain_body"),
    "rbsb": ("source_body", "bulk"),
    "rbdb": ("drain_body", "bulk"),
}


def _by_size(size: Size4, name: str, default: float) -> Expr:
    """A resistance for this size of a finger. [Ohm]"""
    m = size.m
    base = where(is_given(m[f"{name}0"]), m[f"{name}0"], default)
    sizes = name if name in _SIZES else f"rbsd{name[-2:]}"
    grown = power(1e6 * size.length, m[f"{sizes}l"]) * power(1e6 * size.width, m[f"{sizes}w"])
    return base * grown * power(m["nf"], m[f"{sizes}nf"])


def _resistance(size: Size4, name: str) -> Expr:
    """Of rbodymod 2. [Ohm]"""
    if name in ("rbps", "rbpd"):
        return _by_size(size, name, 50.0)
    a, b = (_by_size(size, name + way, 100.0) for way in "xy")
    return a * b / (a + b)


def body(m: Equations, size: Size4) -> None:
    """State the network.

    Parameters
    ----------
    m : Equations
    size : Size4
    """
    on, sized = m["rbodymod"] > 0.5, m["rbodymod"] > 1.5
    on_card = {name: is_given(m[f"{name}0"]) for name in _BASES}
    three = and_(on_card["rbps"], on_card["rbpd"])
    ends = and_(or_(on_card["rbsbx"], on_card["rbsby"]), or_(on_card["rbdbx"], on_card["rbdby"]))
    for name, (plus, minus) in _PLACES.items():
        resistance = where(sized, _resistance(size, name), m[name])
        conductance = where(resistance < SHORT, 1.0 / SHORT, m["gbmin"] + 1.0 / max_(resistance, SHORT))
        if name in ("rbps", "rbpd"):
            conductance = where(and_(sized, not_(three)), 1.0 / SHORT, conductance)
        elif name != "rbpb":
            conductance = where(and_(sized, not_(and_(three, ends))), m["gbmin"], conductance)
        resistor(m, name, plus, minus, m["multiplier"] * where(on, conductance, 0.0))
