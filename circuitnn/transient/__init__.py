"""Transients: their start, the set-up of the compiled time loop, and what watches over it."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
