"""Random arrays as plain data: dictionaries of numbers, lists and numpy arrays.

`draw` gives the same array for the same seed. Memristors do not move, so that transients are at rest. ``cols`` counts
columns: bit lines, or pairs of complementary cells.
"""

import array_joins
import numpy as np

NAN, INF = float("nan"), float("inf")
SIDES = ("left", "right", "top", "bottom")
# One block of seeds in so many has joined nodes.
BLOCK, JOINED = 16, 4


def draw(seed, most=16):
    """One random array with its bias."""
    rng = np.random.default_rng(seed)
    limit = most if rng.random() < 0.1 else min(most, 5)
    rows, cols = (int(k) for k in rng.integers(1, limit + 1, 2))
    paired = rng.random() < 0.1
    lines = cols * (2 if paired else 1)
    kind = rng.choice(["conductance", "two", "series", "gated"], p=[0.35, 0.25, 0.2, 0.2])
    positive = _cell(rng, kind, (rows, cols))
    negative = _again(rng, positive, (rows, cols)) if paired else None
    plain = {
        "seed": seed,
        "rows": rows,
        "cols": cols,
        "lines": lines,
        "cell": positive,
        "negative": negative,
        "wordline_resistance": _wires(rng, rows, (rows, lines - 1)),
        "bitline_resistance": _wires(rng, lines, (rows - 1, lines)),
        "driver_resistance": _ends(rng, rows),
        "sense_resistance": _ends(rng, lines),
        "contact_resistance": 0.0 if rng.random() < 0.7 else float(10 ** rng.uniform(-6, 5)),
        "faults": _faults(rng, rows, lines) if rng.random() < 0.3 else None,
        "temperature": 27.0 if rng.random() < 0.7 else float(rng.uniform(-40, 125)),
        "capacitance": _capacitances(rng, rows, lines),
    }
    plain["bias"] = _bias(rng, plain)
    if seed // BLOCK % JOINED == 0:
        array_joins.join(rng, plain)
    return plain


def _log(rng, low, high, size=None):
    return 10 ** rng.uniform(np.log10(low), np.log10(high), size)


def _per_cell(rng, low, high, shape):
    """A positive parameter: one for all, or one a cell."""
    return float(_log(rng, low, high)) if rng.random() < 0.4 else _log(rng, low, high, shape)


def _range(rng):
    """A narrow or a wide range of conductances."""
    return [(1e-6, 1e-4), (1e-4, 1e-2), (1e-12, 1e-1), (1e-9, 1e-6)][rng.integers(4)]


def _part(rng, model, shape):
    p = {}
    if model == "resistor":
        low, high = _range(rng)
        p["r"] = _per_cell(rng, 1 / high, 1 / low, shape)
    elif model == "sinh_selector":
        p = {"i0": _per_cell(rng, 1e-14, 1e-6, shape), "v0": _per_cell(rng, 0.04, 0.3, shape)}
    elif model == "diode":
        p = {"is": _per_cell(rng, 1e-16, 1e-9, shape), "n": _per_cell(rng, 1.0, 2.0, shape)}
    elif model == "vteam":
        p = {
            "ron": _per_cell(rng, 1e2, 1e4, shape),
            "roff": _per_cell(rng, 1e4, 1e7, shape),
            "x0": _share(rng, shape),
            "exponential": float(rng.integers(2)),
            "kon": 0.0,
            "koff": 0.0,
        }
    elif model == "yakopcic":
        p = {
            "a1": _per_cell(rng, 1e-7, 1e-4, shape),
            "a2": _per_cell(rng, 1e-7, 1e-4, shape),
            "b": _per_cell(rng, 0.5, 4.0, shape),
            "x0": 0.01 + 0.99 * _share(rng, shape),
            "ap": 0.0,
            "an": 0.0,
        }
    elif model == "wox":
        p = {"w0": _share(rng, shape), "alpha": _per_cell(rng, 1e-9, 1e-5, shape), "beta": 0.5}
        p |= {"rate": 0.0, "gamma": _per_cell(rng, 1e-8, 1e-5, shape), "delta": float(rng.uniform(1, 4))}
    return model, p


def _share(rng, shape):
    return float(rng.random()) if rng.random() < 0.4 else rng.random(shape)


