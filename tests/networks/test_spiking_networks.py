"""Layers of neurons with arrays between them: spike times against exact solutions in NumPy, and the edges."""

import copy
import pickle
import re
import warnings
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import brentq

from bench import spiking_layers
from circuitnn import Crossbar
from circuitnn.crossbar import Complementary, Device, Gated, Resistance
from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.networks import (
    Cell,
    Driver,
    Layer,
    SpikeInput,
    SpikingNetwork,
    SpikingResult,
    integrate_and_fire,
    state_maps,
    vanadium_dioxide,
)
from circuitnn.solvers.linear import have_klu

NEURON = {"threshold": 0.5, "reset": 0.05, "resistance": 20e3, "capacitance": 1e-12, "width": 2e-9}
RNG = np.random.default_rng(7)
G = RNG.uniform(1e-5, 1e-4, (4, 3))


def transfer(g, segment):
    """Currents of the grounded bit lines per voltage at the left of the word lines, by nodal analysis. [S]"""
    m, n = g.shape
    word, bit = np.arange(m * n).reshape(m, n), m * n + np.arange(m * n).reshape(m, n)
    y = np.zeros((2 * m * n, 2 * m * n))

    def join(a, b, s):
        np.add.at(y, (a, a), s), np.add.at(y, (b, b), s), np.add.at(y, (a, b), -s), np.add.at(y, (b, a), -s)

    join(word.ravel(), bit.ravel(), g.ravel())
    join(word[:, :-1].ravel(), word[:, 1:].ravel(), 1.0 / segment)
    join(bit[:-1].ravel(), bit[1:].ravel(), 1.0 / segment)
    held = np.concatenate([word[:, 0], bit[-1]])
    free = np.setdiff1d(np.arange(2 * m * n), held)
    seen = y[np.ix_(held, held)] - y[np.ix_(held, free)] @ np.linalg.solve(
        y[np.ix_(free, free)], y[np.ix_(free, held)]
    )
    return -seen[m:, :m].T


def trapezoids(trains, height, width, rise, t):
    """Voltages of spikes on each line, shape (times, lines). [V]"""
    v = np.zeros((len(t), len(trains)))
    for k, train in enumerate(trains):
        for s in train:
            v[:, k] += np.interp(
                t, [s, s + rise, s + rise + width, s + 2 * rise + width], [0, height, height, 0]
            )
    return v


def fired(t, current, p, stop):
    """Spike times of a neuron whose current is linear between times t, by closed forms and bisection. [s]"""
    tau = {False: p["resistance"] * p["capacitance"]}
    ron = p["width"] / (p["capacitance"] * np.log(p["threshold"] / p["reset"]))
    tau[True] = p["capacitance"] / (1 / p["resistance"] + 1 / ron)
    v, on, spikes = 0.0, False, []
    for a, b, ia, ib in zip(t[:-1], t[1:], current[:-1], current[1:], strict=True):
        slope = (ib - ia) / (b - a) if b > a else 0.0
        while a < b:

            def at(time, a=a, v=v, on=on, ia=ia, slope=slope):
                r, s = tau[on] / p["capacitance"], time - a
                settled = r * (ia + slope * (s - tau[on]))
                return settled + (v - r * (ia - slope * tau[on])) * np.exp(-s / tau[on])

            goal = p["reset"] if on else p["threshold"]
            grid = np.linspace(a, b, 20)
            over = np.flatnonzero((at(grid[1:]) < goal) if on else (at(grid[1:]) >= goal))
            end = b
            if len(over):
                k = over[0]
                end = brentq(
                    lambda s, at=at, goal=goal: at(s) - goal, grid[k], grid[k + 1], xtol=1e-22, rtol=1e-14
                )
                on = not on
                if on:
                    spikes.append(end)
            ia, v, a = ia + slope * (end - a), goal if len(over) else float(at(b)), end
    return np.array([s for s in spikes if s <= stop])


def expected(inputs, matrix, stop, **neuron):
    """Spike times of each neuron of a layer. [s]"""
    corners = {0.0, stop}
    for train in inputs.times:
        for s in np.asarray(train):
            corners |= {
                s,
                s + inputs.rise,
                s + inputs.rise + inputs.width,
                s + 2 * inputs.rise + inputs.width,
            }
    t = np.array(sorted(c for c in corners if c <= stop))
    v = trapezoids(inputs.times, 1.0, inputs.width, inputs.rise, t) * np.asarray(inputs.height)
    return [fired(t, i, {**NEURON, **neuron}, stop) for i in (v @ matrix).T]


