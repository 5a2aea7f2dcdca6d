"""Parameters of BSIM4's model card, of all transistors of a process, and of instances."""

from __future__ import annotations

import math
from collections.abc import Iterator

from circuitnn.models.corrections import Correction, at_least
from circuitnn.models.declarations import OF_SPICE, UNSET
from circuitnn.models.model import Parameter
from circuitnn.models.semiconductors.bsim4_body import OF_CARD, OF_INSTANCE
from circuitnn.models.semiconductors.bsim4_card import CHANNEL
from circuitnn.models.semiconductors.bsim_bins import sizes

# Name, default, largest value, meaning.
_SELECTORS = (
    ("mobmod", 0.0, 6.0, "law of the mobility: 0 to 6"),
    ("capmod", 2.0, 2.0, "law of the charges: 0, 1, 2"),
    ("cvchargemod", 0.0, 1.0, "gate voltage in charges: 0, or 1, that of the current"),
    ("diomod", 1.0, 2.0, "law of the junctions' currents: 0, 1, 2"),
    ("rdsmod", 0.0, 0.0, "accepted for compatibility: resistances outside of the channel's law"),
    ("igcmod", 0.0, 2.0, "gate current to the channel: 0 none, 1, 2"),
    ("igbmod", 0.0, 1.0, "gate current to the bulk: 0 none, 1"),
    ("gidlmod", 0.0, 1.0, "law of the tunnelling between drain and bulk: 0, 1"),
    ("fnoimod", 1.0, 1.0, "flicker noise: 0 kf, af, or 1 by traps"),
    ("tnoimod", 0.0, 1.0, "thermal noise of the channel: 0 by its charge, 1 by its conductances; 2 is not modelled"),
    ("tempmod", 0.0, 3.0, "law of the temperature: 0 to 3"),
    ("permod", 1.0, 1.0, "whether ps, pd include the gate's edge: 0 no, 1 yes"),
    ("wpemod", 0.0, 1.0, "effect of a well's edge: 0 none, 1"),
    ("mtrlmod", 0.0, 0.0, "accepted for compatibility: other materials"),
)  # fmt: skip
# Name at the source, default or the parameter it is taken from, unit, meaning, lower bound.
_JUNCTION: tuple[tuple[str, float | str, str, str, float], ...] = (
    ("jss", 1e-4, "A/m²", "saturation current of the bottom", 0.0),
    ("jsws", 0.0, "A/m", "saturation current of the side wall", 0.0),
    ("jswgs", 0.0, "A/m", "saturation current of the wall under the gate", 0.0),
    ("njs", 1.0, "", "emission coefficient", 0.1),
    ("xtis", 3.0, "", "temperature exponent of the saturation current", -math.inf),
    ("ijthsfwd", 0.1, "A", "forward current above which it is a straight line (diomod 1, 2)", 1e-30),
    ("ijthsrev", 0.1, "A", "breakdown current above which it is a straight line (diomod 2)", 1e-30),
    ("xjbvs", 1.0, "", "factor of the breakdown current", 0.0),
    ("bvs", 10.0, "V", "breakdown voltage", 1e-3),
    ("cjs", 5e-4, "F/m²", "capacitance of the bottom at 0 V", 0.0),
    ("mjs", 0.5, "", "its grading coefficient", -math.inf),
    ("pbs", 1.0, "V", "its built-in potential", 0.0),
    ("cjsws", 5e-10, "F/m", "capacitance of the side wall at 0 V", 0.0),
    ("mjsws", 0.33, "", "its grading coefficient", -math.inf),
    ("pbsws", 1.0, "V", "its built-in potential", 0.0),
    ("jtss", 0.0, "A/m²", "current by traps, of the bottom", 0.0),
    ("jtssws", 0.0, "A/m", "current by traps, of the side wall", 0.0),
    ("jtsswgs", 0.0, "A/m", "current by traps, of the wall under the gate", 0.0),
    ("vtss", 10.0, "V", "bias dependence of jtss", 1e-3),
    ("vtssws", 10.0, "V", "bias dependence of jtssws", 1e-3),
    ("vtsswgs", 10.0, "V", "bias dependence of jtsswgs", 1e-3),
    ("xtss", 0.02, "", "temperature exponent of jtss", -math.inf),
    ("xtssws", 0.02, "", "temperature exponent of jtssws", -math.inf),
    ("xtsswgs", 0.02, "", "temperature exponent of jtsswgs", -math.inf),
    ("cjswgs", "cjsws", "F/m", "capacitance of the wall under the gate at 0 V", 0.0),
    ("mjswgs", "mjsws", "", "its grading coefficient", -math.inf),
    ("pbswgs", "pbsws", "V", "its built-in potential", 0.0),
    ("njts", 20.0, "", "emission coefficient of currents by traps", 0.1),
    ("tnjts", 0.0, "", "its temperature coefficient", -math.inf),
    ("njtssw", 20.0, "", "emission coefficient of currents by traps", 0.1),
    ("tnjtssw", 0.0, "", "its temperature coefficient", -math.inf),
    ("njtsswg", 20.0, "", "emission coefficient of currents by traps", 0.1),
    ("tnjtsswg", 0.0, "", "its temperature coefficient", -math.inf),
)
# Name, default, unit, meaning, lower bound.
_PLAIN: tuple[tuple[str, float | str, str, str, float], ...] = (
    ("toxe", UNSET, "m", "electrical thickness of the oxide; else toxp + dtox, or 3e-9", 1e-10),
    ("toxp", UNSET, "m", "physical thickness of the oxide; else toxe - dtox", 1e-10),
    ("toxm", UNSET, "m", "thickness the parameters were extracted at; else toxe", 1e-10),
    ("toxref", 3e-9, "m", "thickness the gate currents were extracted at", 1e-10),
    ("dtox", 0.0, "m", "toxe less toxp", -math.inf),
    ("epsrox", 3.9, "", "dielectric constant of the oxide", 0.1),
    ("ados", 1.0, "", "thickness of the layer: factor", 0.0),
    ("bdos", 1.0, "", "thickness of the layer: exponent", 0.0),
    ("voffl", 0.0, "V m", "voff of short channels", -math.inf),
    ("voffcvl", 0.0, "V m", "voffcv of short channels (cvchargemod 1)", -math.inf),
    ("rdswmin", 0.0, "Ohm µm", "rdsw of an open channel", 0.0),
    ("pditsl", 0.0, "1/m", "pdits of long channels", 0.0),
    ("lc", 5e-9, "m", "scattering back into the source", 0.0),
    ("xpart", 0.0, "", "charge of the drain: 0 40 %, 0.5 half, 1 none; negative: no channel charge", -math.inf),
    ("cgso", UNSET, "F/m", "overlap capacitance of gate and source, a width; else from dlc or xj", -math.inf),
    ("cgdo", UNSET, "F/m", "overlap capacitance of gate and drain, a width; else from dlc or xj", -math.inf),
    ("cgbo", UNSET, "F/m", "overlap capacitance of gate and bulk, a length; else from dwc", -math.inf),
    ("dlcig", UNSET, "m", "overlap in the source's gate current; else lint", -math.inf),
    ("dlcigd", UNSET, "m", "overlap in the drain's gate current; else dlcig", -math.inf),
    ("dwj", UNSET, "m", "as wint, for junctions; else dwc", -math.inf),
    ("rsh", 0.0, "Ohm", "sheet resistance of drain and source", 0.0),
    ("rshg", 0.1, "Ohm", "sheet resistance of the gate", 0.0),
    ("xgl", 0.0, "m", "correction of the gate's length", -math.inf),
    ("dmcg", 0.0, "m", "middle of the contact to the gate", -math.inf),
    ("dmci", UNSET, "m", "middle of the contact to the isolation; else dmcg", -math.inf),
    ("dmdg", 0.0, "m", "middle of the diffusion to the gate", -math.inf),
    ("dmcgt", 0.0, "m", "dmcg of test structures", -math.inf),
    ("jtweff", 0.0, "m", "width in currents by traps under the gate", 0.0),
    ("tcj", 0.0, "1/K", "temperature coefficient of cjs, cjd", -math.inf),
    ("tpb", 0.0, "V/K", "fall of pbs, pbd", -math.inf),
    ("tcjsw", 0.0, "1/K", "temperature coefficient of cjsws, cjswd", -math.inf),
    ("tpbsw", 0.0, "V/K", "fall of pbsws, pbswd", -math.inf),
    ("tcjswg", 0.0, "1/K", "temperature coefficient of cjswgs, cjswgd", -math.inf),
    ("tpbswg", 0.0, "V/K", "fall of pbswgs, pbswgd", -math.inf),
    ("saref", 1e-6, "m", "sa the card holds for", 1e-9),
    ("sbref", 1e-6, "m", "sb the card holds for", 1e-9),
    ("wlod", 0.0, "m", "width in stress", 0.0),
    ("ku0", 0.0, "m", "mobility under stress", -math.inf),
    ("kvsat", 0.0, "", "saturation velocity under stress", -math.inf),
    ("kvth0", 0.0, "V m", "threshold under stress", -math.inf),
    ("tku0", 0.0, "", "temperature coefficient of ku0", -math.inf),
    ("llodku0", 0.0, "", "exponent of the length in ku0", -math.inf),
    ("wlodku0", 0.0, "", "exponent of the width in ku0", -math.inf),
    ("llodvth", 0.0, "", "exponent of the length in kvth0", -math.inf),
    ("wlodvth", 0.0, "", "exponent of the width in kvth0", -math.inf),
    ("lku0", 0.0, "", "ku0 by the length", -math.inf),
    ("wku0", 0.0, "", "ku0 by the width", -math.inf),
    ("pku0", 0.0, "", "ku0 by both", -math.inf),
    ("lkvth0", 0.0, "", "kvth0 by the length", -math.inf),
    ("wkvth0", 0.0, "", "kvth0 by the width", -math.inf),
    ("pkvth0", 0.0, "", "kvth0 by both", -math.inf),
    ("stk2", 0.0, "m", "k2 under stress", -math.inf),
    ("lodk2", 1.0, "", "exponent of kvth0's size in it", -math.inf),
    ("steta0", 0.0, "m", "eta0 under stress", -math.inf),
    ("lodeta0", 1.0, "", "exponent of kvth0's size in it", -math.inf),
    ("web", 0.0, "", "weight of scb", -math.inf),
    ("wec", 0.0, "", "weight of scc", -math.inf),
    ("scref", 1e-6, "m", "distance of a well's edge in sca, scb, scc", 1e-9),
    ("noia", UNSET, "", "flicker noise (fnoimod 1); else 6.25e41, P 6.188e40", -math.inf),
    ("noib", UNSET, "", "flicker noise (fnoimod 1); else 3.125e26, P 1.5e25", -math.inf),
    ("noic", 8.75e9, "", "flicker noise (fnoimod 1)", -math.inf),
    ("em", 4.1e7, "V/m", "saturation field (fnoimod 1)", -math.inf),
    ("ef", 1.0, "", "exponent of the frequency of flicker noise", -math.inf),
    ("kf", 0.0, "", "coefficient of flicker noise (fnoimod 0)", 0.0),
    ("af", 1.0, "", "exponent of flicker noise (fnoimod 0)", -math.inf),
    ("lintnoi", 0.0, "m", "lateral diffusion as flicker noise (fnoimod 1) sees it", -math.inf),
    ("ntnoi", 1.0, "", "factor of the thermal noise (tnoimod 0)", 0.0),
    ("tnoia", 1.5, "", "channel's noise by its length (tnoimod 1)", -math.inf),
    ("tnoib", 3.5, "", "source's noise by its length (tnoimod 1)", -math.inf),
    ("rnoia", 0.577, "", "factor of the channel's noise (tnoimod 1)", -math.inf),
    ("rnoib", 0.5164, "", "factor of the source's noise (tnoimod 1)", -math.inf),
)  # fmt: skip
# Sizes of usual values, see `Parameter`.
_USUAL = {
    **dict.fromkeys(("jsws", "jswgs", "jtssws", "jtsswgs"), 1e-12),
    **dict.fromkeys(("tnjts", "tnjtssw", "tnjtsswg"), 0.1),
    **dict.fromkeys(("ku0", "kvth0", "stk2", "steta0"), 1e-9),
    "jtss": 1e-4,
    "kf": 1e-25,
    "pditsl": 1e6,
}


