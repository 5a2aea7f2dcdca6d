"""Safe operating areas: devices of a result that exceed the ratings of their cards, with ``.options warn=1``.

Voltages are those between terminals, as in data sheets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import UnknownNameError
from circuitnn.models import named
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.flat import Devices, FlatCircuit
    from circuitnn.models.bounds import Bound
    from circuitnn.options import Options
    from circuitnn.results.result import Result

_ANALYSES = ("op", "dc", "tran")


@dataclass(frozen=True)
class Rating:
    """A rating of a device: the largest value allowed of one voltage, current or power.

    Parameters
    ----------
    device, name : str
        ``q1``, ``vce_max``.
    signal : str
        Variable of a result: ``v(c,e)``, ``@q1[ic]``.
    sign : float
        Sign of the values that are bounded; 0: both.
    most : float
        [V], [A] or [W]
    """

    device: str
    name: str
    signal: str
    sign: float
    most: float


def note(result: Result, circuit: FlatCircuit, options: Options) -> None:
    """Note which devices of a result leave their safe operating areas, at most `maxwarns` notes for each rating.

    Parameters
    ----------
    result : Result
        Of an operating point, a sweep or a transient; others are ignored.
    circuit : FlatCircuit
    options : Options
    """
    if result.analysis not in _ANALYSES:
        return
    told: dict[str, int] = {}
    for rating in ratings(circuit):
        said = _excess(result, rating)
        if said:
            told[rating.name] = told.get(rating.name, 0) + 1
            if told[rating.name] <= options.maxwarns:
                result.statistics.notes.append(said)
    for name, count in told.items():
        if count > options.maxwarns:
            result.statistics.notes.append(f"{name} is exceeded by {count - options.maxwarns} more devices")


def looked_into(circuit: FlatCircuit) -> set[str]:
    """Devices whose currents or powers are bounded: their inner unknowns must be recorded."""
    return {rating.device for rating in ratings(circuit) if rating.signal[0] == "@"}


def ratings(circuit: FlatCircuit) -> Iterator[Rating]:
    """Ratings that the cards of a circuit give its devices."""
    for table in circuit.devices:
        for bound in named(table.model).bounds:
            if bound.name in table.columns:
                yield from _of_devices(circuit, table, bound)
    for elements in circuit.elements:
        most = np.asarray(elements.values.get("bv_max", np.nan))
        for k in np.flatnonzero(~np.isnan(np.broadcast_to(most, len(elements.names)))).tolist():
            signal = _between(circuit, *elements.nodes[k, :2].tolist())
            yield Rating(elements.names[k], "bv_max", signal, 0.0, float(elements.values["bv_max"][k]))


def _of_devices(circuit: FlatCircuit, table: Devices, bound: Bound) -> Iterator[Rating]:
    places = [*named(table.model).terminals]
    ends = bound.of.split()
    none = np.full(len(table.names), np.nan)
    side = np.where(np.isnan(table.columns.get(bound.reverse, none)), float(bound.side), 1.0)
    sign = side * (table.columns.get("polarity", 1.0) if len(ends) == 2 else 1.0)  # probes have it already
    for k in np.flatnonzero(~np.isnan(table.columns[bound.name])).tolist():
        if len(ends) == 2:
            signal = _between(circuit, *(int(table.nodes[k, places.index(end)]) for end in ends))
        else:
            signal = f"@{table.names[k]}[{bound.of}]"
        yield Rating(table.names[k], bound.name, signal, float(sign[k]), float(table.columns[bound.name][k]))


def _between(circuit: FlatCircuit, plus: int, minus: int) -> str:
    names = circuit.node_names
    return f"v({names[plus]},{names[minus]})"


def _excess(result: Result, rating: Rating) -> str:
    """Describe how far and where a device exceeds a rating; empty if it does not, or if the value was not recorded."""
    with suppress(UnknownNameError):
        values = result.array(rating.signal)
        beyond = np.abs(values) if rating.sign == 0.0 else rating.sign * values
        if not np.any(beyond > rating.most):
            return ""
        worst = int(np.argmax(beyond))
        said = (
            f"{rating.device}: {rating.signal} = {values[worst]:.4g} exceeds {rating.name} = {rating.most:g}"
        )
        if result.axis is None:
            return said
        axis, first = result.array(result.axis), int(np.argmax(beyond > rating.most))
        return f"{said} at {result.axis} = {axis[worst]:.4g}, first at {axis[first]:.4g}"
    return ""
