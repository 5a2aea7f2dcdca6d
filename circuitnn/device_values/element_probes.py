"""Values of behavioural sources by ngspice's names: ``@b1[i]``."""

from __future__ import annotations

import numpy as np

from circuitnn.elements import element
from circuitnn.elements.element import ACROSS, BRANCH, Instance, node, simple_probes
from circuitnn.equations.graph import ZERO
from circuitnn.flat import Behavioural, FlatCircuit
from circuitnn.options import Options


def behavioural(circuit: FlatCircuit, table: Behavioural, k: int, options: Options) -> Instance:
    """Source k of a table of behavioural sources."""
    inputs = {s: node(circuit, int(numbers[k])) for s, numbers in table.voltages.items()}
    inputs |= {s: f"i({elements[k]})" for s, elements in table.currents.items()}
    inputs |= {s: node(circuit, n) for s, n in zip(("plus", "minus"), table.nodes[k].tolist(), strict=True)}
    columns = {s: float(np.broadcast_to(v, len(table.names))[k]) for s, v in table.columns.items()}
    columns["temper"] = options.temp
    if table.kind == "v":
        inputs["branch"] = f"i({table.names[k]})"
    current = BRANCH if table.kind == "v" else table.expression + ZERO
    return Instance(element("b").name, simple_probes(current, ACROSS), inputs, columns)
