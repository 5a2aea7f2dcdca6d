"""Checks against ngspice: the model's twin, a behavioural subcircuit, must agree in values and behaviour."""

from __future__ import annotations

import numpy as np

from circuitnn.circuit.circuit import Circuit
from circuitnn.contract import ngspice_run
from circuitnn.contract.case import Case
from circuitnn.contract.drive import deck_of, response
from circuitnn.contract.overlay import distance
from circuitnn.contract.report import Outcome
from circuitnn.equations.evaluate import evaluate
from circuitnn.errors import BudgetError, CircuitnnError
from circuitnn.machine.text import first_line
from circuitnn.models import known, register
from circuitnn.models.fixed_random_numbers import frozen
from circuitnn.models.latches import directions
from circuitnn.models.model import Drive, Model
from circuitnn.models.twins import CHARGE, GMIN, STATE, held_nodes, twin
from circuitnn.netlist.writer import signals, write
from circuitnn.results.result import Result

POINTS = 6
NOT_FOUND = "ngspice not found"


def same_equations(case: Case) -> Outcome:
    """Currents, rates and charges of the twin agree at points with all its nodes held."""
    outcome = Outcome("ngspice: equations", "currents, rates and charges of the twin agree to 1e-6")
    model = frozen(case.model)
    if not ngspice_run.available():
        outcome.skipped = NOT_FOUND
        return outcome
    values = _defaults(model)
    merged: dict[str, str] = {}
    for inner, (terminal, parameter) in model.collapse.items():
        if values[parameter] == 0.0:
            merged[inner] = merged.get(terminal, terminal)  # may itself be a merged inner node
    nodes = [n for n in model.inputs() if n not in merged]
    drawn = Case(model, POINTS, seed=3)
    drawn.starts = {s.name: np.full(POINTS, evaluate([s.start()], values)[0]) for s in model.states}
    x = drawn.points(0.6)[[model.inputs().index(n) for n in nodes]]
    unknowns = dict(zip(nodes, x, strict=True))
    unknowns |= {i: unknowns[t] for i, t in merged.items()}
    stated = model.stated()
    unknowns |= {n: drawn.values[n] for n in stated.memories}
    for direction in directions(stated.memories, stated.events).values():
        unknowns[direction] = np.where(unknowns[direction] > 0.0, 1.0, -1.0)
    try:
        plot = ngspice_run.run(_held(model, nodes, unknowns))[0]
    except ValueError as error:
        outcome.skipped = str(error)
        return outcome
    except ngspice_run.NgspiceError as error:
        outcome.require(False, str(error))
        return outcome
    _compare(outcome, model, plot, values | unknowns, merged)
    return outcome


def _compare(
    outcome: Outcome, model: type[Model], plot: Result, values: dict, merged: dict[str, str]
) -> None:
    """Compare the currents measured by the twin's sources with the model's equations."""
    m, electrical = model.stated(), (*model.terminals, *model.internal, "i_control")

    def where(k: int) -> dict:
        return {"unknowns": {n: float(values[n][k]) for n in model.inputs()}}

    def total(exprs: dict, node: str) -> np.ndarray:
        parts = [n for n in (node, *merged) if n == node or merged.get(n) == node]
        return np.sum([np.broadcast_to(evaluate([exprs[n]], values)[0], POINTS) for n in parts], axis=0)

    for row, node in enumerate(n for n in model.inputs() if n not in merged):
        ours = total(m.f, node)
        theirs = np.array([-float(plot[f"i(v{k}_{row})"]) for k in range(POINTS)])
        theirs = theirs if node in electrical else theirs / STATE
        allowed = 1e-6 * np.abs(theirs) + 1e-9 * np.max(np.abs(ours)) + 1e-16
        what = f"current of {node} [A]" if node in electrical else f"rate of {node}"
        outcome.compare(what, ours - theirs, allowed, where)
        if f"v(x0.q_{node})" in plot.names:
            charge = total(m.q, node)
            unit = CHARGE if node in electrical else 1.0
            stored = np.array([float(plot[f"v(x{k}.q_{node})"]) * unit for k in range(POINTS)])
            allowed = 1e-6 * np.abs(stored) + 1e-9 * np.max(np.abs(charge)) + 1e-300
            outcome.compare(f"charge of {node}", charge - stored, allowed, where)


