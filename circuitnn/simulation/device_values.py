"""Values of all instances of a compact model at once, at the last point of a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import ZERO, Expr, order, substitute, symbols
from circuitnn.models import named
from circuitnn.system.groups import lift_rates, place_devices
from circuitnn.system.unknowns import Unknowns

if TYPE_CHECKING:
    from circuitnn.flat import Devices
    from circuitnn.results.result import Result
    from circuitnn.simulation.probes import Probes


def at_the_end(result: Result, probes: Probes, table: Devices, keys: Sequence[str]) -> dict[str, np.ndarray]:
    """Values of a table's devices at rest; values that depend on unknowns not recorded are left out.

    Parameters
    ----------
    result : Result
        Operating points; the last one is used.
    probes : Probes
        Of the result.
    table : Devices
        Of the circuit.
    keys : sequence of str
        Names of values, as in ``@m1[gm]``, or of parameters.

    Returns
    -------
    dict of str to ndarray, shape (devices,)
    """
    from circuitnn.models.probes import probes as stated

    circuit, options = probes.circuit, probes.options
    unknowns = Unknowns(circuit)
    placed = place_devices(table, unknowns, options.temp, options.tnom, options.seed)
    last = dict(zip(result.names, result.data[-1], strict=True))
    last |= {name: values[-1] for name, values in probes.hidden.items()}
    point = np.array([*(last.get(name, np.nan) for name in unknowns.names), 0.0])  # ground is last
    known = {name: point[row] for name, row in zip(placed.kernel.inputs, placed.nodes, strict=True)}
    known = {name: row for name, row in known.items() if np.all(np.isfinite(row))}
    known |= {**placed.columns, "gmin": options.gmin, "time": 0.0}
    available, moving = stated(named(table.model)), placed.kernel.moving
    asked = {key: _at_rest(available[key].value) for key in keys if key in available}
    asked = {key: value for key, value in asked.items() if symbols([value]) <= known.keys() - moving}
    found = dict(zip(asked, evaluate(list(asked.values()), known), strict=True))
    found |= {key: table.columns[key] for key in keys if key not in available and key in table.columns}
    return {key: np.broadcast_to(value, len(table.names)) for key, value in found.items()}


def _at_rest(value: Expr) -> Expr:
    """A value with the rates of all charges set to zero."""
    rates: list[str] = []
    lifted, _ = lift_rates(value, rates) if any(node.op == "ddt" for node in order([value])) else (value, [])
    return substitute([lifted], dict.fromkeys(rates, ZERO))[0] if rates else value
