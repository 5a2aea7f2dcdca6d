"""Curves of operating points along a parameter, their special points, and all operating points of a circuit."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
