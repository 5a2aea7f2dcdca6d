"""Gear's second-order formula (BDF2) with variable steps: damps fast modes."""

from circuitnn.solvers.methods import Method, be

SYNONYMS = ("gear2",)
METHOD = Method("gear", starter=be.METHOD)
