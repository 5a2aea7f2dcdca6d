"""Twins of compact models: ngspice computes the same flows, rates and charges as we do.

Every node of a twin, inner ones and states too, is held by a source, and the currents of the sources are
the residuals. Then whole transients of the twin and of the model.
"""

from math import isfinite

import numpy as np
import pytest
from compact_models import Drift, Threshold
from twin_cases import CASES, REASONS

from circuitnn.circuit.circuit import Circuit
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import symbol
from circuitnn.equations.graph import abs_, exp, where
from circuitnn.models import Model, Parameter, State, catalogue, compact, register
from circuitnn.models.latches import directions, flag_conditions
from circuitnn.models.twins import CHARGE, FLIP, GMIN, STATE, held_nodes, twin
from circuitnn.netlist.writer import signals, write
from validation.compare import distance
from validation.ngspice import Runner, available, run_batch

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

POINTS = 6


@register
class Spiking(Model):
    """A leaky integrator whose events reset a state, count, and keep the input of that moment."""

    name = "testspiking"
    terminals = ("plus", "minus")
    parameters = (Parameter("threshold", 1.0, "V", "where it fires"), Parameter("c", 1e-9, "F", "membrane"))
    states = (State("u", "V", "membrane", 0.0),)
    memories = {"count": 0.0, "kept": 0.25, "high": 0.0}

    @classmethod
    def equations(cls, m):
        v, u = m.voltage("plus", "minus"), m.unknown("u")
        m.flow("plus", "minus", 1e-6 * v * (1.0 + symbol("kept")) + 1e-6 * symbol("count"))
        m.state("u", 1e6 * (v - 0.1 * u))
        m.event("fire", u - m["threshold"], {"u": 0.0, "count": symbol("count") + 1.0, "kept": v})
        m.memory("high", where(symbol("high"), 0.2 - v, v - 0.8))


@register
class Long(Model):
    """Equations that are short as a graph and long when they are written out."""

    name = "testlong"
    terminals = ("plus", "minus")
    states = (State("x", "", "state", 0.1, low=0.0, high=1.0),)

    @classmethod
    def equations(cls, m):
        v, x = m.voltage("plus", "minus"), m.unknown("x")
        y = x * v
        for _ in range(14):
            y = y * (1.0 - 0.1 * y) + 0.1 * exp(-abs_(y))
        m.flow("plus", "minus", 1e-3 * y * v)
        m.state("x", 1e6 * (y - x))


MODELS = {
    m.name: m for m in (*catalogue().values(), Drift, Threshold, Spiking, Long) if not m.stated().randoms
}


def points(model, nodes, rng):
    """Node voltages and states at which to compare, one row a node."""
    states = {s.name: s for s in model.states}
    rows = []
    for node in nodes:
        low, high, start = -0.6, 0.6, 0.0
        if node in states:
            s = states[node]
            start = float(evaluate([s.start()], defaults(model))[0])
            span = max(abs(start), 1e3 * s.tolerance)
            low, high = start - 0.3 * span, start + 0.3 * span
            low = s.low + 0.1 * span if isfinite(s.low) and low <= s.low else low
            high = s.high if isfinite(s.high) and high >= s.high else high
        rows.append(rng.uniform(low, high, POINTS))
    return np.array(rows)


def defaults(model):
    values = {p.name: p.default for p in (*model.parameters, *model.instance_parameters)}
    while any(isinstance(v, str) for v in values.values()):  # one follows another, which may follow a third
        values |= {n: values[v] for n, v in values.items() if isinstance(v, str)}
    return values | {"temp": 27.0, "tnom": 27.0, "gmin": GMIN, "time": 0.0}


def held(model, nodes, x):
    """Deck with one instance of the twin a point, all its nodes held, and no event going on."""
    lines = ["* twin", twin(model)]
    ports = model.terminals + (("i_control",) if model.control else ())
    memories, sampled = held_nodes(model)
    resting = [f"{word}_{k}" for k, _ in enumerate(sampled) for word in ("now", "end")]
    for k in range(POINTS):
        lines.append(f"x{k} {' '.join(f't{k}{t}' for t in ports)} {model.name}_twin")
        for row, node in enumerate(nodes):
            inside = memories.get(node, (node,))
            outside = f"t{k}{node}" if node in ports else f"x{k}.{inside[0]}"
            lines.append(f"v{k}_{row} {outside} 0 {float(x[row, k])!r}")
            lines += [f"v{k}_{other} x{k}.{other} 0 {float(x[row, k])!r}" for other in inside[1:]]
        lines += [f"v{k}_{node} x{k}.{node} 0 0" for node in resting]
    return "\n".join([*lines, ".op", ".end", ""])


