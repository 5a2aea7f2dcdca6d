"""Analyses of random linear circuits, each against the exact solution; a check gives what is wrong, or nothing."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from fractions import Fraction

import linear_steps as steps
import mpmath
import numpy as np
from linear_oracle import Network, Solved, fifty_digits, invert, mp, rounding
from linear_poles import poles
from linear_transients import Motion
from random_linear import Drawn, drawn

from circuitnn import Circuit
from circuitnn.errors import (
    AnalysisError,
    DeckWarning,
    SingularMatrixError,
    TopologyError,
)

with fifty_digits:
    BOLTZMANN = mpmath.mpf("1.38064852e-23")  # ngspice 44's, of CODATA 2014 [J/K]
ULPS = 64  # roundings that an element's value may suffer on its way into a solution
FLOOR = 1e-20  # of the largest number of a solution: what is left of an exact zero
SMALLEST = 1e-24  # what is left of zero where all is zero
LOOSE = 1e-6  # of the largest number, where an island is held by 1e-12 S and a note says so


def run(drawing: Drawn, *cards: str) -> list:
    text = "\n".join(["random", drawing.text, *cards, ".end", ""])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeckWarning)
        return Circuit.from_text(text).run()


def off(names: Iterable[str], got: dict, exact: list, bounds: list[float]) -> str:
    """The numbers that lie outside their bounds, in words."""
    floor = FLOOR * max((abs(complex(v)) for v in exact), default=0.0) + SMALLEST
    wrong = []
    for name, value, bound in zip(names, exact, bounds, strict=True):
        if name[:2] in ("t1", "t2"):
            continue
        if name not in got:
            wrong.append(f"{name} is missing")
        elif not abs(difference(got[name], value)) <= bound + floor:
            wrong.append(f"{name} = {got[name]!r}, exact {complex(value)}, bound {bound:.1g}")
    return "; ".join(wrong)


@fifty_digits
def difference(got: complex, exact: object) -> complex:
    if isinstance(exact, Fraction):
        return float(Fraction(float(got)) - exact)
    return complex(mpmath.mpmathify(complex(got)) - exact)


def loosely(network: Network, solved: Solved, got: dict) -> str:
    """What is wrong with numbers that a singular system determines all the same."""
    scale = max((abs(float(v)) for v in got.values()), default=0.0)
    known = [k for k in range(network.n) if solved.unique[k]]
    return off(
        [network.names[k] for k in known], got, [solved.x[k] for k in known], [LOOSE * scale] * len(known)
    )


def operating_point(seed: int) -> str:
    """A regular circuit within rounding of the exact solution, a singular one with an error or a note."""
    drawing = drawn(seed)
    network = Network(drawing.parts)
    if not network.names:
        return ""  # all is at ground
    solved = network.at_rest()
    try:
        (result,) = run(drawing, ".op")
    except (SingularMatrixError, TopologyError) as error:
        return f"regular, but {error}" if solved.regular else ""
    got = dict(zip(result.names, result.data[0], strict=True))
    if solved.regular:
        return off(network.names, got, solved.x, network.bound(solved, ULPS))
    if not result.statistics.notes:
        return f"singular, and not a word: {got}"
    return loosely(network, solved, got) if solved.consistent else ""


@fifty_digits
def small_signal(seed: int, drawing: Drawn | None = None, ulps: int = ULPS) -> str:
    """Phasors at frequencies over twelve decades."""
    drawing = drawing or drawn(seed)
    network = Network(drawing.parts)
    solved = network.at_rest()
    if not any(network.b_ac) or not solved.regular:
        return ""
    wrong = ""
    for exponent in (-3, 2, 5, 9):
        frequency = (1 + seed % 7) * 10.0**exponent
        exact, errors = network.phasors(frequency)
        try:
            (result,) = run(drawing, f".ac lin 1 {frequency!r} {frequency!r}")
        except (SingularMatrixError, TopologyError) as error:
            wrong += f"regular at {frequency:g} Hz, but {error}; " if exact is not None else ""
            continue
        got = dict(zip(result.names, result.data[0], strict=True))
        if exact is not None:
            wrong += off(network.names, got, exact, [ulps * e for e in errors])
        elif not result.statistics.notes:
            wrong += f"singular at {frequency:g} Hz, and not a word"
    return wrong


def _tame(seed: int) -> Drawn:
    """A circuit without negative resistances and zeros, over few decades."""
    return drawn(seed, odd=0.0, spread=(0.0, 1.0, 3.0)[seed % 3])


def _port(network: Network, name: str) -> list[Fraction]:
    """What a unit of an independent source, of all its copies together, adds to the right side."""
    part = next(p for p in network.parts if p.name == name)
    b = [Fraction(0)] * network.n
    if part.kind == "v":
        b[network.branch[name]] = Fraction(1)
    else:
        for node, sign in zip(part.nodes, (-1, 1), strict=True):
            if node != "0":
                b[network.place[node]] += sign
    return b


def _product(inverse: list[list[Fraction]], b: list[Fraction]) -> list[Fraction]:
    return [sum((a * c for a, c in zip(row, b, strict=True) if c), Fraction(0)) for row in inverse]


@fifty_digits
def transfer(seed: int, drawing: Drawn | None = None) -> str:
    """`.tf` from a source to a node or a current: gain, and the resistances seen at both."""
    drawing = drawing or drawn(seed)
    network = Network(drawing.parts)
    solved = network.at_rest()
    sources = [p.name for p in drawing.parts if p.name[0] in "vi" and "." not in p.name and p.written]
    if not solved.regular or not sources or not network.nodes:
        return ""
    source = sources[seed % len(sources)]
    currents = [name for name in sources if name[0] == "v"] if seed % 3 == 2 else []
    output = (
        f"i({currents[seed % len(currents)]})"
        if currents
        else f"v({network.nodes[seed % len(network.nodes)]})"
    )
    (result,) = run(drawing, f".tf {output} {source}")
    got = dict(zip(result.names, result.data[0], strict=True))
    at = network.names.index(output)
    into, unit = _port(network, source), [Fraction(int(k == at)) for k in range(network.n)]
    here = f"{output[2:-1]}#output_impedance" if output[0] == "i" else f"output_impedance_at_{output}"
    names = ["transfer_function", here, f"{source}#input_impedance"]
    ports = [(unit, into), (unit, unit), (into, into)]
    exact, bounds = zip(*(_seen(network, solved, *port) for port in ports), strict=True)
    turned = [False, output[0] == "i", source[0] == "v"]  # conductances, of which the resistance is given
    kept = [k for k in range(3) if not turned[k] or bounds[k] < 0.01 * abs(exact[k])]
    # a voltage source's current falls with the voltage where the resistance is positive
    values = [-1 / exact[k] if turned[k] else exact[k] for k in kept]
    widths = [1.1 * bounds[k] / float(exact[k]) ** 2 if turned[k] else bounds[k] for k in kept]
    return off([names[k] for k in kept], got, values, widths)


def _seen(network: Network, solved: Solved, left: list, right: list) -> tuple[Fraction, float]:
    """left·A⁻¹·right, and how far rounding may move it."""
    x = _product(solved.inverse, right)
    row = _product([*zip(*solved.inverse, strict=True)], left)
    exact = sum((a * b for a, b in zip(left, x, strict=True) if a), Fraction(0))
    return exact, ULPS * rounding([float(v) for v in row], network.size, x, None)


def sweep(seed: int) -> str:
    """`.dc` of a source, and of a second one or a resistor around it."""
    drawing = drawn(seed)
    swept = [p for p in drawing.parts if p.name[0] in "vir" and "." not in p.name and p.written]
    if len(swept) < 2 or not Network(drawing.parts).at_rest().regular:
        return ""
    inner, outer = swept[0], swept[seed % (len(swept) - 1) + 1]
    values = [[p.written * f for f in ((1, 2, 3) if p.kind == "r" else (-1, 0, 1))] for p in (inner, outer)]
    words = [
        f"{p.name} {float(v[0])!r} {float(v[2])!r} {float(v[1] - v[0])!r}"
        for p, v in zip((inner, outer), values, strict=True)
    ]
    try:
        (result,) = run(drawing, ".dc " + " ".join(words))
    except (SingularMatrixError, TopologyError) as error:
        return (
            f"the sweep has no solution: {error}"
            if not _some_singular(drawing, (inner, outer), values)
            else ""
        )
    wrong, row = "", 0
    for second in values[1]:
        for first in values[0]:
            network = Network(_changed(drawing.parts, {inner.name: first, outer.name: second}))
            solved = network.at_rest()
            got = dict(zip(result.names, result.data[row], strict=True))
            row += 1
            if solved.regular:
                wrong += off(network.names, got, solved.x, network.bound(solved, ULPS))
    return wrong


def _changed(parts: list, values: dict[str, Fraction]) -> list:
    return [
        p._replace(value=values[p.name] * (p.value / p.written)) if p.name in values else p for p in parts
    ]


def _some_singular(drawing: Drawn, swept: tuple, values: list[list[Fraction]]) -> bool:
    points = [{swept[0].name: a, swept[1].name: b} for a in values[0] for b in values[1]]
    return any(not Network(_changed(drawing.parts, point)).at_rest().regular for point in points)


@fifty_digits
def noise(seed: int, drawing: Drawn | None = None) -> str:
    """Thermal noise of resistors at an output."""
    drawing = drawing or _tame(seed)
    network = Network(drawing.parts)
    sources = [p.name for p in drawing.parts if p.ac and p.written and "." not in p.name]
    if not sources or not network.nodes or not network.at_rest().regular:
        return ""
    node, frequency = network.nodes[seed % len(network.nodes)], 10.0 ** (seed % 7)
    matrix, size = network.matrices(frequency)
    inverse = invert(matrix)
    if inverse is None:
        return ""
    try:
        result = run(drawing, f".noise v({node}) {sources[0]} lin 1 {frequency!r} {frequency!r} 1")[0]
    except AnalysisError as error:
        reached = [abs(v) for v in _product(inverse, [mp(b) for b in _port(network, sources[0])])]
        return str(error) if reached[network.place[node]] > 1e-30 * max(reached) else ""
    got = dict(zip(result.names, result.data[0], strict=True))
    row, names, exact, bounds = inverse[network.place[node]], [], [], []
    for part in (p for p in drawing.parts if p.kind == "r"):
        gains = [0, 0]
        columns = [0] * network.n
        for end, sign in zip(part.nodes, (1, -1), strict=True):
            if end != "0":
                columns = [a + sign * r[network.place[end]] for a, r in zip(columns, inverse, strict=True)]
        gains = columns[network.place[node]]
        density = mpmath.sqrt(4 * BOLTZMANN * (mpmath.mpf("300.15") + part.rise) / mp(part.value))
        names.append(f"onoise_{part.name}")
        exact.append(abs(gains) * density)
        bounds.append(ULPS * rounding(row, size, columns) * float(density))
    names.append("onoise_spectrum")
    bounds.append(sum(bounds))
    exact.append(mpmath.sqrt(mpmath.fsum(v * v for v in exact)))
    return off(names, got, exact, bounds)


STOP = Fraction(1, 10**5)  # of transients [s]
GROWTH = 5.0  # nepers until then that an unstable circuit may grow by
ENDS = (0.03, 0.2, 0.5, 1.0)  # of the points, where waveforms are compared


def transient(seed: int, reltol: float = steps.RELTOL) -> str:
    """Steps and waveforms of a circuit with piecewise linear sources, see `linear_steps`."""
    drawing = drawn(seed, odd=0.0, spread=(0.0, 0.5)[seed % 2], kinds="rrrrccclllkvviieffgghb", stop=STOP)
    network = Network(drawing.parts)
    try:
        motion = Motion(network)
    except ValueError:
        return ""
    if any(name[0] == "v" for name, fast in zip(network.names, motion.fast, strict=True) if fast):
        return ""  # voltages that jump with the slope of a source: a differentiator
    if not motion.d or max(motion.rates.real) * float(STOP) > GROWTH or max(abs(motion.rates)) > 1e9:
        return ""
    stop = float(STOP)
    (result,) = run(drawing, f".options reltol={reltol}", f".tran {stop / 100!r} {stop!r}")
    t, x = result.data[:, 0], result.data[:, [result.names.index(name) for name in network.names]]
    wrong = [found for found in (steps.broken(motion, t, x), steps.too_long(motion, t, x, reltol)) if found]
    ends = sorted({max(1, int(share * (len(t) - 1))) for share in ENDS})
    exact = motion.at(t[ends])
    for k, at in zip(ends, exact, strict=True):
        allowed = steps.reach(motion, t[: k + 1], x[: k + 1], reltol)
        allowed += steps.ROUNDING * np.abs(x).max(axis=0) + 1e-12 * np.abs(x).max()
        for e in np.flatnonzero((np.abs(x[k] - at) > allowed) & ~motion.fast):
            wrong.append(
                f"{network.names[e]} at {t[k]:g} s is {x[k, e]:g}, exact {at[e]:g}, bound {allowed[e]:.2g}"
            )
    return "; ".join(wrong)


def natural_frequencies(seed: int) -> str:
    """`.pz`'s poles, a current driven into a node."""
    drawing = drawn(seed, odd=0.0, spread=(0.0, 1.0, 3.0)[seed % 3], kinds="rrrrccclllkvviieeffgghhb")
    network = Network(drawing.parts)
    if not network.at_rest().regular or not network.nodes:
        return ""
    node = network.nodes[0]
    if any(p.kind == "v" and set(p.nodes) == {node, "0"} and p.name[0] == "v" for p in drawing.parts):
        return ""  # no current can drive it
    exact = poles(network)
    try:
        (result,) = run(drawing, f".pz {node} 0 {node} 0 cur pol")
    except AnalysisError as error:
        return str(error) if exact else ""
    got = sorted(result.data[0], key=abs)
    least = 1e-12 * max(map(abs, exact), default=0.0)
    far = [s for s in exact if min(abs(s - g) for g in got) > 1e-6 * abs(s) + least]
    return f"poles {got}, exact {exact}" if far or len(got) != len(exact) else ""
