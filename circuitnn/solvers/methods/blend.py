"""Formulas of orders 2 to 4 that extend the trapezoidal rule: fewest points where solutions are smooth.

Order 2 is the trapezoidal rule. All are stable on the whole negative axis; order 4 is stable within 60° of it, with a
sixteenth of the error of Gear's formula (BDF4) at the same step. In an undamped oscillation
orders 3 and 4 get the phase right and let the amplitude grow; in circuits with inductors the order therefore stays 2.
"""

from circuitnn._cext.method import Method
from circuitnn.solvers.methods import be, gear

METHOD = Method("blend", starter=be.METHOD, damper=gear.METHOD, blend=0.5, highest=4)
