"""Gear's second-order formula (BDF2) with variable steps: damps fast modes."""

from circuitnn._cext.method import Method
from circuitnn.solvers.methods import be

SYNONYMS = ("gear2",)
METHOD = Method("gear", starter=be.METHOD)
