"""Ising machines: read-outs against enumeration, steps against one run, locking to the injected harmonic."""

from itertools import pairwise, product

import networkx as nx
import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError
from circuitnn.networks import (
    Cell,
    Harmonic,
    IsingMachine,
    NetworkResult,
    Noise,
    OscillatorNetwork,
    Resistive,
    Transconductive,
    niobium_dioxide,
)
from circuitnn.networks.cuts import along_axis, along_best_axis, phases_at, value

PERIOD = 1.0 / 80.6e6  # of the cells, about [s]


def signs(seed, n=8):
    rng = np.random.default_rng(seed)
    w = np.triu(rng.choice([-1.0, 0.0, 1.0], (n, n)), 1)
    return w + w.T


def network(weights, seed=0, coupling=None):
    start = np.random.default_rng([seed, 5]).uniform(0.9, 1.15, len(weights))
    return OscillatorNetwork(weights, niobium_dioxide(start=start), coupling or Transconductive(-1e-5))


# ------------------------------------------------------------------ read-out


@pytest.mark.parametrize("seed", range(8))
def test_the_best_axis_is_that_of_all(seed):
    rng = np.random.default_rng(seed)
    graph = network(signs(seed, 12))
    phases = rng.uniform(0.0, 2.0 * np.pi, 12) if seed else np.repeat([0.0, np.pi, 1.0], 4)
    axes = np.linspace(1e-5, np.pi + 1e-5, 20_001)
    sides = np.sin(phases - axes[:, None]) >= 0.0
    a, b = graph.edges.T
    most = ((sides[:, a] != sides[:, b]) @ graph.weights).max()
    spins = along_best_axis(phases, graph.edges, graph.weights)
    assert set(spins.tolist()) <= {-1, 1}
    assert value(spins, graph.edges, graph.weights) == pytest.approx(most)
    fitted = value(along_axis(phases), graph.edges, graph.weights)
    assert fitted <= most + 1e-9


def test_phases_between_rises():
    found = phases_at([np.array([0.0, 1.0, 3.0]), np.array([0.5])], np.array([-0.1, 0.25, 2.0, 3.5]))
    np.testing.assert_allclose(found[:, 0], [np.nan, 0.5 * np.pi, np.pi, np.nan])
    assert np.isnan(found[:, 1]).all()


def test_a_result_may_be_read_along_every_axis():
    w = signs(2, 10)
    run = network(w).tran("0.2u", "0.2n")
    assert run.cut(every_axis=True).value >= run.cut().value
    assert run.cut(every_axis=True).value == value(
        run.cut(every_axis=True).spins, run.network.edges, run.network.weights
    )


# ------------------------------------------------------------------ currents and schedules


def test_steps_are_one_run():
    """Though each has a clock of its own: with the phase of the harmonic carried on, as in one transient."""
    graph, wave = network(signs(1)), Harmonic(2e-5, 2.0 * 80.9e6)
    options = {"tstep": PERIOD / 50, "readings": 20, "statetol": 1e-6}
    runs = [IsingMachine(graph, wave).run(60 * PERIOD, steps=steps, **options) for steps in (1, 7)]
    np.testing.assert_array_equal(runs[0].cuts, runs[1].cuts)
    assert len(runs[0].cuts) > 15
    cards = [
        "vharmonic harmonic 0 sin(0 2e-5 161.8meg)",
        *(f"gharmonic{k} 0 n{k} harmonic 0 1" for k in range(8)),
    ]
    levels = dict.fromkeys(graph.signals, graph.cell.level)
    whole = Circuit.from_text(graph.deck(cards)).spikes(
        60 * PERIOD, levels, PERIOD / 50, uic=True, statetol=1e-6
    )
    order = np.argsort(whole.array("signal"), kind="stable")
    rises = np.split(whole.time[order], np.searchsorted(whole.array("signal")[order], np.arange(1, 8)))
    for time, cut in zip(runs[1].times, runs[1].cuts, strict=True):
        (phases,) = phases_at(rises, np.array([time]))
        assert value(along_best_axis(phases, graph.edges, graph.weights), graph.edges, graph.weights) == cut


