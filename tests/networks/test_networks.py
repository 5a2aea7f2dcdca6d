"""Networks of oscillators: against exact frequencies, graphs whose cuts and colourings are known, and given phases."""

import networkx as nx
import numpy as np
import pytest

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.networks import (
    Capacitive,
    Cell,
    Memristive,
    OscillatorNetwork,
    Resistive,
    Thermal,
    niobium_dioxide,
    thermal_neuristor,
    vanadium_dioxide,
)
from circuitnn.results.spike_detection import crossings

UNEQUAL = vanadium_dioxide(resistance=[47e3, 48.5e3], start=[12.5, 12.1])


def alone(load, c=300e-12, supply=14.0, insulator=100.2e3, metal=0.99e3, high=1.99, low=1.0):
    """Frequency of one oscillator in closed form: two exponentials between the switch's voltages."""
    period = 0.0
    for r, begins, ends in ((insulator, supply - low, supply - high), (metal, supply - high, supply - low)):
        goal, tau = supply * load / (load + r), c * load * r / (load + r)
        period += tau * np.log((begins - goal) / (ends - goal))
    return 1.0 / period


def test_two_unequal_oscillators_lock_at_the_exact_frequency():
    """As of `vo2_pair_locking.cir`, whose equations were integrated exactly from switching to switching."""
    r = OscillatorNetwork(nx.path_graph(2), UNEQUAL, Capacitive(30e-12)).tran("150u", "2n", reltol=1e-5)
    assert r.locked()
    np.testing.assert_allclose(r.frequencies(), 634.634e3, rtol=2e-4)


def test_without_coupling_each_keeps_its_own():
    r = OscillatorNetwork(nx.empty_graph(2), UNEQUAL, Capacitive(30e-12)).tran("100u", "2n", reltol=1e-5)
    np.testing.assert_allclose(r.frequencies(), [alone(47e3), alone(48.5e3)], rtol=1e-5)
    assert not r.locked()


def test_capacitive_coupling_finds_the_cut_of_a_bipartite_graph():
    rng = np.random.default_rng(3)
    graph = nx.cycle_graph(4)
    r = OscillatorNetwork(graph, vanadium_dioxide(start=12.1 + 0.8 * rng.random(4)), Capacitive(30e-12)).tran(
        "100u", "20n"
    )
    assert r.cut().value == 4.0 and r.colouring(2).conflicts == 0
    assert list(r.cut().spins[[0, 1]] * r.cut().spins[[2, 3]]) == [1, 1]


# Ideal oscillators, whose phases are known: sources of one frequency. Nothing that couples them acts on them.
PHASED = """vs a 0 sin(0 1 1k 0 0 {phase})
rs a out 1m"""


def phased(graph, degrees, coupling=None):
    cell = Cell(PHASED, {"phase": np.asarray(degrees, dtype=float)})
    return OscillatorNetwork(graph, cell, coupling or Resistive(1e6)).tran("5m", "5u")


def test_phases_are_those_of_the_sources():
    given = np.array([0.0, 40.0, 130.0, 250.0])
    r = phased(nx.path_graph(4), given)
    found = np.degrees(r.phases())
    np.testing.assert_allclose((found - found[0] - given) % 360.0 % 359.9, 0.0, atol=0.2)
    np.testing.assert_allclose(r.frequencies(), 1e3, rtol=1e-5)
    assert r.order_parameter() == pytest.approx(abs(np.mean(np.exp(1j * np.radians(given)))), abs=2e-3)


def test_cut_and_colouring_of_given_phases():
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 1, 2.0), (1, 2, 3.0), (2, 0, 5.0)])
    cut = phased(graph, [3.0, 183.0, 0.0]).cut()
    assert cut.value == 5.0 and cut.spins[0] == cut.spins[2] != cut.spins[1]
    three = phased(nx.complete_graph(6), [0, 120, 240, 5, 125, 245]).colouring(3)
    assert three.conflicts == 3  # of six nodes in three colours, the three pairs
    assert three.colours[0] == three.colours[3] != three.colours[1] == three.colours[4]


def test_weights_scale_couplings():
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=4.0)
    cell = niobium_dioxide()
    assert "redge0 n0 n1 250.0" in OscillatorNetwork(graph, cell, Resistive(1e3)).deck()
    assert "cedge0 n0 n1 4e-15" in OscillatorNetwork(graph, cell, Capacitive(1e-15)).deck()
    deck = OscillatorNetwork(graph, cell, Memristive("vteam", {"ron": 100.0})).deck()
    assert ".model edge vteam ron=100.0" in deck and "m=4.0" in deck