def _transistor(rng, shape):
    return {
        "type": 1.0,
        "vto": float(rng.uniform(0.2, 0.9)),
        "kp": _per_cell(rng, 1e-5, 1e-3, shape),
        "n": float(rng.uniform(1.1, 1.6)),
        "w": _per_cell(rng, 1e-6, 1e-4, shape),
        "l": 1e-6,
        "lambda": 0.0 if rng.random() < 0.6 else float(rng.uniform(0, 0.2)),
    }


def _cell(rng, kind, shape):
    devices = ["sinh_selector", "diode", "vteam", "yakopcic", "wox"]
    if kind == "conductance":
        low, high = _range(rng)
        values = _per_cell(rng, low, high, shape)
        if not np.isscalar(values) and rng.random() < 0.3:
            values = np.where(rng.random(shape) < rng.choice([0.1, 0.5]), 0.0, values)
        # Zero conductance is an infinite resistance.
        form = "r" if rng.random() < 0.4 else "g"
        return {"kind": kind, "form": form, "g": values}
    if kind == "two":
        return {"kind": "stack", "parts": [_part(rng, rng.choice(devices), shape)], "transistor": None}
    chains = [
        ("sinh_selector", "resistor"),
        ("resistor", "sinh_selector"),
        ("diode", "resistor"),
        ("resistor", "diode"),
        ("diode", "vteam"),
        ("sinh_selector", "vteam"),
        ("sinh_selector", "yakopcic"),
        ("sinh_selector", "diode", "resistor"),
    ]
    if kind == "series":
        parts = [_part(rng, model, shape) for model in chains[rng.integers(len(chains))]]
        return {"kind": "stack", "parts": parts, "transistor": None}
    first = [("resistor",), ("resistor",), ("vteam",), ("sinh_selector",), ("sinh_selector", "resistor")]
    parts = [_part(rng, model, shape) for model in first[rng.integers(len(first))]]
    along = str(rng.choice(["rows", "columns"]))
    return {"kind": "stack", "parts": parts, "transistor": _transistor(rng, shape), "along": along}


def _again(rng, cell, shape):
    """A cell of the same kind with other numbers."""
    if cell["kind"] == "conductance":
        return cell | {"g": _per_cell(rng, 1e-7, 1e-4, shape)}
    parts = [_part(rng, model, shape) for model, _ in cell["parts"]]
    transistor = None if cell["transistor"] is None else _transistor(rng, shape)
    return cell | {"parts": parts, "transistor": transistor}


def _values(rng, size):
    """Resistances of one temper: ordinary, tiny, huge, wide apart, with zeros and breaks among them."""
    temper = rng.choice(
        ["plain", "zero", "tiny", "huge", "wide", "mixed"], p=[0.4, 0.2, 0.1, 0.08, 0.12, 0.1]
    )
    if temper == "zero":
        return np.zeros(size)
    low, high = {"tiny": (1e-12, 1e-3), "huge": (1e4, 1e12), "wide": (1e-9, 1e9)}.get(temper, (0.1, 100))
    made = _log(rng, low, high, size)
    if temper == "mixed":
        dice = rng.random(size)
        made = np.where(dice < 0.25, 0.0, np.where(dice > 0.9, INF, made))
    return made


def _wires(rng, lines, segments):
    """One number, one a line, one a segment."""
    form = rng.integers(3)
    if form == 0:
        return float(_values(rng, 1)[0])
    return _values(rng, lines) if form == 1 else _values(rng, segments)


def _ends(rng, lines):
    values = _values(rng, lines)
    values = np.where(np.isinf(values) & (rng.random(lines) < 0.8), 1.0, values)
    return float(values[0]) if rng.random() < 0.6 else values


def _capacitances(rng, rows, lines):
    if rng.random() < 0.5:
        return {}
    return {
        "wordline": _log(rng, 1e-17, 1e-13, rows) if rng.random() < 0.5 else float(_log(rng, 1e-17, 1e-13)),
        "bitline": _log(rng, 1e-17, 1e-13, lines) if rng.random() < 0.5 else 0.0,
        "cell": _log(rng, 1e-18, 1e-14, (rows, lines)) if rng.random() < 0.5 else 0.0,
    }