def test_a_harmonic_leaves_two_phases_half_a_turn_apart():
    starts = [-0.5, 0.0, 0.5, 0.9, 1.1]
    free = OscillatorNetwork(nx.empty_graph(5), niobium_dioxide(start=starts), [])
    machine = IsingMachine(free, Harmonic(5e-5, 2.0 * 80.9e6))
    circuit_text = machine.deck()
    assert "sin(0 {harmonic} 161800000.0 0 0 {turn})" in circuit_text
    run = (
        Circuit.from_text(circuit_text)
        .with_parameters(harmonic=5e-5)
        .tran(200 * PERIOD, PERIOD / 40, uic=True)
    )
    result = NetworkResult(free, run)
    np.testing.assert_allclose(result.frequencies(), 80.9e6, rtol=1e-5)
    twice = 2.0 * (result.phases() - result.phases()[0])
    np.testing.assert_allclose(np.cos(twice), 1.0, atol=1e-3)
    assert np.cos(twice / 2).min() < -0.9  # both are there
    alone = free.tran(200 * PERIOD, PERIOD / 40)
    assert np.cos(2.0 * (alone.phases() - alone.phases()[0])).min() < 0.9


def test_noise_lets_phases_diffuse_by_the_seed():
    graph, options = network(signs(3)), {"readings": 30, "steps": 3}
    loud = [
        IsingMachine(graph, noise=Noise(6e-5, PERIOD / 2), seed=seed).run(60 * PERIOD, **options)
        for seed in (1, 1, 9)
    ]
    quiet = [
        IsingMachine(graph, noise=noise).run(60 * PERIOD, **options)
        for noise in (None, Noise([0.0, 0.0], PERIOD / 2))
    ]
    np.testing.assert_array_equal(loud[0].cuts, loud[1].cuts)
    assert not np.array_equal(loud[0].cuts, loud[2].cuts)
    assert not np.array_equal(loud[0].cuts, quiet[0].cuts)
    np.testing.assert_array_equal(quiet[0].cuts, quiet[1].cuts)


def test_schedules_are_numbers_rows_or_functions():
    seen = []

    def falling(fraction):
        seen.append(fraction)
        return 1.0 - fraction

    graph = network(signs(4), coupling=Resistive(1e5, inverting=True))
    runs = [
        IsingMachine(graph, coupling=schedule).run(40 * PERIOD, steps=4, readings=20)
        for schedule in (falling, [1.0, 0.0], (1.0, 0.75, 0.5, 0.25, 0.0))
    ]
    assert seen == [0.125, 0.375, 0.625, 0.875]
    for run in runs[1:]:
        np.testing.assert_array_equal(runs[0].cuts, run.cuts)


def test_a_coupling_is_a_factor_of_all():
    machine = IsingMachine(network(signs(4), coupling=Resistive(1e5, inverting=True)))
    assert (
        machine.deck(0.5)
        == IsingMachine(network(0.5 * signs(4), coupling=Resistive(1e5, inverting=True))).deck()
    )


# ------------------------------------------------------------------ runs


def enumerated(graph):
    a, b = graph.edges.T
    spins = np.array(list(product((0, 1), repeat=len(graph))))
    return float(((spins[:, a] != spins[:, b]) @ graph.weights).max())


def test_machines_find_ground_states():
    """Of graphs with eight to twelve nodes and both signs, all in one run of 150 periods."""
    for seed in range(4):
        graph = network(signs(seed, 8 + seed), seed)
        machine = IsingMachine(graph, Harmonic([0.0, 5e-5], 2.0 * 81e6), Noise([2e-5, 0.0], PERIOD / 2))
        most = enumerated(graph)
        run = machine.run(300 * PERIOD, steps=15, target=most)
        assert run.best.value == most == value(run.best.spins, graph.edges, graph.weights)
        np.testing.assert_array_equal(run.best_so_far, np.maximum.accumulate(run.cuts))
        assert run.best_so_far[-1] == most == run.cuts[run.times == run.found][0]


