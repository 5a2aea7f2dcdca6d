"""Devices in place of numbers: training by pulses, and drift over months."""

import numpy as np
import pytest

from circuitnn.crossbar import Crossbar, Device
from circuitnn.crossbar.evolution import Evolution
from circuitnn.errors import AnalysisError
from circuitnn.neural import Hardware, MappedNetwork, Network, accuracy, train
from circuitnn.neural.ageing import Ageing, over_time
from circuitnn.neural.on_array_training import OnArray, PulseResponse, train_on_array
from circuitnn.neural.stdp import Spiking, SpikingArray, classified, named_neurons

MEMRISTOR = {
    "ron": 5e3,
    "roff": 1e5,
    "von": -0.7,
    "voff": 0.7,
    "aon": 3.0,
    "aoff": 3.0,
    "kon": -4.0,
    "koff": 4.0,
}
UP, DOWN = (-1.2, 1e-9), (1.2, 1e-9)


@pytest.fixture(scope="module")
def response():
    return PulseResponse(Device("vteam", **MEMRISTOR), UP, DOWN)


def clusters(count, seed):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 4
    patterns = np.random.default_rng(0).uniform(size=(4, 12))
    return np.clip(patterns[labels] + 0.25 * rng.normal(size=(count, 12)), 0.0, 1.0), labels


@pytest.mark.long
def test_pulses_are_those_of_the_model(response):
    """States after pulses up and down, against the device itself, pulse by pulse."""
    cell = Evolution(Crossbar(1, 3, Device("vteam", **MEMRISTOR)), {"x": [[0.2, 0.5, 0.9]]}, reltol=1e-6)
    for voltage, width in [UP] * 3 + [DOWN] * 2:
        cell.stay_alone(voltage, width)
    none = np.random.default_rng(0)
    x = response.pulsed(np.array([0.2, 0.5, 0.9]), np.full(3, 3), 0.0, none)
    x = response.pulsed(x, np.full(3, -2), 0.0, none)
    np.testing.assert_allclose(x, cell.state("x")[0], atol=2e-4)
    np.testing.assert_allclose(response.conductance(x), cell.conductance(0.1)[0], rtol=2e-3)
    np.testing.assert_allclose(response.state(response.conductance(x)), x, atol=1e-9)
    with pytest.raises(AnalysisError, match="pulses that should raise the conductance of vteam do not"):
        PulseResponse(Device("vteam", **MEMRISTOR), DOWN, UP)


def test_a_network_learns_by_pulses(response):
    """From random weights, by nonlinear, bounded and noisy steps; the periphery alone does not do it."""
    (x, y), other = clusters(200, 1), clusters(200, 2)
    found = {}
    for rate in (0.03, 0.0):
        hardware = Hardware(g_min=1.1e-5, g_max=1.9e-4, tile=(12, 20), line_resistance=2.0)
        mapped = MappedNetwork(Network.random((12, 4), seed=3), hardware, x)
        array = OnArray(mapped, response, noise=0.3)
        before = accuracy(mapped, *other)
        history = train_on_array(array, x, y, epochs=6, batch=20, rate=rate, validation=other)
        found[rate] = history.accuracy[-1]
        assert (history.pulses[0] > 0.0) == (rate > 0.0)
    assert found[0.03] > max(before, found[0.0]) + 0.1


def test_accuracy_over_months():
    """Drift makes outputs smaller; compensated, accuracy stays longer. Strong cells drift as the model says."""
    (x, y), other = clusters(200, 1), clusters(400, 2)
    ideal = Network.random((12, 10, 4), seed=1)
    train(ideal, x, y, epochs=20, batch=50, rate=0.02)
    mapped = MappedNetwork(ideal, Hardware(g_min=1e-7, g_max=25e-6, line_resistance=1.0), x)
    ageing = Ageing(mapped, x)
    year = 3.15e7
    now = over_time(ageing, [0.0], *other)[0]
    later = over_time(ageing, [year], *other)[0]
    without = over_time(ageing, [year], *other, compensated=False)[0]
    assert now > 0.85 and without < now - 0.03 and later > without
    g = np.stack([ageing.at(0.0).layers[0].positive, ageing.at(year).layers[0].positive])
    strong = g[0] > 1e-5
    exponent = -np.log(g[1][strong] / g[0][strong]) / np.log1p(year / 20.0)
    assert exponent.mean() == pytest.approx(0.049, abs=0.006)  # the least mean of the model, of strong cells
    with pytest.raises(AnalysisError, match=r"the statistics go up to 2\.5e-05 S"):
        Ageing(MappedNetwork(ideal, Hardware(), x), x)


@pytest.mark.long
def test_gains_compensate_for_the_drift_of_their_own_layer():
    """Also far from the inputs: outputs of four layers keep their size for a year, in which currents lose 40 %."""
    x = np.random.default_rng(1).uniform(size=(30, 24))
    network = Network.random((24, 24, 24, 24, 5), seed=2)
    mapped = MappedNetwork(network, Hardware(g_min=1e-7, g_max=25e-6, line_resistance=0.0), x)
    ageing = Ageing(mapped, x)
    first = ageing.at(0.0).forward(x)

    def size(compensated):
        return np.sum(ageing.at(3.15e7, compensated).forward(x) * first) / np.sum(first * first)

    assert size(compensated=True) == pytest.approx(1.0, abs=0.12) and size(compensated=False) < 0.6**4
    for time in (-1.0, np.nan, np.inf):
        with pytest.raises(AnalysisError, match=r"time.*finite"):
            ageing.at(time)


def test_neurons_are_named_by_the_classes_that_there_are():
    """No class 1 has been shown, one neuron never spikes and names nothing, and an example may leave all silent."""
    responses = [[1, 5, 0, 2], [4, 2, 0, 1], [3, 6, 0, 2]]
    names = named_neurons(responses, [0, 2, 0])
    np.testing.assert_array_equal(names, [2, 0, -1, 0])
    np.testing.assert_array_equal(classified([[1, 5, 9, 2], [4, 2, 0, 1], [0, 0, 1, 0]], names), [0, 2, -1])
    np.testing.assert_array_equal(classified([[1, 1]], np.array([-1, -1])), [-1])


def spots(count, seed):
    """Four classes of bright spots on a dark ground."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 4
    patterns = np.random.default_rng(0).uniform(size=(4, 36)) < 0.4
    return np.clip(0.9 * patterns[labels] + 0.2 * rng.normal(size=(count, 36)), 0.0, 1.0), labels


@pytest.mark.long
@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_neurons_find_the_classes_by_themselves(spread):
    """Also with devices that differ by half and pulses that vary as much; thresholds hold the activity."""
    (x, y), (more, of_more) = spots(200, 1), spots(100, 2)
    short = PulseResponse(Device("vteam", **MEMRISTOR), (-1.2, 3e-10), (1.1, 3e-10))
    array = SpikingArray(36, 8, short, spread=spread, noise=spread)

    def right():
        names = named_neurons(array.responses(x), y)
        return np.mean(classified(array.responses(more), names) == of_more)

    before, thresholds = right(), array.thresholds.copy()
    spikes = array.learn(x, epochs=2)
    assert right() > before + 0.15
    # each of 8 neurons is to spike 0.1 times an example
    assert abs(spikes[1] - 0.8) < 0.1 and np.ptp(array.thresholds / thresholds) > 0.05
    with pytest.raises(AnalysisError, match="rate in 0 … 1"):
        Spiking(rate=1.5)
