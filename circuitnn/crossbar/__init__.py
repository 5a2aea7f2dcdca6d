"""Crossbar arrays: described, biased, solved, judged, drawn.

>>> from circuitnn.crossbar import Access, Crossbar, Device

Names are loaded on first use: a deck with an array needs only some of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from circuitnn.later import submodules

if TYPE_CHECKING:
    from circuitnn.crossbar.bias import MVM, Access, Bias, PullUp, Pulse
    from circuitnn.crossbar.crossbar import Crossbar
    from circuitnn.crossbar.crossing import Complementary, Conductance, Device, Gated, Resistance, Series
    from circuitnn.crossbar.description import Faults
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
    "CellSignals": "signals",
    "Crossbar": "crossbar",
    "CrossbarResult": "result",
    "CrossbarTransient": "transient",
    "Faults": "description",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        return submodules(__name__)(name)
    value = getattr(import_module(f"circuitnn.crossbar.{_HOMES.get(name, 'crossing')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