def _defaults(model: type[Model]) -> dict:
    values: dict = {}
    for p in (*model.parameters, *model.instance_parameters):
        values[p.name] = values[p.default] if isinstance(p.default, str) else p.default
    return values | {"temp": 27.0, "tnom": 27.0, "gmin": GMIN, "time": 0.0}


def _held(model: type[Model], nodes: list[str], unknowns: dict) -> str:
    """Deck with one instance of the twin per point, with all its nodes held, and without events."""
    lines = ["* twin", twin(model)]
    ports = (*model.terminals, *(("i_control",) if model.control else ()))
    memories, sampled = held_nodes(model)
    resting = [f"{word}_{k}" for k, _ in enumerate(sampled) for word in ("now", "end")]
    for k in range(POINTS):
        lines.append(f"x{k} {' '.join(f't{k}{t}' for t in ports)} {model.name}_twin")
        for row, node in enumerate(nodes):
            outside = f"t{k}{node}" if node in ports else f"x{k}.{node}"
            lines.append(f"v{k}_{row} {outside} 0 {float(unknowns[node][k])!r}")
        lines += [
            f"v{k}_{n} x{k}.{n} 0 {float(unknowns[memory][k])!r}"
            for memory, held in memories.items()
            for n in held
        ]
        lines += [f"v{k}_{n} x{k}.{n} 0 0" for n in resting]
    # as exact as it can be: a twin is a chain of nodes, whose errors add up
    lines.append(".options reltol=1e-9 vntol=1e-12 abstol=1e-18")
    return "\n".join([*lines, ".op", ".end", ""])


def same_transient(case: Case) -> Outcome:
    """A short transient of the model and of its twin agree; random numbers are frozen."""
    model = frozen(case.model)
    outcome = Outcome("ngspice: transient", "current and states agree at every time")
    if not ngspice_run.available():
        outcome.skipped = NOT_FOUND
        return outcome
    if known().get(model.name) is not model:
        register(model)
    drive = model.drive
    if drive is None:
        transient = response(case.model)
        if isinstance(transient, str):
            outcome.skipped = f"{transient}; the model may state a `drive`"
            return outcome
        drive = transient.drive
    outcome.rule = (
        f"current and states agree within {drive.budget:g} of their span: {drive.source}, {drive.times}"
    )
    try:
        circuit = Circuit.from_text(deck_of(model, drive))
        ours = circuit.run()[0]
        theirs = ngspice_run.run(write(circuit.flat))[0]
    except ValueError as error:  # no twin
        outcome.skipped = str(error)
        return outcome
    except BudgetError:
        raise
    except (CircuitnnError, ngspice_run.NgspiceError) as error:
        outcome.require(False, first_line(f"{error}"))
        return outcome
    names = {n: s for s, n in signals(circuit.flat).items() if n.startswith(f"@{model.letter}1[")}
    for mine, other in {"i(v1)": "i(v1)", **names}.items():
        if mine in ours.names:  # memories are not
            _overlay(outcome, ours, theirs, mine, other, drive)
    return outcome


def _overlay(outcome: Outcome, ours: Result, theirs: Result, mine: str, other: str, drive: Drive) -> None:
    reference = theirs[other]
    # a constant state may vary by the resolution of doubles
    span = max(np.ptp(reference), 1e-9 * np.max(np.abs(reference)), 1e-300)
    off = distance(ours.time, ours[mine], theirs.time, reference, drive.edge)

    def where(k: int) -> dict:
        return {"unknowns": {"time": float(theirs.time[k]), mine: float(reference[k])}}

    outcome.compare(f"{mine} against its twin", off, np.full(off.size, drive.budget * span), where)
