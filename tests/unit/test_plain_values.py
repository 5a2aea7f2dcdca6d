"""Values own what they are given, do not change, and are equal by content; copies of them are equal, too."""

import copy
import pickle

import networkx
import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.crossbar import (
    MVM,
    Access,
    Bias,
    Complementary,
    Conductance,
    Crossbar,
    Device,
    Faults,
    Gated,
    PullUp,
    Pulse,
    Resistance,
    Series,
)
from circuitnn.networks import (
    Capacitive,
    Cell,
    Driver,
    Hopfield,
    Layer,
    Memristive,
    OscillatorNetwork,
    SpikeInput,
    SpikingNetwork,
    integrate_and_fire,
    vanadium_dioxide,
)
from circuitnn.neural import Hardware, MappedNetwork
from circuitnn.studies import Corners, Grid, MonteCarlo, Points

G = [[1e-3, 2e-3], [3e-3, 4e-3]]
# Each as a function of an array that it is given, for values that differ by that array.
VALUES = {
    "MVM": lambda g: MVM(g[0]),
    "Access": lambda g: Access(0, 1, g[0, 0]),
    "Bias": lambda g: Bias(g[0], bottom=g[1], resistance={"left": g[0]}),
    "PullUp": lambda g: PullUp(0, 0, 1.0, 1e3, [0, 1], gate=g[0]),
    "Pulse": lambda g: Pulse(g[0, 0], 1.0, 1.0),
    "Conductance": Conductance,
    "Resistance": Resistance,
    "Device": lambda g: Device("drift", ron=g),
    "Series": lambda g: Series(Device("drift", ron=g), Resistance(1e3)),
    "Gated": lambda g: Gated(Conductance(g), Device("ekv")),
    "Complementary": lambda g: Complementary.from_weights(g, 1e-6, 1e-3, largest=1.0),
    "Faults": lambda g: Faults(stuck={(0, 0): float(g[0, 0])}, opens=np.array([[1, 1]])),
    "Crossbar": lambda g: Crossbar(2, 2, g, wordline_resistance=g[0], faults=Faults(opens=[(0, 0)])),
    "with_cell": lambda g: Crossbar(2, 2, 1e-3).with_cell(0, 0, g[0, 0]),
    "Cell": lambda g: Cell("r1 out s {r}", {"r": g[0]}, rails={"s": 1.0}),
    "Memristive": lambda g: Memristive("drift", {"x0": g[0, 0]}),
    "Hopfield": lambda g: Hopfield([[0, 1], [1, 0]], g[0]),
    "SpikeInput": lambda g: SpikeInput(g, height=g[0]),
    "Driver": lambda g: Driver(g[0, 0]),
    "Layer": lambda g: Layer(Crossbar(2, 2, g), integrate_and_fire(resistance=1e6 * g[0])),
    "SpikingNetwork": lambda g: SpikingNetwork(
        SpikeInput(g), Layer(Crossbar(2, 2, 1e-3), integrate_and_fire())
    ),
    "Grid": lambda g: Grid(p=g[0], q=[1, 2]),
    "Points": lambda g: Points(p=g[0], q=[1, 2]),
    "Corners": lambda g: Corners({"a": {"p": g[0, 0]}}),
    "Hardware": lambda g: Hardware(line_resistance=g[0]),
}
COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_equal_by_content(name):
    make = VALUES[name]
    one, same, other = make(np.array(G)), make(np.asfortranarray(G)), make(2.0 * np.array(G))
    assert one == same and hash(one) == hash(same)
    assert one != other and one != 3
    for how in COPIES.values():
        assert how(one) == one and hash(how(one)) == hash(one)


@pytest.mark.parametrize("name", VALUES)
def test_what_a_value_is_given_may_change_afterwards(name):
    g = np.array(G)
    made, before = VALUES[name](g), VALUES[name](np.array(G))
    g *= 10.0
    assert made == before


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("how", COPIES)
def test_attributes_and_their_arrays_cannot_be_set(name, how):
    made = COPIES[how](VALUES[name](np.array(G)))
    for attribute, value in [*vars(made).items(), ("anything", None)]:
        if attribute[0] == "_":
            continue
        with pytest.raises(AttributeError):
            setattr(made, attribute, 8)
        if isinstance(value, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                value[...] = 8
        if isinstance(value, dict):
            with pytest.raises(TypeError):
                value["anything"] = 8


def test_numbers_are_equal_as_numbers():
    assert Access(0, 0, 1) == Access(0, 0, 1.0) == Access(np.int64(0), 0, np.float64(1))
    assert Bias([1, 2]) == Bias((1.0, 2.0)) == Bias(np.array([1, 2]))
    assert Bias(float("nan")) == Bias() and Bias(0.0) == Bias(-0.0)
    assert MonteCarlo(2, seed=1) == MonteCarlo(2, seed=1) != MonteCarlo(2, seed=2)


def test_an_array_is_what_it_was_made_of():
    """The products of a matrix, and of its copies after the matrix has changed."""
    g, v = np.array(G), np.array([0.1, 0.2])
    x = Crossbar(2, 2, g)
    g *= 10.0
    for one in (x, x.changed(temp=50.0), copy.deepcopy(x)):
        np.testing.assert_allclose(one.mvm(v), v @ np.array(G), rtol=1e-12)
    with pytest.raises(AttributeError, match=r"changed\(…\) makes a copy"):
        x.rows = 8
    with pytest.raises(ValueError, match="read-only"):
        x.conductance[0, 0] = 1.0


def test_a_circuit_says_how_to_change_it():
    circuit = Circuit("t").V("1", "a", 0, 1)
    with pytest.raises(AttributeError, match=r"with_options\(temp=…\)"):
        circuit.temp = 85
    with pytest.raises(AttributeError, match="changed copy"):
        circuit.text = "t"


def test_a_network_is_that_of_its_graph_as_it_was():
    graph = networkx.path_graph(3)
    network = OscillatorNetwork(graph, vanadium_dioxide(), Capacitive(1e-12))
    deck = network.deck()
    graph.add_edge(0, 7)
    assert len(network) == 3 and network.deck() == deck
    with pytest.raises(AttributeError):
        network.cell = vanadium_dioxide(1e3)
    with pytest.raises(networkx.NetworkXError):
        network.graph.add_edge(0, 2)
    twin = pickle.loads(pickle.dumps(network))
    assert twin.deck() == copy.deepcopy(network).deck() == deck


def test_a_mapped_network_cannot_be_given_other_hardware():
    x = np.array(G)
    mapped = MappedNetwork([(x,)], Hardware(tile=(2, 4)), x)
    for one in (mapped, mapped.layers[0]):
        with pytest.raises(AttributeError, match="cannot set 'hardware'"):
            one.hardware = Hardware()
