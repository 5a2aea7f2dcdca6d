"""Parameters of BSIM3v3.3's model card, and their values for a channel of one size."""

from __future__ import annotations

import math

from circuitnn.models.model import Parameter

UNSET = 1e30  # what follows from others unless the card gives it

# Name, default, unit, meaning of what may vary with the size of the channel, by l<name>, w<name> and p<name>.
_BINNED: tuple[tuple[str, float | str, str, str], ...] = (
    ("cdsc", 2.4e-4, "F/m²", "capacitance of drain and source to the channel"),
    ("cdscb", 0.0, "F/(V m²)", "effect of the bulk on cdsc"),
    ("cdscd", 0.0, "F/(V m²)", "effect of the drain on cdsc"),
    ("cit", 0.0, "F/m²", "capacitance of interface traps"),
    ("nfactor", 1.0, "", "factor of the swing below threshold"),
    ("xj", 1.5e-7, "m", "depth of the junctions"),
    ("vsat", 8e4, "m/s", "saturation velocity"),
    ("at", 3.3e4, "m/s", "fall of vsat with the temperature"),
    ("a0", 1.0, "", "bulk charge by the channel's length"),
    ("ags", 0.0, "1/V", "effect of the gate on the bulk charge"),
    ("a1", 0.0, "1/V", "first coefficient of non-saturation"),
    ("a2", 1.0, "", "second coefficient of non-saturation"),
    ("keta", -0.047, "1/V", "effect of the bulk's bias on the bulk charge"),
    ("nsub", 6e16, "1/cm³", "doping of the substrate"),
    ("nch", 1.7e17, "1/cm³", "doping of the channel"),
    ("ngate", 0.0, "1/cm³", "doping of the gate; 0: it does not deplete"),
    ("gamma1", UNSET, "√V", "body effect near the surface; else from nch"),
    ("gamma2", UNSET, "√V", "body effect in the bulk; else from nsub"),
    ("vbx", UNSET, "V", "bulk voltage that depletes xt; else from nch and xt"),
    ("vbm", -3.0, "V", "largest bulk voltage"),
    ("xt", 1.55e-7, "m", "depth of the doping"),
    ("k1", UNSET, "√V", "body effect; else from the doping, or 0.53 with k2"),
    ("kt1", -0.11, "V", "temperature coefficient of the threshold"),
    ("kt1l", 0.0, "V m", "the same, by the length"),
    ("kt2", 0.022, "", "the same, by the bulk's bias"),
    ("k2", UNSET, "", "second order body effect; else from the doping, or -0.0186 with k1"),
    ("k3", 80.0, "", "threshold of narrow channels"),
    ("k3b", 0.0, "1/V", "effect of the bulk on k3"),
    ("w0", 2.5e-6, "m", "width of the narrow-channel effect"),
    ("nlx", 1.74e-7, "m", "lateral doping"),
    ("dvt0", 2.2, "", "threshold of short channels"),
    ("dvt1", 0.53, "", "the same: exponent"),
    ("dvt2", -0.032, "1/V", "the same: effect of the bulk"),
    ("dvt0w", 0.0, "", "threshold of short and narrow channels"),
    ("dvt1w", 5.3e6, "1/m", "the same: exponent"),
    ("dvt2w", -0.032, "1/V", "the same: effect of the bulk"),
    ("drout", 0.56, "", "exponent of the drain's effect on the output resistance"),
    ("dsub", "drout", "", "exponent of the drain's effect on the threshold"),
    ("vth0", UNSET, "V", "threshold of a long channel; else 0.7, P -0.7, or from vfb"),
    ("ua", 2.25e-9, "m/V", "fall of the mobility with the field"),
    ("ua1", 4.31e-9, "m/V", "its temperature coefficient"),
    ("ub", 5.87e-19, "m²/V²", "the same, second order"),
    ("ub1", -7.61e-18, "m²/V²", "its temperature coefficient"),
    ("uc", UNSET, "m/V²", "effect of the bulk on the mobility; else -4.65e-11, with mobmod 3 -0.0465/V"),
    ("uc1", UNSET, "m/V²", "its temperature coefficient; else -5.6e-11, with mobmod 3 -0.056/V"),
    ("u0", UNSET, "m²/(V s)", "mobility, in cm²/(V s) if above 1; else 0.067, P 0.025"),
    ("ute", -1.5, "", "temperature exponent of the mobility"),
    ("voff", -0.08, "V", "offset of the gate below threshold"),
    ("delta", 0.01, "V", "how smoothly the drain's voltage saturates"),
    ("rdsw", 0.0, "Ohm µm", "resistance of drain and source in the channel's law, by width"),
    ("prwg", 0.0, "1/V", "effect of the gate on rdsw"),
    ("prwb", 0.0, "1/√V", "effect of the bulk on rdsw"),
    ("prt", 0.0, "Ohm µm", "temperature coefficient of rdsw"),
    ("eta0", 0.08, "", "effect of the drain on the threshold"),
    ("etab", -0.07, "1/V", "effect of the bulk on it"),
    ("pclm", 1.3, "", "channel-length modulation"),
    ("pdiblc1", 0.39, "", "effect of the drain on the output resistance"),
    ("pdiblc2", 0.0086, "", "the same, of long channels"),
    ("pdiblcb", 0.0, "1/V", "effect of the bulk on it"),
    ("pscbe1", 4.24e8, "V/m", "current induced in the substrate"),
    ("pscbe2", 1e-5, "m/V", "the same"),
    ("pvag", 0.0, "", "effect of the gate on the output resistance"),
    ("wr", 1.0, "", "exponent of the width in rdsw"),
    ("dwg", 0.0, "m/V", "effect of the gate on the width"),
    ("dwb", 0.0, "m/√V", "effect of the bulk on the width"),
    ("b0", 0.0, "m", "bulk charge by the channel's width"),
    ("b1", 0.0, "m", "the same: offset of the width"),
    ("alpha0", 0.0, "m/V", "impact ionisation"),
    ("alpha1", 0.0, "1/V", "impact ionisation, of long channels"),
    ("beta0", 30.0, "V", "impact ionisation: exponent"),
    ("vfb", UNSET, "V", "flat-band voltage; else from vth0"),
    ("cgsl", 0.0, "F/m", "overlap capacitance of the lightly doped source, a width"),
    ("cgdl", 0.0, "F/m", "overlap capacitance of the lightly doped drain, a width"),
    ("ckappa", 0.6, "V", "bias dependence of these"),
    ("cf", UNSET, "F/m", "fringing capacitance, a width; else from tox"),
    ("clc", 1e-7, "m", "bulk charge in capacitances: length"),
    ("cle", 0.6, "", "bulk charge in capacitances: exponent"),
    ("vfbcv", -1.0, "V", "flat-band voltage of capmod 0"),
    ("acde", 1.0, "m/V", "thickness of the charge in accumulation and depletion (capmod 3)"),
    ("moin", 15.0, "", "surface potential of the gate's charge (capmod 3)"),
    ("noff", 1.0, "", "factor of the swing in capacitances (capmod 1 to 3)"),
    ("voffcv", 0.0, "V", "offset of the gate in capacitances (capmod 1 to 3)"),
)
_DIVISORS = ("ckappa", "moin")
_ALIASES = {
    "nch": ("npeak",),
    "vth0": ("vtho",),
    "pdiblc1": ("pdibl1",),
    "pdiblc2": ("pdibl2",),
    "pdiblcb": ("pdiblb",),
}
# Of what is 0 by default; of l…, w… and p… a share of the parameter's own size.
_USUAL = {
    "cdscb": 1e-4,
    "cdscd": 1e-4,
    "cit": 1e-4,
    "ags": 0.3,
    "a1": 0.01,
    "ngate": 1e20,
    "kt1l": 1e-9,
    "k3b": 1.0,
    "dvt0w": 0.1,
    "rdsw": 300.0,
    "prwg": 0.1,
    "prwb": 0.1,
    "prt": 10.0,
    "pdiblcb": 0.1,
    "pvag": 1.0,
    "dwg": 1e-8,
    "dwb": 1e-8,
    "b0": 1e-7,
    "b1": 1e-7,
    "alpha0": 1e-8,
    "alpha1": 0.1,
    "cgsl": 1e-10,
    "cgdl": 1e-10,
    "voffcv": 0.05,
    "k2": 1e-2,
    "gamma1": 0.1,
    "gamma2": 0.1,
    "vbx": 1.0,
    "k1": 0.1,
    "vth0": 0.1,
    "u0": 1e-2,
    "uc": 1e-11,
    "uc1": 1e-11,
    "vfb": 0.1,
    "cf": 1e-11,
}
_SHARES = {"l": 1e-8, "w": 1e-8, "p": 1e-14}  # in metres, as binunit 2 has them
_LOWEST = {"xj": 1e-9, "nsub": 1e10, "nch": 1e15, "vsat": 1.0, "delta": 0.0, "w0": 0.0, "acde": 0.0}
BINNED = frozenset(name for name, *_ in _BINNED)


