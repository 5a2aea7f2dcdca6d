"""Devices that remember without a supply: memristors, phase-change and ferroelectric memories, synapses."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
