"""Crossbar arrays: described, biased, solved, judged, drawn.

>>> from circuitnn.crossbar import Access, Crossbar, Device

Names are loaded on first use: a deck with an array needs only some of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.later import public

if TYPE_CHECKING:
    from circuitnn.crossbar.bias import MVM, Access, Bias, PullUp, Pulse
    from circuitnn.crossbar.crossbar import Crossbar
    from circuitnn.crossbar.crossing import Complementary, Conductance, Device, Gated, Resistance, Series
    from circuitnn.crossbar.faults import Faults
    from circuitnn.crossbar.result import CrossbarResult
    from circuitnn.crossbar.signals import CellSignals
    from circuitnn.crossbar.transient import CrossbarTransient

__all__ = [
    "MVM",
    "Access",
    "Bias",
    "CellSignals",
    "Complementary",
    "Conductance",
    "Crossbar",
    "CrossbarResult",
    "CrossbarTransient",
    "Device",
    "Faults",
    "Gated",
    "PullUp",
    "Pulse",
    "Resistance",
    "Series",
]

_HOMES = {
    **dict.fromkeys(("MVM", "Access", "Bias", "PullUp", "Pulse"), "bias"),
    **dict.fromkeys(("Complementary", "Conductance", "Device", "Gated", "Resistance", "Series"), "crossing"),
    "CellSignals": "signals",
    "Crossbar": "crossbar",
    "CrossbarResult": "result",
    "CrossbarTransient": "transient",
    "Faults": "faults",
}

__getattr__, __dir__ = public(__name__, _HOMES)