def evaluated(expr, values):
    return np.broadcast_to(evaluate([expr], values)[0], POINTS)


@pytest.mark.thinned(3)
@pytest.mark.parametrize("name", sorted(MODELS))
def test_same_equations(name, tmp_path):
    model, rng = MODELS[name], np.random.default_rng(3)
    m = model.stated()
    merged = {i: t for i, (t, p) in model.collapse.items() if defaults(model)[p] == 0.0}
    nodes = [n for n in model.inputs() if n not in merged]
    flags = flag_conditions(m.memories, m.events)
    turning = {d: m.events[e] for e, d in directions(m.memories, m.events).items()}
    drawn = [rng.integers(0, 2, POINTS) for _ in m.memories]
    remembered = [2 * b - 1 if n in turning else b for n, b in zip(m.memories, drawn, strict=True)]
    x = np.vstack([points(model, nodes, rng), *remembered])
    path = tmp_path / "twin.cir"
    path.write_text(held(model, [*nodes, *m.memories], x))
    plot = run_batch(path).plots[0]
    values = defaults(model) | dict(zip([*nodes, *m.memories], x, strict=True))
    for inner, terminal in merged.items():
        while terminal in merged:
            terminal = merged[terminal]
        values[inner], merged[inner] = values[terminal], terminal
    for row, node in enumerate(nodes):
        parts = [n for n in (node, *merged) if n == node or merged.get(n) == node]
        ours = sum(evaluated(m.f[n], values) for n in parts)
        theirs = np.array([-float(plot[f"i(v{k}_{row})"]) for k in range(POINTS)])
        if node not in (*model.terminals, *model.internal):
            theirs = theirs / STATE
        scale = np.max(np.abs(ours))
        assert np.allclose(ours, theirs, rtol=1e-6, atol=1e-9 * scale + 1e-16), node
        charge = sum(evaluated(m.q[n], values) for n in parts)
        if f"v(x0.q_{node})" in plot.names:
            unit = CHARGE if node in (*model.terminals, *model.internal) else 1.0
            stored = [float(plot[f"v(x{k}.q_{node})"]) * unit for k in range(POINTS)]
            assert np.allclose(charge, stored, rtol=1e-6, atol=1e-9 * np.max(np.abs(charge)) + 1e-30)
    pace = STATE * np.log(2.0) / FLIP
    for row, memory in enumerate(m.memories, len(nodes)):
        pull = np.array([-float(plot[f"i(v{k}_{row})"]) for k in range(POINTS)]) / -pace
        if any(memory in dict(e.updates) for e in turning.values()):
            continue  # below
        wants = [evaluated(e, values) > 0 for e in flags.get(memory, ())]
        turns = np.where(x[row] > 0.5, wants[1], wants[0]) if wants else np.zeros(POINTS, dtype=bool)
        assert np.allclose(pull, np.where(turns, 1.0 - 2.0 * x[row], 0.0), atol=1e-6), memory
    for direction, event in turning.items():
        ahead, turns = values[direction] > 0, evaluated(event.condition, values) > 0
        pull = [float(plot[f"i(v{k}_{len(nodes) + [*m.memories].index(direction)})"]) for k in range(POINTS)]
        assert np.allclose(pull, np.where(turns, -2.0 * pace * values[direction], 0.0), atol=1e-6 * pace)
        for kept in (n for n, _ in event.updates if n != direction):
            missing = pace * (evaluated(dict(event.updates)[kept], values) - values[kept])
            row, other = len(nodes) + [*m.memories].index(kept), held_nodes(model)[0][kept][1]
            back = [float(plot[f"i(v{k}_{row})"]) for k in range(POINTS)]
            front = [float(plot[f"i(v{k}_{other})"]) for k in range(POINTS)]
            assert np.allclose(back, np.where(ahead, 0.0, missing), rtol=1e-6, atol=1e-6 * pace), kept
            assert np.allclose(front, np.where(ahead, missing, 0.0), rtol=1e-6, atol=1e-6 * pace), kept
    for number, event in enumerate(held_nodes(model)[1]):
        pull = [float(plot[f"i(v{k}_now_{number})"]) / pace for k in range(POINTS)]
        assert np.allclose(pull, evaluated(event.condition, values) > 0, atol=1e-6)
        for target, value in event.updates:
            new = [float(plot[f"v(x{k}.new_{number}_{target})"]) for k in range(POINTS)]
            assert np.allclose(new, evaluated(value, values), rtol=1e-6, atol=1e-9)