def test_memristive_coupling_and_smooth_oscillators_run():
    r = OscillatorNetwork(nx.path_graph(2), niobium_dioxide(start=[0.9, 1.1]), Resistive(2e4)).tran(
        "0.3u", "50p"
    )
    assert r.locked(1e-2)
    learning = OscillatorNetwork(
        nx.path_graph(2), niobium_dioxide(start=[0.9, 1.1]), Memristive("drift", {"x0": 0.5})
    )
    assert learning.tran("0.05u", "50p").result.complete


def test_beginnings_of_periods_are_the_same_without_waveforms():
    network = OscillatorNetwork(
        nx.cycle_graph(5), niobium_dioxide(start=np.linspace(0.6, 1.1, 5)), Resistive(5e4)
    )
    full, spikes = network.tran("0.2u", "50p"), network.spikes("0.2u", "50p")
    for one, other in zip(full.rises, spikes.rises, strict=True):
        assert len(one) > 10
        np.testing.assert_allclose(other, one, rtol=1e-12)
    np.testing.assert_allclose(spikes.frequencies(5e-8), full.frequencies(5e-8), rtol=1e-12)
    np.testing.assert_allclose(spikes.phases(1.5e-7), full.phases(1.5e-7), rtol=1e-9)


def test_what_no_longer_oscillates_has_no_frequency():
    """Periods that ended in the first half of a run, whether waveforms were kept or not."""
    rings = Cell("vs a 0 sin(0 1 1k 0 400)\nrs a out 1m", level=0.1)
    network = OscillatorNetwork(nx.empty_graph(2), rings, Resistive(1e6))
    for run in (network.tran("20m", "5u"), network.spikes("20m", "5u")):
        assert len(run.rises[0]) == 6 and run.end == pytest.approx(20e-3)
        np.testing.assert_array_equal(run.frequencies(), [0.0, 0.0])
        np.testing.assert_array_equal(run.frequencies(0.0), [0.0, 0.0])  # the run ends at rest
        with pytest.raises(AnalysisError, match=r"oscillator 0 has rested since its last rise at 0\.005"):
            run.order_parameter()
    silent = OscillatorNetwork(nx.empty_graph(2), Cell("r1 out 0 1k", level=1.0), Resistive(1e6))
    for run in (silent.tran("1m", "5u"), silent.spikes("1m", "5u")):
        assert not run.locked()
        with pytest.raises(AnalysisError, match="oscillator 0 never rises through 1 V"):
            run.phases()


def test_what_makes_no_network_is_refused():
    cell = vanadium_dioxide(start=[12.0, 12.1])
    with pytest.raises(AnalysisError, match="at least one"):
        OscillatorNetwork(nx.Graph(), cell, Resistive(1.0))
    with pytest.raises(AnalysisError, match=r"start: shape \(2,\) does not fit"):
        OscillatorNetwork(nx.path_graph(3), cell, Resistive(1.0))
    graph = nx.path_graph(2)
    for weight in (np.nan, np.inf):
        graph.edges[0, 1]["weight"] = weight
        with pytest.raises(AnalysisError, match="a finite number is needed"):
            OscillatorNetwork(graph, cell, Resistive(1.0))
    short = OscillatorNetwork(nx.path_graph(2), cell, Resistive(1e6)).tran("0.1u")
    with pytest.raises(AnalysisError, match="run longer"):
        short.phases()


def test_pictures(tmp_path):
    phased(nx.cycle_graph(3), [0, 90, 200]).plot(tmp_path / "network.png")
    assert (tmp_path / "network.png").read_bytes()[:4] == b"\x89PNG"


def all_with_all(nudge):
    """Five oscillators, coupled by products of a number each; a nudge of one weight makes that no star."""
    graph, a = nx.complete_graph(5), np.array([0.5, 1.0, 1.5, 0.8, 1.2])
    for one, other in graph.edges:
        graph.edges[one, other]["weight"] = a[one] * a[other]
    graph.edges[1, 3]["weight"] *= 1.0 + nudge
    return graph


FIVE = vanadium_dioxide(resistance=[46e3, 46.5e3, 47e3, 47.5e3, 48e3], start=[12.1, 12.2, 12.4, 12.6, 12.8])
HOT = thermal_neuristor(start=[1.5, 2.0, 3.0, 4.0, 5.0])