def same(trains, wanted, tolerance):
    assert [len(train) for train in trains] == [len(times) for times in wanted]
    assert sum(map(len, wanted)) > 10
    for train, times in zip(trains, wanted, strict=True):
        np.testing.assert_allclose(train.times, times, rtol=0, atol=tolerance)


INPUTS = SpikeInput.poisson(
    [8e6, 5e6, 0.0, 10e6], 1e-6, seed=3, width=20e-9, rise=1e-9, height=[0.9, 1.5, 0.2, -0.3]
)


def network_of(array=None, inputs=INPUTS, cell=None, **layer):
    array = Crossbar(4, 3, G) if array is None else array
    return SpikingNetwork(inputs, Layer(array, cell or integrate_and_fire(**NEURON), **layer))


@pytest.mark.parametrize(("options", "tolerance"), [({}, 5e-10), ({"reltol": 1e-6}, 5e-12)])
def test_spikes_are_those_of_the_closed_form_through_an_array_with_line_resistances(options, tolerance):
    """Neurons with spikes of 2 ns at intervals from 9 ns, for 1 µs."""
    found = network_of(Crossbar(4, 3, G, line_resistance=100.0)).tran("1u", **options)
    wanted = expected(INPUTS, transfer(G, 100.0), 1e-6)
    same(found.trains[0], wanted, tolerance)
    assert np.array_equal(found.counts[0], [len(times) for times in wanted])
    np.testing.assert_allclose(found.rates[0], found.counts[0] / 1e-6, rtol=1e-9)


def test_complementary_cells_give_differences_times_the_gain():
    weights = np.array([[1.0, -1.0], [0.5, 1.0], [0.0, 0.0], [1.0, -0.2]])
    cell = Complementary.from_weights(weights, 1e-6, 1e-4)
    layer = network_of(Crossbar(4, 2, cell), gain=1.5)
    matrix = 1.5 * (np.asarray(cell.positive.values) - np.asarray(cell.negative.values))
    assert (matrix < 0).any()
    same(layer.tran("1u", reltol=1e-6).trains[0], expected(INPUTS, matrix, 1e-6), 5e-12)


def test_a_negative_gain_inhibits():
    inputs = SpikeInput(INPUTS.times, -np.asarray(INPUTS.height), INPUTS.width, INPUTS.rise)
    found = network_of(inputs=inputs, gain=-1.0).tran("1u", reltol=1e-6)
    same(found.trains[0], expected(INPUTS, G, 1e-6), 5e-12)


def test_without_an_amplifier_the_bit_line_is_the_neurons_node():
    """The array is then part of the leak."""
    inputs = SpikeInput(INPUTS.times, 3.0, INPUTS.width, INPUTS.rise)
    found = network_of(Crossbar(4, 1, G[:, :1]), inputs, gain=None).tran("1u", reltol=1e-6)
    leak = 1.0 / NEURON["resistance"] + G[:, 0].sum()
    wanted = expected(inputs, G[:, :1], 1e-6, resistance=1.0 / leak)
    same(found.trains[0], wanted, 5e-12)


def test_neurons_may_differ():
    cell = integrate_and_fire(**{**NEURON, "resistance": [20e3, 30e3, 40e3], "threshold": [0.5, 0.45, 0.4]})
    found = network_of(cell=cell).tran("1u", reltol=1e-6)
    for k in range(3):
        resistance, threshold = 20e3 + 1e4 * k, 0.5 - 0.05 * k
        wanted = expected(INPUTS, G[:, [k]], 1e-6, resistance=resistance, threshold=threshold)
        same(found.trains[0][k : k + 1], wanted, 5e-12)


