"""Networks of coupled oscillators, Hopfield networks, and layers of spiking neurons with arrays between them.

Oscillators: built from a graph, run as one circuit, read out by their phases.

>>> import networkx
>>> from circuitnn.networks import Capacitive, OscillatorNetwork, vanadium_dioxide
>>> network = OscillatorNetwork(networkx.cycle_graph(4), vanadium_dioxide(start=[12, 11, 10, 9]), Capacitive(30e-12))
>>> network.tran("100u").cut().value  # doctest: +SKIP
4.0
"""

from circuitnn.later import submodules
from circuitnn.machine.renamed import moved
from circuitnn.networks.couplings import Capacitive, Coupling, Memristive, Resistive, Thermal, Transconductive
from circuitnn.networks.graph_files import read_graph, write_graph
from circuitnn.networks.hopfield import Hopfield, Settled
from circuitnn.networks.ising import Harmonic, IsingMachine, IsingRun, Noise
from circuitnn.networks.kinds import (
    Cell,
    chaotic_niobium_dioxide,
    niobium_dioxide,
    thermal_neuristor,
    vanadium_dioxide,
)
from circuitnn.networks.layers import Driver, Layer
from circuitnn.networks.network import OscillatorNetwork
from circuitnn.networks.neurons import integrate_and_fire
from circuitnn.networks.readout import Colouring, Cut, NetworkResult
from circuitnn.networks.spike_input import SpikeInput
from circuitnn.networks.spiking_network import SpikingNetwork
from circuitnn.networks.spiking_result import SpikingResult

__all__ = [
    "Capacitive",
    "Cell",
    "Colouring",
    "Coupling",
    "Cut",
    "Driver",
    "Harmonic",
    "Hopfield",
    "IsingMachine",
    "IsingRun",
    "Layer",
    "Memristive",
    "NetworkResult",
    "Noise",
    "OscillatorNetwork",
    "Resistive",
    "Settled",
    "SpikeInput",
    "SpikingNetwork",
    "SpikingResult",
    "Thermal",
    "Transconductive",
    "chaotic_niobium_dioxide",
    "integrate_and_fire",
    "niobium_dioxide",
    "read_graph",
    "thermal_neuristor",
    "vanadium_dioxide",
    "write_graph",
]

__getattr__ = moved(__name__, {"Network": "OscillatorNetwork"}, submodules(__name__))