@pytest.mark.parametrize(
    ("coupling", "cell"), [(Resistive(2e6), FIVE), (Capacitive(20e-12), FIVE), (Thermal(2.4e5), HOT)]
)
def test_couplings_of_all_with_all_are_a_star(coupling, cell):
    star, pairs = (OscillatorNetwork(all_with_all(nudge), cell, coupling) for nudge in (0.0, 1e-9))
    assert star.deck().count("common") == 5
    assert "common" not in pairs.deck()
    found = [
        network.tran("10u", "20n", reltol=1e-6, statetol=1e-7).frequencies() for network in (star, pairs)
    ]
    np.testing.assert_allclose(*found, rtol=1e-6)


def test_a_graph_without_an_edge_is_no_star():
    graph = all_with_all(0.0)
    graph.remove_edge(0, 1)
    assert "common" not in OscillatorNetwork(graph, vanadium_dioxide(), Resistive(1e6)).deck()


def test_smooth_oscillators_take_few_points_and_keep_their_period():
    """80.493917 MHz at 300 K by shooting and by SciPy (bench.oscillators)."""
    network = OscillatorNetwork(
        nx.empty_graph(4), niobium_dioxide(start=[0.7, 0.9, 1.0, 1.1]), Resistive(1e6)
    )
    r = network.tran("0.4u", "1n", temp=26.85)
    np.testing.assert_allclose(r.frequencies(), 80.493917e6, rtol=1e-4)
    assert len(r.result.time) < 70 * 0.4e-6 * 80.5e6


def test_an_event_costs_no_rejected_step():
    """Steps of high order are cut at events, where their polynomials are then; frequencies in closed form."""
    loads = np.array([45e3, 46e3, 47e3, 48.5e3])
    cell = vanadium_dioxide(resistance=loads, start=[12.1, 12.3, 12.5, 12.7])
    r = OscillatorNetwork(nx.empty_graph(4), cell, Capacitive(30e-12)).tran("40u", "30n")
    np.testing.assert_allclose(r.frequencies(), [alone(load) for load in loads], rtol=3e-5)
    events = 2 * 40e-6 * sum(alone(load) for load in loads)
    assert r.result.statistics.rejected < 0.05 * events
    assert len(r.result.time) < 10.0 * events
    # Between its jumps the circuit is linear: after a first correction nothing is left to correct.
    assert r.result.statistics.iterations < 1.6 * len(r.result.time)


def test_where_some_spike_a_first_correction_mostly_suffices():
    """What it leaves is far below the error of the steps: periods are those of a much tighter tolerance."""
    body = "r1 supply out 12k\nc1 out 0 145.346p ic={start}\nn1 out 0 mott\n.model mott vo2_thermal"
    cell = Cell(body, {"start": np.linspace(0.0, 3.0, 36)}, 3.0, rails={"supply": 13.0})
    network = OscillatorNetwork(nx.grid_2d_graph(6, 6), cell, Resistive(1e6))
    r = network.tran("13.5u", "50n", statetol=1e-5)
    assert r.result.statistics.iterations < 1.6 * len(r.result.time)
    tight = network.tran("13.5u", "50n", statetol=1e-7)
    np.testing.assert_allclose(r.frequencies(), tight.frequencies(), rtol=1.5e-3)


def test_steps_that_hide_the_bends_of_many_events_are_not_tried_too_long_again():
    """Where temperatures turn one after another, a step twice as long would be rejected each time."""
    rng = np.random.default_rng(1)
    body = "r1 supply out 12k\nc1 out 0 145.346p ic={start}\nn1 out 0 mott\n.model mott vo2_thermal"
    cell = Cell(body, {"start": rng.uniform(0.0, 3.0, 256)}, 3.0, rails={"supply": 13.0})
    r = OscillatorNetwork(nx.grid_2d_graph(16, 16), cell, Resistive(1e6)).tran("8.1u", "54n", statetol=1e-5)
    assert r.result.statistics.rejected < 0.055 * len(r.result.time)


def test_refinements_that_are_left_out_change_nothing():
    """Factors without fill-in leave a part of each correction: against a solver that leaves only rounding."""
    pytest.importorskip("circuitnn._cext.klu")
    rng = np.random.default_rng(3)
    cell = niobium_dioxide(
        resistance=6e3 * (1.0 + 0.01 * rng.standard_normal(144)), start=rng.uniform(0.6, 1.1, 144)
    )
    network = OscillatorNetwork(nx.grid_2d_graph(12, 12), cell, Resistive(6e4))
    spared, full = (
        network.tran("0.1u", "0.5n", statetol=1e-5, linear_solver=solver) for solver in ("klu", "superlu")
    )
    np.testing.assert_allclose(spared.frequencies(), full.frequencies(), rtol=1e-7)
    assert spared.result.statistics.iterations < 1.01 * full.result.statistics.iterations


