"""Values of a device that are shown: variables of a module with a description or a unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from circuitnn.equations.expr import ZERO, Expr
from circuitnn.equations.rules import add, ddt
from circuitnn.equations.substitution import substitute
from circuitnn.models.declarations import Probe
from circuitnn.veriloga.design import Design
from circuitnn.veriloga.execution import Execution
from circuitnn.veriloga.operators import ANALYSIS, BEFORE, NOISE, PORT, named


def values_of(design: Design, execution: Execution) -> dict[str, Expr]:
    """What an execution leaves in variables that are shown."""
    shown = [
        name
        for name, item in design.scope.variables.items()
        if item.bounds is None and ({"desc", "units"} & item.attributes.keys())
    ]
    return {name: value for name in shown if isinstance(value := execution.values.get(name), Expr)}


def probes_of(
    design: Design, names: Iterable[str], values: Sequence[Expr], f: Mapping[str, Expr], q: Mapping[str, Expr]
) -> dict[str, Probe]:
    """Values of an operating point, without noise, and with the flows of ports.

    Parameters
    ----------
    design : Design
    names : iterable of str
        Variables.
    values : sequence of Expr
        What they hold.
    f, q : mapping of str to Expr
        Rows by unknown.

    Returns
    -------
    dict of str to Probe
        By name; what depends on the point before is left out.
    """
    stands: dict[str, Expr | float] = {NOISE + word: 0.0 for word in named(values, NOISE)}
    stands |= {ANALYSIS + w: float(w in ("static", "dc", "op")) for w in named(values, ANALYSIS)}
    for port in named(values, PORT):
        row = design.nodes.get(port, "")
        stands[PORT + port] = add(f.get(row, ZERO), ddt(q.get(row, ZERO)))
    resolved = substitute(values, stands) if stands else values
    kept, probes = bool(named(resolved, BEFORE)), {}
    for name, value in zip(names, resolved, strict=True):
        if kept and named([value], BEFORE):
            continue
        attributes, key = design.scope.variables[name].attributes, name.lower()
        while key in design.columns.values():
            key += "_"
        probes[key] = Probe(attributes.get("units", ""), attributes.get("desc", ""), value)
    return probes
