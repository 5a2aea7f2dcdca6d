"""From the plain description of an array to the reference's network, as the documents define it."""

import numpy as np
from array_cells import LONG, Chain
from array_oracle import SIDES, Network

NAN = float("nan")


def network(plain):
    """What `array_oracle.solve` takes."""
    m, n = plain["rows"], plain["lines"]
    along = _wires(plain["wordline_resistance"], (m, n - 1), 0)
    down = _wires(plain["bitline_resistance"], (m - 1, n), 1)
    faults = plain["faults"] or {}
    for i, j in faults.get("open_word", ()):
        along[i, j] = np.inf
    for i, j in faults.get("open_bit", ()):
        down[i, j] = np.inf
    voltage, extra, gate = bias(plain)
    own = {s: plain["driver_resistance"] if s in SIDES[:2] else plain["sense_resistance"] for s in SIDES}
    size = {s: m if s in SIDES[:2] else n for s in SIDES}
    voltage = {s: np.broadcast_to(np.asarray(voltage[s], LONG), size[s]) for s in SIDES}
    resistance = {s: np.broadcast_to(LONG(0) + own[s] + extra.get(s, 0.0), size[s]) for s in SIDES}
    net = Network(m, n, along, down, voltage, resistance)
    if plain["cell"].get("transistor") is not None:
        gate = np.asarray(gate, LONG)
        gate = gate[:, None] if gate.ndim and plain["cell"]["along"] == "rows" else gate
        net.gate = np.array(np.broadcast_to(gate, (m, n)))
    net.cells = cells(plain)
    return net


def _wires(values, shape, axis):
    values = np.asarray(values, LONG)
    if values.ndim == 1:
        values = values[:, None] if axis == 0 else values[None, :]
    return np.array(np.broadcast_to(values, shape))


def bias(plain):
    """Voltages of the ends, resistances before them, gates."""
    b, m, n = plain["bias"], plain["rows"], plain["lines"]
    made = dict.fromkeys(SIDES, NAN)
    if b["kind"] == "MVM":
        made["left"], made["bottom"] = b["inputs"], 0.0
        if b["both_ends"]:
            made["right"] = b["inputs"]
        if b["sense_both"]:
            made["top"] = 0.0
        return made, {}, b["gate"]
    if b["kind"] == "Bias":
        return {s: b[s] for s in SIDES}, b["resistance"], b["gate"]
    left, bottom = np.zeros(m), np.zeros(n)
    if b["kind"] == "PullUp":
        left[:], bottom[:] = b["rows_at"], NAN
        left[b["row"]] = 0.0
        pulled = {"one": [b["col"]], "all": list(range(n))}.get(str(b["pulled"]), b["pulled"])
        bottom[pulled] = b["voltage"]
        return made | {"left": left, "bottom": bottom}, {"bottom": b["resistance"]}, b["gate"]
    v = b["voltage"]
    words = {"half": v / 2, "third": v / 3, "floating": NAN, "grounded": 0.0}[b["unselected"]]
    bits = {"half": v / 2, "third": 2 * v / 3, "floating": NAN, "grounded": 0.0}[b["unselected"]]
    left[:] = words if b["rows_at"] is None else b["rows_at"]
    bottom[:] = bits if b["cols_at"] is None else b["cols_at"]
    left[b["row"]], bottom[b["col"]] = v, 0.0
    gate = np.full(m if b["gates_along"] == "rows" else n, b["other_gates"])
    gate[b["row"] if b["gates_along"] == "rows" else b["col"]] = b["gate"]
    return made | {"left": left, "bottom": bottom}, {}, gate


def cells(plain):
    """Groups of cells: (flat indices, conductances or a chain)."""
    m, n = plain["rows"], plain["lines"]
    faults = plain["faults"] or {}
    fixed = dict(faults.get("stuck", {}))
    fixed |= dict.fromkeys(faults.get("opens", ()), 0.0)
    fixed |= dict.fromkeys(faults.get("shorts", ()), 1 / LONG(faults.get("short_resistance", 1.0)))
    groups = []
    flat = np.arange(m * n).reshape(m, n)
    whole = np.ones((m, n), bool)
    for cell in fixed:
        whole[cell] = False
    if fixed:
        at = np.array([flat[c] for c in fixed])
        groups.append((at, np.array(list(fixed.values()), LONG)))
    halves = [(plain["cell"], slice(None))]
    if plain["negative"] is not None:
        halves = [(plain["cell"], slice(0, None, 2)), (plain["negative"], slice(1, None, 2))]
    for cell, columns in halves:
        at, good = flat[:, columns], whole[:, columns]
        if good.any():
            groups.append((at[good], _group(cell, good, plain)))
    return groups


def _group(cell, good, plain):
    contact = LONG(plain["contact_resistance"])

    def chosen(values):
        return np.broadcast_to(np.asarray(values, LONG), good.shape)[good]

    if cell["kind"] == "conductance":
        g = chosen(cell["g"])
        return g / (1 + g * contact)
    parts = [(name, {k: chosen(v) for k, v in p.items()}) for name, p in cell["parts"]]
    if contact > 0:
        parts.append(("resistor", {"r": np.full(good.sum(), contact)}))
    transistor = cell["transistor"]
    if transistor is not None:
        transistor = {k: chosen(v) for k, v in transistor.items()}
    return Chain(parts, transistor, LONG(plain["temperature"]))
