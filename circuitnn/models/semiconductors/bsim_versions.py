"""What older versions of BSIM's cards lack, and how to tell from a version which laws hold.

A version of three numbers counts as one of two: 4.6.5 is 4.65.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from circuitnn.equations.graph import Expr

# The first version with a parameter; those that depend on the size have it with l…, w… and p… in front, too.
BSIM3 = {
    3.2: (
        "acde acm alpha1 calcacm ijth ld ldif llc lwc lwlc moin noff rd rdc rs rsc tcj tcjsw tcjswg toxm tpb tpbsw "
        "tpbswg vfb voffcv wlc wmlt wwc wwlc xl xw"
    ),
    3.3: "acnqsmod lintnoi",
}
BSIM4 = {
    4.6: (
        "ados bdos agisl bgisl cgisl egisl aigs bigs cigs aigd bigd cigd dlcigd cvchargemod minvcv voffcvl jtweff "
        "njtsd njtsswd njtsswgd tnjtsd tnjtsswd tnjtsswgd ucs ucste mtrlmod"
    ),
    4.7: (
        "dvtp2 dvtp3 dvtp4 dvtp5 gidlmod rgidl kgidl fgidl rgisl kgisl fgisl teta0 tnfactor tvoffcv tnoic rnoic"
    ),
}


def since(version: Expr, first: float) -> Expr:
    """Whether a card's version is `first` or later.

    Parameters
    ----------
    version : Expr
    first : float
    """
    return version > first - 1e-6


def lacking(card: Mapping[str, Any], model: str, firsts: Mapping[float, str]) -> dict[str, str]:
    """Parameters that cards of this version do not have, and what a warning says of them.

    Parameters
    ----------
    card : mapping of str to float
        What the card gives.
    model : str
    firsts : mapping of float to str
        `BSIM3` or `BSIM4`.
    """
    version = card.get("version")
    if not isinstance(version, float):  # the newest, or an expression
        return {}
    message = f"{model} has it since version {{}}, the card is of version {version:g}"
    return {
        letter + name: message.format(first)
        for first, names in firsts.items()
        if version < first - 1e-6
        for name in names.split()
        for letter in ("", "l", "w", "p")
    }
