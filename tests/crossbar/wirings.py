"""Random wirings for the tests: every way that lines and ends can be given, zeros and breaks among them."""

import numpy as np

from circuitnn.crossbar import Bias, Crossbar
from circuitnn.errors import AnalysisError, TopologyError

SIZES = [(1, 1), (1, 4), (4, 1), (2, 3), (3, 3), (5, 4)]
SIDES = ("left", "right", "top", "bottom")


def values(rng, lines, segments):
    """Resistances of a family's segments: one for all, one a line, or each its own."""
    kind = rng.choice(["zero", "one", "line", "segment"])
    size = {"zero": (), "one": (), "line": lines, "segment": segments}[kind]
    made = 10.0 ** rng.uniform(-1.0, 3.0, size)
    if kind == "zero":
        return 0.0
    if kind == "one":
        return float(made)
    made[rng.random(size) < 0.4] = 0.0
    if kind == "segment":
        made[rng.random(size) < 0.05] = np.inf
    return made


def ends(rng, m, n):
    """A bias with any ends held, some of them behind resistances."""
    given, resistance = {}, {}
    for side in SIDES:
        lines = m if side in ("left", "right") else n
        volts = np.round(rng.uniform(-1.0, 1.0, lines), 3)
        volts[rng.random(lines) < rng.choice([0.2, 0.5, 1.0])] = np.nan
        given[side] = volts
        ohms = 10.0 ** rng.uniform(0.0, 4.0, lines)
        ohms[rng.random(lines) < 0.5] = 0.0
        resistance[side] = ohms
    return Bias(**given, resistance=resistance)


def arrays(rng, count, cell, along="rows"):
    """Arrays and biases that are well posed.

    Parameters
    ----------
    cell : callable
        Of the generator and the shape.
    """
    made = 0
    while made < count:
        m, n = SIZES[rng.integers(len(SIZES))]
        bias = ends(rng, m, n)
        gates = rng.uniform(1.4, 3.0, m if along == "rows" else n)
        bias = Bias(bias.left, bias.right, bias.top, bias.bottom, gates, bias.resistance)
        array = Crossbar(
            m,
            n,
            cell(rng, (m, n)),
            wordline_resistance=values(rng, m, (m, n - 1)),
            bitline_resistance=values(rng, n, (m - 1, n)),
        )
        try:
            found = array.op(bias)
        except (AnalysisError, TopologyError) as error:
            # Lines held twice, or not at all: there is no solution.
            assert "held" in str(error) or "float" in str(error)
            continue
        if any("voltage is not defined" in note for note in found.statistics.notes):
            continue  # what the reference of these tests has no equation for; tests/differential has
        made += 1
        yield array, bias
