"""The circuit linearised at an operating point: its ports, supernodes and noise sources."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
