"""Backward Euler: first order, damps everything."""

from circuitnn._cext.method import Method
from circuitnn.solvers.methods import Stage

SYNONYMS = ("euler",)
METHOD = Method("be", (Stage(1.0, 1.0, (-1.0,)),))