def test_every_model_has_a_transient_or_a_reason():
    # what has a letter of its own ngspice has itself; netlists/basics compares with that. What draws
    # random numbers has a twin only where these are switched off.
    own = {n for n, m in catalogue().items() if m.letter == "n" and not m.stated().randoms}
    without = own - set(CASES) - set(REASONS)
    assert not without, "add them to a file twin_transients_*.py"
    assert not set(CASES) & set(REASONS)


@pytest.mark.thinned(4)
@pytest.mark.parametrize("name", sorted(n for n in CASES if n in compact()))
def test_same_transient(name, tmp_path):
    """Model and twin within a share of the largest value, twin run through PySpice."""
    source, elements, times, budget, edge = (*CASES[name], 0.0)[:5]
    deck = f"t\nv1 in 0 {source}\n{elements}\n.model m {name}\n.options reltol=1e-5\n.tran {times}\n.end\n"
    circuit = Circuit.from_text(deck)
    ours = circuit.run()[0]
    path = tmp_path / "twin.cir"
    path.write_text(write(circuit.flat))
    with Runner() as runner:
        run = runner.run(path)
    theirs = run.plots[0]
    assert run.route == "PySpice", run.reason
    found = {n: s for s, n in signals(circuit.flat).items() if n.startswith("@n1[")} | {"i(v1)": "i(v1)"}
    for mine, other in found.items():
        span = np.ptp(theirs[other])
        worst = np.max(distance(theirs.time, theirs[other], ours.time, ours[mine], edge))
        assert worst <= budget * span, (mine, worst / span)
        assert span > 0


def test_random_numbers_have_no_twin():
    class Noisy(Model):
        name = "testnoisy"
        terminals = ("plus", "minus")
        parameters = (Parameter("interval", 0.0, "s", "of the noise"),)

        @classmethod
        def equations(cls, m):
            m.flow("plus", "minus", (1.0 + m.noise("z", m["interval"])) * m.voltage("plus", "minus"))

    with pytest.raises(ValueError, match="random numbers"):
        twin(Noisy, parameters={"interval": 1e-9})
    quiet = twin(Noisy)
    assert "bf_plus plus minus i=v(plus) - v(minus)" in quiet and "now_0" not in quiet


def test_long_equations_are_cut():
    text = twin(Long)
    assert "baux_0 aux_0 0 v=" in text
    assert max(map(len, text.splitlines())) < 20_000


@pytest.mark.parametrize("more", [".op", ".dc temp 20 60 20"])
@pytest.mark.parametrize("model", ["poole_frenkel", "vo2_thermal"])
def test_instances_of_one_model_at_different_temperatures(model, more, tmp_path):
    """Each twin has the temperature of its instance; a sweep moves those without one."""
    names = "abcd"
    instances = zip(names, ("temp=50", "", "temp=70 m=2", "temp=50"), strict=True)
    cards = "\n".join(f"r{n} s {n} 5k\nn{n} {n} 0 m {own}" for n, own in instances)
    cards += f"\n.model m {model}\n.options reltol=1e-6\n{more}"
    circuit = Circuit.from_text(f"temperatures\nv1 s 0 1\n{cards}\n.end\n")
    path = tmp_path / "twins.cir"
    path.write_text(write(circuit.flat))
    ours, theirs = circuit.run()[0], run_batch(path).plots[0]
    for n in names:
        np.testing.assert_allclose(np.ravel(theirs[f"v({n})"]), np.ravel(ours[f"v({n})"]), rtol=1e-4)
    assert float(np.ravel(ours["v(a)"])[0]) == pytest.approx(float(np.ravel(ours["v(d)"])[0]))
    assert abs(np.ravel(ours["v(a)"])[0] - np.ravel(ours["v(b)"])[0]) > 1e-3
