"""A transient that exercises a model, derived from the model if it states none itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from weakref import WeakKeyDictionary

import numpy as np

from circuitnn.circuit.circuit import Circuit
from circuitnn.contract.case import Case
from circuitnn.equations.expr import ZERO
from circuitnn.errors import BudgetError, CircuitnnError
from circuitnn.machine import budget
from circuitnn.machine.text import first_line
from circuitnn.models import known, register
from circuitnn.models.latches import flag_conditions
from circuitnn.models.model import Drive, Model
from circuitnn.results.result import Result

LARGEST = 100.0  # V; larger parameters mean "never", such as a breakdown voltage of 1e30
SHORTEST, LONGEST = 1e-12, 1e4  # s
PERIODS, STEPS = 2, 400
DECADES = 9  # decades of periods to try
SIZES = (1.0, 3.0, 0.3)  # relative to 1.5 times the largest voltage among the parameters
MOVED = 0.1  # share of its range by which a state must move to count as having moved
TRIAL = 10.0  # s that a transient may take; usual ones take some ms
WANTED = 0.3  # share of its range that each state should move


@dataclass(frozen=True)
class Response:
    """Response of a model in a transient.

    Parameters
    ----------
    drive : Drive
    result : Result
    moved : mapping of str to float
        Movement of each state, as a share of its range, or of its magnitude if it has no bounds.
    """

    drive: Drive
    result: Result
    moved: Mapping[str, float]

    @property
    def complete(self) -> bool:
        """Whether every state moved through a large part of its range."""
        return all(share >= MOVED for share in self.moved.values())


def response(model: type[Model]) -> Response | str:
    """Response of a model to its own drive, or to one chosen for it; a text if there is none, saying why."""
    done = _responses.get(model)
    if done is None:
        if known().get(model.name) is not model:
            register(model)
        try:
            done = _responses[model] = _response(Case(model))
        except BudgetError:  # no other check needs to look for one in vain
            _responses[model] = "no transient was found in the time that a check may take"
            raise
    return done


_responses: WeakKeyDictionary[type[Model], Response | str] = WeakKeyDictionary()


def _response(case: Case) -> Response | str:
    model = case.model
    if model.drive is not None:
        return _run(case, model.drive)
    drive = chosen(case)
    return "no transient can be chosen for this model" if drive is None else _run(case, drive)


def chosen(case: Case) -> Drive | None:
    """A sine between one terminal and the last, with the others grounded, that moves the states.

    Its amplitude is 1.5 times the largest voltage among the parameters, 1 V, or three or 0.3 times as much. The period
    starts at four times the time in which the fastest state crosses its range, and grows by decades as long as that
    makes more states move. None for controlled models and those with letters of their own, except diodes.
    """
    model = case.model
    if model.control or model.letter not in "nd" or len(case.terminals) < 2:
        return None
    best, moved = None, -1.0
    driven = [0] if not model.states else range(len(case.terminals) - 1)
    for size, terminal in product(_sizes(model), driven):
        fastest = _period(case, size)
        for period in (fastest * 10.0**k for k in range(DECADES)):
            drive = _sine(model, size, min(period, LONGEST), terminal)
            now = _run(case, drive)
            score = -1.0 if isinstance(now, str) else _score(now)
            if score > moved:
                best, moved = drive, score
            if moved >= len(model.states) or period >= LONGEST:
                break
        if moved >= len(model.states):
            break
    return best


def _sizes(model: type[Model]) -> list[float]:
    first = _amplitude(model)
    return list(dict.fromkeys([first, *([1.0] if first < 1.0 else []), *(k * first for k in SIZES[1:])]))


def _score(response: Response) -> float:
    """Number of states that moved far enough, plus a fraction for those that moved less."""
    return sum(min(share / WANTED, 1.0) for share in response.moved.values())


def _sine(model: type[Model], size: float, period: float, terminal: int = 0) -> Drive:
    nodes = [name if name == model.heat_node else "0" for name in model.named_terminals()]
    nodes[terminal] = "in"
    step = f"{period / STEPS:.4g}"
    return Drive(
        source=f"SIN(0 {size:.4g} {1.0 / period:.4g})",
        elements=f"{model.letter}1 {' '.join(nodes)} m",
        times=f"{step} {PERIODS * period:.4g} 0 {step} uic",
        edge=2.0 * period / STEPS,
    )


def deck_of(model: type[Model], drive: Drive) -> str:
    """The deck to run in both simulators."""
    m = model.stated()
    numbers = {t for e in m.events.values() for t, _ in e.updates} - set(
        flag_conditions(m.memories, m.events)
    )
    # A twin pulls variables set by an event to their values almost instantly: the trapezoidal rule would ring.
    method = " method=gear" if numbers else ""
    return (
        f"{model.name}, driven\nv1 in 0 {drive.source}\n{drive.elements}\n{model.card('m')}\n"
        f".options reltol=1e-5{method}\n.tran {drive.times}\n.end\n"
    )


def _run(case: Case, drive: Drive) -> Response | str:
    """Response in the transient, or why it fails."""
    try:
        with budget.limits(seconds=TRIAL):
            result = Circuit.from_text(deck_of(case.model, drive)).run()[0]
    except BudgetError:
        budget.ask_time("the check")
        return f"{drive.source}, {drive.times} takes more than {TRIAL:g} s"
    except CircuitnnError as error:
        return first_line(str(error))
    moved = {}
    for state in case.model.states:
        name = f"@{case.model.letter}1[{state.name}]"
        span = float(np.median(_span(case, state.name)))
        moved[state.name] = float(np.ptp(result[name])) / span if name in result.names else 0.0
    return Response(drive, result, moved)


def _span(case: Case, name: str) -> np.ndarray:
    """Range of a state in each instance."""
    state = next(s for s in case.model.states if s.name == name)
    return np.abs(case.at(state, np.ones(case.n)) - case.at(state, np.zeros(case.n)))


def _amplitude(model: type[Model]) -> float:
    sizes = [abs(p.default) for p in model.parameters if p.unit == "V" and isinstance(p.default, float)]
    return 1.5 * max((s for s in sizes if 0.0 < s < LARGEST), default=1.0 / 1.5)


def _period(case: Case, size: float) -> float:
    """Four times the time in which the fastest state typically crosses its range at these voltages."""
    k, model = case.kernel, case.model
    x = case.points(size)
    x[[*case.terminals[1:], *case.thermal]] = 0.0
    rows = [*(i for i in case.nodes[len(model.terminals) :] if k.q[i] is ZERO), *case.static_states()]
    x, good = case.settled(x, rows)
    fastest = 0.0
    for state in model.states:
        row = k.inputs.index(state.name)
        if k.q[row] is ZERO:
            continue
        stored = [e for r, c, e in k.C if r == row and c == row]
        rate = np.abs(case.evaluate([k.f[row]], x)[0] / case.evaluate(stored, x)[0] if stored else 0.0)
        speed = (rate / _span(case, state.name))[good & np.isfinite(rate)]
        # only points at which it moves; a quantile, since the fastest may be decades faster than typical ones
        moving = speed[speed > 1e-12 * np.max(speed, initial=0.0)]
        if len(moving):
            fastest = max(fastest, float(np.quantile(moving, 0.9)))
    period = 4.0 / fastest if fastest > 0.0 and math.isfinite(fastest) else 1e-6
    return min(max(period, SHORTEST), LONGEST)
