"""Operating points: Newton's method and homotopies, checks of what they find, and the circuit ready to solve."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
