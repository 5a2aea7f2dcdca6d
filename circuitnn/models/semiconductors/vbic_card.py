"""Parameters of VBIC's model card."""

from __future__ import annotations

import math

from circuitnn.models.model import Parameter


def _energy(name: str, of: str) -> Parameter:
    return Parameter(name, 1.12, "eV", f"activation energy of {of}", low=0.0, high=10.0)


def _resistance(name: str, default: float, meaning: str) -> Parameter:
    return Parameter(name, default, "Ohm", f"resistance of the {meaning}", low=0.0)


def _saturation(name: str, default: float, meaning: str, usual: float = 1e-17) -> Parameter:
    return Parameter(name, default, "A", meaning, low=0.0, usual=usual)


def _emission(name: str, default: float, of: str) -> Parameter:
    return Parameter(name, default, "", f"emission coefficient of {of}", low=0.1)


def _exponent(name: str, of: str, *aliases: str, default: float = 0.0) -> Parameter:
    meaning = f"temperature exponent of {of}"
    return Parameter(name, default, "", meaning, low=-100.0, high=100.0, aliases=aliases, usual=1.0)


def _capacitance(name: str, meaning: str, *aliases: str) -> Parameter:
    return Parameter(name, 0.0, "F", meaning, low=0.0, aliases=aliases, usual=1e-14)


def _junction(potential: str, grading: str, smooth: str, of: str) -> tuple[Parameter, ...]:
    return (
        Parameter(potential, 0.75, "V", f"built-in potential of the {of} junction", low=1e-2),
        Parameter(grading, 0.33, "", f"grading coefficient of the {of} junction", low=0.0, high=1.0),
        Parameter(
            smooth,
            -0.5,
            "V",
            f"width over which the capacitance of the {of} junction saturates; else abruptly",
        ),
    )


