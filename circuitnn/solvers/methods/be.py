"""Backward Euler: first order, damps everything."""

from circuitnn.solvers.methods import Method, Stage

SYNONYMS = ("euler",)
METHOD = Method("be", (Stage(1.0, 1.0, (-1.0,)),))
