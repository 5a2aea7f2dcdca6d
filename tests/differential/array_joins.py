"""Joined nodes for the random arrays: 0 Ohm among tiny segments, straps, floating lines, ideal lines held twice.

What joins nodes is drawn on top of an array of `array_plain`, whose seeds thus mean what they always did.
"""

import numpy as np

NAN = float("nan")
FAMILIES = (
    ("wordline_resistance", "rows", ("left", "right"), "driver_resistance"),
    ("bitline_resistance", "lines", ("top", "bottom"), "sense_resistance"),
)
# Ranges of the other segments. [Ohm]
RANGES = [(1e-6, 1e-2), (1e-12, 1e-3), (0.1, 100.0), (1e-9, 1e9)]


def join(rng, plain):
    """Draw joined nodes, floating lines and ends of the same voltage into an array."""
    for name, count, _, _ in FAMILIES:
        if rng.random() < 0.8:
            lines = plain[count]
            nodes = plain["lines"] if count == "rows" else plain["rows"]
            made = _segments(rng, lines, nodes - 1)
            plain[name] = made if count == "rows" else made.T
    if plain["bias"]["kind"] == "Bias":
        _float(rng, plain)
        _hold_twice(rng, plain)


def _segments(rng, lines, segments):
    """Resistances of a family, lines as rows: one segment, many or runs of them (straps) are 0 Ohm."""
    low, high = RANGES[rng.integers(len(RANGES))]
    made = 10 ** rng.uniform(np.log10(low), np.log10(high), (lines, segments))
    if not segments:
        return made
    kind = rng.choice(["one", "many", "strap", "line"])
    if kind == "one":
        made[rng.integers(lines), rng.integers(segments)] = 0.0
    elif kind == "many":
        made[rng.random(made.shape) < rng.choice([0.1, 0.5])] = 0.0
    elif kind == "strap":
        a, b = sorted(rng.integers(segments + 1, size=2))
        made[rng.random(lines) < 0.7, a : b + 1] = 0.0
    else:
        made[rng.random(lines) < 0.5] = 0.0
    return made


def _sides(plain, sides, count):
    """Voltages of both ends of a family as arrays."""
    return [np.array(np.broadcast_to(np.asarray(plain["bias"][s], float), plain[count])) for s in sides]


def _float(rng, plain):
    """Let a line float, another one being held."""
    if rng.random() < 0.3:
        return
    _, count, sides, _ = FAMILIES[rng.integers(2)]
    voltages = _sides(plain, sides, count)
    chosen = int(rng.integers(plain[count]))
    for side, v in zip(sides, voltages, strict=True):
        v[chosen] = NAN
        plain["bias"][side] = v
    every = [np.asarray(plain["bias"][s], float) for _, _, both, _ in FAMILIES for s in both]
    if all(np.all(np.isnan(v)) for v in every):
        _, count, sides, _ = FAMILIES[1 if count == "rows" else 0]
        plain["bias"][sides[1]] = rng.uniform(-1, 1, plain[count])


def _hold_twice(rng, plain):
    """Hold both ends of a family directly at the same voltages."""
    if rng.random() < 0.6:
        return
    name, count, sides, ends = FAMILIES[rng.integers(2)]
    one, two = _sides(plain, sides, count)
    v = np.where(np.isnan(one), two, one)
    plain["bias"].update(dict.fromkeys(sides, v))
    plain["bias"]["resistance"] = {k: r for k, r in plain["bias"]["resistance"].items() if k not in sides}
    plain[ends] = 0.0
    if rng.random() < 0.5:
        plain[name] = 0.0
