"""Values of all devices of a table at once, at the last point of a result at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.device_values.probes import INTO
from circuitnn.elements import element
from circuitnn.elements.element import ACROSS, BRANCH, simple_probes
from circuitnn.elements.temperature import temperature_factor
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import ZERO, Expr, order, substitute, symbols
from circuitnn.flat import Behavioural, Devices, Elements
from circuitnn.models import named
from circuitnn.models.declarations import Probe
from circuitnn.netlist.alter import values_of
from circuitnn.system.groups import lift_rates, place_devices
from circuitnn.system.randomsources import KINDS as RANDOM
from circuitnn.system.sources import resting
from circuitnn.system.unknowns import Unknowns

if TYPE_CHECKING:
    from circuitnn.device_values.probes import Probes
    from circuitnn.results.result import Result

Table = Devices | Elements | Behavioural
Known = dict[str, np.ndarray | float]


def at_the_end(
    result: Result, probes: Probes, table: Table, keys: Sequence[str]
) -> dict[str, np.ndarray | None]:
    """Values of a table's devices at rest.

    Parameters
    ----------
    result : Result
        Operating points; the last one is used.
    probes : Probes
        Of the result.
    table : Devices, Elements or Behavioural
        Of the circuit.
    keys : sequence of str
        Names of values, as in ``@m1[gm]``, or of parameters.

    Returns
    -------
    dict of str to ndarray, shape (devices,)
        None for what no device of the table has, or does not keep. What must be computed one by one is left out:
        currents into terminals, values of coupled elements, values with unknowns that were not recorded.
    """
    last = dict(zip(result.names, result.data[-1], strict=True))
    last |= {name: values[-1] for name, values in probes.hidden.items()}
    if isinstance(table, Devices):
        known, available = _of_devices(table, probes, last)
    elif isinstance(table, Elements):
        known, available = _of_elements(table, probes, last)
    else:
        known, available = _of_sources(table, probes, last)
    asked = {key: _at_rest(available[key].value) for key in keys if key in available}
    usable = {name for name, row in known.items() if np.all(np.isfinite(row))}
    ready = {key: value for key, value in asked.items() if symbols([value]) <= usable}
    values = evaluate(list(ready.values()), known)
    at_rest: dict[str, np.ndarray | None] = {
        key: np.broadcast_to(value, len(table.names)) for key, value in zip(ready, values, strict=True)
    }
    at_rest |= {key: None for key, value in asked.items() if not symbols([value]) <= known.keys()}
    for key in keys:
        if key not in asked and not key.startswith(INTO):
            at_rest[key] = None if isinstance(table, Behavioural) else values_of(table, key)
    return {key: values for key, values in at_rest.items() if key not in _joint(table, probes)}


def _joint(table: Table, probes: Probes) -> frozenset[str]:
    coupled = isinstance(table, Elements) and any(other.kind == "k" for other in probes.circuit.elements)
    return element(table.kind).joint if coupled and isinstance(table, Elements) else frozenset()


def _of_devices(
    table: Devices, probes: Probes, last: Mapping[str, float]
) -> tuple[Known, Mapping[str, Probe]]:
    from circuitnn.models.probes import probes as stated

    options = probes.options
    unknowns = Unknowns(probes.circuit)
    placed = place_devices(table, unknowns, options.temp, options.tnom, options.seed)
    point = np.array([*(last.get(name, np.nan) for name in unknowns.names), 0.0])  # ground is last
    known: Known = {name: point[row] for name, row in zip(placed.kernel.inputs, placed.nodes, strict=True)}
    known |= {name: column for name, column in placed.columns.items() if name not in placed.kernel.moving}
    return {**known, "gmin": options.gmin, "time": 0.0}, stated(named(table.model))


def _of_elements(
    table: Elements, probes: Probes, last: Mapping[str, float]
) -> tuple[Known, Mapping[str, Probe]]:
    of = element(table.kind)
    nodes = _of_nodes(probes, last)
    known: Known = {name: nodes[row] for name, row in zip(of.terminals, table.nodes.T, strict=True)}
    if of.branch:
        known["branch"] = _of_branches(table.names, last)
    if table.controls:
        known["control"] = _of_branches([first for first, *_ in table.controls], last)
    known |= table.values
    if "tc1" in of.columns:
        factor = temperature_factor(table, probes.options.temp, probes.options.tnom)
        known[of.main] = table.values[of.main] * factor
    if of.source:
        known["now"] = _of_independent(table)
        known[of.main] = np.nan_to_num(table.values[of.main])  # a source may have only a waveform
    return known, of.probes()


def _of_independent(table: Elements) -> np.ndarray:
    """Values of independent sources at rest, NaN of random ones."""
    values, waveforms = table.values["dc"].tolist(), table.each_waveform
    at_rest = np.array([resting(dc, waveform) for dc, waveform in zip(values, waveforms, strict=True)])
    unknown = [
        w is not None and w.kind in RANDOM and np.isnan(dc) for dc, w in zip(values, waveforms, strict=True)
    ]
    return np.where(unknown, np.nan, at_rest)


def _of_sources(
    table: Behavioural, probes: Probes, last: Mapping[str, float]
) -> tuple[Known, Mapping[str, Probe]]:
    nodes = _of_nodes(probes, last)
    known: Known = {name: nodes[row] for name, row in table.voltages.items()}
    known |= {name: _of_branches(elements, last) for name, elements in table.currents.items()}
    known |= {name: nodes[row] for name, row in zip(("plus", "minus"), table.nodes.T, strict=True)}
    known |= {**table.columns, "temper": probes.options.temp, "gmin": probes.options.gmin, "time": 0.0}
    if table.kind == "v":
        known["branch"] = _of_branches(table.names, last)
    return known, simple_probes(BRANCH if table.kind == "v" else table.expression + ZERO, ACROSS)


def _of_nodes(probes: Probes, last: Mapping[str, float]) -> np.ndarray:
    """Voltage of each node, NaN where it was not recorded. [V]"""
    return np.array([0.0, *(last.get(f"v({name})", np.nan) for name in probes.circuit.node_names[1:])])


def _of_branches(elements: Sequence[str], last: Mapping[str, float]) -> np.ndarray:
    return np.array([last.get(f"i({name})", np.nan) for name in elements])


def _at_rest(value: Expr) -> Expr:
    """A value with the rates of all charges set to zero."""
    rates: list[str] = []
    lifted, _ = lift_rates(value, rates) if any(node.op == "ddt" for node in order([value])) else (value, [])
    return substitute([lifted], dict.fromkeys(rates, ZERO))[0] if rates else value
