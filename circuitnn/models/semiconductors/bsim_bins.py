"""What cards of BSIM transistors share: parameters that vary with the size of the channel, and the size itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from circuitnn.equations.graph import Expr, max_, power
from circuitnn.models.declarations import UNSET
from circuitnn.models.model import Equations, Parameter

SHORTEST = 1e-8  # m
QUASI_STATIC = "channels are quasi-static"  # what a card that asks for more is told
# ngspice reads neither on cards of BSIM, though other cards may give what instances may.
NO_TEMPERATURE = dict.fromkeys(("temp", "dtemp"), "BSIM's cards have no temperature of instances")
_SHARES = {"l": 1e-8, "w": 1e-8, "p": 1e-14}  # in metres, as binunit 2 has them


def binned(
    rows: Iterable[tuple[str, float | str, str, str]],
    usual: Mapping[str, float],
    lowest: Mapping[str, float],
    aliases: Mapping[str, tuple[str, ...]],
    divisors: tuple[str, ...] = (),
) -> tuple[Parameter, ...]:
    """Parameters that vary with the size, each with its l…, w… and p….

    Parameters
    ----------
    rows : iterable of (str, float or str, str, str)
        Name, default, unit, meaning.
    usual : mapping of str to float
        Size of what is 0 by default.
    lowest : mapping of str to float
    aliases : mapping of str to tuple of str
    divisors : tuple of str
        Those that must not be 0.
    """
    parameters = []
    for name, default, unit, meaning in rows:
        others = aliases.get(name, ())
        size = usual.get(name) or abs(float(default))
        parameters.append(
            Parameter(
                name,
                default,
                unit,
                meaning,
                low=lowest.get(name, -math.inf),
                aliases=others,
                usual=size,
                nonzero=name in divisors,
            )
        )
        for letter, share in _SHARES.items():
            meaning = f"dependence of {name} on length, width, both"
            also = tuple(letter + other for other in others)
            parameters.append(Parameter(letter + name, 0.0, "", meaning, aliases=also, usual=share * size))
    return tuple(parameters)


def sizes() -> tuple[Parameter, ...]:
    """How the channel's length and width differ from the mask's."""
    parameters = []
    for end, dimension in (("l", "length"), ("w", "width")):
        parameters.append(
            Parameter(f"{end}int", 0.0, "m", f"lateral diffusion of the {dimension}, each side")
        )
        for by, of in (("l", "length"), ("w", "width"), ("wl", "both")):
            name = f"{end}{by}"
            usual = 1e-21 if by == "wl" else 1e-15
            parameters.append(
                Parameter(name, 0.0, "", f"dependence of the {dimension} on {of} of the mask", usual=usual)
            )
            parameters.append(Parameter(f"{name}c", name, "", "the same, for capacitances", usual=usual))
        for by in ("l", "w"):
            parameters.append(Parameter(f"{end}{by}n", 1.0, "", f"exponent of {end}{by}"))
        meaning = f"as {end}int, for capacitances; else {end}int"
        parameters.append(Parameter(f"d{end}c", UNSET, "m", meaning))
        parameters.append(Parameter(f"x{end}", 0.0, "m", f"correction of the mask's {dimension}"))
    return tuple(parameters)


def outset(m: Equations, end: str, kind: str, start: Expr, mask: tuple[Expr, Expr]) -> Expr:
    """How far the channel ends inside of the mask, each side. [m]

    Parameters
    ----------
    m : Equations
    end : {"l", "w"}
    kind : {"", "c"}
        Of currents, of capacitances.
    start : Expr
        What does not vary with the mask. [m]
    mask : two Expr
        Length and width. [m]
    """
    by_l, by_w = (power(size, m[f"{end}{by}n"]) for size, by in zip(mask, "lw", strict=True))
    a, b, c = (m[f"{end}{by}{kind}"] for by in ("l", "w", "wl"))
    return start + a / by_l + b / by_w + c / (by_l * by_w)


def inside(mask: Expr, out: Expr) -> Expr:
    """Length or width of a channel; what is not positive is refused when the deck is read. [m]"""
    return max_(mask - 2.0 * out, SHORTEST)