def _binned() -> tuple[Parameter, ...]:
    made = []
    for name, default, unit, meaning in _BINNED:
        low, others = _LOWEST.get(name, -math.inf), _ALIASES.get(name, ())
        usual = _USUAL.get(name) or abs(float(default if name != "dsub" else 0.56))
        divides = name in _DIVISORS
        made.append(
            Parameter(name, default, unit, meaning, low=low, aliases=others, usual=usual, nonzero=divides)
        )
        for letter, share in _SHARES.items():
            meaning = f"dependence of {name} on length, width, both"
            aliases = tuple(letter + other for other in others)
            made.append(Parameter(letter + name, 0.0, "", meaning, aliases=aliases, usual=share * usual))
    return tuple(made)


def _sizes() -> tuple[Parameter, ...]:
    """How the channel's length and width differ from the mask's."""
    made = []
    for end, what in (("l", "length"), ("w", "width")):
        made.append(Parameter(f"{end}int", 0.0, "m", f"lateral diffusion of the {what}, each side"))
        for by, of in (("l", "length"), ("w", "width"), ("wl", "both")):
            name = f"{end}{by}"
            usual = 1e-21 if by == "wl" else 1e-15
            made.append(
                Parameter(name, 0.0, "", f"dependence of the {what} on {of} of the mask", usual=usual)
            )
            made.append(Parameter(f"{name}c", name, "", "the same, for capacitances", usual=usual))
        for by in ("l", "w"):
            made.append(Parameter(f"{end}{by}n", 1.0, "", f"exponent of {end}{by}"))
        meaning = f"as {end}int, for capacitances; else {end}int"
        made.append(Parameter(f"d{end}c", UNSET, "m", meaning))
        made.append(Parameter(f"x{end}", 0.0, "m", f"correction of the mask's {what}"))
    return tuple(made)


