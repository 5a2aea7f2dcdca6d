"""Magnetic tunnel junctions and spin-torque oscillators."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
