"""Trapezoidal rule: second order, conserves the energy of oscillators, rings after jumps."""

from circuitnn._cext.method import Method
from circuitnn.solvers.methods import Stage, be, gear

SYNONYMS = ("trapezoidal",)
METHOD = Method("trap", (Stage(1.0, 2.0, (-2.0,), (-1.0,)),), starter=be.METHOD, damper=gear.METHOD)