def of(name: str, end: str) -> str:
    """Name of a parameter of the source's junction, for the drain's.

    Parameters
    ----------
    name : str
    end : {"s", "d"}
    """
    if end == "s":
        return name
    if name.startswith("ijths"):
        return name.replace("ijths", "ijthd")
    return name + "d" if "njts" in name else name[:-1] + "d"


def _junction(end: str, label: str) -> Iterator[Parameter]:
    """Parameters of one end's junction; the drain's are the source's unless given."""
    for name, default, unit, meaning, low in _JUNCTION:
        default_of_end = default if end == "s" else name
        usual = _USUAL.get(name, math.nan)
        yield Parameter(of(name, end), default_of_end, unit, f"{label}: {meaning}", low=low, usual=usual)


def _plain() -> Iterator[Parameter]:
    for name, default, unit, meaning, low in _PLAIN:
        usual = _USUAL.get(name, 1e-9 if unit == "m" else math.nan)
        yield Parameter(name, default, unit, meaning, low=low, usual=usual)


def _selectors() -> Iterator[Parameter]:
    for name, default, high, meaning in _SELECTORS:
        yield Parameter(name, default, "", meaning, low=0.0, high=high, clipped=name == "tnoimod")


PARAMETERS = (
    Parameter(
        "polarity", 1.0, "", "1 NMOS, -1 PMOS: the card's type says it", low=-1.0, high=1.0, nonzero=True
    ),
    Parameter(
        "version", 4.8, "", "version: 4.0 to 4.5, 4.6, or 4.7 and later", low=4.0, high=4.89, clipped=True
    ),
    Parameter("binunit", 1.0, "", "sizes in l…, w…, p… in µm (1) or m", low=0.0, high=2.0),
    Parameter(
        "paramchk", 1.0, "", "whether more of what is out of range is set right; no effect on a card alone"
    ),
    *_selectors(),
    *CHANNEL,
    *_plain(),
    *sizes(),
    *OF_CARD,
    *_junction("s", "source"),
    *_junction("d", "drain"),
    Parameter("lmin", 0.0, "m", "least length of a bin; no effect on a card alone"),
    Parameter("lmax", 1.0, "m", "largest length of a bin; no effect on a card alone"),
    Parameter("wmin", 0.0, "m", "least width of a bin; no effect on a card alone"),
    Parameter("wmax", 1.0, "m", "largest width of a bin; no effect on a card alone"),
    Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
)

