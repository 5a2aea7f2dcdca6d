"""Checks of behaviour: states at their bounds, events, zero bias, the balance of energy."""

from __future__ import annotations

import math

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.contract.report import Outcome
from circuitnn.equations.derivative import differentiate_all
from circuitnn.equations.expr import ZERO
from circuitnn.models.model import Equations, State


def bounds(case: Case) -> Outcome:
    """A state stops at its bounds, and leaves them when the drive reverses."""
    outcome = Outcome(
        "bounds of states",
        "no rate leads out of the range at a bound or beyond it, and one that leads inwards just inside "
        "the fading keeps at least 1 % of its size at the bound",
    )
    bounded = [s for s in case.model.states if math.isfinite(s.low) or math.isfinite(s.high)]
    if not bounded:
        outcome.skipped = "no state has bounds"
    for state in bounded:
        for bound, outward in ((state.low, -1.0), (state.high, 1.0)):
            row = case.kernel.inputs.index(state.name)
            if math.isfinite(bound) and case.kernel.q[row] is not ZERO:
                for spread in (0.3, 3.0):
                    _bound(case, outcome, state, bound, outward, spread)
    return outcome


def _bound(case: Case, outcome: Outcome, state: State, bound: float, outward: float, spread: float) -> None:
    both = math.isfinite(state.low) and math.isfinite(state.high)
    span = state.high - state.low if both else 1e3 * state.tolerance
    x, row = case.points(spread), case.kernel.inputs.index(state.name)

    def outward_rate(value: float) -> np.ndarray:
        x[row] = value
        stored = np.sign(case.evaluate(_storage(case, row), x)[0])
        return outward * stored * -case.evaluate([case.kernel.f[row]], x)[0]

    inside = outward_rate(bound - outward * 2.0 * state.stop * span)
    typical = 1e-12 * np.max(np.abs(inside)) + 1e-300
    beyond = outward_rate(bound + outward * 0.05 * span)
    what = f"{state.name} {'above' if outward > 0 else 'below'} {bound:g} still moves outwards: rate"
    outcome.compare(what, np.maximum(beyond, 0.0), typical, case.place(x))
    rate = outward_rate(bound)
    what = f"{state.name} at {bound:g} leaves its range: rate"
    outcome.compare(what, np.maximum(rate, 0.0), typical, case.place(x))
    wanted = 0.01 * np.maximum(-inside, 0.0)
    what = f"{state.name} does not return from {bound:g}: inward rate is too small"
    outcome.compare(what, np.maximum(wanted + rate, 0.0), typical, case.place(x))


def _storage(case: Case, row: int) -> list:
    """Derivative of a state's stored quantity by the state itself."""
    return [e for r, c, e in case.kernel.C if r == row and c == row] or [ZERO + 1.0]


def _entry(case: Case, row: int, column: int) -> list:
    """Derivative of what a row stores by an unknown."""
    return [e for r, c, e in case.kernel.C if (r, c) == (row, column)] or [ZERO]


def events(case: Case) -> Outcome:
    """After an event's changes, its condition no longer holds."""
    outcome = Outcome("events", "the changes made by an event end its condition at once, whatever is drawn")
    k = case.kernel
    if not k.events:
        outcome.skipped = "the model has no events"
    for number, event in enumerate(k.events):
        x = case.points(2.0)
        before = x.copy()
        falls = case.evaluate([event.condition], x)[0] > 0.0
        new = case.evaluate([e for _, e in event.updates], x)
        saved = dict(case.values)
        for (name, _), value in zip(event.updates, new, strict=True):
            if name in k.inputs:
                x[k.inputs.index(name)] = np.where(falls, value, x[k.inputs.index(name)])
            else:
                case.values[name] = np.where(falls, value, case.values[name])
        for name in event.redraw:
            case.values[name] = case.rng.permutation(case.values[name])
        after = case.evaluate([event.condition], x)[0]
        case.values.update(saved)
        still = ((after > 0.0) & falls).astype(float)
        targets = ", ".join(name for name, _ in event.updates)
        what = f"event {number + 1} (sets {targets}) still holds after it"
        outcome.compare(what, still, np.full(case.n, 0.5), case.place(before))
    return outcome


