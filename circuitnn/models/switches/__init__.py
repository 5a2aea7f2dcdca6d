"""Switches with hysteresis as in ngspice, and smooth ones as in PSPICE."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
