"""Solvers. They see a system of equations, never a circuit."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
