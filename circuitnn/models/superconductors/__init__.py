"""Josephson junctions."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