def test_a_rail_is_the_supply_of_all():
    """As with a source in each cell, and with two unknowns less for each."""
    own = "vdd supply 0 2\nrl supply out 6k\nc1 out 0 1p ic={start}\nn1 out 0 nbo2\n.model nbo2 poole_frenkel"
    start = np.array([0.8, 1.0, 1.1])
    shared = OscillatorNetwork(nx.path_graph(3), niobium_dioxide(start=start), Resistive(1e5))
    apart = OscillatorNetwork(nx.path_graph(3), Cell(own, {"start": start}, 1.05), Resistive(1e5))
    one, other = (network.tran("0.2u", "1n").result for network in (shared, apart))
    assert other.statistics.unknowns == one.statistics.unknowns + 4
    np.testing.assert_allclose(one["v(n1)"], other["v(n1)"], rtol=1e-9)


@pytest.mark.parametrize(
    ("body", "method"), [("r1 out 0 1k\nc1 out 0 1n", "blend"), (" L1 out 0 1u", "trap")]
)
def test_the_method_follows_from_the_cell(body, method):
    """Formulas of high order let oscillations without damping grow by what the tolerance allows."""
    assert (
        f".options method={method}" in OscillatorNetwork(nx.empty_graph(2), Cell(body), Resistive(1e6)).deck()
    )
    assert (
        ".options method=gear"
        in OscillatorNetwork(nx.empty_graph(2), Cell(body, method="gear"), Resistive(1e6)).deck()
    )


# ------------------------------------------------------------------ heat

PAIR = nx.path_graph(2)


def test_couplings_of_several_kinds():
    deck = OscillatorNetwork(
        PAIR, thermal_neuristor(), [Resistive(1e6), Capacitive(1e-12), Thermal(2.4e5)]
    ).deck()
    assert {"redge0 n0 n1 1000000.0", "cedge0 n0 n1 1e-12", "rheatedge0 h0 h1 240000.0"} <= {
        *deck.split("\n")
    }
    stars = OscillatorNetwork(
        nx.complete_graph(5), thermal_neuristor(), [Resistive(1e6), Thermal(2.4e5)]
    ).deck()
    assert stars.count(" rcommon ") == stars.count(" rheatcommon ") == 5
    with pytest.raises(AnalysisError, match="one coupling of a kind, but two are Resistive"):
        OscillatorNetwork(PAIR, thermal_neuristor(), [Resistive(1e6), Resistive(1e5)])


def test_what_has_no_thermal_node_cannot_be_coupled_by_heat():
    for cell in (niobium_dioxide(), Cell("r1 out 0 1k\n* heat\n.model heat vteam")):
        assert not cell.heated
        with pytest.raises(AnalysisError, match="a thermal coupling needs a cell with a thermal node"):
            OscillatorNetwork(PAIR, cell, Thermal(1e5))


def neuristors(graph, start, coupling, stop):
    """Explicit Euler steps of the equations of Zhang et al. (2024), as their code takes them: voltages, times."""
    step, n = 0.25e-9, len(start)
    laplacian = nx.laplacian_matrix(graph).toarray() * 1.0
    v, t = np.array(start, dtype=float), np.full(n, 325.0)
    delta, turned, width = np.ones(n), np.full(n, -1e4), np.ones(n)
    kept = []
    for _ in range(int(stop / step)):
        kept.append(v.copy())
        inside = np.clip(t, 305.0, 370.0)
        x = (inside - turned) / width
        part = 0.5 * (1.0 - np.sin(0.9562697 * x)) * (1.0 + np.tanh(np.pi**2 - 2.0 * np.pi * x))
        distance = 0.5 * delta * 7.19357 + 332.8058 - inside - width * part
        insulating = 0.5 + 0.5 * np.tanh(0.252796 * distance)
        current = v / (5.35882879e-3 * np.exp(5220.47 / inside) * insulating + 1286.31)
        rate = (v * current - 0.20558726e-3 * (t - 325.0) - coupling * (laplacian @ t)) / 49.62777e-12
        v += step * ((13.0 - v) / 12e3 - current) / 145.346e-12
        t += step * rate
        turns = delta * rate < -0.01 * 0.20558726e-3 / 49.62777e-12
        delta[turns] *= -1.0
        turned[turns] = inside[turns]
        width[turns] = 0.5 * delta[turns] * 7.19357 + 332.8058 - distance[turns] - inside[turns]
    return np.array(kept), step * np.arange(len(kept))


