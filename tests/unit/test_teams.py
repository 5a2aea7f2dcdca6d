"""Threads that share the loops of one circuit: the same bits, errors and interrupts, several teams at once, forks."""

import gc
import os
import time
from concurrent.futures import ThreadPoolExecutor

import networkx as nx
import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn._cext.teams import Team
from circuitnn._cext.worth import Worth
from circuitnn.errors import CircuitnnError
from circuitnn.networks import Capacitive, Cell, Network, Resistive, niobium_dioxide, vanadium_dioxide
from circuitnn.options import Options
from circuitnn.simulation.simulation import Simulation

SIDE = 48  # oscillators of a side: enough for the threads to share all loops, also those of the elimination
NEURISTOR = "r1 supply out 12k\nc1 out 0 145p ic={start}\nn1 out 0 mott\n.model mott vo2_thermal"


@pytest.fixture(autouse=True)
def many_processors(monkeypatch):
    """As many threads as asked for."""
    monkeypatch.setattr("circuitnn.simulation.simulation.processors", lambda: 64)


def oscillators(kind):
    """A network of oscillators, and how long and with which steps it runs."""
    graph, rng = nx.grid_2d_graph(SIDE, SIDE), np.random.default_rng(1)
    start = rng.uniform(0.6, 1.1, SIDE**2)
    if kind == "smooth":
        return Network(graph, niobium_dioxide(start=start), Resistive(1e5)).circuit(), 4e-9, 2e-10
    if kind == "events":
        cell = vanadium_dioxide(start=12.0 + start)
        return Network(graph, cell, Capacitive(1e-11)).circuit(), 2e-7, 2e-8
    cell = Cell(NEURISTOR, {"start": 3.0 * start}, 3.0, rails={"supply": 13.0})
    return Network(graph, cell, Resistive(1e6)).circuit(), 5e-7, 5e-8


def diodes():
    """A mesh of resistors and diodes that is far from its operating point at first."""
    cards = [f"d{i} n{i} n{i * i % 1500} dd\nr{i} n{i} n{(i + 1) % 1500} 1k" for i in range(1500)]
    return Circuit.from_text(
        "\n".join(["mesh", "v1 n7 0 5", "r n0 0 1", *cards, ".model dd d is=1e-14 rs=1"])
    )


@pytest.mark.parametrize("kind", ["smooth", "events", "path"])
def test_networks_give_the_same_bits(kind):
    circuit, stop, step = oscillators(kind)
    one, *others = (circuit.tran(stop, step, uic=True, threads=k) for k in (1, 2, 3))
    assert len(one) > 15
    for other in others:
        np.testing.assert_array_equal(one.data, other.data)


@pytest.mark.parametrize("kind", ["smooth", "events", "path"])
def test_a_team_that_comes_and_goes_gives_the_same_bits(kind, monkeypatch):
    """Measurements of no duration: the team is tried after every few iterations."""
    made = []

    def team(threads):
        made.append(Team(threads, Worth(0.0)))
        return made[-1]

    monkeypatch.setattr("circuitnn.simulation.simulation.Team", team)
    circuit, stop, step = oscillators(kind)
    one, two = (circuit.tran(stop, step, uic=True, threads=k) for k in (1, 2))
    assert made[-1].worth.switches > 5
    np.testing.assert_array_equal(one.data, two.data)


def test_small_circuits_wake_nobody():
    """None of their loops is long enough: nothing is measured, no thread starts."""
    simulation = Simulation(
        Circuit.from_text("d\nv1 a 0 1\nr1 a b 1\nd1 b 0 m\n.model m d").flat, Options(threads=2)
    )
    for _ in range(100):
        simulation.x[:] = 0.0
        simulation.operating_point(100)
    worth = simulation.solver.team.worth
    assert worth.switches == 0
    assert worth.measured() == ([0.0] * 5, [0.0] * 5)


def test_limited_devices_give_the_same_bits():
    one, *others = (diodes().op(threads=k) for k in (1, 2, 3))
    assert one.statistics.iterations > 5
    for other in others:
        np.testing.assert_array_equal(one.data, other.data)


def test_circuits_of_several_threads_at_once():
    jobs = [oscillators("smooth"), oscillators("events")] * 2
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda job: job[0].tran(job[1], job[2], uic=True, threads=2).data, jobs))
    for k in (0, 1):
        circuit, stop, step = jobs[k]
        np.testing.assert_array_equal(made[k], made[k + 2])
        np.testing.assert_array_equal(made[k], circuit.tran(stop, step, uic=True).data)


def test_a_failure_in_a_part_is_the_same_failure():
    """One of many equations, in a part that another thread does, has no solution."""
    cards = [f"r{i} n{i} 0 1k\nb{i} n{i} 0 i={1 if i == 1450 else -1}+v(n{i})*v(n{i})" for i in range(1500)]
    texts = []
    for threads in (1, 2, 3):
        with pytest.raises(CircuitnnError) as raised:
            Circuit.from_text("\n".join(["parabolas", *cards])).op(threads=threads)
        texts.append(str(raised.value))
    assert "n1450" in texts[0]
    assert texts[0] == texts[1] == texts[2]


def test_an_interrupt_keeps_the_points():
    circuit, stop, step = oscillators("smooth")

    def progress(fraction, text):
        if fraction > 0.3:
            raise KeyboardInterrupt

    cut = circuit.tran(10 * stop, step, uic=True, threads=2, progress=progress)
    assert not cut.complete
    whole = circuit.tran(10 * stop, step, uic=True)
    np.testing.assert_array_equal(cut.data, whole.data[: len(cut)])


def solved(threads):
    simulation = Simulation(diodes().flat, Options(threads=threads))
    simulation.operating_point(100)
    return simulation


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_goes_on_alone():
    """It has no other threads: it solves by itself, waits for nobody and ends."""
    simulation = solved(3)
    child = os.fork()
    if not child:
        simulation.x[:] = 0.0
        simulation.operating_point(100)
        ended = bool(np.isfinite(simulation.x).all())
        del simulation
        gc.collect()
        os._exit(0 if ended else 1)
    for _ in range(600):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert status == 0
            return
        time.sleep(0.1)
    os.kill(child, 9)
    os.waitpid(child, 0)
    pytest.fail("the fork waits")


def test_threads_end_with_their_circuit():
    def count():
        return len(os.listdir("/proc/self/task"))

    if not os.path.isdir("/proc/self/task"):
        pytest.skip("threads are counted there")
    gc.collect()  # teams of other tests
    before = count()
    simulation = solved(3)
    assert count() == before + 2
    del simulation
    gc.collect()
    assert count() == before
