"""Parameters of HICUM/L2's model card."""

from __future__ import annotations

import math

from circuitnn.models.model import Parameter


def _saturation(name: str, default: float, of: str, usual: float = 1e-17) -> Parameter:
    return Parameter(name, default, "A", f"saturation current of {of}", low=0.0, high=1.0, usual=usual)


def _ideality(name: str, default: float, of: str) -> Parameter:
    return Parameter(name, default, "", f"ideality factor of {of}", low=0.1, high=10.0)


def _resistance(name: str, of: str) -> Parameter:
    return Parameter(name, 0.0, "Ohm", f"resistance of the {of}", low=0.0, usual=10.0)


def _capacitance(name: str, meaning: str, *aliases: str) -> Parameter:
    return Parameter(name, 0.0, "F", meaning, low=0.0, aliases=aliases, usual=1e-14)


def _seconds(name: str, meaning: str, low: float = 0.0) -> Parameter:
    return Parameter(name, 0.0, "s", meaning, low=low, usual=1e-12)


def _junction(
    names: tuple[str, str, str], default: float, potential: float, grading: float, of: str
) -> tuple[Parameter, ...]:
    capacitance, built_in, exponent = names
    return (
        Parameter(capacitance, default, "F", f"depletion capacitance of {of} at 0 V", low=0.0, usual=1e-14),
        Parameter(built_in, potential, "V", f"built-in potential of {of}", low=0.05, high=10.0),
        Parameter(exponent, grading, "", f"grading coefficient of {of}", low=0.05, high=0.95),
    )


def _saturating(name: str, alias: str, of: str) -> Parameter:
    meaning = f"largest capacitance of {of} over that at 0 V"
    return Parameter(name, 2.5, "", meaning, low=1.0, aliases=(alias,))


def _punched(name: str, of: str) -> Parameter:
    return Parameter(
        name, 100.0, "V", f"punch-through voltage of {of}; from 100 V on: never", low=0.05, high=100.0
    )


def _exponent(name: str, of: str, default: float = 0.0) -> Parameter:
    meaning = f"temperature exponent of {of}"
    return Parameter(name, default, "", meaning, low=-10.0, high=10.0, usual=1.0)


def _slope(name: str, of: str, usual: float = 1e-3) -> Parameter:
    return Parameter(name, 0.0, "1/K", f"temperature coefficient of {of}", usual=usual)


def _energy(name: str, of: str) -> Parameter:
    return Parameter(name, 1.17, "V", f"band gap of the {of} at 0 K", low=0.1, high=10.0)