def test_the_second_layer_sees_the_spikes_of_the_first():
    second = RNG.uniform(1e-5, 1e-4, (3, 2))
    neuron = integrate_and_fire(**NEURON)
    layers = [
        Layer(Crossbar(4, 3, G), neuron, forward=Driver(3.0, offset=0.25)),
        Layer(Crossbar(3, 2, second), neuron),
    ]
    found = SpikingNetwork(INPUTS, layers).tran("1u", reltol=1e-6)
    moments = np.unique([0.0, 1e-6, *(t for train in found.trains[0] for t in (*train.times, *train.ends))])
    middle = 0.5 * (moments[1:] + moments[:-1])
    on = np.array(
        [[np.sum((train.times < t) & (t < train.ends)) for train in found.trains[0]] for t in middle]
    )
    current = (3.0 * (on - 0.25)) @ second
    t = np.repeat(moments, 2)[1:-1]  # jumps: a moment before and one after at the same time
    wanted = [fired(t, np.repeat(column, 2), NEURON, 1e-6) for column in current.T]
    same(found.trains[1], wanted, 2e-11)


def test_only_spikes_may_be_kept():
    whole, kept = network_of().tran("1u"), network_of().spikes("1u")
    assert kept.end == whole.end == 1e-6 and len(kept.result) == whole.counts[0].sum()
    for one, other in zip(whole.trains[0], kept.trains[0], strict=True):
        np.testing.assert_array_equal(one.times, other.times)
    np.testing.assert_allclose(kept.rates[0], whole.rates[0], rtol=1e-9)


def test_a_cell_without_a_node_for_the_current_takes_it_at_its_output():
    """The mean rate of a VO2 switch beside a capacitor, by the closed form of a constant current."""
    cell = Cell("c1 out 0 100p\nn1 out 0 mott\n.model mott vo2_switch", level=1.5)
    inputs = SpikeInput([[0.0]], height=1.0, width=1.0, rise=1e-9)
    found = network_of(Crossbar(1, 2, [[30e-6, 60e-6]]), inputs, cell).tran("200u", tmax="50n")
    rins, rmet, vimt, vmit, c = 100.2e3, 0.99e3, 1.99, 1.0, 100e-12
    for train, current in zip(found.trains[0], (30e-6, 60e-6), strict=True):
        up, down = current * rins, current * rmet
        rise = rins * c * np.log((up - vmit) / (up - vimt))
        period = rise + rmet * c * np.log((vimt - down) / (vmit - down))
        np.testing.assert_allclose(train.intervals, period, rtol=1e-3)


def test_layers_may_have_rails_and_models_of_one_name():
    body = "c1 out 0 1p\nr1 out up {r}\ns1 out 0 out 0 fire\n.model fire sw(ron=100 roff=1e12 vt=%s vh=0.2)"
    layers = [
        Layer(Crossbar(1, 1, 1e-9), Cell(body % vt, {"r": 1e4}, vt, rails={"up": 4 * vt}))
        for vt in (0.3, 0.6)
    ]
    found = SpikingNetwork(SpikeInput([[]]), layers).tran("200n", reltol=1e-6)
    for trains, vt in zip(found.trains, (0.3, 0.6), strict=True):
        up, low, high = 4 * vt, vt - 0.2, vt + 0.2
        down = up / 101
        period = 1e-8 * np.log((up - low) / (up - high)) + 1e-8 / 101 * np.log((high - down) / (low - down))
        np.testing.assert_allclose(trains[0].intervals, period, rtol=2e-4)


def test_silent_inputs_are_no_error():
    found = network_of(inputs=SpikeInput([[], [], [], []])).tran("100n")
    assert found.counts[0].tolist() == [0, 0, 0] and found.rates[0].tolist() == [0.0, 0.0, 0.0]
    assert found.to_xarray().sizes["spike"] == 0
    found.plot()


