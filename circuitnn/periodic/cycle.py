"""The orbit about which small signals are asked for: one that is given, or that of the deck's ``.pss`` card."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from time import perf_counter
from typing import Any
from weakref import WeakValueDictionary

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.flat import FlatCircuit
from circuitnn.periodic.floquet import judged, multipliers
from circuitnn.periodic.steady_state import Asked, SteadyOrbit, search
from circuitnn.records import replace
from circuitnn.registry.analyses import Task
from circuitnn.results.periodic import PeriodicResult

_FOUND: WeakValueDictionary[tuple[int, str], SteadyOrbit] = WeakValueDictionary()


def remember(found: SteadyOrbit, asked: Asked) -> SteadyOrbit:
    """Let the analyses that follow know an orbit, as long as its result is kept."""
    _FOUND[id(found.simulation.circuit), repr(asked)] = found
    return found


def remembered(task: Task, asked: Asked) -> SteadyOrbit | None:
    """An orbit that has been found for the same circuit and options."""
    orbit = _FOUND.get((id(task.circuit), repr(asked)))
    same = (
        orbit is not None
        and orbit.simulation.circuit is task.circuit
        and orbit.simulation.options == task.options
    )
    return orbit if same else None


def cycle_of(given: object, analysis: str, options: Mapping[str, object]) -> PeriodicResult | None:
    """Check the orbit that is given in Python, if there is one.

    Raises
    ------
    AnalysisError
        It is none, or comes with options of its own.
    """
    if given is None:
        return None
    if not isinstance(given, PeriodicResult):
        raise AnalysisError(f"{analysis}: cycle = {given!r:.60}: must be what circuit.pss(…) returns")
    if options:
        raise AnalysisError(
            f"{analysis}: {min(options)} is an option of the cycle: give it to pss, where the orbit is found"
        )
    return given


def orbit_of(task: Task, cycle: PeriodicResult | None, analysis: str) -> SteadyOrbit:
    """Find the orbit, with statistics of its own for the analysis.

    Parameters
    ----------
    task : Task
    cycle : PeriodicResult, optional
        Its result; default: that of the deck's card.
    analysis : str
        Name, for messages.

    Raises
    ------
    AnalysisError
        There is no orbit, or it is that of another circuit.
    ConvergenceError
    """
    if cycle is None:
        asked = _asked(task.circuit, analysis)
        orbit = remembered(task, asked) or search(task, asked)
    else:
        orbit = cycle.asked
        if orbit.simulation.circuit is not task.circuit:
            raise AnalysisError(
                f"{analysis}: the cycle is one of another circuit, or of this one before it was changed: run pss anew"
            )
    simulation = orbit.simulation
    simulation.statistics = replace(
        simulation.statistics, notes=list(orbit.notes), seconds=dict(simulation.statistics.seconds)
    )
    simulation.started = perf_counter()
    values = multipliers(orbit.orbit.monodromy, orbit.orbit.sizes(orbit.shooting.size))
    stable, words = judged(values, orbit.autonomous)
    if not stable:
        warnings.warn(
            f"{analysis}: the orbit is {words}; what follows holds about it, but the circuit does not stay there",
            DeckWarning,
            stacklevel=2,
        )
    return orbit


def _asked(circuit: FlatCircuit, analysis: str) -> Asked:
    """What the deck's only ``.pss`` card asks for."""
    cards = [card for card in circuit.analyses if card.kind == "pss"]
    if len(cards) != 1:
        count = "no .pss card" if not cards else f"{len(cards)} .pss cards"
        raise AnalysisError(
            f"{analysis}: the deck has {count}, one is needed: '.pss frequency tstab' says about which orbit, in "
            f"Python circuit.{analysis}(…, cycle=circuit.pss(…))"
        )
    given: dict[str, Any] = dict(cards[0].arguments)
    plain = {name: given[name] for name in Asked._fields if name in given}
    return Asked(**plain, balance=given.get("method") == "hb")