_RESISTANCES = (
    _resistance("rcx", 0.0, "collector, outside"),
    _resistance("rci", 0.1, "collector, inside"),
    Parameter("vo", 0.0, "V", "where the collector's drift saturates; 0: never", low=0.0, aliases=("v0",)),
    Parameter("gamm", 0.0, "", "doping of the collector, (ni/N)²", low=0.0, usual=1e-11),
    Parameter("hrcf", 1.0, "", "how the collector's resistance grows at high currents; 0: not", low=0.0),
    _resistance("rbx", 0.0, "base, outside"),
    _resistance("rbi", 0.1, "base, inside"),
    _resistance("re", 0.0, "emitter"),
    _resistance("rs", 0.0, "substrate"),
    _resistance("rbp", 0.1, "base of the parasitic transistor"),
)
_CHARGES = (
    Parameter(
        "fc",
        0.9,
        "",
        "where depletion capacitances saturate, as a part of the potential",
        0.0,
        0.999,
        clipped=True,
    ),
    _capacitance("cbeo", "capacitance of base and emitter, constant", "cbe0"),
    _capacitance("cje", "depletion capacitance of base and emitter at 0 V"),
    *_junction("pe", "me", "aje", "base-emitter"),
    _capacitance("cbco", "capacitance of base and collector, constant", "cbc0"),
    _capacitance("cjc", "depletion capacitance of base and collector at 0 V, inside"),
    Parameter(
        "qco", 0.0, "C", "charge of the collector's epitaxial layer", low=0.0, aliases=("qc0",), usual=1e-15
    ),
    _capacitance("cjep", "depletion capacitance of base and collector at 0 V, outside"),
    *_junction("pc", "mc", "ajc", "base-collector"),
    _capacitance("cjcp", "depletion capacitance of substrate and collector at 0 V"),
    *_junction("ps", "ms", "ajs", "substrate-collector"),
    Parameter("vrt", 0.0, "V", "voltage at which the collector is depleted; 0: never", low=0.0, usual=3.0),
    Parameter("art", 0.1, "", "how smoothly it is", low=0.0),
    _capacitance("ccso", "capacitance of substrate and collector, constant"),
    Parameter("tf", 0.0, "s", "forward transit time", low=0.0, usual=1e-11),
    Parameter("qtf", 0.0, "", "its growth with the base's width"),
    Parameter("xtf", 0.0, "", "its growth with the bias"),
    Parameter("vtf", 0.0, "V", "voltage of that growth; 0: none", low=0.0, usual=2.0),
    Parameter("itf", 0.0, "A", "current of that growth; 0: none", low=0.0),
    Parameter("tr", 0.0, "s", "reverse transit time", low=0.0, usual=1e-11),
    Parameter("td", 0.0, "s", "delay of the forward current (excess phase)", low=0.0, usual=1e-12),
)
_CURRENTS = (
    _saturation("is", 1e-16, "saturation current from emitter to collector"),
    _emission("nf", 1.0, "the forward current"),
    _emission("nr", 1.0, "the reverse current"),
    Parameter("isrr", 1.0, "", "saturation current backwards, as a part of is", low=0.0),
    _saturation("ibei", 1e-18, "ideal saturation current of base and emitter"),
    Parameter("wbe", 1.0, "", "part of it that is inside", low=0.0, high=1.0),
    _emission("nei", 1.0, "ibei"),
    _saturation("iben", 0.0, "other saturation current of base and emitter", 1e-15),
    _emission("nen", 2.0, "iben"),
    _saturation("ibci", 1e-16, "ideal saturation current of base and collector"),
    _emission("nci", 1.0, "ibci, ibeip"),
    _saturation("ibcn", 0.0, "other saturation current of base and collector", 1e-15),
    _emission("ncn", 2.0, "ibcn, ibenp"),
    Parameter("avc1", 0.0, "1/V", "avalanche of base and collector; 0: none", low=0.0, usual=2.0),
    Parameter("avc2", 0.0, "", "the same, exponent; V^(1 - mc)", low=0.0, usual=15.0),
    _saturation("isp", 0.0, "saturation current of the parasitic transistor"),
    Parameter("wsp", 1.0, "", "part of it that the outer junction drives", low=0.0, high=1.0),
    _emission("nfp", 1.0, "isp"),
    _saturation("ibeip", 0.0, "ideal saturation current of base and collector, outside"),
    _saturation("ibenp", 0.0, "other saturation current of base and collector, outside", 1e-15),
    _saturation("ibcip", 0.0, "ideal saturation current of substrate and collector"),
    _emission("ncip", 1.0, "ibcip"),
    _saturation("ibcnp", 0.0, "other saturation current of substrate and collector", 1e-15),
    _emission("ncnp", 2.0, "ibcnp"),
    Parameter("vef", 0.0, "V", "forward Early voltage; 0: none", low=0.0, usual=50.0),
    Parameter("ver", 0.0, "V", "reverse Early voltage; 0: none", low=0.0, usual=5.0),
    Parameter("ikf", 0.0, "A", "forward knee current; 0: none", low=0.0),
    Parameter("ikr", 0.0, "A", "reverse knee current; 0: none", low=0.0),
    Parameter("ikp", 0.0, "A", "knee current of the parasitic transistor; 0: none", low=0.0),
    Parameter("qbm", 0.0, "", "1: the base's charge as Gummel and Poon's", low=0.0, high=1.0),
    Parameter("nkf", 0.5, "", "exponent of the fall of the gain at high currents", low=0.05, high=1.0),
    Parameter("vbbe", 0.0, "V", "breakdown voltage of base and emitter; 0: never", low=0.0, usual=4.0),
    Parameter("nbbe", 1.0, "", "its emission coefficient", low=0.1),
    Parameter("ibbe", 1e-6, "A", "its current", low=0.0),
    Parameter("ebbe", 0.0, "", "accepted for compatibility: it follows from vbbe and nbbe"),
)
_TEMPERATURE = (
    _exponent("xre", "re"),
    _exponent("xrbi", "rbi"),
    _exponent("xrci", "rci"),
    _exponent("xrs", "rs"),
    _exponent("xvo", "vo", "xv0"),
    _exponent("xrcx", "rcx", "xrc"),
    _exponent("xrbx", "rbx", "xrb"),
    _exponent("xrbp", "rbp"),
    _exponent("xikf", "ikf"),
    _exponent("xis", "is, isp, gamm", default=3.0),
    _exponent("xii", "ibei, ibci, ibeip, ibcip", default=3.0),
    _exponent("xin", "iben, ibcn, ibenp, ibcnp", default=3.0),
    _exponent("xisr", "isrr"),
    _energy("ea", "is, gamm"),
    _energy("eaie", "ibei, pe"),
    _energy("eaic", "ibci, ibeip, pc"),
    _energy("eais", "ibcip, ps"),
    _energy("eane", "iben"),
    _energy("eanc", "ibcn, ibenp"),
    _energy("eans", "ibcnp"),
    _energy("eap", "isp"),
    Parameter("dear", 0.0, "eV", "activation energy of isrr", low=-10.0, high=10.0, usual=0.1),
    Parameter("tnf", 0.0, "1/K", "temperature coefficient of nf, nr", low=-5e-3, high=5e-3),
    Parameter("tavc", 0.0, "1/K", "temperature coefficient of avc2", low=-5e-2, high=5e-2),
    Parameter("tvbbe1", 0.0, "1/K", "temperature coefficient of vbbe", low=-5e-2, high=5e-2),
    Parameter("tvbbe2", 0.0, "1/K²", "second one of vbbe", low=-1e-3, high=1e-3),
    Parameter("tnbbe", 0.0, "1/K", "temperature coefficient of nbbe", low=-5e-3, high=5e-3),
    Parameter("dtemp", 0.0, "K", "how much warmer transistors of this card are", low=-200.0, high=500.0),
    Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
    Parameter("selft", 1.0, "", "0: transistors do not heat themselves", low=0.0, high=1.0),
    Parameter(
        "rth", 0.0, "K/W", "thermal resistance; 0: transistors do not heat themselves", low=0.0, usual=500.0
    ),
    Parameter("cth", 0.0, "J/K", "thermal capacitance, at least 1e-12", low=0.0, usual=1e-9),
)
PARAMETERS = (
    Parameter(
        "polarity", 1.0, "", "1 NPN, -1 PNP: the card's type says it", low=-1.0, high=1.0, nonzero=True
    ),
    *_CURRENTS,
    *_RESISTANCES,
    *_CHARGES,
    *_TEMPERATURE,
    Parameter("kfn", 0.0, "", "coefficient of flicker noise", low=0.0, usual=1e-14),
    Parameter("afn", 1.0, "", "exponent of the current in flicker noise"),
    Parameter("bfn", 1.0, "", "exponent of the frequency in flicker noise"),
    Parameter("vers", 1.2, "", "accepted for compatibility: version"),
    Parameter("vref", 0.0, "", "accepted for compatibility: version of reference"),
)
