"""Networks of coupled oscillators: built from a graph, run as one circuit, read out by their phases; Hopfield networks.

>>> import networkx
>>> from circuitnn.networks import Capacitive, OscillatorNetwork, vanadium_dioxide
>>> network = OscillatorNetwork(networkx.cycle_graph(4), vanadium_dioxide(start=[12, 11, 10, 9]), Capacitive(30e-12))
>>> network.tran("100u").cut().value  # doctest: +SKIP
4.0
"""

from circuitnn.later import submodules
from circuitnn.machine.renamed import moved
from circuitnn.networks.couplings import Capacitive, Coupling, Memristive, Resistive, Thermal, Transconductive
from circuitnn.networks.hopfield import Hopfield, Settled
from circuitnn.networks.kinds import (
    Cell,
    chaotic_niobium_dioxide,
    niobium_dioxide,
    thermal_neuristor,
    vanadium_dioxide,
)
from circuitnn.networks.network import OscillatorNetwork
from circuitnn.networks.readout import Colouring, Cut, NetworkResult

__all__ = [
    "Capacitive",
    "Cell",
    "Colouring",
    "Coupling",
    "Cut",
    "Hopfield",
    "Memristive",
    "NetworkResult",
    "OscillatorNetwork",
    "Resistive",
    "Settled",
    "Thermal",
    "Transconductive",
    "chaotic_niobium_dioxide",
    "niobium_dioxide",
    "thermal_neuristor",
    "vanadium_dioxide",
]

__getattr__ = moved(__name__, {"Network": "OscillatorNetwork"}, submodules(__name__))
