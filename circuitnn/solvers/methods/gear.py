"""Gear's formula of second order (BDF2) with variable steps: damps what is fast."""

from circuitnn.solvers.methods import Method, be

SYNONYMS = ("gear2",)
METHOD = Method("gear", starter=be.METHOD)
