"""Parameters of a BSIM2 card, most of which vary with the size of the channel."""

from __future__ import annotations

from circuitnn.models.model import Parameter
from circuitnn.models.semiconductors.bsim1_card import sized

# Name, default, unit, meaning, and a usual size of what varies with the size by l<name>, w<name>.
_SIZED = (
    ("vfb", -1.0, "V", "flat-band voltage", 1.0),
    ("phi", 0.75, "V", "surface potential", 0.75),
    ("k1", 0.8, "√V", "body effect", 0.8),
    ("k2", 0.0, "", "second order body effect", 0.05),
    ("eta0", 0.0, "", "effect of the drain on the threshold", 0.01),
    ("etab", 0.0, "1/V", "its change with the bulk", 1e-3),
    ("mu0b", 0.0, "cm²/(V² s)", "change of mu0 with the bulk", 5.0),
    ("mus0", 500.0, "cm²/(V s)", "mobility at vds = vdd", 500.0),
    ("musb", 0.0, "cm²/(V² s)", "its change with the bulk", 5.0),
    ("mu20", 1.5, "", "how fast the mobility comes from mu0 to mus0", 1.5),
    ("mu2b", 0.0, "1/V", "its change with the bulk", 0.05),
    ("mu2g", 0.0, "1/V", "its change with the gate", 0.05),
    ("mu30", 10.0, "cm²/(V² s)", "growth of the mobility with the drain", 10.0),
    ("mu3b", 0.0, "cm²/(V³ s)", "its change with the bulk", 1.0),
    ("mu3g", 0.0, "cm²/(V³ s)", "its change with the gate", 1.0),
    ("mu40", 0.0, "cm²/(V³ s)", "fall of the mobility with the drain, squared", 1.0),
    ("mu4b", 0.0, "cm²/(V⁴ s)", "its change with the bulk", 0.1),
    ("mu4g", 0.0, "cm²/(V⁴ s)", "its change with the gate", 0.1),
    ("ua0", 0.2, "1/V", "fall of the mobility with the gate", 0.2),
    ("uab", 0.0, "1/V²", "its change with the bulk", 0.01),
    ("ub0", 0.0, "1/V²", "fall of the mobility with the gate, squared", 0.01),
    ("ubb", 0.0, "1/V³", "its change with the bulk", 1e-3),
    ("u10", 0.1, "1/V", "velocity saturation", 0.1),
    ("u1b", 0.0, "1/V²", "its change with the bulk", 0.01),
    ("u1d", 0.0, "", "its change with the drain", 0.1),
    ("n0", 1.4, "", "swing below threshold", 1.4),
    ("nb", 0.5, "√V", "its change with the bulk", 0.5),
    ("nd", 0.0, "1/V", "its change with the drain", 0.01),
    ("vof0", 1.8, "", "logarithm of the current below threshold over that of a swing alone", 1.8),
    ("vofb", 0.0, "1/V", "its change with the bulk", 0.05),
    ("vofd", 0.0, "1/V", "its change with the drain", 0.05),
    ("ai0", 0.0, "", "growth of the current by hot electrons; none with 0", 1.0),
    ("aib", 0.0, "1/V", "its change with the bulk", 0.1),
    ("bi0", 0.0, "V", "drain voltage beyond saturation at which it is 1/e of that", 10.0),
    ("bib", 0.0, "", "its change with the bulk", 0.1),
    ("vghigh", 0.2, "V", "gate over threshold from which on inversion is strong", 0.2),
    ("vglow", -0.15, "V", "gate over threshold below which it is weak", 0.1),
)


PARAMETERS = (
    Parameter(
        "polarity", 1.0, "", "1 NMOS, -1 PMOS: the card's type says it", low=-1.0, high=1.0, nonzero=True
    ),
    *sized(_SIZED),
    Parameter("mu0", 400.0, "cm²/(V s)", "mobility at vds = 0"),
    Parameter("vdd", 5.0, "V", "drain voltage that mus0 holds for; beyond twice that counts as twice"),
    Parameter("vgg", 5.0, "V", "gate's voltage; beyond twice that counts as twice"),
    Parameter(
        "vbb", 5.0, "V", "bulk's voltage; below twice that counts as twice: give what is usual, such as -5"
    ),
    Parameter("tchannel", 27.0, "°C", "temperature of the channel", low=-200.0, aliases=("temp",)),
    Parameter("dl", 0.0, "µm", "by how much the channel is shorter than the mask", usual=0.1),
    Parameter("dw", 0.0, "µm", "by how much it is narrower", usual=0.1),
    Parameter("tox", 0.03, "µm", "thickness of the oxide", low=1e-4),
    Parameter("cgso", 0.0, "F/m", "overlap capacitance of gate and source, a width", low=0.0),
    Parameter("cgdo", 0.0, "F/m", "overlap capacitance of gate and drain, a width", low=0.0),
    Parameter("cgbo", 0.0, "F/m", "overlap capacitance of gate and bulk, a length", low=0.0),
    Parameter("rsh", 0.0, "Ohm", "sheet resistance of drain and source", low=0.0),
    Parameter("js", 0.0, "A/m²", "saturation current density of the junctions", low=0.0),
    Parameter("pb", 0.1, "V", "built-in potential of the bottom; at least 0.1", low=0.0),
    Parameter("mj", 0.0, "", "grading coefficient of the bottom", low=0.0),
    Parameter("pbsw", 0.1, "V", "built-in potential of the side wall; at least 0.1", low=0.0),
    Parameter("mjsw", 0.0, "", "grading coefficient of the side wall", low=0.0),
    Parameter("cj", 0.0, "F/m²", "capacitance of the bottom at 0 V", low=0.0),
    Parameter("cjsw", 0.0, "F/m", "capacitance of the side wall at 0 V", low=0.0),
    Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
    Parameter("af", 1.0, "", "exponent of flicker noise"),
)