_WALLS = ("", "sw", "swg")
CORRECTIONS = (
    *at_least(0.02, ("ckappas", "ckappad")),
    *at_least(0.1, (f"pb{wall}{end}" for wall in _WALLS for end in "sd")),
    *(Correction(f"mj{wall}{end}", high=0.99) for wall in _WALLS for end in "sd"),
    Correction("a2", 0.01, 1.0, "paramchk", "a1"),
    *at_least(0.0, ("prwg", "tnoia", "tnoib", "rnoia", "rnoib"), "paramchk"),
)

INSTANCE = (
    Parameter("l", 5e-6, "m", "length of the mask", low=1e-9),
    Parameter("w", 5e-6, "m", "width of the mask, of all fingers", low=1e-9),
    Parameter("nf", 1.0, "", "number of fingers", low=1.0),
    Parameter("ad", UNSET, "m²", "area of the drain; else by geomod", low=0.0),
    Parameter("as", UNSET, "m²", "area of the source; else by geomod", low=0.0),
    Parameter("pd", UNSET, "m", "perimeter of the drain; else by geomod", low=0.0),
    Parameter("ps", UNSET, "m", "perimeter of the source; else by geomod", low=0.0),
    Parameter("nrd", UNSET, "", "squares of the drain; else by rgeomod", low=0.0),
    Parameter("nrs", UNSET, "", "squares of the source; else by rgeomod", low=0.0),
    Parameter("sa", 0.0, "m", "gate to one end of the active area; 0: no stress", low=0.0),
    Parameter("sb", 0.0, "m", "gate to its other end; 0: no stress", low=0.0),
    Parameter("sd", 0.0, "m", "between fingers", low=0.0),
    Parameter("sca", UNSET, "", "doping scattered from the edge of a well; else by sc"),
    Parameter("scb", UNSET, "", "the same, nearer; else by sc"),
    Parameter("scc", UNSET, "", "the same, nearest; else by sc"),
    Parameter("sc", 0.0, "m", "distance of a well's edge", low=0.0),
    Parameter("min", 0.0, "", "of an even number of fingers, 1: sources inside", low=0.0, high=1.0),
    Parameter(
        "wnflag", 0.0, "", "whether bins are chosen by w/nf; no effect on a card alone", low=0.0, high=1.0
    ),
    Parameter("delvto", 0.0, "V", "shift of the threshold", aliases=("delvt0",)),
    Parameter("mulu0", 1.0, "", "factor of the mobility", low=0.0),
    Parameter("geomod", 0.0, "", "geometry of the ends: 0 to 10", low=0.0, high=10.0),
    Parameter(
        "rgeomod",
        0.0,
        "",
        "resistances of the ends by their geometry: 0 none, 1",
        low=0.0,
        high=1.0,
        clipped=True,
    ),
    Parameter("rgatemod", 0.0, "", "resistance of the gate: 0 none, 1 of the electrode", low=0.0, high=1.0),
    Parameter("xgw", 0.0, "m", "contact of the gate to the channel", low=0.0),
    Parameter("ngcon", 1.0, "", "contacts of the gate: 1, 2", low=1.0, high=2.0),
    *OF_INSTANCE,
    *OF_SPICE,
)
