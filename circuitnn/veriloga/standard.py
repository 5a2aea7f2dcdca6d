"""The standard include files of the language, in our own words: disciplines and constants.

Values are those of the Verilog-AMS reference manual 2.4 (annex D); physical constants follow `PHYSICAL_CONSTANTS_…`
macros and are those of 1998 (CODATA) if none is defined, as other compilers take them.
"""

from __future__ import annotations

NATURES = (
    # name, abstol, access, units, potential or flow it is the time integral or derivative of
    ("Voltage", "1e-6", "V", "V"),
    ("Current", "1e-12", "I", "A"),
    ("Charge", "1e-14", "Q", "coul"),
    ("Flux", "1e-9", "Phi", "Wb"),
    ("Magneto_Motive_Force", "1e-12", "MMF", "A*turn"),
    ("Temperature", "1e-4", "Temp", "K"),
    ("Power", "1e-9", "Pwr", "W"),
    ("Position", "1e-6", "Pos", "m"),
    ("Velocity", "1e-6", "Vel", "m/s"),
    ("Acceleration", "1e-6", "Acc", "m/s^2"),
    ("Impulse", "1e-6", "Imp", "m/s^3"),
    ("Force", "1e-6", "F", "N"),
    ("Angle", "1e-6", "Theta", "rads"),
    ("Angular_Velocity", "1e-6", "Omega", "rads/s"),
    ("Angular_Acceleration", "1e-6", "Alpha", "rads/s^2"),
    ("Angular_Force", "1e-6", "Tau", "N*m"),
)
DISCIPLINES = (
    ("electrical", "Voltage", "Current"),
    ("voltage", "Voltage", ""),
    ("current", "", "Current"),
    ("magnetic", "Magneto_Motive_Force", "Flux"),
    ("thermal", "Temperature", "Power"),
    ("kinematic", "Position", "Force"),
    ("kinematic_v", "Velocity", "Force"),
    ("rotational", "Angle", "Angular_Force"),
    ("rotational_omega", "Angular_Velocity", "Angular_Force"),
)


def _disciplines() -> str:
    lines = ["`ifdef DISCIPLINES_VAMS", "`else", "`define DISCIPLINES_VAMS 1"]
    for name, tolerance, access, units in NATURES:
        macro = f"{name.upper()}_ABSTOL"
        lines += [
            f"nature {name};",
            f"`ifdef {macro}\n  abstol = `{macro};\n`else\n  abstol = {tolerance};\n`endif",
            f'  access = {access};\n  units = "{units}";\nendnature',
        ]
    for name, potential, flow in DISCIPLINES:
        lines.append(f"discipline {name};")
        lines += [f"  potential {potential};"] if potential else []
        lines += [f"  flow {flow};"] if flow else []
        lines.append("enddiscipline")
    lines += ["discipline logic;\n  domain discrete;\nenddiscipline", "`endif", ""]
    return "\n".join(lines)


CONSTANTS = """
`ifdef CONSTANTS_VAMS
`else
`define CONSTANTS_VAMS 1
`define M_E        2.7182818284590452354
`define M_LOG2E    1.4426950408889634074
`define M_LOG10E   0.43429448190325182765
`define M_LN2      0.69314718055994530942
`define M_LN10     2.30258509299404568402
`define M_PI       3.14159265358979323846
`define M_TWO_PI   6.28318530717958647693
`define M_PI_2     1.57079632679489661923
`define M_PI_4     0.78539816339744830962
`define M_1_PI     0.31830988618379067154
`define M_2_PI     0.63661977236758134308
`define M_2_SQRTPI 1.12837916709551257390
`define M_SQRT2    1.41421356237309504880
`define M_SQRT1_2  0.70710678118654752440
`ifdef PHYSICAL_CONSTANTS_2018
`define P_Q 1.602176634e-19
`define P_K 1.380649e-23
`define P_H 6.62607015e-34
`define P_EPS0 8.8541878128e-12
`define P_U0 1.25663706212e-6
`elsif PHYSICAL_CONSTANTS_2010
`define P_Q 1.602176565e-19
`define P_K 1.3806488e-23
`define P_H 6.62606957e-34
`define P_EPS0 8.854187817e-12
`define P_U0 (4.0e-7*`M_PI)
`else
`define P_Q 1.602176462e-19
`define P_K 1.3806503e-23
`define P_H 6.62606876e-34
`define P_EPS0 8.854187817e-12
`define P_U0 (4.0e-7*`M_PI)
`endif
`define P_C        2.99792458e8
`define P_CELSIUS0 273.15
`endif
"""

FILES = {
    "disciplines.vams": _disciplines(),
    "discipline.h": _disciplines(),
    "disciplines.h": _disciplines(),
    "constants.vams": CONSTANTS,
    "constants.h": CONSTANTS,
    "driver_access.vams": "",
}