def test_poisson_spikes_have_the_rate_and_the_dead_time_asked_for():
    made = SpikeInput.poisson([2e5, 2e6, 0.0], 0.02, seed=5, dead_time=300e-9)
    assert made == SpikeInput.poisson([2e5, 2e6, 0.0], 0.02, seed=5, dead_time=300e-9)
    assert made != SpikeInput.poisson([2e5, 2e6, 0.0], 0.02, seed=6, dead_time=300e-9)
    slow, fast, none = map(np.asarray, made.times)
    assert len(none) == 0
    for times, rate in ((slow, 2e5), (fast, 2e6)):
        gaps = np.diff(times)
        mean, spread = rate * 0.02, (1 - rate * 300e-9) * np.sqrt(rate * 0.02)
        assert abs(len(times) - mean) < 4 * spread
        assert gaps.min() >= 300e-9 * (1 - 1e-9) and times.max() <= 0.02
        past = gaps - 300e-9  # exponential, with the mean that is left
        assert np.mean(past) == pytest.approx(1 / rate - 300e-9, rel=4 / np.sqrt(len(past)))
        assert np.std(past) == pytest.approx(np.mean(past), rel=8 / np.sqrt(len(past)))
    alone = SpikeInput.poisson(2e5, 0.02, seed=5, dead_time=300e-9)
    np.testing.assert_array_equal(alone.times[0], slow)
    assert not np.array_equal(*SpikeInput.poisson([2e5, 2e5], 1e-3, seed=5).times)


def test_poisson_spikes_have_their_rate_from_the_beginning():
    """With a dead time, too: the process has been going on before."""
    made = SpikeInput.poisson(np.full(4000, 1e6), 0.5e-6, seed=2, dead_time=800e-9)
    first = sum(np.count_nonzero(np.asarray(row) < 0.1e-6) for row in made.times)
    total = sum(map(np.size, made.times))
    assert abs(total - 2000) < 4 * np.sqrt(2000) and abs(first - 400) < 4 * np.sqrt(400)


def test_by_default_poisson_spikes_do_not_overlap():
    made = SpikeInput.poisson(4e6, 1e-3, width=0.2e-6, rise=10e-9)
    assert np.diff(made.times[0]).min() >= 0.22e-6 * (1 - 1e-9)


@pytest.mark.parametrize("refractory", [5e-9, 50e-9])
def test_a_refractory_time_follows_each_spike(refractory):
    """The period at a constant current, by closed forms of its three parts."""
    p = {**NEURON, "refractory": refractory}
    inputs = SpikeInput([[0.0]], height=1.0, width=1.0)
    found = network_of(Crossbar(1, 1, 5e-5), inputs, integrate_and_fire(**p)).tran("1u", reltol=1e-6)
    r, c, high, low, current = p["resistance"], p["capacitance"], p["threshold"], p["reset"], 5e-5
    on = p["width"] / (c * np.log(high / low))
    falls, held = 1 / (1 / r + 1 / on), 1 / (1 / r + 1000 / on)
    spike = falls * c * np.log((high - current * falls) / (low - current * falls))
    rise = r * c * np.log((current * r - current * held) / (current * r - high))
    assert len(found.trains[0][0]) > 10
    np.testing.assert_allclose(found.trains[0][0].intervals, spike + refractory + rise, rtol=2e-4)


# A spike of either side: 0.6 V for 20 ns, and a tail of the other sign.
SHAPE = {"height": 0.6, "width": 20e-9, "rise": 1e-9, "tail": 2.0, "decay": 100e-9}


def pair(delay, **more):
    """A plastic cell between a line that spikes at 300 ns and a neuron that another line makes fire after the delay."""
    inputs = SpikeInput([[300e-9], [300e-9 + delay]], **SHAPE)
    cell = Device(
        "pershin", ron=[[1e5], [1e3]], roff=[[1e6], [1e4]], rini=[[5e5], [2e3]], beta=[[1e13], [0.0]], vt=0.62
    )
    neuron = integrate_and_fire(0.3, 0.05, 1e5, 1e-12, 20e-9, refractory=1e-6)
    layer = Layer(Crossbar(2, 1, cell), neuron, gain=0.1, backward=Driver(0.6, tail=2.0, decay=100e-9))
    return SpikingNetwork(inputs, layer).tran("1.2u", "5n", **more)


def low_passed(t, corners):
    """The answer of a low-pass to a signal with straight lines between corners, in closed form."""
    decay, total = SHAPE["decay"], np.zeros_like(t)
    for (a, ya), (b, yb) in pairwise(corners):
        for start, sign in ((a, 1.0), (b, -1.0)):
            s = np.maximum(t - start, 0.0)
            total += sign * (yb - ya) / (b - a) * (s - decay * (1.0 - np.exp(-s / decay)))
    return total