@pytest.mark.long
def test_neuristors_that_heat_each_other():
    """Against the published scheme with steps of 0.25 ns, whose own error is of the order of 1e-3."""
    graph, start = nx.grid_2d_graph(2, 2), [0.0, 1.0, 2.0, 3.0]
    network = OscillatorNetwork(graph, thermal_neuristor(start=start), Thermal(50.0 / 0.20558726e-3))
    ours = network.tran("16u", "10n", statetol=1e-6)
    voltages, times = neuristors(graph, start, 0.20558726e-3 / 50.0, 16e-6)
    alone = OscillatorNetwork(nx.empty_graph(4), thermal_neuristor(start=start), Resistive(1.0)).tran(
        "16u", "10n"
    )
    shifts = []
    for k, rises in enumerate(ours.rises):
        theirs = crossings(times, voltages[:, k], 3.0)
        assert len(rises) == len(theirs) >= 5
        np.testing.assert_allclose(rises, theirs, rtol=3e-3)
        shifts.append(abs(alone.rises[k][-1] / theirs[-1] - 1.0))
    assert max(shifts) > 0.01  # the heat matters


@pytest.mark.parametrize(
    "cell",
    [
        thermal_neuristor,
        lambda **more: Cell(
            """rl supply out 6k
c1 out 0 1p ic={start}
n1 out 0 heat nbo2
.model nbo2 poole_frenkel""",
            more,
            1.05,
            rails={"supply": 2.0},
        ),
    ],
)
def test_heat_between_equal_oscillators_flows_nowhere(cell):
    ours = OscillatorNetwork(PAIR, cell(start=1.0), Thermal(1e5)).tran(
        "6u" if cell is thermal_neuristor else "0.2u", "50p"
    )
    np.testing.assert_allclose(ours.rises[0], ours.rises[1], rtol=1e-9)


@pytest.mark.parametrize("more", [0.0, 2e-4, 1e-3])
def test_what_drifts_is_not_locked_however_slowly(more):
    """Uncoupled, a detuning of 2e-4 moves the phase by 0.14 rad in 180 us, less than 1e-3 of the turns in that time."""
    starts = np.array([12.5, 12.1])
    cell = vanadium_dioxide(capacitance=300e-12 * np.array([1.0, 1.0 + more]), start=starts)
    free, bound = (
        OscillatorNetwork(nx.path_graph(2), cell, Capacitive(c)).tran("180u", "20n") for c in (1e-18, 20e-12)
    )
    assert np.ptp(free.frequencies()) < 1.1e-3 * free.frequencies()[0]
    assert not free.locked() and not free.locked(1.0)
    assert bound.locked()  # though the phase still moves, ever more slowly


def test_equal_oscillators_without_coupling_are_not_locked():
    r = OscillatorNetwork(nx.empty_graph(2), vanadium_dioxide(), Capacitive(20e-12)).tran("60u", "20n")
    assert np.ptp(r.frequencies()) == 0.0 and not r.locked()


def test_too_short_a_run_does_not_tell_a_drift():
    r = OscillatorNetwork(nx.path_graph(2), vanadium_dioxide(start=[12.1, 12.5]), Capacitive(20e-12)).tran(
        "15u", "20n"
    )
    with pytest.raises(AnalysisError, match="fewer than 8 periods in common"):
        r.locked()


def test_oscillators_that_start_alike_are_told():
    """By symmetry they stay alike: the cut of a ring of four was 0 for 4, without a word."""
    ring = nx.cycle_graph(4)
    alike = OscillatorNetwork(ring, vanadium_dioxide(), Capacitive(30e-12)).tran("60u", "20n")
    with pytest.warns(
        DeckWarning, match="all oscillators have the same phase: identical ones that start alike"
    ):
        assert alike.cut().value == 0.0
    with pytest.warns(DeckWarning, match="let them start differently"):
        alike.colouring(2)
    apart = OscillatorNetwork(ring, vanadium_dioxide(start=[12, 11, 10, 9]), Capacitive(30e-12)).tran(
        "100u", "20n"
    )
    assert apart.cut().value == 4.0
