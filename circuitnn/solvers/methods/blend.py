"""Formulas of orders 2 to 4 that continue the trapezoidal rule: fewest points where solutions are smooth.

That of order 2 is the trapezoidal rule. All are stable on the whole negative axis, that of order 4 within 60° of it
and with a sixteenth of the error of Gear's (BDF4) at the same step. Of an oscillation without damping, as in a
resonator of inductor and capacitor, those of orders 3 and 4 get the phase right and let the amplitude grow by what the
tolerance allows; the trapezoidal rule keeps it.
"""

from circuitnn.solvers.methods import Method, be, gear

METHOD = Method("blend", starter=be.METHOD, damper=gear.METHOD, blend=0.5, highest=4)
