"""Plans of the runs of one circuit: which analyses, measures and signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from circuitnn.errors import AnalysisError
from circuitnn.machine.text import lowered
from circuitnn.machine.user_input import mapping_of, name_of
from circuitnn.studies.runs import Plan
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit

Measures = Mapping[str, str | Callable[..., float]]


def plan(
    circuit: Circuit,
    analysis: str | None,
    measures: Measures | None,
    signals: Iterable[str] | None,
    points: int,
) -> Plan:
    """Plan the runs of a circuit.

    Parameters
    ----------
    circuit : Circuit
    analysis : str, optional
        Card of the analysis; default: the deck's.
    measures : mapping of str to str or callable, optional
    signals : iterable of str, optional
    points : int
        As for `circuitnn.studies.monte_carlo`.

    Raises
    ------
    AnalysisError
        If there is no analysis, or an argument is invalid.
    NetlistError
        If the deck has faults.
    """
    points = whole_of(points, "points")
    if points < 2:
        raise AnalysisError(f"points = {points}: must be at least 2")
    circuit = circuit.without_control() if circuit.deck.control else circuit
    circuit = circuit if analysis is None else circuit.with_analysis(analysis)
    functions = {}
    for name, measure in mapping_of(
        {} if measures is None else measures, "measures", '{"gain": "tran max v(out)"}'
    ).items():
        if callable(measure):
            functions[name] = measure
            continue
        kind, _, rest = name_of(measure, f"measure {name}").strip().partition(" ")
        circuit = circuit.with_card(".meas", lowered(f"{kind} {name} {rest}"), keep=True)
    if not circuit.flat.analyses:  # also checks the deck and gives its warnings
        raise AnalysisError("the deck has no analysis: add a card as .op or .tran, or give analysis=")
    return Plan(circuit, functions, None if signals is None else tuple(lowered(s) for s in signals), points)