PARAMETERS = (
    Parameter(
        "polarity", 1.0, "", "1 NMOS, -1 PMOS: the card's type says it", low=-1.0, high=1.0, nonzero=True
    ),
    Parameter("version", 3.3, "", "accepted for compatibility: version", low=3.3, high=3.3, clipped=True),
    Parameter("mobmod", 1.0, "", "law of the mobility: 1, 2, 3", low=1.0, high=3.0),
    Parameter("capmod", 3.0, "", "law of the charges: 0, 1, 2, 3", low=0.0, high=3.0),
    Parameter("noimod", 1.0, "", "law of the noise: 1 to 4", low=1.0, high=4.0),
    Parameter("binunit", 1.0, "", "sizes in l…, w…, p… in µm (1) or m", low=0.0, high=2.0),
    Parameter("tox", 1.5e-8, "m", "thickness of the oxide", low=1e-10),
    Parameter("toxm", "tox", "m", "thickness the parameters were extracted at", low=1e-10),
    *_binned(),
    *_sizes(),
    Parameter("lmin", 0.0, "m", "least length of a bin; no effect on a card alone"),
    Parameter("lmax", 1.0, "m", "largest length of a bin; no effect on a card alone"),
    Parameter("wmin", 0.0, "m", "least width of a bin; no effect on a card alone"),
    Parameter("wmax", 1.0, "m", "largest width of a bin; no effect on a card alone"),
    Parameter("xpart", 0.0, "", "charge of the drain: 0 40 %, 0.5 half, 1 none; negative: no channel charge"),
    Parameter("cgso", UNSET, "F/m", "overlap capacitance of gate and source, a width; else from dlc or xj"),
    Parameter("cgdo", UNSET, "F/m", "overlap capacitance of gate and drain, a width; else from dlc or xj"),
    Parameter("cgbo", UNSET, "F/m", "overlap capacitance of gate and bulk, a length; else from dwc"),
    Parameter("rsh", 0.0, "Ohm", "sheet resistance of drain and source", low=0.0),
    Parameter("js", 1e-4, "A/m²", "saturation current of the junctions' bottom", low=0.0),
    Parameter("jsw", 0.0, "A/m", "saturation current of their side walls", low=0.0, usual=1e-12),
    Parameter("nj", 1.0, "", "their emission coefficient", low=0.1),
    Parameter("xti", 3.0, "", "temperature exponent of their saturation current"),
    Parameter("ijth", 0.1, "A", "current above which they are straight lines; 0: they never are", low=0.0),
    Parameter("cj", 5e-4, "F/m²", "capacitance of the junctions' bottom at 0 V", low=0.0),
    Parameter("mj", 0.5, "", "its grading coefficient"),
    Parameter("pb", 1.0, "V", "its built-in potential", low=0.0),
    Parameter("cjsw", 5e-10, "F/m", "capacitance of their side walls at 0 V", low=0.0),
    Parameter("mjsw", 0.33, "", "its grading coefficient"),
    Parameter("pbsw", 1.0, "V", "its built-in potential", low=0.0),
    Parameter("cjswg", "cjsw", "F/m", "capacitance of their walls under the gate at 0 V", low=0.0),
    Parameter("mjswg", "mjsw", "", "its grading coefficient"),
    Parameter("pbswg", "pbsw", "V", "its built-in potential", low=0.0),
    Parameter("tcj", 0.0, "1/K", usual=1e-3, meaning="temperature coefficient of cj"),
    Parameter("tpb", 0.0, "V/K", usual=1e-3, meaning="fall of pb"),
    Parameter("tcjsw", 0.0, "1/K", usual=1e-3, meaning="temperature coefficient of cjsw"),
    Parameter("tpbsw", 0.0, "V/K", usual=1e-3, meaning="fall of pbsw"),
    Parameter("tcjswg", 0.0, "1/K", usual=1e-3, meaning="temperature coefficient of cjswg"),
    Parameter("tpbswg", 0.0, "V/K", usual=1e-3, meaning="fall of pbswg"),
    Parameter("noia", UNSET, "", "flicker noise (noimod 2, 3); else 1e20, P 9.9e18"),
    Parameter("noib", UNSET, "", "flicker noise (noimod 2, 3); else 5e4, P 2.4e3"),
    Parameter("noic", UNSET, "", "flicker noise (noimod 2, 3); else -1.4e-12, P 1.4e-12"),
    Parameter("em", 4.1e7, "V/m", "saturation field (noimod 2, 3)"),
    Parameter("ef", 1.0, "", "exponent of the frequency of flicker noise"),
    Parameter("kf", 0.0, "", "coefficient of flicker noise (noimod 1, 4)", low=0.0, usual=1e-25),
    Parameter("af", 1.0, "", "exponent of flicker noise (noimod 1, 4)"),
    Parameter("lintnoi", 0.0, "m", "lateral diffusion as flicker noise (noimod 2, 3) sees it"),
    Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
)
