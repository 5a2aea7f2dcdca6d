"""Periodic orbits: shooting, harmonic balance, Floquet multipliers, phase responses, continuation."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
