"""Faults that can be seen without solving, by name."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.equations.graph import symbol
from circuitnn.flat import Behavioural, Elements, FlatCircuit
from circuitnn.system.topology import faults, floating_nodes, islands, voltage_loops


def elements(kind, *cards):
    names, nodes = zip(*cards, strict=True)
    return Elements(kind, names, np.array(nodes, dtype=np.int32))


def flat(node_names, *tables, behavioural=()):
    return FlatCircuit("t", ("0", *node_names), tables, behavioural)


def test_a_sound_circuit_has_no_fault():
    circuit = flat("ab", elements("v", ("v1", (1, 0))), elements("r", ("r1", (1, 2)), ("r2", (2, 0))))
    assert faults(circuit) == []


def test_parallel_sources_and_shorted_sources_are_named():
    circuit = flat("a", elements("v", ("v1", (1, 0)), ("v2", (1, 0)), ("v3", (1, 1))))
    loops = voltage_loops(circuit)
    assert len(loops) == 2
    assert "v2 closes a loop of voltage sources and inductors between nodes a and 0" in loops[0]
    assert "v3 is shorted" in loops[1]


def test_an_inductor_across_a_source_is_blamed_not_the_source():
    circuit = flat("a", elements("l", ("l1", (1, 0))), elements("v", ("v1", (1, 0))))
    assert [s.split()[0] for s in voltage_loops(circuit)] == ["l1"]


def test_nodes_behind_capacitors_and_current_sources_float():
    circuit = flat(
        "abcd",
        elements("v", ("v1", (1, 0))),
        elements("c", ("c1", (1, 2))),
        elements("r", ("r1", (2, 3))),
        elements("i", ("i1", (4, 0))),
    )
    found = floating_nodes(circuit)
    assert found == [
        "nodes b, c have no direct-current path to ground; add a large resistance",
        "node d has no direct-current path to ground; add a large resistance",
    ]


@pytest.mark.parametrize("lower", ["v(y)", "v(z)+1", "3e-12*v(m)"])
def test_a_behavioural_current_conducts_by_its_own_voltage_through_other_sources(lower):
    """As twins of models have it: their nodes were tied to ground where the operating point is hard to find."""
    levels = "bx x 0 v=1e-12*v(a,m)\nby y 0 v=v(z)\nbz 0 z v=-3e-12*v(m)"
    deck = f"t\nv1 a 0 1\nb1 a m i=v(x)\nb2 m 0 i={lower}\n{levels}\n"
    assert floating_nodes(Circuit.from_text(deck).flat) == []


def test_a_current_by_voltages_elsewhere_leaves_its_node_floating():
    deck = "t\nv1 a 0 1\nb1 0 m i=v(x)\nbx x 0 v=1e-12*v(a)\nby y 0 v=v(m)\nr1 y 0 1\n"
    assert floating_nodes(Circuit.from_text(deck).flat) == [
        "node m has no direct-current path to ground; add a large resistance"
    ]


def test_a_behavioural_current_conducts_only_by_its_own_voltage():
    own = Behavioural("i", ("b1",), np.array([[1, 0]]), symbol("x") * 2, {"x": np.array([1])}, {}, {})
    other = Behavioural("i", ("b2",), np.array([[2, 0]]), symbol("x") * 2, {"x": np.array([1])}, {}, {})
    circuit = flat("ab", behavioural=(own, other))
    assert floating_nodes(circuit) == ["node b has no direct-current path to ground; add a large resistance"]


def test_a_controlled_source_may_hold_a_node():
    """An integrator in a loop: its node hangs on a capacitor and a controlled current only."""
    circuit = flat(
        "ab",
        elements("r", ("r1", (1, 0))),
        elements("g", ("g1", (2, 0, 1, 0))),
        elements("c", ("c1", (2, 0))),
    )
    assert len(floating_nodes(circuit)) == 1
    assert islands(circuit, doubtful=True) == []


def test_a_capacitor_holds_its_node_in_a_transient_only():
    circuit = flat("ab", elements("r", ("r1", (1, 0))), elements("c", ("c1", (1, 2))))
    assert islands(circuit) == [[2]]
    assert islands(circuit, charges=True) == []