def zero_bias(case: Case) -> Outcome:
    """No current flows if all terminals are at the same voltage."""
    outcome = Outcome(
        "no current at zero bias",
        "with all terminals at one voltage currents are below 1e-12 of those within ±1 V",
    )
    if "no current at zero bias" not in case.model.claims:
        outcome.skipped = "not claimed"
        return outcome
    k, inner = case.kernel, case.nodes[len(case.model.terminals) :]
    terminals = [k.f[i] for i in case.terminals]
    rows = [*(i for i in inner if k.q[i] is ZERO), *case.static_states()]
    x = case.points(1.0)
    typical = np.max(np.abs(case.evaluate(terminals, case.settled(x, case.static_states())[0])), axis=0)
    x[case.electrical] = case.rng.uniform(-1.0, 1.0, case.n)
    x, good = case.settled(x, rows)
    off = np.max(np.abs(case.evaluate(terminals, x)), axis=0)
    outcome.compare(
        "current at zero bias [A]", np.where(good, off, 0.0), 1e-12 * typical + 1e-300, case.place(x)
    )
    outcome.require_most(good, "the inner equations could not be solved")
    return outcome


def energy(case: Case) -> Outcome:
    """All power that enters is stored or dissipated."""
    outcome = Outcome(
        "energy balance", "power in = d(stored energy)/dt + power lost, within 1e-9 of the parts"
    )
    if "energy balance" not in case.model.claims:
        outcome.skipped = "not claimed"
        return outcome
    k, model = case.kernel, case.model
    stored, lost = model.energy(Equations(model.inputs(), model.states))
    for spread in (0.1, 1.0):
        x = case.points(spread)
        for state in model.states:  # away from the bounds, at which rates are clamped
            x[k.inputs.index(state.name)] = case.at(state, case.rng.uniform(0.02, 0.98, case.n))
        inner = [i for i in case.nodes[len(model.terminals) :] if k.q[i] is ZERO]
        x, good = case.settled(x, [*inner, *case.static_states()])
        flows = case.evaluate([k.f[i] for i in case.electrical], x) / case.values.get("multiplier", 1.0)
        voltages = x[case.electrical] - x[case.terminals[-1]]
        parts = [(voltages * flows).sum(axis=0), -case.evaluate([lost], x)[0]]
        warming = {row: case.rng.uniform(-1e9, 1e9, case.n) for row in case.thermal}  # [K/s]
        parts += [_heat_into(case, row, x, warming[row]) for row in warming]
        for row, rate in {**warming, **_rates(case, x, warming)}.items():
            (slope,) = differentiate_all([stored], k.inputs[row])
            parts.append(-case.evaluate([slope], x)[0] * rate)
        off = np.where(good, np.sum(parts, axis=0), 0.0)
        allowed = 1e-9 * np.sum(np.abs(parts), axis=0)
        for row in case.static_states():  # these are only known as accurately as they are solved
            (slope,) = differentiate_all([lost], k.inputs[row])
            allowed = allowed + 1e-12 * np.abs(case.evaluate([slope], x)[0] * x[row])
        outcome.compare("power not accounted for [W]", off, allowed, case.place(x))
    return outcome


def _heat_into(case: Case, row: int, x: np.ndarray, warming: np.ndarray) -> np.ndarray:
    """Heat that one device takes up at its thermal node, whose temperature changes. [W]"""
    (capacity,) = case.evaluate(_entry(case, row, row), x)
    return (case.evaluate([case.kernel.f[row]], x)[0] + capacity * warming) / case.values["multiplier"]


def _rates(case: Case, x: np.ndarray, warming: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """How fast states with storage change while thermal nodes warm, by row."""
    k, rates = case.kernel, {}
    for row in (k.inputs.index(state.name) for state in case.model.states):
        if k.q[row] is not ZERO:
            still = case.evaluate([k.f[row]], x)[0]
            for node, rate in warming.items():
                still = still + case.evaluate(_entry(case, row, node), x)[0] * rate
            rates[row] = -still / case.evaluate(_storage(case, row), x)[0]
    return rates
