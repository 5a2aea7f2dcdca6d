"""Diodes and transistors: those of SPICE, and the common parts of their equations."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
