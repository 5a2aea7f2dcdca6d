"""Devices that forget: threshold switches, selectors, Mott memristors with negative differential resistance."""

from circuitnn.later import submodules

__getattr__ = submodules(__name__)
