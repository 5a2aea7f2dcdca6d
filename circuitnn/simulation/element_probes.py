"""What decks may ask for of resistors, sources and the like, with ngspice's names: ``@r1[i]``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn.equations.graph import ZERO, Expr, ddt, symbol
from circuitnn.flat import Behavioural, Elements, FlatCircuit
from circuitnn.models.declarations import Probe
from circuitnn.options import Options
from circuitnn.records import dataclass
from circuitnn.system.stamps import temperature_factor


@dataclass(frozen=True, eq=False)
class Instance:
    """One device whose values can be computed.

    Parameters
    ----------
    kind : str
        What it is: ``resistor``, or the model's name.
    probes : mapping of str to Probe
    inputs : mapping of str to str
        Symbols in them that are unknowns → their names, ``"0"`` for ground.
    columns : mapping of str to float
        Symbols in them that are numbers.
    kept : frozenset of str
        Symbols that nobody keeps: memories.
    """

    kind: str
    probes: Mapping[str, Probe]
    inputs: Mapping[str, str]
    columns: Mapping[str, float]
    kept: frozenset[str] = frozenset()


NAMES = {
    "r": "resistor",
    "c": "capacitor",
    "l": "inductor",
    "v": "voltage source",
    "i": "current source",
    "e": "voltage-controlled voltage source",
    "f": "current-controlled current source",
    "g": "voltage-controlled current source",
    "h": "current-controlled voltage source",
}
PLUS, MINUS, BRANCH, VALUE, NOW, CONTROL = map(symbol, ("plus", "minus", "branch", "value", "now", "control"))


def node(circuit: FlatCircuit, number: int) -> str:
    """Name of a node's voltage; ``"0"`` of ground."""
    return f"v({circuit.node_names[number]})" if number > 0 else "0"


def linear(circuit: FlatCircuit, table: Elements, k: int, options: Options) -> Instance:
    """Element k of a table of linear elements or independent sources.

    The symbol ``now`` is what an independent current source gives at a point.
    """
    kind, name = table.kind, table.names[k]
    inputs = {"branch": f"i({name})"} if kind in "vleh" else {}
    inputs |= {s: node(circuit, n) for s, n in zip(("plus", "minus"), table.nodes[k].tolist(), strict=False)}
    if kind in "eg":
        inputs |= {
            s: node(circuit, n) for s, n in zip(("cp", "cn"), table.nodes[k, 2:].tolist(), strict=True)
        }
    if kind in "fh":
        inputs["control"] = f"i({table.controls[k][0]})"
    column = {"r": "r", "c": "c", "l": "l"}.get(kind, "gain")
    columns = {"value": float(table.values[column][k])} if column in table.values else {}
    if kind in "rcl":
        columns["value"] *= float(temperature_factor(table, options.temp, options.tnom)[k])
    flux = VALUE * BRANCH
    if kind == "l":
        for other, mutual in _coupled(circuit, name, columns["value"], options):
            inputs[other] = f"i({other})"
            flux = flux + mutual * symbol(other)
    return Instance(NAMES[kind], _PROBES[kind](flux), inputs, columns)


def _coupled(circuit: FlatCircuit, name: str, own: float, options: Options) -> list[tuple[str, float]]:
    """Inductors coupled to one, and their mutual inductances. [H]"""
    inductances = {
        n: float(value)
        for t in circuit.elements
        if t.kind == "l"
        for n, value in zip(
            t.names, t.values["l"] * temperature_factor(t, options.temp, options.tnom), strict=True
        )
    }
    found = []
    for table in circuit.elements:
        for coupled, k in zip(table.controls, table.values.get("k", ()), strict=False):
            if name in coupled:
                found += [(n, float(k) * np.sqrt(own * inductances[n])) for n in coupled if n != name]
    return found


def _made(i: Expr, v: Expr, *more: tuple[str, str, str, Expr]) -> dict[str, Probe]:
    made = {"i": Probe("A", "current", i), "v": Probe("V", "voltage", v), "p": Probe("W", "power", i * v)}
    for names, unit, meaning, value in more:
        made = dict.fromkeys(names.split(), Probe(unit, meaning, value)) | made
    return made


_ACROSS = PLUS - MINUS
_BY_VOLTAGE = VALUE * (symbol("cp") - symbol("cn"))
_PROBES = {
    "r": lambda _: _made(_ACROSS / VALUE, _ACROSS, ("resistance r", "Ohm", "resistance", VALUE)),
    "c": lambda _: _made(
        ddt(VALUE * _ACROSS),
        _ACROSS,
        ("capacitance cap c", "F", "capacitance", VALUE),
        ("charge", "C", "charge", VALUE * _ACROSS),
    ),
    "l": lambda flux: _made(
        BRANCH,
        _ACROSS,
        ("inductance l", "H", "inductance", VALUE),
        ("flux", "Wb", "flux", flux),
        ("volt", "V", "voltage", _ACROSS),
        ("current", "A", "current", BRANCH),
    ),
    "v": lambda _: _made(BRANCH, _ACROSS),
    # a source's own voltage is that of its end over its beginning, in ngspice
    "i": lambda _: (
        _made(NOW, -_ACROSS, ("current c", "A", "current", NOW)) | {"p": Probe("W", "power", NOW * _ACROSS)}
    ),
    "e": lambda _: _made(BRANCH, _ACROSS, ("gain", "", "gain", VALUE)),
    "h": lambda _: _made(BRANCH, _ACROSS, ("gain", "Ohm", "gain", VALUE)),
    "g": lambda _: _made(_BY_VOLTAGE, _ACROSS, ("gain", "S", "gain", VALUE)),
    "f": lambda _: _made(VALUE * CONTROL, _ACROSS, ("gain", "", "gain", VALUE)),
}


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
    return Instance("behavioural source", _made(current, _ACROSS), inputs, columns)