@pytest.mark.parametrize("delay", [-100e-9, -30e-9, 30e-9, 100e-9, 200e-9])
def test_a_pair_of_spikes_changes_a_cell_as_the_integral_of_its_rate_law_says(delay):
    found = pair(delay, reltol=1e-6)
    (train,) = found.trains[0]
    assert len(train) == 1
    width = (
        1e-12 / (1e-5 + 1e-12 * np.log(6.0) / 20e-9) * np.log(6.0)
    )  # no current enters while the neuron spikes
    assert train.widths[0] == pytest.approx(width, rel=5e-4)
    t = np.linspace(0.0, 1.2e-6, 1_200_001)
    jump = 1e-15
    voltages = []
    for start, rise, width in ((300e-9, 1e-9, 20e-9), (train.times[0], jump, train.widths[0])):
        corners = [(start, 0), (start + rise, 1), (start + rise + width, 1), (start + 2 * rise + width, 0)]
        voltages.append(0.6 * (np.interp(t, *zip(*corners, strict=True)) - 2.0 * low_passed(t, corners)))
    v = voltages[0] - voltages[1]
    change = 1e13 * np.sum(np.sign(v) * np.maximum(np.abs(v) - 0.62, 0.0)) * (t[1] - t[0])
    state = found.state()
    assert state[0, 0] * 9e5 + 1e5 - 5e5 == pytest.approx(change, rel=1e-3, abs=1.5)
    assert (change < -50) if delay > 0 else (change > 200)
    assert state[1, 0] == pytest.approx(1 / 9, rel=1e-9)


def test_states_are_kept_over_time_if_asked_for():
    found = pair(30e-9, states=True)
    t = found.result.time
    cells = found.network.circuit().cells("array0", found.result).state()
    between = 0.5 * (t[100] + t[101])
    np.testing.assert_allclose(found.state(0, between), 0.5 * (cells[100] + cells[101]), rtol=1e-12)
    np.testing.assert_array_equal(found.state(0, t[[0, 50, -1]], "x"), cells[[0, 50, -1]])
    np.testing.assert_allclose(found.state(), cells[-1], rtol=1e-12)
    np.testing.assert_allclose(cells[0].ravel(), [4 / 9, 1 / 9], rtol=1e-9)
    figure = found.plot_states(times=[0, 3.4e-7, 1.2e-6])
    images = [axis.images[0] for axis in figure.axes[:3]]
    for image, time in zip(images, (0, 3.4e-7, 1.2e-6), strict=True):
        np.testing.assert_array_equal(image.get_array(), found.state(time=time))
    assert len({image.get_clim() for image in images}) == 1
    assert figure.axes[1].get_title(loc="left") == "0.34 µs"


def test_states_that_were_not_kept_are_an_error_except_at_the_end():
    found, kept = pair(30e-9), pair(30e-9, states=True)
    assert found.state()[0, 0] == kept.state()[0, 0]
    wrong = {
        "were not kept: run tran": lambda: found.state(time=0.0),
        "must lie between 0 and 1.2e-06 s": lambda: kept.state(time=2e-6),
        "layer = 1: the network has the layers 0 to 0": lambda: kept.state(1),
        "no state 'y', only x": lambda: kept.state(name="y"),
        "time: a number, or a row": lambda: kept.state(time=[[0.0]]),
        "times: a row": lambda: kept.plot_states(times=[]),
        "only none": lambda: network_of().tran("1n").state(),
        "no array of this network has cells with states": lambda: network_of().tran("1n", states=True),
    }
    for message, call in wrong.items():
        with pytest.raises(CircuitnnError, match=message):
            call()


def rivals(currents, loss, offset, stop):
    """Spike times of neurons with constant currents that inhibit each other: closed forms from event to event. [s]"""
    p = NEURON
    on_resistance = p["width"] / (p["capacitance"] * np.log(p["threshold"] / p["reset"]))
    falls = 1.0 / (1.0 / p["resistance"] + 1.0 / on_resistance)
    count = len(currents)
    v, on, t, spikes = np.zeros(count), np.zeros(count, dtype=bool), 0.0, [[] for _ in currents]
    while t < stop:
        r, goal = np.where(on, falls, p["resistance"]), np.where(on, p["reset"], p["threshold"])
        rest = r * (currents - loss * (on.sum() - on - (count - 1) * offset))
        comes = (rest - goal) * (goal - v) > 0.0
        assert comes.any()
        left = np.full(count, np.inf)
        left[comes] = (r * p["capacitance"] * np.log(np.abs((v - rest) / (goal - rest))))[comes]
        k = int(np.argmin(left))
        t += left[k]
        v = rest + (v - rest) * np.exp(-left[k] / (r * p["capacitance"]))
        v[k], on[k] = goal[k], not on[k]
        if on[k]:
            spikes[k].append(t)
    return [[moment for moment in own if moment <= stop] for own in spikes]


