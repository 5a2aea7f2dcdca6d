"""Neural networks at circuit level: layers on tiled arrays, training through them.

>>> from circuitnn.neural import Hardware, MappedNetwork, Network, accuracy, train

Names are loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.later import public

if TYPE_CHECKING:
    from circuitnn.neural.ageing import Ageing, over_time
    from circuitnn.neural.hardware import Hardware
    from circuitnn.neural.imported_networks import read
    from circuitnn.neural.layers import Dense, Network
    from circuitnn.neural.mapped_network import MappedLayer, MappedNetwork
    from circuitnn.neural.on_array_training import OnArray, PulseResponse, train_on_array
    from circuitnn.neural.stdp import Spiking, SpikingArray, classified, named_neurons
    from circuitnn.neural.training import History, accuracy, cross_entropy, train

_HOMES = {
    **dict.fromkeys(("Ageing", "over_time"), "ageing"),
    **dict.fromkeys(("OnArray", "PulseResponse", "train_on_array"), "on_array_training"),
    **dict.fromkeys(("Spiking", "SpikingArray", "classified", "named_neurons"), "stdp"),
    "Dense": "layers",
    "Hardware": "hardware",
    "History": "training",
    "MappedLayer": "mapped_network",
    "MappedNetwork": "mapped_network",
    "Network": "layers",
    "accuracy": "training",
    "cross_entropy": "training",
    "read": "imported_networks",
    "train": "training",
}

__all__ = [
    "Ageing",
    "Dense",
    "Hardware",
    "History",
    "MappedLayer",
    "MappedNetwork",
    "Network",
    "OnArray",
    "PulseResponse",
    "Spiking",
    "SpikingArray",
    "accuracy",
    "classified",
    "cross_entropy",
    "named_neurons",
    "over_time",
    "read",
    "train",
    "train_on_array",
]

__getattr__, __dir__ = public(__name__, _HOMES)