_TRANSFER = (
    Parameter("c10", 2e-30, "A·C", "constant of the transfer current", low=1e-60, high=1.0),
    Parameter("qp0", 2e-14, "C", "hole charge of the base without bias", low=1e-22, high=1.0),
    Parameter(
        "ich", 0.0, "A", "growth of the transfer current in two and three dimensions; 0: none", low=0.0
    ),
    Parameter("hf0", 1.0, "", "weight of the minority charge at low currents", low=0.0),
    Parameter("hfe", 1.0, "", "weight of the emitter's minority charge", low=0.0),
    Parameter("hfc", 1.0, "", "weight of the collector's minority charge", low=0.0),
    Parameter("hjei", 1.0, "", "weight of the emitter junction's charge", low=0.0, high=100.0),
    Parameter("ahjei", 0.0, "", "how hjei falls with the voltage", low=0.0, high=100.0, usual=1.0),
    Parameter("rhjei", 1.0, "", "how smoothly that ends", low=0.01, high=10.0),
    Parameter("hjci", 1.0, "", "weight of the collector junction's charge", low=0.0, high=100.0),
)
_BASE = (
    _saturation("ibeis", 1e-18, "base and emitter, inside"),
    _ideality("mbei", 1.0, "ibeis"),
    _saturation("ireis", 0.0, "recombination at the emitter, inside", 1e-15),
    _ideality("mrei", 2.0, "ireis"),
    _saturation("ibeps", 0.0, "base and emitter, at the perimeter"),
    _ideality("mbep", 1.0, "ibeps"),
    _saturation("ireps", 0.0, "recombination at the emitter, at the perimeter", 1e-15),
    _ideality("mrep", 2.0, "ireps"),
    _ideality("mcf", 1.0, "the forward transfer current"),
    _seconds("tbhrec", "time constant of the recombination at the collector's barrier; 0: none"),
    _saturation("ibcis", 1e-16, "base and collector, inside"),
    _ideality("mbci", 1.0, "ibcis"),
    _saturation("ibcxs", 0.0, "base and collector, outside"),
    _ideality("mbcx", 1.0, "ibcxs"),
    Parameter("ibets", 0.0, "A", "tunnelling current of base and emitter", low=0.0, high=50.0, usual=1e-2),
    Parameter("abet", 40.0, "", "its exponent", low=0.0),
    Parameter("tunode", 1.0, "", "1: it flows at the perimeter; 0: inside", low=0.0, high=1.0),
    Parameter("favl", 0.0, "1/V", "avalanche of the collector's current; 0: none", low=0.0, usual=20.0),
    Parameter("qavl", 0.0, "C", "its charge in the exponent", low=0.0, usual=1e-14),
    Parameter("kavl", 0.0, "", "strong avalanche: share of the carriers that multiply again", 0.0, 3.0),
)
_RESISTANCES = (
    _resistance("rbi0", "inner base, without bias"),
    _resistance("rbx", "base, outside"),
    Parameter("fgeo", 0.6557, "", "geometry factor of emitter current crowding", low=0.0),
    Parameter("fdqr0", 0.0, "", "how much more than qp0 conducts in the base", low=-0.5, high=100.0),
    Parameter("fcrbi", 0.0, "", "capacitance across rbi, as a part of the inner one", low=0.0, high=1.0),
    Parameter("fqi", 1.0, "", "part of the minority charge that is inside", low=0.0, high=1.0),
    _resistance("re", "emitter"),
    _resistance("rcx", "collector, outside"),
    _saturation("itss", 0.0, "the transistor to the substrate"),
    _ideality("msf", 1.0, "itss"),
    _saturation("iscs", 0.0, "substrate and collector"),
    _ideality("msc", 1.0, "iscs"),
    _seconds("tsf", "transit time of the transistor to the substrate"),
    _resistance("rsu", "substrate"),
    _capacitance("csu", "capacitance across rsu"),
)
_DEPLETION = (
    *_junction(("cjei0", "vdei", "zei"), 1e-20, 0.9, 0.5, "base and emitter, inside"),
    _saturating("ajei", "aljei", "base and emitter, inside"),
    *_junction(("cjep0", "vdep", "zep"), 1e-20, 0.9, 0.5, "base and emitter, at the perimeter"),
    _saturating("ajep", "aljep", "base and emitter, at the perimeter"),
    *_junction(("cjci0", "vdci", "zci"), 1e-20, 0.7, 0.4, "base and collector, inside"),
    _punched("vptci", "base and collector, inside"),
    *_junction(("cjcx0", "vdcx", "zcx"), 1e-20, 0.7, 0.4, "base and collector, outside"),
    _punched("vptcx", "base and collector, outside"),
    *_junction(("cjs0", "vds", "zs"), 0.0, 0.6, 0.5, "substrate and collector"),
    _punched("vpts", "substrate and collector"),
    _capacitance("cscp0", "capacitance of the substrate's and the collector's perimeters at 0 V"),
    Parameter("vdsp", 0.6, "V", "its built-in potential; 0: it is constant", low=0.0, high=10.0),
    Parameter("zsp", 0.5, "", "its grading coefficient", low=0.05, high=0.95),
    _punched("vptsp", "substrate and collector, at the perimeter"),
    _capacitance("cbepar", "capacitance of base and emitter, constant", "ceox"),
    _capacitance("cbcpar", "capacitance of base and collector, constant", "ccox"),
    Parameter("fbcpar", 0.0, "", "part of cjcx0 and cbcpar behind rbx", 0.0, 1.0, ("fbc",)),
    Parameter("fbepar", 1.0, "", "part of cbepar behind rbx", low=0.0, high=1.0, aliases=("fbe",)),
)
_DIFFUSION = (
    _seconds("t0", "forward transit time at low currents, without voltage of base and collector"),
    _seconds("dt0h", "its change with the width of the base", -math.inf),
    _seconds("tbvl", "its growth at low collector voltages", -math.inf),
    _seconds("tef0", "storage time of the emitter"),
    Parameter("gtfe", 1.0, "", "its exponent of the current", low=0.01, high=10.0),
    _seconds("thcs", "storage time at high currents"),
    Parameter("ahc", 0.1, "", "how smoothly it sets in", low=1e-4, high=50.0, aliases=("alhc",)),
    Parameter("fthc", 0.0, "", "the collector's part of it", low=0.0, high=1.0, usual=0.5),
    Parameter("rci0", 150.0, "Ohm", "resistance of the inner collector at low fields", low=1e-3),
    Parameter("vlim", 0.5, "V", "voltage at which its drift saturates", low=1e-2, high=10.0),
    Parameter("vces", 0.1, "V", "saturation voltage of collector and emitter", low=0.0, high=1.0),
    Parameter("vpt", 100.0, "V", "punch-through voltage of the collector", low=1e-2),
    Parameter("aick", 1e-3, "", "how smoothly it is punched through", low=1e-9, high=10.0),
    Parameter("delck", 2.0, "", "how the drift saturates", low=0.1, high=10.0),
    _seconds("tr", "storage time of the reverse current"),
    Parameter("vcbar", 0.0, "V", "barrier of the collector", low=0.0, high=1.0, usual=0.05),
    Parameter("icbar", 0.0, "A", "current at which the barrier arises; 0: none", low=0.0, high=1.0),
    Parameter("acbar", 0.01, "", "how smoothly", low=1e-4, high=10.0),
    Parameter("latb", 0.0, "", "spreading of the collector's current across the emitter", low=0.0),
    Parameter("latl", 0.0, "", "the same, along it", low=0.0),
    Parameter("alqf", 0.167, "", "delay of the minority charge, in transit times", low=0.0, high=1.0),
    Parameter("alit", 0.333, "", "delay of the transfer current, in transit times", low=0.0, high=1.0),
    Parameter("flnqs", 0.0, "", "1: with these delays; with flcomp 0 and 2.1 always", low=0.0, high=1.0),
)
_TEMPERATURE = (
    Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
    _energy("vgb", "base"),
    _energy("vge", "emitter"),
    _energy("vgc", "collector"),
    _energy("vgs", "substrate"),
    Parameter("f1vg", -1.02377e-4, "V/K", "coefficient of the band gap, of T·ln T", low=-1e-2, high=1e-2),
    Parameter("f2vg", 4.3215e-4, "V/K", "coefficient of the band gap, of T", low=-1e-2, high=1e-2),
    _exponent("zetact", "c10", 3.0),
    _exponent("zetabet", "ibeis, ibeps", 3.5),
    _exponent("zetaci", "rci0"),
    _exponent("zetarbi", "rbi0"),
    _exponent("zetarbx", "rbx"),
    _exponent("zetarcx", "rcx"),
    _exponent("zetare", "re"),
    _exponent("zetacx", "the mobility in the outer collector", 1.0),
    _exponent("zetahjei", "ahjei", 1.0),
    _exponent("zetavgbe", "dvgbe", 1.0),
    _exponent("zetarth", "rth"),
    _slope("alt0", "t0"),
    Parameter("kt0", 0.0, "1/K²", "second temperature coefficient of t0", usual=1e-6),
    _slope("alvs", "the saturated drift velocity"),
    _slope("alces", "vces"),
    _slope("alfav", "favl"),
    _slope("alqav", "qavl"),
    _slope("alkav", "kavl"),
    _slope("alb", "the current gain, with flcomp 0 and 2.1"),
    _slope("alrth", "rth"),
    Parameter("dvgbe", 0.0, "V", "band gap of the base less that of its junction", -10.0, 10.0, usual=0.02),
    Parameter("flsh", 0.0, "", "1, 2: transistors heat themselves", low=0.0, high=2.0),
    Parameter("rth", 0.0, "K/W", "thermal resistance", low=0.0, usual=500.0),
    Parameter("cth", 0.0, "J/K", "thermal capacitance", low=0.0, usual=1e-10),
    Parameter("flcomp", 0.0, "", "version whose equations hold where they changed; 0: 2.1", low=0.0),
)
_NOISE = (
    Parameter("kf", 0.0, "", "coefficient of flicker noise of the base current", low=0.0, usual=1e-9),
    Parameter("af", 2.0, "", "exponent of the current in it", low=0.1, high=10.0),
    Parameter("cfbe", -1.0, "", "-2: it flows at the perimeter; -1: inside", low=-2.0, high=0.0),
    Parameter("kfre", 0.0, "", "coefficient of flicker noise of re", low=0.0, usual=1e-9),
    Parameter("afre", 2.0, "", "exponent of the current in it", low=0.1, high=10.0),
)
PARAMETERS = (
    Parameter(
        "polarity", 1.0, "", "1 NPN, -1 PNP: the card's type says it", low=-1.0, high=1.0, nonzero=True
    ),
    *_TRANSFER,
    *_BASE,
    *_RESISTANCES,
    *_DEPLETION,
    *_DIFFUSION,
    *_TEMPERATURE,
    *_NOISE,
    Parameter("version", 2.4, "", "accepted for compatibility: version"),
)