@pytest.mark.parametrize(
    ("loss", "offset", "silent"), [(5e-5, 0.0, 0), (5e-5, 0.05, 0), (1e-4, 0.0, 1), (2e-4, 0, 2)]
)
def test_neurons_that_inhibit_each_other_spike_as_in_closed_form(loss, offset, silent):
    """The stronger the inhibition, the fewer of them are left: at last the one with the largest current."""
    currents = np.array([3e-5, 3.2e-5, 3.4e-5])
    step = SpikeInput([[0.0]], height=1.0, width=1.0, rise=1e-13)
    network = network_of(Crossbar(1, 3, [currents]), step, inhibition=loss, forward=Driver(offset=offset))
    found = network.tran("1u", reltol=1e-6)
    wanted = rivals(currents, loss, offset, 1e-6)
    assert [len(times) for times in wanted].count(0) == silent
    same(found.trains[0], wanted, 1e-10)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_neurons_learn_two_patterns_without_being_told(seed):
    """As on the page: winner-take-all and plasticity; each neuron ends with one pattern of its own."""
    random = np.random.default_rng(seed)
    order = random.permutation(np.repeat([0, 1], 12))
    shown = [
        (line, 1e-7 + 1e-6 * k)
        for k, pattern in enumerate(order)
        for line in range(4 * pattern, 4 * pattern + 4)
    ]
    inputs = SpikeInput(
        [[t for line, t in shown if line == own] for own in range(8)], 0.45, 20e-9, tail=4.0, decay=100e-9
    )
    law = {"von": -0.45, "voff": 0.35, "kon": -2e7, "koff": 1e7, "aon": 1, "aoff": 1, "d": 1.0}
    cell = Device("vteam", ron=1e5, roff=1e6, **law, x0=random.uniform(0.4, 0.6, (8, 2)))
    neuron = integrate_and_fire(0.2, 0.02, 100e3, 1e-12, 50e-9, refractory=0.4e-6)
    back = Driver(0.55, tail=2.8, decay=100e-9)
    layer = Layer(Crossbar(8, 2, cell), neuron, gain=10.0, backward=back, inhibition=5e-5)
    found = SpikingNetwork(inputs, layer).tran("24u")
    own = [
        set(order[np.floor(train.times[train.times > 12e-6] * 1e6).astype(int)]) for train in found.trains[0]
    ]
    assert own in ([{0}, {1}], [{1}, {0}])
    low = np.array([found.state()[:4].mean(axis=0), found.state()[4:].mean(axis=0)]) < 0.5  # resistances
    for k, (pattern,) in enumerate(own):
        assert low[pattern, k] and not low[1 - pattern, k]


