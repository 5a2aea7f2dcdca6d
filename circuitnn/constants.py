"""Physical constants. [SI]

The values are ngspice's (CODATA 2014), so that a diode's thermal voltage is the same
number in both simulators; they differ from the exact SI of 2019 by less than 1e-6.
"""

BOLTZMANN = 1.38064852e-23  # J/K
ELEMENTARY_CHARGE = 1.6021766208e-19  # C
KELVIN = 273.15  # 0 °C in K
SMALLEST_RESISTANCE = 1e-12  # Ohm; smaller ones are raised to this
ABSOLUTE_ZERO = -KELVIN  # °C
NOMINAL_TEMPERATURE = 27.0  # °C, ngspice's tnom and temp
LEAST = 1e-300  # nearer to zero, 1/x may overflow
MU_0 = 4e-7 * 3.141592653589793  # H/m
EPSILON_0 = 8.854187817e-12  # F/m
SILICON_DIOXIDE = 3.9  # relative permittivity