def test_a_run_ends_at_its_target_and_tells_what_it_has():
    graph, told = network(signs(0)), []
    machine = IsingMachine(graph)
    full = machine.run(80 * PERIOD, steps=8, progress=lambda fraction, text: told.append((fraction, text)))
    assert [fraction for fraction, _ in told] == pytest.approx(np.arange(1, 9) / 8)
    assert told[-1][1] == f"cut {full.cuts[-1]:g}, best {full.best.value:g}"
    short = machine.run(80 * PERIOD, steps=8, target=full.cuts[0])
    assert short.end == pytest.approx(10 * PERIOD) and full.end == pytest.approx(80 * PERIOD)
    np.testing.assert_array_equal(short.cuts, full.cuts[: len(short.cuts)])
    assert all(a < b for a, b in pairwise(full.times)) and full.points > short.points > 0


def test_the_picture(tmp_path):
    IsingMachine(network(signs(0))).run(40 * PERIOD, steps=2).plot(tmp_path / "run.png")
    assert (tmp_path / "run.png").read_bytes()[:4] == b"\x89PNG"


def test_inputs_of_a_transconductor_may_be_balanced():
    """What flows into the centre of a star of four is half of what flows into a leaf, over the root of their sums."""
    graph = nx.star_graph(4)
    deck = (
        OscillatorNetwork(graph, niobium_dioxide(), Transconductive(1e-5, balanced=True)).deck().split("\n")
    )
    gains = {line.split()[0]: float(line.split()[-1]) for line in deck if line.startswith(("gto", "gback"))}
    assert gains["gback0"] / gains["gto0"] == pytest.approx(2.0)
    assert gains["gback0"] == pytest.approx(1e-5 * np.sqrt(8 / 5))
    ring = [
        OscillatorNetwork(nx.cycle_graph(5), niobium_dioxide(), Transconductive(1e-5, b)).deck()
        for b in (0, 1)
    ]
    assert ring[0] == ring[1]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: IsingMachine(nx.path_graph(2)), "must be of class OscillatorNetwork"),
        (lambda: IsingMachine(network(signs(0)), 1e-5), "must be of class Harmonic"),
        (lambda: IsingMachine(network(signs(0)), None, 1e-5), "must be of class Noise"),
        (lambda: Harmonic([[1.0]], 1e6), "a row of finite numbers"),
        (lambda: Harmonic([], 1e6), "a row of finite numbers"),
        (lambda: Harmonic(1e-5, 0.0), "frequency of the harmonic = 0: must be positive"),
        (lambda: Noise(1e-5, -1e-9), "interval of the noise = -1e-09: must be positive"),
        (lambda: Noise([1e-5, np.nan], 1e-9), "a row of finite numbers"),
        (lambda: IsingMachine(network(signs(0)), noise=Noise(-1e-5, 1e-9)).run(1e-8), "must not be negative"),
        (
            lambda: IsingMachine(network(signs(0)), coupling=[0.0, 0.0]).run(1e-8),
            "coupling = 0: must be positive",
        ),
        (
            lambda: IsingMachine(network(signs(0)), coupling=lambda x: "a").run(1e-8),
            "a finite number is needed",
        ),
        (lambda: IsingMachine(network(signs(0))).run(0.0), "tstop = 0: must be positive"),
        (lambda: IsingMachine(network(signs(0))).run(1e-8, steps=0), "steps = 0: 1 to"),
        (lambda: IsingMachine(network(signs(0))).run(1e-8, readings=-1), "readings = -1: 1 to"),
        (
            lambda: IsingMachine(network(signs(0))).run(1e-9),
            r"oscillator \d is at no read-out between two rises",
        ),
        (
            lambda: IsingMachine(OscillatorNetwork(nx.path_graph(2), Cell("v1 out 0 sin(0 1 1k)"), [])),
            "changes with time",
        ),
        (
            lambda: IsingMachine(OscillatorNetwork(nx.path_graph(2), Cell("b1 out 0 v=sin(time)"), [])),
            "changes with time",
        ),
    ],
)
def test_what_makes_no_machine_is_told(make, said):
    with pytest.raises(AnalysisError, match=said):
        make()