LINE = SpikeInput([[1e-9]])
FIRE = integrate_and_fire()
WRONG = {
    "times: a row of times for each line": lambda: SpikeInput([]),
    "times of line 0: a row of numbers": lambda: SpikeInput([1e-6, 2e-6]),
    "times of line 1 must increase: spike 2 at 1e-06 s, after 3e-06 s": lambda: SpikeInput(
        [[], [2e-6, 3e-6, 1e-6]]
    ),
    "times of line 0 must increase": lambda: SpikeInput([[2e-6, 2e-6]]),
    r"times of line 0 \[s\] is -1e-06 at spike 1": lambda: SpikeInput([[0, -1e-6]]),
    "height": lambda: SpikeInput([[], []], height=[1, 2, 3]),
    "rise above 0": lambda: SpikeInput([[]], rise=0.0),
    "rates .* is -1 at line 1": lambda: SpikeInput.poisson([1, -1], 1.0),
    "impossible with a dead time of 1e-06 s: must be below 1e\\+06 Hz": lambda: SpikeInput.poisson(
        2e6, 1.0, dead_time=1e-6
    ),
    "more than 3000000 spikes": lambda: SpikeInput.poisson(1e5, 1e5),
    "rates: one for each line": lambda: SpikeInput.poisson([[1.0]], 1.0),
    "dead_time = -1": lambda: SpikeInput.poisson(1.0, 1.0, dead_time=-1.0),
    "unexpected keyword argument 'hight'|no .*hight": lambda: SpikeInput.poisson(1.0, 1.0, hight=1.0),
    "a neuron is needed": lambda: Layer(Crossbar(1, 1), "lif"),
    "array = 'drift'": lambda: Layer("drift", FIRE),
    "forward = 0.2": lambda: Layer(Crossbar(1, 1), FIRE, forward=0.2),
    "cells have gates": lambda: Layer(Crossbar(1, 1, Gated(Resistance(1e3), Device("ekv"))), FIRE),
    "tail needs a positive decay": lambda: Driver(tail=0.5),
    "and a decay a tail": lambda: SpikeInput([[]], decay=1e-6),
    "decay = -1": lambda: Driver(tail=1.0, decay=-1.0),
    "backward = 1": lambda: Layer(Crossbar(1, 1), FIRE, backward=1),
    "the bit line is the neuron's own node": lambda: Layer(
        Crossbar(1, 1), FIRE, gain=None, backward=Driver()
    ),
    "would learn the same": lambda: Layer(
        Crossbar(1, 1, Complementary.from_weights([[0.5]], 1e-6, 1e-4)), FIRE, backward=Driver()
    ),
    "inhibition = -1": lambda: Layer(Crossbar(1, 2), FIRE, inhibition=-1.0),
    "needs a layer of several neurons": lambda: Layer(Crossbar(1, 1), FIRE, inhibition=1e-6),
    "0 for all of them": lambda: integrate_and_fire(refractory=[0.0, 1e-9]),
    "complementary cells need an amplifier": lambda: Layer(
        Crossbar(1, 1, Complementary.from_weights([[0.5]], 1e-6, 1e-4)), FIRE, gain=None
    ),
    "no node `out`": lambda: Layer(Crossbar(1, 1), Cell("r1 in 0 1k")),
    "a rail cannot be 'in'": lambda: Layer(Crossbar(1, 1), Cell("r1 in out 1k", rails={"in": 1.0})),
    "resistance of the neurons: shape": lambda: Layer(
        Crossbar(1, 2), integrate_and_fire(resistance=[1e3, 2e3, 3e3])
    ),
    "reset: 0.6 V is not below": lambda: integrate_and_fire(reset=0.6),
    "reset and threshold": lambda: integrate_and_fire(reset=[0.1, 0.2], threshold=[1, 2, 3]),
    "width = 0": lambda: integrate_and_fire(width=0.0),
    "inputs = ": lambda: SpikingNetwork([[1e-9]], Layer(Crossbar(1, 1), FIRE)),
    "layers = ": lambda: SpikingNetwork(LINE, [Crossbar(1, 1)]),
    "at least one": lambda: SpikingNetwork(LINE, []),
    "title": lambda: SpikingNetwork(LINE, Layer(Crossbar(1, 1), FIRE), title="a\nb"),
    "layer 0: its array has 2 word lines, but the inputs have 1": lambda: SpikingNetwork(
        LINE, Layer(Crossbar(2, 1), FIRE)
    ),
    "layer 1: its array has 1 word lines, but layer 0 has 3": lambda: SpikingNetwork(
        LINE, [Layer(Crossbar(1, 3), FIRE), Layer(Crossbar(1, 1), FIRE)]
    ),
    "methods blend and gear": lambda: SpikingNetwork(
        LINE, [Layer(Crossbar(1, 1), FIRE), Layer(Crossbar(1, 1), Cell("r1 out 0 1k", method="gear"))]
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_makes_no_network_is_refused_in_one_sentence(message):
    with pytest.raises((CircuitnnError, TypeError), match=message) as caught:
        WRONG[message]()
    assert "\n" not in str(caught.value)


def test_networks_are_values():
    network, same_again = network_of(), network_of()
    assert network == same_again and hash(network) == hash(same_again) and network is not same_again
    assert network != network_of(gain=2.0) and network != network_of(Crossbar(4, 3, 2 * G))
    twin = pickle.loads(pickle.dumps(network))
    assert twin == network == copy.deepcopy(network) and twin.deck() == network.deck()
    assert len(network) == 3 and repr(network) == "<SpikingNetwork of 4 to 3 lines and neurons>"
    with pytest.raises(AttributeError, match="inputs"):
        network.inputs = LINE
    run = network.tran("100n")
    assert pickle.loads(pickle.dumps(run)).counts[0].tolist() == run.counts[0].tolist()


def test_pictures_and_data_sets_have_all_spikes():
    from matplotlib.figure import Figure

    found = network_of().tran("1u")
    assert isinstance(found, SpikingResult)
    axes = Figure().subplots(2, 1)
    assert found.plot(ax=axes, xlim=(0, 5e-7)) is axes[0].figure
    assert axes[0].get_xlim() == axes[1].get_xlim() and axes[0].get_ylabel() == "Input"
    drawn = [line.get_positions() for line in axes[1].collections]
    assert [len(row) for row in drawn] == found.counts[0].tolist()
    np.testing.assert_allclose(1e-6 * np.array(drawn[1]), found.trains[0][1].times, rtol=1e-12)
    with pytest.raises(AnalysisError, match="2 panels"):
        found.plot(ax=axes[0])
    data = found.to_xarray()
    assert data.sizes["spike"] == found.counts[0].sum() and data["time"].attrs["units"] == "s"
    np.testing.assert_array_equal(data["time"][data["neuron"] == 1], found.trains[0][1].times)
    assert set(data["layer"].values.tolist()) == {0}
    assert found["v(l0_out1)"].max() == pytest.approx(1.0, rel=1e-5)


def test_nothing_is_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network_of().tran("100n")
    assert re.match(r"<SpikingResult, spikes of the layers: \d+>", repr(network_of().tran("100n")))


def test_an_oscillator_may_be_a_neuron():
    """What current enters raises the frequency of a VO2 oscillator."""
    inputs = SpikeInput([[0.0]], height=1.0, width=1.0)
    array = Crossbar(1, 3, [[1e-12, 5e-6, 1e-5]])
    rates = network_of(array, inputs, vanadium_dioxide(), gain=-1.0).tran("100u").counts[0]
    assert rates[0] > 40 and rates[0] != rates[2]


def test_equal_states_have_one_colour():
    """States of one value but for rounding: each picture widened the scale by itself, and showed another colour."""
    maps = np.full((3, 4, 2), 4 / 9)
    maps[1] += 1e-16
    figure = state_maps.drawn_maps(maps, (0.0, 1e-6, 2e-6), "x", None, None, None)
    colours = [axis.images[0].to_rgba(axis.images[0].get_array())[0, 0] for axis in figure.axes[:3]]
    assert np.ptp(colours, axis=0).max() < 0.01


@pytest.mark.skipif(not have_klu(), reason="built without SuiteSparse")
def test_vanadium_dioxide_neurons_beside_closed_forms():
    """The array between spikes and virtual grounds is left out of the transient."""
    of = spiking_layers.problem(12, 2e-6, seed=4)
    exact = spiking_layers.Exact(of, spiking_layers.gains(of)).run(of, 2e-6)
    result = spiking_layers.network(of).spikes("2u", reltol=1e-6)
    assert result.result.statistics.linear_solver.startswith("driven")
    for train, times in zip(result.trains[0], exact, strict=True):
        assert len(train) == len(times) > 3
        assert np.max(np.abs(train.times - times)) < 1e-11


def test_same_spikes_with_the_array_in_every_iteration():
    of = spiking_layers.problem(12, 2e-6, seed=5)
    own = spiking_layers.network(of)
    neuron = integrate_and_fire(threshold=np.linspace(0.4, 0.6, 12), refractory=5e-9)
    network = SpikingNetwork(own.inputs, Layer(own.layers[0].array, neuron, gain=0.3))
    left_out, whole = (network.spikes("2u", linear_solver=s, reltol=1e-6) for s in ("auto", "klu"))
    for one, other in zip(left_out.trains[0], whole.trains[0], strict=True):
        assert len(one) == len(other) > 3
        assert np.max(np.abs(one.times - other.times)) < 1e-11