def _faults(rng, rows, lines):
    cells = [(int(k) // lines, int(k) % lines) for k in rng.permutation(rows * lines)]
    share = rng.choice([0.05, 0.3, 1.0], p=[0.5, 0.4, 0.1])
    bad = cells[: max(1, int(share * len(cells)))]
    kinds = rng.integers(3, size=len(bad))
    made = {
        "stuck": {c: float(_log(rng, 1e-9, 1e-2)) for c, k in zip(bad, kinds, strict=True) if k == 0},
        "opens": [c for c, k in zip(bad, kinds, strict=True) if k == 1],
        "shorts": [c for c, k in zip(bad, kinds, strict=True) if k == 2],
        "short_resistance": float(_log(rng, 1e-3, 100)),
        "open_word": [],
        "open_bit": [],
    }
    if rng.random() < 0.5 and lines > 1:
        made["open_word"] = [(int(rng.integers(rows)), int(rng.integers(lines - 1))) for _ in range(2)]
    if rng.random() < 0.5 and rows > 1:
        made["open_bit"] = [(int(rng.integers(rows - 1)), int(rng.integers(lines))) for _ in range(2)]
    return made


def _largest(plain):
    """A voltage up to which the cells carry sensible currents."""
    cell = plain["cell"]
    names = [model for model, _ in cell.get("parts", [])]
    return 0.8 if names == ["diode"] else 2.0


def _volts(rng, most, size=None):
    """Voltages of either sign, some of them 0, some tiny."""
    made = rng.uniform(-most, most, size)
    temper = rng.integers(4)
    made = np.abs(made) if temper == 0 else made * 1e-6 if temper == 1 and rng.random() < 0.3 else made
    return np.where(rng.random(size) < 0.1, 0.0, made) if size is not None else float(made)


def _gates(rng, plain):
    cell = plain["cell"]
    if cell.get("transistor") is None:
        return 0.0
    size = plain["rows"] if cell["along"] == "rows" else plain["lines"]
    return float(rng.uniform(0.5, 3)) if rng.random() < 0.5 else rng.uniform(0, 3, size)


def _bias(rng, plain):
    m, n, most = plain["rows"], plain["lines"], _largest(plain)
    kind = str(rng.choice(["MVM", "Access", "PullUp", "Bias"]))
    row, col = int(rng.integers(m)), int(rng.integers(n))
    made = {"kind": kind}
    if kind == "MVM":
        made |= {"inputs": _volts(rng, most, m), "both_ends": bool(rng.random() < 0.3)}
        made |= {"sense_both": bool(rng.random() < 0.3), "gate": _gates(rng, plain)}
    elif kind == "Access":
        made |= {"row": row, "col": col, "voltage": _volts(rng, most)}
        made["unselected"] = str(rng.choice(["half", "third", "floating", "grounded"]))
        made["rows_at"] = None if rng.random() < 0.8 else float(rng.choice([NAN, 0.1]))
        made["cols_at"] = None if rng.random() < 0.8 else float(rng.choice([NAN, 0.1]))
        made |= {"gate": float(rng.uniform(0.5, 3)), "other_gates": float(rng.choice([0.0, 0.3, 2.0]))}
        made["gates_along"] = plain["cell"].get("along", "rows")
    elif kind == "PullUp":
        made |= {"row": row, "col": col, "voltage": _volts(rng, most), "resistance": float(_log(rng, 1, 1e7))}
        some = sorted({col, *(int(k) for k in rng.integers(n, size=2))})
        made["pulled"] = ["one", "all", some][rng.integers(3)]
        made |= {"rows_at": float(rng.choice([NAN, 0.0, 0.2])), "gate": _gates(rng, plain)}
    else:
        made |= _free_bias(rng, plain, most)
    if "along" not in plain["cell"]:  # cells without gates: a gate voltage is a warning
        made |= {name: 0.0 for name in ("gate", "other_gates") if name in made}
    return made


def _free_bias(rng, plain, most):
    """Any ends held, at least one of them."""
    made = {"gate": _gates(rng, plain), "resistance": {}, "sense": str(rng.choice(SIDES))}
    chosen = [s for s in SIDES if rng.random() < 0.55] or [str(rng.choice(SIDES))]
    for side in SIDES:
        size = plain["rows"] if side in ("left", "right") else plain["lines"]
        made[side] = NAN
        if side in chosen:
            made[side] = _volts(rng, most) if rng.random() < 0.3 else _volts(rng, most, size)
            if np.ndim(made[side]) and rng.random() < 0.3:
                made[side] = np.where(rng.random(size) < 0.4, NAN, made[side])
        if rng.random() < 0.25:
            made["resistance"][side] = _ends(rng, size)
    if all(np.all(np.isnan(made[side])) for side in SIDES):
        made["left"] = 0.5
    return made
