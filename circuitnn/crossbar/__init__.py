"""Crossbar arrays: described, biased, solved, judged, drawn.

>>> from circuitnn.crossbar import Access, Crossbar, Device
"""

from circuitnn.crossbar.bias import MVM, Access, Bias, PullUp, Pulse
from circuitnn.crossbar.cells import Complementary, Conductance, Device, Gated, Resistance, Series
from circuitnn.crossbar.crossbar import Crossbar
from circuitnn.crossbar.description import Faults
from circuitnn.crossbar.result import CrossbarResult

__all__ = [
    "MVM",
    "Access",
    "Bias",
    "Complementary",
    "Conductance",
    "Crossbar",
    "CrossbarResult",
    "Device",
    "Faults",
    "Gated",
    "PullUp",
    "Pulse",
    "Resistance",
    "Series",
]
