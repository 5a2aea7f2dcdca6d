"""Check of models with a temperature: without a voltage they relax to the ambient temperature."""

from __future__ import annotations

import numpy as np

from circuitnn.constants import KELVIN
from circuitnn.contract.case import Case
from circuitnn.contract.report import Outcome
from circuitnn.equations.expr import ZERO
from circuitnn.models.model import State

DISTANCE = 20.0  # K; distance from rest at which the sign of the temperature's rate is checked


def temperatures(case: Case) -> list[State]:
    """States that are temperatures."""
    return [s for s in case.model.states if s.unit in ("K", "°C")]


def heat(case: Case) -> Outcome:
    """No heat is created: at zero bias the ambient temperature is an equilibrium, and the device relaxes to it."""
    outcome = Outcome(
        "heat",
        "with all terminals at one voltage a temperature rests at that of the instance, at a parameter in K (and temp "
        "- tnom more), or (counted from there) at 0, and goes there from 20 K above and below; an energy balance "
        "is claimed",
    )
    states = temperatures(case)
    if not states:
        outcome.skipped = "no state is a temperature"
        return outcome
    claimed = "energy balance" in case.model.claims
    outcome.require(
        claimed,
        f"state {states[0].name} is a temperature: state the model's `energy` and claim 'energy balance'",
    )
    case = Case(case.model)
    for name, kind in case.kernel.randoms:
        case.values[name] = np.full(case.n, {"uniform": 0.5, "normal": 0.0, "exponential": 1.0}[kind])
    inner = [i for i in case.nodes[len(case.model.terminals) :] if case.kernel.q[i] is ZERO]
    x = case.points(1.0)
    x[case.nodes] = case.rng.uniform(-1.0, 1.0, case.n)
    for state in states:
        _rests(case, outcome, state, x, [*inner, *case.static_states()])
    return outcome


def _rests(case: Case, outcome: Outcome, state: State, x: np.ndarray, following: list[int]) -> None:
    row = case.kernel.inputs.index(state.name)
    x[row] = case.starts[state.name]
    rest, good = case.settled(x, list(dict.fromkeys([*following, row])))
    outcome.require_most(good, f"no temperature was found at which {state.name} rests without a voltage")
    instance = np.broadcast_to(case.values["temp"], case.n)
    surroundings = [instance] if state.unit == "°C" else [np.zeros(case.n), instance + KELVIN]
    stated = [p.name for p in case.model.parameters if p.unit == state.unit and p.name != "tnom"]
    for warm in (np.broadcast_to(case.values[name], case.n) for name in stated):
        surroundings += [warm, warm + instance - case.values["tnom"]]
    off = np.min(np.abs(np.array(surroundings) - rest[row]), axis=0)
    what = f"{state.name} without a voltage is not in equilibrium at any ambient temperature [K]"
    outcome.compare(what, np.where(good, off, 0.0), np.full(case.n, 1e-4), case.place(rest))
    others = [r for r in following if r != row]
    for side, word in ((1.0, "above"), (-1.0, "below")):
        away = rest.copy()
        away[row] += side * DISTANCE
        away, fine = case.settled(away, others)
        stored = [e for r, c, e in case.kernel.C if r == row and c == row]
        sign = np.sign(case.evaluate(stored, away)[0]) if stored else np.ones(case.n)
        rate = -case.evaluate([case.kernel.f[row]], away)[0] * np.where(sign == 0.0, 1.0, sign)
        wrong = np.where(good & fine & (side * rate >= 0.0), 1.0, 0.0)
        what = f"{state.name} without a voltage does not return from {DISTANCE:g} K {word} its rest"
        outcome.compare(what, wrong, np.full(case.n, 0.5), case.place(away))
