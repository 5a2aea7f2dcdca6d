"""A transient that shows what a model does, chosen from the model where it states none itself."""

from __future__ import annotations

import math

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.equations.expr import ZERO
from circuitnn.errors import CircuitnnError
from circuitnn.models.latches import flag_conditions
from circuitnn.models.model import Drive, Model
from circuitnn.session import Circuit

LARGEST = 100.0  # V; parameters beyond mean "never", as a breakdown voltage of 1e30
SHORTEST, LONGEST = 1e-12, 1e4  # s
PERIODS, STEPS = 2, 400
DECADES = 5  # of periods that are tried
MOVED = 0.1  # share of its range by which a state must move to count as having moved


def chosen(case: Case) -> Drive | None:
    """A sine between the first and the last terminal, the others grounded, that moves the states.

    It goes to 1.5 times the largest voltage among the parameters, or to 1 V. The period starts at four
    times what the fastest state needs for its range, and grows by decades as long as that makes more
    states move. None for controlled models and those with letters of their own, but diodes.
    """
    model = case.model
    if model.control or model.letter not in "nd" or len(model.terminals) < 2:
        return None
    size = _amplitude(model)
    sizes = (size, 1.0) if size < 1.0 else (size,)
    best, moved = None, -1
    for size in sizes:
        fastest = _period(case, size)
        for period in (fastest * 10.0**k for k in range(DECADES)):
            drive = _sine(model, size, period)
            now = _moved(case, drive) if model.states else 0
            if now > moved:
                best, moved = drive, now
            if moved >= len(model.states):
                break
    return best


def _sine(model: type[Model], size: float, period: float) -> Drive:
    nodes = ["in", *(["0"] * (len(model.terminals) - 1))]
    step = f"{period / STEPS:.4g}"
    return Drive(
        source=f"SIN(0 {size:.4g} {1.0 / period:.4g})",
        elements=f"{model.letter}1 {' '.join(nodes)} m",
        times=f"{step} {PERIODS * period:.4g} 0 {step} uic",
        edge=2.0 * period / STEPS,
    )


def deck_of(model: type[Model], drive: Drive) -> str:
    """The deck that is run in both simulators."""
    m = model.stated()
    numbers = {t for e in m.events.values() for t, _ in e.updates} - set(
        flag_conditions(m.memories, m.events)
    )
    # A twin pulls what an event sets to its value in no time: the trapezoidal rule would ring.
    method = " method=gear" if numbers else ""
    return (
        f"{model.name}, driven\nv1 in 0 {drive.source}\n{drive.elements}\n{model.card('m')}\n"
        f".options reltol=1e-5{method}\n.tran {drive.times}\n.end\n"
    )


def _moved(case: Case, drive: Drive) -> int:
    """How many states the transient moves; -1 if it fails."""
    try:
        result = Circuit.from_text(deck_of(case.model, drive)).run()[0]
    except CircuitnnError:
        return -1
    count = 0
    for state in case.model.states:
        name = f"@{case.model.letter}1[{state.name}]"
        count += name in result.names and np.ptp(result[name]) >= MOVED * np.median(_span(case, state.name))
    return count


def _span(case: Case, name: str) -> np.ndarray:
    """Range of a state in each instance."""
    state = next(s for s in case.model.states if s.name == name)
    return np.abs(case.at(state, np.ones(case.n)) - case.at(state, np.zeros(case.n)))


def _amplitude(model: type[Model]) -> float:
    sizes = [abs(p.default) for p in model.parameters if p.unit == "V" and isinstance(p.default, float)]
    return 1.5 * max((s for s in sizes if 0.0 < s < LARGEST), default=1.0 / 1.5)


def _period(case: Case, size: float) -> float:
    """Four times what the fastest state takes through its range at these voltages."""
    k, model = case.kernel, case.model
    x = case.points(size)
    x[case.nodes[1 : len(model.terminals)]] = 0.0
    rows = [*(i for i in case.nodes[len(model.terminals) :] if k.q[i] is ZERO), *case.static_states()]
    x, good = case.settled(x, rows)
    fastest = 0.0
    for state in model.states:
        row = k.inputs.index(state.name)
        if k.q[row] is ZERO:
            continue
        stored = [e for r, c, e in k.C if r == row and c == row]
        rate = np.abs(case.evaluate([k.f[row]], x)[0] / case.evaluate(stored, x)[0] if stored else 0.0)
        speed = np.where(good & np.isfinite(rate), rate / _span(case, state.name), 0.0)
        fastest = max(fastest, float(np.max(speed)))
    period = 4.0 / fastest if fastest > 0.0 and math.isfinite(fastest) else 1e-6
    return min(max(period, SHORTEST), LONGEST)
